"""`practice.yaml`: who the practice is, its policy, places, staff, matrix and connections."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import select
from sqlmodel import Session, col

from domain.names import name_key
from domain.policy import PolicyLayer
from models.importing import cells
from models.importing.documents import Group
from models.importing.findings import Findings
from models.importing.import_state import ImportState
from models.importing.matrix import apply_credential, apply_service
from models.importing.row_reader import RowReader
from models.importing.sheets import MATRIX
from models.matrix import Device, Room
from models.phone_numbers import e164
from models.policy_json import (
    PolicyInvalid,
    layer_from_json,
    moved,
    new_policy_from_json,
    policy_from_json,
    policy_to_json,
)
from models.practice import Connection, Location, Practice
from models.repositories import staff_accounts

PARTS = ("practice", "policy", "channels", "templates", "locations", "staff", "services", "connections")
#: Groups of the policy that say what is otherwise somewhere.
_BY_LAYER = ("locations", "services")
#: vendors/slack.md's examples; Enterprise Grid's begin with W.
_CHAT_USER = re.compile(r"[UW][A-Z0-9]{3,30}")
#: What an option of a connection may not be called.
_SECRET = re.compile(r"secret|token(?!_url)|password|api_?key|private", re.IGNORECASE)
Resource = TypeVar("Resource", Room, Device)
#: The vendors there is an adapter for, by purpose: pms, sms, email, chat.
Vendors = Mapping[str, Collection[str]]


def apply_practice(session: Session, document: Group, findings: Findings, vendors: Vendors) -> Practice | None:
    """The practice's own row, made or brought up to date; None when it cannot be told which it is."""
    document.record(nested=PARTS)
    group = document.group("practice")
    if group is None:
        document.wrong("practice", "is missing; it names the practice: slug, name, short_name, pms")
        return None
    record = group.record("slug", "name", "short_name", "phone", "postal_address", "pms", "paused")
    slug, name, short_name = record.needed("slug"), record.needed("name"), record.needed("short_name")
    pms = record.needed("pms") and record.read("pms", lambda words: _one_of(words, vendors["pms"]))
    phone, paused = record.read("phone", e164), record.read("paused", cells.yes_no)
    if slug is not None and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug):
        record.wrong("slug", f'"{slug}" cannot stand in a URL; use lower-case letters, digits and dashes')
    if short_name is not None and len(short_name) > 25:
        record.wrong("short_name", "is longer than 25 characters; it stands in every text")
    row = session.execute(select(Practice).where(col(Practice.slug) == slug)).scalar_one_or_none()
    policy = _policy(document, kept={} if row is None else row.policy)
    if not record.ok or slug is None or name is None or short_name is None or pms is None:
        # Nothing will be written; a stand-in lets the other files be checked in the same go.
        return row or _flushed(session, Practice(slug=f"({slug})", name="", short_name="", pms_kind=""))
    findings.count("practices", new=row is None)
    if row is None:
        row = Practice(slug=slug, name=name, short_name=short_name, pms_kind=pms)
    row.name, row.short_name, row.pms_kind = name, short_name, pms
    row.phone, row.postal_address = phone, record.text("postal_address")
    row.paused = row.paused if paused is None else paused
    if policy is not None:
        row.policy = policy
    return _flushed(session, row)


def apply_parts(book: ImportState, document: Group, vendors: Vendors) -> None:
    """Everything that belongs to the practice, in the order one part names another."""
    channels = document.group("channels")
    if channels is not None and channels.has("slack"):
        _chat_staff(book, channels)
    for part, kind in (("locations", "Location"), ("staff", "Staff"), ("services", "Service")):
        book.expect(kind, _refs(document, part))
    for group in document.groups("locations"):
        _location(book, group)
    for group in document.groups("staff"):
        _member(book, group)
    for group in document.groups("services"):
        apply_service(book, group.record(*MATRIX.fields))
    connections = document.groups_by("connections")
    kinds = Counter((purpose or group.plain("purpose"), group.plain("vendor")) for purpose, group in connections)
    for purpose, group in connections:
        others = kinds[purpose or group.plain("purpose"), group.plain("vendor")] - 1
        _connection(book, group, vendors, purpose=purpose, others=others)
    _short_name_tells_nothing(book, document)


def _one_of(words: str, known: Collection[str]) -> str:
    if words.casefold() not in known:
        raise ValueError(f'"{words}" is none of those Chairflow speaks to: {", ".join(sorted(known))}')
    return words.casefold()


def _flushed(session: Session, row: Practice) -> Practice:
    session.add(row)
    session.flush()
    return row


