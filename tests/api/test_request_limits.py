"""A request that reads ends when its caller has gone, and none burns more of the database than its share."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from models.request_limits import CallerGone, RequestLimits, current, enough
from tests.api.support import Api
from tests.inbox.scene import Scene


@contextmanager
def tasks_cannot_be_read(scene: Scene) -> Iterator[None]:
    with scene.database.engine.begin() as connection:
        connection.execute(text("LOCK TABLE task IN ACCESS EXCLUSIVE MODE"))
        yield
        connection.rollback()


async def test_what_takes_longer_than_a_second_is_ended_and_says_so(api: Api, scene: Scene) -> None:
    headers = api.key("viewer")

    with tasks_cannot_be_read(scene):
        answer = await api.http.get("/admin/v1/tasks", headers=headers)

    assert (answer.status_code, answer.json()["type"], answer.headers["retry-after"]) == (503, "took_too_long", "5")


@pytest.mark.parametrize("path", ["/tasks/some-token-of-a-task"])
async def test_a_page_is_bounded_as_well_and_says_so_in_words(api: Api, scene: Scene, path: str) -> None:
    with tasks_cannot_be_read(scene):
        answer = await api.http.get(path, headers={"accept": "text/html"})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.text.startswith("This took too long.")


async def test_an_order_is_bounded_as_well(api: Api, scene: Scene) -> None:
    with tasks_cannot_be_read(scene):
        form = {"choice": "done", "nonce": "n" * 12, "by": "Ada"}
        page = await api.http.post("/tasks/some-token-of-a-task", data=form)
        answer = await api.http.post(
            "/admin/v1/tasks/1/resolve", headers=api.key("staff"), json={"action": "done", "reason": "asked"}
        )

    assert {page.status_code, answer.status_code} == {503}
    assert {page.json()["type"], answer.json()["type"]} == {"took_too_long"}


async def test_a_caller_who_has_gone_is_answered_nothing(api: Api) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in api.key("viewer").items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/admin/v1/tasks",
        "raw_path": b"/admin/v1/tasks",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    own: list[RequestLimits | None] = []
    gone = asyncio.Event()

    async def receive() -> MutableMapping[str, Any]:
        own.append(current.get())
        if len(own) > 1:
            gone.set()
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        await gone.wait()

    await api.app(scope, receive, send)

    (work,) = {id(one): one for one in own}.values()
    assert work is not None


def test_a_statement_under_way_is_ended(scene: Scene) -> None:
    work, ended = RequestLimits(), list[str]()

    def sleep() -> None:
        with scene.database.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            try:
                with work.on(driver):
                    connection.execute(text("SELECT pg_sleep(60)"))
            except (OperationalError, CallerGone) as error:
                ended.append(type(error).__name__)

    sleeping = threading.Thread(target=sleep)
    sleeping.start()
    while sleeping.is_alive():
        work.stop()
        sleeping.join(0.05)

    assert len(ended) == 1


def test_reckoning_goes_on_for_nobody() -> None:
    work = RequestLimits()
    token = current.set(work)
    try:
        asked = enough(60)
        before = asked()
        work.stop()
        with pytest.raises(CallerGone):
            asked()
    finally:
        current.reset(token)

    assert before is False


def test_reckoning_ends_after_its_share_of_the_processor() -> None:
    asked = enough(0)

    while not asked():  # as soon as the thread's clock has moved on
        pass
