"""The relay against a real Temporal server and a real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities.contracts.call import Done
from activities.contracts.task import POST_TASK, READ_TASK, SETTLE_TASK, PostTask, SettleTask, TaskFacts, TaskOrder
from domain.journeys import Action, Journey
from inbox.heard import Heard
from inbox.receipts import Arrival
from inbox.relay import Relay, RelayOptions
from models.calendar import Appointment
from models.inbox import Delivery
from models.repositories.receipts import Purpose
from models.session import Database
from tests.inbox.scene import NOW, Scene, set_scene
from vendors.chat.base import Card, CardPress, PostedCard
from vendors.pms.base import PmsEvent
from workflows.ids import booking_id, gap_fill_id, reply_id, task_id
from workflows.messages import BookingInput, GapFillInput, PmsChanged
from workflows.task import Task

PHONE = "+12125550111"


class RecordingChat:
    """Keeps what presses were answered with."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str]] = []

    def post(self, *, channel: str, card: Card) -> PostedCard:
        raise AssertionError("the relay posts nothing")

    def redraw(self, *, posted: PostedCard, card: Card) -> None:
        raise AssertionError("the relay redraws nothing")

    def find(self, *, channel: str, key: str, since: datetime) -> PostedCard | None:
        raise AssertionError("the relay looks for nothing")

    def answer(self, *, response_url: str, text: str, card: Card | None = None) -> None:
        self.answers.append((response_url, text))


@pytest.fixture
def chat() -> RecordingChat:
    return RecordingChat()


@pytest.fixture
def relay(temporal_client: Client, database: Database, scene: Scene, chat: RecordingChat) -> Relay:
    return make_relay(temporal_client, database, scene, chat)


def make_relay(
    client: Client,
    database: Database,
    scene: Scene,
    chat: RecordingChat,
    *,
    wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    options: RelayOptions | None = None,
    busy: Callable[[], bool] = lambda: False,
) -> Relay:
    return Relay(
        client=client,
        database=database,
        chat=lambda _: chat,
        options=options or RelayOptions(),
        wall=wall,
        busy=busy,
    )


def arrive(scene: Scene, purpose: Purpose, heard: Heard, key: str = "e1") -> int:
    arrival = Arrival(
        vendor="v", slug=scene.slug, purpose=purpose, event_key=key, event_type="any", heard=heard, payload=b"raw"
    )
    return scene.arrive(arrival)


def pms_event(key: str = "e1") -> PmsEvent:
    return PmsEvent(
        event_key=key, event_type="X", business_ref="b", occurred_at=NOW, appointment_ref="urn:blvd:Appointment:a"
    )


async def signals(handle: WorkflowHandle[Any, Any]) -> list[str]:
    history = await handle.fetch_history()
    return [
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]


async def first_argument(client: Client, handle: WorkflowHandle[Any, Any], kind: type[Any]) -> Any:
    history = await handle.fetch_history()
    started = history.events[0].workflow_execution_started_event_attributes
    return (await client.data_converter.decode(started.input.payloads, [kind]))[0]


async def knows_its_choices(task: WorkflowHandle[Any, Any]) -> bool:
    """Whether the task has been read, so that it can tell a choice it does not have: it goes on to show its card."""
    history = await task.fetch_history()
    kinds = [event.event_type for event in history.events]
    return kinds.count(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) > 1


def outcomes(scene: Scene) -> list[tuple[str, str]]:
    return [(one.message or one.action, one.state) for one in scene.deliveries()]


