"""The second step: take away what is not the client's own: quotes of us or of an older text, signatures, reactions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from domain.reading.our_words import ANY_OF_OURS, are_quoted, asks


class Feeling(Enum):
    """What a reaction says of the text it quotes."""

    FOR = "for"
    AGAINST = "against"
    #: Laughter, surprise, a question, a reaction taken back.
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """A tap on a text of ours, or of somebody else, as phones write it out: `Liked “…”`."""

    feeling: Feeling
    quoted: str


_OPENS, _CLOSES = '[“"”„«‟]', '[”"“»‟]'
#: Some phones quote with single ones, which a reaction has by its first words, and other texts for apostrophes.
_OPENS_TAP, _CLOSES_TAP = "[“\"”„«‟'‘‹]", "[”\"“»‟'’›]"
_QUOTE = rf"{_OPENS_TAP}\s*(?P<quoted>.*?)\s*(?:{_CLOSES_TAP}|…?$)"
#: Within a quote they say that it ended earlier, and that the client wrote on.
_MARKS = re.compile('[“”„«»‟"]')
_FOR = (
    r"liked|loved|(?:le|me) (?:gust[oó]|gusta|encant[oó]|encanta)|gef[aä]llt|liebt|a aim[eé]|a ador[eé]|j[’']aime"
    r"|curtiu|gostou de|amou|adorou|piaciuto|adorato|vindt leuk|hat geliebt|gillade|[aä]lskade"
    r"|ha (?:messo|aggiunto)(?: un)? [“\"«]?(?:mi piace|cuore|cuoricino)[”\"»]? a"
    r"|a ajout[eé] un (?:c(?:œ|oe)ur|[«“\"]?\s?j[’']aime\s?[»”\"]?) [àa]|(?:agreg[oó]"
    r"|a[nñ]adi[oó]) un (?:coraz[oó]n|me gusta) a"
)
_AGAINST = (
    r"disliked|no (?:le|me) (?:gust[oó]|gusta)|gef[aä]llt nicht|n[’']a pas aim[eé]|n[aã]o curtiu|n[aã]o gostou de"
    r"|non piaciuto"
)
_OTHERS = (
    r"emphasi[sz]ed|laughed at|questioned|removed\b.{0,40}?\bfrom|reacted with an? .{1,30} to"
    r"|destac[oó]|enfatiz[oó]|resalt[oó]|le (?:dio|dieron?) risa|se ri[oó] de|(?:le )?hizo gracia|cuestion[oó]"
    r"|pregunt[oó] por"
    r"|quit[oó] .{1,40} (?:de|a)|a ri de|a mis en [eé]vidence|a soulign[eé]|s[’']interroge sur|a retir[eé] .{1,40} de"
    r"|hervorgehoben|lacht [uü]ber|hat .{1,30} entfernt von|riu de|enfatizou|questionou|removeu .{1,40} de"
    r"|exclam[oó] por|dud[oó] (?:sobre|de)|le hace gracia|a pos[eé] une question sur"
    r"|s[’']est interrog[eé](?:\(e\)|e)? sur"
    r"|ha riso (?:di|a|per)|enfatizzato|ha enfatizzato|ha rimosso .{1,40} da"
)
_TAPS = tuple(
    (re.compile(rf"\s*(?:{verbs})\s*{_QUOTE}[.\s]*", re.IGNORECASE | re.DOTALL), feeling)
    for verbs, feeling in ((_FOR, Feeling.FOR), (_AGAINST, Feeling.AGAINST), (_OTHERS, Feeling.OTHER))
)
_OF_AN_IMAGE = re.compile(
    r"\s*(?:liked|loved|disliked|emphasi[sz]ed|laughed at|questioned|removed\b.{0,40}?\bfrom|reacted \S+ to) "
    r"(?:an?|your|the) (?:image|photo|movie|video|attachment|audio message|sticker|link|voice message)\s*",
    re.IGNORECASE,
)
_EMOJI_TAP = re.compile(
    r"\s*(?:(?:reacted(?: with)?|(?:se ha )?reaccion(?:[oó]|ado) con|a r[eé]agi avec|hat mit|ha reagito con"
    r"|reagiu com)\s+)?"
    rf"(?P<emoji>[^\w\s\"“”]+)\s+(?:to|a|à|auf|con)\s+{_QUOTE}(?:\s*reagiert)?[.\s]*",
    re.IGNORECASE | re.DOTALL,
)
_EMOJI_BEHIND = re.compile(
    rf"\s*reacted to\s+{_OPENS}\s*(?P<quoted>.*?)\s*{_CLOSES}\s+with\s+(?P<emoji>[^\w\s\"“”]+)[.\s]*",
    re.IGNORECASE | re.DOTALL,
)
_HEARTED = re.compile(
    rf"\s*{_OPENS}\s*(?P<quoted>.*?)\s*{_CLOSES} ein herz hinzugef[uü]gt[.\s]*", re.IGNORECASE | re.DOTALL
)
_MARKED = re.compile(
    r"\s*hat\s+[„“\"](?P<quoted>.*)[“”\"]\s+mit\s+[„“\"](?P<how>[^“”\"]*)[“”\"]\s+markiert\s*", re.DOTALL
)
_FOR_EMOJIS, _AGAINST_EMOJIS = frozenset("👍👌✅✔☑🙌🎉💯🥳🆗❤♥💕💖💗💙💚💛💜🧡😍🥰"), frozenset("👎❌🚫🙅✖⛔")


def reaction(text: str) -> Reaction | None:
    """The reaction a text consists of, in the wordings of phones in several languages."""
    if _OF_AN_IMAGE.fullmatch(text):
        return Reaction(feeling=Feeling.OTHER, quoted="")
    for pattern, feeling in _TAPS:
        if (found := pattern.fullmatch(text)) and _is_whole(found):
            return Reaction(feeling=feeling, quoted=found["quoted"])
    if found := _MARKED.fullmatch(text):
        liked = found["how"].strip().casefold() == "gefällt mir"
        return Reaction(feeling=Feeling.FOR if liked else Feeling.OTHER, quoted=found["quoted"])
    if (found := _HEARTED.fullmatch(text)) and not _MARKS.search(found["quoted"]):
        return Reaction(feeling=Feeling.FOR, quoted=found["quoted"])
    if (found := _EMOJI_BEHIND.fullmatch(text) or _EMOJI_TAP.fullmatch(text)) and _is_whole(found):
        return Reaction(feeling=_of_emojis(found["emoji"]), quoted=found["quoted"])
    return None


def _is_whole(found: re.Match[str]) -> bool:
    """Whether the quote is all there is behind the first words. One between single marks, which may be apostrophes, has
    to end with one; another may be cut off."""
    opened, closed = found.string[: found.start("quoted")].rstrip()[-1:], found.string[found.end("quoted") :].strip()
    return not _MARKS.search(found["quoted"]) and (opened not in "'‘‹" or closed[:1] in tuple("'’›"))


def _of_emojis(said: str) -> Feeling:
    pictures = frozenset(one for one in said if unicodedata.category(one) == "So")
    if pictures and pictures <= _FOR_EMOJIS:
        return Feeling.FOR
    return Feeling.AGAINST if pictures and pictures <= _AGAINST_EMOJIS else Feeling.OTHER


# --- quotes --------------------------------------------------------------------------------------------------------

#: The start of a line of ours: the practice's name before what it says.
_SENDER = re.compile(r"^[ \t]*(?:fwd?:|fw:|rv:)?[ \t]*[^:\n]{2,60}:[ \t]", re.IGNORECASE)
_HEADER = re.compile(
    r"^[ \t]*(?:on .{5,160} wrote:|el .{5,160} escribi[oó]:|le .{5,160} a [eé]crit ?:|am .{5,160} schrieb.*:"
    r"|em .{5,160} escreveu:|il .{5,160} ha scritto:|-{2,} ?(?:original|forwarded) message.*"
    r"|-{2,} ?mensaje original.*"
    r"|(?:from|de|von|da): .*)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SPAN = re.compile(rf"{_OPENS}(?P<inside>[^“”\"„«»‟]{{8,}}){_CLOSES}", re.DOTALL)

_SIGNED = re.compile(
    r"\n[ \t]*(?:--[ \t]*\n.*"
    r"|(?:sent|envoyé|inviato|enviado|gesendet) (?:from|de|desde|da|von|via|using) .{0,80}"
    r"|get outlook for .{0,40}"
    r"|(?:thanks|thank you|thx|best|regards|best regards|kind regards|sincerely|cheers|warmly|saludos|gracias|merci)"
    r"[ \t]*,\s*(?!(?-i:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Today|Tomorrow|But|With|At|For|Only|If|Call|Please|Not|No"
    r"|And)\w*\b)"
    r"(?-i:[A-ZÀ-Þ])[^\W\d_]*\.?(?:[ \t]+[^\W\d_]+\.?){0,2})\s*$",
    re.IGNORECASE | re.DOTALL,
)

#: "Stop (Linda K)", "STOP from Bob Smith". Behind any other word a capital may begin a day, or a condition.
_SIGNED_STOP = re.compile(
    r"^(?P<stop>\s*(?i:please\s+)?(?i:stop|stopall|unsubscribe)\b)[\s.!,:]*"
    r"(?:\((?:[A-ZÀ-Þ][^\W\d_]*\.?[ \t]?){1,3}\)|(?i:from)(?:[ \t]+[A-ZÀ-Þ][^\W\d_]*\.?){1,3})[.\s]*$"
)


#: Names that are days as well: "yes, April" may be a question of when.
_ALSO_DAYS = frozenset(["april", "may", "june", "august", "summer", "autumn", "sunday", "monday", "friday", "domingo"])


def own_words(text: str, ours: Sequence[str] = (), names: Sequence[str] = ()) -> str:
    """What the client wrote themselves. `ours` are texts of ours they may quote, `names` those they may sign with."""
    own = text.replace("\r\n", "\n").replace("\r", "\n")
    for body in ours:
        own = _without(own, body)
    if header := _HEADER.search(own):
        before, after = own[: header.start()], own[header.end() :]
        own = before if before.strip() else after
    own = "\n".join(line for line in own.split("\n") if not line.lstrip().startswith((">", "|>")))
    outside = _SPAN.sub(lambda span: "\n" if len(span["inside"].split()) > 3 else span[0], own)
    if outside.strip() or are_quoted(own):
        own = outside
    if are_quoted(own) or any(_SENDER.match(line) for line in own.split("\n")):
        own = "\n".join(_without_ours(line) for line in own.split("\n"))
    own = _SIGNED.sub("", own)
    own = _SIGNED_STOP.sub(r"\g<stop>", own)
    for name in filter(None, (one.strip() for one in names)):
        said = re.escape(name)
        own = re.sub(rf"(?:\n|\s[-–—~]|[-–—~])\s*{said}\b[.\s]*$", "", own, flags=re.IGNORECASE)
        # "YES, Aisha", "YES Aisha". Elsewhere a name without a mark before it is of whom they speak.
        if name.casefold() not in _ALSO_DAYS:
            own = re.sub(rf"[,.!]\s*{said}\s?[.!]?\s*$", "", own, flags=re.IGNORECASE)
            own = re.sub(rf"^(?P<key>\s*(?:yes|si|sí))\s+{said}[.!]?\s*$", r"\g<key>", own, flags=re.IGNORECASE)
    return own


def quotes(reaction: Reaction, body: str) -> bool:
    """Whether a reaction quotes this text; long texts are quoted by their beginning."""
    quoted, said = _plain(reaction.quoted), _plain(body)
    return len(quoted) >= _ENOUGH and said.startswith(quoted)


def sounds_like_a_question(reaction: Reaction) -> bool:
    """Without our texts at hand: whether it quotes the words we ask with."""
    return asks(reaction.quoted)


#: A quote this short ("Riverside") says nothing of which text it is.
_ENOUGH = 12


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _without(text: str, body: str) -> str:
    words = re.findall(r"\w+", body)
    if len(words) < 4:
        return text
    return re.sub(r"[“\"„«]?" + r"\W+".join(map(re.escape, words)) + r"[.?!”\"“»]*", "\n", text, flags=re.IGNORECASE)


def _without_ours(line: str) -> str:
    ends = [found.end() for found in ANY_OF_OURS.finditer(line)]
    if not ends:
        return line
    if _SENDER.match(line):
        return line[ends[-1] :]
    return ANY_OF_OURS.sub("\n", line)
