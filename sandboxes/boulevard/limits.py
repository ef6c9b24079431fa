"""Depth and cost of a query, and the leaky bucket its cost goes into.

Known of the vendor: a bucket of 10,000 points that leaks 50 a second, at most 1,000 edges a connection, depth 10. How
it counts is unknown; here each object asked for costs one point, a connection as many as rows are asked for, and each
of the top-level mutations ten.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
)

from sandboxes.practice.errors import Refused

_CONNECTIONS = frozenset({"locations", "services", "staff", "appointments", "clients", "timeblocks"})
_MUTATION_POINTS = 10


@dataclass(frozen=True)
class Measured:
    """What a query asks for at most."""

    cost: float
    depth: int


@dataclass
class Measure:
    """Walks one operation with its variables; raises `Refused` for a connection of too many edges."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    default_page_size: int
    max_edges: int

    def operation(self, operation: OperationDefinitionNode) -> Measured:
        """Cost and depth of an operation that is valid against the schema."""
        measured = self._selection(operation.selection_set, top=True)
        if operation.operation is not OperationType.MUTATION:
            return measured
        return Measured(measured.cost + _MUTATION_POINTS * len(operation.selection_set.selections), measured.depth)

    def _selection(self, selection: SelectionSetNode, *, top: bool = False) -> Measured:
        cost, depth = 0.0, 0
        for node in selection.selections:
            measured = self._node(node, top=top)
            cost += measured.cost
            depth = max(depth, measured.depth)
        return Measured(cost, depth)

    def _node(self, node: Any, *, top: bool) -> Measured:
        if isinstance(node, FragmentSpreadNode):
            return self._selection(self.fragments[node.name.value].selection_set, top=top)
        if isinstance(node, InlineFragmentNode):
            return self._selection(node.selection_set, top=top)
        if not isinstance(node, FieldNode) or node.name.value.startswith("__"):
            return Measured(0, 0)
        if node.selection_set is None:
            return Measured(0, 1)
        inner = self._selection(node.selection_set)
        times = self._rows(node) if top and node.name.value in _CONNECTIONS else 1
        return Measured(times * (1 + inner.cost), inner.depth + 1)

    def _rows(self, node: FieldNode) -> int:
        rows = self.default_page_size
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value = argument.value
                if isinstance(value, IntValueNode):
                    rows = int(value.value)
                elif isinstance(value, VariableNode) and self.variables.get(value.name.value) is not None:
                    rows = int(self.variables[value.name.value])
        if rows > self.max_edges:
            raise Refused(f"{node.name.value}: at most {self.max_edges} edges can be asked for, not {rows}")
        return rows


def objects_in(data: Any) -> int:
    """How many objects an answer holds: what the query turned out to cost."""
    if isinstance(data, Mapping):
        return 1 + sum(objects_in(value) for value in data.values())
    if isinstance(data, list):
        return sum(objects_in(value) for value in data)
    return 0


@dataclass
class Bucket:
    """A leaky bucket in real time."""

    capacity: float
    leak_per_second: float
    level: float = 0.0
    measured_at: float = field(default_factory=time.monotonic)

    def pour(self, cost: float) -> float:
        """Take in a query's cost and return 0, or leave it out and return the seconds to wait."""
        self._leak()
        if self.level + cost <= self.capacity:
            self.level += cost
            return 0.0
        return max(0.001, (self.level + cost - self.capacity) / self.leak_per_second)

    def left(self) -> float:
        """What could be poured in now."""
        self._leak()
        return self.capacity - self.level

    def give_back(self, cost: float) -> None:
        """Return points that were not used."""
        self.level = max(0.0, self.level - max(0.0, cost))

    def _leak(self) -> None:
        now = time.monotonic()
        self.level = max(0.0, self.level - (now - self.measured_at) * self.leak_per_second)
        self.measured_at = now
