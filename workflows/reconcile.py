"""Reads the coming days of the PMS and hands every difference to its journey: webhooks are hints, some are lost."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from contracts.booking import (
        ASK_ABOUT_CALENDAR,
        PLAN_RECONCILE,
        RECONCILE_DAY,
        AskAboutCalendar,
        PlanReconcile,
        Reconciled,
        ReconcileDay,
    )
    from contracts.workflow_messages import ReconcileInput

from workflows.options import CORE, DATABASE, VENDOR, call
from workflows.waiting import A_FEW_ATTEMPTS, PracticeWaits


@workflow.defn(name="Reconcile")
class Reconcile:
    """One run per schedule tick, or by hand after an outage; blocks removed and shifts added are seen here."""

    @workflow.run
    async def run(self, start: ReconcileInput) -> Reconciled:
        plan = await call(
            PLAN_RECONCILE,
            PlanReconcile(practice_id=start.practice_id, days=start.days),
            queue=CORE,
            options=DATABASE,
            summary="Which days to read",
        )
        # The schedule's own words hold for an older worker's plan only: clock and practice system change under it.
        patience = (
            PracticeWaits(start.clock.clock()).patience(start.vendor_give_up)
            if plan.give_up_after is None
            else max(plan.give_up_after, A_FEW_ATTEMPTS)
        )
        differences = openings = unread = 0
        for day in plan.days:
            try:
                read = await call(
                    RECONCILE_DAY,
                    ReconcileDay(
                        practice_id=start.practice_id, location_id=day.location_id, day=day.day, baseline=start.baseline
                    ),
                    queue=plan.pms_queue or start.pms_queue,
                    options=VENDOR,
                    summary=f"Read {day.day}",
                    # Once a day could not be read, the next are only knocked at: the next run comes in minutes.
                    give_up_after=A_FEW_ATTEMPTS if unread else patience,
                )
            except ActivityError as error:
                workflow.logger.warning("a day could not be read in time", exc_info=error)
                if not unread:
                    await self._tell_staff(start)
                unread += 1
                continue
            differences += read.differences
            openings += read.openings
        return Reconciled(differences=differences, openings=openings, unread=unread)

    async def _tell_staff(self, start: ReconcileInput) -> None:
        await call(
            ASK_ABOUT_CALENDAR,
            AskAboutCalendar(practice_id=start.practice_id),
            queue=CORE,
            options=DATABASE,
            summary="Open a task for staff: the calendar cannot be read",
        )
