"""The concrete vendors: the only place that names one.

A `Dialect` says how a vendor's account becomes an adapter and a reader of its webhooks; whose account it is, and
whether it comes from a connection or from the environment, is `wiring.connected_vendors`' to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from vendors.pms.base import DayView, Pms, PmsWebhooks
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
class Trial:
    """What a first try at an account showed. `address` is the account's own, where only the vendor can say."""

    can: tuple[str, ...]
    cannot: tuple[str, ...] = ()
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dialect(Generic[AccountT, PortT, ReaderT]):
    """One vendor: its account, its adapter, and the reader of its webhooks, which is None where the account says too
    little to check a signature. `address` is how the vendor names the account in its webhooks."""

    account: type[AccountT]
    adapter: Callable[[AccountT, Seat], PortT]
    reader: Callable[[AccountT], ReaderT | None]
    address: Callable[[AccountT], str | None]
    #: Reads something harmless and says what the account is good for. Raises `vendors.errors.VendorError`.
    trial: Callable[[AccountT, Seat], Trial]
    #: Asked for at connecting, beside what the account cannot do without.
    asks: tuple[str, ...] = ()
    #: Whether the vendor renews tokens, so that a first refresh token is needed.
    renews: Callable[[AccountT], bool] = lambda _: False
    #: How long word of a lost answer is waited for, where the account states it.
    grace: Callable[[AccountT], timedelta | None] = lambda _: None
    #: The paths its webhooks are to be pointed at, behind our public address; `{named}` is the connection.
    hooks: tuple[str, ...]
    #: What to answer to a webhook that could not be kept, so that it comes again.
    retry_status: int = 503
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
        unproven_calls=account.unproven_calls,
    )


def _try_boulevard(account: BoulevardSettings, seat: Seat) -> Trial:
    pms = _boulevard(account, seat)
    # Signed for the business: one that is not ours, or not installed, is refused whatever is asked.
    pms.fetch_client(client_ref="00000000-0000-4000-8000-000000000000")
    return _trial_of_pms(pms)


def _boulevard_webhooks(account: BoulevardSettings) -> BoulevardWebhooks:
    return BoulevardWebhooks(
        application_secrets=(account.application_secret.get_secret_value(),),
        max_age=timedelta(seconds=account.webhook_tolerance_seconds),
    )


def _boulevard_grace(account: BoulevardSettings) -> timedelta:
    return timedelta(seconds=account.read_back_grace_seconds)


def _twilio_grace(account: TwilioSettings) -> timedelta:
    return timedelta(seconds=account.read_back_grace_seconds)


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
    return StaffChat(chat=_slack_client(account), channel=account.channel, managers=account.managers)


def _slack_client(account: SlackSettings) -> SlackChat:
    return SlackChat(
        bot_token=account.bot_token.get_secret_value(),
        base_url=account.base_url,
        response_hosts=frozenset({"hooks.slack.com", urlsplit(account.base_url).hostname or ""}),
        call_seconds=account.timeout_seconds,
    )


def _slack_webhooks(account: SlackSettings) -> SlackWebhooks:
    return SlackWebhooks(signing_secrets=(account.signing_secret.get_secret_value(),))


def _trial_of_pms(pms: Pms) -> Trial:
    """What a practice system tells, shows and takes, in words."""
    can, tells = pms.capabilities, pms.capabilities.tells
    has = {
        "tells of changes by webhook": bool(tells.events),
        "shows a day": can.shows.day is not DayView.UNSEEN,
        "shows blocks": can.shows.blocks,
        "shows shifts": can.shows.shifts,
        "shows rooms": can.shows.rooms,
        "shows what changed since": can.shows.changes_since,
        "tells a confirmed visit from a booked one": can.shows.confirmations,
        "takes bookings": can.takes.book,
        "takes moves": can.takes.move,
        "takes cancellations": can.takes.cancel,
        "takes confirmations": can.takes.confirm,
        "takes new clients": can.takes.create_client,
        "refuses double bookings": can.refuses_double_booking,
    }
    return Trial(
        can=tuple(words for words, there in has.items() if there),
        cannot=tuple(words for words, there in has.items() if not there),
    )


def _try_catalogue(pms: Pms) -> Trial:
    pms.catalogue()
    return _trial_of_pms(pms)


