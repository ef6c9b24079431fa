"""What the Boulevard sandbox can be told, at start and through `POST /_control/config`."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sandboxes.common.sandbox import SandboxConfig


def hmac_key(secret: str) -> bytes:
    """The key inside a secret; portals have shown it in both alphabets of base64, without padding too."""
    return base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_" if re.search("[-_]", secret) else None)


def _base64(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}|[A-Za-z0-9_-]+={0,2}", text):
        raise ValueError("must be base64: the decoded bytes are the HMAC key")
    try:
        hmac_key(text)
    except binascii.Error:
        raise ValueError("must be base64: the decoded bytes are the HMAC key") from None
    return text


Secret = Annotated[str, AfterValidator(_base64)]


class WebhookTarget(BaseModel):
    """A webhook as it would be set up in the dashboard; `events` empty means all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    events: tuple[str, ...] = ()
    enabled: bool = True


class BoulevardConfig(SandboxConfig):
    """Credentials, limits and webhook targets. The values of credentials are made up."""

    api_key: str = "sandbox-api-key"
    api_secret: Secret = "c2FuZGJveC1hcGktc2VjcmV0LXRoaXJ0eS10d28tYnl0ZXM="
    business_id: str = "8a3b5c6e-0000-4000-8000-00000000b1b1"
    application_id: str = "8a3b5c6e-0000-4000-8000-00000000a1a1"
    application_secret: Secret = "c2FuZGJveC1hcHBsaWNhdGlvbi1zZWNyZXQtYnl0ZXM="

    token_tolerance_seconds: int = Field(default=300, ge=0)
    """The vendor's own number is unknown ("a short window"); this one is ours."""

    bucket_capacity: float = Field(default=10_000, gt=0)
    bucket_leak_per_second: float = Field(default=50, gt=0)
    refund_unused_cost: bool = True
    """Give back, after the answer, the points of rows asked for and not found. Whether the vendor does is unknown."""
    over_limit_style: Literal["http_429", "graphql", "graphql_path"] = "http_429"
    """All have been reported: a 429, and a 200 whose error message names a wait, without and with a `path`."""
    retry_after_header: bool = False
    """The recorded answers name the wait in their words only."""
    max_edges: int = Field(default=1_000, ge=1)
    max_depth: int = Field(default=10, ge=1)
    default_page_size: int = Field(default=50, ge=1)
    """Rows of a connection asked for without `first`; the vendor's number is unknown."""

    booked_by_type: str = "STAFF"
    """What an appointment booked through the API says in `bookedByType`; only STAFF has been seen."""
    warn_of: str | None = None
    """A code beyond the three that mean a conflict, told with every step of a booking that has services."""
    without_fields: tuple[str, ...] = ()
    """Fields of the schema a tenant does not have, such as `Client.marketingSettings`: asking for one is refused."""
    slot_minutes: int = Field(default=15, ge=1)
    """The grid of the times offered for moving an appointment; ours."""

    webhook_targets: tuple[WebhookTarget, ...] = ()
    webhook_node: Literal["full", "id", "null"] = "full"
    webhook_types: Literal["documented", "resource"] = "documented"
    """Recordings of live tenants show `appointment` for the type where the documentation has APPOINTMENT_CREATED."""
    webhook_timeout_seconds: float = Field(default=10, gt=0)
    webhook_retry_gaps: tuple[float, ...] = (10, 20, 40, 80, 160, 320, 640, 1280, *(1800,) * 3, *(3600,) * 6)
    """Ours: the vendor disables a webhook after more than 8 hours and 15 attempts of failures; these gaps come to that.
    `webhooks.retry_scale` shortens them for a test."""
