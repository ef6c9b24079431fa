"""The one reader of the environment (`temporalio.envconfig`, the Temporal client's own, aside).

Every setting is an environment variable `CHAIRFLOW_<NAME>`; a vendor's are `CHAIRFLOW_<VENDOR>_<NAME>`. An empty
variable counts as unset. A vendor none of whose variables is set is off; one that is half set is an error, because a
practice that meant to send texts must not find out from silent patients. `docs/settings.md` lists them all.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from domain.email_addresses import is_address
from vendors.folders import FOLDERS

PREFIX: Final = "CHAIRFLOW_"

# Known to everyone who reads this file, so that a laptop needs no set-up. Production refuses to start on them.
DEVELOPMENT_SECRET: Final = "chairflow-development-only"
DEVELOPMENT_KEY_ID: Final = "development"


#: Every task queue there is; a practice system's kind has one of its own.
QUEUES: Final = ("core", "messaging", *(f"pms-{vendor}" for vendor in FOLDERS["pms"]))
#: Stands for the queues of all practice systems, so that nobody has to list them.
EVERY_PMS: Final = "pms-*"


class SettingsError(ValueError):
    """The environment does not make a usable configuration; the text names each variable and the way out."""


@dataclass(frozen=True)
class CodecKey:
    """One AES-256 key of the payload codec's ring."""

    key_id: str
    key: bytes

    def __repr__(self) -> str:
        return f"CodecKey({self.key_id!r}, …)"


def _bare_address(value: str) -> str:
    if not is_address(value):
        raise ValueError("is not a bare address such as visits@mail.glow.example; a name has its own variable")
    return value


def _base_url(value: str) -> str:
    """Checks an http(s) URL and drops a trailing slash, so that paths can be appended."""
    AnyHttpUrl(value)
    return value.rstrip("/")


def _origin(url: str) -> str:
    """The scheme, host and port a browser sends as `Origin`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class VendorSettings(BaseModel):
    """An account at a vendor, from the environment or of a connection. Its secrets are `SecretStr`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str
    timeout_seconds: PositiveFloat = Field(
        default=8.0, le=8.0, description="How long one call may take; the activity around it ends at 10 s."
    )

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        return _base_url(value)


class BoulevardSettings(VendorSettings):
    """The Admin GraphQL API of one Boulevard business and the secret its webhooks are signed with."""

    base_url: str = Field(
        default="https://dashboard.boulevard.io/api/2020-01/admin",
        description="The Admin API endpoint (Boulevard's own sandbox has another host).",
    )
    business_id: str = Field(description="The business id: the bare UUID, without `urn:blvd:Business:`.")
    api_key: SecretStr = Field(description="API key of the installed application.")
    api_secret: SecretStr = Field(description="API secret, base64 as the portal shows it, in either alphabet.")
    application_secret: SecretStr = Field(
        description="Application secret, base64 in either alphabet; signs the webhooks."
    )
    webhook_tolerance_seconds: PositiveInt = Field(
        default=86400,
        description="How old a webhook's signed time may be. Whether a repeat is signed anew is not documented, and "
        "Boulevard repeats for hours; a replay inside the window is known by its event key and does nothing.",
    )
    requests_per_second: PositiveFloat = Field(
        default=5.0,
        description="Pace of calls to this vendor, all processes together. Boulevard limits by query cost "
        "(10,000 points, 50 a second back), so the right figure depends on the practice's size.",
    )
    book_with_staff_id: str | None = Field(
        default=None,
        description="Staff URN given as `bookWithStaffId` when a booking is completed. Whether it must be the visit's "
        "provider is not documented; unset means the provider of the first segment.",
    )
    notify_client: bool = Field(
        default=False, description="Whether Boulevard sends its own confirmation too. Chairflow confirms by itself."
    )
    unproven_calls: bool = Field(
        default=False,
        description="Whether visits are moved and clients added by calls of Boulevard's that nobody was seen to make "
        "on a live tenant (docs/boulevard.md). Turn it on once they were tried on yours.",
    )
    read_back_grace_seconds: PositiveFloat = Field(
        default=2.0, description="Wait before the second look for a booking whose answer was lost."
    )

    @field_validator("business_id")
    @classmethod
    def _bare_uuid(cls, value: str) -> str:
        return value.removeprefix("urn:blvd:Business:")

    @field_validator("api_secret", "application_secret")
    @classmethod
    def _is_base64(cls, value: SecretStr) -> SecretStr:
        try:
            base64.b64decode(value.get_secret_value(), validate=True)
        except binascii.Error as error:
            raise ValueError("is not base64; copy it from the developer portal as shown") from error
        return value


