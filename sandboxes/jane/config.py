"""What the Jane sandbox can be told, at start and through `POST /_control/config`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sandboxes.common.sandbox import SandboxConfig


class JaneConfig(SandboxConfig):
    """Credentials, lives of tokens, limits, webhooks, and what is unknown of the vendor. Credentials are made up."""

    client_id: str = "sandbox-extension"
    client_secret: str = "sandbox-extension-secret"
    realm: str = "jane_partner_sandbox"
    clinic_host: str = "sandbox.janeapp.com"
    """A token is for one clinic's host: this one, or the address the sandbox is called at."""
    clinic_guid: int = 40_211
    scopes: tuple[str, ...] = (
        "appointments:read",
        "companies:read",
        "disciplines:read",
        "locations:read",
        "patients:read",
        "staff_members:read",
        "treatments:read",
        "webhooks:create",
        "webhooks:delete",
        "webhooks:read",
    )
    """What the extension may be granted."""
    access_token_seconds: float = Field(default=300, gt=0)
    refresh_token_seconds: float = Field(default=1_800, gt=0)
    rotates: bool = True
    """Whether a refresh token works once; the vendor's identity server can do both, which it does is unknown."""
    revoke_on_reuse: bool = True
    """Whether a refresh token used twice ends the whole session, the newest tokens too; unknown as well."""

    endpoint_requests: int = Field(default=100, ge=1)
    endpoint_seconds: float = Field(default=60, gt=0)
    clinic_requests: int = Field(default=600, ge=1)
    clinic_seconds: float = Field(default=300, gt=0)

    default_page_size: int = Field(default=100, ge=1)
    max_page_size: int = Field(default=1_000, ge=1)
    """Documented for the search of patients; unknown for the other lists."""

    webhook_url: str | None = None
    """Subscribe this address to every topic, as `POST /webhooks` does; its secret is `webhook_secret`."""
    webhook_secret: str = "sandbox-webhook-secret"
    https_only: bool = False
    """The vendor takes HTTPS only; a receiver of a test has none."""
    signed: Literal["body", "ts.body"] = "body"
    """What is signed is unknown: the raw body alone, or the timestamp, a dot and the body."""
    digest: Literal["hex", "base64"] = "hex"
    timestamp: Literal["unix", "iso"] = "unix"
    lose_every: int | None = Field(default=None, ge=1)
    """Never send one event in so many, so that a reader has to poll."""
    webhook_timeout_seconds: float = Field(default=3, gt=0)
    webhook_retry_gaps: tuple[float, ...] = (60, 300, 1_800)
    """Ours; whether and when the vendor tries again is unknown."""
