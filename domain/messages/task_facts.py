"""What stands on a task beside its words: facts a receptionist decides by, as label and value.

Shown behind the task's link, at a terminal and by the API, never in a chat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from domain.calendar import Cause
from domain.catalogue import Matrix, Service
from domain.clients import Client, WaitlistEntry, WeeklyWindow
from domain.messages.facts import clock_time, length_words
from domain.ranges import TimeRange
from domain.wall_time import local_date

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FREED_BY = {
    Cause.CANCELLATION: "cancelled",
    Cause.NO_SHOW: "did not come",
    Cause.MOVE: "moved to another time",
    Cause.SWAP: "took an earlier time instead",
}
_OPENED_BY = {
    Cause.BLOCK_REMOVED: "A block was taken out of the calendar",
    Cause.SHIFT_ADDED: "A shift was added",
    Cause.STAFF: "Staff asked for it to be filled",
}


def dollars(cents: int) -> str:
    """ "$420", "$1,250.50" """
    whole, rest = divmod(cents, 100)
    return f"${whole:,}" + (f".{rest:02}" if rest else "")


def service_words(service: Service) -> str:
    """ "HydraFacial, 1 h 15 min, $280" """
    return f"{service.name}, {length_words(service.duration)}, {dollars(service.price_cents)}"


def stretch_words(during: TimeRange, zone: str, *, now: datetime) -> str:
    """ "today, Tue Nov 24, 2:00 PM to 3:15 PM (1 h 15 min)" """
    on, today = local_date(during.start, zone), local_date(now, zone)
    near = {0: "today, ", 1: "tomorrow, "}.get((on - today).days, "")
    times = f"{clock_time(during.start, zone)} to {clock_time(during.end, zone)}"
    return f"{near}{day_words(on)}, {times} ({length_words(during.end - during.start)})"


def day_words(on: date) -> str:
    """ "Tue Nov 24" """
    return f"{_DAYS[on.weekday()]} {on:%b} {on.day}"


def refused_words(*, label: str, by: str, at: datetime, why: str, zone: str, now: datetime) -> str:
    """ "“Book this client”, pressed by Dana at 10:02 AM, could not be done: …" """
    on = local_date(at, zone)
    day = "" if on == local_date(now, zone) else f" on {day_words(on)}"
    return f"“{label}”, pressed by {by} at {clock_time(at, zone)}{day}, could not be done: {why}"


def freed_words(cause: Cause, who: str | None, services: Sequence[Service]) -> str:
    """ "Maya R. cancelled HydraFacial ($280)": whose time it was, and what became of it."""
    if cause in _OPENED_BY or who is None:
        return _OPENED_BY.get(cause, "A visit was taken out of the calendar")
    what = " and ".join(f"{one.name} ({dollars(one.price_cents)})" for one in services) or "a visit"
    return f"{who} {_FREED_BY[cause]}: {what}"


def since_words(at: datetime, zone: str, *, now: datetime) -> str:
    """ "9:32 AM", "Mon Nov 23, 9:32 AM" """
    on = local_date(at, zone)
    clock = clock_time(at, zone)
    return clock if on == local_date(now, zone) else f"{day_words(on)}, {clock}"


def waits_for_words(entry: WaitlistEntry, matrix: Matrix) -> str:
    """ "HydraFacial with NP Martinez, Mon and Wed 9:00 AM to noon, from Dec 1" """
    services = [found.name for one in entry.service_ids if (found := matrix.find_service(one)) is not None]
    providers = [who.display_name for one in sorted(entry.provider_ids) if (who := matrix.find_provider(one))]
    words = (" and " if entry.together else " or ").join(services) or "a service that is not in the matrix"
    if providers:
        words += f" with {' or '.join(providers)}"
    if entry.windows:
        words += f", {windows_words(entry.windows)}"
    if entry.earliest_date:
        words += f", from {day_words(entry.earliest_date)}"
    if entry.latest_date:
        words += f", until {day_words(entry.latest_date)}"
    return words


def windows_words(windows: Iterable[WeeklyWindow]) -> str:
    """ "Mon, Wed 9:00 AM-12:00 PM; Sat 10:00 AM-2:00 PM": days with the same hours together."""
    by_hours: dict[tuple[str, str], list[int]] = {}
    for one in windows:
        by_hours.setdefault((_wall(one.start.hour, one.start.minute), _wall(one.end.hour, one.end.minute)), []).append(
            one.weekday
        )
    return "; ".join(
        f"{', '.join(_DAYS[day] for day in sorted(days))} {start}-{end if end != '12:00 AM' else 'midnight'}"
        for (start, end), days in by_hours.items()
    )


def waiting_since_words(joined: datetime, zone: str, *, now: datetime) -> str:
    """ "since Nov 3, 21 days" """
    on = local_date(joined, zone)
    days = (local_date(now, zone) - on).days
    return "since today" if days == 0 else f"since {on:%b} {on.day}, {days} day{'' if days == 1 else 's'}"


def last_visit_words(client: Client, today: date) -> str:
    """ "Sep 3, 2026 (facial)", or that there was none."""
    past = [one for one in client.treatments if one.on <= today]
    if not past:
        return "no visit yet that we know of"
    last = max(past, key=lambda one: one.on)
    return f"{last.on:%b} {last.on.day}, {last.on.year} ({last.kind})"


def _wall(hour: int, minute: int) -> str:
    return f"{hour % 12 or 12}:{minute:02} {'AM' if hour < 12 else 'PM'}"
