"""Pages from templates, with the headers every page carries."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

TEMPLATES: Final = Path(__file__).resolve().parent.parent.parent / "templates"

#: A page is never kept, never framed, and never tells another site that it was open: its address is a permission.
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, *, status: int = 200, **view: Any) -> HTMLResponse:
    """Fill a template with a prepared view."""
    return HTMLResponse(_environment.get_template(template).render(**view), status_code=status, headers=HEADERS)


def day_words(at: datetime, zone: str) -> str:
    """ "Tuesday, November 24" """
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%A, %B} {local.day}"


def time_words(at: datetime, zone: str) -> str:
    """ "2:30 PM EST" """
    local = at.astimezone(ZoneInfo(zone))
    name = local.tzname() or ""
    return f"{local.hour % 12 or 12}:{local:%M %p} {name if name.isalpha() else 'local time'}"
