"""What activities do about a vendor that is away: the other channel still works; a person gets what was not said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.reconciling import Reconciling
from contracts.booking import AskAboutCalendar, TouchKind
from contracts.gap_fill import Ending
from domain.clients import Channel
from models.calendar import Opening
from models.client import Client
from models.offers import Offer
from tests.activities.activity_runner import Desk
from tests.activities.outside import Mailbox, Outside, Phones, away
from tests.activities.people import OTHER, PHONE, VISITS_AND_OFFERS, agrees
from tests.activities.visits import booked
from tests.inbox.scene import NOW, Scene


@pytest.fixture
def outside() -> Outside:
    """Mails work; texts are away until a test has them back."""
    return Outside(phones=Phones(refuses=away("twilio")), mailbox=Mailbox())


def texts_are_back(outside: Outside) -> None:
    outside.phones.refuses = None


def client(scene: Scene, phone: str, name: str, *, email: str | None = None) -> int:
    """Somebody who agreed to everything."""
    ref = scene.client(phone, first_name=name)
    agrees(scene, ref, to=VISITS_AND_OFFERS, by=(Channel.SMS, Channel.EMAIL))
    with scene.database.transaction() as session:
        session.get_one(Client, ref).email = email
    return ref


def two_asked(scene: Scene) -> tuple[int, int, int]:
    """An opening and two open offers of it, Nora's and Omar's."""
    opening = scene.opening()
    nora, omar = client(scene, PHONE, "Nora"), client(scene, OTHER, "Omar")
    return opening, scene.offer(opening, nora, PHONE), scene.offer(opening, omar, OTHER)


def closings(scene: Scene, *offers: int) -> list[str | None]:
    return [scene.row(Offer, offer).closing for offer in offers]


def test_a_confirmation_goes_by_mail_while_texts_are_away_and_by_text_once_they_are_back(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    visit = booked(scene, client(scene, PHONE, "Nora", email="nora@example.com"))

    with pytest.raises(ApplicationError, match="no answer"):
        desk.touch(visit)
    texts_are_back(outside)
    result = desk.touch(visit)

    assert outside.mailed == ["nora@example.com"]
    assert outside.texted == [PHONE]
    assert result.outcomes == ("sms sent", "email already sent")


def test_a_message_that_one_channel_carried_is_no_task(scene: Scene, outside: Outside, desk: Desk) -> None:
    visit = booked(scene, client(scene, PHONE, "Nora", email="nora@example.com"))
    texts_are_back(outside)
    outside.mailbox = Mailbox(refuses=away("sendgrid"))

    with pytest.raises(ApplicationError):
        desk.touch(visit)
    desk.ask_about(visit, "touch_unsent", touch=desk.touch_order(visit))

    assert len(outside.bodies) == 1
    assert desk.tasks() == []


def test_a_message_that_was_not_sent_is_one_task_with_a_draft_for_each(scene: Scene, desk: Desk) -> None:
    visit = booked(scene, client(scene, PHONE, "Nora"))

    for unsent in (TouchKind.CONFIRMATION, TouchKind.CONFIRMATION, TouchKind.CANCELLED):
        desk.ask_about(visit, "touch_unsent", touch=desk.touch_order(visit, unsent))

    tasks = desk.tasks()
    assert [task.kind for task in tasks] == ["touch_unsent"] * 2
    assert tasks[0].draft is not None and tasks[0].draft.startswith("Glow: You are booked for tomorrow")
    assert tasks[1].draft is not None and "is cancelled" in tasks[1].draft
    assert all("send" in {choice["action"] for choice in task.choices} for task in tasks)
    assert "Nora" not in f"{tasks[0].title}{tasks[1].title}"


def test_a_calendar_that_cannot_be_read_is_one_task_a_day(scene: Scene, outside: Outside, desk: Desk) -> None:
    calendar = Reconciling(database=scene.database, vendors=outside)
    order = AskAboutCalendar(practice_id=scene.practice_id)

    for _ in range(2):
        desk.run(calendar.ask_about_calendar, order)
    desk.at = NOW + timedelta(days=1)
    desk.run(calendar.ask_about_calendar, order)

    assert [task.kind for task in desk.tasks()] == ["visits_unread"] * 2
    # Ten in the morning where the practice is; twenty minutes is its patience.
    assert desk.tasks()[0].title == "The calendar cannot be read (since 9:40 AM)"


def test_a_confirmation_that_could_not_be_marked_is_a_task(scene: Scene, desk: Desk) -> None:
    visit = booked(scene, client(scene, PHONE, "Nora"))

    desk.ask_about(visit, "confirm_unwritten")

    assert [(task.kind, task.draft) for task in desk.tasks()] == [("confirm_unwritten", None)]


def test_whoever_was_not_told_stands_on_the_task_until_they_are(scene: Scene, outside: Outside, desk: Desk) -> None:
    opening, won, lost = two_asked(scene)
    with scene.database.transaction() as session:
        session.get_one(Offer, won).state = "won"
    with pytest.raises(ApplicationError):
        desk.close(opening, winner_offer_id=won)

    desk.ask_person(opening, "not_told")
    (task,) = desk.tasks()
    assert [(row["name"], row["phone"]) for row in task.shortlist] == [("Omar Example", OTHER)]
    assert task.state == "open"

    texts_are_back(outside)
    closed = desk.close(opening, winner_offer_id=won)

    assert (closed.told, outside.texted) == (1, [OTHER])
    assert desk.tasks()[0].state == "withdrawn"
    assert closings(scene, won, lost) == [None, "filled"]


def test_what_staff_told_by_hand_stands_instead_of_a_text(scene: Scene, outside: Outside, desk: Desk) -> None:
    opening, first, second = two_asked(scene)
    texts_are_back(outside)

    desk.close(opening, Ending.LAPSED, instead="told by Dana")
    desk.close(opening, Ending.LAPSED)

    assert outside.texted == []
    assert closings(scene, first, second) == ["told by Dana"] * 2


def test_whoever_was_never_told_stays_on_the_task(scene: Scene, outside: Outside, desk: Desk) -> None:
    """Texts are away until the visit would begin: nobody is texted any more, and nobody has heard."""
    opening, first, second = two_asked(scene)
    desk.ask_person(opening, "not_told")

    desk.close(opening, Ending.LAPSED, instead="not told: texts could not be sent")

    (task,) = desk.tasks()
    assert task.state == "open"
    assert desk.read_task(task.id or 0).alert_again_after is not None
    assert closings(scene, first, second) == ["not told: texts could not be sent"] * 2


def test_a_winner_who_could_not_be_told_that_a_person_has_it_is_told_that_with_the_closing_messages(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    opening, winner, _ = two_asked(scene)
    with scene.database.transaction() as session:
        session.get_one(Offer, winner).state = "handed_over"
    texts_are_back(outside)

    desk.close(opening, Ending.HANDED_OVER, claimed=(winner,))

    (words,) = [text.body for text in outside.phones.sent if text.to == PHONE]
    assert "A member of our team has taken over" in words
    assert scene.row(Offer, winner).state == "handed_over"


def test_an_answer_that_could_not_be_sent_is_a_task_with_the_clients_words(scene: Scene, desk: Desk) -> None:
    client(scene, PHONE, "Nora")
    receipt = scene.text(PHONE, "HELP")

    with pytest.raises(ApplicationError):
        desk.answer(receipt)
    desk.answer(receipt, by_person=True)

    (task,) = desk.tasks()
    assert "HELP" in task.body and task.client_id is not None


def test_a_second_outage_is_a_task_of_its_own_and_the_first_takes_care_of_itself(scene: Scene, desk: Desk) -> None:
    opening = scene.opening()

    desk.ask_person(opening, "offers_paused", words="Texts could not be sent.")
    desk.ask_person(opening, "offers_paused", words="Texts could not be sent.")
    desk.offer_wave(opening)
    desk.ask_person(opening, "offers_paused", words="Texts could not be sent.", before=1)

    assert [task.state for task in desk.tasks()] == ["withdrawn", "open"]
    assert scene.row(Opening, opening).state == "live"
