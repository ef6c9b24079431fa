"""For every message and every outcome it is said what follows; what a client is owed never ends in silence."""

from __future__ import annotations

import pytest

from domain.client_notices import FOLLOWS, Follows, Handed, Notice, follows
from domain.clients import MessageKind

REACHED = {Handed.SENT, Handed.ALREADY}
#: What a client is owed and may still end as a record, and why that is no silence.
RECORDED = {
    # The offer before it is told how it ended, and another message says so.
    (Notice.NEXT_BEST, Handed.TOO_LATE),
    (Notice.NEXT_BEST, Handed.BEGUN),
    (Notice.NEXT_BEST, Handed.SUPPRESSED),
    (Notice.NEXT_BEST, Handed.BUSY),
    (Notice.NEXT_BEST, Handed.REFUSED),
    # The confirmation of their visit follows, or a person's call.
    (Notice.BOOKING_NOTE, Handed.TOO_LATE),
    (Notice.BOOKING_NOTE, Handed.BEGUN),
    (Notice.BOOKING_NOTE, Handed.SUPPRESSED),
    (Notice.BOOKING_NOTE, Handed.BUSY),
    (Notice.BOOKING_NOTE, Handed.REFUSED),
    (Notice.BOOKING_NOTE, Handed.UNKNOWN),
    # The time it is about has passed.
    (Notice.REMINDER, Handed.BEGUN),
    (Notice.CLOSING, Handed.BEGUN),
    # A late YES has had its answer, which says the same.
    (Notice.CLOSING, Handed.BUSY),
}


def test_every_message_has_an_answer_to_every_outcome() -> None:
    assert {notice: set(outcomes) for notice, outcomes in FOLLOWS.items()} == {notice: set(Handed) for notice in Notice}


@pytest.mark.parametrize("notice", Notice)
def test_what_is_sent_needs_nothing_and_what_is_held_waits(notice: Notice) -> None:
    assert {follows(notice, handed) for handed in REACHED} == {Follows.NOTHING}
    assert follows(notice, Handed.HELD) is Follows.WAITS


@pytest.mark.parametrize("handed", [one for one in Handed if one not in REACHED | {Handed.HELD}])
@pytest.mark.parametrize("notice", [one for one in Notice if one.is_owed])
def test_what_is_owed_goes_another_way_or_to_a_person(notice: Notice, handed: Handed) -> None:
    found = follows(notice, handed)

    if (notice, handed) in RECORDED:
        assert found is Follows.RECORDED
    elif (notice, handed) == (Notice.NEXT_BEST, Handed.UNKNOWN):
        assert found is Follows.NOTHING  # an offer that may have gone out counts as open
    else:
        assert found in {Follows.OTHER_CHANNEL, Follows.TASK}


def test_only_offers_and_nudges_are_started_by_us() -> None:
    assert [one for one in Notice if not one.is_owed] == [Notice.OFFER, Notice.WHEN_SUITS]
    assert {one.kind for one in Notice if one.is_owed} == {MessageKind.APPOINTMENT}