async def test_a_pms_event_starts_its_booking_with_the_signal(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    receipt = arrive(scene, Purpose.PMS, pms_event())

    await relay.drain()

    appointment = scene.deliveries()[0].ref
    handle = temporal_client.get_workflow_handle(booking_id(practice_id=scene.practice_id, appointment_id=appointment))
    assert await signals(handle) == ["pms_changed"]
    given = await first_argument(temporal_client, handle, BookingInput)
    assert (given.practice_id, given.appointment_id, given.pms_queue) == (
        scene.practice_id,
        appointment,
        "pms-boulevard",
    )
    assert outcomes(scene) == [("pms_changed", "done")]
    description = await handle.describe()
    assert description.search_attributes["PracticeId"] == [str(scene.practice_id)]
    assert description.search_attributes["BookingRef"] == [str(appointment)]
    assert receipt == scene.deliveries()[0].receipt_id


async def test_events_of_one_appointment_meet_in_one_booking_in_order(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    receipts = [arrive(scene, Purpose.PMS, pms_event(f"e{number}"), key=f"e{number}") for number in range(4)]

    await relay.drain()

    handle = temporal_client.get_workflow_handle(
        booking_id(practice_id=scene.practice_id, appointment_id=scene.deliveries()[0].ref)
    )
    history = await handle.fetch_history()
    heard = [
        (await temporal_client.data_converter.decode(signal.input.payloads, [PmsChanged]))[0].receipt_id
        for event in history.events
        if (signal := event.workflow_execution_signaled_event_attributes).signal_name
    ]
    assert heard == receipts


async def test_an_event_after_the_turn_has_ended_starts_the_next_turn(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    arrive(scene, Purpose.PMS, pms_event("e1"), key="e1")
    await relay.drain()
    appointment = scene.deliveries()[0].ref
    await temporal_client.get_workflow_handle(
        booking_id(practice_id=scene.practice_id, appointment_id=appointment)
    ).terminate()

    arrive(scene, Purpose.PMS, pms_event("e2"), key="e2")
    await relay.drain()

    handle = temporal_client.get_workflow_handle(
        booking_id(practice_id=scene.practice_id, appointment_id=appointment, turn=1)
    )
    assert await signals(handle) == ["pms_changed"]
    assert scene.row(Appointment, appointment).turn == 1
    assert [one.turn for one in scene.deliveries()] == [0, 1]


async def test_a_fill_is_started_once_with_the_practices_settling_delay(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    opening = scene.opening()
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)

    await relay.drain()

    handle = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening))
    given = await first_argument(temporal_client, handle, GapFillInput)
    assert given.settling_delay == timedelta(seconds=30)
    assert (await handle.describe()).search_attributes["SlotStart"]
    assert outcomes(scene) == [("start", "done"), ("start", "done")]


async def test_a_yes_to_an_ended_fill_is_answered_and_starts_no_new_fill(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE)
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    await relay.drain()
    fill = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening))
    await fill.terminate()

    receipt = scene.text(PHONE, "yes")
    await relay.drain()

    assert outcomes(scene) == [("start", "done"), ("claim_by_text", "over"), ("start", "done")]
    kept = scene.receipt(receipt)
    assert (kept.outcome, kept.parsed["about"]["offer_id"]) == ("late_yes", offer)
    reply = temporal_client.get_workflow_handle(reply_id(practice_id=scene.practice_id, receipt_id=receipt))
    assert (await reply.describe()).workflow_type == "Reply"
    assert (await fill.describe()).status is not None
    assert len((await fill.fetch_history()).events) <= 3


async def test_staffs_order_to_an_ended_fill_starts_the_fill_that_carries_it_out(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    opening = scene.opening()
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    await relay.drain()
    fill = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening))
    await fill.terminate()
    order = {"task_id": scene.task(), "kind": "nobody_left", "action": "offer", "client_id": 5, "by": "Dana"}
    relay = make_relay(temporal_client, scene.database, scene, RecordingChat(), wall=lambda: NOW)

    scene.enqueue(Journey.GAP_FILL, opening, Action.SIGNAL, "task_answered", order)
    await relay.drain()

    assert outcomes(scene) == [("start", "done"), ("task_answered", "over"), ("task_answered", "done")]
    following = scene.deliveries()[-1].ref
    assert following != opening
    started = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=following))
    assert await signals(started) == ["task_answered"]
    history = await started.fetch_history()
    begun = history.events[0].workflow_execution_started_event_attributes
    assert begun.first_workflow_task_backoff.ToTimedelta() == timedelta()


