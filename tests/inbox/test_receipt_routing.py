"""What becomes of events of the PMS, reports of vendors and presses of staff; and of routing that fails."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest
from sqlmodel import Session

from domain.clients import Channel
from inbox import receipt_routing
from models.calendar import Appointment
from models.effects import Intent, Message
from models.offers import Offer
from models.repositories import suppressions
from models.repositories.practices import PracticeFacts
from models.repositories.receipts import Purpose, ReceiptFacts
from models.session import Database
from tests.inbox.events import arrive, press
from tests.inbox.scene import NOW, Scene, set_scene
from vendors.email.base import MailReport, MailState
from vendors.pms.base import PmsEvent
from vendors.sms.base import TextReport, TextState

PHONE = "+12125550111"


def pms_event(appointment: str | None = "urn:blvd:Appointment:a") -> PmsEvent:
    return PmsEvent(
        event_key="e1",
        event_type="APPOINTMENT_CANCELLED",
        business_ref="urn:blvd:Business:b",
        occurred_at=NOW,
        appointment_ref=appointment,
    )


def text_report(intent: int | None, state: TextState, **more: Any) -> TextReport:
    return TextReport(event_key="s", ref="SM-unseen", key=None if intent is None else str(intent), state=state, **more)


def test_an_appointment_event_starts_or_signals_its_booking(scene: Scene) -> None:
    receipt = arrive(scene, Purpose.PMS, pms_event())

    delivery = scene.deliveries()[0]
    appointment = scene.row(Appointment, delivery.ref)
    assert (appointment.pms_ref, appointment.state) == ("urn:blvd:Appointment:a", "unread")
    assert scene.waiting() == [("booking", appointment.id, "signal_with_start", "pms_changed")]
    assert delivery.body == {"receipt_id": receipt, "baseline": False}
    assert scene.nudges == [None]


def writes(scene: Scene, *, since: datetime) -> None:
    """A visit is being written to the practice system."""
    row: dict[str, Any] = {"effect": "pms_book", "workflow_id": "w", "state": "trying"}
    scene.add(Intent(practice_id=scene.practice_id, key=f"book:{since}", planned_at=since, tried_at=since, **row))


def test_word_of_a_visit_nobody_has_read_waits_a_moment_while_one_is_being_written(scene: Scene) -> None:
    writes(scene, since=NOW)

    arrive(scene, Purpose.PMS, pms_event())

    assert [one.not_before for one in scene.deliveries()] == [NOW + timedelta(seconds=2)]


def test_word_of_a_known_visit_or_of_any_while_none_is_being_written_does_not_wait(scene: Scene) -> None:
    writes(scene, since=NOW - timedelta(minutes=2))
    arrive(scene, Purpose.PMS, pms_event("urn:blvd:Appointment:b"), key="e0")
    writes(scene, since=NOW)
    scene.add(Appointment(practice_id=scene.practice_id, pms_ref="urn:blvd:Appointment:a", state="booked"))

    arrive(scene, Purpose.PMS, pms_event())

    assert [one.not_before for one in scene.deliveries()] == [None, None]


def test_an_event_belongs_to_the_appointments_present_turn(scene: Scene) -> None:
    ref = scene.add(Appointment(practice_id=scene.practice_id, pms_ref="urn:blvd:Appointment:a", turn=3))

    arrive(scene, Purpose.PMS, pms_event())

    assert [(one.ref, one.turn) for one in scene.deliveries()] == [(ref, 3)]


def test_a_documented_event_about_something_else_is_ignored(scene: Scene) -> None:
    receipt = arrive(scene, Purpose.PMS, pms_event(None))

    assert scene.receipt(receipt).state == "ignored"
    assert scene.deliveries() == []


def test_an_undocumented_event_is_kept_as_unknown(scene: Scene) -> None:
    receipt = arrive(scene, Purpose.PMS, pms_event(), known=False)

    assert scene.receipt(receipt).state == "unknown"
    assert scene.deliveries() == []


def test_reports_move_a_message_forward_only(scene: Scene) -> None:
    intent = scene.sent("confirm:1:sms", scene.client(PHONE), PHONE)

    arrive(scene, Purpose.TEXT_STATUS, text_report(intent, TextState.DELIVERED), key="s2")
    late = arrive(scene, Purpose.TEXT_STATUS, text_report(intent, TextState.SENT), key="s1")

    assert scene.row(Message, 1).state == "delivered"
    assert scene.receipt(late).outcome == "older_than_known"


def test_a_report_finds_its_message_by_the_vendors_reference(scene: Scene) -> None:
    scene.sent("confirm:1:sms", scene.client(PHONE), PHONE)
    report = TextReport(event_key="s", ref="REF-confirm:1:sms", key=None, state=TextState.FAILED, error_code="30008")

    arrive(scene, Purpose.TEXT_STATUS, report)

    message = scene.row(Message, 1)
    assert (message.state, message.error_code) == ("failed", "30008")


def test_a_report_with_our_key_settles_a_send_whose_answer_was_lost(scene: Scene) -> None:
    intent = scene.sent("confirm:1:sms", scene.client(PHONE), PHONE, state="unknown")
    with scene.database.transaction() as session:
        row = session.get_one(Intent, intent)
        row.state, row.vendor_ref = "unknown", None

    arrive(scene, Purpose.TEXT_STATUS, text_report(intent, TextState.SENT))

    settled = scene.row(Intent, intent)
    assert (settled.state, settled.vendor_ref) == ("done", "SM-unseen")


def test_a_report_of_another_practice_touches_nothing(database: Database, scene: Scene) -> None:
    other = set_scene(database, slug="other")
    intent = scene.sent("confirm:1:sms", scene.client(PHONE), PHONE)

    receipt = arrive(other, Purpose.TEXT_STATUS, text_report(intent, TextState.FAILED))

    assert other.receipt(receipt).state == "ignored"
    assert scene.row(Message, 1).state == "accepted"


def test_an_offer_to_a_dead_number_is_given_up(scene: Scene) -> None:
    client, opening = scene.client(PHONE), scene.opening()
    offer = scene.offer(opening, client, PHONE)
    intent = scene.sent(f"offer:{offer}", client, PHONE)

    arrive(scene, Purpose.TEXT_STATUS, text_report(intent, TextState.FAILED, permanent=True, error_code="30005"))

    assert scene.waiting() == [("gapfill", opening, "signal", "decline")]
    assert scene.deliveries()[0].body["why"] == "undeliverable"
    assert scene.row(Offer, offer).state == "declined"


def test_an_offer_that_failed_for_whatever_reason_frees_its_phone(scene: Scene) -> None:
    """A handset that was off is no dead number, and the offer reached nobody all the same."""
    client, opening = scene.client(PHONE), scene.opening()
    offer = scene.offer(opening, client, PHONE)
    intent = scene.sent(f"offer:{offer}", client, PHONE)

    arrive(scene, Purpose.TEXT_STATUS, text_report(intent, TextState.FAILED, error_code="30003"))

    assert (scene.row(Offer, offer).state, len(scene.waiting())) == ("declined", 1)


def test_an_offer_that_was_delivered_stays_open_whatever_is_reported_later(scene: Scene) -> None:
    client, opening = scene.client(PHONE), scene.opening()
    offer = scene.offer(opening, client, PHONE)
    intent = scene.sent(f"offer:{offer}", client, PHONE)

    arrive(scene, Purpose.TEXT_STATUS, text_report(intent, TextState.DELIVERED), key="e1")
    arrive(scene, Purpose.TEXT_STATUS, text_report(intent, TextState.FAILED), key="e2")

    assert (scene.row(Offer, offer).state, scene.waiting()) == ("open", [])


def test_an_undeliverable_next_best_offer_frees_its_phone(scene: Scene) -> None:
    """Its text closes the offer that was lost, and makes the other: the carrier's word is about the other."""
    client, lost_opening, opening = scene.client(PHONE), scene.opening(), scene.opening()
    lost = scene.offer(lost_opening, client, PHONE, state="lost")
    offer = scene.offer(opening, client, PHONE)
    intent = scene.sent(f"closing:{lost}", client, PHONE)
    with scene.database.transaction() as session:
        session.get_one(Intent, intent).detail = {"offer": offer}

    arrive(scene, Purpose.TEXT_STATUS, text_report(intent, TextState.FAILED, permanent=True, error_code="30005"))

    assert scene.waiting() == [("gapfill", opening, "signal", "decline")]
    assert (scene.row(Offer, offer).state, scene.row(Offer, lost).state) == ("declined", "lost")


