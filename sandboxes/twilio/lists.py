"""Lists of messages: filters and pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from sandboxes.twilio import errors
from sandboxes.twilio.messages import Message, SentRange, sent_range

DEFAULT_PAGE_SIZE = 50


def page_of(
    messages: Iterable[Message], query: dict[str, Any], *, account_sid: str, lists_unsent: bool
) -> dict[str, Any]:
    """Return one page of the fitting messages, newest first. Raises RefusedError for an unreadable filter.

    A page token names the last message seen, so that a message sent meanwhile moves nothing.
    """
    fitting = [message for message in reversed(list(messages)) if _fits(message, query, _wanted(query), lists_unsent)]
    size = query.get("PageSize", DEFAULT_PAGE_SIZE)
    token = query.get("PageToken")
    start = 0
    if token is not None:
        sids = [f"PA{message.sid}" for message in fitting]
        if token not in sids:
            raise errors.refuse(20001, "PageToken is not known")
        start = sids.index(token) + 1
    shown = fitting[start : start + size]
    path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
    number = query.get("Page", 0)
    filters: dict[str, Any] = {
        name: query[name] for name in ("To", "From", "DateSent", "DateSent<", "DateSent>") if name in query
    }

    def uri(page: int, after: str | None = None) -> str:
        wanted: dict[str, Any] = {**filters, "PageSize": size, "Page": page}
        if after:
            wanted["PageToken"] = after
        return f"{path}?{urlencode(wanted)}"

    following = f"PA{shown[-1].sid}" if start + size < len(fitting) else None
    return {
        "messages": [message.view(account_sid) for message in shown],
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, following) if following else None,
        "previous_page_uri": uri(number - 1) if number else None,
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(0, len(shown) - 1),
        "uri": uri(number, token),
    }


def _wanted(query: dict[str, Any]) -> SentRange:
    wanted = SentRange()
    for operator in "=<>":
        name = "DateSent" if operator == "=" else f"DateSent{operator}"
        if name in query:
            try:
                wanted = wanted.also(sent_range(operator, query[name]))
            except ValueError:
                raise errors.refuse(20001, f"{name} is neither YYYY-MM-DD nor an ISO 8601 time") from None
    return wanted


def _fits(message: Message, query: dict[str, Any], wanted: SentRange, lists_unsent: bool) -> bool:
    if "To" in query and message.shown_number(message.to) != query["To"]:
        return False
    if "From" in query and message.shown_number(message.sender) != query["From"]:
        return False
    moment = message.sent or (message.created if lists_unsent else None)
    return wanted.open or (moment is not None and wanted.holds(moment))
