"""Cards say what, with whom, when and whose; there is one of each, and many at once share one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.tasks import TaskKind
from models.offers import Offer
from models.repositories import practices, tasks
from models.tasks import Decision
from operations import task_progress
from tests.activities.activity_runner import Desk
from tests.activities.free_chair import Chairs, chairs
from tests.activities.outside import Outside
from tests.inbox.scene import NOW, Scene

OPENS = "10:00 AM with NP Martinez"


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    """Cards of hers go to the desk's own workspace."""
    return chairs(scene)


def answered(maria: Chairs, client: int, opening: int, action: str = "assign") -> int:
    """Jana chose this client for the opening, and nothing has come of it yet."""
    return maria.scene.task(
        kind=TaskKind.PERSON_FIRST.value,
        opening_id=opening,
        state="resolved",
        resolved_by="Jana",
        resolution={"action": action, "client_id": client, "reason": ""},
        settled_at=NOW,
    )


def said(maria: Chairs, task: int) -> tuple[str, str]:
    with maria.scene.database.transaction() as session:
        practice = practices.load(session, maria.scene.practice_id)
        became = task_progress.progress(session, practice, tasks.read(session, practice.id, task))
    assert became is not None
    return became.stage.value, became.words


def won(maria: Chairs, opening: int, client: int) -> None:
    (offer,) = (one for one in maria.desk.rows(Offer) if (one.opening_id, one.client_id) == (opening, client))
    with maria.scene.database.transaction() as session:
        session.get_one(Offer, offer.id).state = "won"


def titles(outside: Outside) -> list[str]:
    return [one.title for one in outside.workspace.standing]


# --- one card -------------------------------------------------------------------------------------------------------


def test_the_first_line_says_kind_provider_day_time_and_initials(maria: Chairs) -> None:
    client, opening = maria.client(named="Rosa"), maria.opening()
    task = maria.scene.task(opening_id=opening, client_id=client)

    maria.desk.post(task)

    (card,) = maria.desk.outside.workspace.standing
    assert card.title == "Nobody left to ask: NP Martinez, Tue Nov 24, 10:00 AM, R.E."
    assert "Ada was asked." not in card.text
    assert [one.label for one in card.buttons] == ["Open", "Leave it free", "All open tasks"]


def test_where_the_practice_may_and_chose_to_the_card_has_names_and_words(maria: Chairs) -> None:
    client, opening = maria.client(named="Rosa"), maria.opening()
    maria.desk.outside.names_clients = True

    maria.desk.post(maria.scene.task(opening_id=opening, client_id=client))

    (card,) = maria.desk.outside.workspace.standing
    assert (card.title.endswith(", Rosa E."), card.text) == (True, "Ada was asked.")


SENDS = [{"action": "send", "label": "Send draft"}, {"action": "done", "label": "Done"}]


def test_a_card_that_may_not_show_the_draft_leads_to_it_and_sends_nothing(maria: Chairs) -> None:
    maria.desk.post(maria.scene.task(choices=SENDS, draft="Glow: Which days suit you?"))

    (card,) = maria.desk.outside.workspace.standing
    (opens,) = (one for one in card.buttons if one.label == "Send draft (opens it)")
    assert "Which days" not in card.text
    assert (opens.action, opens.url) == ("open_draft", card.buttons[0].url)
    assert [one.action for one in card.buttons] == ["open", "open_draft", "task_done", "open_list"]


def test_a_card_with_names_shows_the_draft_that_a_press_sends(maria: Chairs) -> None:
    maria.desk.outside.names_clients = True

    maria.desk.post(maria.scene.task(choices=SENDS, draft="Glow: Which days suit you?"))

    (card,) = maria.desk.outside.workspace.standing
    assert card.text == "Ada was asked.\n\nThe draft: Glow: Which days suit you?"
    assert "task_send" in [one.action for one in card.buttons]


def test_a_reminder_stands_instead_of_its_card_and_a_second_try_changes_nothing(
    scene: Scene, desk: Desk, outside: Outside
) -> None:
    task = scene.task()
    desk.post(task)

    desk.remind(task)
    desk.remind(task)

    (title,) = titles(outside)
    assert title.startswith("Reminder: Nobody left to ask: ")
    assert (len(outside.workspace.cards), outside.workspace.removed) == (2, [1])


def test_a_card_of_a_kind_that_this_version_does_not_know_can_be_posted(
    scene: Scene, desk: Desk, outside: Outside
) -> None:
    desk.post(scene.task(kind="of_a_later_version"))

    assert titles(outside)[0].startswith("Something to look at: ")


# --- what became of it ----------------------------------------------------------------------------------------------


