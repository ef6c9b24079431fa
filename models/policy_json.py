"""The practice's policy as a document, and back: what stands in `practice.yaml` and in the practice's row.

A field left out keeps its default. Durations are written as people say them ("10 min"), times of day as "20:00". What
is otherwise for a location or a service (`domain.policy.PolicyLayer`) stands under `layers`, each with the fields that
it says and no others.
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
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from domain.policy import PolicyLayer, PolicySections, PracticePolicy, policy_for
from models.duration_text import read_duration, write_duration
from models.time_of_day_text import read_time

_NOTHING = object()
#: Fields that stood elsewhere in earlier versions, with where they stand now.
MOVED: Final = {
    "gap_fill.booking_note_after": "patience.booking_note_after",
    "gap_fill.pms_give_up": "patience.pms_give_up",
    "gap_fill.pms_give_up_before_start": "patience.pms_give_up_before_start",
    "gap_fill.segment_buffer": "buffers.between_services",
}
_LAYERS: Final = "layers"
#: In cents ten million dollars: nothing a practice counts is more.
_LARGEST = 10**9
_FINEST_GRID: Final = timedelta(minutes=1)
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
    document = _as_of_now(document, errors)
    sections = _read_dataclass(
        PolicySections, {name: value for name, value in document.items() if name != _LAYERS}, "", errors
    )
    layers = tuple(_layer(one, errors) for one in document.get(_LAYERS) or ())
    if errors or not isinstance(sections, PolicySections):
        raise PolicyInvalid(errors)
    policy = PracticePolicy(**{one.name: getattr(sections, one.name) for one in fields(PolicySections)}, layers=layers)
    for prefix, made in _every_combination(policy):
        found: list[tuple[str, str]] = []
        _check(made, found)
        errors += _new_ones(prefix, found, errors)
    if errors:
        raise PolicyInvalid(errors)
    return policy


def layer_from_json(document: object, *, location_id: int | None, service_id: int | None) -> PolicyLayer:
    """What a document says otherwise for a location or a service. Raises `PolicyInvalid`."""
    errors: list[tuple[str, str]] = []
    if not isinstance(document, Mapping):
        raise PolicyInvalid([("", f"must be a group of fields, not {document!r}")])
    values = tuple(_said(PolicySections, _as_of_now(document, errors), "", errors))
    if errors:
        raise PolicyInvalid(errors)
    return PolicyLayer(location_id=location_id, service_id=service_id, values=values)


def moved(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Fields of a document that stand elsewhere since, with where."""
    return tuple((old, new) for old, new in MOVED.items() if _at(document, old) is not _NOTHING)


def new_policy_from_json(document: Mapping[str, Any]) -> PracticePolicy:
    """Like `policy_from_json`, for a policy that is about to be kept: what would be read and not be meant is refused as
    well. A policy kept before is not asked again, since its practice has to be served. Raises `PolicyInvalid`."""
    policy = policy_from_json(document)
    errors: list[tuple[str, str]] = []
    for prefix, made in _every_combination(policy):
        errors += _new_ones(prefix, list(_not_meant(made)), errors)
    if errors:
        raise PolicyInvalid(errors)
    return policy


def policy_to_json(policy: PracticePolicy) -> dict[str, Any]:
    """Every field, the defaults too: what a practice signed off stays when a default changes."""
    written: dict[str, Any] = {one.name: _write(getattr(policy, one.name)) for one in fields(PolicySections)}
    if policy.layers:
        written[_LAYERS] = [_write_layer(one) for one in policy.layers]
    return written


def field_paths() -> tuple[str, ...]:
    """Every field of a policy, by its path."""
    return tuple(_paths(PolicySections()))


def shown(policy: PracticePolicy, path: str) -> str:
    """A field's value as a file would say it."""
    value: Any = policy
    for name in path.split("."):
        value = getattr(value, name)
    written = _write(value)
    if written is None or isinstance(written, bool):
        return {None: "null", True: "true", False: "false"}[written]
    return ", ".join(map(str, written)) if isinstance(written, list) else str(written)


def _every_combination(policy: PracticePolicy) -> Iterator[tuple[tuple[int | None, int | None], PracticePolicy]]:
    """The practice's own policy, and that of each location, service and both that a layer names: each may be wrong only
    together with another."""
    places = (None, *dict.fromkeys(one.location_id for one in policy.layers if one.location_id is not None))
    services = (None, *dict.fromkeys(one.service_id for one in policy.layers if one.service_id is not None))
    for place in places:
        for service in services:
            yield (place, service), policy_for(policy, location_id=place, service_ids=(service,))


def _new_ones(
    of: tuple[int | None, int | None], found: list[tuple[str, str]], errors: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Errors not said before; what is wrong with the practice's own is not said again for each of its places."""
    where = " and ".join(
        f"{what} {number}" for what, number in zip(("location", "service"), of, strict=True) if number is not None
    )
    known = {(path, words.partition(" (for ")[0]) for path, words in errors}
    return [(path, f"{words} (for {where})" if where else words) for path, words in found if (path, words) not in known]


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
        ("patience.pms_give_up", policy.patience.pms_give_up),
        ("placing.start_grid", policy.placing.start_grid),
        ("task.due_after", policy.task.due_after),
        ("task.remind_after", policy.task.remind_after),
    ):
        if length <= timedelta():
            yield path, "must be longer than nothing"
    if timedelta() < policy.placing.start_grid < _FINEST_GRID:
        yield "placing.start_grid", "must be at least 1 min; no calendar has finer marks"


