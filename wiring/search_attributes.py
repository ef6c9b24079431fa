"""Registers the search attributes of `workflows.search_attributes` with a Temporal namespace.

`python -m wiring.search_attributes` is the one-shot job of a deployment; it may run any number of times.
"""

from __future__ import annotations

import asyncio

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.service import RPCError, RPCStatusCode

from wiring.settings import load_settings
from wiring.temporal import connect
from workflows.search_attributes import ALL

_NAMES = {
    SearchAttributeIndexedValueType.KEYWORD: "Keyword",
    SearchAttributeIndexedValueType.BOOL: "Bool",
    SearchAttributeIndexedValueType.DATETIME: "Datetime",
    SearchAttributeIndexedValueType.INT: "Int",
}


def dev_server_flags() -> list[str]:
    """The registry as flags of `temporal server start-dev`."""
    return [flag for key in ALL for flag in ("--search-attribute", f"{key.name}={_NAMES[key.indexed_value_type]}")]


async def register(client: Client) -> None:
    """Adds all attributes to the client's namespace; those already there stay as they are."""
    for key in ALL:
        request = AddSearchAttributesRequest(
            namespace=client.namespace,
            search_attributes={key.name: IndexedValueType.ValueType(int(key.indexed_value_type))},
        )
        try:
            await client.operator_service.add_search_attributes(request)
        except RPCError as error:
            if error.status != RPCStatusCode.ALREADY_EXISTS:
                raise


async def _main() -> None:
    await register(await connect(load_settings()))


if __name__ == "__main__":
    asyncio.run(_main())
