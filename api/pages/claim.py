"""The claim page: a GET shows the offer, only the POST of its button takes it. Link scanners and previews only look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from api.dependencies import Dependencies, Deps, State
from api.pages.templating import HEADERS, day_words, page, time_words
from domain.filling import waits_for_more
from domain.journeys import Action, Journey
from domain.messages.gap_fill import STILL_LISTED
from domain.wall import local_date
from inbox import outgoing, updates
from models.repositories import access, calendar, clients, deliveries, offers, practices, questions, tokens, waitlist
from models.repositories.tokens import OfferBehind
from workflows.ids import gap_fill_id
from workflows.messages import Claim, ClaimResult, Standing, Via

router = APIRouter(include_in_schema=False)

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
    LOST = "lost"
    OVER = "over"


_FINAL: Final = frozenset({Shown.WON, Shown.CHANGED, Shown.HANDED_OVER, Shown.LOST, Shown.OVER})
_BY_STANDING: Final = {
    Standing.CONFIRMING: Shown.CONFIRMING,
    Standing.CONFIRMED: Shown.WON,
    Standing.NEXT: Shown.NEXT,
    Standing.LOST: Shown.LOST,
    Standing.OVER: Shown.OVER,
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An offer, where it stands, and what its page may say beside that. `listed`: its client waits for more."""

    offer: OfferBehind
    shown: Shown
    consult_instead: bool
    listed: bool


@router.api_route("/claim/{token}", methods=["GET", "HEAD"])
def show(token: str, deps: Deps) -> HTMLResponse:
    return _page(token, _look(deps, token))


@router.get("/claim/{token}/standing")
def standing(token: str, deps: Deps) -> Response:
    """Where the claim stands, for the page to look again."""
    seen = _look(deps, token)
    if seen is None:
        return JSONResponse({"standing": Shown.OVER.value, "final": True}, status_code=404, headers=HEADERS)
    return JSONResponse({"standing": seen.shown.value, "final": seen.shown in _FINAL}, headers=HEADERS)


@router.post("/claim/{token}")
async def claim(token: str, request: Request, deps: Deps, state: State) -> Response:
    """Take the offer. The update and the signal it falls back to carry the same key, so both are one claim."""
    seen = await run_in_threadpool(_look, deps, token)
    if seen is None or seen.shown is not Shown.OPEN:
        return _page(token, seen)
    found = seen.offer
    said = Claim(key=outgoing.claim_key(found.offer_id), offer_id=found.offer_id, via=Via.LINK)
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


def _look(deps: Dependencies, token: str) -> Seen | None:
    """The offer behind a token, and where it stands by now."""
    if not _TOKEN.fullmatch(token):
        return None
    with deps.database.transaction() as session:
        found = tokens.offer(session, token)
        if found is None:
            return None
        offer = offers.get(session, found.practice_id, found.offer_id)
        shown = _shown(found, access.outcome_of(session, found.practice_id, outgoing.claim_key(found.offer_id)))
        if shown is Shown.WON and not _still_booked(session, found, offer.client_id):
            shown = Shown.CHANGED
        listed = shown in {Shown.LOST, Shown.OVER} and _listed(deps, session, found, offer.client_id)
        return Seen(offer=found, shown=shown, consult_instead=offer.consult_instead, listed=listed)


def _still_booked(session: Session, found: OfferBehind, client_id: int) -> bool:
    visits = calendar.client_visits(session, found.practice_id, [client_id], since=found.starts_at).get(client_id, ())
    return any(visit.during.start == found.starts_at for visit in visits)


def _listed(deps: Dependencies, session: Session, found: OfferBehind, client_id: int) -> bool:
    clock = practices.load(session, found.practice_id).clock
    return waits_for_more(
        client=clients.get(session, found.practice_id, client_id),
        active=waitlist.of_client(session, found.practice_id, client_id),
        on=local_date(clock.practice(deps.wall()), found.zone),
    )


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
        if told is not Standing.OVER:
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
    return Shown.CONFIRMING if found.claimed_at is not None else Shown.OPEN


def _what_next(seen: Seen) -> str:
    if seen.listed:
        return STILL_LISTED
    return f"For another time, please {'call us' if seen.offer.practice_phone else 'reply to our text'}."


def _page(token: str, seen: Seen | None) -> HTMLResponse:
    if seen is None:
        return page("unknown_link.html", status=404, what="offer")
    found = seen.offer
    return page(
        "claim.html",
        token=token,
        shown=seen.shown.value,
        final=seen.shown in _FINAL,
        taken=found.opening_state == "filled",
        said_yes=found.claimed_at is not None,
        what_next=_what_next(seen),
        consult_instead=seen.consult_instead,
        practice=found.practice_name,
        phone=found.practice_phone,
        provider=found.provider_first_name,
        location=found.location_name,
        day=day_words(found.starts_at, found.zone),
        time=time_words(found.starts_at, found.zone),
        until=time_words(found.expires_at, found.zone) if found.expires_at and found.state == "open" else None,
    )