def _policy(document: Group, *, kept: dict[str, Any]) -> dict[str, Any] | None:
    """The policy to keep, with every default written out; without a word of it in the file, the one we have stays."""
    written = document.plain("policy") if document.has("policy") else deepcopy(kept)
    if document.has("policy") and isinstance(written, dict):
        # What is otherwise for a place or a service comes last, when both are known (`apply_policy_layers`).
        written = {name: value for name, value in written.items() if name not in {*_BY_LAYER, "layers"}}
        for old, new in moved(written):
            document.notice(f"policy.{old}", f"is called {new} now; the old name is still read")
    if not isinstance(written or {}, dict):
        document.wrong("policy", "must be a group of fields")
        return None
    written = written or {}
    said_at = {"contact.approved_channels": "channels.approved", "contact.approved_templates": "templates.approved"}
    for path, place in said_at.items():
        part, _, field = path.partition(".")
        name = place.partition(".")[0]
        group = document.group(name)
        nested = ("slack",) if name == "channels" else ()
        approved = None if group is None else group.record("approved", nested=nested).many("approved")
        if approved is None:
            continue
        contact = written.setdefault(part, {})
        if document.has("policy") and isinstance(contact, dict) and field in contact:
            document.wrong(f"policy.{path}", f"is said under {place} as well; say it once")
        elif isinstance(contact, dict):
            contact[field] = approved
    try:
        return policy_to_json(new_policy_from_json(written))
    except PolicyInvalid as invalid:
        for path, words in invalid.errors:
            plain = re.sub(r"\[\d+\]", "", path)
            document.wrong(said_at.get(plain, f"policy.{path}"), words)
        return None


def apply_policy_layers(book: ImportState, document: Group) -> None:
    """What the policy says otherwise for a location (`policy.locations`), for a service (`policy.services`), and for a
    service at a location (`services` of that location)."""
    policy = document.plain("policy")
    if not isinstance(policy, dict) or not {*_BY_LAYER} & policy.keys():
        return
    layers: list[PolicyLayer] = []
    for name, said in _named(document, "policy.locations", policy.get("locations")):
        place, path = book.location(name), f"policy.locations.{name}"
        if place is None:
            document.wrong(path, f'there is no location "{name}"')
            continue
        own = {key: value for key, value in said.items() if key != "services"} if isinstance(said, dict) else said
        layers += _layer(document, path, own, location_id=place.id, service_id=None)
        nested = said.get("services") if isinstance(said, dict) else None
        for service, otherwise in _named(document, f"{path}.services", nested):
            layers += _of_service(book, document, f"{path}.services.{service}", service, otherwise, place.id)
    for service, otherwise in _named(document, "policy.services", policy.get("services")):
        layers += _of_service(book, document, f"policy.services.{service}", service, otherwise, None)
    if book.findings.errors:
        return
    kept = policy_from_json(book.practice.policy)
    try:
        book.practice.policy = policy_to_json(new_policy_from_json(policy_to_json(replace(kept, layers=tuple(layers)))))
    except PolicyInvalid as invalid:
        for path, words in invalid.errors:
            document.wrong(f"policy.{path}", words)


def _named(document: Group, path: str, groups: Any) -> list[tuple[str, Any]]:
    if groups is not None and not isinstance(groups, dict):
        document.wrong(path, "must be a group of names, each with the fields that are otherwise there")
        return []
    return [(str(name), said) for name, said in (groups or {}).items()]


def _of_service(
    book: ImportState, document: Group, path: str, name: str, said: Any, location_id: int | None
) -> list[PolicyLayer]:
    service = book.service(name)
    if service is None:
        several = len(book.services_named(name)) > 1
        document.wrong(path, f'several services are called "{name}"' if several else f'there is no service "{name}"')
        return []
    return _layer(document, path, said, location_id=location_id, service_id=service.id)


def _layer(
    document: Group, path: str, said: Any, *, location_id: int | None, service_id: int | None
) -> list[PolicyLayer]:
    for old, new in moved(said) if isinstance(said, dict) else ():
        document.notice(f"{path}.{old}", f"is called {new} now; the old name is still read")
    try:
        layer = layer_from_json(said or {}, location_id=location_id, service_id=service_id)
    except PolicyInvalid as invalid:
        for field, words in invalid.errors:
            document.wrong(f"{path}.{field}" if field else path, words)
        return []
    return [layer] if layer.values else []


