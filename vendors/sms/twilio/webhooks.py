"""Twilio's webhooks: verified with its own validator over every parameter, known or not."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, parse_qsl, urlsplit

from twilio.request_validator import RequestValidator

from vendors.errors import Malformed, Unauthorised, Undocumented
from vendors.sms.base import InboundText, TextReport, TextState
from vendors.sms.twilio.errors import OPTED_OUT, UNREACHABLE_FOR_GOOD
from vendors.sms.twilio.states import STATES

_OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})
_MAX_FIELDS = 500


class _Form(dict[str, list[str]]):
    """Form parameters with every value of a repeated name, as the validator asks for them."""

    def getall(self, name: str) -> list[str]:
        return self[name]

    def first(self, name: str) -> str | None:
        values = self.get(name)
        return values[0] if values and values[0] else None

    def required(self, name: str) -> str:
        value = self.first(name)
        if value is None:
            raise Malformed(f"{name} is missing")
        return value


class TwilioWebhooks:
    """Implements `TextWebhooks`. Two auth tokens hold at once while one is being replaced.

    A signature has no time in it, so a replay verifies: `event_key` is what makes it harmless.
    """

    def __init__(self, *, auth_tokens: tuple[str, ...]) -> None:
        if not auth_tokens or not all(auth_tokens):
            raise ValueError("auth_tokens is empty; Twilio's webhooks cannot be verified without the account's token")
        self._validators = tuple(RequestValidator(token) for token in auth_tokens)

    def inbound(self, *, url: str, headers: Mapping[str, str], body: bytes) -> InboundText:
        """A text from a phone. Raises `Unauthorised` or `Malformed`."""
        form = self._verified(url, headers, body)
        ref = form.required("MessageSid")
        if "Body" not in form:
            # Present even when empty; without it this is a status report sent to the wrong address.
            raise Malformed("Body is missing; check which address the number and the status callback point to")
        opt_out = form.first("OptOutType")
        return InboundText(
            event_key=f"inbound:{ref}",
            ref=ref,
            sender=form.required("From"),
            recipient=form.required("To"),
            body=form.first("Body") or "",
            vendor_opt_out=opt_out.lower() if opt_out in _OPT_OUT_TYPES else None,
        )

    def status(self, *, url: str, headers: Mapping[str, str], body: bytes) -> TextReport:
        """A status report. Raises `Unauthorised`, `Malformed` or `Undocumented`."""
        form = self._verified(url, headers, body)
        ref, status = form.required("MessageSid"), form.required("MessageStatus")
        state = STATES.get(status)
        if state is None:
            raise Undocumented("MessageStatus is not one that Twilio documents for outbound texts")
        code = form.first("ErrorCode")
        number = int(code) if code and code.isascii() and code.isdigit() else None
        failed = state is TextState.FAILED
        return TextReport(
            event_key=f"status:{ref}:{status}",
            ref=ref,
            key=next(iter(parse_qs(urlsplit(url).query).get("intent", ())), None),
            state=state,
            error_code=code,
            permanent=failed and number in UNREACHABLE_FOR_GOOD,
            opted_out=failed and number in OPTED_OUT,
        )

    def _verified(self, url: str, headers: Mapping[str, str], body: bytes) -> _Form:
        signature = {name.lower(): value for name, value in headers.items()}.get("x-twilio-signature", "")
        form = _Form()
        try:
            for name, value in parse_qsl(
                body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
            ):
                form.setdefault(name, []).append(value)
        except ValueError as error:
            raise Unauthorised("the body is not a form, so no signature can hold") from error
        # The fragment is never signed; the validator itself tries the URL with and without the default port.
        public = urlsplit(url)._replace(fragment="").geturl()
        if not any(validator.validate(public, form, signature) for validator in self._validators):
            raise Unauthorised("the signature does not hold")
        return form
