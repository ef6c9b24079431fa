"""One opening, offered to those who wait for it, until somebody has it or nobody can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from contracts.gap_fill import (
        Assessment,
        Booked,
        BookResult,
        Ending,
        Refitted,
        SentOffer,
        Tell,
        Verdict,
        WaveResult,
    )
    from contracts.workflow_messages import (
        AssignTo,
        Claim,
        GapFillInput,
        OfferTo,
        Payload,
        Standing,
        Via,
    )
    from domain.filling import give_up_writing_at
    from domain.tasks import TaskKind

from workflows import search_attributes as sa
from workflows.fill_activities import FillActivities
from workflows.fill_steering import BrokenOff, FillState, FillSteering
from workflows.waiting import PracticeWaits

#: Real time. However fast the practice's clock runs, a visit gets a few attempts to be written; its winner waits.
AT_LEAST = timedelta(seconds=10)
#: To staff who choose a client whom the practice system would not book into this time.
REFUSED_BEFORE = "The practice system has refused to book this client then. Please book them there."
#: Stands on offers whose closing message never went out.
NEVER_SENT = "not told: texts could not be sent before the visit would have begun"


class GapFillOutcome(Payload):
    """How the fill ended."""

    ending: Ending
    offers: int = 0
    waves: int = 0
    appointment_id: int | None = None
    words: str = ""


@workflow.defn(name="GapFill")
class GapFill(FillSteering):
    """Fills one opening. Claims come as signals (texts) and updates (links, staff); both meet in `_claim`."""

    @workflow.init
    def __init__(self, start: GapFillInput) -> None:
        self.start = start
        self.pace = PracticeWaits.of(start)
        self.asks = FillActivities(start, self.pace)
        self.state = FillState()
        self.plan: Assessment | None = None

    @workflow.run
    async def run(self, start: GapFillInput) -> GapFillOutcome:
        if await self._undone_while_settling():
            return await self._end(Ending.WITHDRAWN)
        plan = await self._assess()
        if plan is None:
            return await self._end(Ending.WITHDRAWN if self._stopped() else Ending.HANDED_OVER)
        if plan.verdict is Verdict.GONE:
            return await self._end(Ending.WITHDRAWN, plan.words)
        if plan.verdict is Verdict.NOT_WORTH and not self._booked_all_the_same():
            return await self._end(Ending.DECLINED, plan.words)
        if plan.verdict is Verdict.PERSON_FIRST and not await self._person_says_go(plan):
            return await self._end(Ending.WITHDRAWN if self._stopped() else Ending.HANDED_OVER)
        while True:
            claim = await self._offer_until_claimed(self.plan or plan)
            if claim is None:
                return await self._end(self._how_it_ended())
            booking = await self._book(claim, self.plan or plan)
            if booking is None:
                return await self._end(Ending.HANDED_OVER)
            if booking.outcome is Booked.BOOKED:
                if not booking.goes_on:
                    return await self._filled(claim, booking)
                await self._won_a_part(claim, booking)
            elif booking.outcome is Booked.REFUSED:
                await self._refused(claim, booking)
            elif workflow.patched("a-claim-ends-alone"):
                await self._found_taken(claim, booking)
            else:
                return await self._lost_to_the_clinic(claim, booking)

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
        """None: it was withdrawn, or the visit would begin, before the practice system could be read."""
        self.state.stage = "assessing"
        self.state.changed = False  # the day is read now
        while self.plan is None:
            try:
                self.plan = await self.asks.assess(plan_wave=not self._ordered())
            except ActivityError as error:
                await self._pause("The practice system could not be read.", error, waiting_on="pms")
                if not await self._another_try():
                    return None
        self.state.paused = False
        self._note(self.plan.words)
        return self.plan

    async def _pause(self, words: str, error: ActivityError, *, waiting_on: str) -> None:
        """A vendor was away for too long: staff have the list, and it is tried again."""
        workflow.logger.warning("a fill is paused", exc_info=error)
        self.state.outages += not self.state.paused
        self.state.paused = True
        self._note(words)
        self._stage("paused", waiting_on=waiting_on, needs_human=True, next_at=self._next_try())
        self._tell(
            "Paused", words, f"it is tried again at {self.pace.time_words(self._next_try())}; staff have the list"
        )
        await self.asks.person(TaskKind.OFFERS_PAUSED, words, before=self.state.outages - 1)

    def _next_try(self) -> datetime:
        """Vendors that were away for so long are left alone for as long again."""
        return self.pace.now() + self.start.vendor_give_up

    async def _another_try(self) -> bool:
        """Wait for the next try; False when the fill was stopped or the visit would begin before. A yes, or
        a choice of staff's, that was there before does not end the wait: what it needs is what is away."""
        yes, chosen = self.state.claims.winner, len(self.state.assigned)
        await self.pace.wait(
            lambda: (
                self._stopped()
                or self.state.left_free
                or self.state.claims.winner is not yes
                or len(self.state.assigned) > chosen
            ),
            until=self._next_try(),
            summary="A vendor is away: tried again then",
        )
        ends = self.plan.offers_until if self.plan else self.start.slot_start
        return not (self._stopped() or self.state.left_free or ends is None or self.pace.now() >= ends)

    async def _person_says_go(self, plan: Assessment) -> bool:
        """A high-value chair: staff choose first; when nobody comes in time, offers go out (the safe default)."""
        if self.state.sent_on or self._ordered():
            # The fill was begun with what staff chose; they decide after all where that cannot be carried out.
            self.state.person_owed = not self.state.sent_on
            return not self._stopped() and not self.state.left_free
        task = await self.asks.person(TaskKind.PERSON_FIRST, plan.words)
        until = min(task.due_at, plan.offers_until)
        self._stage("person", waiting_on="staff", needs_human=True, next_at=until)
        self._tell("Waiting for a person", plan.words, "offers go out by themselves when the task falls due")
        await self.pace.wait(
            lambda: self.state.answered or self._something(), until=until, summary="A person decides first"
        )
        if self._ordered():
            self.state.broken_off = BrokenOff(until)
        return not self._stopped() and not self.state.left_free

    async def _offer_until_claimed(self, plan: Assessment) -> Claim | None:
        """Waves until a claim stands. None: nobody left in time, taken, or withdrawn."""
        exhausted = False
        asked_a_person = False
        self._stage("offering", waiting_on="client", next_at=plan.offers_until)
        while True:
            if (claim := self.state.claims.first()) is not None or self._stopped() or self.state.left_free:
                return claim
            if self._to_refit():
                await self._refit()
                plan = self.plan or plan
                exhausted = self.state.wave >= plan.max_waves  # what was taken may be free again, and more be asked
                continue
            if self.state.awaited:
                await self._wait_for_answers(self.state.answers_until or plan.offers_until)
                continue
            if self.state.assigned:
                await self._assign(self.state.assigned.pop(0))
                continue
            by_staff = self.state.asked_for.pop(0) if self.state.asked_for else None
            if by_staff is None and self._keeps_waiting():
                await self._go_on_waiting()
                continue
            if by_staff is None and self.state.person_owed and workflow.patched("a-person-after-all"):
                self.state.person_owed = False
                if not await self._person_says_go(plan):
                    return None
                continue
            if self.pace.now() >= plan.offers_until and by_staff is None:
                return None
            if exhausted and by_staff is None:
                if not asked_a_person:
                    asked_a_person = True
                    await self._nobody_left(plan)
                    continue
                until = min(plan.offers_until, self.state.tell_at or plan.offers_until)
                something = await self._something_new(
                    until=until, summary="Nobody left; staff have the list", or_else=self._to_refit
                )
                if not something and not self._to_refit():
                    return None
                continue
            wave = await self._send_wave(by_staff)
            if wave is None:
                if by_staff is not None:
                    self.state.asked_for.insert(0, by_staff)
                if self.state.claims.winner is not None or self.state.assigned:
                    continue  # came while the wave was tried, and needs no text
                if not await self._another_try():
                    return self.state.claims.first()
                self._stage("offering", waiting_on="client", next_at=plan.offers_until)
                continue
            if wave.gone:
                self.state.taken = wave.words or "no longer open"
                return None
            if by_staff is not None and not wave.offers and wave.held_until is None:
                await self.asks.person(TaskKind.ASSIGNMENT_DOES_NOT_FIT, wave.words)
            if wave.offers:
                await self._wait_for_answers(min(wave.window_ends_at or plan.offers_until, plan.offers_until))
            elif wave.held_until is not None and wave.held_until < plan.offers_until:
                self._tell("Waiting to ask", wave.words or "nobody may be asked just now", "offers go on by themselves")
                await self._something_new(
                    until=wave.held_until,
                    summary="Quiet hours, or other offers are open: offers wait",
                    or_else=self._to_refit,
                )
                if by_staff is not None and workflow.patched("held-order-goes-out"):
                    self.state.asked_for.append(by_staff)
            elif wave.held_until is not None:
                exhausted = True  # then it is too late
            exhausted = exhausted or wave.nobody_left or self.state.wave >= plan.max_waves

    async def _send_wave(self, by_staff: OfferTo | None) -> WaveResult | None:
        """None: texts could not be sent in time; staff have the list, and the same wave is tried again. Or the fill is
        stopped, and who has not been asked is not asked any more."""
        sending = self.asks.wave(self.state.wave + 1, by_staff, self.plan)
        await workflow.wait_condition(lambda: sending.done() or self._stopped())
        stopped = not sending.done() and workflow.patched("stopped-while-sending")
        if stopped:
            sending.cancel()
        try:
            wave = await sending
        except ActivityError as error:
            if stopped:
                return None
            await self._pause("Texts could not be sent.", error, waiting_on="sms")
            return None
        if wave.offers or not workflow.patched("a-wave-asks-somebody"):
            self.state.wave += 1
        self.state.paused = False
        self.state.offers = max(self.state.offers, wave.sent_so_far)
        self.state.awaited |= {offer.offer_id for offer in wave.offers if offer.open} - self.state.declined
        asked = f"Wave {self.state.wave}: {len(wave.offers)} offered." if wave.offers else "Nobody was asked."
        self._note(f"{asked} {wave.words}")
        return wave

    def _booked_all_the_same(self) -> bool:
        """Whether staff book somebody: whom they speak with may come where nobody is worth asking by text."""
        return bool(self.state.assigned) and workflow.patched("booked-all-the-same")

    def _keeps_waiting(self) -> bool:
        """Whether what an order of staff's broke off has time left, now that the order could not be carried out."""
        left = self.state.broken_off
        if left is None or left.in_vain or self.pace.now() >= left.until:
            return False
        return not (left.awaited is None and self.state.sent_on) and workflow.patched("order-keeps-their-time")

    async def _go_on_waiting(self) -> None:
        left = self.state.broken_off
        assert left is not None
        await self._something_new(
            until=left.until,
            summary="A person decides first" if left.awaited is None else "Who was asked keeps the time to answer",
            or_else=lambda: left.in_vain or (left.awaited is None and self.state.sent_on) or self._to_refit(),
        )
        if not self._ordered() and not self._to_refit():
            self.state.broken_off = None

    async def _wait_for_answers(self, until: datetime) -> None:
        self.state.broken_off, self.state.person_owed = None, False
        self._tell(
            f"Wave {self.state.wave}: {len(self.state.awaited)} asked",
            "the clients asked may answer YES",
            f"the next are asked at {self.pace.time_words(until)}, or once all have declined",
        )
        self.state.answers_until = until
        await self.pace.wait(
            lambda: not self.state.awaited or self._something() or self._to_refit(),
            until=until,
            summary=f"Wave {self.state.wave}: time to answer",
        )
        if self._ordered():
            self.state.broken_off = BrokenOff(until, awaited=set(self.state.awaited))
        elif self._to_refit() and not self._something():
            return  # who still has what they were offered keeps their time
        self.state.still_open = set(self.state.awaited)
        self.state.awaited.clear()

    async def _something_new(
        self, *, until: datetime, summary: str, or_else: Callable[[], bool] = lambda: False
    ) -> bool:
        return await self.pace.wait(lambda: self._something() or or_else(), until=until, summary=summary)

    async def _book(self, claim: Claim, plan: Assessment) -> BookResult | None:
        """Write the winner's visit. None: the PMS could not be reached in time and a person has it."""
        self._tell("A client said yes", "the practice system to take the visit", "the client is confirmed, others told")
        claimed_at = self.pace.now()
        give_up_at = give_up_writing_at(
            claimed_at=claimed_at,
            slot_start=plan.slot_start,
            give_up=plan.pms_give_up,
            before_start=plan.pms_give_up_before_start,
        )
        writing = self.asks.book(claim, give_up_after=max(self.pace.real_until(give_up_at), AT_LEAST))
        taken_on = await self.pace.wait(
            writing.done, until=claimed_at + plan.booking_note_after, summary="Tell the winner we are at it"
        )
        if not taken_on:
            self._stage("booking", waiting_on="pms", next_at=give_up_at)
            await self.asks.tell_winner(claim, Tell.CONFIRMING)
        try:
            result = await writing
            if result.outcome is not Booked.ASKED:
                return result
            await self.asks.person(TaskKind.WRITE_BY_HAND, result.words, claim)
            await self.asks.tell_winner(claim, Tell.BY_HAND)
            return None
        except ActivityError as error:
            workflow.logger.warning("the practice system could not be written in time", exc_info=error)
            await self.asks.person(TaskKind.PMS_UNREACHABLE, "The practice system could not be reached in time.", claim)
            await self.asks.tell_winner(claim, Tell.HANDED_OVER)
            return None

    async def _filled(self, claim: Claim, booking: BookResult) -> GapFillOutcome:
        self._note("Booked in the practice system.")
        await self._release_later_visit(claim, booking)
        return await self._end(Ending.FILLED, booking.words, winner=claim, appointment_id=booking.appointment_id)

    async def _release_later_visit(self, claim: Claim, booking: BookResult) -> None:
        if booking.later_appointment_id is None:
            return
        try:
            await self.asks.release_later_visit(claim, booking.later_appointment_id)
        except ActivityError as error:
            workflow.logger.warning("the winner's later visit could not be released", exc_info=error)
            await self.asks.person(TaskKind.RELEASE_FAILED, "", claim)

    async def _won_a_part(self, claim: Claim, booking: BookResult) -> None:
        """The visit stands, and the opening is longer: who may still have their time of it is not sent away."""
        self._note("Booked in the practice system; the rest is still on offer.")
        self.state.claims.keep(claim)
        self.state.won.append(claim)
        self.state.appointment_id = self.state.appointment_id or booking.appointment_id
        await self._release_later_visit(claim, booking)
        self._others_keep_their_time()
        await self._refit()

    async def _found_taken(self, claim: Claim, booking: BookResult) -> None:
        """The claim cannot be kept, and ends alone: its client hears the truth at once with the next best thing, or a
        person calls. The others keep what is left."""
        self._note(booking.words)
        self.state.claims.refuse(claim)
        self._others_keep_their_time()
        await self._refit(lost=claim)
        if self.state.taken is not None:
            self.state.taken = booking.words or self.state.taken
        told = await self.asks.tell_winner(claim, Tell.NOT_FREE)
        self._await_answers(told.offers, told.window_ends_at)
        if not told.next_best_offered:
            await self.asks.person(TaskKind.OVERLAP, booking.words, claim)

    def _others_keep_their_time(self) -> None:
        """Who was waited for when the claim came is waited for again."""
        self.state.awaited |= self.state.still_open - self.state.declined

    def _to_refit(self) -> bool:
        """Whether open offers are to be looked at, or clients are still to hear that theirs is none any more."""
        return self.state.changed or (self.state.tell_at is not None and self.pace.now() >= self.state.tell_at)

    async def _refit(self, *, lost: Claim | None = None) -> None:
        """The calendar has changed: whose time was taken hears so, once, and the opening goes on with what is left."""
        found = await self._look_at_offers(lost)
        if found is None:
            return
        self.state.unexplained += found.unexplained
        if found.gone or self.state.unexplained > 1:
            self.state.taken = found.words or "taken in the practice system"
            return
        if self.plan is not None:
            self.plan = self.plan.model_copy(
                update={
                    "slot_start": found.slot_start or self.plan.slot_start,
                    "offers_until": found.offers_until or self.plan.offers_until,
                }
            )
        self.state.awaited -= set(found.unfit)
        if self.state.broken_off is not None and self.state.broken_off.awaited is not None:
            self.state.broken_off.awaited -= set(found.unfit)
        self.state.tell_at = None
        if found.unfit:
            self._note(f"The calendar changed: {len(found.unfit)} offers no longer fit, and their clients hear so.")
            await self._tell_unfit(found.unfit)

    async def _look_at_offers(self, lost: Claim | None) -> Refitted | None:
        """None: the practice system could not be read while the fill was worth going on with."""
        while True:
            self.state.changed = False
            try:
                return await self.asks.refit(lost=lost)
            except ActivityError as error:
                await self._pause("The practice system could not be read.", error, waiting_on="pms")
                if not await self._another_try():
                    return None

    async def _tell_unfit(self, unfit: tuple[int, ...]) -> None:
        """What cannot be sent now is told with the last closing messages, at the latest."""
        ending = Ending.FILLED if self.state.won else Ending.WITHDRAWN
        try:
            closed = await self.asks.close(ending, winner=None, claimed=(), final=False, only=unfit)
        except ActivityError as error:
            workflow.logger.warning("clients whose time was taken could not be told in time", exc_info=error)
            self.state.tell_at = self._next_try()
            return
        self.state.tell_at = closed.held_until
        self._await_answers(closed.offers, closed.window_ends_at)

    def _await_answers(self, made: tuple[SentOffer, ...], until: datetime | None) -> None:
        """Offers that stand instead of others; they have their time, as those of a wave."""
        if made and until is not None:
            self.state.awaited |= {one.offer_id for one in made if one.open} - self.state.declined
            self.state.answers_until = max(self.state.answers_until or until, until)

    async def _lost_to_the_clinic(self, claim: Claim, booking: BookResult) -> GapFillOutcome:
        """The chair is gone: the winner hears it at once with the next best thing, or a person calls."""
        self._note(booking.words)
        self.state.taken = booking.words or "taken in the practice system"
        told = await self.asks.tell_winner(claim, Tell.NOT_FREE)
        if not told.next_best_offered:
            await self.asks.person(TaskKind.OVERLAP, booking.words, claim)
        return await self._end(Ending.WITHDRAWN, booking.words)

    async def _refused(self, claim: Claim, booking: BookResult) -> None:
        """The PMS will not have this client; the chair is free for the next who said yes."""
        self._note(booking.words)
        self.state.claims.refuse(claim)
        await self.asks.person(TaskKind.PMS_REFUSED, booking.words, claim)
        await self.asks.tell_winner(claim, Tell.HANDED_OVER)

    async def _nobody_left(self, plan: Assessment) -> None:
        self._stage("nobody_left", waiting_on="staff", needs_human=True, next_at=plan.offers_until)
        words = "Everybody who fits was asked." if self.state.offers else "Nobody on the waitlist could be asked."
        await self.asks.person(TaskKind.NOBODY_LEFT, words)
        await self._close(Ending.LAPSED, final=False)
        self._tell(
            "Nobody left to ask", "staff, or a late YES", f"it lapses at {self.pace.time_words(plan.offers_until)}"
        )

    async def _assign(self, order: AssignTo) -> None:
        try:
            assigned = await self.asks.assign(order)
        except ActivityError as error:
            workflow.logger.warning("whether staff's choice fits could not be found out in time", exc_info=error)
            await self.asks.person(TaskKind.ASSIGNMENT_DOES_NOT_FIT, "Whether it fits could not be found out in time.")
            return
        self._note(assigned.words)
        if assigned.offer_id is None:
            await self.asks.person(TaskKind.ASSIGNMENT_DOES_NOT_FIT, assigned.words)
            return
        claim = Claim(key=f"claim:{assigned.offer_id}", offer_id=assigned.offer_id, via=Via.STAFF, by=order.by)
        if self._claim(claim).standing is Standing.OVER and workflow.patched("refused-before"):
            await self.asks.person(TaskKind.ASSIGNMENT_DOES_NOT_FIT, REFUSED_BEFORE)

    async def _end(
        self, ending: Ending, words: str = "", *, winner: Claim | None = None, appointment_id: int | None = None
    ) -> GapFillOutcome:
        """Everybody who got an offer hears how it ended, once; then claims are over."""
        self.state.over = True
        self._stage((Ending.FILLED if self.state.won else ending).value, waiting_on="nobody")
        late = self.state.claims.late
        while (morning := await self._close(ending, winner=winner)) is not None:
            while await self.pace.wait(lambda: bool(late), until=morning, summary="Quiet hours: closing messages wait"):
                await self._answer_late(late.pop(0))
        while late:
            await self._answer_late(late.pop(0))
        await self._bring_back(ending)
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._tell(ending.value.replace("_", " ").capitalize(), "nobody", "nothing more")
        return GapFillOutcome(
            ending=Ending.FILLED if self.state.won else ending,
            offers=self.state.offers,
            waves=self.state.wave,
            appointment_id=appointment_id or self.state.appointment_id,
            words=words or self.state.taken or "",
        )

    async def _bring_back(self, ending: Ending) -> None:
        """What staff chose and the fill's end overtook is theirs again."""
        overtaken = [one.by for one in self.state.assigned] + [one.by for one in self.state.asked_for]
        if booked := self.state.claims.of_staff_unheard():
            overtaken += [one.by or "A colleague" for one in booked] if workflow.patched("overtaken-bookings") else []
        if overtaken and workflow.patched("overtaken-choices"):
            for place, by in enumerate(overtaken):
                words = f"{by} chose a client for this time, and it was {ending.value.replace('_', ' ')} before."
                await self.asks.person(TaskKind.CAME_TOO_LATE, words, before=place)

    # --- small helpers ------------------------------------------------------------------------------------------

    async def _close(self, ending: Ending, *, winner: Claim | None = None, final: bool = True) -> datetime | None:
        """Closing messages; answers when some of them must wait for the morning. While they cannot be sent, a person
        knows who has not been told, and they are tried until the visit would begin."""
        instead = ""
        while True:
            try:
                closed = await self.asks.close(
                    ending,
                    winner=winner,
                    claimed=self.state.claims.besides(winner),
                    final=final,
                    instead=instead,
                    withdrawn=self.state.withdrawn,
                    won=bool(self.state.won),
                )
            except ActivityError as error:
                workflow.logger.warning("closing messages could not be sent in time", exc_info=error)
                if not final:
                    return None  # the last closing tries them again
                await self.asks.person(TaskKind.NOT_TOLD, "")
                instead = await self._told_by_hand()
            else:
                return closed.held_until

    async def _told_by_hand(self) -> str:
        """Wait for the next try of the closing messages; answers with the words that stand instead of them, if any."""
        ends = self.plan.slot_start if self.plan else self.start.slot_start
        await self.pace.wait(
            lambda: self.state.told_by is not None,
            until=self._next_try(),
            summary="Texts cannot be sent: closing messages are tried again then",
        )
        if self.state.told_by is not None:
            return f"told by {self.state.told_by}"
        return NEVER_SENT if ends is None or self.pace.now() >= ends else ""

    async def _answer_late(self, claim: Claim) -> None:
        """A text that came while the closing messages went out; the activity knows whether one has answered it."""
        if claim.receipt_id is not None:
            await self.asks.answer_late(claim.receipt_id)

    def _how_it_ended(self) -> Ending:
        if self._stopped():
            return Ending.WITHDRAWN
        return Ending.LAPSED

    def _note(self, words: str) -> None:
        if words:
            self.state.story.append(f"{self.pace.time_words(self.pace.now())}: {words}")

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
