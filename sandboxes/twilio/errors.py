"""Twilio's errors: `{"code", "message", "more_info", "status"}`.

Codes of the vendor notes, §7 and §2, are documented there. Those marked below are widely known but were not checked
again; a client should treat them as "a 4xx that will not get better".
"""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse

from sandboxes.common.sandbox import RefusedError

MESSAGES = {
    20001: "Invalid parameter",  # not checked again
    20003: "Authenticate",
    20009: "Cannot change this resource in its present state",  # not checked again
    20404: "The requested resource was not found",  # not checked again
    20429: "Too Many Requests",
    20500: "Internal Server Error",  # not checked again
    21211: "Invalid 'To' Phone Number",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21602: "Message body is required.",  # not checked again
    21603: "A 'From' or 'MessagingServiceSid' parameter is required to send a message",  # not checked again
    21604: "A 'To' phone number is required.",  # not checked again
    21606: "The 'From' phone number provided is not a valid, SMS-capable Twilio phone number",
    21608: "The number is unverified. Trial accounts cannot send messages to unverified numbers",
    21609: "The 'StatusCallback' URL is not a valid URL",  # not checked again
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number is not currently reachable using the 'From' phone number via SMS",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",  # not checked again
    21635: "'To' number cannot be a landline",
    21701: "The Messaging Service does not exist",  # not checked again
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
    30036: "Validity Period Expired",
    30409: "Message cannot be canceled in its present state",  # not checked again
    30450: "Message delivery blocked (SMS Pumping Protection)",
    30610: "Message blocked: quiet hours",
    30640: "Message blocked: litigator list",
    35111: "Missing SendAt parameter",
    35114: "SendAt time must be in the future",
    35115: "SendAt time is outside the window",
    35118: "MessagingServiceSid is required to schedule a message",
}
STATUSES = {20003: 401, 20009: 409, 20404: 404, 20429: 429, 20500: 500, 21701: 404}
FAILED_RATHER_THAN_UNDELIVERED = frozenset({30001, 30034, 30036, 30450, 30610, 30640})


def error(code: int, message: str | None = None, status: int | None = None) -> Response:
    """Return an error answer."""
    status = status or STATUSES.get(code, 400)
    text = message or MESSAGES.get(code, "An error occurred")
    more = f"https://www.twilio.com/docs/errors/{code}"
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if status == 401 else None
    return JSONResponse({"code": code, "message": text, "more_info": more, "status": status}, status, headers)


def refuse(code: int, message: str | None = None) -> RefusedError:
    """Return the refusal to raise while a request is performed."""
    return RefusedError(error(code, message))
