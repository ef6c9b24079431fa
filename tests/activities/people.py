"""The clients of these tests, and what they agreed to and wait for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from domain.clients import Channel, MessageKind
from models.client import ConsentGrant
from models.waitlist import WaitlistEntry
from tests.inbox.scene import NOW, Scene

#: Nora's, and another client's.
PHONE, OTHER = "+12125550144", "+12125550145"
#: What everybody on the waitlist has agreed to.
VISITS_AND_OFFERS = (MessageKind.APPOINTMENT, MessageKind.OFFER)


def nora(scene: Scene, *, agreed_to: Iterable[MessageKind] = (MessageKind.APPOINTMENT,)) -> int:
    """Nora, who agreed to such texts."""
    client = scene.client(PHONE, first_name="Nora")
    agrees(scene, client, to=agreed_to)
    return client


def agrees(scene: Scene, client: int, *, to: Iterable[MessageKind], by: Iterable[Channel] = (Channel.SMS,)) -> None:
    """The client consents to these messages by these channels."""
    to = tuple(to)
    for channel in by:
        for kind in to:
            scene.add(
                ConsentGrant(
                    practice_id=scene.practice_id,
                    client_id=client,
                    channel=channel.value,
                    kind=kind.value,
                    granted_at=NOW,
                    source="import",
                )
            )


def heard_before(scene: Scene, client: int) -> None:
    """Nora had a text of ours before, and so need not read again how to stop them."""
    scene.sent("an-earlier-text", client, PHONE)


def waits(scene: Scene, client: int, *, state: str = "active", latest: date | None = None) -> int:
    """The client stands on the waitlist, or did; returns the entry."""
    return scene.add(
        WaitlistEntry(practice_id=scene.practice_id, client_id=client, joined_at=NOW, state=state, latest_date=latest)
    )
