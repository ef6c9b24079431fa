"""The task page: somebody who is on the phone and on no list is booked, after it was said what that does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from domain.clients import MessageKind
from models.client import ConsentGrant
from models.inbox import Delivery
from models.matrix import Service
from models.tasks import Task
from tests.api.support import Api
from tests.inbox.scene import NOW, Scene


@pytest.fixture
def task(scene: Scene) -> int:
    """An hour is free, and a person decides about it."""
    opening = scene.opening()
    return scene.task(
        kind="person_first",
        opening_id=opening,
        asked_by={"journey": "gapfill", "ref": opening, "turn": 0},
        choices=[{"action": "assign", "label": "Book this client", "for_candidate": True}],
    )


@pytest.fixture
def nora(scene: Scene) -> int:
    """Known, and waiting for nothing."""
    client = scene.client("+12125550144", first_name="Nora")
    for kind in MessageKind.APPOINTMENT, MessageKind.OFFER:
        scene.add(
            ConsentGrant(
                practice_id=scene.practice_id,
                client_id=client,
                channel="sms",
                kind=kind.value,
                granted_at=NOW,
                source="import",
            )
        )
    return client


async def form_of(api: Api, path: str, **fields: str) -> dict[str, str]:
    nonce = re.search(r'name="nonce" value="([^"]+)"', (await api.http.get(path)).text)
    assert nonce is not None
    return {"nonce": nonce[1], "by": "Dana"} | fields


async def test_it_says_what_it_does_and_asks_once_more(api: Api, scene: Scene, task: int, nora: int) -> None:
    service, path = scene.service(), f"/tasks/{scene.row(Task, task).token}"

    asked = await api.http.post(
        f"{path}/somebody-else", data=await form_of(api, path, known="Nora Example", service=str(service))
    )

    assert "Books Nora E. for Botox (30 min)" in asked.text
    assert "Yes: book them" in asked.text
    assert scene.deliveries() == []


async def test_once_they_are_sure_it_is_ordered(api: Api, scene: Scene, task: int, nora: int) -> None:
    service, path = scene.service(), f"/tasks/{scene.row(Task, task).token}"
    form = await form_of(api, path, known=str(nora), service=str(service), sure="true")

    # Temporal is away: the order goes behind the start of the task's journey.
    page = await api.http.post(f"{path}/somebody-else", data=form)

    assert "Received." in page.text
    (order,) = [one for one in scene.deliveries() if one.message == "resolve_by_signal"]
    assert isinstance(order, Delivery)
    assert (order.body["action"], order.body["client_id"], order.body["service_ids"]) == ("assign", nora, [service])


@pytest.mark.parametrize(
    ("known", "problem"), [("Nobody", "Nobody on file"), ("Nora Example", "takes 90 minutes, more than is free")]
)
async def test_what_cannot_be_done_is_said(
    api: Api, scene: Scene, task: int, nora: int, known: str, problem: str
) -> None:
    service, path = scene.service(), f"/tasks/{scene.row(Task, task).token}"
    with scene.database.transaction() as session:
        session.get_one(Service, service).duration = timedelta(minutes=90)
    form = await form_of(api, path, known=known, service=str(service))

    page = await api.http.post(f"{path}/somebody-else", data=form)

    assert problem in page.text
    assert scene.deliveries() == []
