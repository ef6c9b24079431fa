"""Who may read, how often; and the forms of no, which differ from endpoint to endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from sandboxes.common.openapi import OpenApi, Operation
from sandboxes.common.rest import Handler
from sandboxes.common.sandbox import RefusedError
from sandboxes.common.schema_check import Problem
from sandboxes.jane.errors import say
from sandboxes.jane.operations import Operations
from sandboxes.jane.sandbox import JaneSandbox

DOCUMENT = OpenApi("sandboxes.jane")


class JaneDialect:
    """Implements `sandboxes.common.rest.Dialect`."""

    def __init__(self, sandbox: JaneSandbox) -> None:
        self._sandbox = sandbox

    def document(self, request: Request) -> OpenApi:
        """Return the one document there is."""
        return DOCUMENT

    def authorise(self, request: Request, operation: Operation) -> None:
        """Ask for a token of this clinic with the scope."""
        given = request.headers.get("authorization", "")
        token = given.removeprefix("Bearer ")
        session = self._sandbox.tokens.good(token) if token != given else None
        if session is None:
            raise self._refused(operation, 401, "the token is missing, unknown or too old", "Unauthorized")
        if session.audience not in (request.headers.get("host"), self._sandbox.config.clinic_host):
            raise self._refused(operation, 401, f"the token is for {session.audience}", "Unauthorized")
        missing = operation.scopes - set(session.scopes)
        if missing:
            raise self._refused(operation, 403, f"the token lacks {', '.join(sorted(missing))}", "Forbidden")

    def throttle(self, request: Request, operation: Operation) -> None:
        """Count by endpoint and for the clinic."""
        ran_into = self._sandbox.limits.wait(operation.id, self._sandbox.config)
        if ran_into is not None:
            match, wait = ran_into
            self._sandbox.ledger.add("rate_limited", operation=operation.id, match=match, wait=wait)
            raise RefusedError(self._sandbox.rate_limited(wait=wait, match=match))

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return none: limits are told with a 429 only."""
        return {}

    def wrong(self, operation: Operation, problems: Sequence[Problem]) -> Response:
        """Say 400 in the operation's own form."""
        return say(operation, 400, [f"{problem.path}: {problem.message}".removeprefix(": ") for problem in problems])

    def overlooks(self, operation: Operation, problem: Problem) -> bool:
        """Take nothing beside the document."""
        return False

    def nowhere(self, request: Request, *, other_method: bool) -> Response:
        """Say 405 where only reading is possible, else 404: nothing is booked, moved or cancelled here."""
        if other_method:
            return JSONResponse({"error": "Method Not Allowed"}, status_code=405)
        return JSONResponse({"error": "Not Found"}, status_code=404)

    def handlers(self, request: Request) -> Mapping[str, Handler]:
        """Return the operations by id."""
        return Operations(self._sandbox).handlers()

    def finished(self, operation: Operation, answer: Any) -> Any:
        """Add nothing."""
        return answer

    def _refused(self, operation: Operation, status: int, reason: str, told: str) -> RefusedError:
        self._sandbox.ledger.add("auth_refused", reason=reason)
        return RefusedError(say(operation, status, [told]))
