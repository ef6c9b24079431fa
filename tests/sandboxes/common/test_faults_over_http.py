"""Faults, ledger, clock and outbox as a client meets them over real HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from sandboxes.common.app import build_app
from sandboxes.common.faults import Fault
from sandboxes.common.outbox import RetryPolicy, WebhookRequest
from sandboxes.common.sandbox import Sandbox, SandboxConfig
from sandboxes.common.server import NotLoopbackError, listen, serving


class ShopSandbox(Sandbox[SandboxConfig]):
    """A vendor that sells things and says so by webhook."""

    vendor = "shop"

    def __init__(self, config: SandboxConfig) -> None:
        super().__init__(config)
        self.sold: list[str] = []

    def clear_state(self) -> None:
        self.sold.clear()

    def state(self) -> dict[str, Any]:
        return {"sold": self.sold}

    def refusal(self, fault: Fault) -> Response:
        return JSONResponse({"error": fault.code or "no"}, status_code=fault.status or 500)

    def rate_limited(self, fault: Fault | None = None) -> Response:
        return JSONResponse({"error": "slow down"}, status_code=429)


def shop_app(webhook_url: str = "", policy: RetryPolicy | None = None) -> FastAPI:
    sandbox = ShopSandbox(SandboxConfig(seed=7))
    app = build_app(sandbox, title="Shop")

    @app.post("/sell/{thing}")
    async def sell(thing: str, request: Request) -> Response:
        def perform() -> Response:
            sandbox.sold.append(thing)
            if webhook_url:
                sandbox.outbox.send(
                    event="sold",
                    url=webhook_url,
                    build=lambda attempt: WebhookRequest(content=f"{thing}:{attempt}".encode(), headers={}),
                    policy=policy or RetryPolicy(),
                    fields={"thing": thing},
                )
            return JSONResponse({"sold": thing})

        return await sandbox.gate(request, "sell", {"thing": thing}, perform)

    return app


@contextmanager
def listening(statuses: Callable[[int], int] = lambda count: 200) -> Iterator[tuple[str, list[str]]]:
    """Run an endpoint that notes what it gets and answers as told."""
    app = FastAPI()
    heard: list[str] = []

    @app.post("/hook")
    async def hook(request: Request) -> Response:
        heard.append((await request.body()).decode())
        return Response(status_code=statuses(len(heard)))

    with serving(app) as url:
        yield f"{url}/hook", heard


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


@pytest.fixture
def shop() -> Iterator[httpx.Client]:
    with serving(shop_app()) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def sold(client: httpx.Client) -> list[str]:
    things: list[str] = client.get("/_control/state").json()["sold"]
    return things


def test_a_refusal_commits_nothing_and_is_counted(shop: httpx.Client) -> None:
    shop.post(
        "/_control/faults", json={"operation": "sell", "kind": "refuse", "times": 1, "status": 418, "code": "tea"}
    )

    first, second = shop.post("/sell/a"), shop.post("/sell/b")

    assert (first.status_code, first.json()) == (418, {"error": "tea"})
    assert second.status_code == 200
    assert sold(shop) == ["b"]
    assert [fault["fired"] for fault in shop.get("/_control/faults").json()] == [1]


def test_after_and_match_choose_whom_a_fault_meets(shop: httpx.Client) -> None:
    shop.post("/_control/faults", json=[{"kind": "rate_limit", "after": 1, "times": 1, "match": {"thing": "lamp*"}}])

    answers = [shop.post(f"/sell/{thing}").status_code for thing in ("lamp1", "chair", "lamp2", "lamp3")]

    assert answers == [200, 200, 429, 200]


def test_a_drop_closes_the_connection_before_anything_happens(shop: httpx.Client) -> None:
    shop.post("/_control/faults", json={"kind": "drop", "times": 1})

    with pytest.raises(httpx.RemoteProtocolError):
        shop.post("/sell/a")

    assert sold(shop) == []
    assert [entry["status"] for entry in shop.get("/_control/ledger").json()] == [None]


def test_commit_then_timeout_does_it_and_never_answers(shop: httpx.Client) -> None:
    shop.post("/_control/faults", json={"kind": "commit_then_timeout", "times": 1, "seconds": 0.05})

    with pytest.raises(httpx.RemoteProtocolError):
        shop.post("/sell/a")

    assert sold(shop) == ["a"]


@pytest.mark.parametrize(("kind", "sold_meanwhile"), [("hold", []), ("hold_after", ["a"])])
def test_a_held_request_waits_for_its_release(shop: httpx.Client, kind: str, sold_meanwhile: list[str]) -> None:
    shop.post("/_control/faults", json={"kind": kind, "times": 1})
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(httpx.post(f"{shop.base_url}/sell/a").status_code))
    thread.start()
    until(lambda: bool(shop.get("/_control/faults").json()[0]["waiting"]))

    meanwhile = sold(shop)
    released = shop.post("/_control/release").json()
    thread.join()

    assert meanwhile == sold_meanwhile
    assert released == {"released": 1}
    assert answers == [200]
    assert sold(shop) == ["a"]


def test_an_outage_lasts_until_it_is_cleared(shop: httpx.Client) -> None:
    shop.post("/_control/faults", json={"kind": "outage"})
    during = [shop.post("/sell/a").status_code for _ in range(2)]
    shop.delete("/_control/faults")

    after = shop.post("/sell/a").status_code

    assert (during, after) == ([503, 503], 200)


def test_the_ledger_is_stamped_with_practice_time(shop: httpx.Client) -> None:
    anchors = {"anchor_real": "2026-01-01T00:00:00Z", "anchor_practice": "2030-05-01T08:00:00-04:00", "rate": 1e-9}
    shop.post("/_control/clock", json=anchors)

    shop.post("/sell/a")

    entry = shop.get("/_control/ledger").json()[0]
    assert entry["at_practice"].startswith("2030-05-01T12:00:00")
    assert not entry["at_real"].startswith("2030")


def test_reset_forgets_and_the_count_goes_on(shop: httpx.Client) -> None:
    shop.post("/sell/a")
    shop.post("/_control/reset")

    shop.post("/sell/b")

    assert sold(shop) == ["b"]
    assert [entry["seq"] for entry in shop.get("/_control/ledger", params={"since": 1}).json()] == [2]


def test_settings_change_at_run_time_and_unknown_ones_are_named(shop: httpx.Client) -> None:
    changed = shop.post("/_control/config", json={"webhooks": {"jitter": 2}})
    refused = shop.post("/_control/config", json={"webhok": 1})

    assert (changed.json()["webhooks"]["jitter"], changed.json()["seed"]) == (2, 7)
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["webhok"])


def test_a_webhook_is_retried_as_the_policy_says() -> None:
    with (
        listening(lambda count: 500 if count < 3 else 200) as (hook, heard),
        serving(shop_app(hook, RetryPolicy(gaps=(0.01, 0.01, 0.01)))) as url,
    ):
        httpx.post(f"{url}/sell/a")
        until(lambda: bool(httpx.get(f"{url}/_control/ledger?kind=webhook").json()))

        entry = httpx.get(f"{url}/_control/ledger?kind=webhook").json()[0]

    assert heard == ["a:1", "a:2", "a:3"]
    assert (entry["status"], entry["attempts"], entry["thing"]) == (200, 3, "a")


def test_webhooks_are_repeated_reordered_and_lost_on_request() -> None:
    with listening() as (hook, heard), serving(shop_app(hook)) as url, httpx.Client(base_url=url) as client:
        client.post(
            "/_control/faults",
            json=[
                {"operation": "webhook:sold", "kind": "duplicate", "times": 1, "match": {"thing": "twice"}},
                {"operation": "webhook:*", "kind": "reorder", "times": 1, "match": {"thing": "early"}},
                {"operation": "webhook:*", "kind": "drop", "match": {"thing": "lost"}},
            ],
        )
        for thing in ("lost", "early"):
            client.post(f"/sell/{thing}")
        client.post("/sell/late")
        until(lambda: len(heard) == 2)
        client.post("/sell/twice")
        until(lambda: len(client.get("/_control/ledger?kind=webhook").json()) == 4)
        notes = [entry["note"] for entry in client.get("/_control/ledger?kind=webhook").json()]
        lost = [entry["thing"] for entry in client.get("/_control/ledger?kind=webhook_lost").json()]

    assert heard == ["late:1", "early:1", "twice:1", "twice:1"]
    assert sorted(map(str, notes)) == ["None", "None", "duplicate", "reordered"]
    assert lost == ["lost"]


def test_nobody_listens_where_others_can_reach_the_control_routes() -> None:
    with pytest.raises(NotLoopbackError, match=r"0\.0\.0\.0"):
        listen("0.0.0.0", 0)