def test_the_vendors_opt_out_list_becomes_ours(scene: Scene) -> None:
    client, opening = scene.client(PHONE), scene.opening()
    offer = scene.offer(opening, client, PHONE)
    intent = scene.sent(f"offer:{offer}", client, PHONE)

    arrive(scene, Purpose.TEXT_STATUS, text_report(intent, TextState.FAILED, permanent=True, opted_out=True))

    assert scene.deliveries()[0].body["why"] == "stop"
    with scene.database.transaction() as session:
        assert suppressions.is_stopped(session, scene.practice_id, Channel.SMS, PHONE)


def mail_report(intent: int, state: MailState | None, **more: Any) -> MailReport:
    return MailReport(event_key="m", event_type="any", ref=None, key=str(intent), state=state, occurred_at=NOW, **more)


def test_a_bounce_after_a_delivery_wins(scene: Scene) -> None:
    intent = scene.sent("confirm:1:email", scene.client(PHONE), "ada@example.com", channel="email")

    arrive(scene, Purpose.MAIL_STATUS, mail_report(intent, MailState.DELIVERED), key="m1")
    arrive(scene, Purpose.MAIL_STATUS, mail_report(intent, MailState.FAILED, permanent=True), key="m2")

    assert scene.row(Message, 1).state == "failed"


