"""Keys: the same facts give the same key, other facts another, and none carries anything about a person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain import effect_keys
from domain.clients import Channel
from tests.domain.build import at

START = at("2026-11-24 14:00")


def test_keys_are_what_records_hold_for_ever() -> None:
    assert [
        effect_keys.confirm_key(7, Channel.SMS),
        effect_keys.confirm_key(7, "email", turn=2),
        effect_keys.reminder_key(7, 120, START, "sms"),
        effect_keys.moved_key(7, START, "sms"),
        effect_keys.cancelled_key(7, START, "sms"),
        effect_keys.moved_key(7, START, "sms", 1),
        effect_keys.moved_key(7, START, "sms", 0, 1),
        effect_keys.moved_key(7, START, "sms", 1, 1),
        effect_keys.cancelled_key(7, START, "sms", 1),
        effect_keys.closing_key(3, "email"),
        effect_keys.draft_key(4, "email"),
        effect_keys.card_key(4, 1, 1),
        effect_keys.offer_key(3),
        effect_keys.note_key(3),
        effect_keys.closing_key(3),
        effect_keys.booking_key(3),
        effect_keys.release_key(3, 7),
        effect_keys.undo_key(3),
        effect_keys.confirm_visit_key(7, START),
        effect_keys.answer_key(9),
        effect_keys.card_key(4, 1),
    ] == [
        "confirm:7:sms",
        "confirm:7:email:2",
        "remind:7:120:1795546800:sms",
        "moved:7:1795546800:sms",
        "cancelled:7:1795546800:sms",
        "moved:7:1795546800:sms:1",
        "moved:7:1795546800:sms:turn1",
        "moved:7:1795546800:sms:1:turn1",
        "cancelled:7:1795546800:sms:turn1",
        "closing:3:email",
        "task:4:draft:email",
        "card:4:1:1",
        "offer:3",
        "note:3",
        "closing:3",
        "book:3",
        "release:3:7",
        "undo:3",
        "confirmed:7:1795546800",
        "answer:9",
        "card:4:1",
    ]


def test_a_moved_visit_is_reminded_of_anew() -> None:
    moved = START + timedelta(minutes=15)

    assert effect_keys.reminder_key(7, 120, START, "sms") != effect_keys.reminder_key(7, 120, moved, "sms")


def test_the_hour_that_happens_twice_gives_two_keys() -> None:
    first, second = at("2026-11-01 01:30"), at("2026-11-01 01:30", fold=1)

    assert effect_keys.moved_key(7, first, "sms") != effect_keys.moved_key(7, second, "sms")


def test_a_key_needs_an_instant() -> None:
    with pytest.raises(ValueError, match="time zone"):
        effect_keys.moved_key(7, datetime(2026, 11, 24, 14), "sms")  # noqa: DTZ001 - the mistake under test
