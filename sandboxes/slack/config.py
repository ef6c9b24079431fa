"""What the Slack sandbox can be told."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from sandboxes.common.sandbox import SandboxConfig

CHANNEL = "C0000FRONT"
USER = "U0000ROSA"
HOOK = "T0000GLOW/B0000HOOK/sandboxsecret"


class User(BaseModel):
    """A member of the workspace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    username: str
    name: str


class SlackConfig(SandboxConfig):
    """Token, secret, workspace and limits.

    `posts_per_second` is Slack's one a second and channel, off by default; `burst` posts may come at once. How many
    Slack allows is not published.
    """

    bot_tokens: tuple[str, ...] = ("xoxb-sandbox-token",)
    signing_secret: str = "slack-sandbox-signing-secret"
    interactivity_url: str | None = None
    team_id: str = "T0000GLOW"
    team_domain: str = "glow"
    app_id: str = "A0000CHAIR"
    bot_id: str = "B0000CHAIR"
    bot_user_id: str = "U0000CHAIR"
    bot_name: str = "Chairs"
    channels: dict[str, str] = Field(default_factory=lambda: {CHANNEL: "front-desk"}, description="Id to name")
    archived: tuple[str, ...] = ()
    not_in: tuple[str, ...] = Field(default=(), description="Channels the bot was not invited to")
    users: dict[str, User] = Field(
        default_factory=lambda: {
            USER: User(username="rosa", name="Rosa (front desk)"),
            "U0000OMAR": User(username="omar", name="Omar (manager)"),
        }
    )
    incoming_hooks: dict[str, str] = Field(
        default_factory=lambda: {HOOK: CHANNEL}, description="What follows /services/ to the channel's id"
    )
    posts_per_second: float | None = Field(default=None, gt=0)
    burst: int = Field(default=1, ge=1)
    ack_seconds: float = Field(default=3.0, gt=0)
    response_url_uses: int = Field(default=5, ge=1)
    response_url_seconds: float = Field(default=1800.0, gt=0)
