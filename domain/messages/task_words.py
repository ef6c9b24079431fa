"""What one task says: a title for the list, a body behind the link, a draft, and where it differs from its kind.

Titles go to the staff chat: no names, no treatments, only our reference, date and time. Bodies and drafts are shown
behind the link, to people who may see them.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.tasks import Choice, TaskKind, spec_of


@dataclass(frozen=True, kw_only=True)
class TaskWords:
    """One task of a kind."""

    kind: TaskKind
    title: str
    body: str
    draft: str | None
    #: Where it differs from the others of its kind.
    own_default: str | None = None
    own_choices: tuple[Choice, ...] | None = None

    @property
    def safe_default(self) -> str:
        return self.own_default or spec_of(self.kind).safe_default

    @property
    def choices(self) -> tuple[Choice, ...]:
        return self.own_choices or spec_of(self.kind).choices


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def sentence(words: str) -> str:
    words = words.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."
