"""Patterns of what callers send, each with the words for whoever missed it: a regular expression is no answer."""

from __future__ import annotations

from typing import Final

#: No control characters: Postgres keeps no NUL, and logs stay one line a thing.
ONE_LINE: Final = r"^[^\x00-\x1f]*$"
SOME_WORDS: Final = r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$"
#: What a client reads: lines are allowed, other control characters are not.
LINES: Final = r"^[^\x00-\x09\x0b-\x1f]*[^\x00-\x1f\s][^\x00-\x09\x0b-\x1f]*$"
ACTION: Final = r"^[a-z_]{1,40}$"
REQUEST_ID: Final = r"^[A-Za-z0-9_.:-]{8,80}$"

IN_WORDS: Final = {
    ONE_LINE: "must be one line, without control characters",
    SOME_WORDS: "must be one line of some words, without control characters",
    LINES: "must have words in it, and no control characters but line breaks",
    ACTION: "must be one of the task's choices, as its `action` says it: small letters and underscores",
    REQUEST_ID: "must be 8 to 80 letters, digits or any of _ . : -",
}
