"""Events of vendors, as their webhooks have been understood."""

from __future__ import annotations

from inbox.event_json import Heard
from inbox.intake import Arrival
from models.repositories.receipts import Purpose
from tests.inbox.scene import Scene
from vendors.chat.base import CardPress


def arrive(scene: Scene, purpose: Purpose, heard: Heard | None, *, key: str = "e1", known: bool = True) -> int:
    """An event comes in and is routed; returns its receipt. Without what was heard, it could not be understood."""
    arrival = Arrival(
        vendor="vendor",
        slug=scene.slug,
        purpose=purpose,
        event_key=key,
        event_type="any",
        heard=heard,
        payload=b"raw",
        known=known,
    )
    return scene.arrive(arrival)


def press(value: str) -> CardPress:
    """Dana presses a card's button."""
    return CardPress(
        event_key="p",
        team_ref="T1",
        user_ref="U1",
        user_name="dana",
        action="any",
        value=value,
        channel="C1",
        card_ref="1.2",
        response_url="https://chat.example/answer",
    )
