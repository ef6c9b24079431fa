"""Who a number stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cli.command_context import Office


def names_of(here: Office, client_ids: Iterable[int | None]) -> dict[int, str]:
    """ "Ada Quinn (51)" by client; who is not there is left out."""
    from models.repositories import clients

    wanted = {one for one in client_ids if one is not None}
    with here.deps.database.transaction() as session:
        found = clients.many(session, here.practice.id, wanted)
    return {ref: f"{one.first_name} {one.last_name} ({ref})" for ref, one in found.items()}


def named(names: Mapping[int, str], client_id: int | None) -> str:
    """The client with their number, or the number alone."""
    return names.get(client_id or 0, f"client {client_id}")
