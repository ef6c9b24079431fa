"""Visits that Chairflow itself takes off the calendar: one that overlaps, and the later one a winner gives up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio import activity

from contracts.activity_call import Done
from contracts.gap_fill import RELEASE_LATER_VISIT, ReleaseVisit
from domain import effect_keys
from domain.calendar import VisitState
from models.repositories import calendar, effects, practices
from models.repositories.practices import PracticeFacts
from models.session import Database
from operations import mirror
from operations.activity_clock import practice_now, real_now, workflow_id
from operations.ports import Vendors
from operations.vendor_errors import translated
from vendors.errors import Refused, Unsupported
from vendors.pms.base import Pms


def cancel_once(
    database: Database,
    pms: Pms,
    practice: PracticeFacts,
    *,
    key: str,
    ref: str,
    client_id: int | None,
    now: datetime,
    void: bool,
    detail: dict[str, Any] | None = None,
) -> None:
    """Take an appointment off the calendar, quietly. An earlier attempt may have done it, and the practice system
    refuses to cancel what is cancelled. `void`: it never was a visit. Raises `vendors.errors.VendorError`;
    `Unsupported` where a person has to do it."""
    if not pms.capabilities.takes.cancel:
        raise Unsupported("a person has to cancel it there", vendor=pms.kind, operation="cancel")
    with database.transaction() as session:
        intent = effects.plan(
            session,
            practice.id,
            key=key,
            effect="pms_cancel",
            workflow_id=workflow_id(),
            client_id=client_id,
            now=now,
            detail=detail,
        )
        if intent.settled:
            return
        effects.trying(session, practice.id, intent.id, real_now=real_now())
        effects.settle(session, practice.id, intent.id, state="trying", now=now, vendor_ref=ref)
    standing = None if intent.state == "planned" else pms.fetch(appointment_ref=ref)
    if intent.state == "planned" or (standing is not None and standing.state.occupies):
        try:
            pms.cancel(appointment_ref=ref, quietly=True, void=void)
        except Refused:
            # Somebody was faster, by hand; what it wanted is so.
            standing = pms.fetch(appointment_ref=ref)
            if standing is not None and standing.state.occupies:
                raise
    with database.transaction() as session:
        effects.settle(session, practice.id, intent.id, state="done", now=now, vendor_ref=ref)


class Releasing:
    """A winner's later visit of the same kind makes room for somebody else."""

    def __init__(self, *, database: Database, vendors: Vendors) -> None:
        self._database = database
        self._vendors = vendors

    @activity.defn(name=RELEASE_LATER_VISIT.name)
    def release_later_visit(self, order: ReleaseVisit) -> Done:
        """Give up the later visit of the same kind: cancelled in the PMS first, then an opening of its own."""
        with self._database.transaction() as session:
            practice = practices.load(session, order.practice_id)
            matrix = practices.matrix(session, order.practice_id)
            now = practice_now(practice.clock)
            row = calendar.get(session, order.practice_id, order.appointment_id)
        with translated():
            cancel_once(
                self._database,
                self._vendors.pms(order.practice_id),
                practice,
                key=effect_keys.release_key(order.offer_id, order.appointment_id),
                ref=row.pms_ref,
                client_id=row.client_id,
                now=now,
                void=False,
                detail={"opening": order.opening_id},
            )
        with self._database.transaction() as session:
            calendar.lock(session, order.practice_id, order.appointment_id)
            before = calendar.visit(session, order.practice_id, order.appointment_id)
            if before is not None and before.state.occupies:
                mirror.write(
                    session,
                    practice,
                    matrix,
                    before=before,
                    after=replace(before, state=VisitState.CANCELLED),
                    now=now,
                    given_up_for=order.opening_id,
                )
        return Done()
