"""How fast each vendor's queue may go by the practices' accounts, and that Temporal hears of changes while all runs."""

from __future__ import annotations

import uuid

import pytest
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue, TaskQueueConfig
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from models.repositories import connections
from models.session import Database
from tests.inbox.scene import Scene, set_scene
from tests.wiring.vendor_accounts import boulevard, connected, twilio
from wiring.paces import KeptPaces, Pace, pace_of, paces
from wiring.settings import Settings, given_settings


def read(database: Database, settings: Settings | None = None) -> dict[str, Pace]:
    with database.transaction() as session:
        return paces(settings or given_settings(), connections.of_everybody(session))


def test_without_an_account_a_queue_goes_as_fast_as_one_would(database: Database) -> None:
    found = read(database)

    assert found["boulevard"].together == found["boulevard"].default == 5.0
    assert pace_of(found, "core") is None
    assert pace_of(found, "messaging") == found["twilio"]


def test_a_queue_goes_as_fast_as_its_accounts_together_and_each_practice_as_its_own(database: Database) -> None:
    ours, theirs = set_scene(database, slug="ours"), set_scene(database, slug="theirs")
    connected(database, ours.practice_id, "boulevard", boulevard("ours"), "ours")
    connected(database, theirs.practice_id, "boulevard", boulevard("theirs", requests_per_second=10), "theirs")
    number = "+12125550191"
    for one in (number, "+12125550192"):
        # Two numbers of one account.
        connected(database, ours.practice_id, "twilio", twilio("ours", number=one, requests_per_second=3), one)

    found = read(database)

    assert found["boulevard"].together == 15.0
    assert found["boulevard"].weights == {str(theirs.practice_id): 2.0}
    # And the number that it had before, of the environment's account.
    assert found["twilio"].of_practices[ours.practice_id] == 3.0 + found["twilio"].default


@pytest.mark.engine
async def test_temporal_hears_of_an_account_that_is_connected_and_turned_off_while_all_runs(
    database: Database, temporal_client: Client
) -> None:
    scene: Scene = set_scene(database)
    own = "pms-boulevard"
    kept = KeptPaces(settings=given_settings(), database=database, client=temporal_client, queues=("core", own))

    await kept.look()
    alone = await config(temporal_client, own)
    one = connected(
        database, scene.practice_id, "boulevard", boulevard("ours", requests_per_second=8), f"ours-{uuid.uuid4()}"
    )
    await kept.look()
    connected_one = await config(temporal_client, own)
    with database.transaction() as session:
        connections.turn_off(session, one.practice_id, one.id, now=scene.wall())
    await kept.look()
    off = await config(temporal_client, own)

    assert [rate(each) for each in (alone, connected_one, off)] == [5.0, 8.0, 5.0]
    assert "requests_per_second" in connected_one.queue_rate_limit.metadata.reason
    assert dict(connected_one.fairness_weight_overrides) == {str(scene.practice_id): pytest.approx(1.6)}
    assert dict(off.fairness_weight_overrides) == {}


def rate(found: TaskQueueConfig) -> float:
    return found.queue_rate_limit.rate_limit.requests_per_second


async def config(client: Client, queue: str) -> TaskQueueConfig:
    told = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            report_config=True,
        )
    )
    return told.config
