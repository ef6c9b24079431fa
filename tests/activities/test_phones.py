"""A phone is taken where an offer is planned: fills of one moment ask different people, and none waits in vain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from activities.offering import Offering
from contracts.gap_fill import Ending, OfferWave, WaveResult
from domain.policy import GapFillPolicy, Pace, PracticePolicy
from models.matrix import Provider, Room
from models.offers import HoldResource, Offer
from models.repositories import offers, practices
from models.repositories.practices import PracticeFacts
from operations.gate import Draft, MessageGate, Outcome
from operations.ports import Grace
from tests.activities import visits
from tests.activities.activity_runner import LATE, LINKS
from tests.activities.free_chair import Chairs, chairs, stretch
from tests.inbox.scene import NOW, Scene


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    return chairs(scene)


class SomethingComesFirst(MessageGate):
    """Between the plan of an offer and its way out, something happens, once."""

    happens: Callable[[], object] | None = None

    def send(
        self,
        practice: PracticeFacts,
        draft: Draft,
        *,
        now: datetime,
        with_it: Callable[[Session], str | None] | None = None,
    ) -> Outcome:
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return super().send(practice, draft, now=now, with_it=with_it)


def wave_during_which(maria: Chairs, opening: int, happens: Callable[[], object]) -> WaveResult:
    desk = maria.desk
    gate = SomethingComesFirst(database=desk.database, vendors=desk.outside, grace=Grace())
    gate.happens = happens
    offering = Offering(database=desk.database, vendors=desk.outside, gate=gate, links=LINKS)
    return desk.run(offering.offer_wave, OfferWave(practice_id=desk.practice_id, opening_id=opening, wave=1))


def ask_two_at_once(maria: Chairs) -> None:
    fill = GapFillPolicy(pace=Pace.WAVES, wave_size=2)
    with maria.desk.database.transaction() as session:
        practices.save_policy(session, maria.scene.practice_id, PracticePolicy(gap_fill=fill))


def asked(maria: Chairs, opening: int) -> list[int]:
    """Whom this opening was offered to, oldest offer first."""
    return [one.client_id for one in maria.desk.rows(Offer) if one.opening_id == opening and one.sent_at is not None]


def test_two_fills_that_plan_at_one_moment_ask_different_people(maria: Chairs) -> None:
    ask_two_at_once(maria)
    first, second, third, fourth = [maria.waiting(60) for _ in range(4)]
    one, other = maria.opening(0, 60), maria.opening(120, 180)

    wave_during_which(maria, one, lambda: maria.desk.offer_wave(other))

    assert (asked(maria, one), asked(maria, other)) == ([first, second], [third, fourth])


def test_who_won_another_time_since_the_ranking_is_not_asked(maria: Chairs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their phone is free again, and they wait for nothing any more."""
    client = maria.waiting(60)
    one, other = maria.opening(0, 60), maria.opening(120, 180)
    maria.desk.offer_wave(one)
    offer = maria.offers(one)[client]
    lock_phones = offers.lock_phones

    def wins_meanwhile(session: Session, practice_id: int, *, now: datetime) -> None:
        monkeypatch.undo()
        assert maria.desk.book(one, offer.id or 0).appointment_id is not None
        lock_phones(session, practice_id, now=now)

    maria.desk.at = NOW + timedelta(minutes=11)  # its window is over, so that the ranking has them
    monkeypatch.setattr(offers, "lock_phones", wins_meanwhile)
    maria.desk.offer_wave(other)

    assert asked(maria, other) == []


def test_while_all_who_fit_are_asked_by_others_it_looks_again_and_asks_nobody_twice(maria: Chairs) -> None:
    client = maria.waiting(60)
    one, other = maria.opening(0, 60), maria.opening(120, 180)
    maria.desk.offer_wave(one)

    waits = maria.desk.offer_wave(other)

    assert (waits.offers, waits.nobody_left) == ((), False)
    assert waits.held_until == NOW + timedelta(minutes=2)
    maria.desk.close(one, Ending.WITHDRAWN)
    assert len(maria.desk.offer_wave(other).offers) == 1
    assert asked(maria, other) == [client]


def test_who_is_asked_by_others_is_still_left_after_the_last_free_one_was_asked(maria: Chairs) -> None:
    """Staff do not read that nobody is left while somebody is, even if not just now."""
    maria.waiting(60)
    one, other = maria.opening(0, 60), maria.opening(120, 180)
    maria.desk.offer_wave(one)
    maria.waiting(60)

    wave = maria.desk.offer_wave(other)

    assert (len(wave.offers), wave.nobody_left) == (1, False)


def test_the_last_of_all_is_nobody_left(maria: Chairs) -> None:
    maria.waiting(60)

    wave = maria.desk.offer_wave(maria.opening(0, 60))

    assert (len(wave.offers), wave.nobody_left) == (1, True)


def test_an_offer_that_waits_for_the_morning_keeps_no_phone(maria: Chairs) -> None:
    client = maria.waiting(60)
    one, other = maria.opening(0, 60), maria.opening(120, 180)
    maria.desk.at = LATE
    held = maria.desk.offer_wave(one)
    assert held.held_until is not None
    assert held.offers == ()

    maria.desk.at = held.held_until
    maria.desk.offer_wave(other)

    assert asked(maria, other) == [client]


def test_an_offer_planned_by_a_worker_that_never_came_back_keeps_its_phone_for_its_window_only(maria: Chairs) -> None:
    client = maria.waiting(60)
    one, other = maria.opening(0, 60), maria.opening(120, 180)

    def dies() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wave_during_which(maria, one, dies)
    assert maria.desk.offer_wave(other).offers == ()
    maria.desk.at = NOW + timedelta(minutes=11)
    maria.desk.offer_wave(other)

    assert asked(maria, other) == [client]
    assert maria.desk.offer_wave(one).offers == ()


@pytest.mark.parametrize(("said_yes", "others"), [(False, 1), (True, 0)])
def test_a_window_that_is_over_frees_the_phone_unless_its_client_said_yes(
    maria: Chairs, said_yes: bool, others: int
) -> None:
    """They are being booked, and hear of no other time meanwhile."""
    maria.waiting(60)
    one, other = maria.opening(0, 60), maria.opening(120, 180)
    maria.desk.offer_wave(one)
    if said_yes:
        maria.scene.text(maria.phone(maria.people), "YES")

    maria.desk.at = NOW + timedelta(minutes=11)

    assert len(maria.desk.offer_wave(other).offers) == others


def test_a_yes_is_kept_in_the_room_that_is_left(maria: Chairs) -> None:
    """Which room is decided when the visit is written, not when the offer was made."""
    maria.service(60, room_kind="room")
    client = maria.waiting(60)
    first, second = [
        maria.scene.add(
            Room(practice_id=maria.scene.practice_id, location_id=maria.scene.location_id, kind="room", name=name)
        )
        for name in ("Room 1", "Room 2")
    ]
    opening = maria.opening(0, 60)
    maria.desk.offer_wave(opening)
    scene, hour = maria.scene, stretch(0, 60)
    colleague = scene.add(Provider(practice_id=scene.practice_id, first_name="Ben", display_name="Ben"))
    taken = visits.segment(scene, maria.service(60), hour, provider=colleague)
    visits.by_hand(scene, maria.client(), replace(taken, room_id=first))

    booked = maria.desk.book(opening, maria.offers(opening)[client].id or 0)

    assert booked.appointment_id is not None
    rooms = [one.resource_id for one in maria.desk.rows(HoldResource) if one.kind == "room"]
    assert rooms == [second]
