"""What queries have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_, bindparam


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """`column.in_(values)` in one text for all lengths, so that it is compiled, parsed and prepared once. An empty list
    matches nothing."""
    array = bindparam(None, list(values), type_=ARRAY(column.expression.type), unique=True)
    matches: ColumnElement[bool] = column == any_(array)
    return matches
