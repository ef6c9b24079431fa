"""How fast each vendor's queue may go: as fast as its practices' accounts may together, and each practice only as fast
as its own.

Temporal holds the limit per task queue and, where it serves practices fairly, per practice. It is told anew whenever a
connection is made, changed or turned off, without a restart.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import RateLimit
from temporalio.api.workflowservice.v1 import UpdateTaskQueueConfigRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.repositories import connections
from models.repositories.connections import ConnectionFacts
from models.session import Database
from wiring.settings import Settings
from wiring.vendors import DIALECTS, PURPOSES
from workflows.options import MESSAGING

_log = structlog.get_logger(__name__)

#: How long a new or changed connection's pace may go unheard; as long as `docs/connections.md` says.
LOOKED_AT_EVERY: Final = timedelta(seconds=20)
#: Of one practice beside another in a queue; Temporal takes a thousand to a thousandth.
_LEAST_WEIGHT, _MOST_WEIGHT = 0.001, 1000.0


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Calls a second to one vendor."""

    #: Of an account that states none.
    default: float
    #: Of each practice that has accounts there.
    of_practices: Mapping[int, float]

    @property
    def together(self) -> float:
        """All accounts'; one's where there is none yet, for whoever is connected later."""
        return sum(self.of_practices.values()) or self.default

    @property
    def weights(self) -> dict[str, float]:
        """Of the practices whose pace is not the default, by the key that Temporal knows them by."""
        shares = {practice: pace / self.default for practice, pace in self.of_practices.items()}
        return {
            str(practice): min(max(share, _LEAST_WEIGHT), _MOST_WEIGHT)
            for practice, share in shares.items()
            if share != 1.0
        }


def paces(settings: Settings, live: Sequence[ConnectionFacts]) -> dict[str, Pace]:
    """The pace of each vendor that has one, by the connections there are."""
    boulevard, twilio = settings.boulevard, settings.twilio
    own = {
        "boulevard": None if boulevard is None else boulevard.requests_per_second,
        "twilio": None if twilio is None else twilio.requests_per_second,
    }
    found: dict[str, Pace] = {}
    for vendor, purpose in PURPOSES.items():
        field = DIALECTS[purpose][vendor].account.model_fields.get("requests_per_second")
        default = own.get(vendor) or (None if field is None else field.default)
        if default is None:
            continue
        # Several numbers of one account share its pace.
        accounts = {
            (one.practice_id, one.options.get("account_sid", one.id)): float(
                one.options.get("requests_per_second", default)
            )
            for one in live
            if one.vendor == vendor
        }
        practices: defaultdict[int, float] = defaultdict(float)
        for (practice_id, _), pace in accounts.items():
            practices[practice_id] += pace
        found[vendor] = Pace(default=default, of_practices=dict(practices))
    return found


def read_paces(settings: Settings, database: Database) -> dict[str, Pace] | None:
    """The paces by the connections there are now; None while the database is away."""
    try:
        with database.transaction() as session:
            live = connections.of_everybody(session)
    except SQLAlchemyError as error:
        _log.warning("worker.paces_unread", error=type(error).__name__)
        return None
    return paces(settings, live)


def pace_of(found: Mapping[str, Pace], queue: str) -> Pace | None:
    """That of the queue's vendor; of texts, for messages of all kinds."""
    return found.get("twilio" if queue == MESSAGING else queue.removeprefix("pms-"))


class KeptPaces:
    """Tells Temporal the paces of some queues, and again when they change."""

    def __init__(self, *, settings: Settings, database: Database, client: Client, queues: Sequence[str]) -> None:
        self._settings = settings
        self._database = database
        self._client = client
        self._queues = queues
        self._told: dict[str, Pace] = {}

    async def keep(self, every: timedelta = LOOKED_AT_EVERY) -> None:
        """Until cancelled. What cannot be read or told is tried again at the next look."""
        while True:
            await self.look()
            await asyncio.sleep(every.total_seconds())

    async def look(self) -> None:
        """Tell what has changed since the last look."""
        found = await asyncio.to_thread(read_paces, self._settings, self._database)
        for queue in self._queues:
            pace = None if found is None else pace_of(found, queue)
            if pace is None or self._told.get(queue) == pace:
                continue
            try:
                await self._tell(queue, pace)
            except RPCError as error:
                if error.status is RPCStatusCode.UNIMPLEMENTED:
                    # An older server: what the worker said of itself as it started stays.
                    self._told[queue] = pace
                _log.warning("worker.pace_not_told", queue=queue, error=error.status.name)
                continue
            self._told[queue] = pace
            _log.info("worker.pace", queue=queue, per_second=pace.together, practices=len(pace.of_practices))

    async def _tell(self, queue: str, pace: Pace) -> None:
        before = self._told.get(queue)
        gone = set() if before is None else before.weights.keys() - pace.weights.keys()
        update = UpdateTaskQueueConfigRequest.RateLimitUpdate
        await self._client.workflow_service.update_task_queue_config(
            UpdateTaskQueueConfigRequest(
                namespace=self._client.namespace,
                identity=self._client.identity,
                task_queue=queue,
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
                update_queue_rate_limit=update(
                    rate_limit=RateLimit(requests_per_second=pace.together),
                    reason=f"requests_per_second of {len(pace.of_practices)} practices' accounts",
                ),
                update_fairness_key_rate_limit_default=update(
                    rate_limit=RateLimit(requests_per_second=pace.default),
                    reason="requests_per_second of one account; practices with another have a weight",
                ),
                set_fairness_weight_overrides=pace.weights,
                unset_fairness_weight_overrides=sorted(gone),
            )
        )
