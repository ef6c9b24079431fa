"""`chairflow practice import`: a practice's own files, in as a whole or not at all."""

from __future__ import annotations

import filecmp
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel, col
from typer.testing import CliRunner

from cli.practice import app
from domain.catalogue import Location, Matrix, Prerequisite
from domain.matching import eligible
from domain.people import Channel, LastTreatment, MessageKind, WeeklyWindow
from domain.policy import Pace
from domain.rejections import Rejection, Rule
from models.client import Client, ClientNote
from models.importing import Report, import_files
from models.repositories import clients, consents, practices, staff_accounts, waitlist
from models.session import Database, make_engine

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
SHARED_MATRIX = EXAMPLES / "service_matrix.csv"
ALL = [EXAMPLES / name for name in ("practice.yaml", "matrix.csv", "credentials.csv", "clients.csv", "waitlist.csv")]
NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)

PRACTICE = """
practice: {slug: harbor, name: Harbor Clinic, short_name: Harbor, pms: boulevard}
locations:
  - name: Main
    zone: America/New_York
    postcode: 02139
    pms_ref: 7C1F2F6E-2a53-4d9a-8d7e-0f4a1c9b6d01
    rooms:
      - {name: Room 1, kind: Standard treatment room, pms_ref: 17}
      - {name: Room 2, kind: laser room}
      - {name: Room 3, kind: facial room}
      - {name: Room 4, kind: IV lounge}
staff:
  - name: Dr. Lee
    first_name: Hana
    credentials: [{kind: MD, expires: never}, {kind: Neurotoxin cert, expires: 2028-01-31}]
  - {name: NP Martinez, first_name: Elena}
  - {name: PA Singh, first_name: Arun}
  - {name: Esthetician Rivera, first_name: Noa}
  - {name: Tech Okon, first_name: Ada}
  - {name: Esthetician Park, first_name: Min}
  - {name: RN Johnson, first_name: Kay}
  - {name: RN Patel, first_name: Ravi}
"""

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


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def to(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to


# --- the examples ------------------------------------------------------------------------------------------------


def test_the_examples_go_in_without_a_word(database: Database) -> None:
    report = import_files(database, ALL, now=NOW)

    assert (report.errors, report.notices) == ((), ())
    assert report.added == {
        "practices": 1,
        "locations": 1,
        "rooms": 4,
        "devices": 1,
        "providers": 3,
        "services": 8,
        "credentials": 8,
        "connections": 3,
        "staff accounts": 2,
        "clients": 10,
        "waitlist entries": 10,
    }


def test_every_provider_of_the_examples_may_give_what_they_are_listed_for(database: Database) -> None:
    matrix = _matrix(database, import_files(database, ALL, now=NOW))

    listed = [(who, what) for who in matrix.providers for what in matrix.services if what.id in who.service_ids]
    assert [eligible(provider=who, service=what, on=NOW.date()) for who, what in listed] == [None] * 12


def test_a_second_import_updates_and_adds_nothing(database: Database) -> None:
    first = import_files(database, ALL, now=NOW)
    before = _tables(database)

    second = import_files(database, ALL, now=NOW + timedelta(days=1))

    assert second.practice_id == first.practice_id
    assert dict(second.added) == {}
    assert second.updated == first.added
    assert _tables(database) == before


def test_the_policy_of_the_example_is_read_field_by_field(database: Database) -> None:
    report = import_files(database, ALL, now=NOW)

    with database.transaction() as session:
        facts = practices.load(session, _id(report))
        chat = practices.connection(session, _id(report), "chat")
        owner_of_number = practices.by_address(session, "twilio", "+12125550143")
    assert facts.policy.gap_fill.pace is Pace.WAVES
    assert facts.policy.gap_fill.offer_window == timedelta(minutes=10)
    assert facts.policy.booking.reminders == (timedelta(hours=48), timedelta(hours=2))
    assert facts.policy.contact.quiet_from == time(20)
    assert facts.policy.contact.approved_templates == ("*",)
    assert (facts.slug, facts.short_name, facts.phone, facts.paused) == ("glow", "Glow", "+12125550142", False)
    assert chat is not None
    assert (chat.address, chat.options) == ("T0GLOW001", {"channel": "C0FRONTDSK"})
    assert owner_of_number == report.practice_id


def test_clients_come_in_with_addresses_consents_notes_and_history(database: Database) -> None:
    report = import_files(database, ALL, now=NOW)

    with database.transaction() as session:
        maya = clients.by_phone(session, _id(report), "+12125550111")[0]
        family = clients.by_phone(session, _id(report), "+12125550114")
        note = session.execute(select(ClientNote).where(col(ClientNote.client_id) == maya.id)).scalar_one()
        martinez = next(one for one in practices.matrix(session, _id(report)).providers if one.first_name == "Elena")
    assert (maya.email, maya.stated_channel, maya.vip) == ("maya.okafor@example.com", Channel.SMS, False)
    assert maya.preferred_provider_id == martinez.id
    assert maya.exam_valid_until == date(2027, 8, 14)
    assert maya.treatments == (LastTreatment(kind="neuromodulator", on=date(2026, 7, 2)),)
    assert maya.consent.granted == {
        (Channel.SMS, MessageKind.APPOINTMENT),
        (Channel.SMS, MessageKind.OFFER),
        (Channel.EMAIL, MessageKind.APPOINTMENT),
        (Channel.VOICE, MessageKind.APPOINTMENT),
    }
    assert (note.author, note.noted_on, note.text) == (
        "Front desk (Jo)",
        date(2026, 9, 3),
        "Prefers mornings before work",
    )
    assert [one.first_name for one in family] == ["Tom", "Lena"]


def test_waitlist_entries_come_in_with_their_wishes(database: Database) -> None:
    report = import_files(database, ALL, now=NOW)

    with database.transaction() as session:
        practice_id = _id(report)
        ids = waitlist.by_import_key(session, practice_id, ("w-03", "w-04"))
        both = waitlist.get(session, practice_id, ids["w-03"])
        consult = waitlist.get(session, practice_id, ids["w-04"])
        codes = {one.id: one.code for one in practices.matrix(session, practice_id).services}
    assert [codes[one] for one in both.service_ids] == ["TOX", "FILLER"]
    assert (both.together, both.priority, both.flexibility, len(both.provider_ids)) == (True, 3, 0, 1)
    assert both.minimum_notice == timedelta(hours=24)
    # Midnight in New York.
    assert both.joined_at == datetime(2026, 9, 28, 4, tzinfo=UTC)
    assert both.windows == tuple(WeeklyWindow(weekday=day, start=time(9), end=time(17)) for day in (1, 3))
    assert consult.windows == (
        *(WeeklyWindow(weekday=day, start=time(17), end=time(19)) for day in range(5)),
        WeeklyWindow(weekday=5, start=time(10), end=time(14)),
    )
    assert (consult.provider_ids, consult.location_id, consult.miles_declared) == (frozenset(), None, 5.0)


# --- the matrix --------------------------------------------------------------------------------------------------


def test_the_shared_matrix_is_kept_as_it_came() -> None:
    shared = EXAMPLES.parents[2] / "shared" / "data" / "service_matrix.csv"
    if not shared.exists():
        assert SHARED_MATRIX.read_bytes().startswith(
            b"Service Type,Required Certification,Eligible Providers,Room Type,"
        )
    else:
        assert filecmp.cmp(SHARED_MATRIX, shared, shallow=False)


def test_a_spreadsheet_and_yaml_that_say_the_same_end_in_the_same_matrix(
    fresh_database_url: Callable[[], str], database: Database, write: Callable[[str, str], Path]
) -> None:
    other = Database(make_engine(fresh_database_url()))

    from_csv = import_files(database, [write("practice.yaml", PRACTICE), SHARED_MATRIX], now=NOW)
    from_yaml = import_files(other, [write("whole.yaml", PRACTICE + SAME_IN_YAML)], now=NOW)

    assert from_csv.errors == from_yaml.errors == ()
    assert _matrix(database, from_csv) == _matrix(other, from_yaml)
    assert [one.words for one in from_csv.notices] == [one.words for one in from_yaml.notices]
    other.engine.dispose()


def test_the_shared_matrix_is_read_word_for_word(database: Database, write: Callable[[str, str], Path]) -> None:
    matrix = _matrix(database, import_files(database, [write("practice.yaml", PRACTICE), SHARED_MATRIX], now=NOW))

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
    database: Database, write: Callable[[str, str], Path]
) -> None:
    report = import_files(database, [write("practice.yaml", PRACTICE), SHARED_MATRIX], now=NOW)

    told = [str(one) for one in report.notices if "Dr. Lee" in one.words]
    matrix = _matrix(database, report)
    lee = next(one for one in matrix.providers if one.display_name == "Dr. Lee")
    refused = eligible(provider=lee, service=matrix.services[0], on=NOW.date())
    assert told[0] == (
        "service_matrix.csv:2: Eligible Providers: Dr. Lee has no rn or np or pa credential, which "
        "Neuromodulator injection requires. Listed, but not eligible until that changes."
    )
    assert matrix.services[0].id in lee.service_ids
    assert isinstance(refused, Rejection)
    assert refused.rule is Rule.CREDENTIAL_MISSING


