"""SendGrid's errors: `{"errors": [{"message", "field", "help"}]}`."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse

from sandboxes.common.sandbox import RefusedError


def error(status: int, message: str, field: str | None = None) -> Response:
    """Return an error answer."""
    return JSONResponse({"errors": [{"message": message, "field": field, "help": None}]}, status)


def refuse(message: str, field: str | None = None, status: int = 400) -> RefusedError:
    """Return the refusal to raise while a request is performed."""
    return RefusedError(error(status, message, field))
