"""The page behind an offer's link: a GET shows the offer, only the POST of a button answers it. Link scanners and
previews only look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.dependencies import Dependencies, Deps, State
from api.pages.calendar_file import one_event
from api.pages.templating import HEADERS, page, time_words
from contracts.workflow_messages import Claim, ClaimResult, Standing, Via
from domain.calendar import Visit, VisitState
from domain.clients import Client, Language
from domain.filling import waits_for_more
from domain.journey_names import Action, Journey
from domain.messages import claim_page
from domain.messages.claim_page import ClaimPageWords
from domain.messages.facts import clock_time, length_words
from domain.wall_time import local_date
from inbox import routed_deliveries, updates
from models.phone_numbers import as_people_write
from models.repositories import (
    access,
    calendar,
    clients,
    deliveries,
    link_targets,
    offers,
    practices,
    questions,
    receipts,
    waitlist,
)
from models.repositories.link_targets import OfferBehind
from models.repositories.receipts import NewReceipt, Purpose, ReceiptFacts, ReceiptState
from operations.opening_context import later_visit
from workflows.ids import gap_fill_id

router = APIRouter(include_in_schema=False)

#: What stands on a receipt as the vendor of what was pressed here.
_OUR_PAGE: Final = "page"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")


class Shown(StrEnum):
    """What the page shows."""

    OPEN = "open"
    CONFIRMING = "confirming"
    NEXT = "next"
    WON = "won"
    #: They won it, and the visit was moved or cancelled since: a newer message says what holds.
    CHANGED = "changed"
    #: A person finishes it.
    HANDED_OVER = "handed_over"
    #: They won it, and that day is over.
    PAST = "past"
    LOST = "lost"
    #: They said no, and may still change their mind.
    DECLINED = "declined"
    OVER = "over"


_FINAL: Final = frozenset(
    {Shown.WON, Shown.CHANGED, Shown.HANDED_OVER, Shown.PAST, Shown.LOST, Shown.OVER, Shown.DECLINED}
)
#: Where a YES is still taken.
_TAKES_YES: Final = frozenset({Shown.OPEN, Shown.DECLINED})
#: A YES comes too late.
_TOO_LATE: Final = frozenset({Shown.LOST, Shown.OVER})
_BY_STANDING: Final = {
    Standing.CONFIRMING: Shown.CONFIRMING,
    Standing.CONFIRMED: Shown.WON,
    Standing.NEXT: Shown.NEXT,
    Standing.LOST: Shown.LOST,
    Standing.OVER: Shown.OVER,
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An offer, where it stands, and what its page may say beside that.

    `listed`: its client waits for more; `replaces`: the later visit they would give up; `visit`: theirs, once they won;
    `cannot_come`: they have told us so.
    """

    offer: OfferBehind
    shown: Shown
    language: Language
    listed: bool = False
    replaces: datetime | None = None
    visit: Visit | None = None
    cannot_come: bool = False
    #: The visit is still to come, so that it can be called off.
    may_call_off: bool = False

    @property
    def words(self) -> ClaimPageWords:
        return claim_page.WORDS[self.language]


#: Texts of before say /claim/; a text pays for every character of it.
def _paths(rest: str = "") -> tuple[str, str]:
    return f"/c/{{token}}{rest}", f"/claim/{{token}}{rest}"


def show(token: str, deps: Deps) -> HTMLResponse:
    return _page(token, _look(deps, token))


def standing(token: str, deps: Deps) -> Response:
    """Where the claim stands, for the page to look again."""
    seen = _look(deps, token)
    if seen is None:
        return JSONResponse({"standing": Shown.OVER.value, "final": True}, status_code=404, headers=HEADERS)
    return JSONResponse({"standing": seen.shown.value, "final": seen.shown in _FINAL}, headers=HEADERS)


def calendar_file(token: str, deps: Deps) -> Response:
    """The visit they won, for their own calendar."""
    seen = _look(deps, token)
    if seen is None or seen.visit is None:
        return _page(token, seen)
    found = seen.offer
    event = one_event(
        # The offer's number alone: a file may travel, and a token is a permission.
        uid=f"offer-{found.offer_id}@chairflow",
        stamped=deps.wall(),
        during=seen.visit.during,
        title=seen.words.calendar_title.format(practice=found.practice_name),
        place=found.location_address or found.location_name,
    )
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="visit.ics"'}
    return Response(event, media_type="text/calendar; charset=utf-8", headers=headers)