def test_a_renewed_credential_makes_the_provider_eligible_at_once(
    database: Database, write: Callable[[str, str], Path]
) -> None:
    old = "provider,credential,expires\nEsthetician Rivera,Laser safety cert,2026-11-01\n"
    report = import_files(
        database, [write("practice.yaml", PRACTICE), SHARED_MATRIX, write("credentials.csv", old)], now=NOW
    )
    expired = _eligible(_matrix(database, report), "Esthetician Rivera", "Laser hair removal", NOW.date())

    renewed = import_files(
        database, [write("renewed.csv", old.replace("2026-11-01", "2028-11-01"))], practice="harbor", now=NOW
    )

    assert isinstance(expired, Rejection)
    assert expired.rule is Rule.CREDENTIAL_EXPIRED
    assert renewed.updated == {"credentials": 1}
    assert _eligible(_matrix(database, renewed), "Esthetician Rivera", "Laser hair removal", NOW.date()) is None


def test_a_short_list_changes_no_price_and_no_requirement(
    database: Database, write: Callable[[str, str], Path]
) -> None:
    before = _matrix(database, import_files(database, ALL, now=NOW)).services[2]

    short = write("prices.csv", "service,eligible providers,duration\nDermal filler,Dr. Lee,50 min\n")
    matrix = _matrix(database, import_files(database, [short], practice="glow", now=NOW))

    after = matrix.services[2]
    assert after.duration == timedelta(minutes=50)
    assert (after.price_cents, after.requirements, after.buffer_after, after.prerequisite) == (
        78_000,
        before.requirements,
        timedelta(minutes=15),
        Prerequisite.EXAM,
    )
    assert [one.display_name for one in matrix.providers if after.id in one.service_ids] == ["Dr. Lee"]


