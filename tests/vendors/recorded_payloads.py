"""Reads the payloads kept beside the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent / "recorded"


def raw(name: str) -> bytes:
    """The bytes of a recorded body."""
    return (_ROOT / name).read_bytes()


def decoded(name: str) -> Any:
    """A recorded JSON document."""
    return json.loads(raw(name))
