"""One visit, from the moment the PMS has it until it is closed: confirmed, reminded of, followed through changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from contracts.booking import (
        ASK_ABOUT_CALENDAR,
        ASK_ABOUT_VISIT,
        CLOSE_BOOKING,
        CONFIRM_VISIT,
        REFRESH_APPOINTMENT,
        SEND_TOUCH,
        AppointmentFacts,
        AskAboutCalendar,
        AskAboutVisit,
        Change,
        CloseBooking,
        ConfirmVisit,
        PlannedTouch,
        RefreshAppointment,
        SendTouch,
        TouchKind,
    )
    from contracts.workflow_messages import BookingInput, BookingSoFar, Payload, PmsChanged, Replied, TaskAnswer, Won
    from domain.calendar import VisitState
    from domain.tasks import TaskKind

from workflows import search_attributes as sa
from workflows.options import CORE, DATABASE, FOR_PEOPLE, MESSAGING, VENDOR, call
from workflows.waiting import UNTIL_SURE, PracticeWaits

#: After these the visit needs nothing more from us.
FINISHED = frozenset({Change.COMPLETED, Change.NO_SHOW, Change.VOID})
#: What the client hears about a change, where they hear anything.
ANNOUNCED = MappingProxyType(
    {
        Change.CREATED: TouchKind.CONFIRMATION,
        Change.UN_CANCELLED: TouchKind.CONFIRMATION,
        Change.MOVED: TouchKind.MOVED,
        Change.CANCELLED: TouchKind.CANCELLED,
    }
)
#: Looks at a visit that cannot be read, each after twice the pause of the one before: with the default patience of
#: twenty minutes, for more than a day.
MOST_LOOKS = 7
#: How much of its story a booking shows, and takes along into its next run.
TOLD_OF_THE_STORY = 12


class BookingOutcome(Payload):
    """How the visit's turn ended."""

    state: str
    touches: int = 0


@dataclass
class State:
    """What the booking knows; rebuilt by replay."""

    changes: list[PmsChanged] = field(default_factory=list)
    won: list[Won] = field(default_factory=list)
    replies: list[Replied] = field(default_factory=list)
    #: Messages that had to wait for the morning.
    held: list[tuple[datetime, SendTouch]] = field(default_factory=list)
    #: Reminders handed over already: (lead, start).
    reminded: set[tuple[int, datetime]] = field(default_factory=set)
    #: The confirmation was handed over: one a turn.
    confirmed: bool = False
    #: Moves the client was told of, and whether they have heard of the last one by any channel.
    moves: int = 0
    heard_of_move: bool = False
    #: What the search attributes show; an upsert is an event and a write of the visibility store.
    shown: tuple[str, datetime | None] | None = None
    sent: int = 0
    story: list[str] = field(default_factory=list)

    @staticmethod
    def of(so_far: BookingSoFar) -> State:
        """As the run before left it. What the search attributes show is shown anew."""
        return State(
            changes=list(so_far.changes),
            won=list(so_far.won),
            replies=list(so_far.replies),
            held=list(so_far.held),
            reminded=set(so_far.reminded),
            confirmed=so_far.confirmed,
            moves=so_far.moves,
            heard_of_move=so_far.heard_of_move,
            sent=so_far.sent,
            story=list(so_far.story),
        )

    def so_far(self, facts: AppointmentFacts | None) -> BookingSoFar:
        """For the next run."""
        return BookingSoFar(
            facts=facts,
            changes=tuple(self.changes),
            won=tuple(self.won),
            replies=tuple(self.replies),
            held=tuple(self.held),
            reminded=tuple(sorted(self.reminded)),
            confirmed=self.confirmed,
            moves=self.moves,
            heard_of_move=self.heard_of_move,
            sent=self.sent,
            story=tuple(self.story[-TOLD_OF_THE_STORY:]),
        )


def _is_same_message(one: SendTouch, other: SendTouch) -> bool:
    """Whatever made them: a win and the practice system's news of it are two reasons for one confirmation."""
    return one.model_copy(update={"since": other.since}) == other