def test_what_is_no_longer_active_is_known_and_given_by_nobody(
    database: Database, write: Callable[[str, str], Path]
) -> None:
    import_files(database, ALL, now=NOW)

    gone = write("gone.csv", "service,eligible providers,active\nLight peel,,no\n")
    matrix = _matrix(database, import_files(database, [gone], practice="glow", now=NOW))

    peel = next(one for one in matrix.services if one.code == "PEEL")
    assert not any(peel.id in one.service_ids for one in matrix.providers)


# --- errors ------------------------------------------------------------------------------------------------------


def test_every_error_of_every_file_is_named_at_once_and_nothing_is_written(
    database: Database, write: Callable[[str, str], Path]
) -> None:
    files = [
        write(
            "practice.yaml",
            "practice: {slug: Bad Slug, name: A, short_name: A}\n"
            "policy:\n  gap_fill:\n    offer_window: 10\n    wave_sise: 3\n"
            "  contact: {quiet_from: 25 o'clock}\n"
            "locations:\n  - {name: Main, zone: New York, postcode: 1}\n",
        ),
        write(
            "matrix.csv",
            "Service Type,Eligible Providers,Duration + Buffer,price\n"
            "Peel,Dr. Lee,half an hour,10\n"
            'Facial,Dr. Lee,30 min + 10 min buffer,"12,0x"\n',
        ),
        write("credentials.csv", "provider,credential,expires\nNobody,RN,2027-01-01\nDr. Lee,RN,01/02/2027\n"),
        write(
            "clients.csv",
            "first_name,last_name,phone,email,vip,consent_sms_offer\n"
            "Ann,One,12,ann@example.com,maybe,yes\n"
            "Bob,Two,,bob at example,no,no\n"
            ",Three,+12125550101,,no,no\n",
        ),
        write(
            "waitlist.csv",
            "client,services,windows,earliest_date,latest_date,flexibility,minimum_notice\n"
            "nobody@example.com,Massage,Mon 12:00-09:00,2026-12-02,2026-12-01,7,2\n",
        ),
    ]

    report = import_files(database, files, now=NOW)

    assert [(one.file, one.line, one.field) for one in report.errors] == [
        ("clients.csv", 2, "phone"),
        ("clients.csv", 2, "vip"),
        ("clients.csv", 3, "email"),
        ("clients.csv", 4, "first_name"),
        ("credentials.csv", 2, "provider"),
        ("credentials.csv", 3, "expires"),
        ("matrix.csv", 2, "Duration + Buffer"),
        ("matrix.csv", 3, "price"),
        ("practice.yaml", 1, "practice.pms"),
        ("practice.yaml", 1, "practice.slug"),
        ("practice.yaml", 4, "policy.gap_fill.offer_window"),
        ("practice.yaml", 5, "policy.gap_fill.wave_sise"),
        ("practice.yaml", 6, "policy.contact.quiet_from"),
        ("practice.yaml", 8, "locations[1].zone"),
        ("waitlist.csv", 2, "client"),
        ("waitlist.csv", 2, "flexibility"),
        ("waitlist.csv", 2, "latest_date"),
        ("waitlist.csv", 2, "minimum_notice"),
        ("waitlist.csv", 2, "services"),
        ("waitlist.csv", 2, "windows"),
    ]
    assert report.practice_id is None
    assert set(_tables(database).values()) == {0}


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("a.csv", "", "a.csv:1: the headings (none) are of no list we read: matrix needs name, providers;"),
        ("a.csv", "provider,credential,expires,colour\n", "a.csv:1: colour: there is no such column in a credentials"),
        ("a.csv", "provider,credential,expires\nDr. Lee,RN\n", "a.csv:2: has 2 cells, and there are 3 columns"),
        ("a.yaml", "practice: [\n", "a.yaml:2: is no YAML:"),
        ("a.yaml", "- 1\n", 'a.yaml:1: must begin with "practice:"'),
        (
            "a.yaml",
            "practice: {slug: a, slug: b, name: A, short_name: A, pms: x}",
            "a.yaml:1: practice.slug: stands twice",
        ),
        ("a.yaml", "prctice: {}\n", "a.yaml:1: prctice: there is no such field; did you mean practice?"),
        ("a.txt", "", "a.txt: is neither .yaml nor .csv"),
    ],
)
def test_a_file_that_is_none_says_so(
    name: str, text: str, error: str, database: Database, write: Callable[[str, str], Path]
) -> None:
    files = [] if name.endswith("yaml") else [write("practice.yaml", PRACTICE)]

    report = import_files(database, [*files, write(name, text)], now=NOW)

    assert [str(one) for one in report.errors if str(one).startswith(error)] != []


