"""Two practices on one installation: two Boulevard businesses, three numbers and two Slack workspaces, each its own.

Vendors are sandboxes over HTTP, their webhooks reach the served API, and the same client is known to both practices.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import col, select
from temporalio.client import Client

from api.app import create_app
from api.dependencies import Dependencies
from contracts.booking import TouchKind
from models.calendar import Appointment
from models.inbox import Delivery, Receipt
from models.practice import Clock, Location
from models.repositories import connections
from models.session import Database
from operations.ports import Vendors
from sandboxes.boulevard import BoulevardConfig
from sandboxes.boulevard import create_app as boulevard_app
from sandboxes.common.server import serving
from sandboxes.slack.app import create_app as slack_app
from sandboxes.slack.config import SlackConfig
from sandboxes.twilio.app import create_app as twilio_app
from sandboxes.twilio.config import TwilioConfig
from tests.activities.activity_runner import Desk
from tests.activities.outside import Outside
from tests.activities.people import PHONE, nora
from tests.activities.visits import booked
from tests.api.support import settings_with
from tests.inbox.scene import NOW, Scene, set_scene
from tests.sandboxes.practice.support import PRACTICE, VISIT
from tests.sandboxes.support import until
from tests.wiring.vendor_accounts import boulevard, connected, secret, slack, twilio
from vendors.pms.base import PmsState
from wiring.child_processes import free_port
from wiring.codec import SealingCodec
from wiring.connected_vendors import Accounts, ConnectedReaders, ConnectedVendors

#: The first practice's for all its places, its second place's, and the other practice's.
NUMBERS = ("+12125550181", "+12125550182", "+12125550183")


@dataclass
class Sandbox:
    """One vendor's server."""

    url: str

    def control(self, path: str, **body: Any) -> Any:
        answer = httpx.post(f"{self.url}/_control/{path}", json=body, timeout=20, trust_env=False)
        return answer.raise_for_status().json()

    def ledger(self, kind: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/_control/ledger", params={"kind": kind}, timeout=20, trust_env=False)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found


@dataclass
class House:
    """A practice with its own vendors."""

    scene: Scene
    desk: Desk
    #: By vendor.
    sandboxes: dict[str, Sandbox]
    numbers: list[str]
    #: Its second place, which its second number serves.
    uptown: int
    #: The names of its connections in webhooks' addresses, by the vendor's name of the account.
    named: dict[str, str] = field(default_factory=dict)

    def receipts(self) -> list[tuple[str, str]]:
        """(vendor, purpose) of what came in for it, but for reports about sent texts and pings."""
        with self.scene.database.transaction() as session:
            rows = session.execute(
                select(col(Receipt.vendor), col(Receipt.purpose))
                .where(
                    col(Receipt.practice_id) == self.scene.practice_id,
                    col(Receipt.purpose) != "text_status",
                    col(Receipt.event_type) != "PING",
                )
                .order_by(col(Receipt.id))
            )
            return [tuple(row) for row in rows]

    def has_routed(self) -> bool:
        """Whether a text came in and found its journey."""
        return [one.state for one in self.texts()] == ["routed"]

    def texts(self) -> list[Receipt]:
        return [one for one in self.desk.rows(Receipt) if one.purpose == "text"]

    def claims(self) -> list[int]:
        """Openings whose fills hear of a yes."""
        with self.scene.database.transaction() as session:
            mine = select(col(Delivery.ref)).where(
                col(Delivery.practice_id) == self.scene.practice_id, col(Delivery.message) == "claim_by_text"
            )
            return list(session.execute(mine).scalars())

    def senders(self) -> list[str]:
        """The numbers its account's texts left from, in their order."""
        return [one["from"] for one in self.sandboxes["twilio"].ledger("accepted")]


def a_house(stack: ExitStack, database: Database, vendors: Vendors, api: str, owner: str, numbers: list[str]) -> House:
    """A practice whose accounts and sandboxes are its own."""
    scene = set_scene(database, slug=owner)
    with database.transaction() as session:
        session.add(Clock(practice_id=scene.practice_id, anchor_real=datetime.now(UTC), anchor_practice=NOW, rate=1.0))
    with database.transaction() as session:
        for one in connections.of_practice(session, scene.practice_id):
            connections.turn_off(session, scene.practice_id, one.id, now=NOW)
    sid, token = f"AC{len(numbers):032}", f"{owner}-token"
    config = TwilioConfig(account_sid=sid, auth_token=token, numbers=tuple(numbers))
    business = BoulevardConfig(
        business_id=owner,
        api_key=f"{owner}-key",
        api_secret=secret(f"{owner}-api"),
        application_secret=secret(f"{owner}-application"),
    )
    team = SlackConfig(
        bot_tokens=(f"xoxb-{owner}",),
        signing_secret=f"{owner}-signing",
        team_id=f"T-{owner}",
        channels={f"C-{owner}": "front-desk"},
    )
    apps: dict[str, FastAPI] = {
        "twilio": twilio_app(config),
        "boulevard": boulevard_app(business),
        "slack": slack_app(team),
    }
    served = {vendor: Sandbox(stack.enter_context(serving(app))) for vendor, app in apps.items()}
    desk = Desk(scene, cast(Outside, vendors), at=datetime.now(UTC))
    second = scene.add(
        Location(practice_id=scene.practice_id, name="Uptown", zone="America/New_York", postcode="10002")
    )
    house = House(scene=scene, desk=desk, sandboxes=served, numbers=numbers, uptown=second)
    accounts = [
        ("twilio", twilio(owner, number=number, account_sid=sid, base_url=served["twilio"].url), number, place)
        for number, place in zip(numbers, (None, second), strict=False)
    ]
    for vendor, account, address, place in (
        *accounts,
        ("boulevard", boulevard(owner, base_url=f"{served['boulevard'].url}/api/2020-01/admin"), owner, None),
        ("slack", slack(owner, base_url=f"{served['slack'].url}/api"), f"T-{owner}", None),
    ):
        kept = connected(database, scene.practice_id, vendor, account, address, location_id=place)
        house.named[address] = kept.public_id
    served["twilio"].control("config", inbound_url=f"{api}/webhooks/twilio/inbound/{house.named[numbers[0]]}")
    served["boulevard"].control("seed", **PRACTICE)
    served["boulevard"].control("config", webhook_targets=[{"url": f"{api}/webhooks/boulevard/{house.named[owner]}"}])
    served["slack"].control("config", interactivity_url=f"{api}/webhooks/slack/{house.named[f'T-{owner}']}")
    return house


@pytest.fixture
def houses(database: Database) -> Iterator[tuple[House, House]]:
    """Glow with two numbers, Harbor with one; nothing of them is in the settings."""
    port = free_port()
    api = f"http://127.0.0.1:{port}"
    off = dict.fromkeys(("boulevard", "twilio", "sendgrid", "slack"))
    settings = settings_with(**off, public_base_url=api)
    accounts = Accounts(settings=settings, database=database)

    async def never() -> Client:
        raise ConnectionError("no Temporal in this test")

    app = create_app(
        Dependencies(
            settings=settings,
            database=database,
            connect=never,
            codec=SealingCodec(settings.keyring(), namespace="default"),
            readers=ConnectedReaders(accounts),
        )
    )
    vendors = ConnectedVendors(accounts)
    with ExitStack() as stack:
        stack.enter_context(serving(app, port=port))
        glow = a_house(stack, database, vendors, api, "glow", list(NUMBERS[:2]))
        harbor = a_house(stack, database, vendors, api, "harbor", list(NUMBERS[2:]))
        yield glow, harbor


def test_a_first_text_leaves_from_its_practices_and_its_places_number(houses: tuple[House, House]) -> None:
    glow, harbor = houses
    ours, theirs = booked(glow.scene, nora(glow.scene)), booked(harbor.scene, nora(harbor.scene))

    glow.desk.touch(ours)
    harbor.desk.touch(theirs)
    with glow.scene.database.transaction() as session:
        session.get_one(Appointment, ours).location_id = glow.uptown
    glow.desk.touch(ours, TouchKind.REMINDER)

    assert glow.senders() == list(NUMBERS[:2])
    assert harbor.senders() == [NUMBERS[2]]


def test_a_yes_claims_at_the_practice_that_was_written_to(houses: tuple[House, House]) -> None:
    glow, harbor = houses
    openings = [one.scene.opening() for one in houses]
    for house, opening in zip(houses, openings, strict=True):
        house.scene.offer(opening, nora(house.scene), PHONE)

    harbor.sandboxes["twilio"].control("inbound", **{"from": PHONE, "to": NUMBERS[2], "body": "YES"})
    until(lambda: bool(harbor.claims()))
    before = glow.claims()
    glow.sandboxes["twilio"].control("inbound", **{"from": PHONE, "to": NUMBERS[1], "body": "YES"})
    until(lambda: bool(glow.claims()))

    assert (before, glow.claims(), harbor.claims()) == ([], [openings[0]], [openings[1]])
    assert glow.receipts() == harbor.receipts() == [("twilio", "text")]


def test_an_answer_leaves_from_the_number_that_was_written_to(houses: tuple[House, House]) -> None:
    glow, harbor = houses

    for house in houses:
        nora(house.scene)
        parking = {"from": PHONE, "to": house.numbers[-1], "body": "what about parking"}
        house.sandboxes["twilio"].control("inbound", **parking)
        until(house.has_routed)
        for receipt in house.texts():
            house.desk.answer(receipt.id or 0)

    assert (glow.senders(), harbor.senders()) == ([NUMBERS[1]], [NUMBERS[2]])


def test_a_card_stays_in_its_own_workspace(houses: tuple[House, House]) -> None:
    for house in houses:
        house.desk.post(house.scene.task(token=f"token-of-{house.scene.slug}"))

    posted = [[one["channel"] for one in house.sandboxes["slack"].ledger("posted")] for house in houses]
    assert posted == [["C-glow"], ["C-harbor"]]


def test_a_visit_changes_in_its_own_business_only(houses: tuple[House, House]) -> None:
    glow, harbor = houses

    harbor.sandboxes["boulevard"].control("staff/cancel", id=VISIT)
    until(lambda: bool(harbor.receipts()))

    states = [
        found.state
        for house in houses
        if (found := house.desk.outside.pms(house.scene.practice_id).fetch(appointment_ref=VISIT)) is not None
    ]
    assert states == [PmsState.BOOKED, PmsState.CANCELLED]
    assert (glow.receipts(), harbor.receipts()) == ([], [("boulevard", "pms")])
