"""Services, who gives them and with what certificate: from a spreadsheet, from YAML, and from lists that follow."""

from __future__ import annotations

import filecmp
from datetime import date, timedelta

from domain.catalogue import Location, Matrix, Prerequisite
from domain.matching import eligible
from domain.rejections import Rejection, Rule
from models.session import Database, make_engine
from tests.cli.practice_import.files import ALL, EXAMPLES, NOW, PRACTICE, SHARED_MATRIX, Write, import_files, matrix_of
from tests.databases import EmptyDatabases

#: What `service_matrix.csv` says, said in YAML.
SAME_IN_YAML = """
services:
  - name: Neuromodulator injection
    requires: [Neurotoxin, RN/NP/PA]
    providers: [Dr. Lee, NP Martinez]
    room: standard treatment room
    duration: 30 min
    buffer_after: 15 min
  - name: Dermal filler
    requires: Filler + RN/NP/PA/MD
    providers: [Dr. Lee, NP Martinez, PA Singh]
    room: standard treatment room
    duration: 45 min
    buffer_after: 15 min
  - name: Laser hair removal
    requires: laser_safety
    providers: [Esthetician Rivera, Tech Okon]
    room: laser room
    duration: 1 h
    buffer_after: 20 min
  - name: HydraFacial
    requires: esthetician
    providers: [Esthetician Rivera, Esthetician Park]
    room: facial room
    duration: 1 h 15 min
    buffer_after: 10 min
  - name: IV therapy
    requires: rn
    providers: [RN Johnson, RN Patel]
    room: IV lounge
    duration: 45 min
    buffer_after: 10 min
"""


def test_the_shared_matrix_is_kept_as_it_came() -> None:
    shared = EXAMPLES.parents[2] / "shared" / "data" / "service_matrix.csv"
    if not shared.exists():
        assert SHARED_MATRIX.read_bytes().startswith(
            b"Service Type,Required Certification,Eligible Providers,Room Type,"
        )
    else:
        assert filecmp.cmp(SHARED_MATRIX, shared, shallow=False)


def test_a_spreadsheet_and_yaml_that_say_the_same_end_in_the_same_matrix(
    empty_databases: EmptyDatabases, database: Database, write: Write
) -> None:
    with empty_databases.lent() as url:
        other = Database(make_engine(url))

        from_csv = import_files(database, [write("practice.yaml", PRACTICE), SHARED_MATRIX], now=NOW)
        from_yaml = import_files(other, [write("whole.yaml", PRACTICE + SAME_IN_YAML)], now=NOW)

        assert from_csv.errors == from_yaml.errors == ()
        assert matrix_of(database, from_csv) == matrix_of(other, from_yaml)
        assert [one.words for one in from_csv.notices] == [one.words for one in from_yaml.notices]
        other.engine.dispose()


def test_the_shared_matrix_is_read_word_for_word(database: Database, write: Write) -> None:
    matrix = matrix_of(database, import_files(database, [write("practice.yaml", PRACTICE), SHARED_MATRIX], now=NOW))

    names = {one.id: one.display_name for one in matrix.providers}
    assert [
        (
            one.name,
            one.requirements.all_of,
            one.room_kind,
            one.duration,
            one.buffer_after,
            sorted(names[who.id] for who in matrix.providers if one.id in who.service_ids),
        )
        for one in matrix.services
    ] == [
        (
            "Neuromodulator injection",
            (("neurotoxin",), ("rn", "np", "pa")),
            "standard treatment room",
            timedelta(minutes=30),
            timedelta(minutes=15),
            ["Dr. Lee", "NP Martinez"],
        ),
        (
            "Dermal filler",
            (("filler",), ("rn", "np", "pa", "md")),
            "standard treatment room",
            timedelta(minutes=45),
            timedelta(minutes=15),
            ["Dr. Lee", "NP Martinez", "PA Singh"],
        ),
        (
            "Laser hair removal",
            (("laser safety",),),
            "laser room",
            timedelta(minutes=60),
            timedelta(minutes=20),
            ["Esthetician Rivera", "Tech Okon"],
        ),
        (
            "HydraFacial",
            (("esthetician",),),
            "facial room",
            timedelta(minutes=75),
            timedelta(minutes=10),
            ["Esthetician Park", "Esthetician Rivera"],
        ),
        (
            "IV therapy",
            (("rn",),),
            "iv lounge",
            timedelta(minutes=45),
            timedelta(minutes=10),
            ["RN Johnson", "RN Patel"],
        ),
    ]
    # What YAML alone would misread: an octal number, and a whole one.
    assert matrix.locations == (
        Location(
            id=matrix.locations[0].id,
            name="Main",
            zone="America/New_York",
            postcode="02139",
            pms_ref="urn:blvd:Location:7c1f2f6e-2a53-4d9a-8d7e-0f4a1c9b6d01",
        ),
    )
    assert matrix.rooms[0].pms_ref == "17"


