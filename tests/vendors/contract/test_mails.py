"""What every mail adapter does, against its vendor's sandbox over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandboxes.common.server import serving as serving_app
from sandboxes.sendgrid.app import create_app
from sandboxes.sendgrid.config import SendGridConfig
from tests.vendors.contract.sandbox import Call, Mailbox, Sandbox, listening
from tests.vendors.socket_server import closed_port, dripping, serving
from vendors.email.base import MailReport, Mails, MailState, MailWebhooks, NewMail
from vendors.email.sendgrid import SendGridMails, SendGridWebhooks
from vendors.errors import Ambiguous, Misconfigured, RateLimited, RecipientInvalid, Unauthorised, Unreachable

_MAIL = NewMail(
    to="ana@example.com",
    subject="Your visit",
    text="See https://app.example/v/Qx7",
    html="<p>See your visit</p>",
    key="confirm-01",
    from_name="Glow Clinic",
)
_DRIPPED = b"HTTP/1.1 202 Accepted\r\nx-message-id: " + b"a" * 60 + b"\r\ncontent-length: 0\r\n\r\n"


@dataclass
class SendGridBench:
    """One mail vendor on the bench; another joins with a class of this shape and a line in `_MAILS`."""

    sandbox: Sandbox
    mailbox: Mailbox
    webhooks: MailWebhooks
    #: What the sandbox's faults call a send.
    send: str = "SendMail"

    def connect(self, *, url: str | None = None, secret: str | None = None, call_seconds: float = 4) -> Mails:
        """An adapter for the sandbox, or another server, or with a wrong secret."""
        return SendGridMails(
            api_key=secret or SendGridConfig().api_keys[0],
            from_address="visits@mail.glow.example",
            base_url=url or self.sandbox.url,
            call_seconds=call_seconds,
        )

    def no_such_mailbox(self, address: str) -> None:
        """Mails to this address are accepted and bounce."""
        self.sandbox.control("config", failures={address: "bounce"})

    def unsubscribed(self, address: str) -> None:
        """The owner of the latest mail to this address wants no more."""
        self.sandbox.control("event", event="unsubscribe", email=address)


@contextmanager
def _sendgrid() -> Iterator[SendGridBench]:
    key = SendGridConfig().api_keys[0]
    with listening() as mailbox, serving_app(create_app()) as url:
        sandbox = Sandbox(url)
        sandbox.control("config", event_url=f"{mailbox.url}/events")
        signed = httpx.get(
            f"{url}/v3/user/webhooks/event/settings/signed/1", headers={"authorization": f"Bearer {key}"}
        ).raise_for_status()
        yield SendGridBench(sandbox, mailbox, SendGridWebhooks(public_keys=(signed.json()["public_key"],)))


_MAILS = {"sendgrid": _sendgrid}


@pytest.fixture(params=sorted(_MAILS))
def bench(request: pytest.FixtureRequest) -> Iterator[SendGridBench]:
    with _MAILS[request.param]() as bench:
        yield bench


def _read(bench: SendGridBench, call: Call) -> tuple[MailReport, ...]:
    events = bench.webhooks.events(headers=call.headers, body=call.body, now=datetime.now(UTC))
    return tuple(event.report for event in events if event.report is not None)


def _event(bench: SendGridBench, event_type: str) -> MailReport:
    while True:
        for report in _read(bench, bench.mailbox.next()):
            if report.event_type == event_type:
                return report


def test_a_mail_is_accepted_then_reported_delivered_with_our_key(bench: SendGridBench) -> None:
    accepted = bench.connect().send(_MAIL)

    report = _event(bench, "delivered")
    assert (report.ref, report.key, report.state) == (accepted.ref, "confirm-01", MailState.DELIVERED)


def test_a_lost_answer_is_ambiguous_and_the_event_tells(bench: SendGridBench) -> None:
    bench.sandbox.fault(bench.send, "commit_then_timeout", seconds=0.2)

    with pytest.raises(Ambiguous):
        bench.connect().send(_MAIL)

    assert _event(bench, "processed").key == "confirm-01"
    assert len(bench.sandbox.ledger("accepted")) == 1


def test_a_request_that_was_dropped_is_ambiguous_and_sent_nothing(bench: SendGridBench) -> None:
    bench.sandbox.fault(bench.send, "drop")

    with pytest.raises(Ambiguous):
        bench.connect().send(_MAIL)

    assert bench.sandbox.ledger("accepted") == []


def test_too_many_requests_send_nothing(bench: SendGridBench) -> None:
    bench.sandbox.fault(bench.send, "rate_limit")

    with pytest.raises(RateLimited) as caught:
        bench.connect().send(_MAIL)

    assert caught.value.retry_after > timedelta(0)
    assert bench.sandbox.ledger("accepted") == []


def test_an_outage_is_ambiguous(bench: SendGridBench) -> None:
    bench.sandbox.fault(bench.send, "outage")

    with pytest.raises(Ambiguous):
        bench.connect().send(_MAIL)


def test_nobody_there_is_unreachable(bench: SendGridBench) -> None:
    with pytest.raises(Unreachable):
        bench.connect(url=closed_port()).send(_MAIL)


def test_a_dripping_server_is_left_in_time(bench: SendGridBench) -> None:
    with serving(dripping(_DRIPPED, every=0.1)) as url, pytest.raises(Ambiguous):
        bench.connect(url=url, call_seconds=0.5).send(_MAIL)


def test_wrong_credentials_need_a_person(bench: SendGridBench) -> None:
    with pytest.raises(Misconfigured):
        bench.connect(secret="SG.wrong").send(_MAIL)


@pytest.mark.parametrize("address", ["ana at example", "ana", "", "ana@example.com, bea@example.com"])
def test_an_address_that_is_none_is_refused(bench: SendGridBench, address: str) -> None:
    with pytest.raises(RecipientInvalid):
        bench.connect().send(replace(_MAIL, to=address))


def test_a_bounce_is_reported_as_permanent(bench: SendGridBench) -> None:
    bench.no_such_mailbox(_MAIL.to)

    accepted = bench.connect().send(_MAIL)

    report = _event(bench, "bounce")
    assert (report.ref, report.state, report.permanent) == (accepted.ref, MailState.FAILED, True)


def test_an_unsubscription_is_reported_and_later_mails_are_dropped(bench: SendGridBench) -> None:
    bench.connect().send(_MAIL)
    _event(bench, "delivered")

    bench.unsubscribed(_MAIL.to)

    assert _event(bench, "unsubscribe").unsubscribed is True
    bench.connect().send(replace(_MAIL, key="confirm-02"))
    dropped = _event(bench, "dropped")
    assert (dropped.key, dropped.state, dropped.permanent) == ("confirm-02", MailState.FAILED, True)


def test_an_altered_webhook_is_refused(bench: SendGridBench) -> None:
    bench.connect().send(_MAIL)
    call = bench.mailbox.next()

    with pytest.raises(Unauthorised):
        _read(bench, replace(call, body=call.body.replace(b"confirm-01", b"confirm-99")))