def test_a_directory_says_that_it_is_one_and_which_files_to_name(
    database: Database, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    write("practice.yaml", PRACTICE)
    write("matrix.csv", "")
    write("notes.txt", "")

    with_files = import_files(database, [tmp_path], now=NOW)
    without = import_files(database, [empty], now=NOW)

    assert [str(one) for one in with_files.errors] == [
        f"{tmp_path}: is a directory; name the files in it: {tmp_path}/matrix.csv {tmp_path}/practice.yaml"
    ]
    assert [str(one) for one in without.errors] == [
        f"{empty}: is a directory, and has no practice.yaml and no CSV list in it"
    ]


def test_a_copied_line_or_reference_is_told_with_its_owner(
    database: Database, write: Callable[[str, str], Path]
) -> None:
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


def test_a_bare_uuid_becomes_the_reference_that_boulevards_events_carry(
    database: Database, write: Callable[[str, str], Path]
) -> None:
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
    database: Database, write: Callable[[str, str], Path], ref: str, words: str
) -> None:
    rows = write("clients.csv", f"first_name,last_name,phone,pms_ref\nIda,Lund,2125550111,{ref}\n")

    report = import_files(database, [write("practice.yaml", PRACTICE), rows], now=NOW)

    assert [str(one).startswith(f"clients.csv:2: pms_ref: {words}") for one in report.errors] == [True]


