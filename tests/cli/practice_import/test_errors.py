"""What is wrong with a file is said with its place and the way out, and then nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.session import Database
from tests.cli.practice_import.files import ALL, EXAMPLES, NOW, PRACTICE, Write, import_files, rows_of_tables


def test_every_error_of_every_file_is_named_at_once_and_nothing_is_written(database: Database, write: Write) -> None:
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
    assert set(rows_of_tables(database).values()) == {0}


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("a.csv", "", "a.csv:1: the headings (none) are of no list we read: matrix needs name, providers;"),
        ("a.csv", "provider,credential,expires,colour\n", "a.csv:1: colour: there is no such column in a credentials"),
        ("a.csv", "provider,credential,expires\nDr. Lee,RN\n", "a.csv:2: has 2 cells, and there are 3 columns"),
        ("a.csv", "PK\x03\x04\x14\x00", "a.csv: is a workbook and no CSV; open it and save each sheet as CSV UTF-8"),
        ("a.csv", "provider;credential;expires\nDr. Lee;RN;soon\n", "a.csv:2: expires: "),
        ("a.csv", "provider\tcredential\texpires\nDr. Lee\tRN\tsoon\n", "a.csv:2: expires: "),
        ("a.csv", "provider,credential,expires\nDr. Lee;RN;soon\n", "a.csv:2: has 1 cells, and there are 3 columns"),
        ("a.csv", "x," * 100_000, "a.csv:1: the headings (" + "x, " * 100 + "and 99901 more) are of no list we read"),
        (
            "a.csv",
            "provider,credential,expires" + "," * 100_000,
            "a.csv:1: has 100003 columns, and a list has 100 at most; delete the empty ones",
        ),
        ("a.csv", f"provider,credential,expires\n{'x' * 200_000},RN,2027-01-01\n", "a.csv:2: "),
        ("a.csv", "provider,credential,expires\nDr.\0 Lee,RN\0,soon\n", "a.csv:2: expires: "),
        ("a.yaml", "practice: [\n", "a.yaml:2: is no YAML:"),
        ("a.yaml", "practice:\n  slug: a\0\n", "a.yaml:2: holds a character no text has (U+0000); take it out"),
        ("a.yaml", 'practice:\n  slug: "a\\0"\n', "a.yaml:2: holds a character no text has (U+0000); take it out"),
        ("a.yaml", 'practice:\n  name: ["\\ud800"]\n', "a.yaml:2: holds a character no text has (U+D800); take it out"),
        (
            "a.yaml",
            "practice:\n  slug: !!python/object:os.system x\n",
            'a.yaml:2: has a tag, "!!python/object:os.system"',
        ),
        ("a.yaml", "practice:\n  slug: !own x\n", 'a.yaml:2: has a tag, "!own"; take it out'),
        ("a.yaml", "practice: &all\n  slug: *all\n", "a.yaml:1: holds itself; write it out"),
        ("a.yaml", "practice: " + "[" * 5000, "a.yaml: is nested too deeply"),
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
def test_a_file_that_is_none_says_so(name: str, text: str, error: str, database: Database, write: Write) -> None:
    files = [] if name.endswith("yaml") else [write("practice.yaml", PRACTICE)]

    report = import_files(database, [*files, write(name, text)], now=NOW)

    assert [str(one) for one in report.errors if str(one).startswith(error)] != []


def test_a_directory_says_that_it_is_one_and_which_files_to_name(
    database: Database, write: Write, tmp_path: Path
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


def test_a_chat_user_that_is_none_or_stands_twice_is_told_with_its_place(database: Database, write: Write) -> None:
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


def test_the_line_after_a_cell_of_several_lines_is_counted_right(database: Database, write: Write) -> None:
    rows = 'provider,credential,number,expires\nDr. Lee,RN,"one\ntwo",never\nDr. Lee,NP,,soon\n'

    report = import_files(database, [write("practice.yaml", PRACTICE), write("credentials.csv", rows)], now=NOW)

    assert [(one.line, one.field) for one in report.errors] == [(4, "expires")]


def test_another_practices_number_cannot_be_taken(database: Database, write: Write) -> None:
    import_files(database, ALL, now=NOW)
    taken = PRACTICE + "connections:\n  - {purpose: sms, vendor: twilio, address: +1 212 555 0143}\n"

    report = import_files(database, [write("practice.yaml", taken)], now=NOW)

    assert [str(one) for one in report.errors] == [
        "practice.yaml:25: connections[1].address: belongs to another practice"
    ]
