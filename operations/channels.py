"""One message by the first channel that serves: what cannot reach a client by text may reach them by mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from domain.client_notices import Follows, Notice, follows
from domain.clients import Channel
from operations.gate import Outcome


def by_any_channel(
    notice: Notice,
    send: Callable[[Channel], Outcome],
    *,
    channels: tuple[Channel, ...] = (Channel.SMS, Channel.EMAIL),
) -> Outcome:
    """The outcome of the first channel that leaves nothing to do. Where every channel leaves it to a person, the first
    one's, with the reasons of all."""
    tried: list[Outcome] = []
    for channel in channels:
        outcome = send(channel)
        if outcome.again_after is not None or follows(notice, outcome.handed) is not Follows.OTHER_CHANNEL:
            return outcome
        tried.append(outcome)
    return replace(tried[0], words=" ".join(dict.fromkeys(one.words for one in tried if one.words)))


def is_for_a_person(notice: Notice, outcome: Outcome) -> bool:
    """Whether somebody at the practice has to tell the client."""
    return follows(notice, outcome.handed) in {Follows.OTHER_CHANNEL, Follows.TASK}
