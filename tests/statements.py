"""How often Postgres is asked: counts instead of times, which a busy machine cannot change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, event


@dataclass
class Asked:
    """What an engine sent within a block. A savepoint is a statement, the edges of a transaction are not."""

    statements: list[str] = field(default_factory=list)
    transactions: int = 0


@contextmanager
def counted(engine: Engine) -> Iterator[Asked]:
    """Counts what is sent within the block, from all threads."""
    asked = Asked()

    def sent(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.statements.append(" ".join(statement.split()))

    def begun(_connection: Connection) -> None:
        asked.transactions += 1

    event.listen(engine, "before_cursor_execute", sent)
    event.listen(engine, "begin", begun)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", sent)
        event.remove(engine, "begin", begun)
