"""Several clients use one phone: which of them a text is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.calendar import Visit
from domain.clients import Client
from domain.names import name_key
from domain.replies import OpenQuestion

#: "Running late" and "where do I park" are about a visit that begins within this, or is going on.
_NEAR: Final = timedelta(hours=24)
#: First names that a text has without meaning anybody.
_ALSO_WORDS: Final = frozenset({"will", "may", "mark", "hope", "joy", "grace", "art", "bill", "sol"})


def whose_text(
    members: Sequence[Client],
    *,
    text: str,
    visits: Mapping[int, tuple[Visit, ...]],
    asked: Sequence[OpenQuestion],
    now: datetime,
) -> Client:
    """The one of these people (at least one) that a text is most likely about.

    Whoever it names; else whose visit is near; else who was asked something last; else whose visit comes first; else
    the one known longest. `visits` are those that are not over, by client; `asked` what is open on the phone.
    """
    known = {one.id: one for one in members}
    if len(named := _named(members, text)) == 1:
        return named[0]
    coming = sorted(
        (visit.during.start, client_id)
        for client_id in known
        for visit in visits.get(client_id, ())
        if visit.segments and visit.state.occupies
    )
    if coming and coming[0][0] <= now + _NEAR:
        return known[coming[0][1]]
    open_ones = [one for one in asked if one.still_open and one.client_id in known]
    if open_ones:
        return known[max(open_ones, key=lambda one: (one.asked_at, one.id)).client_id]
    return known[coming[0][1]] if coming else members[0]


def told_apart(members: Sequence[Client]) -> dict[int, str]:
    """What to call people who share a phone: by first name, with an initial where two have the same."""
    first = [name_key(one.first_name) for one in members]

    def called(one: Client) -> str:
        alike = first.count(name_key(one.first_name)) > 1 and one.last_name
        return f"{one.first_name} {one.last_name[:1]}." if alike else one.first_name

    return {one.id: called(one) for one in members}


def _named(members: Sequence[Client], text: str) -> list[Client]:
    said = name_key(text)
    names = {one.id: name_key(one.first_name) for one in members}
    return [
        one
        for one in members
        if (name := names[one.id]) and name not in _ALSO_WORDS and re.search(rf"\b{re.escape(name)}\b", said)
    ]
