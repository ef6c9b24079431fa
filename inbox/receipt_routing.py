"""From a receipt to the journeys it concerns: deliveries, and what is settled on the spot."""

from __future__ import annotations

import re
from typing import Final

from sqlmodel import Session

from domain.clients import Channel
from inbox import routed_deliveries, text_routing
from inbox.event_json import from_receipt
from inbox.routing_results import RoutingResult, ignored, routed
from models.phone_numbers import newest_form
from models.repositories import (
    locks,
    messages,
    questions,
    receipts,
    staff_accounts,
    suppressions,
    views,
)
from models.repositories.practices import PracticeFacts
from models.repositories.receipts import Purpose, ReceiptFacts
from vendors.chat.base import CardPress
from vendors.email.base import MailReport, MailState
from vendors.sms.base import TextReport, TextState

_TEXT_RANKS: Final = {state.value: state.rank for state in TextState}
_MAIL_RANKS: Final = {state.value: state.rank for state in MailState}

#: A button's value: the task, what was chosen, and for whom: `12:offer:34`, `12:leave`.
_PRESS_VALUE: Final = re.compile(r"(?P<task>\d{1,18}):(?P<action>[a-z_]{1,40})(?::(?P<client>\d{1,18}))?")


def route(session: Session, practice: PracticeFacts, receipt: ReceiptFacts) -> None:
    """Make the deliveries of a receipt, in the caller's transaction, and write on it what became of it."""
    verdict = _ROUTES[Purpose(receipt.purpose)](session, practice, receipt)
    receipts.settle(session, practice.id, receipt.id, state=verdict.state, outcome=verdict.outcome, about=verdict.about)


def _text_status(session: Session, practice: PracticeFacts, receipt: ReceiptFacts) -> RoutingResult:
    report: TextReport = from_receipt(receipt)
    found = messages.report(
        session,
        practice.id,
        channel=Channel.SMS,
        reference=report.key,
        vendor_ref=report.ref,
        state=report.state,
        known_ranks=_TEXT_RANKS,
        error_code=report.error_code,
        at=receipt.practice_at,
    )
    if found is None:
        return ignored("no message of ours")
    if found.unheard is not None:
        routed_deliveries.answer_text(session, receipt)
    if report.opted_out:
        locks.hold(session, "phone", practice.id, newest_form(found.address))
        suppressions.stop(session, practice.id, Channel.SMS, found.address, receipt.practice_at, "vendor")
        text_routing.decline_all(session, practice, receipt, phone=found.address, why="stop")
        return routed("opted_out", client_id=found.client_id, intent_id=found.unheard)
    if report.permanent:
        suppressions.note_undeliverable(
            session, practice.id, Channel.SMS, found.address, receipt.practice_at, report.error_code or "unknown"
        )
    if found.offer_id is not None and (report.permanent or (found.moved and report.state is TextState.FAILED)):
        return _undeliverable(session, practice, receipt, found.offer_id, unheard=found.unheard)
    outcome = report.state.value if found.moved else "older_than_known"
    return routed(outcome, client_id=found.client_id, intent_id=found.unheard)


def _mail_status(session: Session, practice: PracticeFacts, receipt: ReceiptFacts) -> RoutingResult:
    """A mail's fate. An offer is open by its text; a lost mail closes nothing."""
    report: MailReport = from_receipt(receipt)
    found = messages.report(
        session,
        practice.id,
        channel=Channel.EMAIL,
        reference=report.key,
        vendor_ref=report.ref,
        state=report.state,
        known_ranks=_MAIL_RANKS,
        error_code=report.event_type if report.state is MailState.FAILED else None,
        at=receipt.practice_at,
    )
    if found is None:
        return ignored("no mail of ours")
    if found.unheard is not None:
        routed_deliveries.answer_text(session, receipt)
    if report.unsubscribed:
        suppressions.stop(session, practice.id, Channel.EMAIL, found.address, receipt.practice_at, "vendor")
        return routed("opted_out", client_id=found.client_id, intent_id=found.unheard)
    if report.state is None:
        return ignored("says nothing about delivery")
    outcome = report.state.value if found.moved else "older_than_known"
    return routed(outcome, client_id=found.client_id, intent_id=found.unheard)


def _press(session: Session, practice: PracticeFacts, receipt: ReceiptFacts) -> RoutingResult:
    """A button of a task's card, pressed by somebody who may. The relay runs the update and answers through the press's
    own URL."""
    press: CardPress = from_receipt(receipt)
    chosen = _PRESS_VALUE.fullmatch(press.value)
    if chosen is None:
        return ignored("a button that answers nothing")
    task_id = int(chosen["task"])
    if not views.task_exists(session, practice.id, task_id):
        return ignored("no task of this practice")
    # By the vendor's id, never the display name: anybody may call themselves anything (vendors/slack.md §5).
    name = staff_accounts.name_of(session, practice.id, press.user_ref)
    if name is None:
        # Its own journey tells the presser, and nobody else.
        routed_deliveries.answer_text(session, receipt)
        return ignored("not_on_the_staff_list")
    client_id = int(chosen["client"]) if chosen["client"] else None
    routed_deliveries.press(session, receipt, task_id=task_id, action=chosen["action"], by=name, client_id=client_id)
    return routed("resolve", task_id=task_id)


def _undeliverable(
    session: Session, practice: PracticeFacts, receipt: ReceiptFacts, offer_id: int, *, unheard: int | None
) -> RoutingResult:
    """The offer never arrived, whether its phone takes no texts or only this one: the fill need not wait for it."""
    opening_id = questions.give_up_offer(
        session, practice.id, offer_id, now=receipt.practice_at, closing="not told: the offer never arrived"
    )
    if opening_id is not None:
        routed_deliveries.decline(session, receipt, offer_id=offer_id, opening_id=opening_id, why="undeliverable")
    return routed("undeliverable", offer_id=offer_id, intent_id=unheard)


_ROUTES: Final = {
    Purpose.TEXT: text_routing.route,
    Purpose.TEXT_STATUS: _text_status,
    Purpose.MAIL_STATUS: _mail_status,
    Purpose.PRESS: _press,
}