async def claim(token: str, request: Request, deps: Deps, state: State) -> Response:
    """Take the offer. The update and the signal it falls back to carry the same key, so both are one claim."""
    seen = await run_in_threadpool(_look, deps, token)
    if seen is not None and seen.shown in _TOO_LATE and seen.offer.claimed_at is None:
        await run_in_threadpool(_yes_in_vain, deps, seen.offer)
        seen = await run_in_threadpool(_look, deps, token)
    if seen is None or seen.shown not in _TAKES_YES:
        return _page(token, seen)
    found = seen.offer
    said = Claim(key=routed_deliveries.claim_key(found.offer_id), offer_id=found.offer_id, via=Via.LINK)
    answer: updates.Answered[ClaimResult] | updates.Declined | updates.Over | updates.NoAnswer = updates.NoAnswer()
    if state.client is not None:
        answer = await updates.ask(
            state.client,
            workflow_id=gap_fill_id(practice_id=found.practice_id, opening_id=found.opening_id),
            update="claim",
            message=said,
            key=said.key,
            result=ClaimResult,
        )
    await run_in_threadpool(_keep, deps, found, said, answer)
    state.nudge()
    return _page(token, await run_in_threadpool(_look, deps, token))


def decline(token: str, deps: Deps, state: State) -> Response:
    """Say no: the fill need not wait for this client. The page is the answer; no text follows."""
    seen = _look(deps, token)
    if seen is None or seen.shown is not Shown.OPEN:
        return _page(token, seen)
    found = seen.offer
    with deps.database.transaction() as session:
        said = _said(session, deps, found, "no")
        given_up = questions.give_up_offer(
            session, found.practice_id, found.offer_id, now=said.practice_at, closing="answered: no, on the page"
        )
        if given_up is not None:
            routed_deliveries.decline(session, said, offer_id=found.offer_id, opening_id=found.opening_id, why="no")
    state.nudge()
    return _page(token, _look(deps, token))


def cannot_come(token: str, deps: Deps, state: State) -> Response:
    """Who won it cannot come after all: the visit's own journey hears it, as it would an X by text."""
    seen = _look(deps, token)
    if seen is None or seen.visit is None or not seen.may_call_off:
        return _page(token, seen)
    found, appointment_id = seen.offer, seen.visit.appointment_id
    with deps.database.transaction() as session:
        said = _said(session, deps, found, "cannot_come")
        turn = calendar.get(session, found.practice_id, appointment_id).turn
        routed_deliveries.replied(session, said, appointment_id=appointment_id, turn=turn, meaning="cannot_come")
    state.nudge()
    return _page(token, _look(deps, token))


for _path in _paths():
    router.add_api_route(_path, show, methods=["GET", "HEAD"])
    router.add_api_route(_path, claim, methods=["POST"])
for _rest, _route, _method in (
    ("/standing", standing, "GET"),
    ("/visit.ics", calendar_file, "GET"),
    ("/no", decline, "POST"),
    ("/cannot-come", cannot_come, "POST"),
):
    for _path in _paths(_rest):
        router.add_api_route(_path, _route, methods=[_method])


def _said(session: Session, deps: Dependencies, found: OfferBehind, what: str) -> ReceiptFacts:
    """What a client pressed, kept as every event from outside is; pressed twice, it is one."""
    now = deps.wall()
    clock = practices.load(session, found.practice_id).clock
    [kept] = receipts.record(
        session,
        [
            NewReceipt(
                practice_id=found.practice_id,
                vendor=_OUR_PAGE,
                purpose=Purpose.ADMIN,
                event_key=_press_key(found, what),
                event_type=what,
                parsed={"about": {"offer_id": found.offer_id, "client_id": found.client_id}},
                payload="",
                received_at=now,
                practice_at=clock.practice(now),
                state=ReceiptState.ROUTED,
            )
        ],
    )
    receipt = receipts.get(session, found.practice_id, kept.id)
    assert receipt is not None, "it was recorded in this transaction"
    return receipt


