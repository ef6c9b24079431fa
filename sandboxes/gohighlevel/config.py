"""What the GoHighLevel sandbox can be told, at start and through `POST /_control/config`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sandboxes.common.sandbox import SandboxConfig


class GoHighLevelConfig(SandboxConfig):
    """Credentials, limits, webhook target, and what the vendor's documents leave open. Credentials are made up."""

    client_id: str = "68c0ffee00000000000a0001-sandbox"
    client_secret: str = "sandbox-client-secret"
    private_tokens: tuple[str, ...] = ("pit-00000000-0000-4000-8000-000000000001",)
    """Private Integration Tokens. Each is good for every location of the practice and does not lapse."""
    company_id: str = "SandboxCompany000000"
    scopes: tuple[str, ...] = (
        "calendars.readonly",
        "calendars.write",
        "calendars/events.readonly",
        "calendars/events.write",
        "contacts.readonly",
        "contacts.write",
        "locations.readonly",
        "users.readonly",
    )
    """What the app was granted; a call that needs another scope is refused."""
    access_token_seconds: float = Field(default=86_399, gt=0)
    refresh_token_seconds: float = Field(default=31_536_000, gt=0)
    revoke_on_reuse: bool = False
    """Whether a refresh token that is used twice ends the tokens made from it; the vendor does not say."""

    burst_requests: int = Field(default=100, ge=1)
    burst_seconds: float = Field(default=10, gt=0)
    daily_requests: int = Field(default=200_000, ge=1)

    auto_confirm: bool = True
    """Whether a booking without a status is `confirmed` at once, as a calendar's `autoConfirm` says."""
    allow_duplicate_contact: bool = False
    slot_interval_minutes: int = Field(default=15, ge=1)
    """The grid of free slots, from the beginning of each shift."""
    slots_on_grid: bool = False
    """Whether only a start that free-slots lists can be booked; the vendor does not say."""
    block_by: Literal["schema", "text"] = "schema"
    """By the vendor's schema a block needs `calendarId`; by its text just one of `calendarId` and `assignedUserId`."""
    completed_status: Literal["showed", "completed"] = "showed"
    """How a visit that took place reads; answers may show either."""
    group_id: str = "SandboxGroup00000000"
    """The group all calendars are in."""
    trace_ids: bool = False
    """Put a `traceId` into every answer, as live tenants are said to, even beside the dates of free-slots."""
    not_found_status: int = 400
    """The documents have no 404 for most calls."""
    version_status: int = 401
    """The answer to a missing or another `Version`; the vendor does not say."""

    webhook_url: str | None = None
    signatures: tuple[Literal["ed25519", "rsa"], ...] = ("ed25519",)
    """`X-GHL-Signature`, and the legacy `x-wh-signature`, which the vendor says it no longer sends."""
    ed25519_private_key: str = "c2FuZGJveC1nb2hpZ2hsZXZlbC1lZDI1NTE5LWtleSE="
    """The 32 bytes of the sandbox's own key in base64; its public half is at `GET /_control/keys`."""
    update_event: Literal["AppointmentUpdate", "AppointmentCreate"] = "AppointmentUpdate"
    """The vendor's own example of an update says AppointmentCreate."""
    webhook_timeout_seconds: float = Field(default=10, gt=0)
    webhook_retry_gaps: tuple[float, ...] = (700.0,) * 6
    """Only after a 429: up to 6 more tries, 10 minutes and some jitter apart. Any other failure is final."""
