"""Whose account a practice uses, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.practice import Connection, Location
from models.repositories import connections
from models.session import Database
from operations.ports import Grace
from tests.inbox.scene import OUR_NUMBER, Scene, set_scene
from tests.wiring.vendor_accounts import VAULT, boulevard, connected, slack, twilio
from vendors.errors import Misconfigured, Unreachable
from vendors.sms.base import NewText
from wiring.connected_vendors import Accounts, ConnectedGrace, ConnectedReaders, ConnectedVendors
from wiring.connection_credentials import reseal, rotate
from wiring.sealing import SealBroken, Sealer
from wiring.settings import CodecKey, Settings, given_settings
from wiring.vendor_accounts import CREDENTIALS, Vault

NUMBER, SECOND = "+12125550191", "+12125550192"
ENVIRONMENT = {"account_sid": "AC" + "0" * 32, "auth_token": "environment", "from_number": NUMBER}


@pytest.fixture
def scene(database: Database) -> Scene:
    return set_scene(database)


def accounts(database: Database, settings: Settings | None = None) -> Accounts:
    return Accounts(settings=settings or given_settings(), database=database, keep=timedelta())


def secrets_of(connection: connections.ConnectionFacts | None) -> Any:
    assert connection is not None
    return VAULT.credentials(connection)


def facts(database: Database, connection: connections.ConnectionFacts) -> connections.ConnectionFacts:
    with database.transaction() as session:
        found = connections.get(session, connection.practice_id, connection.id)
    assert found is not None
    return found


def test_no_secret_stands_in_the_row_in_clear(scene: Scene) -> None:
    connected(scene.database, scene.practice_id, "twilio", twilio("ours", number=NUMBER), NUMBER)

    with scene.database.transaction() as session:
        row = session.execute(
            text("SELECT connection::text FROM connection WHERE credentials IS NOT NULL")
        ).scalar_one()
    assert "ours-token" not in row
    assert "AC1111" in row, "what is no secret is an option"


def test_credentials_copied_to_another_connection_do_not_open(scene: Scene) -> None:
    one = connected(scene.database, scene.practice_id, "twilio", twilio("ours", number=NUMBER), NUMBER)
    assert one.credentials is not None

    with pytest.raises(SealBroken):
        VAULT.open(CREDENTIALS, one.credentials, one.key_id or "", practice_id=one.practice_id + 1, public_id="c_other")


def test_each_number_has_its_own_account(scene: Scene) -> None:
    for owner, number in (("first", NUMBER), ("second", SECOND)):
        connected(scene.database, scene.practice_id, "twilio", twilio(owner, number=number), number)

    found = [accounts(scene.database).plug(scene.practice_id, "sms", address=number) for number in (NUMBER, SECOND)]

    assert [secrets_of(None if one is None else one.connection) for one in found] == [
        {"auth_token": "first-token"},
        {"auth_token": "second-token"},
    ]


def test_a_place_is_served_by_its_own_connection_and_else_by_that_of_all_places(scene: Scene) -> None:
    uptown = scene.add(
        Location(practice_id=scene.practice_id, name="Uptown", zone="America/New_York", postcode="10002")
    )
    connected(scene.database, scene.practice_id, "slack", slack("all"), "T1")
    connected(scene.database, scene.practice_id, "slack", slack("uptown"), "T2", location_id=uptown)
    vendors = ConnectedVendors(accounts(scene.database))

    channels = [
        chat.channel
        for place in (uptown, scene.location_id, None)
        if (chat := vendors.chat(scene.practice_id, location_id=place)) is not None
    ]

    assert channels == ["C-uptown", "C-all", "C-all"]


def test_no_connection_speaks_for_a_place_that_others_are_for(scene: Scene) -> None:
    uptown, harbor = (
        scene.add(Location(practice_id=scene.practice_id, name=name, zone="America/New_York", postcode="10002"))
        for name in ("Uptown", "Harbor")
    )
    vendors = ConnectedVendors(accounts(scene.database))
    connected(scene.database, scene.practice_id, "slack", slack("uptown"), "T1", location_id=uptown)
    alone = vendors.chat(scene.practice_id, location_id=scene.location_id)
    connected(scene.database, scene.practice_id, "slack", slack("harbor"), "T2", location_id=harbor)

    found = [vendors.chat(scene.practice_id, location_id=place) for place in (uptown, harbor, scene.location_id, None)]

    assert alone is not None and alone.channel == "C-uptown"
    assert [None if one is None else one.channel for one in found] == ["C-uptown", "C-harbor", None, None]
    assert vendors.press_answers(scene.practice_id) is not None


def test_of_two_numbers_for_all_places_neither_is_taken(scene: Scene) -> None:
    for owner, number in (("first", NUMBER), ("second", SECOND)):
        connected(scene.database, scene.practice_id, "twilio", twilio(owner, number=number), number)

    found = ConnectedVendors(accounts(scene.database)).texts(scene.practice_id)

    assert found is None


def test_an_adapter_is_made_once_until_its_connection_changes(scene: Scene) -> None:
    one = connected(scene.database, scene.practice_id, "twilio", twilio("ours", number=NUMBER), NUMBER)
    vendors = ConnectedVendors(accounts(scene.database))

    first, again = (vendors.texts(scene.practice_id, number=NUMBER) for _ in range(2))
    with scene.database.transaction() as session:
        rotate(session, VAULT, one, {"auth_token": "new"})
    after = vendors.texts(scene.practice_id, number=NUMBER)

    assert first is again
    assert after is not first


def test_a_running_process_hears_of_new_secrets_and_of_what_was_turned_off(scene: Scene) -> None:
    clock = [0.0]
    own = Accounts(settings=given_settings(), database=scene.database, clock=lambda: clock[0])
    vendors, readers = ConnectedVendors(own), ConnectedReaders(own, clock=lambda: clock[0])
    one = connected(scene.database, scene.practice_id, "twilio", twilio("ours", number=NUMBER), NUMBER)
    first, [read] = vendors.texts(scene.practice_id, number=NUMBER), readers.load("twilio", one.public_id)

    with scene.database.transaction() as session:
        rotate(session, VAULT, one, {"auth_token": "new"})
    clock[0] = 60.0
    rotated, [read_anew] = vendors.texts(scene.practice_id, number=NUMBER), readers.load("twilio", one.public_id)
    with scene.database.transaction() as session:
        connections.turn_off(session, one.practice_id, one.id, now=scene.wall())
    clock[0] = 120.0

    assert (rotated is first, read_anew.reads is read.reads) == (False, False)
    assert (vendors.texts(scene.practice_id, number=NUMBER), readers.load("twilio", one.public_id)) == (None, ())


def test_each_practice_waits_for_lost_answers_as_long_as_its_accounts_say(scene: Scene) -> None:
    other = set_scene(scene.database, slug="other")
    with scene.database.transaction() as session:
        for one in connections.of_practice(session, other.practice_id):
            connections.turn_off(session, other.practice_id, one.id, now=scene.wall())
    patient = boulevard("ours", read_back_grace_seconds=7)
    connected(scene.database, scene.practice_id, "boulevard", patient, "ours")
    connected(
        scene.database, other.practice_id, "twilio", twilio("o", number=SECOND, read_back_grace_seconds=30), SECOND
    )
    grace = ConnectedGrace(accounts=accounts(scene.database))

    ours, theirs = grace.of(scene.practice_id), grace.of(other.practice_id)

    assert (ours.bookings, ours.messages) == (timedelta(seconds=7), Grace().messages)
    assert (theirs.bookings, theirs.messages) == (Grace().bookings, timedelta(seconds=30))


def test_new_credentials_go_to_every_number_of_the_same_account(scene: Scene) -> None:
    numbers = [
        connected(scene.database, scene.practice_id, "twilio", twilio("ours", number=number), number)
        for number in (NUMBER, SECOND)
    ]
    other = connected(
        scene.database, scene.practice_id, "twilio", twilio("other", number="+12125550193"), "+12125550193"
    )

    with scene.database.transaction() as session:
        changed = rotate(session, VAULT, numbers[0], {"auth_token": "new"})

    assert [one.id for one in changed] == [one.id for one in numbers]
    assert [secrets_of(facts(scene.database, one))["auth_token"] for one in (*numbers, other)] == [
        "new",
        "new",
        "other-token",
    ]


def test_what_is_sealed_with_an_old_key_is_sealed_anew_with_the_first(scene: Scene) -> None:
    one = connected(scene.database, scene.practice_id, "twilio", twilio("ours", number=NUMBER), NUMBER)
    development = given_settings().keyring()[0]
    rotated = Vault(Sealer((CodecKey("new", b"n" * 32), development)))

    with scene.database.transaction() as session:
        assert reseal(session, rotated) == 1
        assert reseal(session, rotated) == 0

    alone = Vault(Sealer((CodecKey("new", b"n" * 32),)))
    assert alone.credentials(facts(scene.database, one)) == {"auth_token": "ours-token"}


def test_the_environments_account_serves_the_only_practice(scene: Scene) -> None:
    settings = given_settings(slack={"bot_token": "xoxb-1", "signing_secret": "s", "channel": "C1"})

    vendors = ConnectedVendors(accounts(scene.database, settings))

    chat = vendors.chat(scene.practice_id)
    assert chat is not None
    assert chat.channel == "C1"


def test_with_several_practices_nobody_inherits_the_environments_account(scene: Scene) -> None:
    set_scene(scene.database, slug="other")
    settings = given_settings(slack={"bot_token": "xoxb-1", "signing_secret": "s", "channel": "C1"})

    vendors = ConnectedVendors(accounts(scene.database, settings))

    assert vendors.chat(scene.practice_id) is None


def test_a_connection_without_credentials_uses_the_environments_account(scene: Scene) -> None:
    set_scene(scene.database, slug="other")
    plug = accounts(scene.database, given_settings(twilio=ENVIRONMENT)).plug(
        scene.practice_id, "sms", address=f"{OUR_NUMBER}-glow"
    )

    assert plug is not None
    assert plug.account.model_dump()["account_sid"] == ENVIRONMENT["account_sid"]


def test_the_environments_business_never_answers_for_another(scene: Scene) -> None:
    scene.add(Connection(practice_id=scene.practice_id, purpose="pms", vendor="boulevard", address="theirs"))
    settings = given_settings(boulevard=boulevard("ours").model_dump())

    with pytest.raises(Misconfigured, match="another business"):
        ConnectedVendors(accounts(scene.database, settings)).pms(scene.practice_id)


def test_a_number_belongs_to_one_practice(scene: Scene) -> None:
    other = set_scene(scene.database, slug="other")
    connected(scene.database, scene.practice_id, "twilio", twilio("ours", number=NUMBER), NUMBER)

    with pytest.raises(IntegrityError):
        connected(scene.database, other.practice_id, "twilio", twilio("theirs", number=NUMBER), NUMBER)


def test_a_practice_has_one_practice_system(scene: Scene) -> None:
    connected(scene.database, scene.practice_id, "boulevard", boulevard("one"), "one")

    with pytest.raises(IntegrityError):
        connected(scene.database, scene.practice_id, "boulevard", boulevard("two"), "two")


def test_one_that_is_off_is_not_used_keeps_no_credentials_and_may_be_connected_elsewhere(scene: Scene) -> None:
    other = set_scene(scene.database, slug="other")
    one = connected(scene.database, scene.practice_id, "slack", slack("ours"), "T1")

    with scene.database.transaction() as session:
        assert connections.turn_off(session, one.practice_id, one.id, now=scene.wall())
    connected(scene.database, other.practice_id, "slack", slack("theirs"), "T1")

    assert ConnectedVendors(accounts(scene.database)).chat(scene.practice_id) is None
    assert facts(scene.database, one).credentials is None


def test_connecting_again_keeps_the_address_in_webhooks(scene: Scene) -> None:
    one = connected(scene.database, scene.practice_id, "twilio", twilio("ours", number=NUMBER), NUMBER)

    again = connected(scene.database, scene.practice_id, "twilio", twilio("new", number=NUMBER), NUMBER)

    assert (again.id, again.public_id, again.version) == (one.id, one.public_id, one.version + 1)


def test_a_failed_call_is_seen_at_its_connection(scene: Scene) -> None:
    account = twilio("ours", number=NUMBER, base_url="http://127.0.0.1:9")
    one = connected(scene.database, scene.practice_id, "twilio", account, NUMBER)
    texts = ConnectedVendors(accounts(scene.database)).texts(scene.practice_id, number=NUMBER)
    assert texts is not None

    with pytest.raises(Unreachable):
        texts.send(NewText(to="+12125550111", body="hello", key="1", sender=NUMBER))

    assert facts(scene.database, one).last_failure_kind == "Unreachable"
