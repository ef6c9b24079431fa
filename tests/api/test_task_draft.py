"""A draft on the task page and in the admin API: changed or not, it goes with the answer, and its fate is shown."""

from __future__ import annotations

import re
from typing import Any

import pytest

from domain import effect_keys
from domain.clients import MessageKind
from models.effects import Message
from models.tasks import Task
from tests.activities.people import agrees
from tests.api.support import Api
from tests.inbox.scene import NOW, Scene

DRAFT = "Glow: Which days suit you?"
CHOICES = [{"action": "send", "label": "Send draft"}, {"action": "done", "label": "Done"}]
PHONE = "+12125550144"


def about(scene: Scene, **values: Any) -> int:
    nora = scene.client(PHONE, first_name="Nora")
    agrees(scene, nora, to=(MessageKind.APPOINTMENT,))
    return scene.task(**({"choices": CHOICES, "draft": DRAFT, "client_id": nora} | values))


def settled(scene: Scene, *, draft: dict[str, Any] | None, **values: Any) -> int:
    resolution = {"action": "send", "text": DRAFT} | ({} if draft is None else {"draft": draft})
    return about(scene, state="resolved", resolved_by="Dana", settled_at=NOW, resolution=resolution, **values)


async def page_of(api: Api, scene: Scene, task: int) -> str:
    return (await api.http.get(f"/tasks/{scene.row(Task, task).token}")).text


async def press(api: Api, scene: Scene, task: int, **fields: str) -> str:
    nonce = re.search(r'name="nonce" value="([^"]+)"', await page_of(api, scene, task))
    assert nonce is not None
    form = {"nonce": nonce[1], "by": "Dana"} | fields
    return (await api.http.post(f"/tasks/{scene.row(Task, task).token}", data=form)).text


def answers(scene: Scene) -> list[tuple[str, str | None]]:
    return [(one.body["action"], one.body["text"]) for one in scene.deliveries()]


# --- the page ----------------------------------------------------------------------------------------------------


async def test_the_draft_stands_in_a_box_with_a_button_to_send_it(api: Api, scene: Scene) -> None:
    page = await page_of(api, scene, about(scene))

    assert re.search(r'<textarea id="text" name="text"[^>]*>Glow: Which days suit you\?</textarea>', page)
    assert re.findall(r'name="choice" value="(\w+)">([^<]+)<', page) == [("send", "Send"), ("done", "Done")]


async def test_a_text_that_does_more_than_tell_comes_after_what_does_less(api: Api, scene: Scene) -> None:
    choices = [
        {"action": "booked", "label": "It is booked"},
        {"action": "send", "label": "Let it go", "then": "release"},
    ]
    page = await page_of(api, scene, about(scene, choices=choices))

    assert re.findall(r'name="choice" value="(\w+)">([^<]+)<', page) == [
        ("booked", "It is booked"),
        ("send", "Let it go"),
    ]
    assert 'class="primary"' not in page


async def test_return_in_a_field_sends_nothing(api: Api, scene: Scene) -> None:
    """Browsers press a form's first button then; a text to a client must not go out by a slip."""
    buttons = re.findall(r"<button[^>]*>", await page_of(api, scene, about(scene)))

    assert "disabled" in buttons[0]


async def test_a_task_that_is_about_nobody_has_nothing_to_send(api: Api, scene: Scene) -> None:
    page = await page_of(api, scene, scene.task(draft=DRAFT))

    assert f"<blockquote>{DRAFT}</blockquote>" in page
    assert "<textarea" not in page


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (DRAFT, DRAFT),
        (
            "Glow: Is Monday at 3 fine?\r\nWe would love to see you.",
            "Glow: Is Monday at 3 fine?\nWe would love to see you.",
        ),
        ("  Glow: yes\x07 ", "Glow: yes"),
    ],
)
async def test_send_takes_what_stands_in_the_box(api: Api, scene: Scene, typed: str, sent: str) -> None:
    await press(api, scene, about(scene), choice="send", text=typed)

    assert answers(scene) == [("send", sent)]


async def test_an_empty_text_is_not_sent(api: Api, scene: Scene) -> None:
    page = await press(api, scene, about(scene), choice="send", text=" \n ")

    assert "There is nothing to send: the text is empty." in page
    assert scene.deliveries() == []


