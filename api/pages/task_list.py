"""The open tasks of a practice behind one link: a member of staff's, or that of a channel of the staff chat."""

from __future__ import annotations

import re
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlmodel import Session

from api.dependencies import Dependencies, Deps
from api.pages.tasks import remember_name
from api.pages.templating import HEADERS, page
from models.repositories import practices, task_links
from operations import task_list

router = APIRouter(include_in_schema=False)

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")
#: A holder that is a channel of the staff chat and no person.
_CHANNEL: Final = "channel:"


@router.api_route("/t/{token}", methods=["GET", "HEAD"])
def show(token: str, deps: Deps) -> HTMLResponse:
    with deps.database.transaction() as session:
        link = _behind(deps, session, token)
        if link is None:
            return page("unknown_link.html", status=404, what="list")
        practice = practices.load(session, link.practice_id)
        now = practice.clock.practice(deps.wall())
        listed = task_list.listed(session, practice, now=now)
    named = not link.holder.startswith(_CHANNEL)
    response = page(
        "task_list.html",
        token=token,
        practice=practice.short_name,
        holder=link.holder if named else "",
        groups=listed.groups,
        left_out=listed.left_out,
        mark=listed.mark,
    )
    if named:
        remember_name(response, link.holder, deps)
    return response


@router.get("/t/{token}/standing")
def standing(token: str, deps: Deps) -> Response:
    """What the page compares with what it shows."""
    with deps.database.transaction() as session:
        link = _behind(deps, session, token)
        if link is None:
            return JSONResponse({"standing": "gone"}, status_code=404, headers=HEADERS)
        practice = practices.load(session, link.practice_id)
        mark = task_list.mark(session, practice, now=practice.clock.practice(deps.wall()))
    return JSONResponse({"standing": mark}, headers=HEADERS)


def _behind(deps: Dependencies, session: Session, token: str) -> task_links.LinkRow | None:
    if not _TOKEN.fullmatch(token):
        return None
    return task_links.behind(session, token, secret=deps.settings.api_key_pepper.get_secret_value())