class GoHighLevelSettings(VendorSettings):
    """A GoHighLevel sub-account, by a private integration token or by a marketplace app. For connections only."""

    base_url: str = Field(default="https://services.leadconnectorhq.com", description="The API's host.")
    location_id: str = Field(description="The sub-account's id (GoHighLevel says location).")
    token: SecretStr | None = Field(default=None, description="Private integration token; else an app's pair below.")
    client_id: str | None = Field(default=None, description="The marketplace app's id.")
    client_secret: SecretStr | None = Field(default=None, description="The marketplace app's secret.")
    notify_client: bool = Field(default=False, description="Whether the account's own automations run on our visits.")
    webhook_key: str | None = Field(
        default=None,
        description="The Ed25519 public key that events are signed with, where it is not the published one.",
    )
    requests_per_second: PositiveFloat = Field(
        default=10.0, description="Pace of calls, all processes together; GoHighLevel takes 100 in ten seconds."
    )

    @model_validator(mode="after")
    def _has_a_token(self) -> GoHighLevelSettings:
        if self.token is None and (self.client_id is None or self.client_secret is None):
            raise ValueError("token is missing; or give client_id and client_secret of a marketplace app")
        return self


class JaneSettings(VendorSettings):
    """A Jane clinic, by OAuth of Jane's developer platform. For connections only."""

    base_url: str = Field(description="The clinic's address: https://clinic.janeapp.com.")
    token_url: str = Field(
        default="https://login.id.janeapp.com/realms/jane/protocol/openid-connect/token",
        description="Where its tokens are renewed.",
    )
    client_id: str = Field(description="The partner client's id.")
    client_secret: SecretStr = Field(description="The partner client's secret.")
    webhook_secrets: tuple[SecretStr, ...] = Field(
        default=(), description="Secrets of its webhook subscriptions; each was shown once. None: events are refused."
    )
    signed: Literal["body", "timestamp.body"] = Field(
        default="body", description="What a signature is made over; Jane does not document which."
    )
    requests_per_second: PositiveFloat = Field(
        default=1.6, description="Pace of calls, all processes together; Jane takes 100 a minute."
    )
    clinic_guid: int | None = Field(default=None, description="The clinic's number in events, where it is known.")


class TwilioSettings(VendorSettings):
    """Twilio Programmable Messaging: one account, one sender."""

    base_url: str = Field(default="https://api.twilio.com", description="The API's host.")
    account_sid: str = Field(description="Account SID (`AC…`).")
    auth_token: SecretStr = Field(description="Auth token; verifies webhooks, and sends where no API key is set.")
    auth_token_secondary: SecretStr | None = Field(
        default=None, description="Second auth token that webhooks may be signed with, while tokens are rotated."
    )
    api_key_sid: str | None = Field(default=None, description="API key (`SK…`) to send with, instead of the token.")
    api_key_secret: SecretStr | None = Field(default=None, description="Secret of that API key.")
    from_number: str | None = Field(default=None, description="Sender in E.164; or name a messaging service.")
    messaging_service_sid: str | None = Field(default=None, description="Messaging service (`MG…`) to send from.")
    requests_per_second: PositiveFloat = Field(
        default=20.0, description="Pace of calls to this vendor, all processes together."
    )
    read_back_grace_seconds: PositiveFloat = Field(
        default=120.0,
        description="How long word of a text whose answer was lost is waited for before it is sent once more.",
    )

    @model_validator(mode="after")
    def _has_a_sender(self) -> TwilioSettings:
        if self.from_number is None and self.messaging_service_sid is None:
            raise ValueError(
                f"{PREFIX}TWILIO_FROM_NUMBER or {PREFIX}TWILIO_MESSAGING_SERVICE_SID must be set: no sender"
            )
        if (self.api_key_sid is None) != (self.api_key_secret is None):
            raise ValueError(f"{PREFIX}TWILIO_API_KEY_SID and _SECRET go together: set both or neither")
        return self


