"""E-mail addresses as every mail vendor takes them."""

from __future__ import annotations

import re
from typing import Final

#: Typographic quotes are put around an address by a word processor, and stand in none.
_UNFIT: Final = r"@\s<>\"(),:;\[\]\\“”„«»‘’‹›"
_ADDRESS: Final = re.compile(rf"[^{_UNFIT}]+@(?:[^{_UNFIT}.]+\.)+[^{_UNFIT}.]+")
#: RFC 5321, 4.5.3.1.3, as commonly read.
_LONGEST: Final = 254


def is_address(text: str) -> bool:
    """Whether this is one bare address: no name, no angle brackets, no list, no space around it. Whether the mailbox is
    there, only a mail tells."""
    if len(text) > _LONGEST or ".." in text or not text.isprintable():
        return False
    local, _, domain = text.rpartition("@")
    unfit = local.startswith(".") or local.endswith(".") or domain.startswith("-") or domain.endswith("-")
    return not unfit and _ADDRESS.fullmatch(text) is not None
