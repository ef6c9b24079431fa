"""The concrete vendors: the only place that names one.

A `Dialect` says how a vendor's account becomes an adapter and a reader of its webhooks; whose account it is, and
whether it comes from a connection or from the environment, is `wiring.connections`' to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlsplit

from operations.ports import StaffChat
from vendors.chat.base import ChatWebhooks
from vendors.chat.slack.client import SlackChat
from vendors.chat.slack.webhooks import SlackWebhooks
from vendors.email.base import Mails, MailWebhooks
from vendors.email.sendgrid.client import SendGridMails
from vendors.email.sendgrid.webhooks import SendGridWebhooks
from vendors.errors import Misconfigured
from vendors.pms import gohighlevel, jane
from vendors.pms.base import Pms, PmsWebhooks
from vendors.pms.boulevard.client import Boulevard
from vendors.pms.boulevard.webhooks import BoulevardWebhooks
from vendors.pms.gohighlevel import GoHighLevel, GoHighLevelWebhooks
from vendors.pms.jane import Jane, JaneWebhooks
from vendors.sms.base import Texts, TextWebhooks
from vendors.sms.twilio.client import TwilioTexts
from vendors.sms.twilio.webhooks import TwilioWebhooks
from vendors.tokens import RenewedTokens, TokenStore
from wiring.settings import (
    BoulevardSettings,
    GoHighLevelSettings,
    JaneSettings,
    SendGridSettings,
    SlackSettings,
    TwilioSettings,
    VendorSettings,
)

AccountT = TypeVar("AccountT", bound=VendorSettings)
PortT = TypeVar("PortT", covariant=True)
ReaderT = TypeVar("ReaderT", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Where an adapter is used: what it needs beside its account."""

    #: Where the vendor reports what became of a text, in public.
    status_url: str
    #: Where a vendor's renewed tokens are kept; none for the environment's account.
    tokens: TokenStore | None = None


@dataclass(frozen=True, kw_only=True)
class Dialect(Generic[AccountT, PortT, ReaderT]):
    """One vendor: its account, its adapter, and the reader of its webhooks, which is None where the account says too
    little to check a signature. `address` is how the vendor names the account in its webhooks."""

    account: type[AccountT]
    adapter: Callable[[AccountT, Seat], PortT]
    reader: Callable[[AccountT], ReaderT | None]
    address: Callable[[AccountT], str | None]
    #: An address as the vendor's webhooks write it, in the form that connections keep.
    plain: Callable[[str], str] = str


def _boulevard(account: BoulevardSettings, _: Seat) -> Boulevard:
    return Boulevard(
        api_key=account.api_key.get_secret_value(),
        api_secret=account.api_secret.get_secret_value(),
        business_id=account.business_id,
        base_url=account.base_url,
        call_seconds=account.timeout_seconds,
        notify_client_on_booking=account.notify_client,
        book_with_staff_id=account.book_with_staff_id,
    )


def _boulevard_webhooks(account: BoulevardSettings) -> BoulevardWebhooks:
    return BoulevardWebhooks(
        application_secrets=(account.application_secret.get_secret_value(),),
        max_age=timedelta(seconds=account.webhook_tolerance_seconds),
    )


def _twilio(account: TwilioSettings, seat: Seat) -> TwilioTexts:
    secret = account.api_key_secret or account.auth_token
    return TwilioTexts(
        account_sid=account.account_sid,
        username=account.api_key_sid,
        password=secret.get_secret_value(),
        messaging_service_sid=account.messaging_service_sid,
        default_sender=account.from_number,
        status_callback=seat.status_url,
        base_url=account.base_url,
        call_seconds=account.timeout_seconds,
    )


def _twilio_webhooks(account: TwilioSettings) -> TwilioWebhooks:
    tokens = [account.auth_token, account.auth_token_secondary]
    return TwilioWebhooks(auth_tokens=tuple(token.get_secret_value() for token in tokens if token is not None))


def _sendgrid(account: SendGridSettings, _: Seat) -> SendGridMails:
    return SendGridMails(
        api_key=account.api_key.get_secret_value(),
        from_address=account.from_email,
        from_name=account.from_name,
        base_url=account.base_url,
        call_seconds=account.timeout_seconds,
    )


def _sendgrid_webhooks(account: SendGridSettings) -> SendGridWebhooks | None:
    if account.event_public_key is None:
        return None
    return SendGridWebhooks(
        public_keys=(account.event_public_key,), max_age=timedelta(seconds=account.event_tolerance_seconds)
    )


