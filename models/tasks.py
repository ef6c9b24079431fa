"""What a person must do, and why the machine decided what it decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from models.base import Instant, Json, of_practice


class Task(SQLModel, table=True):
    """Something a person must do, with a draft, a deadline and a written safe default.

    `state`: "open" → "resolved" | "defaulted" (nobody came; the safe default holds) | "withdrawn" (no longer needed).
    `choices` are `[{"action", "label", "offer_candidate"?…}]`; `shortlist` the ranked clients with reasons and drafts.
    """

    __table_args__ = of_practice(
        ("client_id", "client"),
        ("opening_id", "opening"),
        ("appointment_id", "appointment"),
        ("bundle_id", "card_bundle"),
        extra=(
            Index("task_bundle", "practice_id", "bundle_id", postgresql_where=text("bundle_id IS NOT NULL")),
            Index("task_key", "practice_id", "key", unique=True),
            Index("task_token", "token", unique=True),
            Index("task_state", "practice_id", "state"),
            Index("task_phone", "practice_id", "phone", postgresql_where=text("phone IS NOT NULL")),
            Index(
                "task_one_conversation",
                "practice_id",
                "phone",
                "our_number",
                unique=True,
                postgresql_where=text("phone IS NOT NULL AND client_id IS NULL AND state = 'open'"),
            ),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    key: str
    #: A `domain.tasks.TaskKind`; one that this version does not know reads as something to look at.
    kind: str
    title: str
    body: str
    draft: str | None = None
    shortlist: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    choices: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    #: What happens when nobody answers in time, in words staff read.
    safe_default: str
    state: str = "open"
    #: The journey that asked and hears the answer: (journey, ref, turn), or nothing.
    asked_by: dict[str, Any] | None = Field(default=None, sa_type=Json)
    client_id: int | None = Field(default=None, sa_type=BigInteger)
    opening_id: int | None = Field(default=None, sa_type=BigInteger)
    appointment_id: int | None = Field(default=None, sa_type=BigInteger)
    #: They wrote to us from here, and are answered here; without a client, somebody who is not on file.
    phone: str | None = None
    #: The number of ours they wrote to: the answer leaves from it.
    our_number: str | None = None
    token: str
    opened_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    resolution: dict[str, Any] | None = Field(default=None, sa_type=Json)
    resolved_by: str | None = None
    #: The last answer that could not be carried out: what, by whom, when, and why not.
    refused: dict[str, Any] | None = Field(default=None, sa_type=Json)
    #: Where its card stands in the staff chat.
    card: dict[str, Any] | None = Field(default=None, sa_type=Json)
    #: The card it shares with others that came at the same time.
    bundle_id: int | None = Field(default=None, sa_type=BigInteger)


class CardBundle(SQLModel, table=True):
    """One card for many tasks of a channel that came at once. `cards`: by the channel a practice names, where the card
    stands, when (practice time) it was put there, and how often; what is overdue stands before managers, too."""

    __tablename__ = "card_bundle"
    __table_args__ = of_practice(extra=(Index("card_bundle_opened", "practice_id", "opened_at"),))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    channel: str
    opened_at: datetime = Field(sa_type=Instant)
    cards: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class TaskLink(SQLModel, table=True):
    """A link to the practice's open tasks, for one member of staff or for a channel of the staff chat.

    The token is made from `nonce` and the installation's secret; the row keeps its digest only.
    """

    __tablename__ = "task_link"
    __table_args__ = of_practice(
        ("staff_account_id", "staff_account"),
        extra=(
            Index("task_link_digest", "digest", unique=True),
            Index(
                "task_link_holder",
                "practice_id",
                "holder",
                unique=True,
                postgresql_where=text("revoked_at IS NULL"),
            ),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    #: A name, or "channel:…".
    holder: str
    #: Whoever is no longer of the staff reads nothing more through it.
    staff_account_id: int | None = Field(default=None, sa_type=BigInteger)
    nonce: str
    digest: str
    created_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class Decision(SQLModel, table=True):
    """A choice with its reasons: who was chosen, who was not and by which rule, in words a receptionist reads."""

    __table_args__ = of_practice(extra=(Index("decision_subject", "practice_id", "journey", "ref"),))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    journey: str
    ref: int = Field(sa_type=BigInteger)
    #: "worth_filling", "wave", "claim", "assigned", …
    subject: str
    verdict: str
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    #: Who decided: "rules", or a member of staff.
    decided_by: str = "rules"
    decided_at: datetime = Field(sa_type=Instant)
