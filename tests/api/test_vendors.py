"""When was a vendor last heard? What an administrator asks first when nothing comes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.api.support import dependencies, running_api, settings_with
from tests.inbox.scene import NOW, Scene, set_scene

_SLACK = {"bot_token": "xoxb-1", "signing_secret": "secret", "channel": "C1"}


async def test_each_vendor_is_listed_with_its_newest_event(scene: Scene) -> None:
    scene.text("+12125550111", "hello")
    later = replace(scene, wall=lambda: NOW + timedelta(minutes=7), count=100)
    later.text("+12125550111", "are you there?")
    stranger = replace(set_scene(scene.database, slug="harbor"), wall=lambda: NOW + timedelta(hours=3))
    stranger.text("+12125550122", "hi")

    async with running_api(
        scene, dependencies(scene, settings=settings_with(slack=_SLACK, boulevard=None, sendgrid=None, twilio=None))
    ) as api:
        answer = await api.http.get("/admin/v1/vendors", headers=api.key("viewer"))

    assert [(one["vendor"], one["is_on"], one["last_heard_at"]) for one in answer.json()["items"]] == [
        ("slack", True, None),
        ("twilio", False, "2026-11-23T15:07:00Z"),
    ]
