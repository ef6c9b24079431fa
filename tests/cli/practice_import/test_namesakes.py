"""Two of one name: told apart by the practice system's reference, and never made one."""

from __future__ import annotations

import pytest

from models.repositories import practices
from models.session import Database
from tests.cli.practice_import.files import NOW, Write, id_of, import_files, matrix_of

UUID = "c1000000-0000-4000-8000-0000000000{}"
ONE, OTHER = UUID.format("01"), UUID.format("02")
PRACTICE = """
practice: {{slug: harbor, name: Harbor Clinic, short_name: Harbor, pms: boulevard}}
locations:
  - name: Main
    zone: America/New_York
    postcode: 02139
    rooms:
      - {{name: Laser, kind: laser room, pms_ref: 17}}
      - {{name: Laser, kind: laser room, pms_ref: 18}}
    devices:
      - {{name: Picosure, kind: laser, pms_ref: 1}}
      - {{name: Picosure, kind: laser, pms_ref: 2}}
staff:
{staff}
"""


def staff(*lines: str) -> str:
    return PRACTICE.format(staff="\n".join(f"  - {{name: Jamie Lee, first_name: Jamie{line}}}" for line in lines))


BOTH = staff(f", pms_ref: {ONE}", f", pms_ref: {OTHER}")


def test_two_staff_with_one_name_stay_two_however_often_they_are_imported(database: Database, write: Write) -> None:
    file = write("practice.yaml", BOTH)

    for _ in range(2):
        report = import_files(database, [file], now=NOW)

    assert report.errors == ()
    matrix = matrix_of(database, report)
    assert [(one.display_name, one.pms_ref) for one in matrix.providers] == [
        ("Jamie Lee", f"urn:blvd:Staff:{ONE}"),
        ("Jamie Lee", f"urn:blvd:Staff:{OTHER}"),
    ]


def test_two_rooms_and_two_devices_with_one_name_stay_two(database: Database, write: Write) -> None:
    file = write("practice.yaml", BOTH)

    for _ in range(2):
        report = import_files(database, [file], now=NOW)

    matrix = matrix_of(database, report)
    assert [(one.name, one.pms_ref) for one in matrix.rooms] == [("Laser", "17"), ("Laser", "18")]
    assert [(one.name, one.pms_ref) for one in matrix.devices] == [("Picosure", "1"), ("Picosure", "2")]


def test_two_places_with_one_name_stay_two(database: Database, write: Write) -> None:
    place = "{{name: Main, zone: America/New_York, postcode: 02139, pms_ref: {}}}"
    text = BOTH.replace("locations:", f"locations:\n  - {place.format(ONE)}\n  - {place.format(OTHER)}", 1)
    text = text[: text.index("  - name: Main")] + text[text.index("staff:") :]

    report = import_files(database, [write("practice.yaml", text)], now=NOW)

    assert report.errors == ()
    assert [one.pms_ref for one in matrix_of(database, report).locations] == [
        f"urn:blvd:Location:{ONE}",
        f"urn:blvd:Location:{OTHER}",
    ]


@pytest.mark.parametrize("lines", [("", ""), (f", pms_ref: {ONE}", "")])
def test_two_lines_of_one_name_without_a_reference_to_tell_them_apart_are_an_error(
    database: Database, write: Write, lines: tuple[str, str]
) -> None:
    report = import_files(database, [write("practice.yaml", staff(*lines))], now=NOW)

    assert [str(one) for one in report.errors] == [
        "practice.yaml:15: staff[2].name: is the same provider as line 14; if they are two, give each its pms_ref"
    ]


def test_a_reference_put_right_makes_no_second_of_that_name(database: Database, write: Write) -> None:
    import_files(database, [write("practice.yaml", staff(f", pms_ref: {ONE}"))], now=NOW)

    report = import_files(database, [write("practice.yaml", staff(f", pms_ref: {OTHER}"))], now=NOW)

    assert [one.pms_ref for one in matrix_of(database, report).providers] == [f"urn:blvd:Staff:{OTHER}"]


