"""Ids as the vendor makes them: 20 letters and digits."""

from __future__ import annotations

import string

from sandboxes.practice.ids import Ids

_ALPHABET = string.ascii_letters + string.digits


class ShortIds(Ids):
    """Made from the seeded source; any other id that comes in is taken as it is."""

    def new(self) -> str:
        return "".join(self.source.choices(_ALPHABET, k=20))