@workflow.defn(name="Booking")
class Booking:
    """Owns the visit's messages: whatever made it, the client hears of it here, once."""

    @workflow.init
    def __init__(self, start: BookingInput) -> None:
        self.start = start
        self.pace = PracticeWaits.of(start)
        self.state = State() if start.so_far is None else State.of(start.so_far)
        self.facts: AppointmentFacts | None = None if start.so_far is None else start.so_far.facts

    @workflow.run
    async def run(self, start: BookingInput) -> BookingOutcome:
        while True:
            if self._has_grown_long():
                await self._go_on_in_a_new_run()
            known = self.facts
            facts = await self._look_again()
            if facts is None:
                return await self._close(None)
            if facts.change is Change.CANCELLED:
                if await self._undone_while_settling():
                    self.facts = known  # nobody heard of it, so the next look compares with what was before
                    continue
                await self._announce(facts)
                await self._send_what_was_held()
                return await self._close(facts)
            if facts.change in FINISHED or facts.starts_at is None:
                return await self._close(facts)
            await self._announce(facts, before=self._client_knows(known))
            if not await self._until_something_changes(facts):
                return await self._close(facts)

    # --- the steps of the story ---------------------------------------------------------------------------------

    def _has_grown_long(self) -> bool:
        """Changed and answered so often that the history nears its limit, past which the engine ends a journey."""
        return workflow.info().is_continue_as_new_suggested() and workflow.patched("goes-on-in-a-new-run")

    async def _go_on_in_a_new_run(self) -> None:
        """The same booking with all it knows and all it was told; it begins with a look, which finds nothing new."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(self.start.model_copy(update={"so_far": self.state.so_far(self.facts)}))

    async def _look_again(self) -> AppointmentFacts | None:
        """The PMS's word, read anew; what the webhook said is only the reason to look. None: it could not be read,
        however often; the nightly reading of the calendar finds what changed."""
        if (told := self._told_with_the_win()) is not None:
            self.facts = told
            self._note("won, and read back")
            self._stage(told)
            return told
        heard: list[PmsChanged] = []
        won = False
        for pauses in range(MOST_LOOKS):
            heard += self.state.changes
            won = won or bool(self.state.won)
            self.state.changes.clear()
            self.state.won.clear()
            try:
                self.facts = await self._read(heard, won=won)
            except ActivityError as error:
                workflow.logger.warning("the visit could not be read in time", exc_info=error)
                self._note("the practice system could not be read; staff know")
                await call(
                    ASK_ABOUT_CALENDAR,
                    AskAboutCalendar(practice_id=self.start.practice_id),
                    queue=CORE,
                    options=DATABASE,
                    summary="Open a task for staff: the calendar cannot be read",
                )
                await self._listen(until=self.pace.now() + self.start.vendor_give_up * 2**pauses)
                continue
            if self.facts.change is not Change.NONE:
                self._note(self.facts.change.value.replace("_", " "))
            self._stage(self.facts)
            return self.facts
        return None

    def _told_with_the_win(self) -> AppointmentFacts | None:
        """What the writing of a won visit has read back a moment ago. News that came beside it are looked at next."""
        told = next((won.facts for won in self.state.won if won.facts is not None), None)
        if told is not None:
            self.state.won.clear()
        return told

    async def _listen(self, *, until: datetime) -> None:
        """Until the next look, or news that calls for one; what the client says meanwhile is heard."""
        while not self._news():
            if self.state.replies:
                await self._hear(self.state.replies.pop(0))
            elif not await self.pace.wait(self._something, until=until, summary="Read again then"):
                return

    async def _read(self, heard: list[PmsChanged], *, won: bool) -> AppointmentFacts:
        return await call(
            REFRESH_APPOINTMENT,
            RefreshAppointment(
                practice_id=self.start.practice_id,
                appointment_id=self.start.appointment_id,
                receipt_id=next((change.receipt_id for change in reversed(heard) if change.receipt_id), None),
                baseline=bool(heard) and all(change.baseline for change in heard),
                won=won,
                known_state=self.facts.state if self.facts else self._ended_as,
                known_start=self.facts.starts_at if self.facts else None,
            ),
            queue=self.start.pms_queue,
            options=VENDOR,
            summary="Read the visit from the practice system",
            give_up_after=self.pace.patience(self.start.vendor_give_up),
            priority=FOR_PEOPLE if won else None,
        )

    async def _undone_while_settling(self) -> bool:
        """A cancellation taken back within seconds was a slip: the booking goes on, nobody hears of it."""
        return await self.pace.wait(
            lambda: bool(self.state.changes),
            until=self.pace.now() + self.start.settling_delay,
            summary="Settling delay: a slip would be undone by now",
        )

    @property
    def _ended_as(self) -> str | None:
        """An earlier turn has told the client that the visit is off, or let it end: on again is news."""
        return VisitState.CANCELLED.value if self.start.turn else None

    async def _announce(self, facts: AppointmentFacts, *, before: datetime | None = None) -> None:
        kind = ANNOUNCED.get(facts.change)
        if kind is None or facts.starts_at is None or facts.quiet:
            return
        if kind is TouchKind.CONFIRMATION:
            if self.state.confirmed and not self._holds(TouchKind.CONFIRMATION):
                return  # the win and the PMS's own news of it are two reasons to look, and one confirmation
            self.state.confirmed = True
        unheard = self._holds(TouchKind.MOVED) and not self.state.heard_of_move
        if kind is TouchKind.MOVED and before == facts.starts_at and unheard and workflow.patched("moved-back"):
            # Away and back before the word of it went out: what the client knows is true.
            self.state.held = [held for held in self.state.held if held[1].kind is not TouchKind.MOVED]
            self._note("moved back before the client heard of it")
            return
        moves = self.state.moves
        self.state.moves += kind is TouchKind.MOVED
        await self._send(
            SendTouch(
                practice_id=self.start.practice_id,
                appointment_id=self.start.appointment_id,
                kind=kind,
                starts_at=facts.starts_at,
                moves=moves if kind is TouchKind.MOVED else 0,
                before=before if kind is TouchKind.MOVED else None,
                since=self.pace.now(),
                turn=self.start.turn,
            )
        )

    async def _send_what_was_held(self) -> None:
        """The word of a cancellation goes out in the morning, unless the visit changes first."""
        while self.state.held and not self._news():
            due, touch = min(self.state.held, key=lambda one: one[0])
            if not await self.pace.wait(self._news, until=due, summary="Quiet hours: the word waits"):
                await self._send(touch)

    async def _until_something_changes(self, facts: AppointmentFacts) -> bool:
        """Reminders at their times, replies as they come. False: the visit is past without another word."""
        close_at = facts.close_at or self.pace.now()
        while not (self._news() or self._has_grown_long()):
            if self.state.replies:
                await self._hear(self.state.replies.pop(0))
                continue
            due, touch = self._next_touch(facts)
            until = min(due, close_at) if due is not None else close_at
            self._tell(facts, due)
            if await self.pace.wait(self._something, until=until, summary="Next reminder, reply or change"):
                continue
            if touch is None or until == close_at:
                return False
            await self._send(touch)
        return True

    async def _hear(self, reply: Replied) -> None:
        """What a client answered to a reminder or confirmation."""
        if reply.meaning == "confirm":
            await self._confirm(reply)
            return
        self._note(f"the client answered: {reply.meaning.replace('_', ' ')}; staff have it")
        await self._ask_staff(reply.meaning, receipt_id=reply.receipt_id)

    async def _confirm(self, reply: Replied) -> None:
        """Its receipt, so that the client is thanked: by a journey of its own, which costs this one no events."""
        self._note("the client confirmed")
        try:
            await call(
                CONFIRM_VISIT,
                ConfirmVisit(
                    practice_id=self.start.practice_id,
                    appointment_id=self.start.appointment_id,
                    receipt_id=reply.receipt_id,
                ),
                queue=self.start.pms_queue,
                options=VENDOR,
                summary="Thank the client, and mark as confirmed in the practice system",
                give_up_after=self.pace.patience(self.start.vendor_give_up),
                priority=FOR_PEOPLE,
            )
        except ActivityError as error:
            workflow.logger.warning("the visit could not be marked as confirmed in time", exc_info=error)
            await self._ask_staff(TaskKind.CONFIRM_UNWRITTEN, receipt_id=reply.receipt_id)

    async def _close(self, facts: AppointmentFacts | None) -> BookingOutcome:
        """What was still said to this turn is heard: replies here, changes by the next turn."""
        while True:
            while self.state.replies:
                await self._hear(self.state.replies.pop(0))
            unheard = self._news()
            self.state.changes.clear()
            self.state.won.clear()
            await call(
                CLOSE_BOOKING,
                CloseBooking(
                    practice_id=self.start.practice_id,
                    appointment_id=self.start.appointment_id,
                    turn=self.start.turn,
                    unheard=unheard,
                ),
                queue=CORE,
                options=DATABASE,
                summary="Close this turn; later events start the next",
            )
            if not self._something():
                break
        if facts is None:
            return BookingOutcome(state="unread", touches=self.state.sent)
        self._tell(facts, None)
        return BookingOutcome(state=facts.state, touches=self.state.sent)

    # --- small helpers ------------------------------------------------------------------------------------------

    async def _send(self, touch: SendTouch) -> None:
        """Hand over one touch; what must wait for the morning is kept and tried again then."""
        if touch.kind is TouchKind.REMINDER:
            self.state.reminded.add((touch.lead_minutes, touch.starts_at))
        self.state.held = [held for held in self.state.held if not _is_same_message(held[1], touch)]
        try:
            result = await call(
                SEND_TOUCH,
                touch,
                queue=MESSAGING,
                options=VENDOR,
                summary=f"Tell the client: {touch.kind.value}",
                give_up_after=self.pace.patience(self.start.vendor_give_up, at_least=UNTIL_SURE),
                priority=FOR_PEOPLE,
            )
        except ActivityError as error:
            workflow.logger.warning("a message of the visit could not be sent in time", exc_info=error)
            self._note(f"{touch.kind.value}: could not be sent; staff have it")
            await self._ask_staff(TaskKind.TOUCH_UNSENT, touch=touch)
            return
        if result.held_until is not None:
            self.state.held.append((result.held_until, touch))
        heard = any(outcome.endswith("sent") for outcome in result.outcomes)
        self.state.sent += heard
        if touch.kind is TouchKind.MOVED:
            self.state.heard_of_move = heard  # by mail perhaps, while its text waits for the morning
        self._note(f"{touch.kind.value}: {', '.join(result.outcomes) or 'held'}")

    async def _ask_staff(self, kind: str, *, receipt_id: int | None = None, touch: SendTouch | None = None) -> None:
        await call(
            ASK_ABOUT_VISIT,
            AskAboutVisit(
                practice_id=self.start.practice_id,
                appointment_id=self.start.appointment_id,
                kind=kind,
                receipt_id=receipt_id,
                turn=self.start.turn,
                touch=touch,
            ),
            queue=CORE,
            options=DATABASE,
            summary=f"Open a task for staff: {kind}",
            priority=FOR_PEOPLE,
        )

    def _client_knows(self, known: AppointmentFacts | None) -> datetime | None:
        """The start the client was told last: a move whose word still waits is none of it."""
        waiting = next((touch for _, touch in self.state.held if touch.kind is TouchKind.MOVED), None)
        if waiting is not None:
            return waiting.before
        return known.starts_at if known else None

    def _holds(self, kind: TouchKind) -> bool:
        return any(touch.kind is kind for _, touch in self.state.held)

    def _next_touch(self, facts: AppointmentFacts) -> tuple[datetime | None, SendTouch | None]:
        """The earliest of what is held and what is planned."""
        waiting = list(self.state.held)
        waiting += [
            (touch.at, self._reminder(touch, facts.starts_at))
            for touch in facts.touches
            if facts.starts_at is not None and (touch.lead_minutes, facts.starts_at) not in self.state.reminded
        ]
        if not waiting:
            return None, None
        return min(waiting, key=lambda one: one[0])

    def _reminder(self, touch: PlannedTouch, starts_at: datetime) -> SendTouch:
        return SendTouch(
            practice_id=self.start.practice_id,
            appointment_id=self.start.appointment_id,
            kind=TouchKind.REMINDER,
            starts_at=starts_at,
            lead_minutes=touch.lead_minutes,
        )

    def _news(self) -> bool:
        """A reason to look again."""
        return bool(self.state.changes or self.state.won)

    def _something(self) -> bool:
        return self._news() or bool(self.state.replies)

    def _note(self, words: str) -> None:
        self.state.story.append(f"{self.pace.date_words(self.pace.now())}: {words}")

    def _stage(self, facts: AppointmentFacts) -> None:
        if self.state.shown == (facts.state, facts.starts_at):
            return
        self.state.shown = (facts.state, facts.starts_at)
        updates: list[SearchAttributeUpdate[Any]] = [sa.STAGE.value_set(facts.state), sa.WAITING_ON.value_set("nobody")]
        if facts.starts_at is not None:
            updates.append(sa.SLOT_START.value_set(facts.starts_at))
        updates.append(self._next_action(facts))
        workflow.upsert_search_attributes(updates)

    def _next_action(self, facts: AppointmentFacts) -> SearchAttributeUpdate[Any]:
        """The next planned message as it was when the visit last changed, else when the booking closes itself."""
        due, _ = self._next_touch(facts)
        if facts.change is Change.CANCELLED or facts.change in FINISHED or facts.starts_at is None:
            return sa.NEXT_ACTION_AT.value_unset()
        planned = [at for at in (due, facts.close_at) if at is not None]
        return sa.NEXT_ACTION_AT.value_set(min(planned)) if planned else sa.NEXT_ACTION_AT.value_unset()

    def _tell(self, facts: AppointmentFacts, due: datetime | None) -> None:
        story = "\n".join(f"- {line}" for line in self.state.story[-TOLD_OF_THE_STORY:])
        skipped = "".join(f"\n- not sent: {words}" for words in facts.skipped)
        coming = self.pace.date_words(due) if due else "nothing planned"
        workflow.set_current_details(
            f"### Visit {facts.state.replace('_', ' ')}\n\n**Waiting for:** the next change in the practice system\n\n"
            f"**Next message:** {coming}\n\n**So far**\n\n{story}{skipped}\n\n"
            "**Override:** change the visit in the practice system; Chairflow follows."
        )

    # --- what it can be told ------------------------------------------------------------------------------------

    @workflow.signal(name="pms_changed")
    def pms_changed(self, change: PmsChanged) -> None:
        self.state.changes.append(change)

    @workflow.signal(name="won")
    def won(self, won: Won) -> None:
        self.state.won.append(won)

    @workflow.signal(name="replied")
    def replied(self, reply: Replied) -> None:
        self.state.replies.append(reply)

    @workflow.signal(name="task_answered")
    def task_answered(self, answer: TaskAnswer) -> None:
        self._note(f"staff answered: {answer.action}")
