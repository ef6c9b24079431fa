"""References to the practice system's records: written so that its events are recognised by them."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlmodel import col

from models import importing
from models.client import Client
from models.repositories import practices
from models.session import Database
from tests.cli.practice_import.files import ALL, NOW, PRACTICE, Write, import_files
from wiring.vendors import SPOKEN


def test_a_copied_line_or_reference_is_told_with_its_owner(database: Database, write: Write) -> None:
    import_files(database, ALL, now=NOW)
    rows = (
        "service,eligible providers,duration,code,pms_ref\n"
        "Brow lift,,30 min,TOX,\n"
        "TOX,,30 min,,\n"
        "Lash lift,,30 min,LASH,urn:blvd:Service:a1000000-0000-4000-8000-000000000003\n"
    )

    report = import_files(database, [write("matrix.csv", rows)], practice="glow", now=NOW)

    # A line with a known code and a new name renames the service; a reference cannot be two services'.
    assert [str(one) for one in report.errors] == [
        "matrix.csv:3: service: is the same service as line 2",
        'matrix.csv:4: pms_ref: is that of "Dermal filler" already',
    ]


def test_a_bare_uuid_becomes_the_reference_that_boulevards_events_carry(database: Database, write: Write) -> None:
    uuid = "c1000000-0000-4000-8000-0000000000{}"
    files = [
        write(
            "practice.yaml", PRACTICE.replace("first_name: Elena", f"first_name: Elena, pms_ref: {uuid.format('01')}")
        ),
        write("matrix.csv", f"service,eligible providers,duration,pms_ref\nLift,,30 min,{uuid.format('02')}\n"),
        write("clients.csv", f"first_name,last_name,phone,pms_ref\nIda,Lund,2125550111,{uuid.format('03')}\n"),
        write("waitlist.csv", f"client,services\n{uuid.format('03').upper()},Lift\n"),
    ]

    reports = [import_files(database, files, now=NOW) for _ in range(2)]

    assert [one.errors for one in reports] == [(), ()]
    practice_id = reports[0].practice_id
    assert practice_id is not None
    with database.transaction() as session:
        matrix = practices.matrix(session, practice_id)
        known = session.execute(select(col(Client.pms_ref))).scalars().all()
    assert [one.pms_ref for one in matrix.providers if one.pms_ref] == [f"urn:blvd:Staff:{uuid.format('01')}"]
    assert [one.pms_ref for one in matrix.services] == [f"urn:blvd:Service:{uuid.format('02')}"]
    assert known == [f"urn:blvd:Client:{uuid.format('03')}"]


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("17", '"17" is no reference of Boulevard; write urn:blvd:Client: and the id, or the bare UUID'),
        ("urn:blvd:Staff:1b0e", '"urn:blvd:Staff:1b0e" is a Staff of Boulevard, and a Client belongs here'),
        ("urn:blvd:Client:", '"urn:blvd:Client:" is no reference of Boulevard; write urn:blvd:Client: and the id, '),
    ],
)
def test_a_reference_that_could_never_match_is_refused_with_its_place(
    database: Database, write: Write, ref: str, words: str
) -> None:
    rows = write("clients.csv", f"first_name,last_name,phone,pms_ref\nIda,Lund,2125550111,{ref}\n")

    report = import_files(database, [write("practice.yaml", PRACTICE), rows], now=NOW)

    assert [str(one).startswith(f"clients.csv:2: pms_ref: {words}") for one in report.errors] == [True]


def test_another_practice_systems_references_are_taken_as_they_are(database: Database, write: Write) -> None:
    text = PRACTICE.replace("pms: boulevard", "pms: zenoti").replace("7C1F2F6E-2a53-4d9a-8d7e-0f4a1c9b6d01", "17")

    report = importing.import_files(
        database, [write("practice.yaml", text)], now=NOW, vendors={**SPOKEN, "pms": {"zenoti"}}
    )

    assert report.errors == ()
