"""What a practice's own files mean, through the whole import: read as meant, or a finding at its field."""

from __future__ import annotations

from datetime import time

import pytest
from sqlmodel import select

from models.client import Client
from models.practice import Practice
from models.repositories import practices
from models.session import Database
from tests.cli.practice_import.files import NOW, PRACTICE, Write, import_files


def _with(policy: str) -> str:
    return f"{PRACTICE}\npolicy:\n{policy}\n"


@pytest.mark.parametrize(
    ("written", "at"), [("20:00", 20), ('"20:00"', 20), ("8 pm", 20), ("18:30:00", time(18, 30)), ("21:00", 21)]
)
def test_quiet_hours_are_kept_as_they_were_meant(
    database: Database, write: Write, written: str, at: int | time
) -> None:
    """Without quotes YAML makes 20:00 a number."""
    report = import_files(database, [write("p.yaml", _with(f"  contact: {{quiet_from: {written}}}"))], now=NOW)

    assert report.errors == () and report.practice_id is not None
    with database.transaction() as session:
        kept = practices.load(session, report.practice_id).policy.contact.quiet_from
    assert kept == (at if isinstance(at, time) else time(at))


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        *((f"  contact: {{quiet_from: {one}}}", "contact.quiet_from") for one in ("20", "24:00", "1200", '"20:00Z"')),
        ("  contact: {quiet_from: 8:00, quiet_until: 20:00}", "contact.quiet_from"),
        ("  contact: {quiet_until: 20:00}", "contact.quiet_until"),
        ("  contact: {quiet_from: 2026-11-03}", "contact.quiet_from"),
        *(
            (f"  gap_fill: {{wave_size: {one}}}", "gap_fill.wave_size")
            for one in (".inf", ".nan", "010", "1_000", "1e3")
        ),
        *((f"  gap_fill: {{offer_window: {one}}}", "gap_fill.offer_window") for one in ("10", "1:30", "99999999 days")),
        ("  gap_fill: {person_first_cents: 420.50}", "gap_fill.person_first_cents"),
    ],
)
def test_a_policy_that_would_mean_something_else_is_found_at_its_field(
    database: Database, write: Write, policy: str, field: str
) -> None:
    report = import_files(database, [write("p.yaml", _with(policy))], now=NOW)

    assert [one.field for one in report.errors] == [f"policy.{field}"]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        (("pms: boulevard", "pms: mindbody"), "practice.pms", "boulevard"),
        (("pms: boulevard", "pms: boulevrad"), "practice.pms", "boulevard"),
        (
            ("", "connections: [{purpose: sms, vendor: twillio, address: +12125550143}]"),
            "connections[1].vendor",
            "twilio",
        ),
        (
            ("", "connections: [{purpose: sms, vendor: slack, address: +12125550143}]"),
            "connections[1].vendor",
            "twilio",
        ),
        (("", "connections: [{purpose: fax, vendor: slack, address: x}]"), "connections[1].purpose", "sms"),
    ],
)
def test_a_system_there_is_no_adapter_for_is_refused(
    database: Database, write: Write, change: tuple[str, str], field: str, says: str
) -> None:
    """It would be taken, and every journey would wait for it for ever."""
    before, after = change
    text = PRACTICE.replace(before, after) if before else PRACTICE + after

    report = import_files(database, [write("p.yaml", text)], now=NOW)

    assert [one.field for one in report.errors] == [field]
    assert says in report.errors[0].words


def test_the_name_of_a_system_is_taken_in_any_case(database: Database, write: Write) -> None:
    report = import_files(database, [write("p.yaml", PRACTICE.replace("pms: boulevard", "pms: Boulevard"))], now=NOW)

    assert report.errors == () and report.practice_id is not None
    with database.transaction() as session:
        assert practices.load(session, report.practice_id).pms_kind == "boulevard"


def test_a_line_break_in_a_name_does_not_come_in(database: Database, write: Write) -> None:
    text = PRACTICE.replace("name: Harbor Clinic", 'name: "Harbor\\nBcc: x@y.example\\tClinic\\u2028"')

    assert import_files(database, [write("p.yaml", text)], now=NOW).errors == ()

    with database.transaction() as session:
        assert session.execute(select(Practice.name)).scalar_one() == "Harbor Bcc: x@y.example Clinic"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Anna", "Weiß"), ("ANNA", "WEISS")),
        (("İpek", "Kaya"), ("IPEK", "KAYA")),
        (("José", "Núñez"), ("Jose\u0301", "Nu\u0301n\u0303ez")),
        (("Aoife", "O'Brien"), ("Aoife", "O’Brien")),
        (("Mary Ann", "Smith"), ("Mary  Ann", " Smith ")),
    ],
)
def test_one_client_in_two_spellings_stays_one(
    database: Database, write: Write, one: tuple[str, str], other: tuple[str, str]
) -> None:
    head = "first_name,last_name,phone,email\n"
    phone, mail = ",+12125550101,a@x.example\n", ",+12125550101,\n"
    import_files(database, [write("p.yaml", PRACTICE), write("c.csv", head + ",".join(one) + phone)], now=NOW)

    again = import_files(database, [write("d.csv", head + ",".join(other) + mail)], practice="harbor", now=NOW)

    assert (again.errors, again.added.get("clients", 0), again.updated["clients"]) == ((), 0, 1)
    with database.transaction() as session:
        assert len(session.execute(select(Client)).all()) == 1