async def test_a_reply_about_a_visit_follows_its_booking_into_the_next_turn(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    visit = scene.visit(scene.client(PHONE), PHONE)
    scene.text(PHONE, "C")
    with scene.database.transaction() as session:
        session.get_one(Appointment, visit).turn = 1
    scene.enqueue(Journey.BOOKING, visit, Action.SIGNAL_WITH_START, "pms_changed", turn=1)

    await relay.drain()

    handle = temporal_client.get_workflow_handle(
        booking_id(practice_id=scene.practice_id, appointment_id=visit, turn=1)
    )
    assert sorted(await signals(handle)) == ["pms_changed", "replied"]


async def test_a_reply_about_a_visit_that_is_over_gets_an_answer(
    scene: Scene, relay: Relay, temporal_client: Client
) -> None:
    scene.visit(scene.client(PHONE), PHONE)

    receipt = scene.text(PHONE, "X")
    await relay.drain()

    assert scene.receipt(receipt).outcome == "needs_person"
    assert outcomes(scene) == [("replied", "over"), ("start", "done")]


@pytest.mark.parametrize(
    ("message", "body"), [("no_such_signal", {}), ("claim_by_text", {"key": "k", "offer_id": "none"})]
)
async def test_what_no_journey_could_decode_is_dead_and_not_dropped(
    scene: Scene, relay: Relay, message: str, body: dict[str, Any]
) -> None:
    scene.enqueue(Journey.GAP_FILL, scene.opening(), Action.SIGNAL, message, body)

    await relay.drain()

    delivery = scene.deliveries()[0]
    assert delivery.state == "dead"
    assert "does not fit its journey" in (delivery.outcome or "")


async def test_two_relays_deliver_each_message_once(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    openings = [scene.opening() for _ in range(12)]
    for opening in openings:
        scene.enqueue(Journey.GAP_FILL, opening, Action.START)
        scene.enqueue(Journey.GAP_FILL, opening, Action.SIGNAL, "decline", {"offer_id": 1, "why": "no"})
        scene.enqueue(Journey.GAP_FILL, opening, Action.SIGNAL, "opening_taken", {})
    relays = [make_relay(temporal_client, database, scene, chat) for _ in range(2)]

    attempts = await asyncio.gather(*(relay.drain() for relay in relays))
    attempts_left = [await relay.drain() for relay in relays]

    assert sum(attempts) + sum(attempts_left) == 36
    for opening in openings:
        handle = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening))
        assert await signals(handle) == ["decline", "opening_taken"]


