"""What a command says when it cannot do what it was asked: one sentence with the way out, and an exit code."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup
from typer.exceptions import Abort, Exit, TyperException

from cli.terminal import terminal

#: A wrong argument or setting, as click's own.
MISUSED = 2
FAILED = 1


class CannotDo(Exception):
    """The text is for the person at the terminal: what is wrong, and what to do."""

    def __init__(self, words: str, *, code: int = FAILED) -> None:
        super().__init__(words)
        self.code = code


class Commands(TyperGroup):
    """Turns expected errors into their sentence; anything else is a bug and keeps its traceback."""

    # Any: typer carries a click of its own, under a private name.
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (TyperException, Exit, Abort):
            raise  # help was read, or an option mistyped: typer says it
        except Exception as error:  # what raises the expected ones is too slow to import before there is one
            refused = error if isinstance(error, CannotDo) else _expected(error)
            if refused is None:
                raise
            terminal(stderr=True).print(f"✗ {refused}", style="red", soft_wrap=True)
            ctx.exit(refused.code)


def _expected(error: Exception) -> CannotDo | None:
    """What anybody may run into, in a sentence; `None` for a bug."""
    from psycopg.errors import UndefinedColumn, UndefinedTable
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from api.problems import Problem
    from wiring.settings import SettingsError

    match error:
        case SettingsError():
            return CannotDo(str(error), code=MISUSED)
        case Problem():
            return CannotDo(error.body.detail)
        case OperationalError():
            return CannotDo("The database does not answer: is it up, and does CHAIRFLOW_DATABASE_URL say where?")
        case ProgrammingError(orig=UndefinedTable() | UndefinedColumn()):
            return CannotDo("The database lacks our tables: bring it up to date with python -m wiring.database")
    return None
