"""Every kind of task has one spec; a kind that nobody knows has one that promises nothing."""

from __future__ import annotations

import pytest

from domain.tasks import SPECS, Group, Owner, TaskKind, group_of, of_text, spec_of


def test_every_kind_says_who_acts_what_holds_otherwise_and_what_can_be_chosen() -> None:
    assert set(SPECS) == set(TaskKind)
    for spec in SPECS.values():
        assert spec.owner in Owner
        assert spec.words[0].isupper()
        assert not spec.words.endswith(".")
        assert spec.safe_default.endswith(".")
        assert spec.choices
        assert len({one.action for one in spec.choices}) == len(spec.choices)


def test_values_that_stand_in_rows_and_payloads_stay_what_they_are() -> None:
    assert {kind.value for kind in TaskKind} == {
        *("nobody_left", "person_first", "assignment_does_not_fit", "offers_paused", "came_too_late"),
        *(
            "write_by_hand",
            "pms_unreachable",
            "write_unknown",
            "not_seen",
            "pms_refused",
            "overlap",
            "given_away",
            "release_failed",
        ),
        *("not_told", "not_reached", "draft_unsent", "undelivered", "touch_unsent", "visit_gone"),
        *("needs_person", "unknown_phone", "no_after_yes", "opted_out_perhaps_visit", "reschedule", "cannot_come"),
        *("ask_which", "claim", "confirm", "declined", "help", "late_yes", "resubscribed", "when_suits"),
        *("infeasible_assignment", "confirm_unwritten", "visits_unread", "not_in_matrix", "visit_partly_read"),
        "row_unread",
    }


def test_a_row_of_a_kind_that_nobody_knows_can_be_shown() -> None:
    assert spec_of("unclear_reply").words == "Something to look at"
    assert group_of("unclear_reply") is Group.OTHER


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("unknown_phone", TaskKind.UNKNOWN_PHONE),
        ("late_yes", TaskKind.LATE_YES),
        ("", TaskKind.NEEDS_PERSON),
        ("overlap", TaskKind.NEEDS_PERSON),
    ],
)
def test_a_task_about_a_text_is_of_a_kind_that_waits_for_an_answer(outcome: str, kind: TaskKind) -> None:
    assert of_text(outcome) is kind


@pytest.mark.parametrize(
    ("kind", "group"),
    [
        (TaskKind.OVERLAP, Group.CLIENT_WAITS),
        (TaskKind.PMS_UNREACHABLE, Group.CLIENT_WAITS),
        (TaskKind.NOBODY_LEFT, Group.CHAIR),
        (TaskKind.VISITS_UNREAD, Group.OTHER),
    ],
)
def test_a_client_who_waits_comes_before_a_chair(kind: TaskKind, group: Group) -> None:
    assert group_of(kind) is group
