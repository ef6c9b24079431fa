"""Reads the coming days of the PMS and hands every difference to its journey: webhooks are hints, some are lost."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.contracts.booking import (
        PLAN_RECONCILE,
        RECONCILE_DAY,
        PlanReconcile,
        Reconciled,
        ReconcileDay,
    )
    from workflows.messages import ReconcileInput

from workflows.options import CORE, DATABASE, VENDOR, call


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
        differences = openings = 0
        for day in plan.days:
            read = await call(
                RECONCILE_DAY,
                ReconcileDay(
                    practice_id=start.practice_id, location_id=day.location_id, day=day.day, baseline=start.baseline
                ),
                queue=start.pms_queue,
                options=VENDOR,
                summary=f"Read {day.day}",
            )
            differences += read.differences
            openings += read.openings
        return Reconciled(differences=differences, openings=openings)
