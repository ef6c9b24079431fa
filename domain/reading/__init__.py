"""What a short text means, out of any context.

Its steps, a module each: `quotes` takes away what is not the client's own, `normalise` makes plain words of the rest,
`machines` tells a phone's own answer from a person's, `language` the language, `meaning` (with `opt_outs` and
`vocabulary`) what is meant. A text means YES (or NO, or …) only if *every* word left over is one that means it or
merely surrounds it. One word too many ("yes but …", "yes at 3?"), in whatever script, and a person reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.reading.language import language
from domain.reading.machines import is_canned
from domain.reading.meaning import meaning_of
from domain.reading.meanings import Meaning, Reading
from domain.reading.normalise import normalise
from domain.reading.opt_outs import in_another_script, stands_above
from domain.reading.quotes import Feeling, Reaction, own_words, quotes, reaction, sounds_like_a_question

__all__ = ["Meaning", "Reading", "is_reaction", "read", "understand"]


def read(text: str) -> Meaning:
    """The meaning alone; `understand` also tells a choice and a doubtful STOP."""
    return understand(text).meaning


def is_reaction(text: str) -> bool:
    """Whether it is a tap on another text, which only the conversation can tell the meaning of."""
    return reaction(text) is not None


def understand(
    text: str, *, asked: Sequence[str] | None = None, told: Sequence[str] = (), names: Sequence[str] = ()
) -> Reading:
    """Reads one inbound text.

    `asked` are our texts whose questions are open, `told` the other texts of ours that may be quoted, `names` those the
    client may sign with. Without `asked` a reaction counts where it quotes the words we ask with.
    """
    if (tap := reaction(text)) is not None:
        return _of_reaction(tap, asked, told)
    if in_another_script(text):
        return Reading(meaning=Meaning.STOP)
    own = own_words(text, ours=(*(asked or ()), *told), names=names)
    plain = normalise(own)
    found = replace(meaning_of(plain), language=language(plain.words))
    if found.meaning is not Meaning.STOP and stands_above(own):
        return Reading(meaning=Meaning.STOP, person_should_look=True, language=found.language)
    # "Stop texting me, I'll call you back later" is a wish in whatever words surround it.
    if found.meaning is not Meaning.STOP and is_canned(plain.words, plain.clauses):
        return Reading(meaning=Meaning.OTHER, automatic=True, language=found.language)
    return found


def _of_reaction(tap: Reaction, asked: Sequence[str] | None, told: Sequence[str]) -> Reading:
    """A reaction answers the open question it quotes, and nothing where it may quote another text."""
    if asked is None:
        places: tuple[int, ...] = ()
        counts = sounds_like_a_question(tap)
    else:
        places = tuple(place for place, body in enumerate(asked) if quotes(tap, body))
        counts = bool(places) and not any(quotes(tap, body) for body in told)
    if not counts or tap.feeling is Feeling.OTHER:
        return Reading(meaning=Meaning.OTHER)
    return Reading(meaning=Meaning.OKAY if tap.feeling is Feeling.FOR else Meaning.NO, quotes=places)