def _location(book: ImportState, group: Group) -> None:
    record = group.record("name", "zone", "postcode", "address", "parking", "pms_ref", nested=("rooms", "devices"))
    name, zone, postcode = record.needed("name"), record.needed("zone"), record.needed("postcode")
    record.read("zone", cells.zone)
    namesakes = book.locations_named(name or "")
    row = book.meant(record, "Location", "location", namesakes, book.ref(record, "Location"))
    ref = book.own_ref(record, "Location", row, book.locations)
    if not record.ok or name is None or zone is None or postcode is None:
        book.failed.add((name or "").casefold())
        return
    book.findings.count("locations", new=row is None)
    if row is None:
        row = Location(practice_id=book.practice_id, name=name, zone=zone, postcode=postcode)
        book.locations.append(row)
    row.zone, row.postcode, row.pms_ref = zone, postcode, ref or row.pms_ref
    row.address = record.text("address") or row.address
    row.parking = record.text("parking") or row.parking
    book.is_about(record, book.add(row))
    for part in ("rooms", "devices"):
        book.refs_said[_at(part, row)] = _refs(group, part)
    for one in group.groups("rooms"):
        _resource(book, Room, "rooms", row, one)
    for one in group.groups("devices"):
        _resource(book, Device, "devices", row, one)


def _refs(group: Group, part: str) -> set[str]:
    """The references that a part's lines give, as they were written."""
    return {str(ref) for one in group.groups(part) if (ref := one.plain("pms_ref")) is not None}


def _at(part: str, location: Location) -> str:
    """Rooms and devices are told apart within their place."""
    return f"{part} of {location.id}"


def _resource(book: ImportState, table: type[Resource], part: str, location: Location, group: Group) -> None:
    record = group.record("name", "kind", "pms_ref")
    name, kind = record.needed("name"), record.needed("kind")
    if not record.ok or name is None or kind is None:
        return
    here = book.session.execute(
        select(table)
        .where(col(table.practice_id) == book.practice_id, col(table.location_id) == location.id)
        .order_by(col(table.id))
    ).scalars()
    namesakes = [one for one in here if name_key(one.name) == name_key(name)]
    row = book.meant(record, _at(part, location), part.removesuffix("s"), namesakes, record.text("pms_ref"))
    if not record.ok:
        return
    book.findings.count(part, new=row is None)
    if row is None:
        assert location.id is not None
        row = table(practice_id=book.practice_id, location_id=location.id, kind="", name=name)
    row.kind, row.pms_ref = cells.kind(kind), record.text("pms_ref") or row.pms_ref
    book.is_about(record, book.add(row))


def _member(book: ImportState, group: Group) -> None:
    record = group.record("name", "first_name", "pms_ref", "locations", "active", nested=("credentials",))
    name, first_name = record.needed("name"), record.needed("first_name")
    active = record.read("active", cells.yes_no)
    row = book.meant(record, "Staff", "provider", book.providers_named(name or ""), book.ref(record, "Staff"))
    ref = book.own_ref(record, "Staff", row, book.providers)
    places = []
    for words in record.many("locations") or []:
        place = book.location(words)
        if place is not None:
            places.append(place)
        elif book.of_several(record, "locations", words, book.locations_named(words)):
            continue
        elif words.casefold() not in book.failed:
            record.wrong("locations", f'there is no location "{words}"')
    if not record.ok or name is None or first_name is None:
        book.failed.add((name or "").casefold())
        return
    if row is None:
        row = book.add_provider(display_name=name, first_name=first_name)
    else:
        book.findings.count("providers", new=False)
    row.first_name, row.pms_ref = first_name, ref or row.pms_ref
    row.active = row.active if active is None else active
    book.is_about(record, book.add(row))
    if places:
        book.work_at(row, places)
    for one in group.groups("credentials"):
        apply_credential(book, one.record("kind", "number", "expires"), row, kind_field="kind")


def _chat_staff(book: ImportState, channels: Group) -> None:
    """Who may press a card's buttons. The list is whole: whoever is not on it may not, or may no more."""
    names: dict[str, str] = {}
    for group in channels.groups("slack"):
        record = group.record("name", "user")
        name, user = record.needed("name"), record.needed("user")
        if user is not None and not _CHAT_USER.fullmatch(user):
            record.wrong(
                "user", f'"{user}" is no Slack member id; a profile\'s menu has "Copy member ID", like U024BE7LH'
            )
        if user in names:
            record.wrong("user", f"is that of {names[user]} already")
        if record.ok and name is not None and user is not None:
            names[user] = name
    if book.findings.errors:
        return
    added, known = staff_accounts.replace(book.session, book.practice_id, names)
    for count, new in ((added, True), (known, False)):
        for _ in range(count):
            book.findings.count("staff accounts", new=new)