def test_a_physician_listed_where_a_nurse_is_asked_for_is_told_with_line_and_name_and_stays_out(
    database: Database, write: Write
) -> None:
    report = import_files(database, [write("practice.yaml", PRACTICE), SHARED_MATRIX], now=NOW)

    told = [str(one) for one in report.notices if "Dr. Lee" in one.words]
    matrix = matrix_of(database, report)
    lee = next(one for one in matrix.providers if one.display_name == "Dr. Lee")
    refused = eligible(provider=lee, service=matrix.services[0], on=NOW.date())
    assert told[0] == (
        "service_matrix.csv:2: Eligible Providers: Dr. Lee has no rn or np or pa credential, which "
        "Neuromodulator injection requires. Listed, but not eligible until that changes."
    )
    assert matrix.services[0].id in lee.service_ids
    assert isinstance(refused, Rejection)
    assert refused.rule is Rule.CREDENTIAL_MISSING


def test_a_renewed_credential_makes_the_provider_eligible_at_once(database: Database, write: Write) -> None:
    old = "provider,credential,expires\nEsthetician Rivera,Laser safety cert,2026-11-01\n"
    report = import_files(
        database, [write("practice.yaml", PRACTICE), SHARED_MATRIX, write("credentials.csv", old)], now=NOW
    )
    expired = _eligible(matrix_of(database, report), "Esthetician Rivera", "Laser hair removal", NOW.date())

    renewed = import_files(
        database, [write("renewed.csv", old.replace("2026-11-01", "2028-11-01"))], practice="harbor", now=NOW
    )

    assert isinstance(expired, Rejection)
    assert expired.rule is Rule.CREDENTIAL_EXPIRED
    assert renewed.updated == {"credentials": 1}
    assert _eligible(matrix_of(database, renewed), "Esthetician Rivera", "Laser hair removal", NOW.date()) is None


def test_a_short_list_changes_no_price_and_no_requirement(database: Database, write: Write) -> None:
    before = matrix_of(database, import_files(database, ALL, now=NOW)).services[2]

    short = write("prices.csv", "service,eligible providers,duration\nDermal filler,Dr. Lee,50 min\n")
    matrix = matrix_of(database, import_files(database, [short], practice="glow", now=NOW))

    after = matrix.services[2]
    assert after.duration == timedelta(minutes=50)
    assert (after.price_cents, after.requirements, after.buffer_after, after.prerequisite) == (
        78_000,
        before.requirements,
        timedelta(minutes=15),
        Prerequisite.EXAM,
    )
    assert [one.display_name for one in matrix.providers if after.id in one.service_ids] == ["Dr. Lee"]


def test_what_is_no_longer_active_is_known_and_given_by_nobody(database: Database, write: Write) -> None:
    import_files(database, ALL, now=NOW)

    gone = write("gone.csv", "service,eligible providers,active\nLight peel,,no\n")
    matrix = matrix_of(database, import_files(database, [gone], practice="glow", now=NOW))

    peel = next(one for one in matrix.services if one.code == "PEEL")
    assert not any(peel.id in one.service_ids for one in matrix.providers)


def _eligible(matrix: Matrix, provider: str, service: str, on: date) -> Rejection | None:
    who = next(one for one in matrix.providers if one.display_name == provider)
    what = next(one for one in matrix.services if one.name == service)
    return eligible(provider=who, service=what, on=on)