class SendGridSettings(VendorSettings):
    """SendGrid mail send and its signed event webhook."""

    base_url: str = Field(default="https://api.sendgrid.com", description="The API's host (EU: api.eu.sendgrid.com).")
    api_key: SecretStr = Field(description="API key with `mail.send`.")
    from_email: Annotated[str, AfterValidator(_bare_address)] = Field(
        description="Verified sender address, bare: `visits@mail.glow.example`. The name beside it is `_FROM_NAME`."
    )
    from_name: str = Field(default="", description="Sender name a client sees; empty means the practice's name.")
    event_public_key: str | None = Field(
        default=None, description="Public key of the signed event webhook (base64). Unset: events are refused."
    )
    event_tolerance_seconds: PositiveInt = Field(
        default=93600,
        description="How old an event webhook's signed time may be. SendGrid repeats for 24 hours; a replay inside the "
        "window is known by its event key and does nothing.",
    )


class SlackSettings(VendorSettings):
    """A Slack app with a bot token and signed interactivity."""

    base_url: str = Field(default="https://slack.com/api", description="The Web API.")
    bot_token: SecretStr = Field(description="Bot token (`xoxb-…`) with `chat:write`.")
    signing_secret: SecretStr = Field(description="Signing secret of the app.")
    channel: str = Field(description="Channel id for cards, where the practice names none of its own.")
    managers: str | None = Field(
        default=None,
        description="Channel id for tasks that a client waits for and nobody answered in time; unset: the cards' own.",
    )


VENDORS: Final = ("boulevard", "twilio", "sendgrid", "slack")

_OFF: Final = {
    "boulevard": "no practice on Boulevard can be served",
    "twilio": "no texts are sent or read",
    "sendgrid": "no e-mail is sent",
    "slack": "staff get no Slack cards; tasks stay readable under /tasks",
}


