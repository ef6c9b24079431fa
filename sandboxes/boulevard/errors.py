"""What this server refuses, in the words a GraphQL client reads in `errors[].message`."""

from __future__ import annotations


class Refused(Exception):
    """The request is understood and refused; `code` becomes `extensions.code` (the vendor's own codes are unknown)."""

    def __init__(self, message: str, *, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.message = message
        self.extensions = {"code": code}  # graphql-core copies this into the error


class UnknownId(Refused):
    """A mutation named something that is not here."""

    def __init__(self, what: str, given: str) -> None:
        super().__init__(f"{what} {given} was not found", code="NOT_FOUND")
