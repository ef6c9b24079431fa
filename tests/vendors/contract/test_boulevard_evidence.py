"""`docs/boulevard.md` says of every name the adapter and the sandbox use what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    ArgumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_introspection_type,
    parse,
    validate,
    visit,
)

from sandboxes.boulevard import dsl
from sandboxes.boulevard.schema import load_schema
from sandboxes.boulevard.webhooks import EVENT_TYPES
from vendors.pms.boulevard import queries

_PAGE = Path(__file__).resolve().parents[3] / "docs" / "boulevard.md"
_ROW = re.compile(r"^\| (?P<type>\w+) \| (?P<names>[^|]+) \| (?P<rests>[^|]+) \|", re.MULTILINE)
_NAME = re.compile(r"`(?P<field>[^`(]+)(?:\((?P<arguments>[^)]*)\))?`")
_WORDS = {"live client", "schema-checked", "assumed"}

SCHEMA = load_schema()
#: Whatever the adapter's module holds, so that a new document is looked at too.
DOCUMENTS = {
    **{
        name: text
        for name, text in vars(queries).items()
        if name.isupper() and not name.startswith("_") and isinstance(text, str)
    },
    **{f"cancel {reason}": queries.cancel(reason) for reason in ("MISTAKE", "STAFF_CANCEL")},
}


def _table() -> dict[str, str]:
    """By `Type.field` and `Type.field(argument)`, what it rests on."""
    found: dict[str, str] = {}
    for row in _ROW.finditer(_PAGE.read_text()):
        if row["type"] == "Type":
            continue
        for name in _NAME.finditer(row["names"]):
            of_field = f"{row['type']}.{name['field']}"
            for each in (of_field, *(f"{of_field}({argument})" for argument in (name["arguments"] or "").split())):
                assert each not in found, f"{each} has two rows"
                found[each] = row["rests"].strip()
    return found


TABLE = _table()


def _names_of_the_schema(schema: GraphQLSchema) -> Iterator[str]:
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind):
            continue
        if isinstance(kind, GraphQLObjectType):
            for field, details in kind.fields.items():
                yield f"{name}.{field}"
                yield from (f"{name}.{field}({argument})" for argument in details.args)
        elif isinstance(kind, GraphQLInputObjectType):
            yield from (f"{name}.{field}" for field in kind.fields)
        elif isinstance(kind, GraphQLEnumType):
            yield from (f"{name}.{value}" for value in kind.values)


class _Names(Visitor):
    """What a document asks for and gives: fields, arguments, fields of inputs and values of enums."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self._fields: list[str] = []
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self._fields.append(f"{self._info.get_parent_type()}.{node.name.value}")
        self.found.add(self._fields[-1])

    def leave_field(self, *_: object) -> None:
        self._fields.pop()

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        self.found.add(f"{self._fields[-1]}({node.name.value})")

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        holder = get_named_type(self._info.get_parent_input_type())
        self.found.add(f"{holder}.{node.name.value}")

    def enter_enum_value(self, node: EnumValueNode, *_: object) -> None:
        self.found.add(f"{get_named_type(self._info.get_input_type())}.{node.value}")


def _names_in(document: str) -> set[str]:
    info = TypeInfo(SCHEMA)
    names = _Names(info)
    visit(parse(document), TypeInfoVisitor(info, names))
    return names.found


def test_every_row_says_what_it_rests_on_in_one_of_three_words() -> None:
    assert set(TABLE.values()) == _WORDS


def test_every_name_of_the_sandbox_has_its_row_and_every_row_a_name() -> None:
    beyond = {name for name in TABLE if name.split(".")[0] in {"Envelope", "Request", "Limits"}}
    filters = {f"Filter.{field}" for field in dsl.FIELDS}
    events = {f"Event.{event}" for event in EVENT_TYPES}

    assert set(TABLE) - beyond == {*_names_of_the_schema(SCHEMA), *filters, *events}


@pytest.mark.parametrize("document", [*DOCUMENTS.values()], ids=[*DOCUMENTS])
def test_every_name_an_adapters_document_uses_has_its_row(document: str) -> None:
    assert validate(SCHEMA, parse(document)) == []
    assert _names_in(document) - set(TABLE) == set()


@pytest.mark.parametrize("document", [*DOCUMENTS.values()], ids=[*DOCUMENTS])
def test_no_document_of_the_adapter_asks_for_what_is_merely_assumed(document: str) -> None:
    assert {name for name in _names_in(document) if TABLE[name] == "assumed"} == set()


def test_the_day_is_read_by_what_live_clients_confirm() -> None:
    """What a first use found: without these documents no chair can be offered at all."""
    needed = (queries.APPOINTMENTS_SURE, queries.TIMEBLOCKS, queries.SHIFTS)
    unconfirmed = {name for document in needed for name in _names_in(document) if TABLE[name] != "live client"}

    # Asked for by the official types' word: a service without them is read by the visit's own times.
    assert unconfirmed == {"AppointmentService.startAt", "AppointmentService.endAt"}


def test_a_smaller_form_of_a_document_asks_for_less_and_nothing_else() -> None:
    pairs = [
        (queries.APPOINTMENT, queries.APPOINTMENT_SURE),
        (queries.APPOINTMENTS, queries.APPOINTMENTS_SURE),
        (queries.CLIENT_APPOINTMENTS, queries.CLIENT_APPOINTMENTS_SURE),
        (queries.BOOKING_CREATE, queries.BOOKING_CREATE_SURE),
    ]

    assert all(_names_in(smaller) < _names_in(whole) for whole, smaller in pairs)


def test_the_walk_over_a_document_sees_arguments_inputs_and_values() -> None:
    assert _names_in(queries.cancel("MISTAKE")) >= {
        "Mutation.cancelAppointment",
        "Mutation.cancelAppointment(input)",
        "CancelAppointmentInput.reason",
        "CancellationReason.MISTAKE",
        "Appointment.state",
    }
