"""SendGrid's behaviour: mails on their way, events, suppressions. Ledger kinds:

`request` (every API call), `accepted` (a mail taken on: id, to, subject, custom_args), `mail` (a mail that arrived,
with its text), `dropped` (suppressed: nothing was sent), `event` (each event), `webhook`, `webhook_lost`.

Operations for faults: `SendMail`, `ListSuppressions` and its siblings, `GetSignedEventWebhook`; a webhook is a batch,
named after its events in the order of the alphabet: `webhook:delivered+processed`, so `webhook:*delivered*` finds it.
Fields to match: `to`, `subject`, `custom_args`.
"""

from __future__ import annotations

import asyncio
import base64
import time
from dataclasses import asdict
from typing import Any, Literal

from fastapi import Response
from fastapi.responses import JSONResponse

from sandboxes.common.faults import Fault
from sandboxes.common.sandbox import Sandbox
from sandboxes.sendgrid.config import SendGridConfig
from sandboxes.sendgrid.errors import error
from sandboxes.sendgrid.events import EventFeed
from sandboxes.sendgrid.mail import Envelope, Mail
from sandboxes.sendgrid.signature import Signer
from sandboxes.sendgrid.suppressions import Suppressions

Cause = Literal[
    "bounce", "blocked", "deferred", "delivered", "open", "click", "spamreport", "unsubscribe", "group_unsubscribe"
]


