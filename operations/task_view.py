"""A task as a person decides it: the facts as they are now, what its client wrote, and what each button would do.

The row keeps what was true when the task was opened; this reads the mirror anew. One view for the page, the API and the
command line. Sends nothing, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlmodel import Session

from domain.calendar import VisitState
from domain.catalogue import Matrix, Service
from domain.clients import Client
from domain.messages import task_facts
from domain.messages.staff_orders import called
from domain.tasks import ASSIGN, RELEASE, SEND_DRAFT, STEERS, spec_of
from domain.wall_time import local_date
from models.repositories import calendar, clients, messages, openings, practices, waitlist
from models.repositories.messages import KeptMessage
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from operations import answer_drafts, task_answers, task_progress
from operations.opening_context import OpeningContext, fitting_services, mirrored_day, practice_of
from operations.staff_orders import OpeningOrders, Order, Prospect, about_opening
from operations.task_progress import Progress

#: Asked once more before they are carried out: they text people, or cannot be taken back.
_WEIGHTY: Final = STEERS | {RELEASE}
_LAST_MESSAGES: Final = 8


@dataclass(frozen=True, kw_only=True)
class ChoiceView:
    """A button. `does` says exactly what pressing it does now; `refused`, why it cannot be pressed."""

    action: str
    label: str
    does: str = ""
    refused: str = ""
    #: The number it is about, where that wrote to us.
    phone: str | None = None
    #: What its client may be put on the waitlist for, by id and name; of tasks about somebody's words.
    services: tuple[tuple[int, str], ...] = ()
    #: What somebody who stands on no list can be booked for, where a client is to be chosen.
    bookable: tuple[tuple[int, str], ...] = ()
    asks_once_more: bool = False
    primary: bool = False


@dataclass(frozen=True, kw_only=True)
class PersonView:
    """Somebody of the short list, as they are now. `fits` is False with the rule in `why_not`."""

    client_id: int
    name: str
    phone: str | None
    waits_for: tuple[str, ...] = ()
    last_visit: str = ""
    reasons: tuple[str, ...] = ()
    asked: str | None = None
    draft: str | None = None
    fits: bool = True
    why_not: str = ""
    choices: tuple[ChoiceView, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """`facts` are label and value; `said` the last messages on either side, oldest first."""

    facts: tuple[tuple[str, str], ...] = ()
    said: tuple[KeptMessage, ...] = ()
    choices: tuple[ChoiceView, ...] = ()
    #: The text to the client, by what is free and true now.
    draft: str | None = None
    fitting: tuple[PersonView, ...] = ()
    unfit: tuple[PersonView, ...] = field(default=())
    #: The last answer that could not be carried out, where nobody may have waited to hear it.
    refused: str = ""
    #: The number it is about, where that wrote to us.
    phone: str | None = None
    #: What its client may be put on the waitlist for, by id and name; of tasks about somebody's words.
    services: tuple[tuple[int, str], ...] = ()
    #: What somebody who stands on no list can be booked for, where a client is to be chosen.
    bookable: tuple[tuple[int, str], ...] = ()
    #: How far its answer has come; None while it is open.
    became: Progress | None = None


def view(
    session: Session,
    practice: PracticeFacts,
    task: TaskRow,
    shortlist: tuple[dict[str, Any], ...],
    *,
    now: datetime,
) -> TaskView:
    """The task as of this moment."""
    return _Reader(session, practice, task, now).view(shortlist)


class _Reader:
    def __init__(self, session: Session, practice: PracticeFacts, task: TaskRow, now: datetime) -> None:
        self._session = session
        self._practice = practice
        self._task = task
        self._now = now

    def view(self, shortlist: tuple[dict[str, Any], ...]) -> TaskView:
        people = [self._person(one) for one in shortlist if one.get("client_id") is not None]
        return TaskView(
            facts=tuple((label, value) for label, value in self._facts() if value),
            said=self._said(),
            choices=self._choices(),
            draft=self._draft(),
            fitting=tuple(one for one in people if one.fits),
            unfit=tuple(one for one in people if not one.fits),
            refused=self._refused(),
            phone=self._task.phone,
            services=self._services(),
            bookable=self._bookable(),
            became=task_progress.progress(self._session, self._practice, self._task, named=True),
        )

    # --- facts ------------------------------------------------------------------------------------------------------

    def _facts(self) -> list[tuple[str, str]]:
        if self._context is not None:
            return self._opening_facts(self._context)
        return self._visit_facts()

    def _opening_facts(self, context: OpeningContext) -> list[tuple[str, str]]:
        opening, matrix = context.opening, context.matrix
        visit = None
        if opening.appointment_id is not None:
            visit = calendar.visit(self._session, self._practice.id, opening.appointment_id)
        freed = [] if visit is None else [matrix.find_service(one.service_id) for one in visit.segments]
        provider = matrix.find_provider(opening.provider_id)
        services = self._fitting if opening.state == "live" else ()
        whose = None if visit is None or visit.client_id is None else self._client(visit.client_id)
        return [
            ("When", task_facts.stretch_words(opening.during, context.zone, now=self._now)),
            ("With", "" if provider is None else provider.display_name),
            ("Where", matrix.location(opening.location_id).name),
            ("Room for", "; ".join(task_facts.service_words(one) for one in services)),
            (
                "Freed by",
                task_facts.freed_words(
                    opening.cause,
                    None if whose is None else called(whose, in_chat=False),
                    [one for one in freed if one is not None],
                ),
            ),
            ("Free since", task_facts.since_words(opening.created_at, context.zone, now=self._now)),
            ("Now", "" if opening.state == "live" else f"no longer open ({opening.state.replace('_', ' ')})"),
        ]

    def _visit_facts(self) -> list[tuple[str, str]]:
        visit = None
        if self._task.appointment_id is not None:
            visit = calendar.visit(self._session, self._practice.id, self._task.appointment_id)
        elif self._task.client_id is not None:
            own = calendar.client_visits(self._session, self._practice.id, [self._task.client_id], since=self._now)
            visit = next((one for one in own.get(self._task.client_id, ()) if one.segments), None)
        if visit is None or not visit.segments:
            return []
        matrix = self._matrix
        zone = matrix.zone(visit.location_id, (one.provider_id for one in visit.segments))
        services = [found for one in visit.segments if (found := matrix.find_service(one.service_id)) is not None]
        providers = {who.display_name for one in visit.segments if (who := matrix.find_provider(one.provider_id))}
        place = matrix.find_location(visit.location_id)
        label = "Visit" if self._task.appointment_id is not None else "Next visit"
        state = "" if visit.state is VisitState.BOOKED else visit.state.value.replace("_", " ")
        return [
            (label, task_facts.stretch_words(visit.during, zone, now=self._now)),
            ("For", "; ".join(task_facts.service_words(one) for one in services)),
            ("With", " and ".join(sorted(providers))),
            ("Where", "" if place is None else place.name),
            ("State", state),
        ]

    def _said(self) -> tuple[KeptMessage, ...]:
        """Of its client, or of a number we do not know."""
        task = self._task
        return messages.last_messages(
            self._session, self._practice.id, client_id=task.client_id, phone=task.phone, last=_LAST_MESSAGES
        )

    def _services(self) -> tuple[tuple[int, str], ...]:
        if self._task.client_id is None or not spec_of(self._task.kind).client_wrote:
            return ()
        return tuple((one.id, one.name) for one in sorted(self._matrix.services, key=lambda one: one.name))

    def _bookable(self) -> tuple[tuple[int, str], ...]:
        chosen_here = any(one.get("action") == ASSIGN.action for one in self._task.choices)
        if self._context is None or self._orders is None or not chosen_here or self._context.opening.state != "live":
            return ()
        return tuple((one.id, one.name) for one in self._fitting)

    def _refused(self) -> str:
        """Of an open task alone: what was answered since has been carried out."""
        refused = self._task.refused
        if refused is None or self._task.state != "open":
            return ""
        labels = {str(one["action"]): str(one["label"]) for one in self._task.choices}
        action = str(refused["action"])
        return task_facts.refused_words(
            label=labels.get(action, action),
            by=str(refused["by"]),
            at=datetime.fromisoformat(str(refused["at"])),
            why=str(refused["words"]),
            zone=self._zone,
            now=self._now,
        )

    def _draft(self) -> str | None:
        if self._task.state != "open":
            return self._task.draft
        found = answer_drafts.fresh(self._session, self._practice, self._matrix, self._task, now=self._now)
        return found or self._task.draft

    # --- choices ----------------------------------------------------------------------------------------------------

    def _choices(self) -> tuple[ChoiceView, ...]:
        """Those that need nobody of the list; the likeliest first in its spec is the one that stands out."""
        plain = [one for one in self._task.choices if not one.get("for_candidate")]
        views = [self._choice(one, self._prospect(one, None)) for one in plain]
        has_people = any(one.get("for_candidate") for one in self._task.choices)
        first = next((at for at, one in enumerate(views) if not one.refused), None)
        return tuple(
            ChoiceView(**{**vars(one), "primary": at == first and not has_people}) for at, one in enumerate(views)
        )

    def _choice(self, choice: dict[str, Any], prospect: Prospect) -> ChoiceView:
        action = str(choice["action"])
        return ChoiceView(
            action=action,
            label=str(choice["label"]),
            does="" if prospect.words is None else prospect.words.before,
            refused="" if prospect.refused is None else prospect.refused.words,
            asks_once_more=action in _WEIGHTY or (action == SEND_DRAFT and bool(choice.get("then"))),
        )

    def _prospect(self, choice: dict[str, Any], client_id: int | None) -> Prospect:
        action = str(choice["action"])
        if action in STEERS and self._orders is not None and self._task.state == "open":
            return self._orders.judge(Order(action), client_id)
        # What stands in the box is looked at when it is sent: a blank is filled in there.
        typed = "" if action == SEND_DRAFT else None
        return task_answers.judge(
            self._session, self._practice, self._task, action, client_id, now=self._now, text=typed
        )

    # --- people -----------------------------------------------------------------------------------------------------

    def _person(self, row: dict[str, Any]) -> PersonView:
        client_id = int(row["client_id"])
        client = self._client(client_id)
        asked_of = [one for one in self._task.choices if one.get("for_candidate")]
        prospects = [self._prospect(one, client_id) for one in asked_of]
        views = tuple(self._choice(one, found) for one, found in zip(asked_of, prospects, strict=True))
        can = [one for one in views if not one.refused]
        kept = tuple(map(str, row.get("reasons") or ()))
        # Without an opening to look at, the list stands as it was made: of people to call, say.
        fits = bool(can) if self._orders is not None and views else bool(row.get("fits", True))
        entries = waitlist.of_client(self._session, self._practice.id, client_id)
        return PersonView(
            client_id=client_id,
            name=str(row.get("name") or _name(client) or f"Client {client_id}"),
            phone=row.get("phone"),
            waits_for=tuple(
                f"{task_facts.waits_for_words(one, self._matrix)} "
                f"({task_facts.waiting_since_words(one.joined_at, self._zone, now=self._now)})"
                for one in entries
            ),
            last_visit="" if client is None else task_facts.last_visit_words(client, local_date(self._now, self._zone)),
            reasons=kept if row.get("fits", True) else (),
            asked=row.get("asked"),
            draft=row.get("draft"),
            fits=fits,
            why_not="" if fits else next((one.refused for one in views if one.refused), "; ".join(kept)),
            choices=tuple(ChoiceView(**{**vars(one), "primary": at == 0}) for at, one in enumerate(can)),
        )

    # --- read once --------------------------------------------------------------------------------------------------

    @cached_property
    def _matrix(self) -> Matrix:
        return practices.matrix(self._session, self._practice.id)

    @cached_property
    def _context(self) -> OpeningContext | None:
        if self._task.opening_id is None:
            return None
        opening = openings.get(self._session, self._practice.id, self._task.opening_id)
        return OpeningContext(
            practice=practice_of(self._session, self._practice, opening),
            matrix=self._matrix,
            opening=opening,
            now=self._now,
        )

    @cached_property
    def _fitting(self) -> tuple[Service, ...]:
        context = self._context
        return () if context is None else fitting_services(context, mirrored_day(self._session, context))

    @cached_property
    def _orders(self) -> OpeningOrders | None:
        if self._task.opening_id is None or self._task.asked_by is None:
            return None
        return about_opening(self._session, self._practice, self._task.opening_id, now=self._now, by_task=True)

    @property
    def _zone(self) -> str:
        return self._context.zone if self._context is not None else self._practice.zone

    def _client(self, client_id: int) -> Client | None:
        return clients.many(self._session, self._practice.id, [client_id]).get(client_id)


def _name(client: Client | None) -> str:
    return "" if client is None else f"{client.first_name} {client.last_name}".strip()
