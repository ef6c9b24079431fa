"""Who may call, in which version, how often; and the forms of no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response

from sandboxes.common.openapi import OpenApi, Operation
from sandboxes.common.rest import Handler
from sandboxes.common.sandbox import RefusedError
from sandboxes.common.schema_check import Problem
from sandboxes.gohighlevel.operations import Operations
from sandboxes.gohighlevel.sandbox import GoHighLevelSandbox, error

_FIRST = OpenApi("sandboxes.gohighlevel")
_THIRD = OpenApi("sandboxes.gohighlevel", "spec_v3.json")
_OPEN = "get-access-token"


class GoHighLevelDialect:
    """Implements `sandboxes.common.rest.Dialect`."""

    def __init__(self, sandbox: GoHighLevelSandbox) -> None:
        self._sandbox = sandbox

    def document(self, request: Request) -> OpenApi:
        """Return the newer family's document for `Version: v3`."""
        return _THIRD if request.headers.get("version") == "v3" else _FIRST

    def authorise(self, request: Request, operation: Operation) -> None:
        """Ask for a token of a location, its scope, and the version the operation names."""
        if operation.id == _OPEN:
            return
        self._check_token(request, operation)
        self._check_version(request, operation)

    def throttle(self, request: Request, operation: Operation) -> None:
        """Count by location."""
        location = getattr(request.state, "location", None)
        if location is not None and not self._sandbox.limits.take(location, self._sandbox.config):
            self._sandbox.ledger.add("rate_limited", operation=operation.id, location=location)
            raise RefusedError(self._sandbox.rate_limited())

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return what is left of the limits."""
        location = getattr(request.state, "location", None)
        return {} if location is None else self._sandbox.limits.headers(location, self._sandbox.config)

    def wrong(self, operation: Operation, problems: Sequence[Problem]) -> Response:
        """Say 422 with a list where the operation has it, else 400 with a text."""
        told = [f"{problem.path}: {problem.message}" if problem.path else problem.message for problem in problems]
        return error(422, told) if 422 in operation.statuses else error(400, "; ".join(told))

    def overlooks(self, operation: Operation, problem: Problem) -> bool:
        """Take a block without a calendar where the vendor's text holds rather than its schema."""
        by_text = self._sandbox.config.block_by == "text" and operation.id in ("create-block-slot", "edit-block-slot")
        return by_text and problem.keyword == "required" and "'calendarId'" in problem.message

    def nowhere(self, request: Request, *, other_method: bool) -> Response:
        """Say that there is nothing."""
        return error(404, f"Cannot {request.method} {request.url.path}")

    def handlers(self, request: Request) -> Mapping[str, Handler]:
        """Return the operations by id, for the token's location."""
        return Operations(self._sandbox, getattr(request.state, "location", None)).handlers()

    def finished(self, operation: Operation, answer: Any) -> Any:
        """Add a `traceId` where tenants are to have one."""
        if self._sandbox.config.trace_ids and isinstance(answer, dict) and operation.id != _OPEN:
            return {**answer, "traceId": self._sandbox.store.new_id()}
        return answer

    def _check_token(self, request: Request, operation: Operation) -> None:
        sandbox = self._sandbox
        given = request.headers.get("authorization", "")
        token = given.removeprefix("Bearer ")
        if token == given or not token:
            raise self._refused("no bearer token", "Authorization header was not found.")
        if token in sandbox.config.private_tokens:
            request.state.location, scopes = None, frozenset(sandbox.config.scopes)
        else:
            grant = sandbox.tokens.grant_of(token)
            if grant is None:
                raise self._refused("unknown or lapsed token", "Invalid token: access token is invalid")
            request.state.location, scopes = grant.location_id, grant.scopes
        missing = operation.scopes - scopes
        if missing:
            told = "The token is not authorized for this scope."
            raise self._refused(f"the token lacks {', '.join(sorted(missing))}", told)
        asked = request.query_params.get("locationId") or request.state.location
        if request.state.location not in (None, asked):
            told = "The token does not have access to this location."
            raise self._refused("the token is another location's", told)
        request.state.location = asked or next(iter(sandbox.store.locations), "")

    def _check_version(self, request: Request, operation: Operation) -> None:
        given = request.headers.get("version")
        named = [each["schema"].get("enum", []) for each in operation.parameters if each["name"] == "Version"]
        wanted = named[0] if named else ["2021-04-15", "2021-07-28", "v3"]
        if given not in wanted:
            told = "version header was not found." if given is None else f"version header {given} is invalid"
            raise RefusedError(error(self._sandbox.config.version_status, told))

    def _refused(self, reason: str, told: str) -> RefusedError:
        self._sandbox.ledger.add("auth_refused", reason=reason)
        return RefusedError(error(401, told))
