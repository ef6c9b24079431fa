"""What a command says when it cannot do what it was asked: one sentence with the way out, and an exit code."""

from __future__ import annotations

from typing import Any

from psycopg import errors as postgres
from rich.console import Console
from sqlalchemy.exc import OperationalError, ProgrammingError
from typer.core import TyperGroup

from api.problems import Problem
from wiring.settings import SettingsError

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
        except CannotDo as error:
            return _end(ctx, str(error), error.code)
        except SettingsError as error:
            return _end(ctx, str(error), MISUSED)
        except Problem as problem:
            return _end(ctx, problem.body.detail, FAILED)
        except OperationalError:
            words = "The database does not answer: is it up, and does CHAIRFLOW_DATABASE_URL say where?"
            return _end(ctx, words, FAILED)
        except ProgrammingError as error:
            if not isinstance(error.orig, postgres.UndefinedTable | postgres.UndefinedColumn):
                raise
            return _end(
                ctx, "The database lacks our tables: bring it up to date with python -m wiring.database", FAILED
            )


def _end(ctx: Any, words: str, code: int) -> None:
    Console(stderr=True).print(f"✗ {words}", style="red", soft_wrap=True, highlight=False, markup=False)
    ctx.exit(code)
