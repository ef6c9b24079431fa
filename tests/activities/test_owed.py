"""What a client is owed reaches them by one channel or another, or a person tells them: never silence.

Every kind of message meets everything that can stand in its way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from contracts.booking import Change, TouchKind
from contracts.gap_fill import Tell
from domain.client_notices import Follows, Handed, Notice, follows
from domain.clients import Channel
from domain.policy import ContactPolicy, PracticePolicy
from domain.tasks import spec_of
from models.client import Client
from models.effects import Intent
from models.policy_json import policy_to_json
from models.practice import Practice
from models.repositories import calendar, suppressions
from models.repositories.receipts import Purpose
from models.tasks import Task
from operations.ports import Grace
from tests.activities.activity_runner import Desk
from tests.activities.free_chair import chairs
from tests.activities.outside import Mailbox, Outside
from tests.activities.people import PHONE, VISITS_AND_OFFERS, agrees, heard_before
from tests.activities.visits import STARTS, booked
from tests.inbox.events import arrive
from tests.inbox.scene import NOW, Scene
from vendors.email.base import MailReport, MailState
from vendors.errors import Ambiguous, RecipientInvalid, RecipientOptedOut
from vendors.sms.base import TextReport, TextState

MAIL = "nora@example.com"
#: Eight the next morning, and nine in the evening before, where the practice is.
EIGHT = datetime(2026, 11, 24, 13, 0, tzinfo=NOW.tzinfo)
EVENING = datetime(2026, 11, 24, 2, 0, tzinfo=NOW.tzinfo)


@dataclass
class Nora:
    """One client, a practice that owes her a word, and what stands in its way."""

    desk: Desk
    client: int
    starts: datetime = STARTS
    opening: int = 0
    offer: int = 0
    visits: dict[TouchKind, int] = field(default_factory=dict)

    @property
    def scene(self) -> Scene:
        return self.desk.scene

    @property
    def outside(self) -> Outside:
        return self.desk.outside

    def has_mail(self) -> None:
        agrees(self.scene, self.client, to=VISITS_AND_OFFERS, by=(Channel.EMAIL,))
        with self.scene.database.transaction() as session:
            session.get_one(Client, self.client).email = MAIL

    def is_asked(self) -> None:
        """Once, however often the message is tried."""
        if not self.offer:
            self.opening = self.scene.opening()
            self.offer = self.scene.offer(self.opening, self.client, PHONE)

    def tries(self, act: Callable[[], object]) -> None:
        """Until nothing is unsure any more."""
        for _ in range(4):
            try:
                act()
            except ApplicationError as error:
                assert error.type == "OutcomeUnknown"
            else:
                return
        raise AssertionError("it is still unsure")

    @property
    def waiting_tasks(self) -> list[Task]:
        return [one for one in self.desk.tasks() if one.state == "open" and one.client_id == self.client]


@pytest.fixture
def nora(scene: Scene) -> Nora:
    client = scene.client(PHONE, first_name="Nora")
    heard_before(scene, client)
    return Nora(Desk(scene, Outside(mailbox=Mailbox()), grace=Grace(messages=timedelta(0))), client)


# --- the messages ---------------------------------------------------------------------------------------------------


def _touch(kind: TouchKind) -> Callable[[Nora], None]:
    def tell(nora: Nora) -> None:
        state = "cancelled" if kind is TouchKind.CANCELLED else "booked"
        if kind not in nora.visits:
            nora.visits[kind] = booked(nora.scene, nora.client, state=state, starts=nora.starts)
        nora.tries(lambda: nora.desk.touch(nora.visits[kind], kind, starts_at=nora.starts))

    return tell


def _closing(nora: Nora) -> None:
    nora.is_asked()
    nora.tries(lambda: nora.desk.close(nora.opening))


def _winner(what: Tell) -> Callable[[Nora], None]:
    def tell(nora: Nora) -> None:
        nora.is_asked()
        nora.tries(lambda: nora.desk.tell(nora.opening, nora.offer, what))

    return tell


def _answer(nora: Nora) -> None:
    receipt = nora.scene.text(PHONE, "HELP")
    nora.tries(lambda: nora.desk.answer(receipt))


def _draft(nora: Nora) -> None:
    task = nora.scene.task(client_id=nora.client, draft="Glow: Which days suit you?", kind="overlap")
    nora.desk.settle(task, "send")
    nora.tries(lambda: nora.desk.send_draft(task))


TELL: dict[Notice, Callable[[Nora], None]] = {
    Notice.CONFIRMATION: _touch(TouchKind.CONFIRMATION),
    Notice.REMINDER: _touch(TouchKind.REMINDER),
    Notice.MOVED: _touch(TouchKind.MOVED),
    Notice.CANCELLED: _touch(TouchKind.CANCELLED),
    Notice.CLOSING: _closing,
    Notice.WINNER: _winner(Tell.NOT_FREE),
    Notice.ANSWER: _answer,
    Notice.DRAFT: _draft,
}
#: Where nothing but a record follows; `tests/domain/test_client_notices.py` says why.
ONLY_RECORDED = {Notice.OFFER, Notice.WHEN_SUITS, Notice.NEXT_BEST, Notice.BOOKING_NOTE}


def test_every_message_is_tried_here() -> None:
    assert set(TELL) | ONLY_RECORDED == set(Notice)
    assert {one for one in Notice if Follows.RECORDED is follows(one, Handed.SUPPRESSED)} == ONLY_RECORDED


# --- what stands in the way -----------------------------------------------------------------------------------------


def _no_consent(nora: Nora) -> None:
    """Nora never agreed to texts."""


def _agreed(nora: Nora) -> None:
    agrees(nora.scene, nora.client, to=VISITS_AND_OFFERS)


def _stopped(nora: Nora) -> None:
    _agreed(nora)
    with nora.scene.database.transaction() as session:
        suppressions.stop(session, nora.scene.practice_id, Channel.SMS, PHONE, NOW, "reply")


def _no_number(nora: Nora) -> None:
    _agreed(nora)
    with nora.scene.database.transaction() as session:
        session.get_one(Client, nora.client).phone = None


def _refused(nora: Nora) -> None:
    _agreed(nora)
    nora.outside.phones.refuses = RecipientInvalid("no such number", vendor="twilio", operation="send")


def _opted_out_at_the_carrier(nora: Nora) -> None:
    _agreed(nora)
    nora.outside.phones.refuses = RecipientOptedOut("21610", vendor="twilio", operation="send")


def _unknown(nora: Nora) -> None:
    _agreed(nora)
    nora.outside.phones.refuses = Ambiguous("no answer", vendor="twilio", operation="send")


IN_THE_WAY = [_no_consent, _stopped, _no_number, _refused, _opted_out_at_the_carrier, _unknown]
#: An answer needs no consent, and neither does word to somebody who said yes.
NEEDS_NO_CONSENT = {Notice.ANSWER, Notice.WINNER}


def cases() -> list[tuple[Notice, Callable[[Nora], None]]]:
    return [
        (notice, way)
        for notice in TELL
        for way in IN_THE_WAY
        if not (way is _no_consent and notice in NEEDS_NO_CONSENT)
        # A text without a number to answer to is a stranger's: below.
        and not (way is _no_number and notice is Notice.ANSWER)
    ]


def name(value: object) -> str:
    return value.value if isinstance(value, Notice) else getattr(value, "__name__", str(value)).strip("_")


@pytest.mark.parametrize(("notice", "in_the_way"), cases(), ids=name)
def test_without_another_channel_a_person_has_it_at_once(
    nora: Nora, notice: Notice, in_the_way: Callable[[Nora], None]
) -> None:
    in_the_way(nora)

    TELL[notice](nora)

    assert (nora.outside.bodies, nora.outside.mailed) == ([], [])
    (task,) = nora.waiting_tasks
    assert task.draft
    assert spec_of(task.kind).client_waits
    assert "Nora" not in task.title


@pytest.mark.parametrize(("notice", "in_the_way"), cases(), ids=name)
def test_another_channel_comes_before_a_person(nora: Nora, notice: Notice, in_the_way: Callable[[Nora], None]) -> None:
    nora.has_mail()
    in_the_way(nora)

    TELL[notice](nora)

    by_mail = follows(notice, Handed.SUPPRESSED) is Follows.OTHER_CHANNEL
    assert nora.outside.bodies == []
    assert nora.outside.mailed == ([MAIL] if by_mail else [])
    assert len(nora.waiting_tasks) == (0 if by_mail else 1)


@pytest.mark.parametrize("notice", TELL, ids=name)
def test_what_is_tried_again_is_told_once_and_asks_once(nora: Nora, notice: Notice) -> None:
    _refused(nora)

    TELL[notice](nora)
    if notice not in {Notice.ANSWER, Notice.DRAFT}:  # each of these is another one
        TELL[notice](nora)

    assert len(nora.waiting_tasks) == 1


@pytest.mark.parametrize("notice", [one for one in TELL if one is not Notice.ANSWER], ids=name)
def test_a_day_full_of_answers_and_a_familys_visits_use_up_no_cap(nora: Nora, notice: Notice) -> None:
    _agreed(nora)
    for number in range(12):
        nora.desk.answer(nora.scene.text(PHONE, "HELP", ref=f"SMhelp{number}"))
    before = len(nora.outside.bodies)

    TELL[notice](nora)

    assert (before, len(nora.outside.bodies) - before, nora.waiting_tasks) == (12, 1, [])


# --- quiet hours ----------------------------------------------------------------------------------------------------

EARLY = [TouchKind.CONFIRMATION, TouchKind.MOVED, TouchKind.CANCELLED]


@pytest.mark.parametrize("minutes", [0, 5, 30, 59])
@pytest.mark.parametrize("kind", EARLY)
def test_news_of_an_early_visit_that_came_at_night_is_a_task_at_once(nora: Nora, kind: TouchKind, minutes: int) -> None:
    _agreed(nora)
    nora.starts, nora.desk.at = EIGHT + timedelta(minutes=minutes), EVENING
    visit = booked(
        nora.scene, nora.client, state="cancelled" if kind is TouchKind.CANCELLED else "booked", starts=nora.starts
    )

    told = nora.desk.touch(visit, kind, starts_at=nora.starts)

    (task,) = nora.waiting_tasks
    assert task.kind == "touch_unsent"
    assert task.due_at < nora.starts
    # Where eight is not too late by itself, the text goes out then all the same.
    assert told.held_until == (EIGHT if minutes else None)


def test_the_same_news_by_mail_is_no_task(nora: Nora) -> None:
    _agreed(nora)
    nora.has_mail()
    nora.starts, nora.desk.at = EIGHT, EVENING

    TELL[Notice.CANCELLED](nora)

    assert (nora.outside.mailed, nora.waiting_tasks) == ([MAIL], [])


def test_news_that_can_wait_for_the_morning_does(nora: Nora) -> None:
    _agreed(nora)
    nora.starts, nora.desk.at = EIGHT + timedelta(hours=1), EVENING

    TELL[Notice.CANCELLED](nora)

    assert nora.waiting_tasks == []


def test_a_visit_moved_away_from_the_early_morning_is_news_before_it(nora: Nora) -> None:
    _agreed(nora)
    nora.starts, nora.desk.at = EIGHT + timedelta(hours=7), EVENING
    visit = booked(nora.scene, nora.client, starts=nora.starts)

    nora.desk.touch(visit, TouchKind.MOVED, starts_at=nora.starts, before=EIGHT)

    assert len(nora.waiting_tasks) == 1


def test_a_client_three_zones_away_hears_of_a_morning_that_is_off_through_a_person(nora: Nora) -> None:
    _agreed(nora)
    with nora.scene.database.transaction() as session:
        session.get_one(Client, nora.client).zone = "America/Los_Angeles"
    # Half past eight at the practice; eleven is the first hour welcome in both.
    nora.desk.at, nora.starts = EIGHT + timedelta(minutes=30), EIGHT + timedelta(hours=2, minutes=30)

    TELL[Notice.CANCELLED](nora)

    assert (nora.outside.bodies, len(nora.waiting_tasks)) == ([], 1)


def test_a_reminder_is_merged_with_a_confirmation_that_waits_for_the_same_morning(scene: Scene) -> None:
    maria = chairs(scene)
    client = maria.client()
    # At nine in the evening, for half past nine.
    maria.desk.at = EVENING
    maria.by_hand(-30, 0, client=client, mirrored=False)
    with scene.database.transaction() as session:
        row = calendar.ensure(session, scene.practice_id, pms_ref="by-hand")

    facts = maria.desk.look(row.id)

    assert (facts.change, facts.touches) == (Change.CREATED, ())
    assert facts.skipped[-1] == "Merged with the confirmation, which went out shortly before."


def test_staff_who_told_them_by_phone_keep_the_mornings_text_back(nora: Nora) -> None:
    _agreed(nora)
    nora.starts, nora.desk.at = EIGHT + timedelta(minutes=30), EVENING
    TELL[Notice.CANCELLED](nora)
    (task,) = nora.waiting_tasks
    nora.desk.settle(task.id or 0, "done")
    nora.desk.at = EIGHT

    TELL[Notice.CANCELLED](nora)

    assert nora.outside.bodies == []


def test_the_mornings_text_takes_back_the_task_that_nobody_answered(nora: Nora) -> None:
    _agreed(nora)
    nora.starts, nora.desk.at = EIGHT + timedelta(minutes=30), EVENING
    TELL[Notice.CANCELLED](nora)
    nora.desk.at = EIGHT

    TELL[Notice.CANCELLED](nora)

    assert (len(nora.outside.bodies), nora.waiting_tasks) == (1, [])
    assert [one.state for one in nora.desk.tasks()] == ["withdrawn"]


# --- what did not arrive --------------------------------------------------------------------------------------------


def does_not_arrive(nora: Nora, *, opted_out: bool = False) -> str:
    """The carrier reports so of the last text; what follows, once."""
    text = [one for one in nora.desk.rows(Intent) if one.effect == "text"][-1]
    report = TextReport(
        event_key="f",
        ref=text.vendor_ref or "",
        key=str(text.id),
        state=TextState.FAILED,
        error_code="30003",
        opted_out=opted_out,
    )
    receipt = arrive(nora.scene, Purpose.TEXT_STATUS, report)
    assert nora.scene.waiting()[-1] == ("reply", receipt, "start", "")
    said = nora.desk.answer(receipt)
    assert nora.desk.answer(receipt) == said or "already" in nora.desk.answer(receipt)
    return said


@pytest.mark.parametrize("opted_out", [False, True])
@pytest.mark.parametrize("notice", TELL, ids=name)
def test_what_the_carrier_took_and_did_not_deliver_is_a_persons(nora: Nora, notice: Notice, opted_out: bool) -> None:
    _agreed(nora)
    TELL[notice](nora)
    assert nora.waiting_tasks == []

    does_not_arrive(nora, opted_out=opted_out)

    (task,) = nora.waiting_tasks
    assert task.draft
    assert spec_of(task.kind).client_waits


@pytest.mark.parametrize("notice", TELL, ids=name)
def test_what_was_not_delivered_goes_by_mail_first(nora: Nora, notice: Notice) -> None:
    nora.has_mail()
    _agreed(nora)
    TELL[notice](nora)

    does_not_arrive(nora)

    by_mail = follows(notice, Handed.REFUSED) is Follows.OTHER_CHANNEL
    assert nora.outside.mailed == ([MAIL] if by_mail else [])
    assert len(nora.waiting_tasks) == (0 if by_mail else 1)


def test_a_note_that_did_not_arrive_is_followed_by_the_confirmation(nora: Nora) -> None:
    _agreed(nora)
    _winner(Tell.CONFIRMING)(nora)

    assert does_not_arrive(nora) == "undelivered: another message says it"

    assert nora.waiting_tasks == []


def test_a_mail_that_bounced_after_its_text_arrived_is_nothing(nora: Nora) -> None:
    nora.has_mail()
    _agreed(nora)
    TELL[Notice.CONFIRMATION](nora)
    mail = next(one for one in nora.desk.rows(Intent) if one.effect == "mail")
    report = MailReport(
        event_key="b",
        ref=mail.vendor_ref,
        key=str(mail.id),
        event_type="bounce",
        state=MailState.FAILED,
        occurred_at=NOW,
    )

    receipt = arrive(nora.scene, Purpose.MAIL_STATUS, report)

    assert nora.desk.answer(receipt).startswith("undelivered: sms already sent")
    assert nora.waiting_tasks == []


def test_an_offer_that_did_not_arrive_is_nobodys_to_tell(nora: Nora) -> None:
    offer = nora.scene.sent("offer:7", nora.client, PHONE)

    report = TextReport(event_key="f", ref="SM1", key=str(offer), state=TextState.FAILED, error_code="30003")
    receipt = arrive(nora.scene, Purpose.TEXT_STATUS, report)

    assert ("reply", receipt, "start", "") not in nora.scene.waiting()


# --- what has begun, and what is newer ------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes_before", "tasks"), [(20, 1), (-20, 0)])
@pytest.mark.parametrize("kind", EARLY)
def test_a_visit_that_began_before_it_could_be_told_is_a_task(
    nora: Nora, kind: TouchKind, minutes_before: int, tasks: int
) -> None:
    """What staff enter afterwards was never news."""
    _agreed(nora)
    visit = booked(nora.scene, nora.client, state="cancelled" if kind is TouchKind.CANCELLED else "booked")
    nora.desk.at = STARTS + timedelta(minutes=30)

    nora.desk.touch(visit, kind, since=STARTS - timedelta(minutes=minutes_before))

    assert (nora.outside.bodies, len(nora.waiting_tasks)) == ([], tasks)


@pytest.mark.parametrize("kind", [TouchKind.CANCELLED, TouchKind.MOVED])
def test_what_happens_again_in_the_next_turn_is_told_again(nora: Nora, kind: TouchKind) -> None:
    """Cancelled, on again, and cancelled once more."""
    _agreed(nora)
    visit = booked(nora.scene, nora.client, state="cancelled" if kind is TouchKind.CANCELLED else "booked")

    for turn in (0, 0, 1, 1):
        nora.desk.touch(visit, kind, turn=turn)

    assert len(nora.outside.bodies) == 2


def test_a_text_that_took_its_task_back_and_never_arrived_is_a_task_again(nora: Nora) -> None:
    _agreed(nora)
    nora.starts, nora.desk.at = EIGHT + timedelta(minutes=30), EVENING
    TELL[Notice.CANCELLED](nora)
    nora.desk.at = EIGHT
    TELL[Notice.CANCELLED](nora)
    assert nora.waiting_tasks == []

    does_not_arrive(nora)

    assert len(nora.waiting_tasks) == 1


def test_the_newest_news_of_a_visit_is_the_one_to_tell(nora: Nora) -> None:
    visit = booked(nora.scene, nora.client)

    nora.desk.touch(visit, TouchKind.CONFIRMATION)
    nora.desk.touch(visit, TouchKind.MOVED)
    nora.desk.touch(visit, TouchKind.REMINDER, lead_minutes=120)

    assert [one.state for one in nora.desk.tasks()] == ["withdrawn", "open"]
    assert nora.waiting_tasks[0].title.startswith("Not sent: move")


def test_a_reminder_that_arrives_says_all_that_was_not_said_before(nora: Nora) -> None:
    visit = booked(nora.scene, nora.client)
    nora.desk.touch(visit, TouchKind.CONFIRMATION)
    _agreed(nora)

    nora.desk.touch(visit, TouchKind.REMINDER, lead_minutes=120)

    assert (len(nora.outside.bodies), nora.waiting_tasks) == (1, [])


def test_an_answer_held_by_quiet_hours_waits_in_a_journey_of_its_own(nora: Nora) -> None:
    """A fill that asked for it does not wait for the morning."""
    quiet = PracticePolicy(contact=ContactPolicy(answers_ignore_quiet_hours=False))
    with nora.scene.database.transaction() as session:
        session.get_one(Practice, nora.scene.practice_id).policy = policy_to_json(quiet)
    nora.is_asked()
    receipt = nora.scene.text(PHONE, "YES")
    nora.desk.at = EVENING

    assert nora.desk.answer(receipt) == "claim: held"

    assert nora.scene.waiting()[-1] == ("reply", receipt, "start", "")


# --- who said yes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [Tell.NOT_FREE, Tell.HANDED_OVER])
def test_who_said_yes_and_cannot_be_told_is_a_persons_to_call(nora: Nora, what: Tell) -> None:
    _refused(nora)

    _winner(what)(nora)

    (task,) = nora.waiting_tasks
    assert task.kind == "not_reached"
    assert "They said YES to it" in task.body


def test_who_agreed_to_offers_alone_hears_how_the_offer_ended(nora: Nora) -> None:
    agrees(nora.scene, nora.client, to=[VISITS_AND_OFFERS[1]])

    _closing(nora)

    assert (len(nora.outside.bodies), nora.waiting_tasks) == (1, [])
