"""Cards stay inside Block Kit's limits and ping nobody."""

from __future__ import annotations

import pytest

from vendors.chat.base import Card, CardButton
from vendors.chat.slack import blocks


def _card(**changes: object) -> Card:
    given: dict[str, object] = {
        "title": "Cancelled slot to fill",
        "facts": (("When", "Wed 4 Mar, 9:00"), ("Ref", "7F3A")),
        "text": "Two people are waiting.",
        "buttons": (
            CardButton(label="Take it", action="task_take", value="01J9|v3", primary=True),
            CardButton(label="Open", action="task_open", value="", url="https://app.example/t/01J9"),
        ),
        "key": "01J9",
    }
    return Card(**(given | changes))  # type: ignore[arg-type]


def test_a_card_is_header_facts_text_and_buttons() -> None:
    assert blocks.message(_card()) == {
        "text": "Cancelled slot to fill",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Cancelled slot to fill"}},
            {
                "type": "section",
                "fields": [
                    {"type": "mrkdwn", "text": "*When*\nWed 4 Mar, 9:00"},
                    {"type": "mrkdwn", "text": "*Ref*\n7F3A"},
                ],
            },
            {"type": "section", "text": {"type": "mrkdwn", "text": "Two people are waiting."}},
            {
                "type": "actions",
                "block_id": "task:01J9",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "task_take",
                        "style": "primary",
                        "text": {"type": "plain_text", "text": "Take it"},
                        "value": "01J9|v3",
                    },
                    {
                        "type": "button",
                        "action_id": "task_open",
                        "text": {"type": "plain_text", "text": "Open"},
                        "url": "https://app.example/t/01J9",
                    },
                ],
            },
        ],
        "metadata": {"event_type": "chairflow_task", "event_payload": {"intent": "01J9"}},
    }


def test_nobody_is_pinged_and_no_link_forged() -> None:
    card = _card(title="<!here>", facts=(("<@U1>", "a & b"),), text="<http://evil|ok>")

    said = blocks.message(card)

    assert said["text"] == "&lt;!here&gt;"
    assert said["blocks"][1]["fields"][0]["text"] == "*&lt;@U1&gt;*\na &amp; b"
    assert said["blocks"][2]["text"]["text"] == "&lt;http://evil|ok&gt;"


def test_long_texts_are_clipped_to_their_limits() -> None:
    long = "x" * 5000
    card = _card(title=long, facts=((long, long),), text=long, buttons=(CardButton(label=long, action="a", value="v"),))

    header, facts, text, actions = blocks.message(card)["blocks"]

    clipped = [
        header["text"]["text"],
        facts["fields"][0]["text"],
        text["text"]["text"],
        actions["elements"][0]["text"]["text"],
    ]
    assert [(len(each), each[-1]) for each in clipped] == [(150, "…"), (2000, "…"), (3000, "…"), (75, "…")]


@pytest.mark.parametrize("limit", range(1, 12))
def test_an_escape_is_never_cut_in_two(limit: int) -> None:
    clipped = blocks.mrkdwn("<&>", limit=limit)

    assert len(clipped) <= limit
    assert clipped in {"…", "&lt;…", "&lt;&amp;…"}


def test_ten_facts_fill_a_section() -> None:
    card = _card(facts=tuple((f"Fact {number}", "yes") for number in range(23)))

    sections = [block for block in blocks.message(card)["blocks"] if "fields" in block]

    assert [len(section["fields"]) for section in sections] == [10, 10, 3]


def test_a_message_never_has_more_than_fifty_blocks() -> None:
    card = _card(facts=tuple((f"Fact {number}", "yes") for number in range(1000)))

    assert len(blocks.message(card)["blocks"]) == 50


@pytest.mark.parametrize(
    ("button", "field"),
    [
        (CardButton(label="Go", action="a" * 256, value="v"), "action"),
        (CardButton(label="Go", action="a", value="v" * 2001), "value"),
        (CardButton(label="Go", action="a", value="v", url="https://" + "u" * 3000), "url"),
    ],
)
def test_what_cannot_be_shortened_is_our_own_mistake(button: CardButton, field: str) -> None:
    with pytest.raises(ValueError, match=rf"button\.{field}"):
        blocks.message(_card(buttons=(button,)))


def test_too_many_buttons_are_our_own_mistake() -> None:
    buttons = tuple(CardButton(label="Go", action=f"a{number}", value="v") for number in range(26))

    with pytest.raises(ValueError, match="buttons"):
        blocks.message(_card(buttons=buttons))


def test_an_empty_card_has_no_empty_blocks() -> None:
    said = blocks.message(_card(facts=(), text="", buttons=()))

    assert [block["type"] for block in said["blocks"]] == ["header"]
