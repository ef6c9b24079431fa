"""Sending texts through Twilio, and finding one again whose answer was lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from vendors.deadline import CALL_SECONDS, deadline
from vendors.errors import BadAnswer, Refused
from vendors.http import VendorHttp
from vendors.sms.base import AcceptedText, NewText, Unidentified
from vendors.sms.twilio.errors import VENDOR, refusal
from vendors.sms.twilio.states import STATES
from vendors.sms.twilio.transport import TwilioTransport, call

PRODUCTION_URL = "https://api.twilio.com"
#: The longest Twilio keeps a text in its queue; also what it assumes when told nothing.
LONGEST_VALIDITY = timedelta(seconds=36000)
#: How a body looks that Twilio has redacted: empty by its documentation, and blots to be on the safe side.
_BLOTTED = re.compile(r"[\s*Xx█•.-]*|\W*(message )?(body )?redacted\W*", re.IGNORECASE)


class TwilioTexts:
    """One Twilio account. Implements `Texts`; safe to share between threads."""

    def __init__(
        self,
        *,
        account_sid: str,
        # An API key (`SK…`) and its secret where there is one, else the account's own pair.
        username: str | None = None,
        password: str,
        messaging_service_sid: str | None = None,
        default_sender: str | None = None,
        # Our public address for status reports; the intent is added as `?intent=`.
        status_callback: str | None = None,
        base_url: str = PRODUCTION_URL,
        http: VendorHttp | None = None,
        call_seconds: float = CALL_SECONDS,
        # Twilio advises to begin at 100 ms and double; the engine doubles, a second is a start it can keep.
        default_wait: timedelta = timedelta(seconds=1),
        queue_full_wait: timedelta = timedelta(minutes=15),
        # Read-back: how many of a number's texts are looked at, and how far the two clocks may differ.
        find_limit: int = 200,
        clock_skew: timedelta = timedelta(seconds=5),
    ) -> None:
        if not messaging_service_sid and not default_sender:
            raise ValueError("set messaging_service_sid or default_sender; a text needs one to go out from")
        self._http = http or VendorHttp(VENDOR, call_seconds=call_seconds)
        self._twilio = Client(
            username=username or account_sid,
            password=password,
            account_sid=account_sid,
            http_client=TwilioTransport(self._http),
            # Anything but an empty mapping keeps the package from reading the process's environment.
            environment={"TWILIO_EDGE": "", "TWILIO_REGION": ""},
        )
        self._twilio.api.base_url = base_url.rstrip("/")
        self._messaging_service_sid = messaging_service_sid
        self._default_sender = default_sender
        self._status_callback = status_callback
        self._call_seconds = call_seconds
        self._default_wait = default_wait
        self._queue_full_wait = queue_full_wait
        self._find_limit = find_limit
        self._clock_skew = clock_skew

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def send(self, text: NewText) -> AcceptedText:
        """Hand over a text. Raises `vendors.errors.VendorError`; `Ambiguous` when it may have gone out."""
        options: dict[str, Any] = {"to": text.to, "body": text.body, **self._sender(text)}
        if self._status_callback:
            options["status_callback"] = with_intent(self._status_callback, text.key)
        if text.valid_for is not None:
            if text.valid_for < timedelta(seconds=1):
                raise Refused("its validity is over", vendor=VENDOR, operation="messages.create", code="EXPIRED")
            options["validity_period"] = int(min(text.valid_for, LONGEST_VALIDITY).total_seconds())
        with self._call("messages.create", writes=True):
            message = self._twilio.messages.create(**options)
            return self._accepted(message, "messages.create")

    def find(
        self,
        *,
        to: str,
        body: str,
        since: datetime,
        until: datetime | None = None,
        known: frozenset[str] = frozenset(),
        only_one: bool = True,
    ) -> AcceptedText | Unidentified | None:
        """Twilio's own record of the same words to the same number.

        Not filtered by `DateSent`: a text still queued has none, and it is the one we must not send again. Under
        Message Redaction the words are gone once it is sent, and the number may end in XXXX, so that a filter by the
        number finds nothing.
        """
        earliest = since.astimezone(UTC) - self._clock_skew
        latest = datetime.max.replace(tzinfo=UTC) if until is None else until.astimezone(UTC) + self._clock_skew
        with self._call("messages.list", writes=False):
            for filters in ({"to": to}, {}):
                texts = list(self._twilio.messages.stream(**filters, limit=self._find_limit))
                for text in texts:
                    if _is_ours(text, to=to, body=body) and _created(text) >= earliest:
                        return self._accepted(text, "messages.list")
                perhaps = [
                    text
                    for text in texts
                    if _is_ours_redacted(text, to=to, body=body)
                    and earliest <= _created(text) <= latest
                    and text.sid not in known
                ]
                if perhaps:
                    sure = len(perhaps) == 1 and only_one
                    return self._accepted(perhaps[0], "messages.list") if sure else Unidentified()
        return None

    def has_number(self, number: str) -> bool:
        """Whether this account has bought or hosts the number. Raises `vendors.errors.VendorError`."""
        with self._call("incomingPhoneNumbers.list", writes=False):
            return bool(self._twilio.incoming_phone_numbers.list(phone_number=number, limit=1))

    def _sender(self, text: NewText) -> dict[str, Any]:
        if text.sender:
            return {"from_": text.sender}
        if self._messaging_service_sid:
            return {"messaging_service_sid": self._messaging_service_sid}
        return {"from_": self._default_sender}

    def _accepted(self, message: Any, operation: str) -> AcceptedText:
        state = STATES.get(str(message.status))
        if not message.sid or state is None:
            raise BadAnswer("sid or status is missing or unknown", vendor=VENDOR, operation=operation)
        return AcceptedText(ref=message.sid, state=state)

    @contextmanager
    def _call(self, operation: str, *, writes: bool) -> Iterator[None]:
        try:
            with deadline(self._call_seconds), call(operation, writes=writes):
                yield
        except (TwilioRestException, TwilioServiceException) as error:
            # Its text repeats the number, so neither it nor the chain goes on.
            if not 400 <= error.status < 500:
                raise BadAnswer(f"HTTP {error.status}", vendor=VENDOR, operation=operation) from None
            raise refusal(
                code=int(error.code or error.status),
                status=error.status,
                operation=operation,
                wait=self._default_wait,
                queue_wait=self._queue_full_wait,
            ) from None
        except TwilioException:
            raise BadAnswer("an answer the package cannot read", vendor=VENDOR, operation=operation) from None


def _created(text: Any) -> datetime:
    return text.date_created if isinstance(text.date_created, datetime) else datetime.min.replace(tzinfo=UTC)


def _is_ours(text: Any, *, to: str, body: str) -> bool:
    return text.to == to and text.body == body and str(text.direction or "").startswith("outbound")


def _is_ours_redacted(text: Any, *, to: str, body: str) -> bool:
    """It may be this one, by what Twilio still shows. What Twilio or a webhook's answer said by itself is not."""
    numbers = {to, f"{to[:-4]}XXXX"}
    words = text.body == body or _BLOTTED.fullmatch(text.body or "") is not None
    return text.direction == "outbound-api" and text.to in numbers and words


def with_intent(url: str, key: str) -> str:
    """The status callback that carries our intent's reference."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("intent", key)]
    return urlunsplit(parts._replace(query=urlencode(query)))