def _slack(account: SlackSettings, _: Seat) -> StaffChat:
    chat = SlackChat(
        bot_token=account.bot_token.get_secret_value(),
        base_url=account.base_url,
        response_hosts=frozenset({"hooks.slack.com", urlsplit(account.base_url).hostname or ""}),
        call_seconds=account.timeout_seconds,
    )
    return StaffChat(chat=chat, channel=account.channel, managers=account.managers)


def _slack_webhooks(account: SlackSettings) -> SlackWebhooks:
    return SlackWebhooks(signing_secrets=(account.signing_secret.get_secret_value(),))


def _gohighlevel(account: GoHighLevelSettings, seat: Seat) -> GoHighLevel:
    token: str | RenewedTokens
    if account.token is not None:
        token = account.token.get_secret_value()
    else:
        assert account.client_id is not None and account.client_secret is not None  # the account's own rule
        token = gohighlevel.renewing(
            client_id=account.client_id,
            client_secret=account.client_secret.get_secret_value(),
            store=_kept(seat, "gohighlevel"),
            base_url=account.base_url,
        )
    return GoHighLevel(
        location_id=account.location_id,
        token=token,
        base_url=account.base_url,
        call_seconds=account.timeout_seconds,
        notify_client=account.notify_client,
    )


def _jane(account: JaneSettings, seat: Seat) -> Jane:
    tokens = jane.renewing(
        client_id=account.client_id,
        client_secret=account.client_secret.get_secret_value(),
        store=_kept(seat, "jane"),
        token_url=account.token_url,
    )
    return Jane(clinic_url=account.base_url, tokens=tokens, call_seconds=account.timeout_seconds)


def _jane_webhooks(account: JaneSettings) -> JaneWebhooks | None:
    if not account.webhook_secrets:
        return None
    secrets = tuple(secret.get_secret_value() for secret in account.webhook_secrets)
    return JaneWebhooks(secrets=secrets, signed=account.signed, clinic_guid=account.clinic_guid)


def _kept(seat: Seat, vendor: str) -> TokenStore:
    if seat.tokens is None:
        raise Misconfigured("its tokens are renewed, so it needs a connection", vendor=vendor, operation="connect")
    return seat.tokens


PMS: Final[Mapping[str, Dialect[Any, Pms, PmsWebhooks]]] = {
    "boulevard": Dialect(
        account=BoulevardSettings,
        adapter=_boulevard,
        reader=_boulevard_webhooks,
        address=lambda account: account.business_id,
        plain=lambda address: address.removeprefix("urn:blvd:Business:"),
    ),
    "gohighlevel": Dialect(
        account=GoHighLevelSettings,
        adapter=_gohighlevel,
        # Signed with the vendor's own key for every account: which one an event is of is read from it.
        reader=lambda _: GoHighLevelWebhooks(),
        address=lambda account: account.location_id,
    ),
    "jane": Dialect(
        account=JaneSettings,
        adapter=_jane,
        reader=_jane_webhooks,
        address=lambda account: None if account.clinic_guid is None else str(account.clinic_guid),
    ),
}
SMS: Final[Mapping[str, Dialect[Any, Texts, TextWebhooks]]] = {
    "twilio": Dialect(
        account=TwilioSettings,
        adapter=_twilio,
        reader=_twilio_webhooks,
        address=lambda account: account.from_number,
    )
}
EMAIL: Final[Mapping[str, Dialect[Any, Mails, MailWebhooks]]] = {
    "sendgrid": Dialect(
        account=SendGridSettings,
        adapter=_sendgrid,
        reader=_sendgrid_webhooks,
        address=lambda account: account.from_email,
    )
}
#: Which workspace a bot's token is for, only Slack can say.
CHAT: Final[Mapping[str, Dialect[Any, StaffChat, ChatWebhooks]]] = {
    "slack": Dialect(account=SlackSettings, adapter=_slack, reader=_slack_webhooks, address=lambda _: None)
}
#: Every vendor, by what for.
DIALECTS: Final[Mapping[str, Mapping[str, Dialect[Any, Any, Any]]]] = {
    "pms": PMS,
    "sms": SMS,
    "email": EMAIL,
    "chat": CHAT,
}

#: Whom Chairflow speaks to, by what for: what a practice's file may name.
SPOKEN: Final = {purpose: frozenset(vendors) for purpose, vendors in DIALECTS.items()}
#: What each vendor is for.
PURPOSES: Final = {vendor: purpose for purpose, vendors in DIALECTS.items() for vendor in vendors}
