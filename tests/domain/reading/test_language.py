"""Which language a client wrote in."""

from __future__ import annotations

import pytest

from domain.reading import understand


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sí gracias", "es"),
        ("No puedo ir mañana", "es"),
        ("¿Qué días tienen?", "es"),
        ("la cita es el martes", "es"),
        ("Can I come at 3?", "en"),
        ("YES", None),
        ("C", None),
        # A name or a place is no language.
        ("los angeles office", None),
        ("Dr. Vale", None),
        ("Hi Una", None),
        ("LA?", None),
    ],
)
def test_the_language_is_told_by_words_that_tell(text: str, said: str | None) -> None:
    assert understand(text).language == said