def _try_twilio(account: TwilioSettings, seat: Seat) -> Trial:
    texts = _twilio(account, seat)
    if account.from_number is not None and not texts.has_number(account.from_number):
        raise Misconfigured("the account does not have this number", vendor="twilio", operation="connect")
    return Trial(can=("sends texts", "reads texts", "reports what became of them", "finds a text again"))


def _try_sendgrid(account: SendGridSettings, seat: Seat) -> Trial:
    if "mail.send" not in _sendgrid(account, seat).scopes():
        raise Misconfigured("the key may not send mail: it lacks mail.send", vendor="sendgrid", operation="connect")
    reports = "reports what became of mails"
    if account.event_public_key is None:
        return Trial(can=("sends mails",), cannot=(f"{reports}: event_public_key is not set", "reads mails"))
    return Trial(can=("sends mails", reports), cannot=("reads mails",))


def _try_slack(account: SlackSettings, seat: Seat) -> Trial:
    chat = _slack_client(account)
    team, finds = chat.team(), "finds a card again whose answer was lost"
    try:
        chat.find(channel=account.channel, key="none", since=datetime.now(UTC))
    except Misconfigured as error:
        if error.code != "missing_scope":
            raise
        return Trial(can=("posts cards", "takes presses"), cannot=(f"{finds}: channels:history",), address=team)
    return Trial(can=("posts cards", "takes presses", finds), address=team)


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


def _gohighlevel_webhooks(account: GoHighLevelSettings) -> GoHighLevelWebhooks:
    if account.webhook_key is None:
        return GoHighLevelWebhooks()
    return GoHighLevelWebhooks(ed25519_keys=(account.webhook_key,), rsa_keys=())


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
        trial=_try_boulevard,
        grace=_boulevard_grace,
        hooks=("/webhooks/boulevard/{named}",),
        plain=lambda address: address.removeprefix("urn:blvd:Business:"),
    ),
    "gohighlevel": Dialect(
        account=GoHighLevelSettings,
        adapter=_gohighlevel,
        # Signed with the vendor's own key for every account: which one an event is of is read from it.
        reader=_gohighlevel_webhooks,
        address=lambda account: account.location_id,
        trial=lambda account, seat: _try_catalogue(_gohighlevel(account, seat)),
        asks=("token",),
        retry_status=GoHighLevel.capabilities.tells.retry_status,
        renews=lambda account: account.token is None,
        hooks=("/webhooks/gohighlevel/{named}",),
    ),
    "jane": Dialect(
        account=JaneSettings,
        adapter=_jane,
        reader=_jane_webhooks,
        address=lambda account: None if account.clinic_guid is None else str(account.clinic_guid),
        trial=lambda account, seat: _try_catalogue(_jane(account, seat)),
        renews=lambda _: True,
        hooks=("/webhooks/jane/{named}",),
    ),
}
SMS: Final[Mapping[str, Dialect[Any, Texts, TextWebhooks]]] = {
    "twilio": Dialect(
        account=TwilioSettings,
        adapter=_twilio,
        reader=_twilio_webhooks,
        address=lambda account: account.from_number,
        trial=_try_twilio,
        grace=_twilio_grace,
        asks=("from_number",),
        # Repeats after every failure, and not only where the connection broke (the README says more).
        hooks=("/webhooks/twilio/inbound/{named}#rc=3&rp=all",),
    )
}
EMAIL: Final[Mapping[str, Dialect[Any, Mails, MailWebhooks]]] = {
    "sendgrid": Dialect(
        account=SendGridSettings,
        adapter=_sendgrid,
        reader=_sendgrid_webhooks,
        address=lambda account: account.from_email,
        trial=_try_sendgrid,
        asks=("event_public_key",),
        hooks=("/webhooks/sendgrid/{named}",),
    )
}
#: Which workspace a bot's token is for, only Slack can say.
CHAT: Final[Mapping[str, Dialect[Any, StaffChat, ChatWebhooks]]] = {
    "slack": Dialect(
        account=SlackSettings,
        adapter=_slack,
        reader=_slack_webhooks,
        address=lambda _: None,
        trial=_try_slack,
        hooks=("/webhooks/slack/{named}",),
    )
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
