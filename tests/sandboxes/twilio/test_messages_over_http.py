"""The Twilio sandbox as the official client and a bare HTTP client meet it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import Response
from twilio.base.exceptions import TwilioRestException

from sandboxes.common.outbox import OutboxSettings
from sandboxes.twilio.config import ACCOUNT_SID, NUMBER, SERVICE_SID, Delays
from tests.sandboxes.support import Endpoint, as_new, listening, until
from tests.sandboxes.twilio.support import ANA, MESSAGES, form_of, ledger, official, rightly_signed, twilio


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[httpx.Client, Any]]:
    with twilio() as client:
        yield client, client.get("/_control/config").json()


@pytest.fixture
def api(shared: tuple[httpx.Client, Any]) -> httpx.Client:
    client, config = shared
    as_new(client, config)
    return client


def test_the_official_client_sends_fetches_redacts_and_deletes(api: httpx.Client) -> None:
    client = official(api)

    sent = client.messages.create(to=ANA, from_=NUMBER, body="Glow Clinic: visit Wed 9:00 AM")
    until(lambda: client.messages(sent.sid).fetch().status == "delivered")
    redacted = client.messages(sent.sid).update(body="")
    deleted = client.messages(sent.sid).delete()

    assert (sent.status, sent.num_segments, sent.direction, sent.from_) == ("queued", "1", "outbound-api", NUMBER)
    assert re.fullmatch("SM[0-9a-f]{32}", sent.sid)
    assert (redacted.body, deleted) == ("", True)
    with pytest.raises(TwilioRestException) as missing:
        client.messages(sent.sid).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)


def test_a_messaging_service_picks_the_sender_later() -> None:
    with twilio(delays=Delays(queued=0.2)) as api:
        first = official(api).messages.create(to=ANA, messaging_service_sid=SERVICE_SID, body="hello")
        until(lambda: bool(ledger(api, "text")))

        assert (first.status, first.from_, first.num_segments) == ("accepted", None, "0")
        assert official(api).messages(first.sid).fetch().from_ == NUMBER


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"From": NUMBER, "Body": "x"}, 400, 21604),
        ({"To": "5550111", "From": NUMBER, "Body": "x"}, 400, 21211),
        ({"To": ANA, "Body": "x"}, 400, 21603),
        ({"To": ANA, "From": "+13035559999", "Body": "x"}, 400, 21606),
        ({"To": ANA, "MessagingServiceSid": "MG" + "f" * 32, "Body": "x"}, 404, 21701),
        ({"To": ANA, "MessagingServiceSid": "MGx", "Body": "x"}, 400, 20001),
        ({"To": ANA, "From": NUMBER}, 400, 21602),
        ({"To": ANA, "From": NUMBER, "Body": "x" * 1601}, 400, 21617),
        ({"To": ANA, "From": NUMBER, "Body": "x", "StatusCallback": "/relative"}, 400, 21609),
        ({"To": ANA, "From": NUMBER, "Body": "x", "Colour": "red"}, 400, 20001),
        ({"To": ANA, "From": NUMBER, "Body": "x", "ValidityPeriod": "soon"}, 400, 20001),
        ({"To": ANA, "From": NUMBER, "Body": "x", "ValidityPeriod": "0"}, 400, 20001),
        ({"To": ANA, "From": NUMBER, "Body": "x", "ScheduleType": "fixed"}, 400, 35118),
        ({"To": ANA, "MessagingServiceSid": SERVICE_SID, "Body": "x", "ScheduleType": "fixed"}, 400, 35111),
        (
            {
                "To": ANA,
                "MessagingServiceSid": SERVICE_SID,
                "Body": "x",
                "ScheduleType": "fixed",
                "SendAt": datetime.now(UTC).isoformat(),
            },
            400,
            35115,
        ),
    ],
)
def test_what_twilio_would_not_take_is_refused(api: httpx.Client, form: dict[str, str], status: int, code: int) -> None:
    answer = api.post(MESSAGES, data=form)

    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert api.get("/_control/state").json()["messages"] == []


def test_unknown_credentials_and_other_accounts_are_refused() -> None:
    with twilio(api_keys={"SK1": "key-secret"}) as api:
        form = {"To": ANA, "From": NUMBER, "Body": "x"}
        other = MESSAGES.replace(ACCOUNT_SID, "AC" + "9" * 32)

        answers = [
            api.post(MESSAGES, data=form, auth=(ACCOUNT_SID, "wrong")),
            api.post(MESSAGES, data=form, auth=("SK1", "key-secret")),
            api.post(other, data=form),
            httpx.post(f"{str(api.base_url).rstrip('/')}{MESSAGES}", data=form),
        ]

    assert [(answer.status_code, answer.json().get("code")) for answer in answers] == [
        (401, 20003),
        (201, None),
        (404, 20404),
        (401, 20003),
    ]


def test_a_scheduled_message_can_be_canceled_and_another_can_not(api: httpx.Client) -> None:
    client = official(api)
    later = client.messages.create(
        to=ANA,
        messaging_service_sid=SERVICE_SID,
        body="later",
        schedule_type="fixed",
        send_at=datetime.now(UTC) + timedelta(hours=1),
    )
    now = client.messages.create(to=ANA, from_=NUMBER, body="now")

    canceled = client.messages(later.sid).update(status="canceled")

    assert (later.status, canceled.status) == ("scheduled", "canceled")
    with pytest.raises(TwilioRestException) as refused:
        client.messages(now.sid).update(status="canceled")
    assert refused.value.code == 30409


def test_lists_filter_and_page_while_new_messages_arrive(api: httpx.Client) -> None:
    client = official(api)
    for number in range(7):
        client.messages.create(to=ANA, from_=NUMBER, body=f"to Ana {number}")
    client.messages.create(to="+13035550122", from_=NUMBER, body="to Bo")
    until(lambda: len(ledger(api, "text")) == 8)
    yesterday = datetime.now(UTC) - timedelta(days=1)

    pages = client.messages.stream(to=ANA, date_sent_after=yesterday, page_size=3)
    bodies = [next(pages).body]
    client.messages.create(to=ANA, from_=NUMBER, body="meanwhile")
    bodies += [message.body for message in pages]

    assert bodies == [f"to Ana {number}" for number in reversed(range(7))]
    assert client.messages.list(to=ANA, date_sent_before=yesterday.date()) == []
    assert [message.body for message in client.messages.list(to="+13035550122")] == ["to Bo"]
    assert api.get(MESSAGES, params={"DateSent>": "yesterday"}).json()["code"] == 20001
    assert api.get(MESSAGES, params={"Recipient": ANA}).json()["code"] == 20001


def test_status_callbacks_are_signed_and_keep_their_query(api: httpx.Client) -> None:
    with listening() as ours:
        callback = f"{ours.url}/tw/status?intent=01J&x=a%20b"
        sent = official(api).messages.create(
            to=ANA, messaging_service_sid=SERVICE_SID, body="hello", status_callback=callback
        )
        until(lambda: len(ours.heard) == 4)

    assert {form_of(heard)["MessageStatus"] for heard in ours.heard} == {"queued", "sending", "sent", "delivered"}
    assert {heard.url for heard in ours.heard} == {callback}
    assert all(rightly_signed(heard) for heard in ours.heard)
    delivered = next(form_of(heard) for heard in ours.heard if b"MessageStatus=delivered" in heard.body)
    assert delivered == {
        "SmsSid": sent.sid,
        "SmsStatus": "delivered",
        "MessageStatus": "delivered",
        "To": ANA,
        "MessageSid": sent.sid,
        "AccountSid": ACCOUNT_SID,
        "From": NUMBER,
        "ApiVersion": "2010-04-01",
        "MessagingServiceSid": SERVICE_SID,
    }
    assert [(entry["intent"], entry["segments"], entry["body"]) for entry in ledger(api, "text")] == [
        ("01J", 1, "hello")
    ]


def test_callbacks_come_out_of_order_and_twice_on_request(api: httpx.Client) -> None:
    faults = [
        {"operation": "webhook:status.sent", "kind": "reorder", "times": 1},
        {"operation": "webhook:status.sending", "kind": "drop", "times": 1},
        {"operation": "webhook:status.delivered", "kind": "duplicate", "times": 1},
    ]
    api.post("/_control/faults", json=faults)
    with listening() as ours:
        official(api).messages.create(to=ANA, from_=NUMBER, body="x", status_callback=ours.url)
        until(lambda: len(ours.heard) == 3)
        statuses = [form_of(heard)["MessageStatus"] for heard in ours.heard]

    assert sorted(statuses) == ["delivered", "delivered", "sent"]
    assert statuses[0] == "delivered"


@pytest.mark.parametrize(("fragment", "statuses", "calls"), [("", [500], 1), ("#rc=2&rp=5xx", [500, 500], 3)])
def test_failed_callbacks_are_repeated_only_as_asked(fragment: str, statuses: list[int], calls: int) -> None:
    with twilio(no_receipts=(ANA,), webhooks=OutboxSettings(retry_scale=0.01)) as api, listening() as ours:
        fault = {"operation": "webhook:status.sending", "kind": "drop"}
        api.post("/_control/faults", json=fault)
        answers = iter([*statuses, 204])
        ours.answer = lambda heard: Response(status_code=next(answers))
        official(api).messages.create(to=ANA, from_=NUMBER, body="x", status_callback=f"{ours.url}/s{fragment}")
        until(lambda: len(ledger(api, "webhook")) == 1)

        entry = ledger(api, "webhook")[0]

    assert (entry["attempts"], entry["event"], len(ours.heard)) == (calls, "status.sent", calls)
    assert len({heard.headers["i-twilio-idempotency-token"] for heard in ours.heard}) == 1
    assert all(rightly_signed(heard) for heard in ours.heard)


def test_an_unreachable_callback_gets_one_more_try() -> None:
    with listening() as gone:
        nowhere = gone.url
    with twilio(no_receipts=(ANA,), webhooks=OutboxSettings(retry_scale=0.01)) as api:
        official(api).messages.create(to=ANA, from_=NUMBER, body="x", status_callback=nowhere)
        until(lambda: len(ledger(api, "webhook")) == 2)

        assert {(entry["attempts"], entry["error"]) for entry in ledger(api, "webhook")} == {(2, "connect")}


@pytest.mark.parametrize(("code", "status"), [(30003, "undelivered"), (30006, "undelivered"), (30034, "failed")])
def test_a_number_can_be_made_to_fail(code: int, status: str) -> None:
    with twilio(failures={ANA: code}) as api, listening() as ours:
        sent = official(api).messages.create(to=ANA, from_=NUMBER, body="x", status_callback=ours.url)
        until(lambda: any(form_of(heard).get("ErrorCode") for heard in ours.heard))
        seen = official(api).messages(sent.sid).fetch()

        assert (seen.status, seen.error_code) == (status, code)
        assert ledger(api, "text") == []


def test_a_number_can_be_refused_at_once_and_healed(api: httpx.Client) -> None:
    client = official(api)
    api.post("/_control/failure", json={"number": ANA, "code": 21614})
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=ANA, from_=NUMBER, body="x")
    api.post("/_control/failure", json={"number": ANA, "code": None})

    assert refused.value.code == 21614
    assert client.messages.create(to=ANA, from_=NUMBER, body="x").sid


def test_stop_blocks_and_start_lifts_and_twilio_answers_by_itself(api: httpx.Client) -> None:
    client = official(api)
    with listening() as ours:
        api.post("/_control/config", json={"inbound_url": f"{ours.url}/tw/inbound?practice=1"})
        api.post("/_control/inbound", json={"from": ANA, "to": NUMBER, "body": "Stop"})
        until(lambda: len(ours.heard) == 1)
        with pytest.raises(TwilioRestException) as by_number:
            client.messages.create(to=ANA, from_=NUMBER, body="offer")
        with pytest.raises(TwilioRestException) as by_service:
            client.messages.create(to=ANA, messaging_service_sid=SERVICE_SID, body="offer")
        api.post("/_control/inbound", json={"from": ANA, "to": NUMBER, "body": "yes"})
        until(lambda: len(ours.heard) == 2)
        client.messages.create(to=ANA, from_=NUMBER, body="welcome")
        until(lambda: len(ledger(api, "text")) == 3)

    assert (by_number.value.code, by_service.value.code) == (21610, 21610)
    assert [form_of(heard)["Body"] for heard in ours.heard] == ["Stop", "yes"]
    assert all(rightly_signed(heard) and "OptOutType" not in form_of(heard) for heard in ours.heard)
    texts = ledger(api, "text")
    assert sorted(entry["automatic"] for entry in texts) == [False, True, True]
    assert "unsubscribed" in texts[0]["body"]
    drawn_up = api.get("/_control/account").json()
    assert [entry["code"] for entry in drawn_up["after_stop"]] == [21610, 21610]
    assert (drawn_up["texts"], drawn_up["automatic"]) == (3, 2)


def test_help_is_answered_and_yes_from_a_subscriber_is_not(api: httpx.Client) -> None:
    for word in ("YES", "HELP"):
        api.post("/_control/inbound", json={"from": ANA, "body": word})
    until(lambda: len(ledger(api, "text")) == 1)

    assert [entry["body"][:10] for entry in ledger(api, "text")] == ["Reply STOP"]
    assert [entry["lifted"] for entry in ledger(api, "opt_in")] == [False]


def test_with_the_filter_off_our_code_must_keep_the_promise() -> None:
    with twilio(opt_out="off") as api:
        api.post("/_control/inbound", json={"from": ANA, "body": "STOP"})
        official(api).messages.create(to=ANA, from_=NUMBER, body="careless")

        assert [entry["body"] for entry in api.get("/_control/account").json()["after_stop"]] == ["careless"]


def test_advanced_opt_out_names_the_word() -> None:
    with twilio(opt_out="advanced") as api, listening() as ours:
        api.post("/_control/config", json={"inbound_url": ours.url})
        api.post("/_control/inbound", json={"from": ANA, "body": "QUIT"})
        until(lambda: len(ours.heard) == 1)

        assert form_of(ours.heard[0])["OptOutType"] == "STOP"


def answer_with(ours: Endpoint, text: str) -> None:
    ours.answer = lambda heard: Response(text, media_type="text/xml")


def test_twiml_answers_are_sent_to_the_phone(api: httpx.Client) -> None:
    with listening() as ours:
        api.post("/_control/config", json={"inbound_url": ours.url})
        answer_with(ours, "<Response><Message>Thanks &amp; bye</Message></Response>")
        api.post("/_control/inbound", json={"from": ANA, "body": "hi", "media": ["https://pic.example/1"]})
        until(lambda: len(ledger(api, "text")) == 1)
        answer_with(ours, "OK")
        api.post("/_control/inbound", json={"from": ANA, "body": "hi"})
        until(lambda: len(ledger(api, "twiml_error")) == 1)

    assert [entry["body"] for entry in ledger(api, "text")] == ["Thanks & bye"]
    assert form_of(ours.heard[0])["MediaUrl0"] == "https://pic.example/1"


def test_commit_then_timeout_leaves_a_message_that_a_list_finds(api: httpx.Client) -> None:
    api.post(
        "/_control/faults", json={"operation": "CreateMessage", "kind": "commit_then_timeout", "seconds": 0, "times": 1}
    )

    with pytest.raises(httpx.RemoteProtocolError):
        api.post(MESSAGES, data={"To": ANA, "From": NUMBER, "Body": "did it arrive?"})
    until(lambda: len(ledger(api, "text")) == 1)

    found = official(api).messages.list(to=ANA, date_sent_after=datetime.now(UTC) - timedelta(minutes=5))
    assert [message.body for message in found] == ["did it arrive?"]


def test_too_many_requests_and_outages_speak_twilios_language(api: httpx.Client) -> None:
    faults = [{"kind": "rate_limit", "times": 1}, {"kind": "refuse", "code": 21408, "times": 1}, {"kind": "outage"}]
    api.post("/_control/faults", json=faults)

    answers = [api.post(MESSAGES, data={"To": ANA, "From": NUMBER, "Body": "x"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 400, 503]
    assert [answer.json()["code"] for answer in answers[:2]] == [20429, 21408]


def test_a_slow_sender_queues_and_drops_what_has_lost_its_validity() -> None:
    with twilio(segments_per_second=0.5) as api, listening() as ours:
        client = official(api)
        client.messages.create(to=ANA, from_=NUMBER, body="first")
        until(lambda: len(ledger(api, "text")) == 1)
        client.messages.create(to=ANA, from_=NUMBER, body="late", validity_period=1, status_callback=ours.url)
        until(lambda: len(ours.heard) == 1)

        assert (form_of(ours.heard[0])["MessageStatus"], form_of(ours.heard[0])["ErrorCode"]) == ("failed", "30036")


def test_the_same_seed_gives_the_same_ids() -> None:
    def sids() -> list[str]:
        with twilio(seed=42) as api:
            return [official(api).messages.create(to=ANA, from_=NUMBER, body="x").sid for _ in range(3)]

    assert sids() == sids()


def test_a_phone_shows_its_texts_in_practice_time_and_sends_replies() -> None:
    with twilio(people={ANA: "Ana <Ruiz>"}, zone="America/Denver") as api:
        clock = {"anchor_real": datetime.now(UTC).isoformat(), "anchor_practice": "2026-03-04T21:05:00Z", "rate": 1e-6}
        api.post("/_control/clock", json=clock)
        body = "Glow: claim https://glow.example/c/Qx7. <b>Reply YES</b>"
        official(api).messages.create(to=ANA, from_=NUMBER, body=body)
        until(lambda: len(ledger(api, "text")) == 1)

        replied = api.post(f"/phone/{ANA}/reply", data={"body": "YES", "to": NUMBER})
        screen = api.get(f"/phone/{ANA}", params={"part": "live"}).text
        phones = api.get("/").text

    assert replied.status_code == 303
    assert '<a href="https://glow.example/c/Qx7" target="_blank" rel="noopener">' in screen
    assert "&lt;b&gt;Reply YES" in screen
    assert screen.count("2:05 PM") == 3  # the phone's own clock and two bubbles
    assert "Wed, Mar 4" in screen
    assert "Ana &lt;Ruiz&gt;" in phones


def test_the_account_is_drawn_up_from_the_ledger_in_practice_time(api: httpx.Client) -> None:
    late = {"anchor_real": datetime.now(UTC).isoformat(), "anchor_practice": "2026-03-05T05:30:00Z", "rate": 1e-6}
    api.post("/_control/clock", json=late)
    for body in ("hello", "hello", "bye"):
        official(api).messages.create(to=ANA, from_=NUMBER, body=body, status_callback="http://127.0.0.1:1/?intent=i1")
    until(lambda: len(ledger(api, "text")) == 3)

    in_denver = api.get("/_control/account", params={"zone": "America/Denver"}).json()
    in_london = api.get("/_control/account", params={"zone": "Europe/London", "quiet_ends": "05:00"}).json()

    assert (in_denver["texts"], in_denver["segments"], in_denver["after_stop"]) == (3, 3, [])
    assert [entry["body"] for entry in in_denver["in_quiet_hours"]] == ["hello", "hello", "bye"]
    assert in_london["in_quiet_hours"] == []
    assert [(entry["body"], entry["intent"]) for entry in in_denver["duplicates"]] == [("hello", "i1")]
    assert [entry["body"] for entry in in_denver["per_phone"][ANA]].count("hello") == 2
