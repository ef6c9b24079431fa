"""The concrete vendors: the only place that names one. A vendor whose settings are unset is off."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import urlsplit

from models.repositories import practices
from models.session import Database
from operations.ports import StaffChat
from vendors.chat.base import ChatWebhooks
from vendors.chat.slack.client import SlackChat
from vendors.chat.slack.webhooks import SlackWebhooks
from vendors.email.base import Mails, MailWebhooks
from vendors.email.sendgrid.client import SendGridMails
from vendors.email.sendgrid.webhooks import SendGridWebhooks
from vendors.errors import Misconfigured
from vendors.pms.base import Pms, PmsWebhooks
from vendors.pms.boulevard.client import Boulevard
from vendors.pms.boulevard.webhooks import BoulevardWebhooks
from vendors.sms.base import Texts, TextWebhooks
from vendors.sms.twilio.client import TwilioTexts
from vendors.sms.twilio.webhooks import TwilioWebhooks
from wiring.settings import Settings

#: Whom Chairflow speaks to, by what for: what a practice's file may name.
SPOKEN: Final = {
    "pms": frozenset({Boulevard.kind}),
    "sms": frozenset({"twilio"}),
    "email": frozenset({"sendgrid"}),
    "chat": frozenset({"slack"}),
}


class SettingsVendors:
    """Implements `operations.ports.Vendors` from the environment's settings; clients are made once a process."""

    def __init__(self, *, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._slug = lru_cache(maxsize=1024)(self._load_slug)
        self._texts = lru_cache(maxsize=1024)(self._make_texts)

    def pms(self, practice_id: int) -> Pms:
        with self._database.transaction() as session:
            kind = practices.load(session, practice_id).pms_kind
        if kind not in SPOKEN["pms"] or self._boulevard is None:
            raise Misconfigured(
                "no such practice system is connected; set its CHAIRFLOW_ variables", vendor=kind, operation="connect"
            )
        return self._boulevard

    def texts(self, practice_id: int) -> Texts | None:
        return None if self._settings.twilio is None else self._texts(practice_id)

    def mails(self, practice_id: int) -> Mails | None:
        return self._sendgrid

    def chat(self, practice_id: int) -> StaffChat | None:
        if self._slack is None or self._settings.slack is None:
            return None
        with self._database.transaction() as session:
            connection = practices.connection(session, practice_id, "chat")
        options = {} if connection is None else connection.options
        return StaffChat(
            chat=self._slack,
            channel=str(options.get("channel") or self._settings.slack.channel),
            managers=str(options["managers"]) if options.get("managers") else None,
        )

    @cached_property
    def _boulevard(self) -> Boulevard | None:
        settings = self._settings.boulevard
        if settings is None:
            return None
        return Boulevard(
            api_key=settings.api_key.get_secret_value(),
            api_secret=settings.api_secret.get_secret_value(),
            business_id=settings.business_id,
            base_url=settings.base_url,
            call_seconds=settings.timeout_seconds,
            notify_client_on_booking=settings.notify_client,
            book_with_staff_id=settings.book_with_staff_id,
        )

    @cached_property
    def _sendgrid(self) -> SendGridMails | None:
        settings = self._settings.sendgrid
        if settings is None:
            return None
        return SendGridMails(
            api_key=settings.api_key.get_secret_value(),
            from_address=settings.from_email,
            from_name=settings.from_name,
            base_url=settings.base_url,
            call_seconds=settings.timeout_seconds,
        )

    @cached_property
    def _slack(self) -> SlackChat | None:
        settings = self._settings.slack
        if settings is None:
            return None
        return SlackChat(
            bot_token=settings.bot_token.get_secret_value(),
            base_url=settings.base_url,
            response_hosts=frozenset({"hooks.slack.com", urlsplit(settings.base_url).hostname or ""}),
            call_seconds=settings.timeout_seconds,
        )

    def _make_texts(self, practice_id: int) -> TwilioTexts:
        settings = self._settings.twilio
        assert settings is not None  # asked in `texts`
        secret = settings.api_key_secret or settings.auth_token
        return TwilioTexts(
            account_sid=settings.account_sid,
            username=settings.api_key_sid,
            password=secret.get_secret_value(),
            messaging_service_sid=settings.messaging_service_sid,
            default_sender=settings.from_number,
            status_callback=f"{self._settings.public_base_url}/webhooks/twilio/status/{self._slug(practice_id)}",
            base_url=settings.base_url,
            call_seconds=settings.timeout_seconds,
        )

    def _load_slug(self, practice_id: int) -> str:
        with self._database.transaction() as session:
            return practices.load(session, practice_id).slug


def pms_webhooks(settings: Settings) -> dict[str, PmsWebhooks]:
    """Readers of PMS webhooks by kind; a PMS that is off has none, and its calls are refused."""
    if settings.boulevard is None:
        return {}
    return {
        Boulevard.kind: BoulevardWebhooks(
            application_secrets=(settings.boulevard.application_secret.get_secret_value(),),
            max_age=timedelta(seconds=settings.boulevard.webhook_tolerance_seconds),
        )
    }


def text_webhooks(settings: Settings) -> TextWebhooks | None:
    if settings.twilio is None:
        return None
    tokens = [settings.twilio.auth_token, settings.twilio.auth_token_secondary]
    return TwilioWebhooks(auth_tokens=tuple(token.get_secret_value() for token in tokens if token is not None))


def mail_webhooks(settings: Settings) -> MailWebhooks | None:
    if settings.sendgrid is None or settings.sendgrid.event_public_key is None:
        return None
    return SendGridWebhooks(
        public_keys=(settings.sendgrid.event_public_key,),
        max_age=timedelta(seconds=settings.sendgrid.event_tolerance_seconds),
    )


def chat_webhooks(settings: Settings) -> ChatWebhooks | None:
    if settings.slack is None:
        return None
    return SlackWebhooks(signing_secrets=(settings.slack.signing_secret.get_secret_value(),))
