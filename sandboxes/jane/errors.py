"""The vendor's forms of no, which differ from endpoint to endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from sandboxes.common.openapi import Operation


def say(operation: Operation, status: int, told: Sequence[str]) -> Response:
    """An error in the form that the document gives this operation's status; a plain one where it gives none."""
    fields = operation.fields_of(status)
    body: dict[str, Any]
    if "errors" in fields:
        body = {"errors": [{"message": each} for each in told]}
    elif "messages" in fields:
        body = {"error": "invalid_request", "messages": list(told)}
    elif "object" in fields:
        body = {"object": "error", "code": str(status), "message": "; ".join(told)}
    else:
        body = {"error": "; ".join(told)}
    return JSONResponse(body, status_code=status)
