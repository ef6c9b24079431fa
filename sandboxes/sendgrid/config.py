"""What the SendGrid sandbox can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sandboxes.common.sandbox import SandboxConfig
from sandboxes.sendgrid.signature import Signer

FailureKind = Literal["bounce", "blocked", "deferred", "invalid"]


class Template(BaseModel):
    """A dynamic template; `{{name}}` is replaced from dynamic_template_data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str = ""
    text: str = ""
    html: str = ""


class SendGridConfig(SandboxConfig):
    """Keys, webhook target and behaviour.

    SendGrid gathers events for about 30 s; here `batch_seconds`. Its gaps between attempts grow within a rolling 24 h
    and are not published: they double from `first_gap_seconds` here.
    """

    api_keys: tuple[str, ...] = ("SG.sandbox-key",)
    senders: tuple[str, ...] = Field(default=(), description="Verified senders; empty takes any")
    event_url: str | None = None
    signing_key_pem: str | None = Field(default=None, description="P-256 private key; made at start when absent")
    signing_enabled: bool = True
    batch_seconds: float = Field(default=0.1, ge=0)
    shuffle_batches: bool = False
    first_gap_seconds: float = Field(default=30.0, gt=0)
    processed_seconds: float = Field(default=0.0, ge=0)
    delivered_seconds: float = Field(default=0.05, ge=0)
    failures: dict[str, FailureKind] = Field(default_factory=dict, description="Address to what happens to its mail")
    templates: dict[str, Template] = Field(default_factory=dict)
    requests_per_second: int | None = Field(default=None, ge=1)
    people: dict[str, str] = Field(default_factory=dict, description="Address to name, for the pages only")

    @field_validator("signing_key_pem")
    @classmethod
    def must_be_a_p256_key(cls, pem: str | None) -> str | None:
        """Refuse a key that cannot sign."""
        if pem is not None:
            Signer(pem)
        return pem
