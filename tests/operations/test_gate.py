"""What a carrier or a vendor says to a text is kept: nobody is texted in vain twice, and nobody twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from contracts.booking import TouchKind
from domain.clients import Channel
from models.client import Client, OptOut, Undeliverable
from models.effects import Intent, Message
from models.practice import Connection
from operations.ports import Grace
from tests.activities.activity_runner import Desk
from tests.activities.outside import Mailbox, Outside
from tests.activities.people import PHONE, VISITS_AND_OFFERS, agrees, nora
from tests.activities.visits import booked
from tests.inbox.scene import OUR_NUMBER, Scene
from vendors.errors import Ambiguous, RecipientInvalid, RecipientOptedOut
from vendors.sms.base import AcceptedText, TextState, Unidentified

SECOND_NUMBER = "+12125550101"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def outside(mailbox: Mailbox) -> Outside:
    """Mails work too."""
    return Outside(mailbox=mailbox)


def nora_with_mail(scene: Scene) -> int:
    client = nora(scene, agreed_to=())
    agrees(scene, client, to=VISITS_AND_OFFERS, by=(Channel.SMS, Channel.EMAIL))
    with scene.database.transaction() as session:
        session.get_one(Client, client).email = "nora@example.com"
    return client


def test_an_opt_out_told_in_the_answer_to_a_send_is_kept(
    scene: Scene, outside: Outside, mailbox: Mailbox, desk: Desk
) -> None:
    visit = booked(scene, nora_with_mail(scene))
    outside.phones.refuses = RecipientOptedOut("opted out", vendor="twilio", operation="send", code="21610")

    desk.touch(visit)

    outside.phones.refuses = None
    desk.touch(visit, TouchKind.REMINDER)
    assert [(one.address, one.source) for one in desk.rows(OptOut)] == [(PHONE, "vendor")]
    assert outside.texted == []
    assert [one.to for one in mailbox.sent] == ["nora@example.com"] * 2


@pytest.mark.parametrize("code", ["21614", "21211", "30005", "30006"])
def test_a_number_that_takes_no_texts_is_not_tried_again_and_the_mail_goes_instead(
    scene: Scene, outside: Outside, mailbox: Mailbox, desk: Desk, code: str
) -> None:
    visit = booked(scene, nora_with_mail(scene))
    outside.phones.refuses = RecipientInvalid("no texts", vendor="twilio", operation="send", code=code)

    desk.touch(visit)

    outside.phones.refuses = None
    desk.touch(visit, TouchKind.REMINDER)
    assert [(one.address, one.code) for one in desk.rows(Undeliverable)] == [(PHONE, code)]
    assert outside.texted == []
    assert [one.to for one in mailbox.sent] == ["nora@example.com"] * 2


def test_texts_leave_from_the_number_that_was_written_to(scene: Scene, outside: Outside, desk: Desk) -> None:
    visit = booked(scene, nora(scene))
    scene.add(Connection(practice_id=scene.practice_id, purpose="sms", vendor="twilio", address=SECOND_NUMBER))
    receipt = scene.text(PHONE, "what about parking", to=SECOND_NUMBER)

    desk.answer(receipt)
    desk.touch(visit, TouchKind.REMINDER)

    assert [one.sender for one in outside.phones.sent] == [SECOND_NUMBER, SECOND_NUMBER]


def test_a_draft_of_staffs_leaves_from_the_number_that_was_written_to(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    client = nora(scene)
    scene.add(Connection(practice_id=scene.practice_id, purpose="sms", vendor="twilio", address=SECOND_NUMBER))
    scene.text(PHONE, "what about parking", to=SECOND_NUMBER)
    task = scene.task(client_id=client, draft="Glow: Behind the house.", kind="needs_person")
    desk.settle(task, "send")

    desk.send_draft(task)

    assert [one.sender for one in outside.phones.sent] == [SECOND_NUMBER]


def test_without_a_conversation_no_number_of_several_for_all_places_writes(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    visit = booked(scene, nora(scene))
    scene.add(Connection(practice_id=scene.practice_id, purpose="sms", vendor="twilio", address=SECOND_NUMBER))
    outside.any_number = False

    desk.touch(visit)

    assert outside.phones.sent == []
    assert [one.reason for one in desk.rows(Intent) if one.effect == "text"] == [
        "No number for texts about this place is connected, or several are; see chairflow connections list."
    ]


def test_without_a_conversation_the_number_of_the_place_writes(scene: Scene, outside: Outside, desk: Desk) -> None:
    visit = booked(scene, nora(scene))
    scene.add(
        Connection(
            practice_id=scene.practice_id,
            purpose="sms",
            vendor="twilio",
            address=SECOND_NUMBER,
            location_id=scene.location_id,
        )
    )

    desk.touch(visit)

    assert [one.sender for one in outside.phones.sent] == [SECOND_NUMBER]


def test_a_number_the_practice_has_no_more_writes_to_nobody(scene: Scene, outside: Outside, desk: Desk) -> None:
    visit = booked(scene, nora(scene))
    scene.text(PHONE, "what about parking", to="+12125550102")

    desk.touch(visit)

    assert [one.sender for one in outside.phones.sent] == [f"{OUR_NUMBER}-{scene.slug}"]


def lost(scene: Scene, outside: Outside, desk: Desk) -> int:
    """A confirmation whose answer is lost, so long ago that patience is over; returns its visit."""
    visit = booked(scene, nora(scene))
    outside.phones.refuses = Ambiguous("lost", vendor="twilio", operation="send")
    with pytest.raises(Exception, match="nobody can say"):
        desk.touch(visit)
    outside.phones.refuses = None
    desk.grace = Grace(messages=timedelta())
    return visit


def test_a_lost_text_that_may_be_one_of_several_is_sent_no_second_time(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    visit = lost(scene, outside, desk)
    outside.phones.found = Unidentified()

    desk.touch(visit)

    assert outside.texted == []
    assert [one.state for one in desk.rows(Intent)] == ["unknown"]


def test_a_lost_text_that_the_record_shows_is_taken_as_sent(scene: Scene, outside: Outside, desk: Desk) -> None:
    visit = lost(scene, outside, desk)
    outside.phones.found = AcceptedText(ref="SM7", state=TextState.SENT)

    desk.touch(visit)

    assert outside.texted == []
    assert [(one.state, one.vendor_ref) for one in desk.rows(Intent)] == [("done", "SM7")]


def test_a_lost_text_of_which_the_record_knows_nothing_goes_out_once_more(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    visit = lost(scene, outside, desk)

    desk.touch(visit)

    assert outside.texted == [PHONE]
    with scene.database.transaction() as session:
        bodies = session.execute(select(col(Message.body)).where(col(Message.direction) == "out")).scalars().all()
    assert outside.bodies == list(bodies)
