"""Who writes from a number we do not know, said on the task's page and by the API; and what cannot be sent from it."""

from __future__ import annotations

import pytest

from domain.clients import Channel
from models.repositories import clients, suppressions, waitlist
from models.tasks import Task
from tests.api.support import Api
from tests.inbox.scene import NOW, OUR_NUMBER, Scene

PHONE = "+12125550144"


@pytest.fixture
def task(scene: Scene) -> int:
    """Somebody wrote from a number that is no client's."""
    scene.text(PHONE, "anything free for botox?")
    return scene.task(
        kind="unknown_phone",
        phone=PHONE,
        our_number=OUR_NUMBER,
        draft="Glow: Hello!",
        choices=[{"action": "send", "label": "Send draft"}, {"action": "done", "label": "Done"}],
    )


def path_of(scene: Scene, task: int) -> str:
    return f"/tasks/{scene.row(Task, task).token}"


async def test_the_page_shows_the_number_what_it_wrote_and_asks_who_it_is(api: Api, scene: Scene, task: int) -> None:
    page = (await api.http.get(path_of(scene, task))).text

    assert "<strong>A number we do not know</strong>" in page
    assert '<a href="tel:+12125550144">(212) 555-0144</a>' in page
    assert "anything free for botox?" in page
    assert "Make them a client" in page


async def test_on_the_page_they_become_a_client_and_go_on_the_waitlist(api: Api, scene: Scene, task: int) -> None:
    path, service = path_of(scene, task), scene.service()
    who = {"by": "Dana", "whose": "new", "first_name": "Ruth", "last_name": "Okafor"}

    made = (await api.http.post(f"{path}/client", data=who)).text

    assert "Ruth O. is a client now, and the conversation is theirs." in made
    assert "<strong>Ruth Okafor</strong>" in made
    wish = {"by": "Dana", "service": str(service), "windows": "Mon-Fri 9-12", "may_be_texted": "true"}
    listed = (await api.http.post(f"{path}/waitlist", data=wish)).text
    assert "Ruth O. is on the waitlist for Botox." in listed
    with scene.database.transaction() as session:
        (ruth,) = clients.by_phone(session, scene.practice_id, PHONE)
        (entry,) = waitlist.of_client(session, scene.practice_id, ruth.id)
    assert [one.weekday for one in entry.windows] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("known", ["+1 212 555 0145", "nora  example"])
async def test_on_the_page_they_are_a_client_on_file_with_a_new_number(
    api: Api, scene: Scene, task: int, known: str
) -> None:
    nora = scene.client("+12125550145", first_name="Nora")
    form = {"by": "Dana", "whose": "changed", "known": known}

    page = (await api.http.post(f"{path_of(scene, task)}/client", data=form)).text

    assert "The conversation is Nora E.&#39;s, and this is their number from now on." in page
    with scene.database.transaction() as session:
        assert clients.get(session, scene.practice_id, nora).phone == PHONE


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"whose": "new", "first_name": "Ruth"}, "Please say who you are"),
        ({"by": "Dana", "whose": "new"}, "Say what they are called."),
        ({"by": "Dana", "whose": "changed", "known": "Nobody"}, "Nobody on file has that number, reference or name."),
    ],
)
async def test_what_cannot_be_done_is_said_on_the_page(
    api: Api, scene: Scene, task: int, form: dict[str, str], problem: str
) -> None:
    page = (await api.http.post(f"{path_of(scene, task)}/client", data=form)).text

    assert problem in page
    assert scene.row(Task, task).client_id is None


async def test_windows_that_cannot_be_read_are_said(api: Api, scene: Scene, task: int) -> None:
    path, service = path_of(scene, task), scene.service()
    await api.http.post(f"{path}/client", data={"by": "Dana", "whose": "new", "first_name": "Ruth"})

    form = {"by": "Dana", "service": str(service), "windows": "sometimes"}
    page = (await api.http.post(f"{path}/waitlist", data=form)).text

    assert "windows:" in page


async def test_the_api_does_the_same_and_once(api: Api, scene: Scene, task: int) -> None:
    service, headers = scene.service(), {**api.key("staff"), "Request-Id": "make-ruth-1"}
    path = f"/admin/v1/tasks/{task}"

    first, again = [
        await api.http.post(f"{path}/client", headers=headers, json={"first_name": "Ruth", "last_name": "Okafor"})
        for _ in range(2)
    ]
    wish = {"service_ids": [service], "windows": "Sat 10-12", "may_be_texted": True}
    listed = await api.http.post(f"{path}/waitlist", headers=api.key("staff"), json=wish)

    assert (first.status_code, first.json()) == (200, again.json())
    assert listed.json()["client_id"] == first.json()["client_id"]
    shown = (await api.http.get(path, headers=api.key("staff"))).json()
    assert (shown["client_id"], shown["phone"]) == (first.json()["client_id"], PHONE)


@pytest.mark.parametrize(
    ("path", "body", "status", "type_"),
    [
        ("client", {}, 422, "invalid"),
        ("client", {"client_id": 404}, 422, "client_unknown"),
        ("client", {"first_name": "Ruth", "second_number": True}, 422, "invalid"),
        ("waitlist", {"service_ids": [1]}, 422, "client_missing"),
        ("waitlist", {"service_ids": [1], "windows": "sometimes"}, 422, "invalid"),
    ],
)
async def test_the_api_refuses_by_the_field(
    api: Api, scene: Scene, task: int, path: str, body: dict[str, object], status: int, type_: str
) -> None:
    answer = await api.http.post(f"/admin/v1/tasks/{task}/{path}", headers=api.key("staff"), json=body)

    assert (answer.status_code, answer.json()["type"]) == (status, type_)


async def test_a_text_that_cannot_be_sent_says_so_before_the_press(api: Api, scene: Scene, task: int) -> None:
    with scene.database.transaction() as session:
        suppressions.stop(session, scene.practice_id, Channel.SMS, PHONE, NOW, "reply")
    why = "Cannot be sent now: The client asked for no more messages by sms."

    page = (await api.http.get(path_of(scene, task))).text
    shown = (await api.http.get(f"/admin/v1/tasks/{task}", headers=api.key("staff"))).json()
    dry = await api.http.post(
        f"/admin/v1/tasks/{task}/resolve?dry_run=true", headers=api.key("staff"), json={"action": "send"}
    )

    assert why in page
    assert 'value="send"' not in page
    assert [one["refused"][: len(why)] for one in shown["now"]["choices"] if one["action"] == "send"] == [why]
    assert (dry.status_code, dry.json()["type"]) == (409, "cannot_be_sent")


async def test_an_answer_that_was_refused_later_stands_on_the_task(api: Api, scene: Scene, task: int) -> None:
    with scene.database.transaction() as session:
        session.get_one(Task, task).refused = {
            "action": "send",
            "client_id": None,
            "by": "Dana",
            "at": NOW.isoformat(),
            "words": "Cannot be sent now: no.",
        }

    page = (await api.http.get(path_of(scene, task))).text
    shown = (await api.http.get(f"/admin/v1/tasks/{task}", headers=api.key("staff"))).json()

    words = "“Send draft”, pressed by Dana at 10:00 AM, could not be done: Cannot be sent now: no."
    assert words in page
    assert shown["now"]["refused"] == words
