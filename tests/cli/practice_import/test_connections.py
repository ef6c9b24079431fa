"""`connections` of a practice's file: several numbers and chats, by place, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.repositories import connections
from models.session import Database
from tests.cli.practice_import.files import NOW, id_of, import_files
from tests.wiring.vendor_accounts import boulevard, connected, twilio

PRACTICE = """
practice: {slug: glow, name: Glow, short_name: Glow, pms: boulevard}
locations:
  - {name: Uptown, zone: America/New_York, postcode: "10001"}
  - {name: Harbor, zone: America/New_York, postcode: "10002"}
"""
NUMBERS = """
connections:
  - {purpose: sms, vendor: twilio, address: +1 212 555 0143}
  - {purpose: sms, vendor: twilio, address: +1 212 555 0144, location: Uptown}
  - {purpose: sms, vendor: twilio, address: +1 212 555 0145, location: harbor}
  - {purpose: chat, vendor: slack, address: T1, options: {channel: C1}}
  - {purpose: chat, vendor: slack, address: T1, location: Harbor, options: {channel: C2}}
"""
BY_PURPOSE = """
connections:
  sms:
    - {vendor: twilio, address: +1 212 555 0143}
    - {vendor: twilio, address: +1 212 555 0144, location: Uptown}
  chat: {vendor: slack, address: T1, options: {channel: C1}}
"""


def file(folder: Path, words: str) -> Path:
    path = folder / "practice.yaml"
    path.write_text(words)
    return path


def stored(database: Database, practice_id: int) -> list[tuple[str, str, bool]]:
    """Purpose, address, and whether it is one place's."""
    with database.transaction() as session:
        found = connections.of_practice(session, practice_id)
    return [(one.purpose, one.address, one.location_id is not None) for one in found]


def test_a_practice_has_several_numbers_and_chats_by_place(database: Database, tmp_path: Path) -> None:
    report = import_files(database, [file(tmp_path, PRACTICE + NUMBERS)], now=NOW)
    again = import_files(database, [file(tmp_path, PRACTICE + NUMBERS)], now=NOW)

    assert (report.errors, again.errors) == ((), ())
    assert (report.added["connections"], again.updated["connections"]) == (5, 5)
    assert stored(database, id_of(report)) == [
        ("sms", "+12125550143", False),
        ("sms", "+12125550144", True),
        ("sms", "+12125550145", True),
        ("chat", "T1", False),
        ("chat", "T1", True),
    ]


def test_connections_may_be_grouped_by_what_for(database: Database, tmp_path: Path) -> None:
    report = import_files(database, [file(tmp_path, PRACTICE + BY_PURPOSE)], now=NOW)

    assert report.errors == ()
    assert stored(database, id_of(report)) == [
        ("sms", "+12125550143", False),
        ("sms", "+12125550144", True),
        ("chat", "T1", False),
    ]


@pytest.mark.parametrize("name", ["auth_token", "api_key", "signing_secret", "password"])
def test_a_file_holds_no_secret(database: Database, tmp_path: Path, name: str) -> None:
    words = f"connections: [{{purpose: sms, vendor: twilio, address: +12125550143, options: {{{name}: hunter2}}}}]"

    report = import_files(database, [file(tmp_path, PRACTICE + words)], now=NOW)

    (error,) = map(str, report.errors)
    assert f'"{name}" is a secret' in error
    assert "hunter2" not in error


def test_an_unknown_place_is_named(database: Database, tmp_path: Path) -> None:
    words = "connections: [{purpose: sms, vendor: twilio, address: +12125550143, location: Downtown}]"

    report = import_files(database, [file(tmp_path, PRACTICE + words)], now=NOW)

    assert [one.words for one in report.errors] == ['there is no location "Downtown"']


def test_an_account_that_was_connected_keeps_its_secrets_and_options(database: Database, tmp_path: Path) -> None:
    report = import_files(database, [file(tmp_path, PRACTICE)], now=NOW)
    account = twilio("ours", number="+12125550143")
    before = connected(database, id_of(report), "twilio", account, "+12125550143")
    words = "connections: [{purpose: sms, vendor: twilio, address: +12125550143, location: Uptown, options: {note: x}}]"

    again = import_files(database, [file(tmp_path, PRACTICE + words)], now=NOW)

    with database.transaction() as session:
        (after,) = connections.of_practice(session, before.practice_id)
    assert again.errors == ()
    assert after.credentials == before.credentials
    assert after.options["account_sid"] == before.options["account_sid"]
    assert after.version == before.version + 1


def test_one_that_was_turned_off_stays_off(database: Database, tmp_path: Path) -> None:
    words = "connections: [{purpose: sms, vendor: twilio, address: +12125550143}]"
    report = import_files(database, [file(tmp_path, PRACTICE + words)], now=NOW)
    with database.transaction() as session:
        (one,) = connections.of_practice(session, id_of(report))
        connections.turn_off(session, one.practice_id, one.id, now=NOW)

    again = import_files(database, [file(tmp_path, PRACTICE + words)], now=NOW)

    assert stored(database, id_of(report)) == []
    assert ["is turned off" in one.words for one in again.notices] == [True]


def test_another_business_is_not_put_in_place_of_the_connected_one(database: Database, tmp_path: Path) -> None:
    report = import_files(database, [file(tmp_path, PRACTICE)], now=NOW)
    connected(database, id_of(report), "boulevard", boulevard("ours"), "ours")
    words = "connections: [{purpose: pms, vendor: boulevard, address: theirs}]"

    again = import_files(database, [file(tmp_path, PRACTICE + words)], now=NOW)

    assert ["chairflow connections off first" in one.words for one in again.errors] == [True]
