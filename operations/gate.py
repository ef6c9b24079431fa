"""The one gate for messages: nothing else can reach a client.

In one transaction it checks consent, opt-out, approval, quiet hours, caps and the key, and writes intent and words;
then the vendor is called; then the result is written. A crash between the two leaves an intent that says "trying":
the next attempt reads back before anything is said twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from domain.client_notices import Handed, Notice
from domain.clients import Channel, Client
from domain.contact import HoldUntil, Send, Suppress, Why, may_send
from domain.messages.facts import Words
from domain.ranges import TimeRange
from domain.wall_time import local_date, local_day
from models.repositories import effects, messages, suppressions
from models.repositories.effects import IntentRow
from models.repositories.practices import PracticeFacts
from models.session import Database
from operations.activity_clock import real_now, workflow_id
from operations.mail_html import mail_html
from operations.ports import Grace, Vendors
from vendors.email.base import Mails, NewMail
from vendors.errors import Ambiguous, BadAnswer, Misconfigured, NotSent, RecipientInvalid, RecipientOptedOut, Refused
from vendors.sms.base import AcceptedText, NewText, Texts, Unidentified

_NO_ADDRESS = {
    Channel.SMS: "No phone number on file.",
    Channel.EMAIL: "No e-mail address on file.",
    Channel.VOICE: "No phone number on file.",
}
#: A vendor's clock and ours may differ by so much when its records are searched.
CLOCK_SKEW = timedelta(seconds=30)
#: Longer than a call to a vendor takes (`vendors.deadline`): what it brings about is recorded within.
_LONGEST_CALL = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message that wants out. `key` makes it one message for ever; `zones` are where quiet hours are minded."""

    client: Client
    channel: Channel
    notice: Notice
    #: What the owner approves, and what the record calls it.
    template: str
    words: Words
    key: str
    zones: tuple[str, ...]
    #: An answer to what the client wrote goes out whatever the hour, while it `is_prompt`.
    is_answer: bool = False
    is_prompt: bool = True
    #: After this it helps nobody: quiet hours that last longer make it `Handed.TOO_LATE`.
    useful_until: datetime | None = None
    #: Kept with the intent: what it takes to tell the client another way, should the message never arrive.
    detail: Mapping[str, Any] = field(default_factory=dict)
    #: The place it is about: a first text leaves from the place's number.
    location_id: int | None = None
    #: The number of ours that the text was written to which this answers.
    written_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a draft. `until`: quiet hours end then (practice time); `again_after`: look again (real time)."""

    handed: Handed
    intent_id: int | None = None
    words: str = ""
    until: datetime | None = None
    again_after: timedelta | None = None

    @property
    def reached(self) -> bool:
        """The client has it, or may have it."""
        return self.handed in {Handed.SENT, Handed.ALREADY, Handed.UNKNOWN}


class MessageGate:
    """Sends texts and mails of all journeys."""

    def __init__(self, *, database: Database, vendors: Vendors, grace: Grace) -> None:
        self._database = database
        self._vendors = vendors
        self._grace = grace

    def send(
        self,
        practice: PracticeFacts,
        draft: Draft,
        *,
        now: datetime,
        with_it: Callable[[Session], str | None] | None = None,
    ) -> Outcome:
        """Hand a draft over, at most once for its key.

        `with_it` runs in the transaction that admits the draft and may refuse it with words (an offer takes its
        phone there). Raises `vendors.errors.NotSent` (rate limit, unreachable, misconfigured) when another attempt
        is needed and nothing went out.
        """
        address = _address(draft)
        if address is None:
            return Outcome(handed=Handed.SUPPRESSED, words=_NO_ADDRESS[draft.channel])
        with self._database.transaction() as session:
            intent = effects.plan(
                session,
                practice.id,
                key=draft.key,
                effect="text" if draft.channel is Channel.SMS else "mail",
                workflow_id=workflow_id(),
                client_id=_on_file(draft.client),
                now=now,
                detail={"notice": draft.notice.value, **draft.detail},
            )
            if intent.settled:
                return _as_settled(intent)
            written: effects.Written | None = None
            if intent.state in {"planned", "held"}:
                admitted = self._admit(session, practice, draft, intent, address=address, now=now, with_it=with_it)
                if isinstance(admitted, Outcome):
                    return admitted
                effects.trying(session, practice.id, intent.id, real_now=real_now())
                written = admitted
        if intent.state in {"trying", "unknown"}:
            settled = self._read_back(practice, draft, intent, address=address, now=now)
            if settled is not None:
                return settled
        return self._hand_over(
            practice, draft, intent, written or self._written(practice, intent), address=address, now=now
        )

    def _admit(
        self,
        session: Session,
        practice: PracticeFacts,
        draft: Draft,
        intent: IntentRow,
        *,
        address: str,
        now: datetime,
        with_it: Callable[[Session], str | None] | None,
    ) -> effects.Written | Outcome:
        """Its words when it may go out; otherwise why not, written down."""
        verdict = foreseen(session, practice, draft, now=now)
        if isinstance(verdict, HoldUntil):
            effects.settle(
                session, practice.id, intent.id, state="held", now=now, reason=verdict.words, held_until=verdict.at
            )
            late = draft.useful_until is not None and verdict.at > draft.useful_until
            handed = Handed.TOO_LATE if late else Handed.HELD
            return Outcome(handed=handed, intent_id=intent.id, words=verdict.words, until=verdict.at)
        if not isinstance(verdict, Suppress) and with_it is not None and (busy := with_it(session)) is not None:
            # Not for good: the same draft may be tried again when what stands in the way is gone.
            return Outcome(handed=Handed.BUSY, intent_id=intent.id, words=busy)
        number = self._our_number(session, practice, draft, address)
        words = verdict.words if isinstance(verdict, Suppress) else self._off(practice, draft, number)
        if words is not None:
            effects.settle(session, practice.id, intent.id, state="suppressed", now=now, reason=words)
            return Outcome(handed=Handed.SUPPRESSED, intent_id=intent.id, words=words)
        return effects.note_message(
            session,
            practice.id,
            intent_id=intent.id,
            client_id=_on_file(draft.client),
            channel=draft.channel.value,
            kind=draft.notice.kind.value,
            template=draft.template,
            address=address,
            our_number=number,
            subject=draft.words.subject,
            body=draft.words.text,
            now=now,
        )

    def _our_number(self, session: Session, practice: PracticeFacts, draft: Draft, address: str) -> str | None:
        if draft.channel is not Channel.SMS:
            return None
        return messages.our_number_for(
            session, practice.id, address, written_to=draft.written_to, location_id=draft.location_id
        )

    def _off(self, practice: PracticeFacts, draft: Draft, number: str | None) -> str | None:
        vendor: Texts | Mails | None
        if draft.channel is Channel.SMS:
            vendor = self._vendors.texts(practice.id, number=number)
        else:
            vendor = self._vendors.mails(practice.id, location_id=draft.location_id)
        if vendor is not None:
            return None
        what = {Channel.SMS: "number for texts", Channel.EMAIL: "sender of e-mail"}.get(draft.channel, "account")
        place = " about this place" if draft.location_id is not None else ""
        return f"No {what}{place} is connected, or several are; see chairflow connections list."

    def _hand_over(
        self,
        practice: PracticeFacts,
        draft: Draft,
        intent: IntentRow,
        written: effects.Written,
        *,
        address: str,
        now: datetime,
    ) -> Outcome:
        try:
            ref = self._call(practice, draft, intent, written, address=address)
        except RecipientOptedOut as error:
            with self._database.transaction() as session:
                suppressions.stop(session, practice.id, draft.channel, address, now, "vendor")
            self._settle(practice, intent, state="refused", now=now, reason=error.code or "opted_out")
            return Outcome(handed=Handed.REFUSED, intent_id=intent.id, words="The carrier holds an opt-out for it.")
        except RecipientInvalid as error:
            with self._database.transaction() as session:
                suppressions.note_undeliverable(
                    session, practice.id, draft.channel, address, now, error.code or "invalid"
                )
            self._settle(practice, intent, state="refused", now=now, reason=error.code or "invalid")
            return Outcome(handed=Handed.REFUSED, intent_id=intent.id, words=_refused(error.reason))
        except Refused as error:
            self._settle(practice, intent, state="refused", now=now, reason=error.code or "refused")
            return Outcome(handed=Handed.REFUSED, intent_id=intent.id, words=_refused(error.reason))
        except (Ambiguous, BadAnswer):
            self._settle(practice, intent, state="unknown", now=now, reason="the answer was lost")
            return Outcome(
                handed=Handed.UNKNOWN,
                intent_id=intent.id,
                words="The vendor's answer was lost.",
                again_after=timedelta(seconds=1),
            )
        except (NotSent, Misconfigured):
            # Surely not sent: back to where the gate decides anew, since consent or the hour may change meanwhile.
            self._settle(practice, intent, state="planned", now=now, reason="not accepted yet")
            raise
        self._settle(practice, intent, state="done", now=now, vendor_ref=ref)
        return Outcome(handed=Handed.SENT, intent_id=intent.id)

    def _call(
        self, practice: PracticeFacts, draft: Draft, intent: IntentRow, written: effects.Written, *, address: str
    ) -> str:
        if draft.channel is Channel.SMS:
            texts = self._vendors.texts(practice.id, number=written.our_number)
            if texts is None:
                raise Misconfigured("texts are off", vendor="sms", operation="send")
            text = NewText(to=address, body=written.body, key=intent.reference, sender=written.our_number)
            return texts.send(text).ref
        mails = self._vendors.mails(practice.id, location_id=draft.location_id)
        if mails is None:
            raise Misconfigured("mail is off", vendor="email", operation="send")
        subject = written.subject or practice.short_name
        mail = NewMail(
            to=address,
            subject=subject,
            text=written.body,
            html=mail_html(
                practice=practice.short_name, subject=subject, body=written.body, language=draft.client.language
            ),
            key=intent.reference,
            from_name=practice.short_name,
        )
        return mails.send(mail).ref

    def _read_back(
        self, practice: PracticeFacts, draft: Draft, intent: IntentRow, *, address: str, now: datetime
    ) -> Outcome | None:
        """After a lost answer or a crash: the vendor's own record, then patience, then one more attempt (None). None is
        made where the record holds texts that may be this one: rather unknown than twice."""
        tried_at = intent.tried_at or real_now()
        found: AcceptedText | Unidentified | None = None
        texts = None
        if draft.channel is Channel.SMS:
            texts = self._vendors.texts(practice.id, number=self._written(practice, intent).our_number)
        if texts is not None:
            found = self._find(practice, texts, intent, address=address, tried_at=tried_at)
            if isinstance(found, AcceptedText):
                self._settle(practice, intent, state="done", now=now, vendor_ref=found.ref)
                return Outcome(handed=Handed.ALREADY, intent_id=intent.id)
        left = tried_at + self._grace.of(practice.id).messages - real_now()
        if left > timedelta():
            return Outcome(
                handed=Handed.UNKNOWN, intent_id=intent.id, words="No word from the vendor yet.", again_after=left
            )
        if intent.attempts > 1 or isinstance(found, Unidentified):
            reason = "several texts may be it" if found else "two attempts, no word from the vendor"
            self._settle(practice, intent, state="unknown", now=now, reason=reason)
            return Outcome(handed=Handed.UNKNOWN, intent_id=intent.id, words="Nobody can say whether it went out.")
        with self._database.transaction() as session:
            effects.trying(session, practice.id, intent.id, real_now=real_now())
        return None

    def _find(
        self, practice: PracticeFacts, texts: Texts, intent: IntentRow, *, address: str, tried_at: datetime
    ) -> AcceptedText | Unidentified | None:
        with self._database.transaction() as session:
            body = effects.written(session, practice.id, intent.id).body
            others = effects.other_texts(
                session,
                practice.id,
                address=address,
                but=intent.id,
                since=tried_at - self._grace.of(practice.id).messages,
            )
        return texts.find(
            to=address,
            body=body,
            since=tried_at - CLOCK_SKEW,
            until=tried_at + _LONGEST_CALL + CLOCK_SKEW,
            known=others.refs,
            only_one=not others.any_undecided,
        )

    def _written(self, practice: PracticeFacts, intent: IntentRow) -> effects.Written:
        with self._database.transaction() as session:
            return effects.written(session, practice.id, intent.id)

    def _settle(
        self,
        practice: PracticeFacts,
        intent: IntentRow,
        *,
        state: str,
        now: datetime,
        vendor_ref: str | None = None,
        reason: str | None = None,
    ) -> None:
        with self._database.transaction() as session:
            effects.settle(
                session,
                practice.id,
                intent.id,
                state=state,
                now=now,
                vendor_ref=vendor_ref,
                reason=reason,
                answered_at=real_now() if state == "done" else None,
            )
            told = {"done": "accepted", "refused": "refused", "unknown": "unknown", "planned": "planned"}[state]
            effects.message_state(session, practice.id, intent.id, state=told, at=now, vendor_ref=vendor_ref)


def foreseen(session: Session, practice: PracticeFacts, draft: Draft, *, now: datetime) -> Send | HoldUntil | Suppress:
    """What the gate says to this draft at this moment; nothing is sent, and nothing is written down."""
    address, client = _address(draft), draft.client
    if address is None:
        return Suppress(reason=Why.NO_ADDRESS, words=_NO_ADDRESS[draft.channel])
    counts = effects.contacts_since(
        session,
        practice.id,
        address=address,
        day_start=_today(now, draft.zones[0]).start,
        week_start=now - timedelta(days=7),
    )
    # Said since the draft was written.
    stopped, undeliverable = suppressions.stopped_and_undeliverable(session, practice.id, draft.channel, address)
    if stopped:
        client = replace(client, opted_out=client.opted_out | {draft.channel})
    if undeliverable:
        client = replace(client, undeliverable=client.undeliverable | {draft.channel})
    policy = practice.policy if practice.policy.whole else practice.at(draft.location_id).policy
    return may_send(
        channel=draft.channel,
        notice=draft.notice,
        template=draft.template,
        client=client,
        at=now,
        zones=draft.zones,
        sent_today=counts.messages_today,
        offers_today=counts.offers_today,
        offers_this_week=counts.offers_this_week,
        policy=policy.contact,
        is_answer=draft.is_answer,
        is_prompt=draft.is_prompt,
    )


def _on_file(client: Client) -> int | None:
    return client.id if client.is_on_file else None


def _address(draft: Draft) -> str | None:
    return draft.client.phone if draft.channel is Channel.SMS else draft.client.email


def _as_settled(intent: IntentRow) -> Outcome:
    handed = {"done": Handed.ALREADY, "refused": Handed.REFUSED, "suppressed": Handed.SUPPRESSED}[intent.state]
    why = intent.reason or ""
    return Outcome(handed=handed, intent_id=intent.id, words=_refused(why) if handed is Handed.REFUSED else why)


def _refused(why: str) -> str:
    return f"The vendor would not take it: {why.rstrip('.') or 'no reason given'}."


def _today(now: datetime, zone: str) -> TimeRange:
    return local_day(on=local_date(now, zone), zone=zone)
