"""What an adapter read, kept as JSON in its receipt and read back as the port's own value."""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter

from models.repositories.receipts import Purpose, ReceiptFacts
from vendors.chat.base import CardPress
from vendors.email.base import MailReport
from vendors.pms.base import PmsEvent
from vendors.sms.base import InboundText, TextReport

Heard = PmsEvent | InboundText | TextReport | MailReport | CardPress

_TYPES: Final[dict[Purpose, TypeAdapter[Any]]] = {
    Purpose.PMS: TypeAdapter(PmsEvent),
    Purpose.TEXT: TypeAdapter(InboundText),
    Purpose.TEXT_STATUS: TypeAdapter(TextReport),
    Purpose.MAIL_STATUS: TypeAdapter(MailReport),
    Purpose.PRESS: TypeAdapter(CardPress),
}


def to_json(purpose: Purpose, heard: Heard) -> dict[str, Any]:
    plain: dict[str, Any] = _TYPES[purpose].dump_python(heard, mode="json")
    return plain


def from_receipt(receipt: ReceiptFacts) -> Any:
    """The port's value of this receipt's purpose. Raises `pydantic.ValidationError` for a row from another version."""
    plain = {name: value for name, value in receipt.parsed.items() if name != "about"}
    return _TYPES[Purpose(receipt.purpose)].validate_python(plain)
