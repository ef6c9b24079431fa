"""Text as Postgres can store it: it refuses NUL, and half of a surrogate pair, in text and in JSON alike.

Whatever somebody sent is stored all the same, by whatever door it came; the one place where that is seen to is the
connection. What a vendor sent is kept beside it in a form that gives every byte back.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Final

from psycopg.types.string import StrDumperUnknown

#: Marks a payload that is no text Postgres can store.
_BYTES: Final = "data:application/octet-stream;base64,"
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
#: An escaped NUL, and not an escaped backslash before four digits.
_NUL_IN_JSON: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def storable(text: str) -> str:
    """The text without NUL, which nobody can see, and with a mark for each half of a character."""
    if _UNSTORABLE.search(text) is None:
        return text
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def as_json(value: Any) -> str:
    """JSON as Postgres can store it."""
    text = storable(json.dumps(value, ensure_ascii=False))
    return _NUL_IN_JSON.sub(r"\1", text) if "\\u0000" in text else text


def as_kept(payload: bytes) -> str:
    """A payload as it came, where it is text; else its bytes in letters. `as_came` gives them back."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = _BYTES
    if "\x00" in text or text.startswith(_BYTES):
        return _BYTES + base64.b64encode(payload).decode()
    return text


def as_came(text: str) -> bytes:
    """The payload that was kept so."""
    if text.startswith(_BYTES):
        return base64.b64decode(text.removeprefix(_BYTES))
    return text.encode()


class StorableText(StrDumperUnknown):
    """How every text goes to Postgres."""

    def dump(self, obj: str) -> Any:
        return super().dump(storable(obj))
