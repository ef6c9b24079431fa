"""Boulevard's ids: URNs on the wire, bare UUIDs accepted wherever an id comes in."""

from __future__ import annotations

import re

from sandboxes.practice.ids import Ids

_URN = re.compile(r"urn:blvd:(?P<kind>[A-Za-z]+):(?P<bare>.+)")


class Urns(Ids):
    """Bare UUIDs are stored; both forms come in."""

    def accept(self, kind: str, given: str) -> str:
        return accept(kind, given)

    def bare(self, given: str) -> str:
        return bare(given)


def urn(kind: str, bare_id: str) -> str:
    """The form an id has in every answer but the `shifts` rows."""
    return f"urn:blvd:{kind}:{bare_id}"


def accept(kind: str, given: str) -> str:
    """The bare id of a URN of this kind or of a bare id; a URN of another kind stays as it is and so is never found."""
    match = _URN.fullmatch(given)
    return match["bare"] if match and match["kind"] == kind else given


def bare(given: str) -> str:
    """An id without its URN, whatever its kind."""
    match = _URN.fullmatch(given)
    return match["bare"] if match else given