class Settings(BaseSettings):
    """Everything that differs between a laptop, a test, a demo and a production."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    environment: Literal["development", "production"] = Field(
        default="development", description="`production` refuses development secrets and the demo's codec role."
    )
    database_url: str = Field(
        default="postgresql+psycopg://postgres@127.0.0.1:5432/chairflow",
        repr=False,
        description="Postgres. `postgres://` and `postgresql://` are read as psycopg 3. A transaction pooler "
        "(PgBouncer) may stand before it: statements are then not prepared, which costs some speed.",
    )
    database_pool_size: PositiveInt = Field(default=20, description="Connections one process keeps at most.")
    public_base_url: str = Field(
        default="http://127.0.0.1:8000",
        description="How the outside reaches the API: in links to clients, and in the URL Twilio signs.",
    )
    api_host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    api_port: int = Field(default=8000, ge=0, le=65535, description="Port the API listens on.")

    temporal_namespace: str = Field(
        default="default",
        validation_alias="TEMPORAL_NAMESPACE",
        description="Temporal namespace; the Temporal client's own variable. Sealed payloads are bound to it.",
    )
    temporal_ui_url: str = Field(default="http://127.0.0.1:8233", description="The Temporal UI, for links to people.")
    temporal_ui_origin: str | None = Field(
        default=None, description="Browser origin that may call `/codec`. Unset: the origin of the UI's URL."
    )

    codec_keys: SecretStr | None = Field(
        default=None,
        description="Keyring of the payload codec: `id:base64,id2:base64`, 32 bytes each. The first seals; all of them "
        "open. Never drop a key while histories sealed with it live.",
    )
    codec_demo_admin_origin: str | None = Field(
        default=None,
        description="Origin whose calls to `/codec/decode` need no token (logged as `demo-admin`). "
        "Refused in production.",
    )
    oidc_issuer: str | None = Field(default=None, description="Issuer of the tokens `/codec/decode` takes.")
    oidc_audience: str | None = Field(default=None, description="Audience those tokens must name.")
    oidc_jwks_url: str | None = Field(default=None, description="Where the issuer's keys are.")
    oidc_roles_claim: str = Field(default="roles", description="Claim that lists the roles.")

    api_key_pepper: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_SECRET), description="Pepper of the stored API keys; 32 characters or more."
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged.")
    log_json: bool = Field(default=True, description="JSON lines; `false` gives lines for a person's eye.")

    queues: Annotated[tuple[str, ...], NoDecode] = Field(
        default=f"core,messaging,{EVERY_PMS}",
        validate_default=True,
        description=f"Task queues a worker serves; `{EVERY_PMS}` is one for each practice system there is "
        "(`worker.py --queues` wins).",
    )
    #: A practice with forty visits a day, booked two months ahead: its bookings sleep in 200 MiB, and a reminder or a
    #: reply finds its own awake. A replay costs some ten milliseconds and a read of the history, which a group of
    #: practices may prefer to memory (`make bench` measures a sleeping booking).
    workflow_cache_size: int = Field(
        default=2000,
        ge=0,
        description="Workflows a worker keeps in memory, 0.1 MiB each; the others are replayed when they wake. "
        "0 replays all.",
    )
    #: A thread each, beside the event loop that sends their heartbeats in the same interpreter. It passes on every
    #: 5 ms, so that with three queues 150 busy threads keep the loop waiting for most of a second at each of its steps,
    #: and a heartbeat takes several; a third of them does not. More could not work anyway: they share
    #: `database_pool_size` connections.
    activity_slots: PositiveInt = Field(
        default=16,
        description="Activities one worker runs at once, per queue. For more, start more workers: many threads in one "
        "process keep its heartbeats from leaving in time.",
    )
    graceful_shutdown_seconds: PositiveFloat = Field(
        default=15.0, description="How long a stopping worker lets running activities end; longer than any of them."
    )
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Port of the worker's and the SDK's own metrics; 0 is off."
    )

    relay_lease_seconds: PositiveFloat = Field(
        default=30.0, description="How long a claimed delivery is one process's, before another may take it."
    )
    relay_concurrency: PositiveInt = Field(default=20, description="Deliveries handed over at once by one process.")
    relay_interval_seconds: PositiveFloat = Field(
        default=0.5, description="Pause between passes when nothing was waiting."
    )

    boulevard: BoulevardSettings | None = None
    twilio: TwilioSettings | None = None
    sendgrid: SendGridSettings | None = None
    slack: SlackSettings | None = None

    @field_validator("database_url")
    @classmethod
    def _psycopg3(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
            raise ValueError("is not a Postgres URL: postgresql://user:password@host:5432/name")
        return f"postgresql+psycopg://{rest}"

    @field_validator("public_base_url", "temporal_ui_url")
    @classmethod
    def _urls(cls, value: str) -> str:
        return _base_url(value)

    @field_validator("queues", mode="before")
    @classmethod
    def _split_queues(cls, value: Any) -> Any:
        return read_queues(value) if isinstance(value, str) else value

    @field_validator("codec_keys")
    @classmethod
    def _parsable_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _parse_keyring(value.get_secret_value())
        return value

    @field_validator("codec_keys", "api_key_pepper", mode="after")
    @classmethod
    def _none_empty(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and not value.get_secret_value():
            raise ValueError(f"{info.field_name} is empty")
        return value

    @model_validator(mode="after")
    def _production_is_strict(self) -> Settings:
        if self.environment != "production":
            return self
        problems = []
        if self.codec_keys is None:
            problems.append(
                f"{PREFIX}CODEC_KEYS is missing: set it to `id:` and the output of `openssl rand -base64 32`"
            )
        pepper = self.api_key_pepper.get_secret_value()
        if pepper == DEVELOPMENT_SECRET or len(pepper) < 32:
            problems.append(f"{PREFIX}API_KEY_PEPPER must be a secret of at least 32 characters")
        if self.codec_demo_admin_origin is not None:
            problems.append(f"{PREFIX}CODEC_DEMO_ADMIN_ORIGIN opens payloads without a token: unset it")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def keyring(self) -> tuple[CodecKey, ...]:
        """The codec's keys, the sealing one first."""
        if self.codec_keys is None:
            return (CodecKey(DEVELOPMENT_KEY_ID, hashlib.sha256(DEVELOPMENT_SECRET.encode()).digest()),)
        return _parse_keyring(self.codec_keys.get_secret_value())

    def ui_origin(self) -> str:
        """The browser origin that may call the codec server."""
        return self.temporal_ui_origin or _origin(self.temporal_ui_url)

    def vendor_lines(self) -> tuple[str, ...]:
        """One line per vendor for the log at start: on with its host, or off with what that means."""
        lines = []
        for name in VENDORS:
            vendor: VendorSettings | None = getattr(self, name)
            if vendor is None:
                lines.append(f"{name} is off ({PREFIX}{name.upper()}_* is unset): {_OFF[name]}")
            else:
                lines.append(f"{name} is on at {vendor.base_url}")
        return tuple(lines)