def _press_key(found: OfferBehind, what: str) -> str:
    return f"{what}:{found.offer_id}"


def _look(deps: Dependencies, token: str) -> Seen | None:
    """The offer behind a token, and where it stands by now."""
    if not _TOKEN.fullmatch(token):
        return None
    with deps.database.transaction() as session:
        found = link_targets.offer(session, token)
        if found is None:
            return None
        client = clients.get(session, found.practice_id, found.client_id)
        shown = _shown(
            found, access.outcome_of(session, found.practice_id, routed_deliveries.claim_key(found.offer_id))
        )
        now = practices.load(session, found.practice_id).clock.practice(deps.wall())
        if shown in {Shown.WON, Shown.HANDED_OVER} and found.ends_at <= now:
            shown = Shown.PAST
        visit = _their_visit(session, found) if shown is Shown.WON else None
        if shown is Shown.WON and visit is None:
            shown = Shown.CHANGED
        told = receipts.has_heard(session, found.practice_id, _OUR_PAGE, _press_key(found, "cannot_come"))
        ahead = visit is not None and visit.state in {VisitState.BOOKED, VisitState.CONFIRMED}
        return Seen(
            offer=found,
            shown=shown,
            language=client.language,
            listed=shown in {Shown.LOST, Shown.OVER, Shown.DECLINED} and _listed(deps, session, found, client),
            replaces=_replaces(deps, session, found) if shown in _TAKES_YES else None,
            visit=visit,
            cannot_come=told,
            may_call_off=ahead and not told,
        )


def _their_visit(session: Session, found: OfferBehind) -> Visit | None:
    own = calendar.client_visits(session, found.practice_id, [found.client_id], since=found.starts_at)
    visits = (one for one in own.get(found.client_id, ()) if one.segments)
    return next((one for one in visits if one.during.start == found.starts_at), None)


def _replaces(deps: Dependencies, session: Session, found: OfferBehind) -> datetime | None:
    """The start of the later visit that a YES gives up, as the offer's text says."""
    later = later_visit(
        session,
        found.practice_id,
        practices.matrix(session, found.practice_id),
        offers.get(session, found.practice_id, found.offer_id),
        now=practices.load(session, found.practice_id).clock.practice(deps.wall()),
    )
    return None if later is None else later.during.start


def _listed(deps: Dependencies, session: Session, found: OfferBehind, client: Client) -> bool:
    clock = practices.load(session, found.practice_id).clock
    return waits_for_more(
        client=client,
        active=waitlist.of_client(session, found.practice_id, client.id),
        on=local_date(clock.practice(deps.wall()), found.zone),
    )


def _yes_in_vain(deps: Dependencies, found: OfferBehind) -> None:
    """Their yes came when all was decided; it counts when the next chair is offered, as one by text does."""
    with deps.database.transaction() as session:
        clock = practices.load(session, found.practice_id).clock
        offers.claimed_in_vain(session, found.practice_id, found.offer_id, at=clock.practice(deps.wall()))


def _keep(
    deps: Dependencies,
    found: OfferBehind,
    said: Claim,
    answer: updates.Answered[ClaimResult] | updates.Declined | updates.Over | updates.NoAnswer,
) -> None:
    """Write down what the client did and was told; without an answer, send the claim by signal."""
    now = deps.wall()
    with deps.database.transaction() as session:
        clock = practices.load(session, found.practice_id).clock
        at = clock.practice(now)
        match answer:
            case updates.Answered():
                told = answer.result.standing
            case updates.NoAnswer():
                told = Standing.CONFIRMING
                deliveries.enqueue(
                    session,
                    found.practice_id,
                    key=f"claim:{found.offer_id}:link",
                    journey=Journey.GAP_FILL,
                    ref=found.opening_id,
                    action=Action.SIGNAL,
                    message="claim_by_text",
                    body=said.model_copy(update={"said_at": at}).model_dump(mode="json"),
                    now=at,
                )
            case updates.Declined() | updates.Over():
                told = Standing.OVER
        if told is Standing.OVER:
            offers.claimed_in_vain(session, found.practice_id, found.offer_id, at=at)
        else:
            offers.claimed(session, found.practice_id, found.offer_id, at=at)
            questions.take_back_no(session, found.practice_id, found.offer_id)
        access.begin_request(
            session, found.practice_id, request_id=said.key, operation="claim", asked_by="claim page", now=at
        )
        access.finish_request(session, found.practice_id, said.key, {"standing": told.value})


