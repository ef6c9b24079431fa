"""What a fill asks of the world: each call with its queue, its patience, and what staff read of it in the UI."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from contracts.gap_fill import (
        ASK_PERSON,
        ASSESS_OPENING,
        ASSIGN_CLIENT,
        BOOK_VISIT,
        CLOSE_OFFERS,
        OFFER_WAVE,
        REFIT_OFFERS,
        RELEASE_LATER_VISIT,
        TELL_WINNER,
        AskPerson,
        Assessment,
        Assign,
        Assigned,
        BookResult,
        BookVisit,
        CloseOffers,
        CloseResult,
        Ending,
        OfferWave,
        OpeningOrder,
        RefitOffers,
        Refitted,
        ReleaseVisit,
        TaskRef,
        Tell,
        TellWinner,
        Told,
        WaveResult,
    )
    from contracts.task import ANSWER_REPLY, AnswerReply
    from contracts.workflow_messages import AssignTo, Claim, GapFillInput, OfferTo, Via, Withdraw

from workflows.options import CORE, DATABASE, FOR_PEOPLE, HEARTBEAT, MESSAGING, VENDOR, call
from workflows.waiting import A_FEW_ATTEMPTS, UNTIL_SURE, PracticeWaits


class FillActivities:
    """One fill's calls. What talks to a vendor is tried for the practice's `pms_give_up`, and then raises
    `temporalio.exceptions.ActivityError`: the story decides what a person gets."""

    def __init__(self, start: GapFillInput, pace: PracticeWaits) -> None:
        self._start = start
        self._pace = pace

    async def assess(self, *, plan_wave: bool) -> Assessment:
        return await call(
            ASSESS_OPENING,
            OpeningOrder(practice_id=self._start.practice_id, opening_id=self._start.opening_id, plan_wave=plan_wave),
            queue=self._start.pms_queue,
            options=VENDOR,
            summary="Read the day live; is it open, worth filling, and who fits?",
            give_up_after=self._patience(),
            priority=FOR_PEOPLE,
        )

    def wave(
        self, number: int, by_staff: OfferTo | None, plan: Assessment | None
    ) -> workflow.ActivityHandle[WaveResult]:
        """Under way; staff may withdraw the fill meanwhile."""
        of_plan = plan is not None and plan.planned and number == 1 and by_staff is None
        return workflow.start_activity(
            OFFER_WAVE.name,
            OfferWave(
                practice_id=self._start.practice_id,
                opening_id=self._start.opening_id,
                wave=number,
                only_client=by_staff.client_id if by_staff else None,
                by=by_staff.by if by_staff else "rules",
                reason=by_staff.reason if by_staff else "",
                offers_until=None if plan is None else plan.offers_until,
                others_fit=plan.others_fit if plan is not None and of_plan else True,
            ),
            result_type=OFFER_WAVE.result,
            task_queue=MESSAGING,
            start_to_close_timeout=VENDOR.start_to_close,
            schedule_to_close_timeout=self._until_sure(),
            heartbeat_timeout=HEARTBEAT,
            retry_policy=VENDOR.retry,
            summary=f"Wave {number}: rank again and offer",
            priority=Priority(priority_key=FOR_PEOPLE),
        )

    async def refit(self, *, lost: Claim | None = None) -> Refitted:
        """By the mirror, where the change came from; where a claim found its time taken, by the practice system."""
        return await call(
            REFIT_OFFERS,
            RefitOffers(
                practice_id=self._start.practice_id,
                opening_id=self._start.opening_id,
                lost=None if lost is None else lost.offer_id,
            ),
            queue=CORE if lost is None else self._start.pms_queue,
            options=DATABASE if lost is None else VENDOR,
            summary="The calendar changed: do open offers still fit?",
            give_up_after=None if lost is None else self._patience(),
        )

    def book(self, claim: Claim, *, give_up_after: timedelta) -> workflow.ActivityHandle[BookResult]:
        """Under way; the winner may be told meanwhile. `give_up_after` is real time."""
        return workflow.start_activity(
            BOOK_VISIT.name,
            BookVisit(
                practice_id=self._start.practice_id,
                opening_id=self._start.opening_id,
                offer_id=claim.offer_id,
                assigned_by=_assigned_by(claim),
            ),
            result_type=BOOK_VISIT.result,
            task_queue=self._start.pms_queue,
            start_to_close_timeout=VENDOR.start_to_close,
            schedule_to_close_timeout=give_up_after,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=VENDOR.retry,
            summary="Hold, write to the practice system, read back",
        )

    async def release_later_visit(self, claim: Claim, appointment_id: int) -> None:
        await call(
            RELEASE_LATER_VISIT,
            ReleaseVisit(
                practice_id=self._start.practice_id,
                opening_id=self._start.opening_id,
                offer_id=claim.offer_id,
                appointment_id=appointment_id,
            ),
            queue=self._start.pms_queue,
            options=VENDOR,
            summary="Release the winner's later visit: an opening of its own",
            give_up_after=self._patience(),
        )

    async def assign(self, order: AssignTo) -> Assigned:
        return await call(
            ASSIGN_CLIENT,
            Assign(
                practice_id=self._start.practice_id,
                opening_id=self._start.opening_id,
                client_id=order.client_id,
                by=order.by,
                reason=order.reason,
                service_ids=order.service_ids,
            ),
            queue=self._start.pms_queue,
            options=VENDOR,
            summary="Staff chose: check that it fits",
            give_up_after=self._patience(),
        )

    async def close(
        self,
        ending: Ending,
        *,
        winner: Claim | None,
        claimed: tuple[int, ...],
        final: bool,
        instead: str = "",
        withdrawn: Withdraw | None = None,
        only: tuple[int, ...] = (),
        won: bool = False,
    ) -> CloseResult:
        return await call(
            CLOSE_OFFERS,
            CloseOffers(
                practice_id=self._start.practice_id,
                opening_id=self._start.opening_id,
                ending=ending,
                winner_offer_id=winner.offer_id if winner else None,
                claimed=claimed,
                final=final,
                instead=instead,
                by=withdrawn.by if withdrawn else "rules",
                reason=withdrawn.reason if withdrawn else "",
                only=only,
                won=won,
            ),
            queue=MESSAGING,
            options=VENDOR,
            summary=f"Tell everybody asked how it ended: {ending.value}",
            # While a late yes may still come, it finds the fill awake: the last closing tries again what is left.
            give_up_after=self._until_sure() if final else A_FEW_ATTEMPTS,
        )

    async def tell_winner(self, claim: Claim, what: Tell) -> Told:
        """What they were told, and whether they have another time to think about. What cannot be told in time is no
        other time either."""
        try:
            return await call(
                TELL_WINNER,
                TellWinner(
                    practice_id=self._start.practice_id,
                    opening_id=self._start.opening_id,
                    offer_id=claim.offer_id,
                    what=what,
                ),
                queue=MESSAGING,
                options=VENDOR,
                summary=f"Tell the client who said yes: {what.value}",
                # Nothing waits for word that we are at it; their visit's own confirmation comes in any case.
                give_up_after=A_FEW_ATTEMPTS if what is Tell.CONFIRMING else self._until_sure(),
            )
        except ActivityError as error:
            workflow.logger.warning("the winner could not be told in time", exc_info=error)
            return Told()

    async def answer_late(self, receipt_id: int) -> None:
        """A yes that came when all was decided. What cannot be sent in time is a person's to answer."""
        order = AnswerReply(practice_id=self._start.practice_id, receipt_id=receipt_id)
        try:
            await call(
                ANSWER_REPLY,
                order,
                queue=MESSAGING,
                options=VENDOR,
                summary="A late yes gets its answer",
                give_up_after=self._until_sure(),
            )
        except ActivityError as error:
            workflow.logger.warning("a late yes could not be answered in time", exc_info=error)
            await call(
                ANSWER_REPLY,
                order.model_copy(update={"by_person": True}),
                queue=MESSAGING,
                options=DATABASE,
                summary="A person answers the late yes",
            )

    async def person(self, kind: str, words: str, claim: Claim | None = None, *, before: int = 0) -> TaskRef:
        """A Task for staff; asked again for the same, it is the same task. Only our database is needed."""
        return await call(
            ASK_PERSON,
            AskPerson(
                practice_id=self._start.practice_id,
                opening_id=self._start.opening_id,
                kind=kind,
                offer_id=claim.offer_id if claim else None,
                words=words,
                before=before,
                assigned_by=_assigned_by(claim),
            ),
            queue=CORE,
            options=DATABASE,
            summary=f"Open a task for staff: {kind}",
        )

    def _patience(self) -> timedelta:
        """With the practice system."""
        return self._pace.patience(self._start.vendor_give_up)

    def _until_sure(self) -> timedelta:
        """With texts."""
        return self._pace.patience(self._start.vendor_give_up, at_least=UNTIL_SURE)


def _assigned_by(claim: Claim | None) -> str:
    """Who of staff made the claim, where it is no client's own word."""
    return (claim.by or "A colleague") if claim is not None and claim.via is Via.STAFF else ""
