"""Twilio's behaviour: messages on their way out, texts coming in, opt-outs. Ledger kinds:

`request` (every API call), `accepted` (a message taken on: sid, to, from, body, segments, intent), `refused` (21610 and
the failures asked for, with code), `status` (each change), `text` (a text that reached a phone; `automatic` when Twilio
wrote it), `inbound` (a text from a person; `by_hand` from the page), `opt_out`, `opt_in`, `help`, `webhook`,
`webhook_lost`, `twiml_error`.

Operations for faults: `CreateMessage`, `ListMessage`, `FetchMessage`, `UpdateMessage`, `DeleteMessage`; webhooks
`webhook:status.<status>` and `webhook:inbound`. Fields to match: `to`, `from`, `service`, `body`, `intent`, `sid`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from fastapi import Response

from sandboxes.common.clock import real_now
from sandboxes.common.faults import Fault
from sandboxes.common.outbox import Answer
from sandboxes.common.sandbox import Sandbox
from sandboxes.twilio import errors, opt_out
from sandboxes.twilio.callbacks import query_of, retry_policy, signed_form
from sandboxes.twilio.config import TwilioConfig
from sandboxes.twilio.messages import TERMINAL, Message
from sandboxes.twilio.requests import NewMessage
from sandboxes.twilio.segments import segments
from sandboxes.twilio.twiml import InvalidTwimlError, replies_in

LONGEST_QUEUE_SECONDS = 36000


class TwilioSandbox(Sandbox[TwilioConfig]):
    """One account with its numbers, Messaging Services, messages and opt-outs."""

    vendor = "twilio"

    def __init__(self, config: TwilioConfig) -> None:
        super().__init__(config)
        self.messages: dict[str, Message] = {}
        self.blocks = opt_out.Blocks()
        self._free_at: dict[str, float] = {}

    def clear_state(self) -> None:
        """Forget messages, opt-outs and queues."""
        self.messages.clear()
        self.blocks.clear()
        self._free_at.clear()

    def state(self) -> dict[str, Any]:
        """Return messages and blocks."""
        return {
            "messages": [message.view(self.config.account_sid) for message in self.messages.values()],
            "blocks": self.blocks.view(),
            "under_way": self.background.running,
        }

    def refusal(self, fault: Fault) -> Response:
        """Return an error of the code asked for, else a server error."""
        return errors.error(int(fault.code or 20500), fault.message, fault.status)

    def rate_limited(self, fault: Fault | None = None) -> Response:
        """Return 20429."""
        return errors.error(20429)

    # Out

    def create(self, new: NewMessage) -> Message:
        """Take a message on, or refuse it; what happens to it then happens by itself."""
        self._check_sender(new)
        senders = [new.service] if new.service else self._senders(new.sender or "")
        failure = self.config.failures.get(new.to, 0)
        code = 21610 if self.blocks.hold(senders, new.to) else failure if 20000 <= failure < 30000 else 0
        intent = query_of(new.callback or "").get(self.config.intent_parameter)
        count = segments(new.body)
        if not code and new.sender and self._queue_seconds(new.sender) > LONGEST_QUEUE_SECONDS:
            code = 21611
        about = {"to": new.to, "from": new.sender, "service": new.service, "body": new.body, "intent": intent}
        if code:
            self.ledger.add("refused", code=code, **about)
            raise errors.refuse(code)
        message = self._message(
            to=new.to,
            sender=new.sender,
            body=new.body,
            direction="outbound-api",
            status="scheduled" if new.send_at else "accepted" if new.service else "queued",
            media=new.media,
        )
        message.service, message.callback, message.intent = new.service, new.callback, intent
        message.send_at, message.valid_seconds = new.send_at, new.valid_seconds
        self.ledger.add("accepted", sid=message.sid, segments=count, **about)
        self.background.start(self._carry(message))
        return message

    def cancel(self, message: Message) -> None:
        """Cancel a scheduled message."""
        if message.status != "scheduled":
            raise errors.refuse(30409)
        self._advance(message, "canceled")

    def redact(self, message: Message) -> None:
        """Empty the body of a message that has reached its end."""
        if message.status not in TERMINAL | {"sent"}:
            raise errors.refuse(20009)
        message.body = ""
        message.updated = real_now()

    def delete(self, message: Message) -> None:
        """Remove a message that has reached its end."""
        if message.status not in TERMINAL | {"sent"}:
            raise errors.refuse(20009)
        del self.messages[message.sid]

    # In

    def receive(self, *, person: str, number: str, body: str, media: list[str], by_hand: bool = False) -> Message:
        """Take a text from a person: apply the opt-out words, keep it, and tell the inbound URL."""
        message = self._message(
            to=number, sender=person, body=body, direction="inbound", status="received", media=len(media)
        )
        message.sent = message.created
        message.reached_at = message.practice_at
        self.ledger.add("inbound", sid=message.sid, **{"from": person}, to=number, body=body, by_hand=by_hand)
        word = opt_out.word_in(body)
        if word is not None:
            self._obey(word, person=person, number=number)
        if self.config.inbound_url:
            self._announce(message, media, word)
        message.redacted = self.config.redaction
        return message

    def _obey(self, word: opt_out.Word, *, person: str, number: str) -> None:
        senders = self._senders(number)
        filtered = self.config.opt_out != "off"
        automatic: str | None = None
        if word == "STOP":
            # A second STOP gets no second goodbye.
            automatic = opt_out.GOODBYE if filtered and self.blocks.add(senders, person) else None
            self.ledger.add("opt_out", person=person, number=number, blocked=filtered)
        elif word == "START":
            lifted = self.blocks.lift(senders, person)
            automatic = opt_out.WELCOME_BACK if lifted else None
            self.ledger.add("opt_in", person=person, number=number, lifted=lifted)
        else:
            automatic = opt_out.HELP if filtered else None
            self.ledger.add("help", person=person, number=number)
        if automatic is not None:
            self._reply(to=person, number=number, body=automatic, automatic=True)

    def _announce(self, message: Message, media: list[str], word: opt_out.Word | None) -> None:
        url = self.config.inbound_url or ""
        parameters = {
            "ToCountry": "US",
            "ToState": "",
            "ToCity": "",
            "ToZip": "",
            "FromCountry": "US",
            "FromState": "",
            "FromCity": "",
            "FromZip": "",
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "MessageSid": message.sid,
            "AccountSid": self.config.account_sid,
            "From": message.sender or "",
            "To": message.to,
            "Body": message.body,
            "NumMedia": str(message.media),
            "NumSegments": str(message.segments),
            "ApiVersion": "2010-04-01",
        }
        for number, link in enumerate(media):
            parameters |= {f"MediaUrl{number}": link, f"MediaContentType{number}": "image/jpeg"}
        services = self._services_of(message.to)
        if services:
            parameters["MessagingServiceSid"] = services[0]
        if word is not None and self.config.opt_out == "advanced":
            parameters["OptOutType"] = word

        def answered(answer: Answer) -> None:
            if not answer.accepted or not answer.text.strip():
                return
            try:
                replies = replies_in(answer.text)
            except InvalidTwimlError as problem:
                self.ledger.add("twiml_error", code=12100, sid=message.sid, problem=str(problem))
                return
            for body in replies:
                self._reply(to=message.sender or "", number=message.to, body=body, automatic=False)

        fields = {"sid": message.sid, "from": message.sender, "to": message.to}
        self._call(url, "inbound", parameters, fields, on_end=answered)

    def _reply(self, *, to: str, number: str, body: str, automatic: bool) -> None:
        """Send a text that is not an API call: Twilio's own, or one that TwiML asked for."""
        if not automatic and self.blocks.hold(self._senders(number), to):
            self.ledger.add("refused", code=21610, to=to, body=body, intent=None, **{"from": number})
            return
        message = self._message(to=to, sender=number, body=body, direction="outbound-reply", status="queued")
        message.automatic = automatic
        self.background.start(self._carry(message))

    # On the way

    async def _carry(self, message: Message) -> None:
        """Take a message from its first status to its last."""
        delays = self.config.delays
        if message.send_at is not None:
            await asyncio.sleep(max(0.0, (message.send_at - real_now()).total_seconds()))
            if message.status != "scheduled":
                return None
            if self.blocks.hold([message.service or ""], message.to):
                return self._fail(message, 21610)
        if message.sender is None:
            await asyncio.sleep(delays.queued)
            message.sender = self._pick_sender(message)
            self._advance(message, "queued")
        wait = self._queue_for(message)
        if wait > message.valid_seconds:
            return self._fail(message, 30036)
        await asyncio.sleep(wait + delays.sending)
        self._advance(message, "sending")
        await asyncio.sleep(delays.sent)
        failure = self.config.failures.get(message.to, 0)
        if failure in errors.FAILED_RATHER_THAN_UNDELIVERED:
            return self._fail(message, failure)
        message.sent = real_now()
        message.redacted = self.config.redaction
        self._advance(message, "sent")
        await asyncio.sleep(delays.delivered)
        if failure >= 30000:
            return self._fail(message, failure)
        message.reached_at = self.practice_time.now()
        self.ledger.add(
            "text",
            sid=message.sid,
            to=message.to,
            body=message.body,
            segments=message.segments,
            intent=message.intent,
            automatic=message.automatic,
            **{"from": message.sender},
        )
        if message.to not in self.config.no_receipts:
            self._advance(message, "delivered")
        return None

    def _fail(self, message: Message, code: int) -> None:
        failed = code in errors.FAILED_RATHER_THAN_UNDELIVERED or code < 30000
        message.error_code, message.error_message = code, errors.MESSAGES.get(code, "Unknown error")
        self._advance(message, "failed" if failed else "undelivered")

    def _advance(self, message: Message, status: str) -> None:
        message.status = status
        message.updated = real_now()
        self.ledger.add(
            "status", sid=message.sid, to=message.to, status=status, code=message.error_code, intent=message.intent
        )
        if message.callback is None:
            return
        parameters = {
            "SmsSid": message.sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": message.to,
            "MessageSid": message.sid,
            "AccountSid": self.config.account_sid,
            "From": message.sender or "",
            "ApiVersion": "2010-04-01",
        }
        if message.service:
            parameters["MessagingServiceSid"] = message.service
        if message.error_code is not None:
            parameters["ErrorCode"] = str(message.error_code)
        fields = {"sid": message.sid, "to": message.to, "message_status": status, "intent": message.intent}
        self._call(message.callback, f"status.{status}", parameters, fields)

    def _call(
        self, url: str, event: str, parameters: dict[str, str], fields: dict[str, Any], on_end: Any = None
    ) -> None:
        token = f"{self.random.getrandbits(128):032x}"
        self.outbox.send(
            event=event,
            url=url,
            build=lambda attempt: signed_form(self.config.auth_token, url, parameters, token),
            policy=retry_policy(url),
            fields=fields,
            on_end=on_end,
        )

    # Senders

    def _check_sender(self, new: NewMessage) -> None:
        if new.service and new.service not in self.config.messaging_services:
            raise errors.refuse(21701)
        pool = self.config.messaging_services.get(new.service or "", self.config.numbers)
        if (new.sender and new.sender not in pool) or not pool:
            raise errors.refuse(21606)

    def _services_of(self, number: str) -> list[str]:
        return [sid for sid, numbers in self.config.messaging_services.items() if number in numbers]

    def _senders(self, number: str) -> list[str]:
        """Return all that a block on a number covers: itself and the services that use it."""
        return [number, *self._services_of(number)]

    def _pick_sender(self, message: Message) -> str:
        """Return the pool's number that wrote to the person last (sticky sender), else its first."""
        pool = self.config.messaging_services[message.service or ""]
        for earlier in reversed(self.messages.values()):
            if earlier.to == message.to and earlier.sender in pool:
                return earlier.sender
        return pool[0]

    def _queue_seconds(self, sender: str) -> float:
        now = asyncio.get_running_loop().time()
        return max(0.0, self._free_at.get(sender, now) - now)

    def _queue_for(self, message: Message) -> float:
        """Take a place in the sender's queue and return how long it lasts."""
        rate = self.config.segments_per_second
        if rate is None:
            return 0.0
        sender = message.sender or ""
        wait = self._queue_seconds(sender)
        if wait <= message.valid_seconds:
            self._free_at[sender] = asyncio.get_running_loop().time() + wait + message.segments / rate
        return wait

    def _message(
        self, *, to: str, sender: str | None, body: str, direction: str, status: str, media: int = 0
    ) -> Message:
        now = real_now()
        message = Message(
            sid=f"{'MM' if media else 'SM'}{self.random.getrandbits(128):032x}",
            to=to,
            sender=sender,
            body=body,
            status=status,
            direction=direction,
            created=now,
            updated=now,
            practice_at=self.practice_time.at(now),
            segments=segments(body),
            media=media,
        )
        self.messages[message.sid] = message
        return message

    def scheduled_in_window(self, new: NewMessage) -> bool:
        """Say whether SendAt is more than 300 s and at most 35 days ahead."""
        ahead = (new.send_at - real_now()) if new.send_at else timedelta()
        return timedelta(seconds=300) < ahead <= timedelta(days=35)
