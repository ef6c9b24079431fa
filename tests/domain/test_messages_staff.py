"""What staff read: a task for a card without a name, a draft that promises nothing, and what became of it."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from domain.messages import opening_tasks, staff
from domain.messages.facts import VisitFacts
from domain.messages.segments import cost
from domain.messages.task_words import TaskWords
from domain.policy import Weights
from domain.tasks import TaskKind
from tests.domain.message_examples import ASKS_FOR_OPT_OUT, NOW, RIVERSIDE, VISIT

WHEN = "today (Tue Nov 24) at 2:00 PM"
CALL = " You can also call (212) 555-0100."
TASKS: list[TaskWords] = [
    opening_tasks.nobody_left(sender=RIVERSIDE, visit=VISIT, now=NOW, offers=1, reference="fill 12"),
    opening_tasks.person_first(
        sender=RIVERSIDE, visit=VISIT, now=NOW, reason="It is worth $1,200.", reference="fill 12"
    ),
    opening_tasks.write_by_hand(sender=RIVERSIDE, visit=VISIT, now=NOW, typed=("Client: Mia",), reference="fill 12"),
    opening_tasks.pms_unreachable(sender=RIVERSIDE, visit=VISIT, now=NOW, since=NOW, reference="fill 12"),
    opening_tasks.overlap(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="fill 12"),
    opening_tasks.write_unknown(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="fill 12"),
    opening_tasks.not_seen(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="fill 12"),
    opening_tasks.given_away(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="fill 12"),
    opening_tasks.came_too_late(
        visit=VISIT, now=NOW, label="Book this client", by="Dana", why="the time had been taken", reference="fill 12"
    ),
    opening_tasks.pms_refused(
        sender=RIVERSIDE, visit=VISIT, now=NOW, why="the service is not offered", reference="fill 12"
    ),
    opening_tasks.assignment_does_not_fit(visit=VISIT, now=NOW, why="Waits for another provider.", reference="fill 12"),
    staff.infeasible_assignment(visit=VISIT, now=NOW, why="no laser room is free then", reference="visit 9"),
    staff.unclear_reply(sender=RIVERSIDE, text="can we do 3?", zone=VISIT.zone, now=NOW),
    staff.reschedule_asked(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="visit 9"),
    staff.cannot_come(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="visit 9"),
    staff.opted_out_with_visit(visit=VISIT, now=NOW),
    opening_tasks.offers_paused(why="The text vendor is down", reference="fill 12"),
    *(
        staff.touch_unsent(sender=RIVERSIDE, visit=VISIT, what=what, now=NOW, reference="visit 9")
        for what in ("confirmation", "reminder", "moved", "cancelled")
    ),
    staff.confirm_unwritten(visit=VISIT, now=NOW, reference="visit 9"),
]


#: What is about a text, and no visit or chair.
TEXT_KINDS = {TaskKind.NEEDS_PERSON, TaskKind.OPTED_OUT_PERHAPS_VISIT}
DAY = "Tue Nov 24 at 2:00 PM"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
def test_a_task_is_a_title_for_a_card_a_body_a_draft_and_a_default(task: TaskWords) -> None:
    assert "Ana" not in task.title
    assert "injection" not in task.title + task.body + (task.draft or "")
    assert "can we do 3?" not in task.title
    assert len(task.title) <= 80
    # Read days later, "today" would be another day; a text is found by its client and not by our number for it.
    assert "today" not in task.title and "tomorrow" not in task.title
    assert re.search(r"\((fill|visit) \d+\)$", task.title) or task.kind in TEXT_KINDS
    assert task.body.endswith((".", "”"))
    assert not task.body[0].islower()
    assert task.safe_default.endswith(".")
    assert task.choices
    assert task.draft is None or cost(task.draft).segments <= 2
    assert not ASKS_FOR_OPT_OUT.search(task.draft or "")


def test_what_could_not_be_sent_is_said_as_it_would_have_been() -> None:
    drafts = {task.title: task.draft for task in TASKS if task.title.startswith("Not sent")}

    assert drafts == {
        f"Not sent: confirmation, {DAY} (visit 9)": f"Riverside Aesthetics: You are booked for {WHEN} with Ana. "
        "See you then!",
        f"Not sent: reminder, {DAY} (visit 9)": f"Riverside Aesthetics: You are booked for {WHEN} with Ana. "
        "See you then!",
        f"Not sent: move, {DAY} (visit 9)": f"Riverside Aesthetics: Your visit has moved to {WHEN} with Ana. "
        "See you then!",
        f"Not sent: cancellation, {DAY} (visit 9)": f"Riverside Aesthetics: Your visit {WHEN} with Ana is cancelled. "
        "For a new time, call (212) 555-0100.",
    }


@pytest.mark.parametrize(
    ("text", "visit", "took_back_yes", "draft"),
    [
        (
            "is parking free?",
            None,
            False,
            "Thank you for your text. Please tell us in a few words what we can do for you.",
        ),
        (
            "is parking free?",
            VISIT,
            False,
            f"Thank you for your text. Is it about your visit {WHEN}? Please tell us what you would like.",
        ),
        (
            "no",
            VISIT,
            False,
            f"Thank you for your text. Did you mean that you cannot come {WHEN}, or that all is well with it?",
        ),
        (
            "no",
            VISIT,
            True,
            f"Thank you for telling us. Shall we take back your yes to {WHEN}, or look for another time?",
        ),
        (
            "X",
            None,
            False,
            "Thank you for telling us. Which visit do you mean, and would you like another time?",
        ),
        (
            "R",
            VISIT,
            False,
            f"Happy to look for another time. Is it instead of {WHEN}? Which days and hours suit you?",
        ),
        ("yes", None, False, "Thank you! We want to get this right: what would you like to say yes to?"),
        (
            "thanks",
            None,
            False,
            "You are welcome! Was that a yes to the time we texted you about? If so, please reply YES.",
        ),
    ],
)
def test_the_draft_to_an_unclear_text_asks_back_and_promises_nothing(
    text: str, visit: VisitFacts | None, took_back_yes: bool, draft: str
) -> None:
    task = staff.unclear_reply(
        sender=RIVERSIDE,
        text=text,
        zone=VISIT.zone,
        now=NOW,
        visit=visit,
        took_back_yes=took_back_yes,
    )

    assert task.draft == f"{RIVERSIDE.practice}: {draft}{CALL}"
    assert cost(task.draft).segments <= 2
    assert [one.action for one in task.choices] == ["send", "done"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
def test_a_draft_can_be_sent_from_tasks_about_one_client_and_no_other(task: TaskWords) -> None:
    """A draft that offers a chair goes out as an offer instead: only then is a YES to it understood."""
    actions = [one.action for one in task.choices]

    assert ("send" in actions) == (task.draft is not None and "offer" not in actions)


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ({"state": "sent", "words": ""}, "sent"),
        ({"state": "already sent", "words": ""}, "sent"),
        (
            {"state": "held", "words": "Quiet hours where the client is.", "until": "2026-11-24T13:00:00+00:00"},
            "waits until Tue Nov 24, 8:00 AM. Quiet hours where the client is.",
        ),
        (
            {"state": "suppressed", "words": "The client asked for no more messages by sms."},
            "not sent. The client asked for no more messages by sms. Please call or write another way.",
        ),
        (
            {"state": "refused", "words": "no such number"},
            "not sent. No such number. Please call or write another way.",
        ),
        ({"state": "unknown", "words": ""}, "may have gone out or not; please call."),
    ],
)
def test_staff_read_what_became_of_a_draft(draft: dict[str, str], words: str) -> None:
    assert staff.what_became_of_draft(draft, zone="America/New_York") == words


def test_a_task_tells_how_many_were_asked() -> None:
    assert TASKS[0].body.startswith("1 client asked, no YES yet.")
    nobody = opening_tasks.nobody_left(sender=RIVERSIDE, visit=VISIT, now=NOW, offers=0, reference="fill 12")
    assert nobody.body.startswith("Nobody on the waitlist could be asked.")


def test_a_place_in_the_ranking_is_explained_in_words_the_heaviest_first() -> None:
    shares = (("priority", 3.33), ("flexibility", 0.0), ("recency", 2.0), ("preferred_provider", 0.5), ("waiting", 2.5))

    assert opening_tasks.reasons(shares) == [
        "priority on the waitlist (+3.3)",
        "has waited long (+2.5)",
        "not asked lately (+2.0)",
        "asked for this provider (+0.5)",
    ]


def test_every_factor_of_the_ranking_has_words() -> None:
    assert all(opening_tasks.reasons([(one.name, 1.0)]) for one in fields(Weights))
