"""A number we do not know becomes a client, or a client's: the conversation is theirs from then on. And what somebody
waits for, as staff hear it from them, becomes an entry of the waitlist.

For the task's page, the API and the terminal. Nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from domain.catalogue import Matrix
from domain.clients import Channel, Client, MessageKind, WaitlistEntry, WeeklyWindow
from domain.journey_names import Journey
from domain.messages import staff_orders as words_for
from models.phone_numbers import newest_form
from models.repositories import clients, locks, messages, practices, tasks, waitlist
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from operations.staff_orders import Refusal


@dataclass(frozen=True, kw_only=True)
class NumberSettled:
    """`client_id` or `entry_id` is whom or what it made or found; `words` are for whoever did it."""

    words: str
    client_id: int
    entry_id: int | None = None


def make_client(
    session: Session,
    practice: PracticeFacts,
    task: TaskRow,
    *,
    first_name: str,
    last_name: str,
    by: str,
    now: datetime,
) -> NumberSettled | Refusal:
    """Whoever writes from the task's number is this client, new to us. Somebody of that name and number is the same."""
    first_name, last_name = " ".join(first_name.split()), " ".join(last_name.split())
    if not first_name:
        return Refusal(type="name_missing", words="Say what they are called.", field="first_name")
    if (phone := _number_of(session, practice, task)) is None:
        return _not_about_a_number()
    client_id = clients.add(session, practice.id, first_name=first_name, last_name=last_name, phone=phone)
    clients.grant(session, practice.id, client_id, Channel.SMS, MessageKind.APPOINTMENT, source="text", now=now)
    client = _belongs(session, practice, task, client_id, phone, subject="made a client", by=by, now=now)
    return NumberSettled(
        client_id=client_id, words=words_for.made_a_client(who=words_for.called(client, in_chat=False))
    )


def link_client(
    session: Session,
    practice: PracticeFacts,
    task: TaskRow,
    client_id: int,
    *,
    is_second: bool,
    by: str,
    now: datetime,
) -> NumberSettled | Refusal:
    """Whoever writes from the task's number is a client we know: it is their new number, or a second one."""
    client = clients.many(session, practice.id, [client_id]).get(client_id)
    if client is None:
        return Refusal(type="client_unknown", words=words_for.NO_SUCH_CLIENT, field="client_id")
    if (phone := _number_of(session, practice, task)) is None:
        return _not_about_a_number()
    if is_second and client.phone is not None:
        clients.add_second_phone(session, practice.id, client_id, phone, now=now)
    else:
        clients.change_phone(session, practice.id, client_id, phone)
    subject = "linked a second number" if is_second else "linked a new number"
    client = _belongs(session, practice, task, client_id, phone, subject=subject, by=by, now=now)
    who = words_for.called(client, in_chat=False)
    return NumberSettled(client_id=client_id, words=words_for.linked(who=who, is_second=is_second))


def add_to_waitlist(
    session: Session,
    practice: PracticeFacts,
    task: TaskRow,
    *,
    service_ids: tuple[int, ...],
    windows: tuple[WeeklyWindow, ...],
    may_be_texted: bool,
    by: str,
    now: datetime,
) -> NumberSettled | Refusal:
    """The task's client waits for one of these services. `may_be_texted`: they agreed to offers by text."""
    if task.client_id is None:
        words = "Say first who they are: make them a client, or link them to one."
        return Refusal(type="client_missing", words=words, field="client_id")
    matrix = practices.matrix(session, practice.id)
    if not service_ids or (unknown := _unknown_service(matrix, service_ids)) is not None:
        known = ", ".join(f"{one.name} ({one.id})" for one in matrix.services)
        said = "Say what they wait for" if not service_ids else f"There is no service {unknown}"
        return Refusal(type="service_missing", words=f"{said}: {known}.", field="service_ids")
    client = clients.get(session, practice.id, task.client_id)
    there = next(
        (
            one
            for one in waitlist.of_client(session, practice.id, client.id)
            if set(one.service_ids) == set(service_ids)
        ),
        None,
    )
    entry = WaitlistEntry(
        id=0 if there is None else there.id,
        client_id=client.id,
        location_id=None if there is None else there.location_id,
        service_ids=service_ids,
        provider_ids=frozenset() if there is None else there.provider_ids,
        windows=windows,
        earliest_date=None,
        latest_date=None,
        minimum_notice=timedelta(),
        miles_declared=None,
        miles_away=None,
        flexibility=1 if windows else 3,
        priority=0 if there is None else there.priority,
        joined_at=now if there is None else there.joined_at,
        last_offered_at=None,
    )
    entry_id = waitlist.save(session, practice.id, entry)
    if may_be_texted:
        clients.grant(session, practice.id, client.id, Channel.SMS, MessageKind.OFFER, source="text", now=now)
    agreed = may_be_texted or client.consent.allows(Channel.SMS, MessageKind.OFFER)
    _keep(session, practice, task, client.id, subject="added to the waitlist", by=by, now=now)
    names = " or ".join(one.name for one in matrix.services if one.id in service_ids)
    words = words_for.on_the_waitlist(
        who=words_for.called(client, in_chat=False), services=names, agreed=agreed, bookable=client.pms_ref is not None
    )
    return NumberSettled(client_id=client.id, entry_id=entry_id, words=words)


def _number_of(session: Session, practice: PracticeFacts, task: TaskRow) -> str | None:
    """The number the task is about, as long as nobody has said whose it is."""
    if task.phone is None or task.client_id is not None:
        return None
    locks.hold(session, "phone", practice.id, newest_form(task.phone))
    return task.phone if tasks.get(session, practice.id, task.id).client_id is None else None


def _not_about_a_number() -> Refusal:
    return Refusal(type="not_about_a_number", words="This task is not about a number that we do not know.")


def _belongs(
    session: Session,
    practice: PracticeFacts,
    task: TaskRow,
    client_id: int,
    phone: str,
    *,
    subject: str,
    by: str,
    now: datetime,
) -> Client:
    messages.belong_to(session, practice.id, client_id, phone)
    tasks.give_to_client(session, practice.id, phone, client_id)
    _keep(session, practice, task, client_id, subject=subject, by=by, now=now)
    return clients.get(session, practice.id, client_id)


def _keep(
    session: Session, practice: PracticeFacts, task: TaskRow, client_id: int, *, subject: str, by: str, now: datetime
) -> None:
    tasks.decide(
        session,
        practice.id,
        journey=Journey.TASK.value,
        ref=task.id,
        subject=subject,
        verdict="done",
        reasons=[{"client": client_id}],
        now=now,
        decided_by=by,
    )


def _unknown_service(matrix: Matrix, service_ids: tuple[int, ...]) -> int | None:
    return next((one for one in service_ids if matrix.find_service(one) is None), None)