def _connection(book: ImportState, group: Group, vendors: Vendors, *, purpose: str | None, others: int) -> None:
    """One account by its address; `others` of the file are for the same purpose and vendor."""
    fields = ("vendor", "address", "location", "baa_on_file", "names_services")
    said = group.record(*(fields if purpose else ("purpose", *fields)), nested=("options",))
    purpose, vendor, address = purpose or said.needed("purpose"), said.needed("vendor"), said.needed("address")
    baa, names = said.read("baa_on_file", cells.yes_no), said.read("names_services", cells.yes_no)
    if purpose is not None and purpose not in vendors:
        said.wrong("purpose", f'"{purpose}" is none of {", ".join(sorted(vendors))}')
    elif purpose is not None and vendor is not None:
        vendor = said.read("vendor", lambda words: _one_of(words, vendors[purpose]))
    if names and not baa:
        said.wrong("names_services", "needs baa_on_file: without an agreement a text names no service")
    if purpose == "sms":
        address = said.read("address", e164)
    place = _place_of(book, said)
    options = group.plain("options")
    for name in options if isinstance(options, dict) else ():
        if _SECRET.search(str(name)):
            said.wrong("options", f'"{name}" is a secret: no file holds one, chairflow connect asks for it')
    if not said.ok or purpose is None or vendor is None or address is None:
        return
    same = _connected(book, purpose, vendor)
    row = _meant(same, address, place, purpose=purpose, others=others)
    if row is None and any(one.address == address and one.off_at is not None for one in same):
        said.notice("address", f"{address} is turned off; chairflow connect {vendor} turns it on again")
        return
    if row is None and (why := _taken(book, purpose, vendor, address, place)) is not None:
        said.wrong("address", why)
        return
    book.findings.count("connections", new=row is None)
    if row is None:
        row = Connection(practice_id=book.practice_id, purpose=purpose, vendor=vendor, address=address)
    before = (row.address, row.location_id, row.options)
    row.address, row.location_id = address, place
    row.baa_on_file, row.names_services = bool(baa), bool(names)
    if isinstance(options, dict):
        # An account that was connected keeps its own beside what the file says.
        row.options = options if row.credentials is None else {**row.options, **options}
    if row.id is not None and before != (row.address, row.location_id, row.options):
        row.version += 1
    book.add(row)


def _place_of(book: ImportState, said: RowReader) -> int | None:
    """The place a connection serves; None serves all."""
    words = said.text("location")
    if words is None:
        return None
    place = book.location(words)
    if place is None and not book.of_several(said, "location", words, book.locations_named(words)):
        said.wrong("location", f'there is no location "{words}"')
    return None if place is None else place.id


def _connected(book: ImportState, purpose: str, vendor: str) -> list[Connection]:
    rows = book.session.execute(
        select(Connection)
        .where(
            col(Connection.practice_id) == book.practice_id,
            col(Connection.purpose) == purpose,
            col(Connection.vendor) == vendor,
        )
        .order_by(col(Connection.id))
    )
    return list(rows.scalars())


def _meant(same: list[Connection], address: str, place: int | None, *, purpose: str, others: int) -> Connection | None:
    """The live one a line of the file is about: of its address, for a workspace at its place; or the only one, whose
    address is put right as long as no account stands behind it."""
    live = [one for one in same if one.off_at is None]
    exact = [one for one in live if one.address == address]
    if purpose == "chat":
        exact = [one for one in exact if one.location_id == place]
    if exact:
        return exact[0]
    only = live[0] if len(live) == 1 and not others else None
    return only if only is not None and only.credentials is None else None


def _taken(book: ImportState, purpose: str, vendor: str, address: str, place: int | None) -> str | None:
    """Why there can be no such connection beside those there are."""
    live = select(Connection).where(col(Connection.off_at).is_(None), col(Connection.purpose) == purpose)
    mine = list(book.session.execute(live.where(col(Connection.practice_id) == book.practice_id)).scalars())
    if purpose == "pms" and mine:
        return f"the practice is connected to {mine[0].vendor} {mine[0].address}: chairflow connections off first"
    if purpose == "chat":
        here = any(one.location_id == place and (place is not None or one.address == address) for one in mine)
        return "this place has a chat already" if here else None
    holders = book.session.execute(live.where(col(Connection.vendor) == vendor, col(Connection.address) == address))
    return "belongs to another practice" if holders.scalars().first() is not None else None


def _short_name_tells_nothing(book: ImportState, document: Group) -> None:
    """Texts light up lock screens: the name in them must not be a treatment's."""
    group = document.group("practice")
    words = set(re.findall(r"[a-z]{4,}", book.practice.short_name.casefold()))
    told = sorted(words & {word for one in book.services for word in re.findall(r"[a-z]{4,}", one.name.casefold())})
    if told and group is not None:
        group.record("slug", "name", "short_name", "phone", "postal_address", "pms", "paused").notice(
            "short_name", f'"{told[0]}" is also the name of a service; a text that shows it says what the visit is for'
        )
