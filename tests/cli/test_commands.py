"""Commands that need the database only, and what they say when something is missing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from api.auth import digest
from domain.journey_names import Action, Journey
from models.calendar import Opening
from models.inbox import Delivery, Receipt
from models.repositories import access, tasks
from models.session import Database
from tests.cli.conftest import Chairflow
from tests.inbox.scene import NOW, Scene, set_scene
from wiring.settings import given_settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PEPPER = given_settings().api_key_pepper.get_secret_value()
FITS = ("fits", "--provider", "NP Martinez", "--start", "2027-03-09 10:00", "--end", "2027-03-09 11:00")


# --- which practice ----------------------------------------------------------------------------------------------


def test_an_unknown_practice_is_answered_with_those_there_are(
    chairflow: Chairflow, scene: Scene, database: Database
) -> None:
    set_scene(database, slug="harbor")

    result = chairflow("tasks", "--practice", "glwo")

    assert (result.exit_code, result.stderr) == (2, '✗ There is no practice "glwo"; known: glow, harbor\n')


def test_the_practice_must_be_said_where_there_are_several(
    chairflow: Chairflow, scene: Scene, database: Database
) -> None:
    alone = chairflow("tasks")
    set_scene(database, slug="harbor")
    among_others = chairflow("tasks")

    assert (alone.exit_code, alone.stdout) == (0, "Nothing waits for a person.\n")
    assert (among_others.exit_code, among_others.stderr) == (
        2,
        "✗ Which practice? Say --practice with one of: glow, harbor\n",
    )


def test_without_any_practice_the_import_is_named(chairflow: Chairflow) -> None:
    result = chairflow("tasks")

    assert (result.exit_code, result.stderr) == (
        2,
        "✗ There is no practice yet: chairflow practice import practice.yaml\n",
    )


# --- what may be missing -----------------------------------------------------------------------------------------


def test_a_database_that_is_away_is_said_in_one_line(chairflow: Chairflow) -> None:
    nobody = "postgresql://nobody@127.0.0.1:1/nothing"

    result = chairflow("tasks", CHAIRFLOW_DATABASE_URL=nobody)

    words = "✗ The database does not answer: is it up, and does CHAIRFLOW_DATABASE_URL say where?\n"
    assert (result.exit_code, result.stderr) == (1, words)


def test_a_database_without_our_tables_names_the_migration(chairflow: Chairflow, postgres_url: str) -> None:
    result = chairflow("tasks", CHAIRFLOW_DATABASE_URL=postgres_url)

    words = "✗ The database lacks our tables: bring it up to date with python -m wiring.database\n"
    assert (result.exit_code, result.stderr) == (1, words)


def test_a_faulty_setting_is_named(chairflow: Chairflow) -> None:
    result = chairflow("tasks", CHAIRFLOW_SLACK_CHANNEL="C1")

    assert result.exit_code == 2
    assert "CHAIRFLOW_SLACK_BOT_TOKEN is missing: slack is half set" in result.stderr


def test_temporal_that_is_away_is_said_in_one_line(chairflow: Chairflow, scene: Scene) -> None:
    result = chairflow("fill", "withdraw", "1", TEMPORAL_ADDRESS="127.0.0.1:1")

    words = "✗ Temporal does not answer at 127.0.0.1:1: is it up, and does TEMPORAL_ADDRESS say where?\n"
    assert (result.exit_code, result.stderr) == (1, words)


def test_commands_work_in_the_image_which_has_no_simulation() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    left_out = {one.parent.name for one in ROOT.glob("[a-z]*/__init__.py")} - copied
    program = f"""
