"""REST as a vendor describes it: finds the operation, lets the dialect ask for a token, checks the arguments, answers.

A dialect brings its documents, its handlers by operation id, and its forms of no.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sandboxes.common.openapi import JSON, Call, OpenApi, Operation, typed_form
from sandboxes.common.sandbox import ConfigT, RefusedError, Sandbox
from sandboxes.common.schema_check import Problem

Handler = Callable[[Call], tuple[int, Any]]
"""Performs a call and returns the status and the answer; None is an empty answer."""


class Dialect(Protocol):
    """What a vendor says where REST leaves it open."""

    def document(self, request: Request) -> OpenApi:
        """Return the document that holds for this request; raises RefusedError."""

    def authorise(self, request: Request, operation: Operation) -> None:
        """Raise RefusedError when the caller may not do this."""

    def throttle(self, request: Request, operation: Operation) -> None:
        """Count the request, and raise RefusedError when it is one too many."""

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return headers of every answer."""

    def wrong(self, operation: Operation, problems: Sequence[Problem]) -> Response:
        """Say what is wrong with the arguments."""

    def overlooks(self, operation: Operation, problem: Problem) -> bool:
        """Return whether the vendor takes what its document would refuse."""

    def nowhere(self, request: Request, *, other_method: bool) -> Response:
        """Say that there is no such operation."""

    def handlers(self, request: Request) -> Mapping[str, Handler]:
        """Return the handlers by operation id."""

    def finished(self, operation: Operation, answer: Any) -> Any:
        """Return the answer as it goes out; what live tenants add to the document is added here."""


def rest_router(sandbox: Sandbox[ConfigT], dialect: Dialect) -> APIRouter:
    """Return the vendor's routes: every path that nothing else has taken."""
    router = APIRouter()

    @router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def rest(path: str, request: Request) -> Response:
        raw = await request.body()
        try:
            response = await _answer(sandbox, dialect, request, raw)
        except RefusedError as refused:
            response = refused.response
            sandbox.ledger.add("request", operation=None, path=request.url.path, status=response.status_code, faults=[])
        for name, value in dialect.headers(request).items():
            response.headers[name] = value
        return response

    return router


async def _answer(sandbox: Sandbox[ConfigT], dialect: Dialect, request: Request, raw: bytes) -> Response:
    document = dialect.document(request)
    found = document.find(request.method, request.url.path)
    if found is None:
        raise RefusedError(dialect.nowhere(request, other_method=document.knows_path(request.url.path)))
    operation, in_path = found
    dialect.authorise(request, operation)
    call = _read(dialect, request, operation, in_path, raw)

    def perform() -> Response:
        dialect.throttle(request, operation)
        status, answer = dialect.handlers(request)[operation.id](call)
        if answer is None:
            return Response(status_code=status)
        shown = operation.present(status, answer)
        return JSONResponse(dialect.finished(operation, shown), status_code=status)

    return await sandbox.gate(request, operation.id, _fields(call), perform)


def _read(dialect: Dialect, request: Request, operation: Operation, in_path: dict[str, str], raw: bytes) -> Call:
    query, problems = operation.read_query(request.query_params.multi_items())
    problems = [*operation.path_problems(in_path), *problems]
    body: Any = None
    if operation.media:
        media = request.headers.get("content-type", "").partition(";")[0].strip()
        if media not in operation.media:
            problems.append(
                Problem("", f"content type {media or 'missing'!r} is not {' or '.join(operation.media)}", "type")
            )
        elif media == JSON:
            try:
                body = json.loads(raw or b"{}")
            except ValueError:
                problems.append(Problem("", "the body is not JSON", "type"))
            else:
                problems += operation.body_problems(media, body)
        else:
            body = typed_form(parse_qsl(raw.decode(), keep_blank_values=True), operation.body_types(media))
            problems += operation.body_problems(media, body)
    problems = [problem for problem in problems if not dialect.overlooks(operation, problem)]
    if problems:
        raise RefusedError(dialect.wrong(operation, problems))
    return Call(operation, in_path, query, body)


def _fields(call: Call) -> dict[str, Any]:
    """What faults may match and the ledger shows: the arguments, without those that are lists or objects."""
    flat = {**call.query, **(call.body if isinstance(call.body, dict) else {}), **call.path}
    secret = ("client_secret", "refresh_token", "code", "code_verifier")
    taken = ("operation", "status", "faults", "seq", "at_real", "at_practice", "kind")
    return {
        f"{name}_" if name in taken else name: value
        for name, value in flat.items()
        if isinstance(value, str | int | float | bool) and name not in secret
    }