def test_another_practice_systems_references_are_taken_as_they_are(
    database: Database, write: Callable[[str, str], Path]
) -> None:
    text = PRACTICE.replace("pms: boulevard", "pms: zenoti").replace("7C1F2F6E-2a53-4d9a-8d7e-0f4a1c9b6d01", "17")

    report = import_files(database, [write("practice.yaml", text)], now=NOW)

    assert report.errors == ()


def test_who_may_press_in_slack_is_the_whole_list_each_time(
    database: Database, write: Callable[[str, str], Path]
) -> None:
    def listed(lines: str) -> Report:
        return import_files(database, [write("practice.yaml", f"{PRACTICE}{lines}")], now=NOW)

    def names(report: Report) -> list[str | None]:
        assert report.errors == () and report.practice_id is not None
        with database.transaction() as session:
            return [staff_accounts.name_of(session, report.practice_id, user) for user in ("U0ROSA", "U0OMAR")]

    both = names(listed("channels: {slack: [{name: Rosa, user: U0ROSA}, {name: Omar, user: U0OMAR}]}"))
    unsaid = names(listed(""))
    one_left = names(listed("channels: {slack: [{name: Rosa Diaz, user: U0ROSA}]}"))
    nobody = names(listed("channels: {slack: []}"))

    assert (both, unsaid, one_left, nobody) == (
        ["Rosa", "Omar"],
        ["Rosa", "Omar"],
        ["Rosa Diaz", None],
        [None, None],
    )


def test_a_chat_user_that_is_none_or_stands_twice_is_told_with_its_place(
    database: Database, write: Callable[[str, str], Path]
) -> None:
    lines = "channels:\n  slack:\n" + "".join(
        f"    - {{name: {name}, user: {user}}}\n"
        for name, user in (("Rosa", "rosa"), ("Omar", "U0OM"), ("Lee", "U0OM"))
    )

    report = import_files(database, [write("practice.yaml", PRACTICE + lines)], now=NOW)

    assert [str(one).partition(": channels.slack")[2] for one in report.errors] == [
        '[1].user: "rosa" is no Slack member id; a profile\'s menu has "Copy member ID", like U024BE7LH',
        "[3].user: is that of Omar already",
    ]


def test_a_list_needs_to_say_whose_it_is(database: Database) -> None:
    without = import_files(database, [EXAMPLES / "credentials.csv"], now=NOW)
    unknown = import_files(database, [EXAMPLES / "credentials.csv"], practice="nobody", now=NOW)

    assert [str(one) for one in without.errors] == [
        "--practice: is missing: whose lists are these? Name the practice's slug"
    ]
    assert [str(one) for one in unknown.errors] == [
        '--practice: there is no practice "nobody"; import its practice.yaml first'
    ]