def _shown(found: OfferBehind, kept: dict[str, Any] | None) -> Shown:
    """The offer's row decides once it has; until then, what the fill answered."""
    if found.state == "won":
        return Shown.WON
    if found.state == "handed_over":
        return Shown.HANDED_OVER
    if found.state == "lost":
        return Shown.LOST
    if not found.claimable:
        return Shown.LOST if found.claimed_at is not None else Shown.OVER
    if kept is not None:
        return _BY_STANDING[Standing(kept["standing"])]
    if found.claimed_at is not None:
        return Shown.CONFIRMING
    return Shown.DECLINED if found.state == "declined" else Shown.OPEN


def _headline(seen: Seen) -> str:
    words = seen.words
    return {
        Shown.OPEN: words.earlier if seen.replaces is not None else words.free,
        Shown.CONFIRMING: words.confirming,
        Shown.NEXT: words.next_in_line,
        Shown.WON: words.won,
        Shown.CHANGED: words.changed,
        Shown.HANDED_OVER: words.handed_over,
        Shown.PAST: words.past,
        Shown.LOST: words.lost if seen.offer.opening_state == "filled" else words.over,
        Shown.DECLINED: words.declined,
        Shown.OVER: words.over,
    }[seen.shown]


def _explained(seen: Seen) -> str:
    """What follows the headline, where the page does not ask anything."""
    words = seen.words
    looked = words.lost_then if seen.offer.claimed_at is not None else words.over_then
    return {
        Shown.OPEN: "",
        Shown.CONFIRMING: words.wait_confirming,
        Shown.NEXT: words.wait_next,
        Shown.WON: words.cannot_come_heard if seen.cannot_come else words.won_then,
        Shown.CHANGED: words.changed_then,
        Shown.HANDED_OVER: words.handed_over_then,
        Shown.PAST: words.over_then,
        Shown.LOST: looked,
        Shown.DECLINED: words.declined_then,
        Shown.OVER: looked,
    }[seen.shown]


def _what_next(seen: Seen) -> str:
    if seen.shown not in {Shown.LOST, Shown.OVER, Shown.DECLINED, Shown.PAST}:
        return ""
    if seen.listed:
        return seen.words.still_listed
    return seen.words.ask_by_phone if seen.offer.practice_phone else seen.words.ask_by_text


def _page(token: str, seen: Seen | None) -> HTMLResponse:
    if seen is None:
        return page("unknown_link.html", status=404, what="offer")
    found, words = seen.offer, seen.words
    day, time = claim_page.day_words(words, found.starts_at, found.zone), time_words(found.starts_at, found.zone)
    until = found.expires_at if found.state == "open" else None
    return page(
        "claim.html",
        words=words,
        path=f"/c/{token}",
        shown=seen.shown.value,
        waits=seen.shown in {Shown.CONFIRMING, Shown.NEXT},
        takes_yes=seen.shown in _TAKES_YES,
        headline=_headline(seen),
        explained=_explained(seen),
        what_next=_what_next(seen),
        first_yes=words.first_yes
        if until is None
        else words.first_yes_until.format(until=clock_time(until, found.zone)),
        shows_visit=seen.shown in {Shown.OPEN, Shown.DECLINED, Shown.CONFIRMING, Shown.NEXT, Shown.WON},
        was_about=words.was_about.format(day=day, time=time, provider=found.provider_first_name),
        consult_instead=found.consult_instead,
        may_call_off=seen.may_call_off,
        practice=found.practice_name,
        phone=found.practice_phone,
        phone_words=None if found.practice_phone is None else as_people_write(found.practice_phone),
        provider=found.provider_first_name,
        location=found.location_name,
        address=found.location_address,
        day=day,
        time=time,
        length=length_words(found.ends_at - found.starts_at),
        replaces=None
        if seen.replaces is None
        else f"{claim_page.day_words(words, seen.replaces, found.zone)}, {clock_time(seen.replaces, found.zone)}",
    )
