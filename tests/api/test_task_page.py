"""The task page: shown to whoever has its link, answered once, by somebody with a name."""

from __future__ import annotations

import re
from datetime import date

import pytest
from temporalio.client import Client

from domain.journey_names import Action, Journey
from inbox.relay import Relay
from models.client import ClientNote
from models.repositories import tasks
from models.tasks import Task
from tests.api.support import Api, real_now
from tests.inbox.relay.relays import task_worker
from tests.inbox.scene import NOW, Scene
from workflows.ids import task_id

LIST = [
    {
        "client_id": 7,
        "name": "Ada Example",
        "phone": "+12125550111",
        "reasons": ["priority on the waitlist (+5.0)", "not asked lately (+2.0)"],
        "fits": True,
    },
    {"client_id": 8, "name": "Ben Example", "reasons": ["Comes on Mondays only."], "fits": False},
]


@pytest.fixture
def task(scene: Scene) -> int:
    return scene.task(shortlist=LIST, draft="Glow: We thought of you.")


def path_of(scene: Scene, task: int) -> str:
    return f"/tasks/{scene.row(Task, task).token}"


async def form_of(api: Api, path: str, **fields: str) -> dict[str, str]:
    nonce = re.search(r'name="nonce" value="([^"]+)"', (await api.http.get(path)).text)
    assert nonce is not None
    return {"nonce": nonce[1]} | fields


async def test_it_shows_the_list_with_reasons_the_draft_and_the_choices(api: Api, scene: Scene, task: int) -> None:
    page = (await api.http.get(path_of(scene, task))).text

    for words in (
        "Nobody left to ask",
        "Glow: We thought of you.",
        "Ada Example",
        "Comes on Mondays only.",
        "waitlist (+5.0) · not",
    ):
        assert words in page
    assert 'value="assign:7"' in page
    assert 'value="leave"' in page
    assert "If nobody answers by then: The time stays free." in page


async def test_it_says_whom_it_is_about_and_how_to_reach_them(api: Api, scene: Scene) -> None:
    about = scene.task(client_id=scene.client("+12125550144", first_name="Nora"))
    page = (await api.http.get(path_of(scene, about))).text

    assert "<strong>Nora Example</strong>" in page
    assert '<a href="tel:+12125550144">(212) 555-0144</a>' in page


async def test_what_staff_noted_stands_beside_the_person_it_is_about(api: Api, scene: Scene) -> None:
    nora, ada, ben = (scene.client(None, first_name=name) for name in ("Nora", "Ada", "Ben"))
    for client, day, text in (
        (nora, 3, "Prefers a call <b>before</b> noon"),
        (ada, 1, "First"),
        (ada, 4, "Nervous of needles"),
        (ada, 2, "Second"),
        (ada, 3, "Third"),
    ):
        scene.add(
            ClientNote(
                practice_id=scene.practice_id,
                client_id=client,
                noted_on=date(2026, 9, day),
                author="Jo",
                text=text,
            )
        )
    task = scene.task(client_id=nora, shortlist=[{"client_id": ada, "name": "Ada"}, {"client_id": ben, "name": "Ben"}])

    page = (await api.http.get(path_of(scene, task))).text

    assert re.findall(r"data-note>(.*?)</p>", page) == [
        "Sep 3, 2026, Jo: Prefers a call &lt;b&gt;before&lt;/b&gt; noon",
        "Sep 4, 2026, Jo: Nervous of needles",
        "Sep 3, 2026, Jo: Third",
        "Sep 2, 2026, Jo: Second",
    ]
    shown = (await api.http.get(f"/admin/v1/tasks/{task}", headers=api.key("staff"))).json()["notes"]
    assert {client: [one["text"] for one in said] for client, said in shown.items()} == {
        str(nora): ["Prefers a call <b>before</b> noon"],
        str(ada): ["Nervous of needles", "Third", "Second"],
    }
    assert shown[str(nora)][0] == {"on": "2026-09-03", "by": "Jo", "text": "Prefers a call <b>before</b> noon"}
    assert (await api.http.get(f"/admin/v1/tasks/{task}", headers=api.key("viewer"))).json()["notes"] is None


async def test_words_of_a_client_are_escaped(api: Api, scene: Scene) -> None:
    task = scene.task(body="The client wrote: <script>alert(1)</script>")

    assert "<script>alert" not in (await api.http.get(path_of(scene, task))).text


async def test_an_answer_needs_a_name(api: Api, scene: Scene, task: int) -> None:
    path = path_of(scene, task)

    page = await api.http.post(path, data=await form_of(api, path, choice="leave", by=" "))

    assert "Please say who you are" in page.text
    assert scene.deliveries() == []


