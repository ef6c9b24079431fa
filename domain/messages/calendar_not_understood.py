"""What staff read when something of the calendar is not understood: what it is, what holds meanwhile, what to do.

References of the practice system stand in bodies, behind the link; titles go to the staff chat.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.calendar import Kind
from domain.messages.facts import VisitFacts, clock_time, when
from domain.messages.task_words import TaskWords
from domain.tasks import TaskKind

#: What one is called, where it is written down, and with which fields at least.
_IN_THE_FILE = {
    Kind.SERVICE: (
        "a service",
        "under services, or as a line of the matrix, with its name, its duration and who gives it",
    ),
    Kind.PROVIDER: ("a provider", "under staff, with name and first_name"),
    Kind.LOCATION: ("a location", "under locations, with name, zone and postcode"),
}
_NOT_OFFERED = {
    Kind.SERVICE: "how long it should be, which room it needs and what it is called in messages stays unsaid",
    Kind.PROVIDER: "nothing is offered in this provider's time, and messages name no provider",
    Kind.LOCATION: "nothing is offered there, and messages name no place",
}


def not_in_matrix(*, kind: Kind, ref: str, visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """Visits name something that the practice's matrix lacks; one task, however many they are."""
    what, place = _IN_THE_FILE[kind]
    return TaskWords(
        kind=TaskKind.NOT_IN_MATRIX,
        title=f"Chairflow does not know {what} of the calendar: {when(visit, now=now, near=False)} ({reference})",
        body=f"The practice system has {what} with the reference {ref}, which Chairflow does not know. The first visit "
        f"seen with it is {reference}, {when(visit, now=now)}. Please add it to practice.yaml {place}, and with "
        f"pms_ref: {ref}. If it stands there already, give it this pms_ref. Then run: chairflow practice import "
        "practice.yaml. The visits are read again, and this task settles by itself.",
        draft=None,
        own_default="Visits that name it keep their time, their client and their messages. Meanwhile "
        f"{_NOT_OFFERED[kind]}.",
    )


def visit_partly_read(*, fields: Iterable[str], visit: VisitFacts, now: datetime, reference: str) -> TaskWords:
    """A visit of which the practice system left something out, or said something nobody knows."""
    named = ", ".join(sorted(set(fields)))
    return TaskWords(
        kind=TaskKind.VISIT_PARTLY_READ,
        title=f"Partly unreadable in the calendar: {when(visit, now=now, near=False)} ({reference})",
        body=f"The practice system leaves out, or says in a way Chairflow does not know: {named}. Please open the "
        "visit there and see whether provider, service, client, end and state are as they should be. Once it can be "
        "read, this task settles by itself.",
        draft=None,
    )


def row_unread(
    *,
    kind: str,
    ref: str | None,
    provider: str | None,
    start: datetime | None,
    zone: str,
    fields: Iterable[str],
    takes_time: bool,
) -> TaskWords:
    """A row of a day that is neither a visit nor a block nor a shift one could read."""
    named = ", ".join(sorted(set(fields)))
    there = None if start is None else start.astimezone(ZoneInfo(zone))
    at = "" if start is None or there is None else f", {there:%a %b} {there.day} at {clock_time(start, zone)}"
    of = f" of {provider}" if provider else ""
    return TaskWords(
        kind=TaskKind.ROW_UNREAD,
        title=f"A row of the calendar could not be read{at}",
        body=f"The practice system has a row ({kind}{of}{at}; reference {ref or 'none'}) of which these fields are "
        f"missing or unreadable: {named}. Please look at it there. Once it can be read, this task settles by itself.",
        draft=None,
        own_default=None if takes_time else "It is left out: hours that only this row gives are not offered.",
    )
