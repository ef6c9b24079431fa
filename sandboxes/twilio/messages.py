"""Messages as Twilio keeps and shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any

TERMINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})


@dataclass(kw_only=True)
class Message:
    """One message, in or out. `practice_at` and `reached_at` are practice times, for the phone pages."""

    sid: str
    to: str
    body: str
    status: str
    direction: str
    created: datetime
    updated: datetime
    practice_at: datetime
    sender: str | None = None
    service: str | None = None
    segments: int = 0
    media: int = 0
    sent: datetime | None = None
    error_code: int | None = None
    error_message: str | None = None
    callback: str | None = None
    intent: str | None = None
    valid_seconds: int = 36000
    send_at: datetime | None = None
    reached_at: datetime | None = None
    automatic: bool = False
    #: What the API shows no more of it: "bodies", "numbers", "both" or nothing ("off").
    redacted: str = "off"

    @property
    def shown_body(self) -> str:
        """Return the words, as far as the API still has them."""
        return "" if self.redacted in {"bodies", "both"} else self.body

    def shown_number(self, number: str | None) -> str | None:
        """Return a number, the person's without its last four digits where those are redacted."""
        hides = self.redacted in {"numbers", "both"} and number is not None and number == self.person
        return f"{number[:-4]}XXXX" if hides and number is not None else number

    @property
    def person(self) -> str:
        """Return the number of the person, whichever way the message went."""
        return (self.sender or "") if self.direction == "inbound" else self.to

    def view(self, account_sid: str) -> dict[str, Any]:
        """Return the resource as the API shows it."""
        uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{self.sid}"
        return {
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "body": self.shown_body,
            "date_created": rfc2822(self.created),
            "date_sent": rfc2822(self.sent),
            "date_updated": rfc2822(self.updated),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": self.error_message,
            "from": self.shown_number(self.sender),
            "messaging_service_sid": self.service,
            "num_media": str(self.media),
            "num_segments": str(self.segments if self.sender else 0),
            "price": None,
            "price_unit": None,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.shown_number(self.to),
            "uri": f"{uri}.json",
        }


def rfc2822(moment: datetime | None) -> str | None:
    """Return a time as Twilio writes it, in whole seconds."""
    return None if moment is None else format_datetime(moment.astimezone(UTC))


@dataclass(frozen=True)
class SentRange:
    """The half-open stretch of sending times a list asks for."""

    begins: datetime | None = None
    ends: datetime | None = None

    @property
    def open(self) -> bool:
        """Say whether everything is asked for."""
        return self.begins is None and self.ends is None

    def holds(self, moment: datetime) -> bool:
        """Say whether a time is within; Twilio knows whole seconds."""
        second = moment.replace(microsecond=0)
        return (self.begins is None or second >= self.begins) and (self.ends is None or second < self.ends)

    def also(self, other: SentRange) -> SentRange:
        """Return what both hold."""
        begins = [moment for moment in (self.begins, other.begins) if moment is not None]
        ends = [moment for moment in (self.ends, other.ends) if moment is not None]
        return SentRange(max(begins, default=None), min(ends, default=None))


def sent_range(operator: str, text: str) -> SentRange:
    """Read one DateSent filter: `=`, `<` (on and before) or `>` (on and after), a GMT date or time.

    Raises ValueError.
    """
    if len(text) == len("2026-01-01"):
        begins = datetime.combine(date.fromisoformat(text), time(), UTC)
        ends = begins + timedelta(days=1)
    else:
        moment = datetime.fromisoformat(text)
        begins = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)
        ends = begins + timedelta(seconds=1)
    return SentRange(begins=None if operator == "<" else begins, ends=None if operator == ">" else ends)
