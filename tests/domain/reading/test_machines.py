"""A machine that answers is known by its wording, its speed and its repetition."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.reading.machines import answers_by_itself

CANNED = "we saw your note and a colleague reads it soon"


@pytest.mark.parametrize(
    ("words", "seconds", "earlier", "machine"),
    [
        (CANNED, 1, (), True),
        (CANNED, 2, (), True),
        (CANNED, 40, (), False),
        (CANNED, None, (), False),
        (CANNED, 40, (CANNED,), True),
        ("yes please", 1, ("yes please",), False),
        (CANNED, -5, (), False),
    ],
)
def test_a_longer_text_at_once_or_again_is_a_machines(
    words: str, seconds: int | None, earlier: tuple[str, ...], machine: bool
) -> None:
    after_ours = None if seconds is None else timedelta(seconds=seconds)

    assert answers_by_itself(words, after_ours=after_ours, earlier=earlier) is machine