async def test_the_running_relay_hears_of_another_processs_delivery(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    relay = make_relay(temporal_client, database, scene, chat, options=RelayOptions(interval=timedelta(seconds=60)))
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.5)  # it has found nothing and rests for a minute

    await asyncio.to_thread(scene.enqueue, Journey.GAP_FILL, scene.opening(), Action.START)

    async with asyncio.timeout(20):
        while scene.deliveries()[0].state != "done":  # noqa: ASYNC110 (the database is asked, not this loop)
            await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_while_much_arrives_hints_trickle_and_people_do_not_wait_for_them(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    for number in range(6):
        event = replace(pms_event(f"e{number}"), appointment_ref=f"urn:{number}")
        arrive(scene, Purpose.PMS, event, key=f"e{number}")
    scene.enqueue(Journey.GAP_FILL, scene.opening(), Action.START)
    relay = make_relay(temporal_client, database, scene, chat, busy=lambda: True)

    first = await asyncio.to_thread(relay._claim_while_busy, 20)
    running = asyncio.create_task(relay.run())

    assert [job.delivery.action for job in first] == [Action.SIGNAL_WITH_START, Action.START]
    async with asyncio.timeout(20):  # all but the two that are claimed above
        while [one.state for one in scene.deliveries()].count("done") < 5:  # noqa: ASYNC110 (the database is asked)
            await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_with_temporal_away_everything_waits(scene: Scene, database: Database, chat: RecordingChat) -> None:
    away = await Client.connect("127.0.0.1:1", lazy=True)
    arrive(scene, Purpose.PMS, pms_event())
    before = datetime.now(UTC)

    await make_relay(away, database, scene, chat).drain()

    delivery = scene.deliveries()[0]
    assert (delivery.state, delivery.attempts, delivery.lease_until) == ("waiting", 1, None)
    assert delivery.not_before is not None and delivery.not_before > before


async def test_a_dead_relays_lease_runs_out(
    scene: Scene, temporal_client: Client, database: Database, chat: RecordingChat
) -> None:
    opening = scene.opening()
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    real_now = datetime.now(UTC)
    crashed = make_relay(temporal_client, database, scene, chat, wall=lambda: real_now)
    await asyncio.to_thread(crashed._claim, 10)

    early = await make_relay(temporal_client, database, scene, chat, wall=lambda: real_now).drain()
    after = await make_relay(
        temporal_client, database, scene, chat, wall=lambda: real_now + timedelta(seconds=31)
    ).drain()

    assert (early, after) == (0, 1)
    assert outcomes(scene) == [("start", "done")]


class TestPresses:
    """A button of a card: the update, its answer to the presser, and the signal where nobody answers."""

    async def test_the_first_press_counts_and_the_second_hears_so(
        self, scene: Scene, relay: Relay, chat: RecordingChat, temporal_client: Client
    ) -> None:
        task = scene.task()
        async with task_worker(temporal_client):
            scene.enqueue(Journey.TASK, task, Action.START)
            await relay.drain()
            self._press(scene, f"{task}:leave", "dana")
            await relay.drain()
            self._press(scene, f"{task}:leave", "lee")
            await relay.drain()

        words = [text for _, text in chat.answers]
        assert words[0].startswith("Done.")
        assert "answered" in words[1]
        assert [state for _, state in outcomes(scene)][:2] == ["done", "done"]

    async def test_a_choice_the_task_does_not_have_is_refused_in_words(
        self, scene: Scene, relay: Relay, chat: RecordingChat, temporal_client: Client
    ) -> None:
        task = scene.task()
        async with task_worker(temporal_client):
            scene.enqueue(Journey.TASK, task, Action.START)
            await relay.drain()
            handle = temporal_client.get_workflow_handle(task_id(practice_id=scene.practice_id, task=task))
            async with asyncio.timeout(10):
                while not await knows_its_choices(handle):  # noqa: ASYNC110 (Temporal is asked, not this loop)
                    await asyncio.sleep(0.05)
            self._press(scene, f"{task}:explode", "dana")
            await relay.drain()

        assert "leave" in chat.answers[0][1]

    async def test_with_no_worker_the_press_goes_by_signal(
        self, scene: Scene, relay: Relay, chat: RecordingChat, temporal_client: Client
    ) -> None:
        task = scene.task()
        scene.enqueue(Journey.TASK, task, Action.START)
        await relay.drain()

        self._press(scene, f"{task}:leave", "dana")
        await relay.drain()

        handle = temporal_client.get_workflow_handle(task_id(practice_id=scene.practice_id, task=task))
        assert await signals(handle) == ["resolve_by_signal"]
        assert chat.answers[0][1].startswith("Received.")
        await handle.terminate()

    @staticmethod
    def _press(scene: Scene, value: str, by: str) -> None:
        scene.count += 1
        pressed = CardPress(
            event_key=f"press-{scene.count}",
            team_ref="T1",
            user_ref="U1",
            user_name=by,
            action="any",
            value=value,
            channel="C1",
            card_ref="1.2",
            response_url="https://chat.example/answer",
        )
        arrive(scene, Purpose.PRESS, pressed, key=pressed.event_key)


@asynccontextmanager
async def task_worker(client: Client) -> AsyncIterator[None]:
    """The real `Task` with activities that do nothing."""

    @activity.defn(name=READ_TASK.name)
    def read_task(order: TaskOrder) -> TaskFacts:
        return TaskFacts(
            kind="nobody_left",
            title="t",
            state="open",
            due_at=datetime.now(UTC) + timedelta(hours=1),
            actions=("assign", "leave"),
        )

    @activity.defn(name=POST_TASK.name)
    def post_task(order: PostTask) -> Done:
        return Done()

    @activity.defn(name=SETTLE_TASK.name)
    def settle_task(order: SettleTask) -> Done:
        return Done()

    with ThreadPoolExecutor(4) as pool:
        core = Worker(
            client,
            task_queue="core",
            workflows=[Task],
            activities=[read_task, settle_task],
            activity_executor=pool,
        )
        messaging = Worker(client, task_queue="messaging", activities=[post_task], activity_executor=pool)
        async with core, messaging:
            yield


def test_ids_of_two_practices_differ(database: Database) -> None:
    first, second = set_scene(database, slug="a"), set_scene(database, slug="b")

    assert first.practice_id != second.practice_id


async def test_younger_messages_wait_behind_a_postponed_one(
    scene: Scene, database: Database, temporal_client: Client, chat: RecordingChat
) -> None:
    opening = scene.opening()
    later = datetime.now(UTC) + timedelta(hours=1)
    scene.enqueue(Journey.GAP_FILL, opening, Action.START, not_before=later)
    scene.enqueue(Journey.GAP_FILL, opening, Action.SIGNAL, "opening_taken", {})

    early = await make_relay(temporal_client, database, scene, chat).drain()
    after = await make_relay(temporal_client, database, scene, chat, wall=lambda: later + timedelta(seconds=1)).drain()

    assert (early, after) == (0, 2)
    assert [one.state for one in scene.deliveries()] == ["done", "done"]
    assert isinstance(scene.deliveries()[0], Delivery)
