"""Slack's markup as HTML, for the channel page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

TOKEN = re.compile(r"<([^<>]+)>")
STYLES = (
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~([^~\n]+)~(?![\w~])"), r"<s>\1</s>"),
)


def as_html(text: str, people: Mapping[str, str]) -> Markup:
    """Return mrkdwn as HTML; `<…>` is markup, and `&lt;` a character."""
    parts: list[str] = []
    at = 0
    for found in TOKEN.finditer(text):
        parts += [_styled(text[at : found.start()]), _token(found.group(1), people)]
        at = found.end()
    parts.append(_styled(text[at:]))
    return Markup("".join(parts))


def plain(text: str) -> str:
    """Return text with Slack's three entities as characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _styled(text: str) -> str:
    html = str(escape(plain(text)))
    for pattern, replacement in STYLES:
        html = pattern.sub(replacement, html)
    return html.replace("\n", "<br>")


def _token(inside: str, people: Mapping[str, str]) -> str:
    target, _, label = inside.partition("|")
    if target.startswith(("http://", "https://", "mailto:")):
        url = escape(plain(target))
        return f'<a href="{url}" target="_blank" rel="noopener">{escape(plain(label)) or url}</a>'
    if target.startswith("@"):
        return f"<mark>@{escape(people.get(target[1:], target[1:]))}</mark>"
    if target.startswith(("!", "#")):
        return f"<mark>{'@' if target[0] == '!' else '#'}{escape(label or target[1:])}</mark>"
    return str(escape(f"<{inside}>"))
