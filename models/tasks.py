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
        extra=(
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