async def test_with_temporal_away_the_answer_goes_by_signal_once(api: Api, scene: Scene, task: int) -> None:
    path = path_of(scene, task)
    form = await form_of(api, path, choice="assign:7", by="Dana", reason="regular")

    page = await api.http.post(path, data=form)
    await api.http.post(path, data=form)

    assert "Received." in page.text
    assert scene.waiting() == [("task", task, "signal", "resolve_by_signal")]
    body = scene.deliveries()[0].body
    assert (body["action"], body["client_id"], body["by"], body["reason"]) == ("assign", 7, "Dana", "regular")


async def test_while_its_journey_is_still_in_line_the_answer_goes_behind_it(
    api: Api, scene: Scene, task: int, temporal_client: Client
) -> None:
    path = path_of(scene, task)
    scene.enqueue(Journey.TASK, task, Action.START)
    api.connect(temporal_client)

    page = await api.http.post(path, data=await form_of(api, path, choice="leave", by="Dana"))

    assert "Received." in page.text
    assert [one.message for one in scene.deliveries()] == ["", "resolve_by_signal"]


async def test_the_name_is_remembered(api: Api, scene: Scene, task: int) -> None:
    path = path_of(scene, task)
    await api.http.post(path, data=await form_of(api, path, choice="leave", by="Dana"))

    assert 'value="Dana"' in (await api.http.get(path)).text


async def test_the_first_answer_counts_and_the_second_hears_so(
    api: Api, scene: Scene, task: int, temporal_client: Client
) -> None:
    path = path_of(scene, task)
    scene.enqueue(Journey.TASK, task, Action.START)
    relay = Relay(
        client=temporal_client,
        database=scene.database,
        chat=lambda _: None,
        wall=real_now,
    )
    await relay.drain()
    api.connect(temporal_client)

    async with task_worker(temporal_client):
        dana, lee = [await form_of(api, path, choice="leave", by=name) for name in ("Dana", "Lee")]
        first = await api.http.post(path, data=dana)
        await temporal_client.get_workflow_handle(task_id(practice_id=scene.practice_id, task=task)).result()
        with scene.database.transaction() as session:  # as the real activity does before its journey ends
            tasks.settle(
                session, scene.practice_id, task, state="resolved", by="Dana", resolution={"action": "leave"}, now=NOW
            )
        second = await api.http.post(path, data=lee)

    assert "Your answer is written down" in first.text
    assert "Dana left that time free." in second.text
    assert [one.message for one in scene.deliveries()] == [""]


async def test_a_settled_task_says_who_settled_it_and_offers_no_choice(api: Api, scene: Scene) -> None:
    task = scene.task(state="resolved", resolved_by="Dana", resolution={"action": "leave"}, settled_at=NOW)

    page = (await api.http.get(path_of(scene, task))).text

    assert "Dana left that time free." in page
    assert "<button" not in page


async def test_a_settled_task_asks_for_nothing_and_takes_no_draft_for_a_text(api: Api, scene: Scene) -> None:
    body, draft = "Below is the ranked list as of now.", "Glow: Would you like it?"
    settled = scene.task(body=body, draft=draft, state="resolved", resolution={"action": "leave"}, settled_at=NOW)
    waiting = scene.task(body=body, draft=draft)

    page = (await api.http.get(path_of(scene, settled))).text
    still_open = (await api.http.get(path_of(scene, waiting))).text

    assert re.search(rf"<details[^>]*>\s*<summary>What it said while it was open</summary>\s*<p[^>]*>{body}", page)
    assert "<h2>Draft, not sent</h2>" in page
    assert "What it said" not in still_open and "not sent" not in still_open


@pytest.mark.parametrize("choice", ["", "leave; drop", "assign:abc"])
async def test_a_made_up_choice_is_refused(api: Api, scene: Scene, task: int, choice: str) -> None:
    path = path_of(scene, task)

    answer = await api.http.post(path, data=await form_of(api, path, choice=choice, by="Dana"))

    assert answer.status_code == 422
    assert "That could not be read, and nothing was done." in answer.text
    assert "Ada Example" in answer.text
    assert scene.deliveries() == []


@pytest.mark.parametrize("form", ["", "/client", "/waitlist", "/somebody-else"])
async def test_a_form_that_cannot_be_read_at_a_link_that_leads_nowhere_is_the_page_that_says_so(
    api: Api, form: str
) -> None:
    answer = await api.http.post(f"/tasks/{'x' * 32}{form}", data={"service": "none"})

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
