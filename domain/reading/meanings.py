"""What a text can mean, and the result of reading one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    YES = "yes"
    NO = "no"
    CONFIRM = "confirm"
    RESCHEDULE = "reschedule"
    CANNOT_COME = "cannot_come"
    STOP = "stop"
    START = "start"
    HELP = "help"
    #: "ok", "sounds good": a yes where something is asked, nothing where not.
    OKAY = "okay"
    #: "Got it", "will do": they have read it. As good as okay to a reminder, no yes to an offer.
    HEARD = "heard"
    #: Needs no answer by itself.
    THANKS = "thanks"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`choice` is the number of "C2"; `person_should_look` marks a STOP that may have meant something else as well.

    `number` is a bare "2" or "the second one": a choice where we asked which, nothing more where we did not.
    `automatic`: a phone or a mailbox answered, not a person. `quotes` are the places, in `asked`, of the questions
    that a reaction ("Liked “…”") quotes. `language` is the one the client wrote in, where the words tell.
    """

    meaning: Meaning
    choice: int | None = None
    number: int | None = None
    person_should_look: bool = False
    #: It is an appointment of theirs that they cancel, in so many words.
    names_a_visit: bool = False
    automatic: bool = False
    quotes: tuple[int, ...] = ()
    language: str | None = None
