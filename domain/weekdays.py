"""The days of the week as people write them, Monday first."""

from __future__ import annotations

from typing import Final

#: In English: the whole name first, then what it is shortened to.
ENGLISH: Final = (
    ("monday", "mon"),
    ("tuesday", "tues", "tue", "tu"),
    ("wednesday", "weds", "wed"),
    ("thursday", "thurs", "thur", "thu", "th"),
    ("friday", "fri"),
    ("saturday", "sat"),
    ("sunday", "sun"),
)
SPANISH: Final = (
    ("lunes", "lun"),
    ("martes",),
    ("miercoles", "mie"),
    ("jueves", "jue"),
    ("viernes", "vie"),
    ("sabado", "sabados", "sab"),
    ("domingo", "domingos", "dom"),
)
#: In a column of a list only: in a sentence "we", "fr" and "sa" are other words.
TWO_LETTERS: Final = tuple(names[0][:2] for names in ENGLISH)
