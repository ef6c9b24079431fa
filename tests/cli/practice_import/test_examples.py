"""The files of `docs/examples` go in, and every field of theirs is found again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlmodel import col

from domain.clients import Channel, LastTreatment, MessageKind, WeeklyWindow
from domain.matching import eligible
from domain.policy import Pace
from models.client import ClientNote
from models.repositories import clients, connections, practices, waitlist
from models.session import Database
from tests.cli.practice_import.files import ALL, NOW, id_of, import_files, matrix_of


def test_the_examples_go_in_without_a_word(database: Database) -> None:
    report = import_files(database, ALL, now=NOW)

    assert (report.errors, report.notices) == ((), ())
    assert report.added == {
        "practices": 1,
        "locations": 1,
        "rooms": 4,
        "devices": 1,
        "providers": 3,
        "services": 8,
        "credentials": 8,
        "connections": 3,
        "staff accounts": 2,
        "clients": 10,
        "waitlist entries": 10,
    }


def test_every_provider_of_the_examples_may_give_what_they_are_listed_for(database: Database) -> None:
    matrix = matrix_of(database, import_files(database, ALL, now=NOW))

    listed = [(who, what) for who in matrix.providers for what in matrix.services if what.id in who.service_ids]
    assert [eligible(provider=who, service=what, on=NOW.date()) for who, what in listed] == [None] * 12


def test_the_policy_of_the_example_is_read_field_by_field(database: Database) -> None:
    report = import_files(database, ALL, now=NOW)

    with database.transaction() as session:
        facts = practices.load(session, id_of(report))
        chat = connections.serving(connections.of_practice(session, id_of(report)), "chat")
        number = connections.by_address(session, "twilio", "+12125550143")
    assert facts.policy.gap_fill.pace is Pace.WAVES
    assert facts.policy.gap_fill.offer_window == timedelta(minutes=10)
    assert facts.policy.booking.reminders == (timedelta(hours=48), timedelta(hours=2))
    assert facts.policy.contact.quiet_from == time(20)
    assert facts.policy.contact.approved_templates == ("*",)
    assert (facts.slug, facts.short_name, facts.phone, facts.paused) == ("glow", "Glow", "+12125550142", False)
    assert chat is not None
    assert (chat.address, chat.options) == ("T0GLOW001", {"channel": "C0FRONTDSK", "managers": "C0MANAGERS"})
    assert number is not None
    assert number.practice_id == report.practice_id


def test_clients_come_in_with_addresses_consents_notes_and_history(database: Database) -> None:
    report = import_files(database, ALL, now=NOW)

    with database.transaction() as session:
        maya = clients.by_phone(session, id_of(report), "+12125550111")[0]
        family = clients.by_phone(session, id_of(report), "+12125550114")
        note = session.execute(select(ClientNote).where(col(ClientNote.client_id) == maya.id)).scalar_one()
        martinez = next(one for one in practices.matrix(session, id_of(report)).providers if one.first_name == "Elena")
    assert (maya.email, maya.stated_channel, maya.vip) == ("maya.okafor@example.com", Channel.SMS, False)
    assert maya.preferred_provider_id == martinez.id
    assert maya.exam_valid_until == date(2027, 8, 14)
    assert maya.treatments == (LastTreatment(kind="neuromodulator", on=date(2026, 7, 2)),)
    assert maya.consent.granted == {
        (Channel.SMS, MessageKind.APPOINTMENT),
        (Channel.SMS, MessageKind.OFFER),
        (Channel.EMAIL, MessageKind.APPOINTMENT),
        (Channel.VOICE, MessageKind.APPOINTMENT),
    }
    assert (note.author, note.noted_on, note.text) == (
        "Front desk (Jo)",
        date(2026, 9, 3),
        "Prefers mornings before work",
    )
    assert [one.first_name for one in family] == ["Tom", "Lena"]


def test_waitlist_entries_come_in_with_their_wishes(database: Database) -> None:
    report = import_files(database, ALL, now=NOW)

    with database.transaction() as session:
        practice_id = id_of(report)
        ids = waitlist.by_import_key(session, practice_id, ("w-03", "w-04"))
        both = waitlist.get(session, practice_id, ids["w-03"])
        consult = waitlist.get(session, practice_id, ids["w-04"])
        codes = {one.id: one.code for one in practices.matrix(session, practice_id).services}
    assert [codes[one] for one in both.service_ids] == ["TOX", "FILLER"]
    assert (both.together, both.priority, both.flexibility, len(both.provider_ids)) == (True, 3, 0, 1)
    assert both.minimum_notice == timedelta(hours=24)
    # Midnight in New York.
    assert both.joined_at == datetime(2026, 9, 28, 4, tzinfo=UTC)
    assert both.windows == tuple(WeeklyWindow(weekday=day, start=time(9), end=time(17)) for day in (1, 3))
    assert consult.windows == (
        *(WeeklyWindow(weekday=day, start=time(17), end=time(19)) for day in range(5)),
        WeeklyWindow(weekday=5, start=time(10), end=time(14)),
    )
    assert (consult.provider_ids, consult.location_id, consult.miles_declared) == (frozenset(), None, 5.0)