class SendGridSandbox(Sandbox[SendGridConfig]):
    """One account with its mails, suppressions and event webhook."""

    vendor = "sendgrid"

    def __init__(self, config: SendGridConfig) -> None:
        super().__init__(config)
        self.mails: dict[str, Mail] = {}
        self.suppressions = Suppressions()
        self.feed = EventFeed(self)
        self._second = 0
        self._this_second = 0

    def clear_state(self) -> None:
        """Forget mails, suppressions and waiting events; the key pair stays."""
        self.mails.clear()
        self.suppressions.clear()
        self.feed.clear()

    def config_changed(self) -> None:
        """Take a new key pair into use."""
        if self.config.signing_key_pem is not None:
            self.feed.signer = Signer(self.config.signing_key_pem)

    def state(self) -> dict[str, Any]:
        """Return mails and suppressions."""
        mails = [
            {"id": mail.id, "to": mail.to, "subject": mail.subject, "status": mail.status}
            for mail in self.mails.values()
        ]
        lists = {name: list(rows.values()) for name, rows in self.suppressions.lists.items()}
        groups = {str(group): sorted(addresses) for group, addresses in self.suppressions.groups.items()}
        return {"mails": mails, "suppressions": lists, "groups": groups, "under_way": self.background.running}

    def refusal(self, fault: Fault) -> Response:
        """Return an error of the status asked for."""
        return error(fault.status or 500, fault.message or "Internal Server Error")

    def rate_limited(self, fault: Fault | None = None) -> Response:
        """Return SendGrid's 429 with its three headers."""
        limit = str(self.config.requests_per_second or 600)
        reset = str(int(time.time()) + 1)
        headers = {"X-RateLimit-Limit": limit, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        return JSONResponse({"errors": [{"field": None, "message": "too many requests"}]}, 429, headers)

    def over_limit(self) -> bool:
        """Count a request and say whether it is one too many in this second."""
        limit, second = self.config.requests_per_second, int(time.time())
        self._this_second = self._this_second + 1 if second == self._second else 1
        self._second = second
        return limit is not None and self._this_second > limit

    def accept(self, found: list[Envelope]) -> str:
        """Take mails on and return the X-Message-Id of their request."""
        request_id = self._id(16)
        for number, envelope in enumerate(found):
            mail = Mail(
                id=f"{request_id}.recvd-sandbox-{number}-{self.random.getrandbits(32):08X}.0",
                request_id=request_id,
                practice_at=self.practice_time.now(),
                **{name: getattr(envelope, name) for name in Envelope.__dataclass_fields__},
            )
            self.mails[mail.id] = mail
            self.ledger.add("accepted", id=mail.id, to=mail.to, subject=mail.subject, custom_args=mail.custom_args)
            self.background.start(self._carry(mail))
        return request_id

    def cause(self, mail: Mail, kind: Cause, details: dict[str, Any]) -> None:
        """Make something happen to a mail that was sent, as its reader or their server would."""
        facts: dict[str, Any]
        match kind:
            case "bounce":
                self.suppressions.add("bounces", mail.to, "550 5.1.1 no such user")
                facts = {"type": "bounce", "reason": "550 5.1.1 no such user", "status": "5.1.1"}
                self._event(mail, "bounce", **{**facts, "bounce_classification": "Invalid Address", **details})
            case "blocked":
                self.suppressions.add("blocks", mail.to, "451 4.7.1 try later")
                facts = {"type": "blocked", "reason": "451 4.7.1 try later", "status": "4.7.1"}
                self._event(mail, "bounce", **{**facts, "bounce_classification": "Technical", **details})
            case "deferred":
                self._event(mail, "deferred", **{"response": "451 4.3.2 busy", "attempt": "1", **details})
            case "delivered":
                self._event(mail, "delivered", **{"response": "250 OK", **details})
            case "open":
                facts = {"useragent": "Mozilla/5.0", "ip": "192.0.2.7", "sg_machine_open": False}
                self._event(mail, "open", **{**facts, **details})
            case "click":
                facts = {"useragent": "Mozilla/5.0", "ip": "192.0.2.7", "url": "https://example.com/"}
                self._event(mail, "click", **{**facts, **details})
            case "spamreport":
                self.suppressions.add("spam_reports", mail.to)
                self._event(mail, "spamreport", **details)
            case "unsubscribe":
                self.suppressions.add("unsubscribes", mail.to)
                self._event(mail, "unsubscribe", **details)
            case "group_unsubscribe":
                group = int(details.pop("asm_group_id", mail.group_id or 0))
                self.suppressions.groups.setdefault(group, set()).add(mail.to.lower())
                facts = {"useragent": "Mozilla/5.0", "ip": "192.0.2.7", "url": "https://example.com/"}
                self._event(mail, "group_unsubscribe", **{**facts, "asm_group_id": group, **details})

    async def _carry(self, mail: Mail) -> None:
        if mail.send_at is not None:
            await asyncio.sleep(max(0.0, mail.send_at - time.time()))
        await asyncio.sleep(self.config.processed_seconds)
        failure = self.config.failures.get(mail.to)
        reason = self.suppressions.reason_to_drop(mail.to, mail.group_id, mail.bypass)
        if failure == "invalid":
            self.suppressions.add("invalid_emails", mail.to, "Mail domain mentioned in email address is unknown")
            reason = "Invalid"
        if reason is not None:
            self.ledger.add("dropped", id=mail.id, to=mail.to, reason=reason, custom_args=mail.custom_args)
            self._event(mail, "dropped", reason=reason, status="5.0.0")
            return
        self._event(mail, "processed", send_at=mail.send_at or 0)
        await asyncio.sleep(self.config.delivered_seconds)
        if failure in ("bounce", "blocked"):
            self.cause(mail, failure, {})
            return
        if failure == "deferred":
            self.cause(mail, "deferred", {})
            await asyncio.sleep(self.config.delivered_seconds)
        mail.reached_at = self.practice_time.now()
        about = asdict(mail)
        self.ledger.add(
            "mail", **{name: about[name] for name in ("id", "to", "sender", "subject", "text", "custom_args")}
        )
        self.cause(mail, "delivered", {})

    def _event(self, mail: Mail, name: str, **details: Any) -> None:
        mail.status = name if name not in {"open", "click"} else mail.status
        mail.events.append(name)
        event: dict[str, Any] = {
            **mail.custom_args,  # they come back flattened, at the top level
            "email": mail.to,
            "timestamp": int(time.time()),
            "event": name,
            "smtp-id": f"<{mail.request_id}@sandbox.invalid>",
            "sg_event_id": self._id(24),
            "sg_message_id": mail.id,
            **details,
        }
        if mail.categories:
            event["category"] = mail.categories
        self.ledger.add("event", event=name, id=mail.id, to=mail.to, custom_args=mail.custom_args)
        self.feed.add(event)

    def _id(self, size: int) -> str:
        return base64.urlsafe_b64encode(self.random.randbytes(size)).decode().rstrip("=")
