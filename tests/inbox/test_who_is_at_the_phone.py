"""Whose phone it is: what follows a client to a new number, and the forms in which one number is written."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from domain.clients import Channel
from models.client import Client, OptOut
from models.offers import Offer
from models.repositories import clients, suppressions
from models.repositories.receipts import Purpose
from tests.inbox.events import arrive
from tests.inbox.scene import NOW, Scene
from vendors.sms.base import TextReport, TextState

OLD, NEW = "+12125550111", "+12125550112"
#: One phone of Mexico, as its country wrote it until 2019 and since.
MEXICO_OLD, MEXICO = "+5215512345678", "+525512345678"


def moves(scene: Scene, client: int, phone: str) -> None:
    """The client has another number by now."""
    with scene.database.transaction() as session:
        session.get_one(Client, client).phone = phone


def test_a_question_about_a_visit_follows_its_client_to_the_new_number(scene: Scene) -> None:
    client = scene.client(OLD)
    visit = scene.visit(client, OLD)
    moves(scene, client, NEW)

    receipt = scene.text(NEW, "C")

    assert scene.waiting() == [("booking", visit, "signal", "replied")]
    assert scene.receipt(receipt).outcome == "confirm"


def test_the_next_owner_of_the_old_number_confirms_nothing_and_a_person_reads_what_they_wrote(scene: Scene) -> None:
    client = scene.client(OLD)
    scene.visit(client, OLD)
    moves(scene, client, NEW)

    receipt = scene.text(OLD, "C")

    assert scene.waiting() == [("reply", receipt, "start", "")]
    assert scene.receipt(receipt).outcome == "unknown_phone"


def test_an_offer_follows_too(scene: Scene) -> None:
    client, opening = scene.client(OLD), scene.opening()
    offer = scene.offer(opening, client, OLD)
    moves(scene, client, NEW)

    scene.text(OLD, "YES")
    assert scene.row(Offer, offer).claimed_at is None

    scene.text(NEW, "YES")
    assert scene.row(Offer, offer).claimed_at == NOW


def test_stop_from_the_old_number_stops_that_number_alone(scene: Scene) -> None:
    client = scene.client(OLD)
    offer = scene.offer(scene.opening(), client, OLD)
    moves(scene, client, NEW)

    scene.text(OLD, "STOP")

    assert scene.row(Offer, offer).state == "open"
    with scene.database.transaction() as session:
        assert clients.get(session, scene.practice_id, client).opted_out == frozenset()


@pytest.mark.parametrize(("on_file", "writes_from"), [(MEXICO, MEXICO_OLD), (MEXICO_OLD, MEXICO)])
def test_stop_from_one_form_of_a_number_stops_the_other(scene: Scene, on_file: str, writes_from: str) -> None:
    client = scene.client(on_file)

    scene.text(writes_from, "STOP")

    with scene.database.transaction() as session:
        assert Channel.SMS in clients.get(session, scene.practice_id, client).opted_out
        assert suppressions.is_stopped(session, scene.practice_id, Channel.SMS, on_file)

    scene.text(on_file, "START")

    with scene.database.transaction() as session:
        assert clients.get(session, scene.practice_id, client).opted_out == frozenset()


def test_an_answer_from_one_form_of_a_number_answers_what_was_asked_at_the_other(scene: Scene) -> None:
    visit = scene.visit(scene.client(MEXICO), MEXICO)

    receipt = scene.text(MEXICO_OLD, "C")

    assert scene.waiting() == [("booking", visit, "signal", "replied")]
    assert scene.receipt(receipt).outcome == "confirm"


@pytest.mark.parametrize("said", ["YES", "Yes please", "Y"])
def test_a_yes_that_the_vendor_takes_for_coming_back_confirms_where_nobody_had_stopped(scene: Scene, said: str) -> None:
    visit = scene.visit(scene.client(OLD), OLD)

    receipt = scene.text(OLD, said, opt_out="start")

    assert scene.waiting() == [("booking", visit, "signal", "replied")]
    assert scene.receipt(receipt).outcome == "confirm"


def test_a_yes_from_a_phone_that_had_stopped_comes_back_and_confirms_nothing(scene: Scene) -> None:
    scene.visit(scene.client(OLD), OLD)
    scene.text(OLD, "STOP")

    receipt = scene.text(OLD, "YES", opt_out="start")

    assert scene.receipt(receipt).outcome == "resubscribed"


def report(intent: int, code: str, **more: bool) -> TextReport:
    return TextReport(
        event_key=f"s{code}", ref="SM-unseen", key=str(intent), state=TextState.FAILED, error_code=code, **more
    )


def test_a_number_that_the_carrier_calls_unreachable_is_marked_until_somebody_writes_from_it(scene: Scene) -> None:
    client = scene.client(OLD)
    arrive(scene, Purpose.TEXT_STATUS, report(scene.sent("confirm", client, OLD), "30006", permanent=True))

    with scene.database.transaction() as session:
        assert clients.get(session, scene.practice_id, client).undeliverable == {Channel.SMS}

    scene.text(OLD, "Hi")

    with scene.database.transaction() as session:
        assert clients.get(session, scene.practice_id, client).undeliverable == frozenset()


def test_a_handset_that_is_off_marks_no_number(scene: Scene) -> None:
    client = scene.client(OLD)
    arrive(scene, Purpose.TEXT_STATUS, report(scene.sent("confirm", client, OLD), "30003"))

    with scene.database.transaction() as session:
        assert clients.get(session, scene.practice_id, client).undeliverable == frozenset()


def test_an_opt_out_that_a_report_tells_is_kept_once(scene: Scene) -> None:
    client = scene.client(OLD)
    intent = scene.sent("confirm", client, OLD)

    arrive(scene, Purpose.TEXT_STATUS, report(intent, "21610", opted_out=True))

    with scene.database.transaction() as session:
        rows = session.execute(select(OptOut).where(col(OptOut.practice_id) == scene.practice_id)).scalars().all()
        assert [(row.address, row.source) for row in rows] == [(OLD, "vendor")]
