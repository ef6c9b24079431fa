"""What the policy says otherwise for a location or a service: in a file, in the row, and by `chairflow policy`."""

from __future__ import annotations

import json
from datetime import time, timedelta

from models.importing import Report
from models.repositories import practices
from models.repositories.practices import PracticeFacts
from models.session import Database
from tests.cli.conftest import Chairflow
from tests.cli.practice_import.files import NOW, PRACTICE, Write, id_of, import_files

SERVICES = """Service Type,Eligible Providers,Duration,price
Filler,Dr. Lee,45 min,650
Laser,Dr. Lee,30 min,300
"""
LAYERS = """
policy:
  gap_fill: {offer_window: 10 min, pms_give_up: 15 min}
  locations:
    Main:
      contact: {quiet_from: "19:00"}
      services:
        Laser: {gap_fill: {offer_window: 3 min}}
  services:
    laser: {booking: {reminders: [24 h]}, gap_fill: {offer_window: 5 min}}
"""


def facts(database: Database, report: Report) -> PracticeFacts:
    with database.transaction() as session:
        return practices.load(session, id_of(report))


def ids(database: Database, report: Report) -> tuple[int, int]:
    """Of the place and of the laser."""
    with database.transaction() as session:
        matrix = practices.matrix(session, id_of(report))
    (place,) = matrix.locations
    return place.id, next(one.id for one in matrix.services if one.name == "Laser")


def imported(database: Database, write: Write, words: str = LAYERS) -> Report:
    return import_files(
        database, [write("practice.yaml", f"{PRACTICE}{words}"), write("matrix.csv", SERVICES)], now=NOW
    )


def test_a_file_says_what_is_otherwise_for_a_place_and_a_service(database: Database, write: Write) -> None:
    report = imported(database, write)
    main, laser = ids(database, report)
    practice = facts(database, report)

    windows = [
        practice.at(place, services).policy.gap_fill.offer_window
        for place, services in ((None, ()), (main, ()), (None, (laser,)), (main, (laser,)))
    ]

    assert windows == [timedelta(minutes=one) for one in (10, 10, 5, 3)]
    assert practice.at(main).policy.contact.quiet_from == time(19)
    assert practice.at(None, (laser,)).policy.booking.reminders == (timedelta(hours=24),)
    assert practice.policy.patience.pms_give_up == timedelta(minutes=15)
    assert [(one.field, one.words) for one in report.notices if one.field.startswith("policy")] == [
        ("policy.gap_fill.pms_give_up", "is called patience.pms_give_up now; the old name is still read")
    ]


def test_without_a_word_of_the_policy_what_is_otherwise_stays(database: Database, write: Write) -> None:
    first = facts(database, imported(database, write))

    unsaid = facts(database, imported(database, write, ""))
    taken_back = facts(database, imported(database, write, "policy: {gap_fill: {offer_window: 10 min}}"))

    assert unsaid.policy == first.policy
    assert taken_back.policy.layers == ()


def test_what_is_wrong_is_told_at_its_line(database: Database, write: Write) -> None:
    report = imported(
        database,
        write,
        """
policy:
  locations:
    Uptown: {contact: {quiet_from: "19:00"}}
    Main: {contact: {quiet_from: "23:00"}}
  services:
    Botox: {}
    Laser: {gap_fill: {offer_windo: 3 min}}
""",
    )

    assert [(one.field, one.words) for one in report.errors] == [
        ("policy.locations.Uptown", 'there is no location "Uptown"'),
        ("policy.services.Botox", 'there is no service "Botox"'),
        ("policy.services.Laser.gap_fill.offer_windo", "there is no such field; did you mean offer_window?"),
    ]


def test_hours_nobody_may_be_texted_in_are_refused_for_a_place_too(database: Database, write: Write) -> None:
    report = imported(database, write, 'policy: {locations: {Main: {contact: {quiet_from: "23:00"}}}}')

    assert [one.field for one in report.errors] == ["policy.contact.quiet_from"]


def test_the_command_shows_where_each_value_comes_from(database: Database, write: Write, chairflow: Chairflow) -> None:
    imported(database, write)

    def shown(*options: str) -> dict[str, tuple[str, str]]:
        result = chairflow("policy", "show", *options, "--practice", "harbor", "--json")
        assert result.exit_code == 0, result.stderr
        return {one["field"]: (one["value"], one["from"]) for one in json.loads(result.stdout)}

    laser_here = shown("--location", "Main", "--service", "Laser")

    assert laser_here["gap_fill.offer_window"] == ("3 min", "service Laser at location Main")
    assert laser_here["booking.reminders"] == ("1 d", "service Laser")
    assert laser_here["contact.quiet_from"] == ("19:00", "location Main")
    assert laser_here["patience.pms_give_up"] == ("15 min", "practice")
    assert laser_here["gap_fill.pace"] == ("one_at_a_time", "default")
    assert shown("gap_fill.offer_window") == {"gap_fill.offer_window": ("10 min", "default")}