def test_one_known_without_a_reference_gets_it_and_the_other_is_added(database: Database, write: Write) -> None:
    first = import_files(database, [write("practice.yaml", staff(""))], now=NOW)
    known = matrix_of(database, first).providers[0].id

    report = import_files(database, [write("practice.yaml", BOTH)], now=NOW)

    providers = matrix_of(database, report).providers
    assert [one.id == known for one in providers] == [True, False]
    assert [one.pms_ref for one in providers] == [f"urn:blvd:Staff:{ONE}", f"urn:blvd:Staff:{OTHER}"]


def test_a_list_that_could_mean_either_is_told_and_the_reference_says_which(database: Database, write: Write) -> None:
    yaml = write("practice.yaml", BOTH)
    lists = {
        "matrix.csv": "service,eligible providers,duration\nLift,{who},30 min\n",
        "credentials.csv": "provider,credential,expires\n{who},MD,never\n",
        "clients.csv": "first_name,last_name,phone,preferred_provider\nIda,Lund,2125550111,{who}\n",
        "waitlist.csv": "client,services,providers\n2125550111,Lift,{who}\n",
    }

    def report(who: str) -> list[str]:
        files = [write(name, text.format(who=who)) for name, text in lists.items()]
        return [str(one) for one in import_files(database, [yaml, *files], now=NOW).errors]

    refs = f"urn:blvd:Staff:{ONE}, urn:blvd:Staff:{OTHER}"
    several = f'"Jamie Lee" is the name of 2; name the one by its pms_ref ({refs})'
    assert report("Jamie Lee") == [
        f"clients.csv:2: preferred_provider: {several}",
        f"credentials.csv:2: provider: {several}",
        f"matrix.csv:2: eligible providers: {several}",
        f"waitlist.csv:2: providers: {several}",
    ]
    assert report(OTHER) == []
    with database.transaction() as session:
        practice = practices.by_slug(session, "harbor")
        assert practice is not None
        providers = practices.matrix(session, practice.id).providers
    assert [len(one.service_ids) for one in providers] == [0, 1]


def test_two_services_with_one_name_stay_two_by_their_codes_and_references(database: Database, write: Write) -> None:
    rows = f"service,eligible providers,duration,code,pms_ref\nLift,,30 min,L1,{ONE}\nLift,,60 min,L2,{OTHER}\n"
    files = [write("practice.yaml", BOTH), write("matrix.csv", rows)]

    for _ in range(2):
        report = import_files(database, files, now=NOW)

    assert report.errors == ()
    assert [(one.code, one.pms_ref) for one in matrix_of(database, report).services] == [
        ("L1", f"urn:blvd:Service:{ONE}"),
        ("L2", f"urn:blvd:Service:{OTHER}"),
    ]


def test_two_services_with_one_name_need_codes_of_their_own(database: Database, write: Write) -> None:
    rows = f"service,eligible providers,duration,pms_ref\nLift,,30 min,{ONE}\nLift,,60 min,{OTHER}\n"

    report = import_files(database, [write("practice.yaml", BOTH), write("matrix.csv", rows)], now=NOW)

    assert [str(one) for one in report.errors] == [
        "matrix.csv:3: code: is missing: another service has this name, so each needs a code of its own"
    ]


# --- who could not be booked -------------------------------------------------------------------------------------


def test_an_import_says_who_and_what_could_not_be_booked(database: Database, write: Write) -> None:
    files = [
        write("practice.yaml", staff("")),
        write("matrix.csv", "service,eligible providers,duration\nLift,Jamie Lee,30 min\nPeel,,30 min\n"),
        write("clients.csv", "first_name,last_name,phone\nIda,Lund,2125550111\nKim,Holm,2125550112\n"),
        write("waitlist.csv", "client,services\n2125550112,Lift\n"),
    ]

    report = import_files(database, files, now=NOW)

    assert report.not_bookable == (
        "locations without pms_ref (1): Main",
        "providers without pms_ref (1): Jamie Lee",
        "services without pms_ref (1): Lift",
        "clients on the waitlist without pms_ref (1): line 3 of the client list",
    )
    assert id_of(report)