class _GivenSettings(Settings):
    @classmethod
    def settings_customise_sources(  # type: ignore[override]
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **_: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def given_settings(**values: Any) -> Settings:
    """Settings from these values and the defaults alone, the environment unread; for tests."""
    return _GivenSettings(**values)


def read_queues(text: str) -> tuple[str, ...]:
    """Queue names with commas between, each once; `pms-*` is all of the practice systems. Raises `ValueError` with
    those there are."""
    named = (part.strip() for part in text.split(","))
    every = [one for one in QUEUES if one.startswith(EVERY_PMS.removesuffix("*"))]
    queues = tuple(dict.fromkeys(one for part in named if part for one in (every if part == EVERY_PMS else [part])))
    known = f"known: {', '.join(QUEUES)}, {EVERY_PMS}"
    if not queues:
        raise ValueError(f"names no queue; {known}")
    if unknown := [one for one in queues if one not in QUEUES]:
        raise ValueError(f'there is no queue "{unknown[0]}"; {known}')
    return queues


def _parse_keyring(text: str) -> tuple[CodecKey, ...]:
    keys: list[CodecKey] = []
    for place, part in enumerate(text.split(","), start=1):
        key_id, separator, encoded = part.strip().partition(":")
        if not separator or not key_id:
            raise ValueError(f"key {place} is not of the form id:base64")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ValueError(f"key {place} ({key_id}) is not base64") from error
        if len(key) != 32:
            raise ValueError(f"key {place} ({key_id}) has {len(key)} bytes, AES-256 needs 32")
        if key_id in {known.key_id for known in keys}:
            raise ValueError(f"key id {key_id} is there twice")
        keys.append(CodecKey(key_id, key))
    return tuple(keys)


def variable_name(location: tuple[int | str, ...]) -> str:
    """The environment variable behind a field, such as `("twilio", "auth_token")`."""
    if location in (("temporal_namespace",), ("TEMPORAL_NAMESPACE",)):
        return "TEMPORAL_NAMESPACE"
    return PREFIX + "_".join(str(part) for part in location).upper()


def load_settings() -> Settings:
    """Reads the environment. Raises `SettingsError` with one line per fault, naming variables and never values."""
    try:
        return Settings()
    except ValidationError as error:
        faults = error.errors(include_input=False, include_context=False)
        raise SettingsError(
            "\n".join(_explain(fault["loc"], fault["type"], fault["msg"]) for fault in faults)
        ) from None


def _explain(location: tuple[int | str, ...], kind: str, message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not location or message.startswith(PREFIX):
        return message
    name, vendor = variable_name(location), str(location[0])
    if kind == "missing" and vendor in VENDORS:
        return (
            f"{name} is missing: {vendor} is half set; add it, or unset all {PREFIX}{vendor.upper()}_* to turn it off"
        )
    if kind == "extra_forbidden":
        return f"{name} is not a setting: docs/settings.md lists what {vendor} takes"
    return f"{name}: {message}"
