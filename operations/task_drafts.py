"""The text a person sends from a task: to whom, by which channels, and whether it can go out just now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from domain import effect_keys
from domain.client_notices import Notice
from domain.clients import Channel, Client, somebody_at
from domain.contact import HoldUntil, Send
from domain.messages.facts import STOP_LINE, Words
from domain.messages.segments import plain
from domain.reminder_times import last_useful
from domain.tasks import spec_of
from models.repositories import calendar, clients, effects, messages, practices, tasks
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from operations.gate import Draft, foreseen
from operations.message_facts import quiet_zones

#: Practice time: so long after their text a client waits for its answer, whatever the hour. Later it is a message like
#: any other.
JUST_WROTE = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What sending the task's text now would come to: by `channel`, at `at` where it has to wait; or `why_not`."""

    channel: Channel = Channel.SMS
    at: datetime | None = None
    why_not: str = ""


def addressee(session: Session, practice_id: int, row: TaskRow) -> Client | None:
    """Whom the task's text is for: its client, or whoever writes from the number it is about."""
    if row.client_id is not None:
        return clients.at_phone(session, practice_id, row.client_id, row.phone)
    return None if row.phone is None else somebody_at(row.phone)


def drafts_of(
    session: Session, practice: PracticeFacts, row: TaskRow, text: str, *, now: datetime
) -> Mapping[Channel, Draft]:
    """The text by channel, in the order in which they are tried; none where the task is about nobody."""
    client = addressee(session, practice.id, row)
    if client is None:
        return {}
    matrix = practices.matrix(session, practice.id)
    just_wrote = _just_wrote(session, practice, client, now)
    about = tasks.location_of(session, practice.id, opening_id=row.opening_id, appointment_id=row.appointment_id)

    def draft(channel: Channel) -> Draft:
        return Draft(
            client=client,
            channel=channel,
            notice=Notice.DRAFT,
            template="task_draft",
            words=_words(session, practice, client, channel, text),
            key=effect_keys.draft_key(row.id, channel.value),
            zones=quiet_zones(matrix, about, client),
            # Who wrote to us may be answered; at night only while they wait for it.
            is_answer=just_wrote or spec_of(row.kind).client_wrote,
            is_prompt=just_wrote,
            location_id=about,
            written_to=row.our_number,
            useful_until=_useful_until(session, practice, row, now),
            detail={"task": row.id},
        )

    addresses = {Channel.SMS: client.phone, Channel.EMAIL: client.email}
    channels = [channel for channel, address in addresses.items() if address] or [Channel.SMS]
    return {channel: draft(channel) for channel in channels}


def outlook(session: Session, practice: PracticeFacts, row: TaskRow, *, now: datetime) -> Outlook:
    """Whether the text can be sent from the task at this moment, as the gate says it."""
    reasons: list[str] = []
    for channel, draft in drafts_of(session, practice, row, row.draft or "", now=now).items():
        verdict = foreseen(session, practice, draft, now=now)
        if isinstance(verdict, Send):
            return Outlook(channel=channel)
        if isinstance(verdict, HoldUntil) and (draft.useful_until is None or verdict.at <= draft.useful_until):
            return Outlook(channel=channel, at=verdict.at)
        late = " They last until it helps nobody any more." if isinstance(verdict, HoldUntil) else ""
        reasons.append(verdict.words + late)
    return Outlook(why_not=" ".join(dict.fromkeys(reasons)) or "The task is about nobody on file.")


def _useful_until(session: Session, practice: PracticeFacts, row: TaskRow, now: datetime) -> datetime | None:
    """Words about a visit that is still to come help only before it."""
    visit = None if row.appointment_id is None else calendar.get(session, practice.id, row.appointment_id)
    if visit is None or visit.starts_at is None or visit.starts_at <= now:
        return None
    booking = practice.at(visit.location_id).policy.booking
    return last_useful(start=visit.starts_at, now=now, booking=booking)


def _words(session: Session, practice: PracticeFacts, client: Client, channel: Channel, text: str) -> Words:
    if channel is Channel.EMAIL or client.phone is None:
        return Words(text=text, subject=f"{practice.short_name}: a message for you")
    if STOP_LINE not in text and not effects.heard_before(session, practice.id, address=client.phone):
        text = f"{text} {STOP_LINE}"
    return Words(text=plain(text))


def _just_wrote(session: Session, practice: PracticeFacts, client: Client, now: datetime) -> bool:
    if client.phone is None:
        return False
    at = messages.last_received(session, practice.id, channel=Channel.SMS, address=client.phone)
    return at is not None and now - at <= JUST_WROTE
