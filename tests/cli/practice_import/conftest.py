"""The import reads real files and writes to a real Postgres."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.practice_import.files import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Makes a file of this test's own: its name, its text."""

    def to(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to
