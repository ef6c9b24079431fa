"""When two spellings are one name. The one rule for clients, staff, places and services, whoever compares."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Signs that look alike and that keyboards, spreadsheets and phones put for one another.
_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u0060\u00b4\u2032\uff07", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
    }
)
#: Has no width: spreadsheets carry it along.
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
#: What is left of a capital İ when it is made small; the small i carries its dot already.
_DOT_ABOVE: Final = "\u0307"


def name_key(words: str) -> str:
    """A name as it is compared, never as it is shown: without case, width, spare spaces and kinds of apostrophe.

    Accents count: José and Jose may be two people. Python's and a database's idea of lower case differ (ß, İ), so a
    database is asked for rows by something else, and their names are compared here.
    """
    plain = _UNSEEN.sub("", words.translate(_ALIKE))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded).replace("i" + _DOT_ABOVE, "i"))
    return " ".join(folded.translate(_ALIKE).split())
