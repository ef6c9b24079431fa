"""A file that comes in again: it updates, adds nothing, and overrules nobody's STOP."""

from __future__ import annotations

from datetime import timedelta

from domain.clients import Channel, MessageKind
from models.importing import Report
from models.repositories import clients, staff_accounts, suppressions
from models.session import Database
from tests.cli.practice_import.files import ALL, NOW, PRACTICE, Write, id_of, import_files, rows_of_tables


def test_a_second_import_updates_and_adds_nothing(database: Database) -> None:
    first = import_files(database, ALL, now=NOW)
    before = rows_of_tables(database)

    second = import_files(database, ALL, now=NOW + timedelta(days=1))

    assert second.practice_id == first.practice_id
    assert dict(second.added) == {}
    assert second.updated == first.added
    assert rows_of_tables(database) == before


def test_who_may_press_in_slack_is_the_whole_list_each_time(database: Database, write: Write) -> None:
    def listed(lines: str) -> Report:
        return import_files(database, [write("practice.yaml", f"{PRACTICE}{lines}")], now=NOW)

    def names(report: Report) -> list[str | None]:
        assert report.errors == () and report.practice_id is not None
        with database.transaction() as session:
            return [staff_accounts.name_of(session, report.practice_id, user) for user in ("U0ROSA", "U0OMAR")]

    both = names(listed("channels: {slack: [{name: Rosa, user: U0ROSA}, {name: Omar, user: U0OMAR}]}"))
    unsaid = names(listed(""))
    one_left = names(listed("channels: {slack: [{name: Rosa Diaz, user: U0ROSA}]}"))
    nobody = names(listed("channels: {slack: []}"))

    assert (both, unsaid, one_left, nobody) == (
        ["Rosa", "Omar"],
        ["Rosa", "Omar"],
        ["Rosa Diaz", None],
        [None, None],
    )


def test_an_old_list_brings_back_no_consent_and_lifts_no_stop(database: Database, write: Write) -> None:
    rows = "first_name,last_name,phone,consent_sms_offer,consent_sms_marketing\nAnn,One,212 555 0101,{},yes\n"
    report = import_files(
        database, [write("practice.yaml", PRACTICE), write("clients.csv", rows.format("yes"))], now=NOW
    )
    practice_id = id_of(report)
    with database.transaction() as session:
        ann = clients.by_phone(session, practice_id, "+12125550101")[0]
        clients.revoke(session, practice_id, ann.id, Channel.SMS, MessageKind.MARKETING, now=NOW)
        suppressions.stop(session, practice_id, Channel.SMS, "+12125550101", NOW, "reply")

    again = import_files(database, [write("clients.csv", rows.format("no"))], practice="harbor", now=NOW)

    with database.transaction() as session:
        after = clients.get(session, practice_id, ann.id)
    assert [(one.line, one.field) for one in again.notices] == [(2, "consent_sms_marketing")]
    assert after.consent.granted == frozenset()
    assert after.opted_out == {Channel.SMS}


def test_an_extension_is_kept_apart_and_named_and_a_local_number_refused(database: Database, write: Write) -> None:
    rows = "first_name,last_name,phone,email\nAnn,One,{},ann@example.com\n"
    practice_id = id_of(
        import_files(
            database, [write("practice.yaml", PRACTICE), write("clients.csv", rows.format("212 555 0101"))], now=NOW
        )
    )

    behind, local = (
        import_files(database, [write("clients.csv", rows.format(phone))], practice="harbor", now=NOW)
        for phone in ("212-555-0199 x12", "555-0199")
    )

    with database.transaction() as session:
        (ann,) = clients.by_phone(session, practice_id, "+12125550101")
    assert (behind.errors, [(one.line, one.field) for one in behind.notices]) == ((), [(2, "phone")])
    assert [(one.line, one.field) for one in local.errors] == [(2, "phone")]
    assert ann.phone_with_extension == "+12125550199 ext. 12"
