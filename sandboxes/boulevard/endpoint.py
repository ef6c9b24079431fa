"""`POST /api/2020-01/admin`: authorization, parsing, validation, limits, faults, execution, in this order."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from sandboxes.boulevard import auth
from sandboxes.boulevard.ids import bare
from sandboxes.boulevard.limits import Measure, Measured, objects_in
from sandboxes.boulevard.sandbox import BoulevardSandbox, errors_response
from sandboxes.practice.errors import Refused

PATH = "/api/2020-01/admin"
_MEANT_FOR_THE_LEDGER = ("operation", "status", "faults", "seq", "at_real", "at_practice", "kind")


@dataclass(frozen=True)
class Call:
    """One parsed and valid request."""

    document: DocumentNode
    operation: OperationDefinitionNode
    variables: dict[str, Any]
    operation_name: str | None

    @property
    def root_fields(self) -> list[str]:
        """The names of the fields asked for at the top: what faults and the ledger call the operation."""
        return [node.name.value for node in self.operation.selection_set.selections if isinstance(node, FieldNode)]

    @property
    def fields(self) -> dict[str, Any]:
        """The variables, those of `input` and other objects on one level, with bare ids; for faults and the ledger."""
        flat: dict[str, Any] = {}
        for name, value in self.variables.items():
            flat.update(value if isinstance(value, dict) else {name: value})
        plain = {name: bare(value) if isinstance(value, str) else value for name, value in flat.items()}
        return {f"{name}_" if name in _MEANT_FOR_THE_LEDGER else name: value for name, value in plain.items()}


class _Invalid(Exception):
    """The request cannot be executed; `response` says why."""

    def __init__(self, response: Response) -> None:
        super().__init__("invalid request")
        self.response = response


def admin_router(sandbox: BoulevardSandbox) -> APIRouter:
    """The vendor's only route."""
    router = APIRouter()

    @router.post(PATH)
    async def admin(request: Request) -> Response:
        refused = _unauthorized(sandbox, request)
        if refused is not None:
            return refused
        try:
            call = _read(sandbox, await request.body())
        except _Invalid as invalid:
            sandbox.ledger.add("request", operation=None, status=invalid.response.status_code, faults=[])
            return invalid.response
        operation = "+".join(call.root_fields)
        return await sandbox.gate(request, operation, call.fields, lambda: _perform(sandbox, call))

    return router


def _unauthorized(sandbox: BoulevardSandbox, request: Request) -> Response | None:
    config = sandbox.config
    reason = auth.refusal(
        request.headers.get("authorization"),
        api_key=config.api_key,
        api_secret=config.api_secret,
        business_id=config.business_id,
        now=time.time(),
        tolerance_seconds=config.token_tolerance_seconds,
    )
    if reason is None:
        return None
    sandbox.ledger.add("auth_refused", reason=reason)
    return errors_response("Unauthorized", code="UNAUTHENTICATED", status=401)


def _read(sandbox: BoulevardSandbox, body: bytes) -> Call:
    try:
        payload = json.loads(body)
    except ValueError:
        raise _Invalid(errors_response("The body is not JSON", code="BAD_REQUEST", status=400)) from None
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
        raise _Invalid(errors_response("The body needs a query", code="BAD_REQUEST", status=400))
    variables = payload.get("variables") or {}
    if not isinstance(variables, dict):
        raise _Invalid(errors_response("variables must be an object", code="BAD_REQUEST", status=400))
    try:
        document = parse(payload["query"])
    except GraphQLError as error:
        raise _Invalid(_refused([error])) from None
    errors = validate(sandbox.schema, document)
    if errors:
        raise _Invalid(_refused(errors))
    name = payload.get("operationName")
    operation = get_operation_ast(document, name)
    if operation is None:
        raise _Invalid(_refused([GraphQLError("Must provide the name of one of the operations")]))
    return Call(document=document, operation=operation, variables=variables, operation_name=name)


def _refused(errors: list[GraphQLError]) -> Response:
    return JSONResponse({"errors": [error.formatted for error in errors]})


def _perform(sandbox: BoulevardSandbox, call: Call) -> Response:
    try:
        measured = _measured(sandbox, call)
    except Refused as refused:
        return _refused([GraphQLError(refused.message, extensions={"code": refused.code})])
    wait = sandbox.bucket.pour(measured.cost)
    if wait > 0:
        sandbox.ledger.add("rate_limited", operation="+".join(call.root_fields), cost=measured.cost, wait=wait)
        return sandbox.rate_limited(wait=wait, cost=measured.cost, operation=call.root_fields[0])
    result = execute_sync(
        sandbox.schema,
        call.document,
        sandbox.root,
        variable_values=call.variables,
        operation_name=call.operation_name,
    )
    _settle_errors(result)
    if sandbox.config.refund_unused_cost:
        sandbox.bucket.give_back(measured.cost - objects_in(result.data))
    return JSONResponse(result.formatted)


def _measured(sandbox: BoulevardSandbox, call: Call) -> Measured:
    config = sandbox.config
    fragments = {
        node.name.value: node for node in call.document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    measured = Measure(
        fragments=fragments,
        variables=call.variables,
        default_page_size=config.default_page_size,
        max_edges=config.max_edges,
    ).operation(call.operation)
    if measured.depth > config.max_depth:
        raise Refused(f"The query's depth is {measured.depth}; at most {config.max_depth} is allowed")
    if measured.cost > config.bucket_capacity:
        raise Refused(f"The query's cost is {measured.cost:.0f}; at most {config.bucket_capacity:.0f} is allowed")
    return measured


def _settle_errors(result: ExecutionResult) -> None:
    # A refusal or a bad value belongs in the answer; anything else is a bug of this server and must be a 500.
    for error in result.errors or []:
        if isinstance(error.original_error, Refused):
            error.extensions = {"code": error.original_error.code}
        elif error.original_error is not None and not isinstance(error.original_error, GraphQLError):
            raise error.original_error