def test_an_order_to_book_is_followed_from_received_to_booked(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    task = answered(maria, client, opening)

    received = said(maria, task)
    maria.desk.assign(opening, client, by="Jana")
    booking = said(maria, task)
    won(maria, opening, client)
    maria.desk.post(task, reminder=2)

    assert received == ("received", f"Jana chose C.E. for {OPENS}: received, not booked yet.")
    assert booking == ("booking", f"Jana chose C.E. for {OPENS}: being booked.")
    assert said(maria, task) == ("booked", f"Jana booked C.E. at {OPENS}.")


def test_the_card_says_how_it_ended(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    task = maria.scene.task(opening_id=opening)
    maria.desk.post(task)
    maria.desk.settle(task, "assign", by="Jana", client_id=client)
    maria.desk.post(task, reminder=2)
    (on_its_way,) = maria.desk.outside.workspace.standing
    maria.desk.assign(opening, client, by="Jana")
    won(maria, opening, client)

    maria.desk.post(task, reminder=3)

    (card,) = maria.desk.outside.workspace.standing
    assert on_its_way.text == f"Jana chose C.E. for {OPENS}: received, not booked yet."
    assert card.text == f"Jana booked C.E. at {OPENS}."


def test_a_client_who_does_not_fit_is_refused_with_the_rule(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 30)
    task = answered(maria, client, opening)

    words = maria.desk.assign(opening, client, by="Jana").words
    stage, sentence = said(maria, task)

    assert stage == "refused"
    assert sentence.startswith(f"Jana chose C.E. for {OPENS}. It was refused: ")
    assert words[1:] in sentence


@pytest.mark.parametrize(
    ("kind", "stage", "why"),
    [
        (TaskKind.PMS_REFUSED, "refused", "the practice system would not book it; a task has the reason"),
        (TaskKind.OVERLAP, "refused", "the time was taken in the calendar meanwhile"),
        (TaskKind.PMS_UNREACHABLE, "handed over", "the practice system has not answered"),
        (TaskKind.WRITE_UNKNOWN, "handed over", "the practice system broke off"),
    ],
)
def test_what_a_task_tells_of_a_booking_is_told_here_too(maria: Chairs, kind: TaskKind, stage: str, why: str) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    task = answered(maria, client, opening)
    maria.desk.assign(opening, client, by="Jana")
    maria.scene.task(kind=kind.value, opening_id=opening, client_id=client)

    found, words = said(maria, task)

    assert (found, why in words) == (stage, True)


def test_what_became_of_another_client_is_not_told_of_this_one(maria: Chairs) -> None:
    client, other, opening = maria.waiting(60), maria.waiting(60), maria.opening(0, 60)
    task = answered(maria, client, opening)
    maria.desk.assign(opening, client, by="Jana")
    maria.scene.task(kind=TaskKind.OVERLAP.value, opening_id=opening, client_id=other)

    assert said(maria, task)[0] == "booking"


def test_a_time_that_is_gone_before_the_order_arrives_says_so(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    task = answered(maria, client, opening)
    maria.desk.close(opening, final=True)

    assert said(maria, task) == (
        "refused",
        f"Jana chose C.E. for {OPENS}. It was refused: the time was taken before.",
    )


def test_an_order_to_ask_is_followed_until_the_client_is_asked(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    task = answered(maria, client, opening, action="offer")
    received = said(maria, task)

    maria.desk.offer_wave(opening, only_client=client, by="Jana")

    assert received[0] == "received"
    assert said(maria, task) == ("asked", f"Jana had C.E. asked about {OPENS}.")


def test_an_order_that_was_refused_before_this_task_is_another(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    maria.scene.add(
        Decision(
            practice_id=maria.scene.practice_id,
            journey="gapfill",
            ref=opening,
            subject="assigned",
            verdict="not assigned",
            reasons=[{"client": client, "words": ""}, {"words": "Too soon."}],
            decided_by="Jana",
            decided_at=NOW - timedelta(hours=1),
        )
    )

    assert said(maria, answered(maria, client, opening))[0] == "received"


# --- many at once ---------------------------------------------------------------------------------------------------


def burst(scene: Scene, desk: Desk, number: int, *, opened_at: datetime = NOW, **values: Any) -> list[int]:
    made = []
    for _ in range(number):
        made.append(scene.task(opened_at=opened_at, **values))
        desk.post(made[-1])
    return made


def test_a_burst_is_one_card_that_lists_every_task_with_one_link(scene: Scene, desk: Desk, outside: Outside) -> None:
    burst(scene, desk, 5)
    desk.post(scene.task(kind=TaskKind.OVERLAP.value))

    (card,) = outside.workspace.standing
    assert card.title == "6 tasks at once: 1 client waits, 5 chairs"
    assert card.text.count("• ") == 6
    assert [(one.label, (one.url or "").startswith("https://x/t/")) for one in card.buttons] == [
        ("Open the list", True)
    ]


def test_three_tasks_keep_their_own_cards(scene: Scene, desk: Desk, outside: Outside) -> None:
    burst(scene, desk, 3)

    assert len(outside.workspace.standing) == 3


def test_a_task_that_comes_later_has_its_own_card(scene: Scene, desk: Desk, outside: Outside) -> None:
    burst(scene, desk, 4)
    desk.at = NOW + timedelta(minutes=3)

    burst(scene, desk, 1, opened_at=desk.at)

    assert len(outside.workspace.standing) == 2


def test_what_was_answered_is_struck_off_the_shared_card(scene: Scene, desk: Desk, outside: Outside) -> None:
    made = burst(scene, desk, 4)

    desk.settle(made[1], "leave", by="Jana")
    desk.post(made[1], reminder=2)

    (card,) = outside.workspace.standing
    assert card.title == "3 tasks at once: 3 chairs"
    assert card.text.splitlines()[-1].endswith("Jana left that time free.")


def test_reminders_of_a_burst_bring_the_shared_card_up_once(scene: Scene, desk: Desk, outside: Outside) -> None:
    made = burst(scene, desk, 4)
    desk.at = NOW + timedelta(minutes=30)

    posted = len(outside.workspace.cards)
    for task in made:
        desk.remind(task)

    (card,) = outside.workspace.standing
    assert card.title == "Reminder: 4 tasks at once: 4 chairs"
    assert len(outside.workspace.cards) == posted + 1
