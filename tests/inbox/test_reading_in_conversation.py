"""Texts that only the conversation can tell: reactions to our texts, and machines that answer them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.effect_keys import offer_key, reminder_key
from domain.task_keys import text_key
from models.client import Client
from models.effects import Intent, Message
from models.repositories import tasks
from tests.inbox.scene import NOW, Scene

PHONE = "+12125550111"
OFFER = (
    "Riverside: An earlier time just opened: botox tomorrow at 2:00 PM. Reply YES by 10:45 AM. Reply STOP to opt out."
)
REMINDER = "Riverside: A reminder of your visit Mon Nov 2 at 9:00 AM. Reply C to confirm. Reply STOP to opt out."


def _told(scene: Scene, client: int, body: str, key: str, *, ago: timedelta = timedelta(minutes=5)) -> None:
    intent = scene.add(
        Intent(
            practice_id=scene.practice_id,
            key=key,
            effect="text",
            workflow_id="of-a-test",
            client_id=client,
            state="done",
            planned_at=NOW - ago,
        )
    )
    scene.add(
        Message(
            practice_id=scene.practice_id,
            client_id=client,
            intent_id=intent,
            direction="out",
            channel="sms",
            kind="offer",
            address=PHONE,
            body=body,
            state="delivered",
            at=NOW - ago,
        )
    )


def _outcome(scene: Scene, text: str) -> str | None:
    return scene.receipt(scene.text(PHONE, text)).outcome


def test_a_like_of_the_open_offer_claims_and_one_of_another_text_does_not(scene: Scene) -> None:
    client = scene.client(PHONE)
    offer = scene.offer(scene.opening(), client, PHONE)
    _told(scene, client, OFFER, offer_key(offer))
    _told(scene, client, REMINDER, reminder_key(99, 60, NOW, "sms"), ago=timedelta(days=2))

    assert _outcome(scene, f"Liked “{REMINDER}”") == "needs_person"
    assert _outcome(scene, "Liked “Hi mom”") == "needs_person"
    assert _outcome(scene, f"Removed a heart from “{OFFER}”") == "needs_person"
    assert _outcome(scene, f"Liked “{OFFER}”") == "claim"


def test_our_text_quoted_with_its_stop_line_stops_nothing(scene: Scene) -> None:
    client = scene.client(PHONE)
    offer = scene.offer(scene.opening(), client, PHONE)
    _told(scene, client, OFFER, offer_key(offer))

    assert _outcome(scene, f"{OFFER}\nYES") == "claim"


@pytest.mark.parametrize("canned", ["I'm driving, I'll get back to you", "Automatic reply: out of the office"])
def test_a_machine_is_handed_to_a_person_once(scene: Scene, canned: str) -> None:
    scene.offer(scene.opening(), scene.client(PHONE), PHONE)

    assert [_outcome(scene, canned) for _ in range(4)] == ["needs_person", *["automatic_again"] * 3]


@pytest.mark.parametrize(
    "texts",
    [
        ["We saw your note and a colleague reads it soon"] * 4,
        [f"Our shop opens again in {hours} hours, ticket {hours}77" for hours in (5, 4, 3)],
    ],
)
def test_a_machine_of_unknown_wording_is_handed_over_once_too(scene: Scene, texts: list[str]) -> None:
    scene.offer(scene.opening(), scene.client(PHONE), PHONE)

    outcomes = [_outcome(scene, text) for text in texts]

    assert outcomes == ["needs_person", *["automatic_again"] * (len(texts) - 1)]


def test_who_asks_again_after_the_task_was_settled_is_handed_over_again(scene: Scene) -> None:
    client = scene.client(PHONE)
    question = "do you have anything with Ana"

    first = scene.text(PHONE, question)
    again = _outcome(scene, question)
    with scene.database.transaction() as session:
        task, _ = tasks.open_task(session, scene.practice_id, _about(first, client), now=NOW)
    waiting = _outcome(scene, question)
    with scene.database.transaction() as session:
        tasks.settle(session, scene.practice_id, task.id, state="done", by="Ada", resolution={}, now=NOW)

    assert (again, waiting, _outcome(scene, question)) == ("automatic_again", "automatic_again", "needs_person")


def _about(receipt: int, client: int) -> tasks.NewTask:
    return tasks.NewTask(
        key=text_key(receipt),
        kind="needs_person",
        title="",
        body="",
        choices=(),
        safe_default="",
        due_at=NOW,
        client_id=client,
    )


def test_a_person_after_a_machine_is_heard(scene: Scene) -> None:
    scene.offer(scene.opening(), scene.client(PHONE), PHONE)
    scene.text(PHONE, "I'm driving, I'll get back to you")

    assert _outcome(scene, "yes please") == "claim"


def test_a_yes_signed_with_their_own_name_is_a_yes(scene: Scene) -> None:
    client = scene.client(PHONE, first_name="Maria")
    offer = scene.offer(scene.opening(), client, PHONE)
    _told(scene, client, OFFER, offer_key(offer))

    assert _outcome(scene, "Yes\n- Maria") == "claim"


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["hola, no puedo ir"], "es"),
        (["hola, no puedo ir", "YES"], "es"),
        (["hola, no puedo ir", "sorry, I can't make it tomorrow"], "en"),
        (["C"], None),
        (["STOP"], None),
        (["Estoy conduciendo. Le responderé más tarde. (Respuesta automática)"], None),
    ],
)
def test_the_language_they_last_wrote_in_is_kept(scene: Scene, texts: list[str], language: str | None) -> None:
    """Our own keys tell nothing: a Spanish-speaking client answers YES as everybody does."""
    client = scene.client(PHONE)

    for text in texts:
        scene.text(PHONE, text)

    assert scene.row(Client, client).wrote_in == language
