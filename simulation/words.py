"""What the patients write, in the language they have on file."""

from __future__ import annotations

from typing import Final

from simulation.patient_profiles import ENGLISH, SAY_YES, SPANISH, Patient, Temper

_WORDS: Final[dict[str, dict[Temper, tuple[str, ...]]]] = {
    ENGLISH: {
        Temper.YES: ("YES", "yes", "Yes", "Y", "yep"),
        Temper.POLITE: ("yes please!", "Yes please! 🙏", "Yes! thank you so much"),
        Temper.THUMBS: ("👍", "👍🏽", "👍🏻"),
        Temper.LINK: ("YES",),
        Temper.LATE: ("YES", "yes", "Yes", "Yes, sorry, was in a meeting"),
        Temper.NO: ("NO", "no thanks", "No"),
        Temper.STOP: ("STOP",),
        Temper.HAGGLES: (
            "yes but can we do 3 instead?",
            "maybe, how long would it take?",
            "how much is it again?",
            "could we make it 4 instead?",
        ),
        Temper.CONFIRMS: ("C",),
        Temper.MOVES: ("R",),
        Temper.CANNOT: ("X",),
        Temper.ASKS: ("where can I park?", "how long will it take?", "hi! how much will it be?"),
    },
    SPANISH: {
        Temper.YES: ("SI", "sí", "Sí"),
        Temper.POLITE: ("Sí, por favor", "sí, gracias"),
        Temper.THUMBS: ("👍", "👍🏽"),
        Temper.LINK: ("SI",),
        Temper.LATE: ("Sí", "si"),
        Temper.NO: ("NO", "No, gracias"),
        Temper.STOP: ("STOP",),
        Temper.HAGGLES: ("sí pero ¿puede ser a las 3?", "¿cuánto dura?", "¿cuánto cuesta?"),
        Temper.CONFIRMS: ("C",),
        Temper.MOVES: ("R",),
        Temper.CANNOT: ("X",),
        Temper.ASKS: ("¿dónde puedo estacionar?", "¿cuánto tiempo dura la cita?"),
    },
}


def _all_said(tempers: frozenset[Temper]) -> frozenset[str]:
    """In every language, in small letters."""
    return frozenset(words.lower() for language in _WORDS.values() for temper in tempers for words in language[temper])


#: Every yes and every no they say, in small letters.
SAID_YES: Final = _all_said(SAY_YES | {Temper.LATE})
SAID_NO: Final = _all_said(frozenset({Temper.NO}))


def words_of(patient: Patient, temper: Temper) -> tuple[str, ...]:
    """How they say it."""
    return _WORDS[patient.language][temper]
