"""Handing mails to SendGrid.

Mails are built with the `sendgrid` package's helpers and sent over our own HTTP: the package's client has no total
timeout and writes bodies to its log.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sendgrid.helpers.mail import (
    Asm,
    ClickTracking,
    CustomArg,
    From,
    GroupId,
    Mail,
    OpenTracking,
    ReplyTo,
    SubscriptionTracking,
    To,
    TrackingSettings,
)

from domain.email_addresses import is_address
from vendors.deadline import CALL_SECONDS
from vendors.email.base import AcceptedMail, NewMail
from vendors.errors import BadAnswer, Misconfigured, RateLimited, RecipientInvalid, Refused
from vendors.http import Answer, VendorHttp

VENDOR = "sendgrid"
PRODUCTION_URL = "https://api.sendgrid.com"

_OPERATION = "mail.send"
_RECIPIENT_FIELD = re.compile(r"personalizations\.\d+\.to")
_SENDER_FIELD = re.compile(r"from(\.|$)")


class SendGridMails:
    """One SendGrid account. Implements `Mails`; safe to share between threads."""

    def __init__(
        self,
        *,
        api_key: str,
        from_address: str,
        # The name beside it, for all practices; empty leaves each mail its own.
        from_name: str = "",
        base_url: str = PRODUCTION_URL,
        # A group lets a client leave one kind of mail and keep the others.
        unsubscribe_group: int | None = None,
        http: VendorHttp | None = None,
        call_seconds: float = CALL_SECONDS,
        default_wait: timedelta = timedelta(seconds=5),
    ) -> None:
        if not is_address(from_address):
            raise ValueError("from_address is not a bare address such as visits@mail.glow.example")
        self._api_key = api_key
        self._from_address = from_address
        self._from_name = from_name
        self._base_url = base_url.rstrip("/")
        self._url = f"{self._base_url}/v3/mail/send"
        self._unsubscribe_group = unsubscribe_group
        self._http = http or VendorHttp(VENDOR, call_seconds=call_seconds)
        self._default_wait = default_wait

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def send(self, mail: NewMail) -> AcceptedMail:
        """Hand over a mail. Raises `vendors.errors.VendorError`; what SendGrid would refuse, before it is called."""
        _check(mail)
        answer = self._http.send(
            "POST",
            self._url,
            operation=_OPERATION,
            writes=True,
            headers={"authorization": f"Bearer {self._api_key}"},
            json=self._request(mail),
        )
        if answer.status == 429:
            raise RateLimited(
                "too many requests", vendor=VENDOR, operation=_OPERATION, code="429", retry_after=self._wait(answer)
            )
        answer.raise_for_status(default_wait=self._default_wait)
        if answer.status >= 400:
            raise _refusal(answer)
        ref = answer.headers.get("x-message-id", "")
        if not ref:
            raise BadAnswer("X-Message-Id is missing", vendor=VENDOR, operation=_OPERATION, code=str(answer.status))
        return AcceptedMail(ref=ref)

    def scopes(self) -> frozenset[str]:
        """What the key may do, in SendGrid's words. Raises `vendors.errors.VendorError`."""
        answer = self._http.send(
            "GET",
            f"{self._base_url}/v3/scopes",
            operation="scopes",
            writes=False,
            headers={"authorization": f"Bearer {self._api_key}"},
        )
        answer.raise_for_status(default_wait=self._default_wait)
        found = answer.json_object().get("scopes")
        if not isinstance(found, list):
            raise BadAnswer("scopes is missing", vendor=VENDOR, operation="scopes", code=str(answer.status))
        return frozenset(one for one in found if isinstance(one, str))

    def _request(self, mail: NewMail) -> dict[str, Any]:
        # Given to the constructor, an address is taken apart, and one that is none ends as a KeyError.
        to = To()
        to.email = mail.to
        message = Mail(
            from_email=From(self._from_address, _one_line(self._from_name or mail.from_name)),
            to_emails=to,
            subject=_one_line(mail.subject),
            plain_text_content=mail.text,
            html_content=mail.html,
        )
        # Comes back with every event. SendGrid keeps these in the clear: our reference, nothing else; no categories.
        # In the personalization: beside it, SendGrid's own specification takes a text only.
        message.personalizations[0].add_custom_arg(CustomArg("intent", mail.key))
        if mail.reply_to:
            message.reply_to = ReplyTo(mail.reply_to)
        if self._unsubscribe_group is not None:
            message.asm = Asm(GroupId(self._unsubscribe_group))
        # Rewritten links cost trust, and who opened what is nobody's business.
        message.tracking_settings = TrackingSettings(
            click_tracking=ClickTracking(enable=False, enable_text=False),
            open_tracking=OpenTracking(enable=False),
            subscription_tracking=SubscriptionTracking(enable=False),
        )
        request: dict[str, Any] = message.get()
        return request

    def _wait(self, answer: Answer) -> timedelta:
        """SendGrid names the second at which its limit starts anew."""
        reset = answer.headers.get("x-ratelimit-reset", "")
        if not (reset.isascii() and reset.isdigit() and len(reset) <= 11):
            return self._default_wait
        wait = datetime.fromtimestamp(int(reset), UTC) - datetime.now(UTC)
        return max(timedelta(seconds=1), min(wait, timedelta(hours=1)))


def _one_line(text: str) -> str:
    """A line break in a header's value would begin another header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _check(mail: NewMail) -> None:
    where = {"vendor": VENDOR, "operation": _OPERATION, "code": "UNSENT"}
    if not is_address(mail.to):
        raise RecipientInvalid("the address is not one", **where)
    if not _one_line(mail.subject):
        raise Refused("the mail has no subject", **where)
    if not (mail.text.strip() and mail.html.strip()):
        raise Refused("the mail says nothing", **where)
    if mail.reply_to is not None and not is_address(mail.reply_to):
        raise Refused("the address for answers is not one", **where)


def _refusal(answer: Answer) -> Exception:
    """What a 4xx means: SendGrid names the field, which tells the client's mistake from ours. A 413 may be HTML."""
    where = {"vendor": VENDOR, "operation": _OPERATION, "code": str(answer.status)}
    try:
        rows = answer.json_object().get("errors")
    except BadAnswer:
        rows = None
    fields = [str(row.get("field") or "") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if any(_RECIPIENT_FIELD.match(field) for field in fields):
        return RecipientInvalid("the address is not one", **where)
    if any(_SENDER_FIELD.match(field) for field in fields):
        return Misconfigured("the sender's address is not accepted; verify its domain with SendGrid", **where)
    known = next((field for field in fields if re.fullmatch(r"[a-z0-9_.]{1,80}", field)), None)
    return Refused(f"the mail is refused at {known}" if known else "the mail is refused", **where)
