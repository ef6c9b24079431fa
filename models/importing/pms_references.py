"""References of the practice system, in the form its events carry: another form would silently never match."""

from __future__ import annotations

import re
from uuid import UUID

#: Boulevard: URNs nearly everywhere, bare UUIDs in a few places (vendors/boulevard.md §2).
_URN = re.compile(r"urn:blvd:(?P<kind>[A-Za-z]+):(?P<id>\S+)")


def tidy(words: str, *, pms: str, kind: str) -> str:
    """`words` as this practice system names a Location, Staff, Service or Client. Raises `ValueError`."""
    if pms != "boulevard":
        return words
    urn = _URN.fullmatch(words)
    if urn is not None and urn["kind"] == kind:
        return words
    if urn is not None:
        raise ValueError(f'"{words}" is a {urn["kind"]} of Boulevard, and a {kind} belongs here')
    try:
        return f"urn:blvd:{kind}:{UUID(words)}"
    except ValueError:
        raise ValueError(
            f'"{words}" is no reference of Boulevard; write urn:blvd:{kind}: and the id, or the bare UUID'
        ) from None
