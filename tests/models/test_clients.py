"""Clients that the PMS tells us about, and what they had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session

from domain.clients import Channel, LastTreatment, MessageKind
from domain.ranges import TimeRange
from models import calendar, client, matrix, practice
from models.repositories import clients
from models.session import Database

NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Record:
    """As an adapter hands it over."""

    ref: str = "u1"
    first_name: str = "Ann"
    last_name: str = "One"
    email: str | None = "Ann@Example.com"
    phone: str | None = "(212) 555-0101"
    marketing_sms: bool | None = None
    marketing_email: bool | None = None
    refuses_texts: bool = False
    refuses_mails: bool = False


def test_somebody_new_agreed_to_hear_of_their_visits_and_of_nothing_else(database: Database) -> None:
    with database.transaction() as session:
        _practice(session, 1)

        client_id = clients.upsert_from_pms(session, 1, Record(), now=NOW)

        assert clients.ids_by_pms_ref(session, 1, ["u1", None]) == {"u1": client_id}
        found = clients.get(session, 1, client_id)
    assert (found.phone, found.email) == ("+12125550101", "ann@example.com")
    assert found.consent.granted == {
        (Channel.SMS, MessageKind.APPOINTMENT),
        (Channel.EMAIL, MessageKind.APPOINTMENT),
    }


def test_somebody_whom_the_pms_says_not_to_write_to_is_not_written_to_about_visits_either(database: Database) -> None:
    with database.transaction() as session:
        _practice(session, 1)

        first = clients.upsert_from_pms(session, 1, Record(refuses_texts=True, marketing_sms=True), now=NOW)
        before = clients.get(session, 1, first).consent.granted
        clients.upsert_from_pms(session, 1, Record(refuses_mails=True), now=NOW)

        assert before == {(Channel.EMAIL, MessageKind.APPOINTMENT)}
        assert clients.get(session, 1, first).consent.granted == set()


def test_the_pms_never_overwrites_with_nothing_or_with_what_nobody_could_dial(database: Database) -> None:
    with database.transaction() as session:
        _practice(session, 1)
        first = clients.upsert_from_pms(session, 1, Record(), now=NOW)

        again = clients.upsert_from_pms(
            session, 1, Record(last_name="Two", phone="ask her", email=None, marketing_sms=True), now=NOW
        )
        off = clients.upsert_from_pms(session, 1, Record(marketing_sms=False), now=NOW + timedelta(days=1))

        found = clients.get(session, 1, first)
    assert first == again == off
    assert (found.phone, found.email) == ("+12125550101", "ann@example.com")
    assert (Channel.SMS, MessageKind.MARKETING) not in found.consent.granted


@pytest.mark.parametrize(
    ("written", "kept"),
    [("212-555-0199 x12", "+12125550199 ext. 12"), ("(212) 555-0199 #12 (work)", "+12125550199 ext. 12")]
    + [(local, None) for local in ("555-0199", "5550199 ext 3", "12")],
)
def test_a_line_behind_a_switchboard_is_kept_apart_and_a_local_number_is_none(
    database: Database, written: str, kept: str | None
) -> None:
    with database.transaction() as session:
        _practice(session, 1)
        first = clients.upsert_from_pms(session, 1, Record(), now=NOW)
        clients.upsert_from_pms(session, 1, Record(phone=written), now=NOW)
        new = clients.upsert_from_pms(session, 1, Record(ref="u2", email="b@example.com", phone=written), now=NOW)

        found, other = clients.get(session, 1, first), clients.get(session, 1, new)

    assert (found.phone, found.phone_with_extension) == ("+12125550101", kept)
    assert (other.phone, other.phone_with_extension) == (None, kept)


@pytest.mark.parametrize(("imported", "same"), [("Ann", True), ("Bea", False)])
def test_an_imported_client_is_recognised_by_name_and_phone(imported: str, same: bool, database: Database) -> None:
    with database.transaction() as session:
        _practice(session, 1)
        session.add(client.Client(id=7, practice_id=1, first_name=imported, last_name="one", phone="+12125550101"))
        session.flush()

        client_id = clients.upsert_from_pms(session, 1, Record(email=None), now=NOW)

        family = clients.by_phone(session, 1, "+12125550101")
    assert (client_id == 7) is same
    assert len(family) == (1 if same else 2)


def test_a_neighbours_client_is_nobody(database: Database) -> None:
    with database.transaction() as session:
        _practice(session, 1)
        _practice(session, 2)
        client_id = clients.upsert_from_pms(session, 1, Record(), now=NOW)

        assert clients.by_phone(session, 2, "+12125550101") == ()
        assert clients.ids_by_pms_ref(session, 2, ["u1"]) == {}
        with pytest.raises(NoResultFound):
            clients.get(session, 2, client_id)


def test_a_booked_visit_does_not_hide_the_treatment_before_it(database: Database) -> None:
    """An earlier date is offered against both: the visit given up, and the treatment that was given."""
    with database.transaction() as session:
        _practice(session, 1)
        client_id = clients.upsert_from_pms(session, 1, Record(), now=NOW)
        _visit(session, client_id, "booked", datetime(2027, 1, 5, 3, tzinfo=UTC))
        _visit(session, client_id, "cancelled", datetime(2027, 2, 5, 15, tzinfo=UTC))
        clients.note_treatments(session, 1, client_id, [("tox", date(2026, 10, 1)), ("tox", date(2026, 6, 1))])
        clients.note_treatments(session, 1, client_id, [("tox", date(2026, 10, 1))])

        found = clients.get(session, 1, client_id)
    assert found.treatments == (
        LastTreatment(kind="tox", on=date(2026, 10, 1)),
        # Three in the morning UTC is the evening before in New York.
        LastTreatment(kind="tox", on=date(2027, 1, 4)),
    )


def _practice(session: Session, number: int) -> None:
    session.add(practice.Practice(id=number, slug=f"p{number}", name="P", short_name="P", pms_kind="boulevard"))
    session.flush()
    session.add(practice.Location(id=number, practice_id=number, name="L", zone="America/New_York", postcode="1"))
    session.add(matrix.Provider(id=number, practice_id=number, first_name="P", display_name="P"))
    session.add(
        matrix.Service(
            id=number, practice_id=number, code="TOX", name="Tox", kind="tox", duration=timedelta(minutes=30)
        )
    )
    session.flush()


def _visit(session: Session, client_id: int, state: str, start: datetime) -> None:
    end = start + timedelta(minutes=30)
    visit = calendar.Appointment(
        practice_id=1,
        pms_ref=start.isoformat(),
        location_id=1,
        client_id=client_id,
        state=state,
        starts_at=start,
        ends_at=end,
    )
    session.add(visit)
    session.flush()
    session.add(
        calendar.AppointmentSegment(
            practice_id=1,
            appointment_id=visit.id or 0,
            position=0,
            service_id=1,
            provider_id=1,
            during=TimeRange(start, end),
        )
    )
    session.flush()
