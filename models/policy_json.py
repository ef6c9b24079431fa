"""The practice's policy as a document, and back: what stands in `practice.yaml` and in the practice's row.

A field left out keeps its default. Durations are written as people say them ("10 min"), times of day as "20:00".
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.policy import PracticePolicy
from models.duration_text import read_duration, write_duration
from models.time_of_day_text import read_time

_NOTHING = object()
#: In cents ten million dollars: nothing a practice counts is more.
_LARGEST = 10**9
#: When clients may be texted at all: 47 CFR 64.1200(c)(1), in the recipient's own time; some states want less.
_LAWFUL_FROM, _LAWFUL_UNTIL = time(8), time(21)


class PolicyInvalid(ValueError):
    """`errors` are all of them, each a field's path and what is wrong with it."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {words}" for path, words in errors))
        self.errors = tuple(errors)


def policy_from_json(document: Mapping[str, Any]) -> PracticePolicy:
    """Raises `PolicyInvalid`."""
    errors: list[tuple[str, str]] = []
    policy = _read_dataclass(PracticePolicy, document, "", errors)
    if isinstance(policy, PracticePolicy) and not errors:
        _check(policy, errors)
    if errors:
        raise PolicyInvalid(errors)
    assert isinstance(policy, PracticePolicy)
    return policy


def new_policy_from_json(document: Mapping[str, Any]) -> PracticePolicy:
    """Like `policy_from_json`, for a policy that is about to be kept: what would be read and not be meant is refused as
    well. A policy kept before is not asked again, since its practice has to be served. Raises `PolicyInvalid`."""
    policy = policy_from_json(document)
    errors = list(_not_meant(policy))
    if errors:
        raise PolicyInvalid(errors)
    return policy


def policy_to_json(policy: PracticePolicy) -> dict[str, Any]:
    """Every field, the defaults too: what a practice signed off stays when a default changes."""
    written = _write(policy)
    assert isinstance(written, dict)
    return written


def _check(policy: PracticePolicy, errors: list[tuple[str, str]]) -> None:
    gap_fill, contact = policy.gap_fill, policy.contact
    for path, number, least in (
        ("gap_fill.wave_size", gap_fill.wave_size, 1),
        ("gap_fill.max_offers", gap_fill.max_offers, 1),
        ("gap_fill.max_waves", gap_fill.max_waves, 1),
        ("gap_fill.losses_horizon", gap_fill.losses_horizon, 1),
        ("gap_fill.unanswered_horizon", gap_fill.unanswered_horizon, 1),
        ("contact.messages_per_day", contact.messages_per_day, 1),
        ("task.bundle_from", policy.task.bundle_from, 2),
    ):
        if number < least:
            errors.append((path, f"must be at least {least}"))
    if gap_fill.offer_window <= timedelta():
        errors.append(("gap_fill.offer_window", "must be longer than nothing"))
    for channel in contact.approved_channels:
        if channel not in {"sms", "email", "voice"}:
            errors.append(("contact.approved_channels", f'"{channel}" is no channel; use sms, email or voice'))


def _not_meant(policy: PracticePolicy) -> Iterator[tuple[str, str]]:
    contact, gap_fill = policy.contact, policy.gap_fill
    start, end = contact.quiet_from, contact.quiet_until
    lawful = "clients may be texted from 8:00 to 21:00 only (47 CFR 64.1200(c)(1))"
    if start == end:
        yield "contact.quiet_until", f"is the same as quiet_from, so no hour would be quiet; {lawful}"
    elif time(0) < start < end:
        yield "contact.quiet_from", f"comes before quiet_until, so texts would go out at night; {lawful}"
    else:
        if not time(0) < start <= _LAWFUL_UNTIL:
            yield "contact.quiet_from", f"is {start:%H:%M}, and {lawful}"
        if end < _LAWFUL_FROM:
            yield "contact.quiet_until", f"is {end:%H:%M}, and {lawful}"
    for path, length in (
        *((f"booking.reminders[{at}]", one) for at, one in enumerate(policy.booking.reminders)),
        ("gap_fill.horizon", gap_fill.horizon),
        ("gap_fill.recency_horizon", gap_fill.recency_horizon),
        ("gap_fill.waiting_horizon", gap_fill.waiting_horizon),
        ("gap_fill.pms_give_up", gap_fill.pms_give_up),
        ("task.due_after", policy.task.due_after),
        ("task.remind_after", policy.task.remind_after),
    ):
        if length <= timedelta():
            yield path, "must be longer than nothing"


# --- reading -----------------------------------------------------------------------------------------------------


def _read_dataclass(kind: type, value: Any, path: str, errors: list[tuple[str, str]]) -> object:
    if value is None:
        value = {}
    if not isinstance(value, Mapping):
        errors.append((path or "policy", f"must be a group of fields, not {value!r}"))
        return _NOTHING
    hints = _hints(kind)
    for name in value:
        if name not in hints:
            close = get_close_matches(str(name), hints, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; it may be one of {', '.join(hints)}"
            errors.append((_join(path, str(name)), f"there is no such field{hint}"))
    read = {name: _read(hint, value[name], _join(path, name), errors) for name, hint in hints.items() if name in value}
    if any(one is _NOTHING for one in read.values()):
        return _NOTHING
    made: object = kind(**read)
    return made


def _read(hint: Any, value: Any, path: str, errors: list[tuple[str, str]]) -> Any:
    if is_dataclass(hint):
        return _read_dataclass(hint if isinstance(hint, type) else type(hint), value, path, errors)
    if get_origin(hint) in {Union, types.UnionType}:
        if value is None:
            return None
        (hint,) = (one for one in get_args(hint) if one is not types.NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            errors.append((path, f"must be a list, not {value!r}"))
            return _NOTHING
        items = [_read(get_args(hint)[0], one, f"{path}[{at}]", errors) for at, one in enumerate(value)]
        return _NOTHING if any(one is _NOTHING for one in items) else tuple(items)
    try:
        return _READERS[StrEnum if issubclass(hint, StrEnum) else hint](hint, value)
    except ValueError as error:
        errors.append((path, str(error)))
        return _NOTHING


def _duration(_: Any, value: Any) -> timedelta:
    if not isinstance(value, str) and value != 0:
        raise ValueError(f'{value!r} does not say of what; write it like "{value} min"')
    return read_duration(str(value))


def _time(_: Any, value: Any) -> time:
    if not isinstance(value, str):
        raise ValueError(f'{value!r} is no time of day; write it like "20:00"')
    return read_time(value)


def _number(kind: Any, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or (isinstance(value, float) and not math.isfinite(value)) or (kind is int and int(value) != value):
        raise ValueError(f"must be a {'whole ' if kind is int else ''}number, not {value!r}")
    if value < 0:
        raise ValueError(f"must not be below zero, and is {value}")
    if value > _LARGEST:
        raise ValueError(f"must be at most {_LARGEST:,}")
    return kind(value)


def _yes_no(_: Any, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be yes or no, not {value!r}")
    return value


def _text(_: Any, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be words, not {value!r}")
    return value


def _choice(kind: Any, value: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(kind)}, not {value!r}") from None


_READERS: dict[Any, Callable[[Any, Any], Any]] = {
    timedelta: _duration,
    time: _time,
    int: _number,
    float: _number,
    bool: _yes_no,
    str: _text,
    StrEnum: _choice,
}


@lru_cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


# --- writing -----------------------------------------------------------------------------------------------------


def _write(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _write(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, timedelta):
        return write_duration(value)
    if isinstance(value, time):
        return value.isoformat("minutes") if value.second == 0 else value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_write(one) for one in value]
    return value
