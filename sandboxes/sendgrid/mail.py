"""Reads a mail send request strictly, and says which mails it stands for."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandboxes.common.schema_check import SpecExtract
from sandboxes.sendgrid.config import Template
from sandboxes.sendgrid.errors import refuse

SPEC = SpecExtract("sandboxes.sendgrid")
ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+")
RESERVED_HEADERS = frozenset(
    {
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    }
)
MOST_RECIPIENTS = 1000
MOST_CUSTOM_ARGS_BYTES = 10_000
FURTHEST_SECONDS = 72 * 3600


@dataclass(kw_only=True)
class Mail:
    """One message to one address, with what became of it."""

    id: str
    request_id: str
    to: str
    sender: str
    sender_name: str
    reply_to: str
    subject: str
    text: str
    html: str
    custom_args: dict[str, str]
    categories: list[str]
    group_id: int | None
    bypass: frozenset[str]
    send_at: int | None
    practice_at: datetime
    status: str = "accepted"
    reached_at: datetime | None = None
    events: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What a request says about one recipient."""

    to: str
    sender: str
    sender_name: str
    reply_to: str
    subject: str
    text: str
    html: str
    custom_args: dict[str, str]
    categories: list[str]
    group_id: int | None
    bypass: frozenset[str]
    send_at: int | None


def envelopes(body: Any, templates: Mapping[str, Template]) -> list[Envelope]:
    """Return one envelope a recipient, in order. Raises RefusedError with the field SendGrid would name."""
    problems = SPEC.problems("SendMail.request", body)
    if problems:
        raise refuse(_in_words(problems[0].message), problems[0].path or None)
    _check_message(body, templates)
    found = [
        _envelope(body, personal, recipient["email"], templates)
        for personal in body["personalizations"]
        for kind in ("to", "cc", "bcc")
        for recipient in personal.get(kind, [])
    ]
    if len(found) > MOST_RECIPIENTS:
        raise refuse("The total number of recipients must be no more than 1000", "personalizations")
    return found


def is_sandboxed(body: dict[str, Any]) -> bool:
    """Say whether the request only wants to be checked."""
    return bool(body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"))


def _in_words(message: str) -> str:
    return f"Bad Request: {message}" if len(message) < 300 else "Bad Request: the value does not fit the schema"


def _check_message(body: dict[str, Any], templates: Mapping[str, Template]) -> None:
    if "reply_to" in body and "reply_to_list" in body:
        raise refuse("Only one of reply_to and reply_to_list may be given", "reply_to_list")
    template_id = body.get("template_id")
    if template_id is not None and template_id not in templates:
        raise refuse("The template_id must be a valid template of this account", "template_id")
    template = templates.get(template_id) if template_id is not None else None
    contents = body.get("content", [])
    if not contents and not (template and (template.text or template.html)):
        raise refuse("The content value must be an array of content objects", "content")
    types = [content["type"] for content in contents]
    if "text/plain" in types[1:]:
        raise refuse("If present, text/plain must be first, followed by text/html", "content")
    if "batch_id" in body:
        raise refuse("The batch_id is not valid: this account has made none", "batch_id")
    _check_address(body["from"]["email"], "from.email")
    for number, reply_to in enumerate([body["reply_to"]] if "reply_to" in body else body.get("reply_to_list", [])):
        _check_address(reply_to["email"], f"reply_to.{number}.email")
    _check_headers(body.get("headers", {}), "headers")
    _check_send_at(body.get("send_at"), "send_at")
    for number, attachment in enumerate(body.get("attachments", [])):
        try:
            base64.b64decode(attachment["content"], validate=True)
        except binascii.Error:
            raise refuse("The attachment content must be base64 encoded", f"attachments.{number}.content") from None
    for number, personal in enumerate(body["personalizations"]):
        _check_personalization(body, personal, f"personalizations.{number}", template)


def _check_personalization(
    body: dict[str, Any], personal: dict[str, Any], where: str, template: Template | None
) -> None:
    seen: set[str] = set()
    for kind in ("to", "cc", "bcc"):
        for number, recipient in enumerate(personal.get(kind, [])):
            _check_address(recipient["email"], f"{where}.{kind}.{number}.email")
            if recipient["email"].lower() in seen:
                raise refuse("Each email address in the personalization block should be unique", where)
            seen.add(recipient["email"].lower())
    if not (personal.get("subject") or body.get("subject") or (template and template.subject)):
        raise refuse("The subject is required. You can get around this with a template that has one", "subject")
    _check_headers(personal.get("headers", {}), f"{where}.headers")
    _check_send_at(personal.get("send_at"), f"{where}.send_at")
    arguments = personal.get("custom_args", {})
    if sum(len(name.encode()) + len(value.encode()) for name, value in arguments.items()) > MOST_CUSTOM_ARGS_BYTES:
        raise refuse("custom_args may not exceed 10000 bytes", f"{where}.custom_args")


def _check_address(address: str, where: str) -> None:
    if not ADDRESS.fullmatch(address):
        raise refuse("Does not contain a valid address.", where)


def _check_headers(headers: dict[str, str], where: str) -> None:
    for name in headers:
        if name.lower() in RESERVED_HEADERS:
            raise refuse(f"The header {name} is reserved and cannot be set", f"{where}.{name}")


def _check_send_at(moment: int | None, where: str) -> None:
    if moment is not None and moment > time.time() + FURTHEST_SECONDS:
        raise refuse("Scheduling more than 72 hours in advance is forbidden", where)


def _envelope(body: dict[str, Any], personal: dict[str, Any], to: str, templates: Mapping[str, Template]) -> Envelope:
    sender = personal.get("from", body["from"])
    contents = {content["type"]: content["value"] for content in body.get("content", [])}
    subject = personal.get("subject") or body.get("subject", "")
    text, html = contents.get("text/plain", ""), contents.get("text/html", "")
    template = templates.get(body.get("template_id", ""))
    if template is not None:
        data = personal.get("dynamic_template_data", {})
        subject = _filled(template.subject, data) or subject
        text = _filled(template.text, data) or text
        html = _filled(template.html, data) or html
    for tag, value in personal.get("substitutions", {}).items():
        subject, text, html = (part.replace(tag, value) for part in (subject, text, html))
    replies = [body["reply_to"]] if "reply_to" in body else body.get("reply_to_list", [])
    settings = body.get("mail_settings", {})
    return Envelope(
        to=to,
        sender=sender["email"],
        sender_name=sender.get("name", ""),
        reply_to=", ".join(reply["email"] for reply in replies),
        subject=subject,
        text=text,
        html=html,
        custom_args=personal.get("custom_args", {}),
        categories=body.get("categories", []),
        group_id=body.get("asm", {}).get("group_id"),
        bypass=frozenset(name for name, value in settings.items() if name.startswith("bypass") and value.get("enable")),
        send_at=personal.get("send_at", body.get("send_at")),
    )


def _filled(template: str, data: dict[str, Any]) -> str:
    """Fill `{{name}}` in; SendGrid's further Handlebars are not imitated."""
    return re.sub(r"\{\{\{?\s*([\w.]+)\s*\}?\}\}", lambda found: str(data.get(found.group(1), "")), template)
