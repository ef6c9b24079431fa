"""What a practice refuses, whoever asks. Each dialect puts it into its own form."""

from __future__ import annotations


class Refused(Exception):
    """The request is understood and refused; `code` is BAD_REQUEST, NOT_FOUND or CONFLICT."""

    def __init__(self, message: str, *, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class UnknownId(Refused):
    """Something was named that is not here."""

    def __init__(self, what: str, given: str) -> None:
        super().__init__(f"{what} {given} was not found", code="NOT_FOUND")