# --- reading, as it stands now ----------------------------------------------------------------------------------


def _at(document: Mapping[str, Any], path: str) -> Any:
    section, _, name = path.partition(".")
    inside = document.get(section)
    return inside[name] if isinstance(inside, Mapping) and name in inside else _NOTHING


def _as_of_now(document: Mapping[str, Any], errors: list[tuple[str, str]]) -> dict[str, Any]:
    """The document with what moved since at its place of now."""
    found = dict(document)
    for old, new in MOVED.items():
        value = _at(found, old)
        if value is _NOTHING:
            continue
        (section, _, name), (target, _, named) = old.partition("."), new.partition(".")
        if _at(found, new) is not _NOTHING:
            errors.append((old, f"is now {new}, which is said as well; say it once"))
        found[section] = {key: one for key, one in found[section].items() if key != name}
        if isinstance(found.get(target) or {}, Mapping):
            found[target] = {named: value, **(found.get(target) or {})}
    return found


def _layer(document: object, errors: list[tuple[str, str]]) -> PolicyLayer:
    """As it is kept."""
    if not isinstance(document, Mapping):
        errors.append((_LAYERS, f"must be groups of fields, not {_called(document)}"))
        document = {}
    found: list[tuple[str, str]] = []
    said = _as_of_now(document.get("policy") or {}, found)
    values = tuple(_said(PolicySections, said, "", found))
    errors += [(f"{_LAYERS}.{path}", words) for path, words in found]
    return PolicyLayer(location_id=document.get("location"), service_id=document.get("service"), values=values)


def _said(kind: type, value: Any, path: str, errors: list[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    """The fields that a document says, by their paths."""
    if not isinstance(value, Mapping):
        errors.append((path, f"must be a group of fields, not {_called(value)}"))
        return
    hints = _hints(kind)
    for name, said in value.items():
        at = _join(path, str(name))
        if name not in hints:
            errors.append((at, _no_such_field(str(name), hints)))
        elif is_dataclass(hints[name]):
            yield from _said(hints[name], {} if said is None else said, at, errors)
        elif (read := _read(hints[name], said, at, errors)) is not _NOTHING:
            yield at, read


def _no_such_field(name: str, hints: Mapping[str, Any]) -> str:
    close = get_close_matches(name, hints, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; it may be one of {', '.join(hints)}"
    return f"there is no such field{hint}"


# --- reading -----------------------------------------------------------------------------------------------------


def _read_dataclass(kind: type, value: Any, path: str, errors: list[tuple[str, str]]) -> object:
    if value is None:
        value = {}
    if not isinstance(value, Mapping):
        errors.append((path or "policy", f"must be a group of fields, not {_called(value)}"))
        return _NOTHING
    hints = _hints(kind)
    for name in value:
        if name not in hints:
            errors.append((_join(path, str(name)), _no_such_field(str(name), hints)))
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
            errors.append((path, f"must be a list, not {_called(value)}"))
            return _NOTHING
        items = [_read(get_args(hint)[0], one, f"{path}[{at}]", errors) for at, one in enumerate(value)]
        return _NOTHING if any(one is _NOTHING for one in items) else tuple(items)
    try:
        return _READERS[StrEnum if issubclass(hint, StrEnum) else hint](hint, value)
    except ValueError as error:
        errors.append((path, str(error)))
        return _NOTHING


def _called(value: object) -> str:
    """What stands there, in no programming language's words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a group of fields"
        case _:
            return repr(value)


def _duration(_: Any, value: Any) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f'{_called(value)} is no length of time; write it like "30 min", "2 h" or "84 days"')
    if not isinstance(value, str) and value != 0:
        raise ValueError(f'{value} does not say of what; write it like "{value} min"')
    return read_duration(str(value))


def _time(_: Any, value: Any) -> time:
    if not isinstance(value, str):
        raise ValueError(f'{_called(value)} is no time of day; write it like "20:00"')
    return read_time(value)


def _number(kind: Any, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or (isinstance(value, float) and not math.isfinite(value)) or (kind is int and int(value) != value):
        raise ValueError(f"must be a {'whole ' if kind is int else ''}number, not {_called(value)}")
    if value < 0:
        raise ValueError(f"must not be below zero, and is {value}")
    if value > _LARGEST:
        raise ValueError(f"must be at most {_LARGEST:,}")
    return kind(value)


def _yes_no(_: Any, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be yes or no, not {_called(value)}")
    return value


def _text(_: Any, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be words, not {_called(value)}")
    return value


def _choice(kind: Any, value: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(kind)}, not {_called(value)}") from None


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


def _paths(section: Any, path: str = "") -> Iterator[str]:
    for one in fields(section):
        value, at = getattr(section, one.name), _join(path, one.name)
        if is_dataclass(value):
            yield from _paths(value, at)
        else:
            yield at


def _write_layer(layer: PolicyLayer) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for path, value in layer.values:
        *groups, name = path.split(".")
        inside = said
        for group in groups:
            inside = inside.setdefault(group, {})
        inside[name] = _write(value)
    return {"location": layer.location_id, "service": layer.service_id, "policy": said}


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
