"""The list of open tasks behind a member of staff's own link, and how far a task's answer has come."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from domain.tasks import TaskKind
from models.practice import StaffAccount
from models.repositories import task_links
from models.tasks import Task, TaskLink
from tests.api.support import Api
from tests.inbox.scene import NOW, Scene


def link_of(api: Api, scene: Scene, holder: str = "Dana Reyes", *, account: int | None = None) -> str:
    secret = api.app.state.dependencies.settings.api_key_pepper.get_secret_value()
    with scene.database.transaction() as session:
        token = task_links.ensure_token(
            session, scene.practice_id, holder, secret=secret, now=NOW, staff_account_id=account
        )
    return f"/t/{token}"


async def test_it_lists_what_is_open_in_groups_the_soonest_deadline_first(api: Api, scene: Scene) -> None:
    nora = scene.client("+12125550144", first_name="Nora")
    late = scene.task(due_at=NOW + timedelta(hours=3))
    soon = scene.task(due_at=NOW + timedelta(hours=1))
    waits = scene.task(kind=TaskKind.NEEDS_PERSON.value, client_id=nora, due_at=NOW - timedelta(minutes=5))
    admin = scene.task(kind=TaskKind.VISITS_UNREAD.value)
    scene.task(state="resolved")

    page = (await api.http.get(link_of(api, scene))).text

    tokens = [scene.row(Task, one).token for one in (waits, soon, late, admin)]
    assert re.findall(r'href="/tasks/([^"]+)"', page) == tokens
    assert re.findall(r"<h2>(.*?) <span", page) == ["A client waits", "A chair", "Other"]
    for words in ("Nora E.", "Overdue since", "for whoever looks after Chairflow", "Dana Reyes's link"):
        assert words in page


async def test_nothing_open_says_so(api: Api, scene: Scene) -> None:
    assert "Nothing waits for a person" in (await api.http.get(link_of(api, scene))).text


async def test_the_page_looks_whether_its_list_has_changed(api: Api, scene: Scene) -> None:
    task, path = scene.task(), link_of(api, scene)
    shown = re.search(r'data-shown="(\w+)"', (await api.http.get(path)).text)

    before = (await api.http.get(f"{path}/standing")).json()["standing"]
    with scene.database.transaction() as session:
        session.get_one(Task, task).state = "resolved"
    after = (await api.http.get(f"{path}/standing")).json()["standing"]

    assert shown is not None
    assert (before, before != after) == (shown[1], True)


async def test_the_name_of_the_links_holder_is_known_on_the_task_page(api: Api, scene: Scene) -> None:
    task = scene.task()

    await api.http.get(link_of(api, scene))

    assert 'value="Dana Reyes"' in (await api.http.get(f"/tasks/{scene.row(Task, task).token}")).text


async def test_a_link_that_was_taken_back_opens_nothing_and_the_next_is_another(api: Api, scene: Scene) -> None:
    path = link_of(api, scene)
    assert link_of(api, scene) == path

    with scene.database.transaction() as session:
        task_links.revoke(session, scene.practice_id, "Dana Reyes", now=NOW)

    for closed in (path, f"{path}/standing"):
        assert (await api.http.get(closed)).status_code == 404
    assert link_of(api, scene) != path


async def test_whoever_is_no_longer_of_the_staff_reads_nothing(api: Api, scene: Scene) -> None:
    account = scene.add(StaffAccount(practice_id=scene.practice_id, name="Lee", chat_user="U7"))
    path = link_of(api, scene, "Lee", account=account)
    assert (await api.http.get(path)).status_code == 200

    with scene.database.transaction() as session:
        session.get_one(StaffAccount, account).active = False

    assert (await api.http.get(path)).status_code == 404


async def test_the_row_does_not_tell_the_token(api: Api, scene: Scene) -> None:
    token = link_of(api, scene).removeprefix("/t/")

    with scene.database.transaction() as session:
        row = session.execute(select(TaskLink)).scalar_one()
        kept = (row.nonce, row.digest)

    assert len(token) == 32
    assert token not in kept


@pytest.mark.parametrize("token", ["x" * 32, "x", "..%2f..", "x" * 200])
async def test_a_token_that_nobody_has_tells_nothing(api: Api, scene: Scene, token: str) -> None:
    answer = await api.http.get(f"/t/{token}")

    assert answer.status_code == 404
    assert "Nobody left" not in answer.text


# --- how far an answer has come ---------------------------------------------------------------------------------------


async def test_a_booking_is_shown_on_its_way_and_looked_at_until_it_ends(api: Api, scene: Scene) -> None:
    opening, nora = scene.opening(), scene.client("+12125550144", first_name="Nora")
    task = scene.task(
        opening_id=opening,
        state="resolved",
        resolved_by="Jana",
        settled_at=NOW,
        resolution={"action": "assign", "client_id": nora, "reason": ""},
    )
    path = f"/tasks/{scene.row(Task, task).token}"

    page = (await api.http.get(path)).text
    received = (await api.http.get(f"{path}/standing")).json()["standing"]
    scene.offer(opening, nora, "+12125550144", state="won", ask=False)
    booked = (await api.http.get(path)).text

    assert re.findall(r'<li class="([^"]*)"[^>]*>(\w+)</li>', page) == [
        (" now", "Received"),
        ("", "Booking"),
        ("", "Booked"),
    ]
    assert (received, f'data-look="{path}/standing"' in page) == ("received", True)
    assert "Jana booked Nora E. at" in booked
    assert 'data-look=""' in booked
    shown = (await api.http.get(f"/admin/v1/tasks/{task}", headers=api.key("staff"))).json()["now"]["became"]
    assert (shown["stage"], shown["final"]) == ("booked", True)
