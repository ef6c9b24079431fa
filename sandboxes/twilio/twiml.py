"""Reads the answers to an inbound text."""

from __future__ import annotations

from xml.etree import ElementTree


class InvalidTwimlError(ValueError):
    """Raised when an answer is not TwiML; Twilio logs it and sends nothing."""


def replies_in(text: str) -> list[str]:
    """Return the bodies of `<Response><Message>…`, plain or within `<Body>`. Raises InvalidTwimlError."""
    if "<!" in text:
        raise InvalidTwimlError("document types and entities are not read")
    try:
        response = ElementTree.fromstring(text.strip())
    except ElementTree.ParseError as problem:
        raise InvalidTwimlError(str(problem)) from problem
    if response.tag != "Response":
        raise InvalidTwimlError(f"the root is <{response.tag}>, not <Response>")
    replies: list[str] = []
    for message in response.findall("Message"):
        body = message.find("Body")
        replies.append("".join((message if body is None else body).itertext()).strip())
    return [reply for reply in replies if reply]
