"""One opening, offered to those who wait for it, until somebody has it or nobody can."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.contracts.gap_fill import (
        ASK_PERSON,
        ASSESS_OPENING,
        ASSIGN_CLIENT,
        BOOK_VISIT,
        CLOSE_OFFERS,
        OFFER_WAVE,
        RELEASE_LATER_VISIT,
        TELL_WINNER,
        AskPerson,
        Assessment,
        Assign,
        Booked,
        BookResult,
        BookVisit,
        CloseOffers,
        Ending,
        OfferWave,
        OpeningOrder,
        ReleaseVisit,
        TaskRef,
        Tell,
        TellWinner,
        Verdict,
        WaveResult,
    )
    from activities.contracts.task import ANSWER_REPLY, AnswerReply
    from workflows.messages import (
        Accepted,
        AssignTo,
        Claim,
        ClaimResult,
        Decline,
        GapFillInput,
        OfferTo,
        OpeningTaken,
        Payload,
        TaskAnswer,
        Via,
        Withdraw,
    )

from workflows import search_attributes as sa
from workflows.claims import Claims
from workflows.options import CORE, DATABASE, HEARTBEAT, MESSAGING, VENDOR, call
from workflows.pacing import Pace

#: Real time. However fast the practice's clock runs, a vendor gets a few attempts.
AT_LEAST = timedelta(seconds=10)


class GapFillOutcome(Payload):
    """How the fill ended."""

    ending: Ending
    offers: int = 0
    waves: int = 0
    appointment_id: int | None = None
    words: str = ""


@dataclass
class State:
    """What the fill knows; rebuilt by replay."""

    stage: str = "settling"
    wave: int = 0
    offers: int = 0
    #: Offers a client can still answer within their window.
    awaited: set[int] = field(default_factory=set)
    #: Offers answered with a no, or that cannot be; a quick one comes before its wave's result.
    declined: set[int] = field(default_factory=set)
    claims: Claims = field(default_factory=Claims)
    taken: str | None = None
    withdrawn: Withdraw | None = None
    #: Clients staff want asked next.
    asked_for: list[OfferTo] = field(default_factory=list)
    assigned: list[AssignTo] = field(default_factory=list)
    #: Staff answered a task; what they chose is among the above, or is to leave the chair free.
    answered: bool = False
    left_free: bool = False
    #: No longer open to claims.
    over: bool = False
    story: list[str] = field(default_factory=list)


@workflow.defn(name="GapFill")
class GapFill:
    """Fills one opening. Claims come as signals (texts) and updates (links, staff); both meet in `_claim`."""

    @workflow.init
    def __init__(self, start: GapFillInput) -> None:
        self.start = start
        self.pace = Pace(start.clock.clock())
        self.state = State()
        self.plan: Assessment | None = None

    @workflow.run
    async def run(self, start: GapFillInput) -> GapFillOutcome:
        if await self._undone_while_settling():
            return await self._end(Ending.WITHDRAWN)
        plan = await self._assess()
        if plan is None:
            return await self._end(Ending.HANDED_OVER)
        if plan.verdict is Verdict.GONE:
            return await self._end(Ending.WITHDRAWN, plan.words)
        if plan.verdict is Verdict.NOT_WORTH:
            return await self._end(Ending.DECLINED, plan.words)
        if plan.verdict is Verdict.PERSON_FIRST and not await self._person_says_go(plan):
            return await self._end(Ending.WITHDRAWN if self._stopped() else Ending.HANDED_OVER)
        while True:
            claim = await self._offer_until_claimed(plan)
            if claim is None:
                return await self._end(self._how_it_ended())
            booking = await self._book(claim, plan)
            if booking is None:
                return await self._end(Ending.HANDED_OVER)
            if booking.outcome is Booked.BOOKED:
                return await self._filled(claim, booking)
            if booking.outcome is not Booked.REFUSED:
                return await self._lost_to_the_clinic(claim, booking)
            await self._refused(claim, booking)

    # --- the steps of the story ---------------------------------------------------------------------------------

    async def _undone_while_settling(self) -> bool:
        """Mis-clicks are undone within seconds; nobody should be texted about them. Counted from the start: the relay
        delays the first task by as much, which costs five events less than a timer."""
        self._tell("Settling", "a mis-click would be undone by now", "then the waitlist is ranked")
        until = self.pace.clock.practice(workflow.info().workflow_start_time) + self.start.settling_delay
        return (
            await self.pace.wait(
                lambda: self._stopped() or bool(self.state.asked_for or self.state.assigned),
                until=until,
                summary="Settling delay: mis-clicks are undone within it",
            )
            and self._stopped()
        )

    async def _assess(self) -> Assessment | None:
        """None: the practice system could not be read in time, and a person has it."""
        self.state.stage = "assessing"
        try:
            self.plan = await call(
                ASSESS_OPENING,
                OpeningOrder(practice_id=self.start.practice_id, opening_id=self.start.opening_id),
                queue=self.start.pms_queue,
                options=VENDOR,
                summary="Read the day live; is it open, worth filling, and who fits?",
                give_up_after=self._give_up_after(),
            )
        except ActivityError as error:
            workflow.logger.warning("the day could not be read in time", exc_info=error)
            await self._ask_person("offers_paused", "The practice system could not be read.")
            return None
        self._note(self.plan.words)
        return self.plan

    async def _person_says_go(self, plan: Assessment) -> bool:
        """A high-value chair: staff choose first; when nobody comes in time, offers go out (the safe default)."""
        task = await self._ask_person("person_first", plan.words)
        self._stage("person", waiting_on="staff", needs_human=True, next_at=min(task.due_at, plan.offers_until))
        self._tell("Waiting for a person", plan.words, "offers go out by themselves when the task falls due")
        await self.pace.wait(
            lambda: self.state.answered or self._something(),
            until=min(task.due_at, plan.offers_until),
            summary="A person decides first",
        )
        return not self._stopped() and not self.state.left_free

    async def _offer_until_claimed(self, plan: Assessment) -> Claim | None:
        """Waves until a claim stands. None: nobody left in time, taken, or withdrawn."""
        exhausted = False
        asked_a_person = False
        self._stage("offering", waiting_on="client", next_at=plan.offers_until)
        while True:
            if (claim := self.state.claims.first()) is not None or self._stopped() or self.state.left_free:
                return claim
            if self.state.assigned:
                await self._assign(self.state.assigned.pop(0))
                continue
            by_staff = self.state.asked_for.pop(0) if self.state.asked_for else None
            if self.pace.now() >= plan.offers_until and by_staff is None:
                return None
            if exhausted and by_staff is None:
                if not asked_a_person:
                    asked_a_person = True
                    await self._nobody_left(plan)
                    continue
                if not await self._something_new(until=plan.offers_until, summary="Nobody left; staff have the list"):
                    return None
                continue
            wave = await self._send_wave(by_staff)
            if wave is None:
                exhausted = asked_a_person = True
                continue
            if wave.gone:
                self.state.taken = wave.words or "no longer open"
                return None
            if by_staff is not None and not wave.offers and wave.held_until is None:
                await self._ask_person("assignment_does_not_fit", wave.words)
            if wave.offers:
                await self._wait_for_answers(min(wave.window_ends_at or plan.offers_until, plan.offers_until))
            elif wave.held_until is not None and wave.held_until < plan.offers_until:
                self._tell("Waiting to ask", wave.words or "nobody may be asked just now", "offers go on by themselves")
                await self._something_new(
                    until=wave.held_until, summary="Quiet hours, or other offers are open: offers wait"
                )
            elif wave.held_until is not None:
                exhausted = True  # then it is too late
            exhausted = exhausted or wave.nobody_left or self.state.wave >= plan.max_waves

    async def _send_wave(self, by_staff: OfferTo | None) -> WaveResult | None:
        """None: texts could not be sent in time, and a person has the list."""
        self.state.wave += 1
        try:
            wave = await call(
                OFFER_WAVE,
                OfferWave(
                    practice_id=self.start.practice_id,
                    opening_id=self.start.opening_id,
                    wave=self.state.wave,
                    only_client=by_staff.client_id if by_staff else None,
                    by=by_staff.by if by_staff else "rules",
                ),
                queue=MESSAGING,
                options=VENDOR,
                summary=f"Wave {self.state.wave}: rank again and offer",
                give_up_after=self._give_up_after(),
            )
        except ActivityError as error:
            workflow.logger.warning("offers could not be sent in time", exc_info=error)
            self._stage("nobody_left", waiting_on="staff", needs_human=True)
            await self._ask_person("offers_paused", "Texts could not be sent.")
            return None
        self.state.offers = max(self.state.offers, wave.sent_so_far)
        self.state.awaited |= {offer.offer_id for offer in wave.offers if offer.open} - self.state.declined
        self._note(f"Wave {self.state.wave}: {len(wave.offers)} offered. {wave.words}")
        return wave

    async def _wait_for_answers(self, until: datetime) -> None:
        self._tell(
            f"Wave {self.state.wave}: {len(self.state.awaited)} asked",
            "the clients asked may answer YES",
            f"the next are asked at {until:%H:%M} UTC, or once all have declined",
        )
        await self.pace.wait(
            lambda: not self.state.awaited or self._something(),
            until=until,
            summary=f"Wave {self.state.wave}: time to answer",
        )
        self.state.awaited.clear()

    async def _something_new(self, *, until: datetime, summary: str) -> bool:
        return await self.pace.wait(self._something, until=until, summary=summary)

    async def _book(self, claim: Claim, plan: Assessment) -> BookResult | None:
        """Write the winner's visit. None: the PMS could not be reached in time and a person has it."""
        self._tell("A client said yes", "the practice system to take the visit", "the client is confirmed, others told")
        claimed_at = self.pace.now()
        give_up_at = min(claimed_at + plan.pms_give_up, plan.slot_start - plan.pms_give_up_before_start)
        give_up_after = max(self.pace.real_until(give_up_at), AT_LEAST)
        writing = workflow.start_activity(
            BOOK_VISIT.name,
            BookVisit(practice_id=self.start.practice_id, opening_id=self.start.opening_id, offer_id=claim.offer_id),
            result_type=BOOK_VISIT.result,
            task_queue=self.start.pms_queue,
            start_to_close_timeout=VENDOR.start_to_close,
            schedule_to_close_timeout=give_up_after,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=VENDOR.retry,
            summary="Hold, write to the practice system, read back",
        )
        taken_on = await self.pace.wait(
            writing.done, until=claimed_at + plan.booking_note_after, summary="Tell the winner we are at it"
        )
        if not taken_on:
            self._stage("booking", waiting_on="pms", next_at=give_up_at)
            await self._tell_winner(claim, Tell.CONFIRMING)
        try:
            booking: BookResult = await writing
            return booking
        except ActivityError as error:
            workflow.logger.warning("the practice system could not be written in time", exc_info=error)
            await self._ask_person("pms_unreachable", "The practice system could not be reached in time.", claim)
            await self._tell_winner(claim, Tell.HANDED_OVER)
            return None

    async def _filled(self, claim: Claim, booking: BookResult) -> GapFillOutcome:
        self._note("Booked in the practice system.")
        if booking.later_appointment_id is not None:
            try:
                await call(
                    RELEASE_LATER_VISIT,
                    ReleaseVisit(
                        practice_id=self.start.practice_id,
                        opening_id=self.start.opening_id,
                        offer_id=claim.offer_id,
                        appointment_id=booking.later_appointment_id,
                    ),
                    queue=self.start.pms_queue,
                    options=VENDOR,
                    summary="Release the winner's later visit: an opening of its own",
                    give_up_after=self._give_up_after(),
                )
            except ActivityError as error:
                workflow.logger.warning("the winner's later visit could not be released", exc_info=error)
                await self._ask_person("release_failed", "", claim)
        return await self._end(Ending.FILLED, booking.words, winner=claim, appointment_id=booking.appointment_id)

    async def _lost_to_the_clinic(self, claim: Claim, booking: BookResult) -> GapFillOutcome:
        """The chair is gone: the winner hears it at once with the next best thing, or a person calls."""
        self._note(booking.words)
        self.state.taken = booking.words or "taken in the practice system"
        told = await self._tell_winner(claim, Tell.NOT_FREE)
        if not told:
            await self._ask_person("overlap", booking.words, claim)
        return await self._end(Ending.WITHDRAWN, booking.words)

    async def _refused(self, claim: Claim, booking: BookResult) -> None:
        """The PMS will not have this client; the chair is free for the next who said yes."""
        self._note(booking.words)
        self.state.claims.refuse(claim)
        await self._ask_person("pms_refused", booking.words, claim)
        await self._tell_winner(claim, Tell.HANDED_OVER)

    async def _nobody_left(self, plan: Assessment) -> None:
        self._stage("nobody_left", waiting_on="staff", needs_human=True, next_at=plan.offers_until)
        words = "Everybody who fits was asked." if self.state.offers else "Nobody on the waitlist could be asked."
        await self._ask_person("nobody_left", words)
        await self._close(Ending.LAPSED, final=False)
        self._tell("Nobody left to ask", "staff, or a late YES", f"it lapses at {plan.offers_until:%H:%M} UTC")

    async def _assign(self, order: AssignTo) -> None:
        assigned = await call(
            ASSIGN_CLIENT,
            Assign(
                practice_id=self.start.practice_id,
                opening_id=self.start.opening_id,
                client_id=order.client_id,
                by=order.by,
                reason=order.reason,
            ),
            queue=self.start.pms_queue,
            options=VENDOR,
            summary="Staff chose: check that it fits",
        )
        self._note(assigned.words)
        if assigned.offer_id is None:
            await self._ask_person("assignment_does_not_fit", assigned.words)
        else:
            self._claim(Claim(key=f"claim:{assigned.offer_id}", offer_id=assigned.offer_id, via=Via.STAFF, by=order.by))

    async def _end(
        self, ending: Ending, words: str = "", *, winner: Claim | None = None, appointment_id: int | None = None
    ) -> GapFillOutcome:
        """Everybody who got an offer hears how it ended, once; then claims are over."""
        self.state.over = True
        self._stage(ending.value, waiting_on="nobody")
        late = self.state.claims.late
        while (morning := await self._close(ending, winner=winner)) is not None:
            while await self.pace.wait(lambda: bool(late), until=morning, summary="Quiet hours: closing messages wait"):
                await self._answer_late(late.pop(0))
        while late:
            await self._answer_late(late.pop(0))
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._tell(ending.value.replace("_", " ").capitalize(), "nobody", "nothing more")
        return GapFillOutcome(
            ending=ending,
            offers=self.state.offers,
            waves=self.state.wave,
            appointment_id=appointment_id,
            words=words or self.state.taken or "",
        )

    # --- small helpers ------------------------------------------------------------------------------------------

    async def _close(self, ending: Ending, *, winner: Claim | None = None, final: bool = True) -> datetime | None:
        """Closing messages; answers when some of them must wait for the morning."""
        closed = await call(
            CLOSE_OFFERS,
            CloseOffers(
                practice_id=self.start.practice_id,
                opening_id=self.start.opening_id,
                ending=ending,
                winner_offer_id=winner.offer_id if winner else None,
                claimed=self.state.claims.besides(winner),
                final=final,
            ),
            queue=MESSAGING,
            options=VENDOR,
            summary=f"Tell everybody asked how it ended: {ending.value}",
        )
        return closed.held_until

    async def _answer_late(self, claim: Claim) -> None:
        """A text that came while the closing messages went out; the activity knows whether one has answered it."""
        if claim.receipt_id is None:
            return
        await call(
            ANSWER_REPLY,
            AnswerReply(practice_id=self.start.practice_id, receipt_id=claim.receipt_id),
            queue=MESSAGING,
            options=VENDOR,
            summary="A late yes gets its answer",
        )

    async def _ask_person(self, kind: str, words: str, claim: Claim | None = None) -> TaskRef:
        return await call(
            ASK_PERSON,
            AskPerson(
                practice_id=self.start.practice_id,
                opening_id=self.start.opening_id,
                kind=kind,
                offer_id=claim.offer_id if claim else None,
                words=words,
            ),
            queue=CORE,
            options=DATABASE,
            summary=f"Open a task for staff: {kind}",
        )

    async def _tell_winner(self, claim: Claim, what: Tell) -> bool:
        told = await call(
            TELL_WINNER,
            TellWinner(
                practice_id=self.start.practice_id,
                opening_id=self.start.opening_id,
                offer_id=claim.offer_id,
                what=what,
            ),
            queue=MESSAGING,
            options=VENDOR,
            summary=f"Tell the client who said yes: {what.value}",
        )
        return told.next_best_offered

    def _give_up_after(self) -> timedelta:
        """Real time; never less than a few attempts take."""
        return max(self.pace.clock.real_duration(self.start.vendor_give_up), AT_LEAST)

    def _stopped(self) -> bool:
        return self.state.taken is not None or self.state.withdrawn is not None

    def _decided(self) -> bool:
        """No longer open to claims and overrides."""
        return self.state.over or self._stopped()

    def _something(self) -> bool:
        """Anything that ends a wait for answers."""
        state = self.state
        return (
            state.claims.winner is not None
            or self._stopped()
            or state.left_free
            or bool(state.asked_for or state.assigned)
        )

    def _how_it_ended(self) -> Ending:
        if self._stopped():
            return Ending.WITHDRAWN
        return Ending.LAPSED

    def _note(self, words: str) -> None:
        if words:
            self.state.story.append(f"{self.pace.now():%H:%M} UTC: {words}")

    def _stage(
        self, stage: str, *, waiting_on: str, needs_human: bool = False, next_at: datetime | None = None
    ) -> None:
        """One upsert a stage: each is an event and a write of the visibility store. `next_at`: by then at the latest
        something else happens (practice time)."""
        self.state.stage = stage
        workflow.upsert_search_attributes(
            [
                sa.STAGE.value_set(stage),
                sa.WAITING_ON.value_set(waiting_on),
                sa.NEEDS_HUMAN.value_set(needs_human),
                sa.OFFERS_SENT.value_set(self.state.offers),
                sa.NEXT_ACTION_AT.value_unset() if next_at is None else sa.NEXT_ACTION_AT.value_set(next_at),
            ]
        )

    def _tell(self, what: str, waiting_for: str, next_up: str) -> None:
        """What the Temporal UI shows staff; no names, no treatments."""
        story = "\n".join(f"- {line}" for line in self.state.story[-12:]) or "- an opening appeared"
        workflow.set_current_details(
            f"### {what}\n\n**Waiting for:** {waiting_for}\n\n**Next:** {next_up}\n\n**So far**\n\n{story}\n\n"
            f"**Override:** `chairflow fill withdraw {self.start.opening_id}` or the admin API "
            f"(`/admin/v1/gap-fills/{self.start.opening_id}`): offer to, assign to, withdraw."
        )

    # --- what it can be told ------------------------------------------------------------------------------------

    def _claim(self, claim: Claim) -> ClaimResult:
        """The one place a winner is made: synchronous, in history's order, the same for text, link and staff."""
        result = self.state.claims.take(claim, over=self._decided())
        if not self._decided():
            self.state.awaited.discard(claim.offer_id)
        return result

    @workflow.signal(name="claim_by_text")
    def claim_by_text(self, claim: Claim) -> None:
        self._claim(claim)

    @workflow.update(name="claim")
    def claim(self, claim: Claim) -> ClaimResult:
        return self._claim(claim)

    @claim.validator
    def _check_claim(self, claim: Claim) -> None:
        if self._decided():
            raise ApplicationError("this opening is no longer on offer", type="OpeningOver")

    @workflow.signal(name="decline")
    def decline(self, decline: Decline) -> None:
        self.state.declined.add(decline.offer_id)
        self.state.awaited.discard(decline.offer_id)

    @workflow.signal(name="opening_taken")
    def opening_taken(self, taken: OpeningTaken) -> None:
        if self.state.claims.winner is None:
            self.state.taken = taken.why

    @workflow.signal(name="task_answered")
    def task_answered(self, answer: TaskAnswer) -> None:
        """What staff chose goes the way of an override; any other answer only ends the wait for a person."""
        self.state.answered = True
        if answer.action == "leave":
            self.state.left_free = True
        elif answer.action == "assign" and answer.client_id is not None:
            self.state.assigned.append(
                AssignTo(client_id=answer.client_id, by=answer.by, reason=answer.reason or "chosen from the short list")
            )
        elif answer.action == "offer" and answer.client_id is not None:
            self.state.asked_for.append(OfferTo(client_id=answer.client_id, by=answer.by, reason=answer.reason))

    @workflow.update(name="offer_to")
    def offer_to(self, order: OfferTo) -> Accepted:
        self.state.asked_for.append(order)
        return Accepted(words="The client is asked next.")

    @workflow.update(name="assign_to")
    def assign_to(self, order: AssignTo) -> Accepted:
        self.state.assigned.append(order)
        return Accepted(words="The visit is being written to the practice system.")

    @workflow.update(name="withdraw")
    def withdraw(self, order: Withdraw) -> Accepted:
        self.state.withdrawn = order
        return Accepted(words="Offers are withdrawn; everybody asked is told.")

    @offer_to.validator
    def _check_offer_to(self, order: OfferTo) -> None:
        self._refuse_when_decided()

    @assign_to.validator
    def _check_assign_to(self, order: AssignTo) -> None:
        if not order.reason.strip():
            raise ApplicationError("reason: say why, in a few words", type="ReasonMissing")
        self._refuse_when_decided()

    @withdraw.validator
    def _check_withdraw(self, order: Withdraw) -> None:
        self._refuse_when_decided()

    def _refuse_when_decided(self) -> None:
        if self._decided():
            raise ApplicationError("this fill has ended", type="OpeningOver")
        if self.state.claims.winner is not None:
            raise ApplicationError("a client said yes and is being booked", type="AlreadyClaimed")