def test_the_line_after_a_cell_of_several_lines_is_counted_right(
    database: Database, write: Callable[[str, str], Path]
) -> None:
    rows = 'provider,credential,number,expires\nDr. Lee,RN,"one\ntwo",never\nDr. Lee,NP,,soon\n'

    report = import_files(database, [write("practice.yaml", PRACTICE), write("credentials.csv", rows)], now=NOW)

    assert [(one.line, one.field) for one in report.errors] == [(4, "expires")]


def test_another_practices_number_cannot_be_taken(database: Database, write: Callable[[str, str], Path]) -> None:
    import_files(database, ALL, now=NOW)
    taken = PRACTICE + "connections:\n  - {purpose: sms, vendor: twilio, address: +1 212 555 0143}\n"

    report = import_files(database, [write("practice.yaml", taken)], now=NOW)

    assert [str(one) for one in report.errors] == [
        "practice.yaml:25: connections[1].address: belongs to another practice"
    ]


# --- consent -----------------------------------------------------------------------------------------------------


def test_an_old_list_brings_back_no_consent_and_lifts_no_stop(
    database: Database, write: Callable[[str, str], Path]
) -> None:
    rows = "first_name,last_name,phone,consent_sms_offer,consent_sms_marketing\nAnn,One,212 555 0101,{},yes\n"
    report = import_files(
        database, [write("practice.yaml", PRACTICE), write("clients.csv", rows.format("yes"))], now=NOW
    )
    practice_id = _id(report)
    with database.transaction() as session:
        ann = clients.by_phone(session, practice_id, "+12125550101")[0]
        clients.revoke(session, practice_id, ann.id, Channel.SMS, MessageKind.MARKETING, now=NOW)
        consents.stop(session, practice_id, Channel.SMS, "+12125550101", NOW, "reply")

    again = import_files(database, [write("clients.csv", rows.format("no"))], practice="harbor", now=NOW)

    with database.transaction() as session:
        after = clients.get(session, practice_id, ann.id)
    assert [(one.line, one.field) for one in again.notices] == [(2, "consent_sms_marketing")]
    assert after.consent.granted == frozenset()
    assert after.opted_out == {Channel.SMS}


# --- the command -------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAIRFLOW_DATABASE_URL", database_url)

    result = CliRunner().invoke(app, ["import", *(str(path) for path in ALL), "--dry-run"])

    assert (result.exit_code, result.stderr) == (0, "")
    assert "Nothing was written: this was a dry run." in result.stdout
    assert set(_tables(database).values()) == {0}


def test_the_command_writes_and_errors_end_it_with_one(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, write: Callable[[str, str], Path]
) -> None:
    monkeypatch.setenv("CHAIRFLOW_DATABASE_URL", database_url)

    good = CliRunner().invoke(app, ["import", str(ALL[0])])
    bad = CliRunner().invoke(
        app, ["import", str(write("c.csv", "provider,credential,expires\nX,RN,never\n")), "--practice", "glow"]
    )

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert bad.stderr.splitlines() == [
        'error  c.csv:2: provider: there is no provider "X"; add them to the staff, or see how the name is written',
        "1 error; nothing was written.",
    ]
    with database.transaction() as session:
        assert practices.by_slug(session, "glow") is not None


# --- helpers -----------------------------------------------------------------------------------------------------


def _id(report: Report) -> int:
    assert report.practice_id is not None, [str(one) for one in report.errors]
    return report.practice_id


def _matrix(database: Database, report: Report) -> Matrix:
    with database.transaction() as session:
        return practices.matrix(session, _id(report))


def _eligible(matrix: Matrix, provider: str, service: str, on: date) -> Rejection | None:
    who = next(one for one in matrix.providers if one.display_name == provider)
    what = next(one for one in matrix.services if one.name == service)
    return eligible(provider=who, service=what, on=on)


def _tables(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.transaction() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }
