"""`chairflow connect` and `chairflow connections`, against vendors' sandboxes over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text, update

from cli.connect import VENDORS
from models.practice import Connection, Location
from models.repositories import connections
from models.repositories.connections import ConnectionFacts
from sandboxes.boulevard.app import create_app as boulevard_app
from sandboxes.boulevard.config import BoulevardConfig
from sandboxes.common.server import serving
from sandboxes.sendgrid.app import create_app as sendgrid_app
from sandboxes.slack.app import create_app as slack_app
from sandboxes.slack.config import SlackConfig
from sandboxes.twilio.app import create_app as twilio_app
from sandboxes.twilio.config import TwilioConfig
from tests.cli.conftest import Chairflow
from tests.inbox.scene import Scene, set_scene
from wiring.vendors import PURPOSES

NUMBER, SECOND = "+13035550100", "+13035550101"
TWILIO = TwilioConfig(numbers=(NUMBER, SECOND))


@pytest.fixture(scope="module")
def twilio_url() -> Iterator[str]:
    with serving(twilio_app(TWILIO)) as url:
        yield url


def fields(url: str, **more: Any) -> str:
    """A Twilio account as a script gives it."""
    given = {"base_url": url, "account_sid": TWILIO.account_sid, "auth_token": TWILIO.auth_token, "from_number": NUMBER}
    return json.dumps(given | more)


def live(scene: Scene) -> list[ConnectionFacts]:
    """The connections with secrets of their own."""
    with scene.database.transaction() as session:
        return [one for one in connections.of_practice(session, scene.practice_id) if one.credentials is not None]


def test_the_vendors_are_those_there_are() -> None:
    assert set(VENDORS) == set(PURPOSES)


def test_an_account_is_tried_and_stored_with_its_secrets_sealed(
    chairflow: Chairflow, scene: Scene, twilio_url: str
) -> None:
    with scene.database.transaction() as session:
        (beside,) = connections.of_practice(session, scene.practice_id)

    result = chairflow("connect", "twilio", "--stdin", stdin=fields(twilio_url))

    (one,) = live(scene)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        f"Connection {one.id}: twilio {NUMBER}.",
        "  can     sends texts",
        "  can     reads texts",
        "  can     reports what became of them",
        "  can     finds a text again",
        f"Webhooks go to http://127.0.0.1:8000/webhooks/twilio/inbound/{one.public_id}#rc=3&rp=all",
        f"Connection {beside.id} ({beside.address}) serves the same places, so neither speaks first: give one a "
        "--location, or turn one off with chairflow connections off.",
    ]
    with scene.database.transaction() as session:
        rows = " ".join(session.execute(text("SELECT connection::text FROM connection")).scalars())
    assert TWILIO.auth_token not in rows + result.output


def test_what_is_missing_is_asked_for_and_no_secret_is_shown(
    chairflow: Chairflow, scene: Scene, twilio_url: str
) -> None:
    typed = f"{TWILIO.account_sid}\n{TWILIO.auth_token}\n(303) 555-0100\n"

    result = chairflow("connect", "twilio", "--set", f"base_url={twilio_url}", stdin=typed)

    assert result.exit_code == 0, result.stderr
    assert TWILIO.auth_token not in result.output
    assert [one.address for one in live(scene)] == [NUMBER]


def test_an_account_that_does_not_work_is_not_stored(chairflow: Chairflow, scene: Scene, twilio_url: str) -> None:
    wrong = chairflow("connect", "twilio", "--stdin", stdin=fields(twilio_url, auth_token="wrong-token"))
    not_theirs = chairflow("connect", "twilio", "--stdin", stdin=fields(twilio_url, from_number="+12125550109"))

    assert [one.exit_code for one in (wrong, not_theirs)] == [1, 1]
    assert "nothing was stored" in wrong.stderr
    assert "does not have this number" in not_theirs.stderr
    assert "wrong-token" not in wrong.output
    assert live(scene) == []


def test_a_secret_on_the_command_line_is_refused(chairflow: Chairflow, scene: Scene) -> None:
    result = chairflow("connect", "twilio", "--set", "auth_token=hunter2")

    assert (result.exit_code, live(scene)) == (2, [])
    assert "hunter2" not in result.output


def test_a_wrong_field_is_named_without_its_value(chairflow: Chairflow, scene: Scene, twilio_url: str) -> None:
    result = chairflow(
        "connect", "twilio", "--stdin", stdin=fields(twilio_url, api_key_secret="hunter2", strange="hunter3")
    )

    assert result.exit_code == 2
    assert "strange" in result.stderr
    assert "hunter" not in result.output


def test_a_second_number_of_the_same_account_needs_no_secret_again(
    chairflow: Chairflow, scene: Scene, twilio_url: str
) -> None:
    scene.add(Location(practice_id=scene.practice_id, name="Uptown", zone="America/New_York", postcode="10002"))
    chairflow("connect", "twilio", "--stdin", stdin=fields(twilio_url))
    (first,) = live(scene)

    result = chairflow(
        *("connect", "twilio", "--like", str(first.id), "--set", f"from_number={SECOND}", "--location", "uptown")
    )

    assert result.exit_code == 0, result.stderr
    assert [(one.address, one.location_id is None) for one in live(scene)] == [(NUMBER, True), (SECOND, False)]


def test_new_secrets_are_tried_before_they_replace_the_old(chairflow: Chairflow, scene: Scene, twilio_url: str) -> None:
    chairflow("connect", "twilio", "--stdin", stdin=fields(twilio_url))
    (before,) = live(scene)

    refused = chairflow("connections", "rotate", str(before.id), "--stdin", stdin='{"auth_token": "wrong"}')
    same = live(scene)
    done = chairflow(
        "connections", "rotate", str(before.id), "--stdin", stdin=json.dumps({"auth_token": TWILIO.auth_token})
    )

    assert (refused.exit_code, [one.version for one in same]) == (1, [before.version])
    assert done.exit_code == 0, done.stderr
    assert [one.version for one in live(scene)] == [before.version + 1]


def test_connections_are_listed_without_secrets_and_can_be_turned_off(
    chairflow: Chairflow, scene: Scene, twilio_url: str
) -> None:
    chairflow("connect", "twilio", "--stdin", stdin=fields(twilio_url))
    (one,) = live(scene)

    listed = chairflow("connections", "list")
    off = chairflow("connections", "off", str(one.id))
    again = chairflow("connections", "off", str(one.id))

    assert NUMBER in listed.stdout
    assert "its own" in listed.stdout
    assert TWILIO.auth_token not in listed.output
    assert (off.stdout, again.exit_code, live(scene)) == (f"Connection {one.id} is off.\n", 1, [])


def test_a_connection_can_be_tried_again(chairflow: Chairflow, scene: Scene, twilio_url: str) -> None:
    chairflow("connect", "twilio", "--stdin", stdin=fields(twilio_url))
    (one,) = live(scene)

    result = chairflow("connections", "test", str(one.id))

    assert result.exit_code == 0, result.stderr
    assert "can     sends texts" in result.stdout


def test_another_practices_number_is_refused(chairflow: Chairflow, scene: Scene, twilio_url: str) -> None:
    set_scene(scene.database, slug="harbor")
    chairflow("connect", "twilio", "--stdin", "--practice", "glow", stdin=fields(twilio_url))

    result = chairflow("connect", "twilio", "--stdin", "--practice", "harbor", stdin=fields(twilio_url))

    assert (result.exit_code, len(live(scene))) == (1, 1)
    assert "connected already" in result.stderr


def test_boulevard_sendgrid_and_slack_are_tried_too(chairflow: Chairflow, scene: Scene) -> None:
    ours, theirs = BoulevardConfig(), SlackConfig()
    with (
        serving(boulevard_app(ours)) as boulevard,
        serving(sendgrid_app()) as sendgrid,
        serving(slack_app(theirs)) as slack,
    ):
        given = {
            "boulevard": {
                "base_url": f"{boulevard}/api/2020-01/admin",
                "business_id": ours.business_id,
                "api_key": ours.api_key,
                "api_secret": ours.api_secret,
                "application_secret": ours.application_secret,
            },
            "sendgrid": {"base_url": sendgrid, "api_key": sendgrid_key(), "from_email": "visits@glow.example"},
            "slack": {
                "base_url": f"{slack}/api",
                "bot_token": theirs.bot_tokens[0],
                "signing_secret": theirs.signing_secret,
                "channel": next(iter(theirs.channels)),
            },
        }
        results = {
            vendor: chairflow("connect", vendor, "--stdin", stdin=json.dumps(one)) for vendor, one in given.items()
        }

    assert {vendor: one.exit_code for vendor, one in results.items()} == dict.fromkeys(given, 0)
    assert [(one.vendor, one.address) for one in live(scene)] == [
        ("boulevard", ours.business_id),
        ("sendgrid", "visits@glow.example"),
        ("slack", theirs.team_id),
    ]
    assert "cannot  refuses double bookings" in results["boulevard"].stdout
    assert {"development's key" in one.stderr for one in results.values()} == {True}


def sendgrid_key() -> str:
    from sandboxes.sendgrid.config import SendGridConfig

    return SendGridConfig().api_keys[0]


def test_a_practice_system_that_its_file_does_not_name_is_refused(chairflow: Chairflow, scene: Scene) -> None:
    result = chairflow("connect", "jane", "--stdin", stdin="{}")

    assert (result.exit_code, result.stderr) == (2, "✗ The practice's file says pms: boulevard, not jane\n")


def test_the_environments_accounts_become_connections(chairflow: Chairflow, scene: Scene, twilio_url: str) -> None:
    with scene.database.transaction() as session:
        session.execute(update(Connection).values(address=NUMBER))
    environ = {
        "CHAIRFLOW_TWILIO_BASE_URL": twilio_url,
        "CHAIRFLOW_TWILIO_ACCOUNT_SID": TWILIO.account_sid,
        "CHAIRFLOW_TWILIO_AUTH_TOKEN": TWILIO.auth_token,
        "CHAIRFLOW_TWILIO_FROM_NUMBER": NUMBER,
        "CHAIRFLOW_SENDGRID_API_KEY": "SG.key",
        "CHAIRFLOW_SENDGRID_FROM_EMAIL": "visits@glow.example",
    }

    result = chairflow("connections", "from-environment", **environ)
    again = chairflow("connections", "from-environment", **environ)
    (number, _) = live(scene)
    tried = chairflow("connections", "test", str(number.id))

    assert result.exit_code == 0, result.stderr
    assert [(one.vendor, one.address) for one in live(scene)] == [
        ("twilio", NUMBER),
        ("sendgrid", "visits@glow.example"),
    ]
    assert again.stdout.startswith("Nothing to turn into connections")
    assert tried.exit_code == 0, "the variables are not needed any more"
