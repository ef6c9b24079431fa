"""A card begins with the kind in the desk's words, and its answer reads as a sentence that says no more than is so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.messages import task_cards
from domain.messages.task_cards import AnswerStage, Subject
from domain.tasks import LET_GO, TaskKind

ABOUT = Subject(at=datetime(2026, 11, 24, 20, tzinfo=UTC), zone="America/New_York", provider="Dr. Lee", who="R.K.")
THE_LETTING_GO = [{"action": one.action, "label": one.label, "then": one.then} for one in LET_GO]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (TaskKind.NOBODY_LEFT, "Nobody left to ask: Dr. Lee, Tue Nov 24, 3:00 PM, R.K."),
        (TaskKind.WRITE_UNKNOWN, "Is it in the calendar: Dr. Lee, Tue Nov 24, 3:00 PM, R.K."),
        ("of_a_later_version", "Something to look at: Dr. Lee, Tue Nov 24, 3:00 PM, R.K."),
    ],
)
def test_the_first_line_is_kind_provider_day_and_time_and_whose(kind: str, line: str) -> None:
    assert task_cards.first_line(kind, ABOUT) == line


@pytest.mark.parametrize(
    ("stage", "why", "words"),
    [
        (AnswerStage.RECEIVED, "", "Jana chose R.K. for 3:00 PM with Dr. Lee: received, not booked yet."),
        (AnswerStage.BOOKING, "", "Jana chose R.K. for 3:00 PM with Dr. Lee: being booked."),
        (AnswerStage.BOOKED, "", "Jana booked R.K. at 3:00 PM with Dr. Lee."),
        (
            AnswerStage.REFUSED,
            "The first visit needs an exam.",
            "Jana chose R.K. for 3:00 PM with Dr. Lee. It was refused: the first visit needs an exam.",
        ),
        (
            AnswerStage.HANDED_OVER,
            "the practice system has not answered",
            "Jana chose R.K. for 3:00 PM with Dr. Lee. It is not booked yet: the practice system has not answered.",
        ),
    ],
)
def test_a_booking_is_said_to_have_happened_once_it_has(stage: AnswerStage, why: str, words: str) -> None:
    assert task_cards.assigned(by="Jana", about=ABOUT, stage=stage, why=why) == words


@pytest.mark.parametrize(
    ("kind", "action", "words"),
    [
        (TaskKind.PERSON_FIRST, "go", "Jana sent the offers for 3:00 PM with Dr. Lee."),
        (TaskKind.NOBODY_LEFT, "leave", "Jana left 3:00 PM with Dr. Lee free."),
        (TaskKind.NEEDS_PERSON, "send", "Jana answered R.K."),
        (TaskKind.NEEDS_PERSON, "done", "Jana dealt with it."),
        (TaskKind.NOT_TOLD, "told", "Jana told everybody who was asked."),
        (TaskKind.PMS_UNREACHABLE, "release", "Jana let 3:00 PM with Dr. Lee go."),
    ],
)
def test_every_answer_is_a_sentence(kind: TaskKind, action: str, words: str) -> None:
    choices = THE_LETTING_GO if kind is TaskKind.PMS_UNREACHABLE else []

    assert task_cards.answered(kind, action, by="Jana", about=ABOUT, choices=choices) == words


def test_a_draft_that_lets_a_time_go_says_both() -> None:
    said = task_cards.answered(TaskKind.PMS_UNREACHABLE, "send", by="Jana", about=ABOUT, choices=THE_LETTING_GO)

    assert said == "Jana let 3:00 PM with Dr. Lee go and sent R.K. a text."


def test_many_at_once_are_counted_by_what_waits() -> None:
    kinds = [TaskKind.NEEDS_PERSON, TaskKind.OVERLAP, TaskKind.NOBODY_LEFT, TaskKind.VISITS_UNREAD]

    assert task_cards.bundle_title(kinds) == "4 tasks at once: 2 clients wait, 1 chair, 1 other"


def test_what_took_care_of_itself_says_how() -> None:
    assert task_cards.took_care_of_itself("filled") == "This took care of itself: somebody has the time."
    assert task_cards.took_care_of_itself("it can be read") == "This took care of itself: it can be read."
