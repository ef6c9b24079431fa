"""The SendGrid sandbox as the official client and a bare HTTP client meet it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import Response
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.mail import Asm, CustomArg, Mail

from sandboxes.common.outbox import OutboxSettings
from sandboxes.common.server import serving
from sandboxes.sendgrid.app import create_app
from sandboxes.sendgrid.config import SendGridConfig, Template
from sandboxes.sendgrid.events import batch_body, gaps
from tests.sandboxes.support import Endpoint, Heard, as_new, listening, until

KEY = "SG.test"
ANA = "ana@example.com"
FROM = "visits@mail.glow.example"


@contextmanager
def sendgrid(**settings: Any) -> Iterator[httpx.Client]:
    quick = {"api_keys": (KEY,), "batch_seconds": 0.02, "delivered_seconds": 0.0}
    with (
        serving(create_app(SendGridConfig(**{**quick, **settings}))) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[httpx.Client, Any]]:
    with sendgrid() as client:
        yield client, client.get("/_control/config").json()


@pytest.fixture
def api(shared: tuple[httpx.Client, Any]) -> httpx.Client:
    client, config = shared
    as_new(client, config)
    return client


def message(**changes: Any) -> dict[str, Any]:
    plain = {
        "personalizations": [{"to": [{"email": ANA}], "custom_args": {"intent": "01J"}}],
        "from": {"email": FROM},
        "subject": "Your visit",
        "content": [{"type": "text/plain", "value": "Wed 9:00"}],
    }
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


def told(**changes: Any) -> dict[str, Any]:
    return message(personalizations=[{"to": [{"email": ANA}], **changes}])


def ledger(api: httpx.Client, kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = api.get("/_control/ledger", params={"kind": kind}).json()
    return entries


def events_of(heard: list[Heard]) -> list[dict[str, Any]]:
    return [event for one in heard for event in json.loads(one.body)]


def public_key(api: httpx.Client) -> str:
    key: str = api.get("/v3/user/webhooks/event/settings/signed/w1").json()["public_key"]
    return key


def rightly_signed(api: httpx.Client, heard: Heard) -> bool:
    check = EventWebhook(public_key(api))
    signature = heard.headers["x-twilio-email-event-webhook-signature"]
    timestamp = heard.headers["x-twilio-email-event-webhook-timestamp"]
    return bool(check.verify_signature(heard.body.decode(), signature, timestamp))


def tell(api: httpx.Client, ours: Endpoint) -> None:
    api.post("/_control/config", json={"event_url": f"{ours.url}/sg/events"})


def test_the_official_client_sends_and_events_come_back_signed(api: httpx.Client) -> None:
    mail = Mail(
        from_email=FROM, to_emails=ANA, subject="Your visit", plain_text_content="Wed", html_content="<b>Wed</b>"
    )
    mail.personalizations[0].add_custom_arg(CustomArg("intent", "01J"))
    mail.asm = Asm(501)
    with listening() as ours:
        tell(api, ours)
        answer = SendGridAPIClient(KEY, host=str(api.base_url).rstrip("/")).send(mail)
        until(lambda: len(events_of(ours.heard)) == 2)
        events = events_of(ours.heard)

        assert answer.status_code == 202
        assert answer.body == b""
        assert [event["event"] for event in events] == ["processed", "delivered"]
        assert {event["intent"] for event in events} == {"01J"}
        assert {event["sg_message_id"].split(".")[0] for event in events} == {answer.headers["X-Message-Id"]}
        assert len({event["sg_event_id"] for event in events}) == 2
        assert all(one.body.endswith(b"]\r\n") and rightly_signed(api, one) for one in ours.heard)
        assert [entry["to"] for entry in ledger(api, "mail")] == [ANA]


def test_the_vendors_signature_example_covers_the_body_we_would_send() -> None:
    key = (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eN"
        "Ec6wEA3F+g=="
    )
    signature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
    event = {
        "email": "hello@world.com",
        "event": "dropped",
        "reason": "Bounced Address",
        "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
        "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",
        "timestamp": 1600112492,
    }

    loaded = serialization.load_der_public_key(base64.b64decode(key))

    assert isinstance(loaded, ec.EllipticCurvePublicKey)
    signed = b"1600112502" + batch_body([event])
    loaded.verify(base64.b64decode(signature), signed, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (message(personalizations=[]), "personalizations"),
        (message(personalizations=[{"to": []}]), "personalizations.0.to"),
        (message(personalizations=[{"to": [{"email": "nobody"}]}]), "personalizations.0.to.0.email"),
        (message(personalizations=[{"to": [{"email": ANA}], "bcc": [{"email": ANA.upper()}]}]), "personalizations.0"),
        (message(content=None), "content"),
        (message(subject=None), "subject"),
        (message(content=[{"type": "text/html", "value": "x"}, {"type": "text/plain", "value": "x"}]), "content"),
        (message(colour="red"), None),
        (message(template_id="d-unknown"), "template_id"),
        (message(reply_to={"email": FROM}, reply_to_list=[{"email": FROM}]), "reply_to_list"),
        (message(headers={"Reply-To": "x"}), "headers.Reply-To"),
        (message(custom_args={"intent": "01J"}), "custom_args"),
        (told(custom_args={"intent": 5}), "personalizations.0.custom_args.intent"),
        (told(custom_args={"note": "x" * 10_000}), "personalizations.0.custom_args"),
        (message(send_at=4_000_000_000), "send_at"),
        (message(categories=[str(number) for number in range(11)]), "categories"),
        (message(attachments=[{"content": "no base64!", "filename": "x"}]), "attachments.0.content"),
        (message(asm={"groups_to_display": [1]}), "asm"),
    ],
)
def test_what_sendgrid_would_not_take_is_refused(api: httpx.Client, body: dict[str, Any], field: str | None) -> None:
    answer = api.post("/v3/mail/send", json=body)

    problems = answer.json()["errors"]
    assert (answer.status_code, len(problems), problems[0]["field"]) == (400, 1, field)
    assert sorted(problems[0]) == ["field", "help", "message"]
    assert api.get("/_control/state").json()["mails"] == []


def test_keys_senders_and_sandbox_mode_are_checked() -> None:
    with sendgrid(senders=(FROM,)) as api:
        wrong_key = api.post("/v3/mail/send", json=message(), headers={"Authorization": "Bearer SG.other"})
        wrong_sender = api.post("/v3/mail/send", json=message(**{"from": {"email": "x@other.example"}}))
        checked = api.post("/v3/mail/send", json=message(mail_settings={"sandbox_mode": {"enable": True}}))
        not_json = api.post("/v3/mail/send", content=b"{")
        zipped = api.post(
            "/v3/mail/send", content=gzip.compress(json.dumps(message()).encode()), headers={"Content-Encoding": "gzip"}
        )

        answers = [wrong_key, wrong_sender, checked, not_json, zipped]
        assert [answer.status_code for answer in answers] == [401, 403, 200, 400, 202]
        assert len(api.get("/_control/state").json()["mails"]) == 1


def test_suppressed_addresses_get_202_and_then_a_drop(api: httpx.Client) -> None:
    with listening() as ours:
        tell(api, ours)
        api.post("/v3/mail/send", json=message(asm={"group_id": 7}))
        until(lambda: len(events_of(ours.heard)) == 2)
        api.post("/_control/event", json={"event": "group_unsubscribe", "email": ANA})
        again = api.post("/v3/mail/send", json=message(asm={"group_id": 7}))
        other_group = api.post("/v3/mail/send", json=message(asm={"group_id": 8}))
        until(lambda: len(events_of(ours.heard)) == 6)
        api.post("/_control/event", json={"event": "spamreport", "email": ANA})
        spam = api.post("/v3/mail/send", json=message(asm={"group_id": 8}))
        until(lambda: len(events_of(ours.heard)) == 8)

    assert [answer.status_code for answer in (again, other_group, spam)] == [202, 202, 202]
    assert [entry["reason"] for entry in ledger(api, "dropped")] == ["Unsubscribed Address", "Spam Reporting Address"]
    assert len(ledger(api, "mail")) == 2
    assert [row["email"] for row in api.get("/v3/suppression/spam_reports").json()] == [ANA]
    assert api.get("/v3/asm/groups/7/suppressions").json() == [ANA]
    assert api.delete(f"/v3/suppression/spam_reports/{ANA}").status_code == 204
    assert api.get("/v3/suppression/spam_reports").json() == []


@pytest.mark.parametrize(
    ("failure", "names"),
    [
        ("bounce", ["processed", "bounce"]),
        ("blocked", ["processed", "bounce"]),
        ("deferred", ["processed", "deferred", "delivered"]),
        ("invalid", ["dropped"]),
    ],
)
def test_an_address_can_be_made_to_fail(failure: str, names: list[str]) -> None:
    with sendgrid(failures={ANA: failure}) as api, listening() as ours:
        tell(api, ours)
        api.post("/v3/mail/send", json=message())
        until(lambda: len(events_of(ours.heard)) == len(names))

        events = events_of(ours.heard)

    assert [event["event"] for event in events] == names
    assert events[-1].get("type") == {"bounce": "bounce", "blocked": "blocked"}.get(failure)


def test_batches_are_repeated_until_they_are_taken() -> None:
    with sendgrid(webhooks=OutboxSettings(retry_scale=0.0001), delivered_seconds=0.01) as api, listening() as ours:
        answers = iter([500, 302, 200])
        ours.answer = lambda heard: Response(status_code=next(answers), headers={"Location": "/elsewhere"})
        tell(api, ours)
        api.post("/v3/mail/send", json=message())
        until(lambda: len(ledger(api, "webhook")) == 1)

        assert [(entry["attempts"], entry["status"]) for entry in ledger(api, "webhook")] == [(3, 200)]
        assert len({hashlib.sha256(one.body).hexdigest() for one in ours.heard}) == 1
        assert all(rightly_signed(api, one) for one in ours.heard)


def test_attempts_stop_within_a_day() -> None:
    assert gaps(30.0)[:3] == (30, 60, 120)
    assert sum(gaps(30.0)) <= 24 * 3600 < sum(gaps(30.0)) + gaps(30.0)[-1] * 2


def test_duplicates_and_disorder_on_request(api: httpx.Client) -> None:
    faults = [
        {"operation": "webhook:processed", "kind": "reorder", "times": 1},
        {"operation": "webhook:delivered", "kind": "duplicate", "times": 1},
    ]
    api.post("/_control/faults", json=faults)
    api.post("/_control/config", json={"batch_seconds": 0, "delivered_seconds": 0.2})
    with listening() as ours:
        tell(api, ours)
        api.post("/v3/mail/send", json=message())
        until(lambda: len(ours.heard) == 3)
        events = events_of(ours.heard)

    assert sorted(event["event"] for event in events) == ["delivered", "delivered", "processed"]
    assert events[0]["event"] == "delivered"
    assert len({event["sg_event_id"] for event in events}) == 2


def test_commit_then_timeout_still_tells_by_event(api: httpx.Client) -> None:
    api.post("/_control/faults", json={"kind": "commit_then_timeout", "seconds": 0, "times": 1})
    with listening() as ours:
        tell(api, ours)
        with pytest.raises(httpx.RemoteProtocolError):
            api.post("/v3/mail/send", json=message())
        until(lambda: bool(events_of(ours.heard)))

    assert events_of(ours.heard)[0]["intent"] == "01J"


def test_too_many_requests_say_when_to_come_back(api: httpx.Client) -> None:
    api.post("/_control/faults", json={"operation": "SendMail", "kind": "rate_limit", "times": 1})

    limited, taken = api.post("/v3/mail/send", json=message()), api.post("/v3/mail/send", json=message())

    assert (limited.status_code, taken.status_code) == (429, 202)
    assert limited.json() == {"errors": [{"field": None, "message": "too many requests"}]}
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(limited.headers)


def test_signing_can_be_switched_off_and_a_key_be_given(api: httpx.Client) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    refused = api.post("/_control/config", json={"signing_key_pem": "no key"})
    api.post("/_control/config", json={"signing_key_pem": pem})
    given = public_key(api)
    api.patch("/v3/user/webhooks/event/settings/signed/w1", json={"enabled": False})
    with listening() as ours:
        tell(api, ours)
        api.post("/v3/mail/send", json=message())
        until(lambda: bool(ours.heard))

    assert (refused.status_code, given) == (422, base64.b64encode(spki).decode())
    assert "x-twilio-email-event-webhook-signature" not in ours.heard[0].headers


def test_templates_are_filled_and_inboxes_show_what_arrived() -> None:
    template = Template(subject="See you, {{name}}", html="<p>Open {{{ link }}}</p>")
    with sendgrid(templates={"d-1": template}) as api:
        personal = {"to": [{"email": ANA}], "dynamic_template_data": {"name": "Ana", "link": "https://x.example/v"}}
        sent = api.post("/v3/mail/send", json=message(template_id="d-1", personalizations=[personal], subject=None))
        until(lambda: len(ledger(api, "mail")) == 1)
        mail_id = api.get("/_control/state").json()["mails"][0]["id"]

        inbox = api.get("/").text
        page = api.get(f"/mail/{mail_id}").text

    assert sent.status_code == 202
    assert "See you, Ana" in inbox
    assert "&lt;p&gt;Open https://x.example/v&lt;/p&gt;" in page