def test_a_spam_report_stops_mails_and_nothing_else(scene: Scene) -> None:
    intent = scene.sent("confirm:1:email", scene.client(PHONE), "ada@example.com", channel="email")

    arrive(scene, Purpose.MAIL_STATUS, mail_report(intent, None, unsubscribed=True, permanent=True))

    with scene.database.transaction() as session:
        assert suppressions.is_stopped(session, scene.practice_id, Channel.EMAIL, "ada@example.com")
        assert not suppressions.is_stopped(session, scene.practice_id, Channel.SMS, PHONE)


def test_an_opened_mail_is_ignored(scene: Scene) -> None:
    intent = scene.sent("confirm:1:email", scene.client(PHONE), "ada@example.com", channel="email")

    receipt = arrive(scene, Purpose.MAIL_STATUS, mail_report(intent, None))

    assert scene.receipt(receipt).state == "ignored"


def test_a_press_asks_its_task(scene: Scene) -> None:
    task = scene.task()

    receipt = arrive(scene, Purpose.PRESS, press(f"{task}:assign:34"))

    assert scene.waiting() == [("task", task, "update", "resolve")]
    body = scene.deliveries()[0].body
    assert (body["key"], body["action"], body["client_id"], body["by"]) == (
        f"press:{receipt}",
        "assign",
        34,
        "Dana Reyes",
    )


@pytest.mark.parametrize("value", ["", "see", "999999:leave"])
def test_a_press_that_answers_no_task_of_ours_is_ignored(scene: Scene, value: str) -> None:
    receipt = arrive(scene, Purpose.PRESS, press(value))

    assert scene.receipt(receipt).state == "ignored"
    assert scene.deliveries() == []


def test_a_press_cannot_answer_another_practices_task(database: Database, scene: Scene) -> None:
    task = set_scene(database, slug="other").task()

    receipt = arrive(scene, Purpose.PRESS, press(f"{task}:leave"))

    assert scene.receipt(receipt).state == "ignored"


class TestRoutingThatFails:
    """An error in a rule must not lose the event."""

    def test_the_receipt_stays_and_the_loop_routes_it(self, scene: Scene) -> None:
        receipt = self._record_with_broken_routing(scene)
        assert scene.receipt(receipt).state == "new"
        assert scene.deliveries() == []

        routed = scene.router().route_new(once_more=True)

        assert routed == 1
        assert scene.receipt(receipt).state == "routed"
        assert len(scene.deliveries()) == 1

    def test_a_second_failure_is_for_a_person(self, scene: Scene) -> None:
        receipt = self._record_with_broken_routing(scene)
        with scene.database.transaction() as session:
            row = session.get_one(type(scene.receipt(receipt)), receipt)
            row.parsed = {"not": "an event"}

        scene.router().route_new(once_more=True)

        assert (scene.receipt(receipt).state, scene.receipt(receipt).outcome) == ("failed", "routing: ValidationError")
        assert scene.router().route_new(once_more=True) == 0

    @staticmethod
    def _record_with_broken_routing(scene: Scene) -> int:
        """A rule that raises after it has written: its half-done work must go, the receipt must stay."""

        def broken(session: Session, practice: PracticeFacts, receipt: ReceiptFacts) -> NoReturn:
            session.add(Appointment(practice_id=scene.practice_id, pms_ref="half done"))
            session.flush()
            raise RuntimeError("a bug")

        good = receipt_routing._ROUTES[Purpose.TEXT]
        receipt_routing._ROUTES[Purpose.TEXT] = broken
        try:
            return scene.text(PHONE, "is there a time today?")
        finally:
            receipt_routing._ROUTES[Purpose.TEXT] = good


def test_business_time_is_the_practices(database: Database) -> None:
    scene = set_scene(database, rate=60.0)
    scene.wall = lambda: NOW + timedelta(minutes=1)

    receipt = arrive(scene, Purpose.PMS, pms_event())

    assert scene.receipt(receipt).received_at == NOW + timedelta(minutes=1)
    assert scene.receipt(receipt).practice_at == NOW + timedelta(hours=1)
