"""Keys of tasks: what is spelled is read as it was meant, whatever a vendor's reference looks like."""

from __future__ import annotations

import pytest

from domain import task_keys
from domain.calendar import Kind, Unknown
from tests.domain.build import at

REFS = ["room-1", "urn:blvd:Service:1", "laser#2", "laser #2", "50%", "50%#3", "a#b#3"]


@pytest.mark.parametrize("ref", REFS)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("times", [1, 2, 12])
def test_what_the_matrix_lacks_is_read_from_its_key(ref: str, kind: Kind, times: int) -> None:
    unknown = Unknown(kind=kind, ref=ref)
    key = task_keys.not_in_matrix_key(unknown)

    assert task_keys.unknown_of(key if times == 1 else task_keys.again(key, times)) == unknown


@pytest.mark.parametrize("ref", REFS)
def test_a_second_ask_is_of_the_same_row(ref: str) -> None:
    key = task_keys.row_key(ref)

    assert task_keys.first(key) == task_keys.first(task_keys.again(key, 2)) == key


def test_an_unsent_message_is_told_by_its_kind() -> None:
    key = task_keys.UnsentKey(appointment_id=7, starts_at=at("2026-11-24 14:00"), what="cancelled", turn=2)

    assert str(key) == "touch_unsent:7:1795546800:cancelled:0:0:2"
    assert task_keys.is_unsent(str(key), "cancelled")
    assert not task_keys.is_unsent(str(key), "moved")
    assert task_keys.is_unsent(task_keys.again(str(key), 2), "cancelled")


def test_the_text_behind_a_task_is_read_from_its_key() -> None:
    about = [task_keys.text_key(9), task_keys.reschedule_key(7, 9), task_keys.again(task_keys.text_key(9), 3)]

    assert [task_keys.receipt_of(key) for key in about] == [9, 9, 9]
    assert task_keys.receipt_of("needs_person:9") is None
