"""Puts the product together from settings; a test can call it with other vendors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from activities.appointments import Appointments
from activities.cancelling import Releasing
from activities.draft_sending import DraftSending
from activities.endings import Endings
from activities.offer_refitting import OfferRefitting
from activities.offering import Offering
from activities.reconciling import Reconciling
from activities.replies import Replies
from activities.task_cards import TaskCards
from activities.visit_messages import VisitMessages
from activities.visit_writing import VisitWriting
from models.session import Database, make_engine
from operations.gate import MessageGate
from operations.ports import Grace, Links, Vendors
from wiring.connected_vendors import Accounts, ConnectedGrace, ConnectedVendors
from wiring.settings import Settings
from workflows.booking import Booking
from workflows.gap_fill import GapFill
from workflows.options import CORE, MESSAGING
from workflows.reconcile import Reconcile
from workflows.reply import Reply
from workflows.task import Task

#: Every workflow type; each runs on `core`.
WORKFLOWS: tuple[type, ...] = (Booking, GapFill, Reconcile, Reply, Task)

Activity = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Activities:
    """Bound activities by the kind of work; the queue of a PMS is `pms-<kind>`."""

    core: Sequence[Activity]
    messaging: Sequence[Activity]
    pms: Sequence[Activity]

    def of_queue(self, queue: str) -> Sequence[Activity]:
        """Raises `ValueError` for a queue that nobody fills."""
        if queue == CORE:
            return self.core
        if queue == MESSAGING:
            return self.messaging
        if queue.startswith("pms-"):
            return self.pms
        raise ValueError(f"queues: {queue!r} is none of core, messaging, pms-<kind>")


def build_database(settings: Settings) -> Database:
    return Database(make_engine(settings.database_url, pool_size=settings.database_pool_size))


def build_activities(
    settings: Settings, *, database: Database, vendors: Vendors | None = None, grace: Grace | None = None
) -> Activities:
    """All activities over these vendors; by default the practices' connections."""
    accounts = Accounts(settings=settings, database=database)
    vendors = vendors or ConnectedVendors(accounts)
    grace = grace or ConnectedGrace(accounts=accounts)
    links = Links(base_url=settings.public_base_url, secret=settings.api_key_pepper.get_secret_value())
    gate = MessageGate(database=database, vendors=vendors, grace=grace)
    offering = Offering(database=database, vendors=vendors, gate=gate, links=links)
    endings = Endings(database=database, gate=gate, links=links)
    writing = VisitWriting(database=database, vendors=vendors, grace=grace)
    releasing = Releasing(database=database, vendors=vendors)
    appointments = Appointments(database=database, vendors=vendors)
    reconciling = Reconciling(database=database, vendors=vendors)
    refitting = OfferRefitting(database=database, vendors=vendors)
    touches = VisitMessages(database=database, gate=gate)
    cards = TaskCards(database=database, vendors=vendors, links=links, grace=grace)
    drafts = DraftSending(database=database, gate=gate)
    replies = Replies(database=database, gate=gate, vendors=vendors)
    return Activities(
        core=(
            offering.ask_person,
            refitting.refit_offers,
            appointments.close_booking,
            appointments.ask_about_visit,
            reconciling.plan_reconcile,
            reconciling.ask_about_calendar,
            cards.read_task,
            cards.settle_task,
        ),
        messaging=(
            offering.offer_wave,
            endings.close_offers,
            endings.tell_winner,
            touches.send_touch,
            cards.post_task,
            drafts.send_draft,
            replies.answer_reply,
        ),
        pms=(
            offering.assess_opening,
            offering.assign_client,
            writing.book_visit,
            refitting.refit_offers,
            releasing.release_later_visit,
            appointments.refresh_appointment,
            appointments.confirm_visit,
            reconciling.reconcile_day,
        ),
    )