import sys
sys.modules.update(dict.fromkeys({sorted(left_out)}))
from cli.main import app
app(["--help"])
"""

    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert left_out >= {"sandboxes", "simulation", "tools"}
    assert result.returncode == 0, result.stderr
    assert ("practice" in result.stdout, "demo" in result.stdout) == (True, False)


# --- keys --------------------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_opens_until_it_is_revoked(
    chairflow: Chairflow, scene: Scene, database: Database
) -> None:
    made = chairflow("keys", "create", "--role", "staff", "--label", "front desk")
    key = made.stdout.strip()
    with database.transaction() as session:
        facts = access.by_digest(session, digest(key, PEPPER))
    listed = chairflow("keys", "list")
    assert facts is not None
    revoked = chairflow("keys", "revoke", str(facts.id))
    again = chairflow("keys", "revoke", str(facts.id))
    with database.transaction() as session:
        after = access.by_digest(session, digest(key, PEPPER))

    assert (facts.practice_id, facts.role, facts.label) == (scene.practice_id, "staff", "front desk")
    assert ("front desk" in listed.stdout, key in listed.stdout) == (True, False)
    assert (revoked.exit_code, after) == (0, None)
    assert (again.exit_code, again.stderr) == (
        1,
        f"✗ There is no live key {facts.id} in this practice: chairflow keys list\n",
    )


def test_a_key_of_another_practice_cannot_be_revoked(chairflow: Chairflow, scene: Scene, database: Database) -> None:
    set_scene(database, slug="harbor")
    key = chairflow("keys", "create", "--role", "viewer", "--label", "x", "--practice", "harbor").stdout.strip()
    with database.transaction() as session:
        facts = access.by_digest(session, digest(key, PEPPER))
    assert facts is not None

    result = chairflow("keys", "revoke", str(facts.id), "--practice", "glow")

    with database.transaction() as session:
        still = access.by_digest(session, digest(key, PEPPER))
    assert (result.exit_code, still) == (1, facts)


def test_a_role_that_does_not_exist_is_answered_with_those_that_do(chairflow: Chairflow, scene: Scene) -> None:
    result = chairflow("keys", "create", "--role", "owner", "--label", "x")

    assert result.exit_code == 2
    assert re.search(r"'viewer',\s+'staff',\s+'admin'", re.sub(r"[│\n]", " ", result.stderr))


# --- reading -----------------------------------------------------------------------------------------------------


def test_fits_ranks_with_reasons_and_names_the_rule_in_the_way(chairflow: Chairflow) -> None:
    files = [str(EXAMPLES / name) for name in ("practice.yaml", "matrix.csv", "credentials.csv", "clients.csv")]
    chairflow("practice", "import", *files, str(EXAMPLES / "waitlist.csv"))

    told = chairflow(*FITS)
    plain = json.loads(chairflow(*FITS, "--json").stdout)

    assert told.exit_code == 0, told.stderr
    assert told.stdout.rstrip().endswith("Nothing was sent.")
    assert plain["fitting"], plain
    for one in plain["fitting"]:
        assert (one["name"] in told.stdout, one["reasons"] != {}) == (True, True)
    for one in plain["not_fitting"]:
        assert one["name"] in told.stdout
    noted = {note["by"] for one in plain["fitting"] + plain["not_fitting"] for note in one["notes"]}
    assert "Front desk (Jo)" in noted
    assert "What staff noted" in told.stdout


def test_fits_says_what_stands_in_the_way_and_where_the_next_free_time_is(chairflow: Chairflow, scene: Scene) -> None:
    past = chairflow("fits", "--provider", "maria", "--start", "2026-01-05 14:00", "--end", "2026-01-05 15:00")
    free = chairflow("fits", "--provider", "maria", "--start", "2199-01-05 14:00", "--end", "2199-01-05 15:00")

    assert re.fullmatch(
        r"Nobody on the waitlist fits\.\n• It is past: it is .* there now\.\nNothing was sent\.\n", past.stdout
    )
    assert "• NP Martinez is not listed for any service.\n" in free.stdout


def test_fits_wants_a_provider_of_the_practice(chairflow: Chairflow, scene: Scene) -> None:
    result = chairflow("fits", "--provider", "Bob", "--start", "10:00", "--end", "11:00")

    words = f'✗ --provider: there is no "Bob"; known: NP Martinez ({scene.provider_id})\n'
    assert (result.exit_code, result.stderr) == (2, words)


def test_fits_wants_an_end_after_the_start(chairflow: Chairflow, scene: Scene) -> None:
    result = chairflow("fits", "--provider", "maria", "--start", "11:00", "--end", "10:00")

    assert (result.exit_code, result.stderr) == (1, "✗ end: must be after start.\n")


def test_fills_are_listed_and_told_with_their_offers_and_history(chairflow: Chairflow, scene: Scene) -> None:
    opening = scene.opening()
    client = scene.client("+12125550111")
    scene.offer(opening, client, "+12125550111")
    scene.opening(state="filled")

    listed = chairflow("fill", "list", "--state", "live")
    told = chairflow("fill", "show", str(opening))
    story = json.loads(chairflow("fill", "show", str(opening), "--json").stdout)

    during = scene.row(Opening, opening).during
    assert [line.split()[1] for line in listed.stdout.splitlines() if "NP Martinez" in line] == [str(opening)]
    assert f"Fill {opening}: " in told.stdout
    assert f"/workflows/gapfill:{scene.practice_id}:{opening}" in told.stdout
    assert [one["client_id"] for one in story["offers"]] == [client]
    assert story["gap_fill"]["starts_at"] == during.start.isoformat().replace("+00:00", "Z")


def test_people_stand_by_name_beside_their_numbers_and_deadlines_in_the_practice_s_time(
    chairflow: Chairflow, scene: Scene
) -> None:
    opening, client = scene.opening(), scene.client("+12125550111", first_name="Zoe")
    scene.offer(opening, client, "+12125550111")
    task = scene.task(
        opening_id=opening, client_id=client, shortlist=[{"client_id": client, "reasons": ["can come at many times"]}]
    )

    fill, shown, listed = (
        chairflow("fill", "show", str(opening)),
        chairflow("tasks", "show", str(task)),
        chairflow("tasks"),
    )

    assert fill.stdout.count(f"Zoe Example ({client})") == 2
    assert (f"About: Zoe Example ({client})" in shown.stdout, "Due: Mon 23 Nov 12:00." in shown.stdout) == (True, True)
    assert f"  Zoe Example ({client}): can come at many times" in shown.stdout
    assert ("Mon 23 Nov 12:00" in listed.stdout, "UTC" in listed.stdout) == (True, False)


MARKUP = "[red]Zoe[/] :100: [/x]"


def test_what_people_wrote_is_no_markup_and_no_picture(chairflow: Chairflow, scene: Scene) -> None:
    opening, client = scene.opening(), scene.client("+12125550111", first_name=MARKUP)
    scene.offer(opening, client, "+12125550111")
    scene.task(opening_id=opening, client_id=client, title=MARKUP, safe_default=MARKUP)
    with scene.database.transaction() as session:
        tasks.decide(
            session,
            scene.practice_id,
            journey="gapfill",
            ref=opening,
            subject="withdrawn",
            verdict="withdrawn",
            reasons=[{"words": MARKUP}],
            now=NOW,
            decided_by=MARKUP,
        )

    fill, listed = chairflow("fill", "show", str(opening)), chairflow("tasks")

    assert (fill.exit_code, fill.stdout.count(MARKUP)) == (0, 5)
    assert (listed.exit_code, listed.stdout.count(MARKUP)) == (0, 2)


def test_a_finding_with_a_file_name_of_brackets_and_colons_is_shown_as_it_is(
    chairflow: Chairflow, tmp_path: Path, scene: Scene
) -> None:
    file = tmp_path / "[bold]list:100:.csv"
    file.write_text("nothing\nhere\n")

    result = chairflow("practice", "import", str(file), "--practice", "glow")

    assert "[bold]list:100:.csv" in result.stderr.replace("\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("fill", "show", str(2**63)),
        ("fill", "withdraw", "9" * 30),
        ("tasks", "show", str(2**63)),
        ("inbox", "retry", str(2**63)),
        ("keys", "revoke", str(2**63)),
        ("fits", "--provider", "Maria", "--start", "0001-01-01 14:00", "--end", "9999-12-31 15:00"),
        ("fits", "--provider", "Maria", "--start", "9999-12-31T23:59:59-12:00", "--end", "9999-12-31 15:00"),
        ("fill", "start", "--provider", "Maria", "--start", "0001-01-01T00:00:00+14:00", "--end", "14:00"),
        ("schedule", "--every", "9" * 20 + "d"),
        ("reconcile", "--wait", "9" * 12 + "h"),
        ("reconcile", "--days", "9" * 20),
    ],
)
def test_absurd_numbers_and_years_are_refused_as_misuse(
    chairflow: Chairflow, scene: Scene, arguments: tuple[str, ...]
) -> None:
    result = chairflow(*arguments)

    assert (result.exit_code, type(result.exception)) == (2, SystemExit)


def test_ten_years_at_once_are_refused(chairflow: Chairflow, scene: Scene) -> None:
    result = chairflow("fits", "--provider", "Maria", "--start", "2027-01-01 14:00", "--end", "2037-01-01 14:00")

    assert (result.exit_code, result.stderr) == (1, "✗ end: at most twelve hours after start.\n")


TOMORROW = ("--provider", "Maria", "--start", "2099-11-24 14:00", "--end", "2099-11-24 15:00")


def test_a_fill_is_started_for_a_free_stretch_and_not_twice(chairflow: Chairflow, scene: Scene) -> None:
    scene.service()
    started = chairflow("fill", "start", *TOMORROW)
    again = chairflow("fill", "start", *TOMORROW)

    assert started.exit_code == 0, started.output
    fill, where = started.stdout.splitlines()
    assert re.match(r"Fill \d+: Offers go out after a live look at the day\. As it stands, none will: It is more", fill)
    number = int(fill.split()[1].removesuffix(":"))
    assert where.endswith(f"/workflows/gapfill:{scene.practice_id}:{number}")
    assert scene.waiting() == [("gapfill", number, "start", "")]
    during = scene.row(Opening, number).during
    assert (during.start.isoformat(), during.end - during.start) == ("2099-11-24T19:00:00+00:00", timedelta(hours=1))
    assert (again.exit_code, again.stderr) == (
        1,
        f"✗ Gap fill {number} covers some of that time; steer that one.\n",
    )


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        (("--provider", "Nobody"), 2, '✗ --provider: there is no "Nobody"; known: NP Martinez (1)'),
        (("--start", "2"), 2, '✗ --start: "2" is no time; say 14:00, 2pm or "2026-03-10 14:00"'),
        (("--start", "2020-01-01 14:00", "--end", "2020-01-01 15:00"), 1, "✗ start: is past by the practice's clock."),
        (("--end", "2099-11-24 13:00"), 1, "✗ end: must be after start, and at most twelve hours after it."),
        (("--location", "Uptown"), 2, '✗ --location: there is no "Uptown"; known: Downtown (1)'),
    ],
)
def test_a_stretch_that_cannot_be_filled_is_refused_with_its_option(
    chairflow: Chairflow, scene: Scene, changed: tuple[str, ...], code: int, words: str
) -> None:
    result = chairflow("fill", "start", *TOMORROW, *changed)

    assert (result.exit_code, result.stderr) == (code, f"{words}\n")
    assert scene.deliveries() == []


def test_a_task_is_shown_with_its_draft_and_what_became_of_it(chairflow: Chairflow, scene: Scene) -> None:
    choices = [{"action": "send", "label": "Send draft"}, {"action": "assign", "label": "Book", "for_candidate": True}]
    waiting = scene.task(draft="Glow: Which days?", choices=choices)
    settled = scene.task(
        draft="Glow: Which days?",
        choices=choices,
        state="resolved",
        resolved_by="Dana",
        resolution={"action": "send", "text": "Glow: Monday?", "draft": {"state": "sent", "words": ""}},
    )

    shown, after = chairflow("tasks", "show", str(waiting)), chairflow("tasks", "show", str(settled))

    assert "Draft: Glow: Which days?\n  send: Send draft. Cannot be sent now: " in shown.stdout
    assert after.stdout.endswith("\nDana answered the client. The text was sent.\nText to the client: Glow: Monday?\n")


def test_a_member_of_staff_has_one_link_until_it_is_taken_back(chairflow: Chairflow, scene: Scene) -> None:
    by_name, by_chat = chairflow("tasks", "link", "dana reyes"), chairflow("tasks", "link", "U1")
    gone = chairflow("tasks", "link", "Dana Reyes", "--revoke")
    another, nobody = chairflow("tasks", "link", "Dana Reyes"), chairflow("tasks", "link", "Nobody")

    assert re.fullmatch(r"http\S+/t/[\w-]{32}\n", by_name.stdout)
    assert by_name.stdout == by_chat.stdout != another.stdout
    assert gone.stdout == "The link of Dana Reyes opens nothing any more.\n"
    assert (nobody.exit_code, "known: Dana Reyes (U1)" in nobody.stderr) == (1, True)


def test_a_text_goes_with_send_only(chairflow: Chairflow, scene: Scene) -> None:
    result = chairflow("tasks", "answer", str(scene.task()), "leave", "--text", "Glow: hello")

    assert result.exit_code == 2
    assert "goes with the action send only" in result.stderr


def test_what_was_given_up_on_is_listed_and_put_back_in_line(chairflow: Chairflow, scene: Scene) -> None:
    nothing = chairflow("inbox")
    receipt = scene.text("+12125550111", "hello")
    scene.enqueue(Journey.TASK, 7, Action.SIGNAL, "resolve_by_signal")
    with scene.database.transaction() as session:
        failed = session.get_one(Receipt, receipt)
        failed.state, failed.outcome = "failed", "routing: RuntimeError"
        dead = session.exec(select(Delivery).where(col(Delivery.message) != "")).one()
        dead.state, dead.outcome, delivery = "dead", "Temporal refused it", dead.id

    listed = chairflow("inbox")
    said = [
        chairflow("inbox", *arguments)
        for arguments in (("route-again", str(receipt)), ("retry", str(delivery)), ("route-again", str(receipt)))
    ]

    assert nothing.stdout.endswith("Nothing was given up on.\n")
    for words in (f"chairflow inbox route-again {receipt}", f"chairflow inbox retry {delivery}", "RuntimeError"):
        assert words in listed.stdout
    assert [one.exit_code for one in said] == [0, 0, 1]
    assert "Only a failed receipt can be routed again" in said[2].stderr
    assert (scene.receipt(receipt).state, scene.row(Delivery, delivery or 0).state) == ("new", "waiting")


def test_the_inbox_says_when_each_vendor_was_last_heard(chairflow: Chairflow, scene: Scene) -> None:
    slack = {
        "CHAIRFLOW_SLACK_BOT_TOKEN": "xoxb-1",
        "CHAIRFLOW_SLACK_SIGNING_SECRET": "secret",
        "CHAIRFLOW_SLACK_CHANNEL": "C1",
    }
    twilio = {
        "CHAIRFLOW_TWILIO_ACCOUNT_SID": "AC1",
        "CHAIRFLOW_TWILIO_AUTH_TOKEN": "token",
        "CHAIRFLOW_TWILIO_FROM_NUMBER": "+12125550100",
    }
    scene.text("+12125550111", "hello")

    off = chairflow("inbox")
    on = chairflow("inbox", **slack, **twilio)

    assert (
        off.stdout.splitlines()[0]
        == "twilio     last heard 2026-11-23 15:00 UTC (no account of its own, and CHAIRFLOW_TWILIO_* is unset)"
    )
    assert on.stdout.splitlines()[:2] == [
        "slack      never sent anything: do its webhooks point here?",
        "twilio     last heard 2026-11-23 15:00 UTC",
    ]


def test_a_fill_of_another_practice_is_not_shown(chairflow: Chairflow, scene: Scene, database: Database) -> None:
    theirs = set_scene(database, slug="harbor").opening()

    result = chairflow("fill", "show", str(theirs), "--practice", "glow")

    assert (result.exit_code, result.stderr) == (1, "✗ There is no such gap fill in this practice.\n")


def test_tasks_lists_what_is_open_and_with_all_what_was(chairflow: Chairflow, scene: Scene) -> None:
    scene.task(title="Call about ten")
    scene.task(title="Call about noon", state="resolved", settled_at=NOW)

    still_open, every = chairflow("tasks").stdout, chairflow("tasks", "--all").stdout
    assert chairflow("tasks", "list").stdout == still_open
    assert ("Call about ten" in still_open, "Call about noon" in still_open) == (True, False)
    assert ("Call about ten" in every, "Call about noon" in every) == (True, True)


# --- contradictions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("schedule", "--off", "--every", "10m"), "✗ --off and --every contradict each other\n"),
        (
            ("schedule", "--every", "5s"),
            "✗ --every: at least 1m; each run costs the practice system calls\n",
        ),
        (("reconcile", "--wait", "soon"), '✗ --wait: "soon" is no length of time; say 90s, 10m or 1h\n'),
    ],
)
def test_what_makes_no_sense_is_refused(chairflow: Chairflow, arguments: tuple[str, ...], words: str) -> None:
    result = chairflow(*arguments)

    assert (result.exit_code, result.stderr) == (2, words)


def test_every_command_has_its_help(chairflow: Chairflow) -> None:
    commands: list[tuple[str, ...]] = [
        (name,) for name in ("demo", "dev", "fits", "tasks", "reconcile", "schedule", "practice", "fill", "keys")
    ]
    commands += [("fill", name) for name in ("list", "show", "start", "withdraw", "offer-to", "assign")]
    commands += [("tasks", "show"), ("tasks", "answer"), ("inbox",), ("inbox", "route-again"), ("inbox", "retry")]
    commands += [("keys", name) for name in ("create", "list", "revoke")]

    helps = {command: chairflow(*command, "--help") for command in commands}

    assert {command: result.exit_code for command, result in helps.items()} == dict.fromkeys(commands, 0)
