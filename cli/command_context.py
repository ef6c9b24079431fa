"""What commands stand on: the API's own dependencies, one practice by its slug, and Temporal where a command needs it.

A command calls the routes of `api/routes/` as plain functions, so that a terminal and the admin API cannot disagree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cli.errors import MISUSED, CannotDo
from domain.catalogue import Matrix

if TYPE_CHECKING:
    from temporalio.client import Client

    from api.dependencies import Dependencies, Running
    from models.repositories.access import KeyFacts
    from models.repositories.practices import PracticeFacts
    from wiring.settings import Settings

Slug = Annotated[
    str | None, typer.Option("--practice", "-p", help="The practice's slug. May be left out where there is only one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the admin API does.")]

ResultT = TypeVar("ResultT")

_reached_for_temporal = False


@dataclass(frozen=True, kw_only=True)
class Office:
    """One practice, and the way to its data and its journeys."""

    settings: Settings
    deps: Dependencies
    state: Running
    practice: PracticeFacts
    matrix: Matrix
    caller: KeyFacts

    def with_temporal(self, act: Callable[[Office, Client], Coroutine[Any, Any, ResultT]]) -> ResultT:
        """Run `act` with a connection."""

        async def run() -> ResultT:
            client = self.state.client = await connected(self.settings)
            return await act(self, client)

        return asyncio.run(run())


@contextmanager
def office(slug: str | None) -> Iterator[Office]:
    """The practice of this slug, or the only one. Raises `CannotDo` naming those there are."""
    from api.app_from_settings import from_settings
    from api.auth import Role
    from models.repositories import practices
    from models.repositories.access import KeyFacts
    from wiring.settings import load_settings

    settings = load_settings()
    app = from_settings(settings)
    deps: Dependencies = app.state.dependencies
    try:
        with deps.database.transaction() as session:
            known = {one.slug: one for one in (practices.load(session, ref) for ref in practices.all_ids(session))}
            practice = _chosen(slug, known)
            matrix = practices.matrix(session, practice.id)
        # Who runs commands has the database's password: every role is theirs.
        caller = KeyFacts(id=0, practice_id=practice.id, role=Role.ADMIN.value, label="command line")
        yield Office(
            settings=settings, deps=deps, state=app.state.running, practice=practice, matrix=matrix, caller=caller
        )
    finally:
        deps.database.engine.dispose()


async def connected(settings: Settings) -> Client:
    """A client of Temporal; raises `CannotDo` where nobody answers."""
    from wiring.temporal import connect, temporal_address

    global _reached_for_temporal
    _reached_for_temporal = True
    try:
        return await connect(settings)
    except RuntimeError as error:
        words = f"Temporal does not answer at {temporal_address()}: is it up, and does TEMPORAL_ADDRESS say where?"
        raise CannotDo(words) from error


def had_connection() -> bool:
    """Whether this process ever reached for Temporal."""
    return _reached_for_temporal


def ui_link(settings: Settings, workflow_id: str) -> str:
    """Where a person reads this journey."""
    return f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows/{workflow_id}"


def _chosen(slug: str | None, known: dict[str, PracticeFacts]) -> PracticeFacts:
    if not known:
        raise CannotDo("There is no practice yet: chairflow practice import practice.yaml", code=MISUSED)
    names = ", ".join(sorted(known))
    if slug is None:
        if len(known) > 1:
            raise CannotDo(f"Which practice? Say --practice with one of: {names}", code=MISUSED)
        return next(iter(known.values()))
    if slug not in known:
        raise CannotDo(f'There is no practice "{slug}"; known: {names}', code=MISUSED)
    return known[slug]
