"""The key of every outward effect: the same facts give the same key, so a second attempt does nothing twice.

Keys are made of our own numbers and never of names, phones or vendors' ids.
"""

from __future__ import annotations

from datetime import datetime


def confirm_key(appointment: int, channel: str, turn: int = 0) -> str:
    """The visit's confirmation; one per channel, whoever asks for it. A visit that came back has a new turn."""
    return f"confirm:{appointment}:{channel}" + (f":{turn}" if turn else "")


def reminder_key(appointment: int, lead_minutes: int, start: datetime, channel: str) -> str:
    """A reminder belongs to one start: a moved visit is reminded of anew."""
    return f"remind:{appointment}:{lead_minutes}:{_epoch(start)}:{channel}"


def moved_key(appointment: int, start: datetime, channel: str, moves: int = 0, turn: int = 0) -> str:
    """News of a move to `start`; `moves` counts those before it in this turn, since a visit may go back and forth."""
    return f"moved:{appointment}:{_epoch(start)}:{channel}" + (f":{moves}" if moves else "") + _in_turn(turn)


def cancelled_key(appointment: int, start: datetime, channel: str, turn: int = 0) -> str:
    """News that the visit at `start` is cancelled; a visit that came back may be cancelled again."""
    return f"cancelled:{appointment}:{_epoch(start)}:{channel}" + _in_turn(turn)


def thanks_key(appointment: int, turn: int = 0) -> str:
    """The thank-you for a confirmation; one a turn, however often the client confirms."""
    return f"thanks:{appointment}" + (f":{turn}" if turn else "")


def offer_key(offer: int) -> str:
    """The text that makes an offer."""
    return f"offer:{offer}"


def when_suits_key(entry: int) -> str:
    """The question which days and hours suit a wish; one for ever."""
    return f"when:{entry}"


def note_key(offer: int) -> str:
    """ "We are booking it for you." """
    return f"note:{offer}"


def closing_key(offer: int, channel: str = "sms") -> str:
    """The one message that tells how an offer ended, whatever the ending was; by mail only where a text cannot."""
    return f"closing:{offer}" + ("" if channel == "sms" else f":{channel}")


def booking_key(offer: int) -> str:
    """The write of a won offer's visit to the PMS."""
    return f"book:{offer}"


def release_key(offer: int, appointment: int) -> str:
    """The cancellation of a winner's later visit."""
    return f"release:{offer}:{appointment}"


def undo_key(offer: int) -> str:
    """The quiet cancellation of our own visit that was found to overlap."""
    return f"undo:{offer}"


def confirm_visit_key(appointment: int, start: datetime) -> str:
    """The PMS's "confirmed" mark on the visit at `start`."""
    return f"confirmed:{appointment}:{_epoch(start)}"


def answer_key(receipt: int) -> str:
    """The answer to one inbound message."""
    return f"answer:{receipt}"


def card_key(task: int, reminder: int, alert: int = 0) -> str:
    """A task's card in the staff chat; `reminder` counts how often staff were reminded, `alert` how often the task was
    brought up again past its deadline."""
    return f"card:{task}:{reminder}" + (f":{alert}" if alert else "")


def bundle_key(bundle: int, channel: str, times: int) -> str:
    """The card that many tasks share, in one channel of the staff chat; `times` counts how often it was put there."""
    return f"cards:{bundle}:{channel}:{times}"


def draft_key(task: int, channel: str = "sms") -> str:
    """A task's draft, sent to its client by a person: no other message has such a key."""
    return f"task:{task}:draft" + ("" if channel == "sms" else f":{channel}")


def _in_turn(turn: int) -> str:
    return f":turn{turn}" if turn else ""


def _epoch(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("a key needs an instant with a time zone")
    return int(at.timestamp())
