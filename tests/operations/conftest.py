"""Operations are tested through the activities that call them: the same practice, vendors and runner."""

from __future__ import annotations

from tests.activities.conftest import desk, outside, scene

__all__ = ["desk", "outside", "scene"]