async def test_a_text_too_long_is_kept_in_the_box(api: Api, scene: Scene) -> None:
    page = await press(api, scene, about(scene), choice="send", text="a" * 1001)

    assert "more than 1000 characters" in page
    assert "a" * 1001 in page
    assert scene.deliveries() == []


async def test_a_text_with_a_blank_is_kept_in_the_box_and_not_sent(api: Api, scene: Scene) -> None:
    page = await press(api, scene, about(scene), choice="send", text="Glow: It costs […].")

    assert "The text has a blank […] that nobody has filled in" in page
    assert "Glow: It costs […].</textarea>" in page
    assert scene.deliveries() == []


async def test_another_choice_sends_no_text(api: Api, scene: Scene) -> None:
    await press(api, scene, about(scene), choice="done", text="Glow: half written")

    assert answers(scene) == [("done", None)]


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (None, "It is on its way; look again in a moment."),
        ({"state": "sent", "words": ""}, "Sent."),
        (
            {"state": "held", "words": "Quiet hours where the client is.", "until": "2026-11-24T13:00:00+00:00"},
            "Waits until Tue Nov 24, 8:00 AM. Quiet hours where the client is.",
        ),
        (
            {"state": "suppressed", "words": "The client asked for no more messages by sms."},
            "Not sent. The client asked for no more messages by sms. Please call or write another way.",
        ),
    ],
)
async def test_the_page_shows_what_was_sent_and_what_became_of_it(
    api: Api, scene: Scene, draft: dict[str, Any] | None, words: str
) -> None:
    page = await page_of(api, scene, settled(scene, draft=draft))

    assert f"<blockquote>{DRAFT}</blockquote>" in page
    assert f'<p class="settled" data-sent>{words}</p>' in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("delivered", "Sent, and delivered."),
        ("failed", "Sent, but the carrier could not deliver it. Please call or write another way."),
        ("accepted", "Sent."),
    ],
)
async def test_the_carriers_word_is_the_last(api: Api, scene: Scene, state: str, words: str) -> None:
    task = settled(scene, draft={"state": "sent", "words": ""})
    scene.sent(effect_keys.draft_key(task), scene.row(Task, task).client_id, PHONE, state=state)
    assert scene.row(Message, 1).state == state

    assert f"data-sent>{words}</p>" in await page_of(api, scene, task)


# --- the admin API -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"action": "done", "text": "Glow: hello"}, "text: goes with the action send only"),
        ({"action": "send", "text": ""}, "text: "),
        ({"action": "send", "text": " \n "}, "text: "),
        ({"action": "send", "text": "a" * 1001}, "text: "),
        ({"action": "send", "text": "Glow:\x00"}, "text: "),
        ({"action": "send", "text": "Glow: It costs […]."}, "text: The text has a blank"),
    ],
)
async def test_a_text_that_cannot_be_sent_is_refused_with_its_field(
    api: Api, scene: Scene, body: dict[str, str], words: str
) -> None:
    answer = await api.http.post(f"/admin/v1/tasks/{about(scene)}/resolve", json=body, headers=api.key("staff"))

    assert answer.status_code == 422
    assert words in answer.json()["detail"]


# --- a receipt that failed ---------------------------------------------------------------------------------------


async def test_a_failed_receipt_is_routed_again(api: Api, scene: Scene) -> None:
    receipt = scene.text(PHONE, "STOP")
    row = scene.receipt(receipt)
    with scene.database.transaction() as session:
        found = session.get_one(type(row), receipt)
        found.state, found.outcome = "failed", "routing: RuntimeError"
    path = f"/admin/v1/receipts/{receipt}/route-again"

    refused = await api.http.post(path, headers=api.key("staff"))
    taken = await api.http.post(path, headers=api.key("admin"))
    again = await api.http.post(path, headers=api.key("admin"))
    unknown = await api.http.post("/admin/v1/receipts/999/route-again", headers=api.key("admin"))

    assert [one.status_code for one in (refused, taken, again, unknown)] == [403, 200, 409, 404]
    assert again.json()["type"] == "not_failed"
    kept = (await api.http.get("/admin/v1/decisions?journey=reply", headers=api.key("viewer"))).json()["items"]
    assert [(one["ref"], one["subject"]) for one in kept] == [(receipt, f"routing of receipt {receipt} again")]
    assert scene.receipt(receipt).state == "new"

    assert scene.router().route_new() == 1

    assert (scene.receipt(receipt).state, scene.receipt(receipt).outcome) == ("routed", "opted_out")
