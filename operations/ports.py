"""What activities need from outside, whichever vendor stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from vendors.chat.base import Chat
from vendors.email.base import Mails
from vendors.pms.base import Pms
from vendors.sms.base import Texts


@dataclass(frozen=True, kw_only=True)
class StaffChat:
    """A workspace and the channel cards go to. `managers`: where a task goes that nobody answered in time though a
    client waits for it; the same channel where the practice names no other."""

    chat: Chat
    channel: str
    managers: str | None = None
    #: The vendor's agreement for health data is on file, and the practice chose to name clients and their words.
    names_clients: bool = False


class Vendors(Protocol):
    """The outside systems of a practice, by its connections; None where it has none of that kind."""

    def pms(self, practice_id: int) -> Pms:
        """Raises `vendors.errors.Misconfigured` when the practice's PMS is off."""

    def texts(self, practice_id: int, *, number: str | None = None) -> Texts | None:
        """The account of this number; None where the practice has the number no more."""

    def mails(self, practice_id: int, *, location_id: int | None = None) -> Mails | None:
        """The sender of this place, else of all places."""

    def chat(self, practice_id: int, *, location_id: int | None = None) -> StaffChat | None:
        """The workspace and channel of this place, else of all places."""

    def press_answers(self, practice_id: int) -> Chat | None:
        """Answers at a press's own address, which names its workspace: any account of the practice can."""


@dataclass(frozen=True, kw_only=True)
class Links:
    """Builds the links that stand in messages; tokens cannot be guessed and carry nothing."""

    base_url: str
    #: Makes the tokens of lists of tasks.
    secret: str

    def claim(self, token: str) -> str:
        return f"{self.base_url}/c/{token}"

    def task(self, token: str) -> str:
        return f"{self.base_url}/tasks/{token}"

    def task_list(self, token: str) -> str:
        return f"{self.base_url}/t/{token}"


@dataclass(frozen=True, kw_only=True)
class Grace:
    """How long (real time) to wait for word of a lost answer before an effect is tried once more.

    Twilio and SendGrid name no figure; two to five minutes is the usual advice (vendors/twilio.md §9).
    """

    messages: timedelta = timedelta(minutes=2)
    bookings: timedelta = timedelta(seconds=20)

    def of(self, practice_id: int) -> Grace:
        """That of a practice, where its accounts say another."""
        return self
