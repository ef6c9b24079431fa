"""Who and what could not be booked after an import, because the practice system's reference of it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import select
from sqlmodel import col

from models.client import Client
from models.importing.import_state import ImportState
from models.matrix import ServiceProvider
from models.waitlist import WaitlistEntry

#: How many a sentence names; the rest are counted.
_NAMED: Final = 20


def without_reference(book: ImportState, client_lines: Mapping[int, int]) -> tuple[str, ...]:
    """A sentence for each kind; none for what is not in use. `client_lines`: where a list named a client, by id."""
    given = set(
        book.session.execute(
            select(col(ServiceProvider.service_id)).where(col(ServiceProvider.practice_id) == book.practice_id)
        ).scalars()
    )
    waiting = book.session.execute(
        select(col(Client.id))
        .join(
            WaitlistEntry,
            (col(WaitlistEntry.practice_id) == col(Client.practice_id))
            & (col(WaitlistEntry.client_id) == col(Client.id)),
        )
        .where(
            col(Client.practice_id) == book.practice_id,
            col(Client.pms_ref).is_(None),
            col(WaitlistEntry.state) == "active",
        )
        .distinct()
        .order_by(col(Client.id))
    ).scalars()
    lacking = {
        "locations": [one.name for one in book.locations if one.pms_ref is None],
        "providers": [one.display_name for one in book.providers if one.active and one.pms_ref is None],
        "services": [one.name for one in book.services if one.active and one.id in given and one.pms_ref is None],
        "clients on the waitlist": [
            f"line {client_lines[one]} of the client list" if one in client_lines else f"client {one}"
            for one in waiting
        ],
    }
    return tuple(f"{what} without pms_ref ({len(names)}): {_some(names)}" for what, names in lacking.items() if names)


def _some(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more
