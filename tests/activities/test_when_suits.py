"""Who said no twice is asked once which days and hours suit them, instead of the third offer; the answer becomes their
wish, and silence has a deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlmodel import col, select
from temporalio.exceptions import ApplicationError

from domain.policy import ContactPolicy, GapFillPolicy, Pace, PracticePolicy
from models.offers import Offer, Question
from models.repositories import practices
from models.tasks import Decision
from models.waitlist import WaitlistEntry, WaitlistWindow
from tests.activities.activity_runner import LATE
from tests.activities.free_chair import Chairs, chairs
from tests.activities.outside import away
from tests.inbox.scene import NOW, Scene

QUESTION = (
    "Glow: Hi Client 1! Our last times did not suit you. Which days and hours do? For example: Tuesdays after 3, "
    "weekday mornings, any time. Reply STOP to opt out."
)


WAVES = GapFillPolicy(pace=Pace.WAVES, wave_size=2)


def policy(maria: Chairs, fill: GapFillPolicy = WAVES, *, contact: ContactPolicy | None = None) -> None:
    with maria.scene.database.transaction() as session:
        whole = PracticePolicy(gap_fill=fill, contact=contact or ContactPolicy())
        practices.save_policy(session, maria.scene.practice_id, whole)


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    maria = chairs(scene)
    policy(maria)
    return maria


def said_no(maria: Chairs, client: int, *, times: int = 2, closing: str = "answered: the client said no") -> None:
    """Offers of other chairs, days ago."""
    [entry] = [one for one in maria.desk.rows(WaitlistEntry) if one.client_id == client]
    for number in range(times):
        opening = maria.opening(600 + number * 60, 660 + number * 60)
        maria.scene.add(
            Offer(
                practice_id=maria.scene.practice_id,
                opening_id=opening,
                client_id=client,
                entry_id=entry.id,
                phone=maria.phone(maria.people),
                wave=1,
                state="declined",
                closing=closing,
                starts_at=NOW,
                ends_at=NOW,
                plan=[],
                token=f"no-{client}-{number}",
                sent_at=NOW - timedelta(days=3 + number),
                expires_at=NOW - timedelta(days=3 + number) + timedelta(minutes=10),
            )
        )


def asked(maria: Chairs) -> list[int]:
    return [one.client_id for one in maria.desk.rows(Question) if one.kind == "when_suits"]


def offered(maria: Chairs, opening: int) -> list[int]:
    return [one.client_id for one in maria.desk.rows(Offer) if one.opening_id == opening and one.sent_at is not None]


def windows(maria: Chairs) -> list[tuple[int, time, time]]:
    return [(one.weekday, one.start_time, one.end_time) for one in maria.desk.rows(WaitlistWindow)]


def decisions(maria: Chairs) -> list[tuple[str, str]]:
    with maria.scene.database.transaction() as session:
        found = session.execute(
            select(Decision)
            .where(col(Decision.practice_id) == maria.scene.practice_id, col(Decision.subject) == "when_suits")
            .order_by(col(Decision.id))
        ).scalars()
        return [(one.verdict, one.decided_by) for one in found]


def test_after_two_noes_the_third_offer_is_a_question(maria: Chairs) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    opening = maria.opening(0, 60)

    wave = maria.desk.offer_wave(opening)

    assert (asked(maria), offered(maria, opening), wave.offers) == ([client], [], ())
    assert maria.bodies == [QUESTION]
    assert decisions(maria) == [("asked", "rules")]


def test_the_others_get_their_offers_in_the_same_wave(maria: Chairs) -> None:
    declined = maria.waiting(60)
    said_no(maria, declined)
    others = [maria.waiting(60), maria.waiting(60)]
    opening = maria.opening(0, 60)

    maria.desk.offer_wave(opening)

    assert (asked(maria), offered(maria, opening)) == ([declined], others)


@pytest.mark.parametrize(
    ("times", "closing"), [(1, "answered: the client said no"), (3, "none: stop"), (3, "none: undeliverable")]
)
def test_fewer_noes_or_none_of_the_clients_own_ask_nothing(maria: Chairs, times: int, closing: str) -> None:
    client = maria.waiting(60)
    said_no(maria, client, times=times, closing=closing)
    opening = maria.opening(0, 60)

    maria.desk.offer_wave(opening)

    assert (asked(maria), offered(maria, opening)) == ([], [client])


def test_a_practice_may_ask_nobody(maria: Chairs) -> None:
    policy(maria, replace(WAVES, when_suits_after=0))
    client = maria.waiting(60)
    said_no(maria, client, times=5)
    opening = maria.opening(0, 60)

    maria.desk.offer_wave(opening)

    assert offered(maria, opening) == [client]


def test_until_they_answer_nothing_is_offered_and_after_the_deadline_offers_go_on(maria: Chairs) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    maria.desk.offer_wave(maria.opening(0, 60))
    soon, later = maria.opening(120, 180), maria.opening(240, 300)
    maria.desk.at = NOW + timedelta(hours=2)

    first = maria.desk.offer_wave(soon)
    policy(maria, replace(WAVES, when_suits_window=timedelta(hours=1)))
    maria.desk.offer_wave(later)

    assert (offered(maria, soon), first.nobody_left) == ([], True)
    assert offered(maria, later) == [client]
    assert asked(maria) == [client]


@pytest.mark.parametrize(
    ("words", "hours", "answer"),
    [
        (
            "Tuesdays after 3",
            [(1, time(15), time(0))],
            "Glow: Got it: Tue after 3 PM. We'll text you when one opens.",
        ),
        (
            "weekday mornings",
            [(day, time(0), time(12)) for day in range(5)],
            "Glow: Got it: Mon-Fri before 12 PM. We'll text you when one opens.",
        ),
        ("any time", [], "Glow: Got it: any time. We'll text you when one opens."),
        (
            "martes por la tarde",
            [(1, time(12), time(20))],
            "Glow: Entendido: mar 12 PM-8 PM. Le avisamos cuando se libere una.",
        ),
    ],
)
def test_the_answer_becomes_the_wish_and_is_said_back(
    maria: Chairs, words: str, hours: list[tuple[int, time, time]], answer: str
) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    maria.desk.offer_wave(maria.opening(0, 60))

    receipt = maria.scene.text(maria.phone(maria.people), words)
    outcome = maria.desk.answer(receipt)

    assert (windows(maria), outcome) == (hours, "when_suits: sent")
    assert maria.bodies[-1] == answer
    assert decisions(maria) == [("asked", "rules"), ("taken", "client")]
    assert maria.desk.tasks() == []


def test_a_date_is_kept_and_leaves_the_hours(maria: Chairs) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    maria.desk.offer_wave(maria.opening(0, 60))

    maria.scene.text(maria.phone(maria.people), "not before December")

    [entry] = [one for one in maria.desk.rows(WaitlistEntry) if one.client_id == client]
    assert (entry.earliest_date, windows(maria)) == (date(2026, 12, 1), [])


def test_offers_go_on_with_the_new_hours(maria: Chairs) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    maria.desk.offer_wave(maria.opening(0, 60))
    maria.scene.text(maria.phone(maria.people), "Tuesdays after 12")
    at_ten, at_noon = maria.opening(60, 120), maria.opening(180, 240)

    maria.desk.offer_wave(at_ten)
    maria.desk.offer_wave(at_noon)

    assert (offered(maria, at_ten), offered(maria, at_noon)) == ([], [client])
    assert asked(maria) == [client]


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("Tuesdays unless my sitter cancels", "Read so far: Tue any time. Not understood: “unless sitter cancels”."),
        ("weekdays after 7", "Read so far: Mon-Fri any time. Not understood: “7”."),
    ],
)
def test_what_cannot_be_read_is_for_a_person_with_what_was_read(maria: Chairs, words: str, read: str) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    maria.desk.offer_wave(maria.opening(0, 60))

    maria.desk.answer(maria.scene.text(maria.phone(maria.people), words))

    [task] = maria.desk.tasks()
    assert (task.kind, windows(maria)) == ("needs_person", [])
    assert f"“{words}”" in task.body and read in task.body
    assert decisions(maria) == [("asked", "rules")]


@pytest.mark.parametrize("words", ["no", "yes", "what do you mean?"])
def test_an_answer_that_names_no_hours_is_for_a_person(maria: Chairs, words: str) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    maria.desk.offer_wave(maria.opening(0, 60))

    maria.desk.answer(maria.scene.text(maria.phone(maria.people), words))

    assert [one.kind for one in maria.desk.tasks()] == ["needs_person"]


def test_stop_is_stop(maria: Chairs) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    maria.desk.offer_wave(maria.opening(0, 60))

    receipt = maria.scene.text(maria.phone(maria.people), "STOP")

    assert (maria.scene.receipt(receipt).outcome, windows(maria)) == ("opted_out", [])


def test_a_newer_offer_is_what_a_text_answers(maria: Chairs) -> None:
    """ "Tuesdays after 3" says nothing to an offer that came later: a person reads it."""
    client = maria.waiting(60)
    said_no(maria, client)
    maria.desk.offer_wave(maria.opening(0, 60))
    maria.desk.at = NOW + timedelta(hours=25)
    maria.desk.offer_wave(maria.opening(26 * 60, 27 * 60))
    maria.scene.wall = lambda: NOW + timedelta(hours=25)

    receipt = maria.scene.text(maria.phone(maria.people), "Tuesdays after 3")

    assert (maria.scene.receipt(receipt).outcome, windows(maria)) == ("needs_person", [])


def test_whom_no_text_reaches_is_offered_the_next_chair_as_before(maria: Chairs) -> None:
    """The owner has not approved the question: it is noted, and offers go on."""
    policy(maria, contact=ContactPolicy(approved_templates=("offer",)))
    client = maria.waiting(60)
    said_no(maria, client)
    opening = maria.opening(0, 60)

    maria.desk.offer_wave(opening)
    maria.desk.offer_wave(opening)

    assert decisions(maria) == [("could not be asked", "rules")]
    assert offered(maria, opening) == [client]


def test_at_a_quiet_hour_the_question_waits_as_an_offer_does(maria: Chairs) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    opening = maria.opening(24 * 60, 25 * 60)
    maria.desk.at = LATE

    wave = maria.desk.offer_wave(opening)

    assert (asked(maria), maria.bodies, wave.held_until is not None) == ([], [], True)


def test_a_question_that_could_not_be_sent_is_asked_again(maria: Chairs) -> None:
    client = maria.waiting(60)
    said_no(maria, client)
    opening = maria.opening(0, 60)
    maria.desk.outside.phones.refuses = away("twilio")

    with pytest.raises(ApplicationError):
        maria.desk.offer_wave(opening)
    not_yet = asked(maria)
    maria.desk.outside.phones.refuses = None
    maria.desk.offer_wave(opening)

    assert (not_yet, asked(maria), len(maria.bodies)) == ([], [client], 1)
