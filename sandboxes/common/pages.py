"""The small pages people watch: one shell, one stylesheet, a live part that looks for news each second."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


class Pages:
    """Renders a vendor's templates; a template extends `shell.html` and fills the blocks `live` and `fixed`."""

    def __init__(self, package: str) -> None:
        loaders = [PackageLoader(package), PackageLoader("sandboxes.common")]
        self._templates = Environment(loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined)
        self._templates.filters["linked"] = linked

    def show(self, request: Request, template: str, **view: Any) -> HTMLResponse:
        """Return a page, or only its live part when the page itself asks for news."""
        only_live = request.query_params.get("part") == "live"
        chosen = self._templates.get_template(template)
        if not only_live:
            return HTMLResponse(chosen.render(**view))
        context = chosen.new_context(view)
        return HTMLResponse("".join(chosen.blocks["live"](context)))


def linked(text: str) -> Markup:
    """Return text with its links clickable and all else escaped."""
    parts: list[Markup] = []
    at = 0
    for found in LINK.finditer(text):
        url = escape(found.group())
        parts += [escape(text[at : found.start()])]
        parts += [Markup(f'<a href="{url}" target="_blank" rel="noopener">{url}</a>')]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def clock_time(moment: datetime, zone: str) -> str:
    """Return a time of day as people in the practice write it: 9:05 AM."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"


def day(moment: datetime, zone: str) -> str:
    """Return a day as people in the practice write it: Wed, Mar 4."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a}, {local:%b} {local.day}"
