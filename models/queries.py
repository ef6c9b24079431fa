"""What queries have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Executable, Row, any_, bindparam
from sqlmodel import Session


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """`column.in_(values)` in one text for all lengths, so that it is compiled, parsed and prepared once. An empty list
    matches nothing."""
    array = bindparam(None, list(values), type_=ARRAY(column.expression.type), unique=True)
    matches: ColumnElement[bool] = column == any_(array)
    return matches


def among(column: Any, name: str) -> ColumnElement[bool]:
    """The same for a statement that is built once: the values come under this name when it is executed."""
    matches: ColumnElement[bool] = column == any_(bindparam(name, type_=ARRAY(column.type)))
    return matches


def fetch(session: Session, statement: Executable, **values: Any) -> Sequence[Row[*tuple[Any, ...]]]:
    """Plain rows of a statement about tables, without the price of entities. What the session was given and has not
    yet written is written first, as before a statement about entities."""
    session.flush()
    return session.connection().execute(statement, values).all()
