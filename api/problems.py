"""Expected conflicts as answers: each has a status and a type, names the field and the way out. A 500 means a bug."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from psycopg.errors import QueryCanceled
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from api.patterns import IN_WORDS
from models.request_limits import CallerGone

_log = structlog.get_logger(__name__)


class FieldProblem(BaseModel):
    field: str
    detail: str


class ProblemBody(BaseModel):
    """What went wrong and what to do about it."""

    type: str = Field(description="Stable, for programs.", examples=["opening_over"])
    detail: str = Field(description="A sentence for a person.")
    field: str | None = Field(default=None, description="The field that is at fault, if one is.")
    errors: list[FieldProblem] = Field(
        default_factory=list, description="All fields at fault, for a malformed request."
    )


class Problem(Exception):
    """Raised by routes; answered as `ProblemBody`."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.body = ProblemBody(type=kind, detail=detail, field=field)
        self.headers = headers


def not_found(what: str) -> Problem:
    return Problem(404, "not_found", f"There is no such {what} in this practice.")


#: For the OpenAPI document: any route may answer these.
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemBody, "description": text}
    for status, text in {
        401: "No API key, or one that is not known.",
        403: "The key's role does not allow this.",
        404: "No such thing in the key's practice.",
        409: "It is too late, or it contradicts what has happened.",
        422: "A field is missing or not usable; `errors` names it.",
        503: "The database or Temporal is away, or it took too long; ask again.",
    }.items()
}


def install(app: FastAPI) -> None:
    """Answer every expected error in one shape."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, error: Problem) -> JSONResponse:
        return JSONResponse(error.body.model_dump(), status_code=error.status, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # Names and rules only: the values may be a client's.
        errors = [_field_problem(one, error.body) for one in error.errors()]
        first = errors[0] if errors else FieldProblem(field="", detail="")
        body = ProblemBody(
            type="invalid", detail=f"{first.field}: {first.detail}", field=first.field or None, errors=errors
        )
        return JSONResponse(body.model_dump(), status_code=422)

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        body = ProblemBody(
            type={404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused"),
            detail=str(error.detail),
        )
        return JSONResponse(body.model_dump(), status_code=error.status_code, headers=error.headers)

    @app.exception_handler(CallerGone)
    async def _gone(_: Request, error: CallerGone) -> JSONResponse:
        return JSONResponse({}, status_code=499)  # nobody reads it

    @app.exception_handler(OperationalError)
    async def _database_away(request: Request, error: OperationalError) -> Response:
        if isinstance(error.orig, QueryCanceled):
            if "text/html" in request.headers.get("accept", ""):
                words = "This took too long. Please try again in a moment. / Por favor, intente de nuevo en un momento."
                return PlainTextResponse(words, status_code=503, headers={"Retry-After": "5"})
            words = "This took too long and was ended. Ask for less at once, or again in a moment."
            body = ProblemBody(type="took_too_long", detail=words)
            return JSONResponse(body.model_dump(), status_code=503, headers={"Retry-After": "5"})
        _log.error("api.database_away", error=type(error.orig).__name__)
        body = ProblemBody(type="database_away", detail="The database is away; ask again in a moment.")
        return JSONResponse(body.model_dump(), status_code=503, headers={"Retry-After": "2"})


def _field_problem(fault: dict[str, Any], body: Any) -> FieldProblem:
    """Where and what; `body` is the text that was sent, which only its lines are counted of."""
    place, kind = tuple(fault["loc"]), fault["type"]
    if kind == "json_invalid":
        before = body[: place[1]] if isinstance(body, str) else ""
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        reason = fault.get("ctx", {}).get("error", "unreadable")
        words = f"not valid JSON (line {line}, column {column}: {reason})"
        return FieldProblem(
            field="body", detail=f"{words}; send one JSON object; names and words stand in double quotes"
        )
    if place == ("body",) and kind in {"missing", "model_attributes_type"}:
        return FieldProblem(field="body", detail="must be one JSON object, sent with Content-Type: application/json")
    return FieldProblem(field=".".join(str(part) for part in place[1:]) or str(place[0]), detail=_in_words(fault))


def _in_words(fault: dict[str, Any]) -> str:
    limits = fault.get("ctx", {})
    match fault["type"]:
        case "string_pattern_mismatch":
            return IN_WORDS.get(limits["pattern"], "is not written as it must be")
        case "string_too_short" if limits["min_length"] == 1:
            return "must not be empty"
        case _:
            return str(fault["msg"])
