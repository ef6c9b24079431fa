"""What the Twilio sandbox can be told."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandboxes.common.sandbox import SandboxConfig

ACCOUNT_SID = "AC" + "0" * 31 + "1"
SERVICE_SID = "MG" + "0" * 31 + "1"
NUMBER = "+13035550100"


class Delays(BaseModel):
    """Real seconds a message spends before it reaches each status, counted from the status before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queued: float = Field(default=0.0, ge=0)
    sending: float = Field(default=0.02, ge=0)
    sent: float = Field(default=0.03, ge=0)
    delivered: float = Field(default=0.05, ge=0)


class TwilioConfig(SandboxConfig):
    """Account, numbers, webhook target and behaviour.

    `opt_out` is `default` (Twilio's own words), `advanced` (the same, and webhooks carry OptOutType) or `off` (support
    turned the filter off, as message redaction needs: nothing is blocked or answered, the words only reach the ledger).
    `redaction` is Message Redaction: once a text is sent, or has come in and was passed on, the API shows no words
    (`bodies`), XXXX for the last four digits of the person (`numbers`), or both. It needs `opt_out` off.
    """

    account_sid: str = Field(default=ACCOUNT_SID, pattern=r"^AC[0-9a-fA-F]{32}$")
    auth_token: str = "twilio-sandbox-auth-token"
    api_keys: dict[str, str] = Field(default_factory=dict, description="SK… to its secret")
    numbers: tuple[str, ...] = (NUMBER,)
    messaging_services: dict[str, tuple[str, ...]] = Field(default={SERVICE_SID: (NUMBER,)})
    inbound_url: str | None = None
    opt_out: Literal["default", "advanced", "off"] = "default"
    redaction: Literal["off", "bodies", "numbers", "both"] = "off"
    delays: Delays = Field(default_factory=Delays)
    failures: dict[str, int] = Field(
        default_factory=dict,
        description="Number to error code: 2xxxx refuses the message, 3xxxx ends it as undelivered or failed",
    )
    no_receipts: tuple[str, ...] = Field(
        default=(), description="Numbers whose carrier gives none: `sent` is the last word"
    )
    segments_per_second: float | None = Field(default=None, gt=0, description="Per sender number; excess queues")
    lists_unsent: bool = Field(
        default=False,
        description="Whether DateSent filters find messages not sent yet, by creation time: not documented",
    )
    intent_parameter: str = "intent"
    people: dict[str, str] = Field(default_factory=dict, description="Number to name, for the pages only")
    practice_name: str = "The practice"

    @model_validator(mode="after")
    def _redaction_needs_the_filter_off(self) -> Self:
        if self.redaction != "off" and self.opt_out != "off":
            raise ValueError(
                "redaction needs opt_out off: Twilio's own filter would keep the numbers of those who stop"
            )
        return self
