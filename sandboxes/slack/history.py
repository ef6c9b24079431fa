"""conversations.history: a channel's messages, newest first, in pages."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from sandboxes.slack.messages import RefusedByName
from sandboxes.slack.sandbox import SlackSandbox

KNOWN = frozenset({"channel", "oldest", "latest", "inclusive", "limit", "cursor", "include_all_metadata"})
MOST = 999


def history(sandbox: SlackSandbox, channel: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return one page. Replies in threads are not part of it. Raises RefusedByName."""
    unknown = sorted(set(arguments) - KNOWN)
    if unknown:
        raise RefusedByName("invalid_arguments", f"[ERROR] no such argument: {unknown[0]}")
    inclusive = _flag(arguments.get("inclusive"))
    limit = int(_number(arguments.get("limit"), "limit") or 100)
    if not 1 <= limit <= MOST:
        raise RefusedByName("invalid_limit")
    latest = _number(arguments.get("latest"), "latest")
    oldest = _number(arguments.get("oldest"), "oldest")
    cursor = _number(str(arguments.get("cursor") or "").removeprefix("next_ts:") or None, "cursor")

    def fits(ts: Decimal) -> bool:
        if cursor is not None and ts >= cursor:
            return False
        if latest is not None and (ts > latest or (ts == latest and not inclusive)):
            return False
        return oldest is None or ts > oldest or (ts == oldest and inclusive)

    fitting = [
        message
        for message in sorted(sandbox.messages.values(), key=lambda message: Decimal(message.ts), reverse=True)
        if message.channel == channel and message.thread_ts in (None, message.ts) and fits(Decimal(message.ts))
    ]
    shown, more = fitting[:limit], len(fitting) > limit
    with_metadata = _flag(arguments.get("include_all_metadata"))
    page: dict[str, Any] = {
        "messages": [sandbox.view(message, with_metadata=with_metadata) for message in shown],
        "has_more": more,
        "pin_count": 0,
    }
    if more:
        page["response_metadata"] = {"next_cursor": f"next_ts:{shown[-1].ts}"}
    return page


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() in {"true", "1"}


def _number(value: Any, name: str) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise RefusedByName("invalid_ts_" + name if name in {"oldest", "latest"} else f"invalid_{name}") from None
