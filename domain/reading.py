"""What a short text means, out of any context.

A text is stripped to plain lower-case words; a few phrases are folded into one word each; then it means YES (or NO,
or …) only if *every* word left over is one that means it or merely surrounds it. One word too many ("yes but …",
"yes at 3?") and a person reads it.
"""

from __future__ import annotations

import re
import unicodedata
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
    #: Needs no answer by itself.
    THANKS = "thanks"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`choice` is the number of "C2"; `person_should_look` marks a STOP that may have meant something else as well.

    `number` is a bare "2" or "the second one": a choice where we asked which, nothing more where we did not.
    """

    meaning: Meaning
    choice: int | None = None
    number: int | None = None
    person_should_look: bool = False


def read(text: str) -> Meaning:
    """The meaning alone; `understand` also tells a choice and a doubtful STOP."""
    return understand(text).meaning


def understand(text: str) -> Reading:
    """Reads one inbound text."""
    if (tapback := _tapback(text)) is not None:
        return Reading(meaning=tapback)
    words, emojis, asks = _stripped(text)
    if not words:
        return Reading(meaning=_of_emojis(emojis))
    if words in DOUBTFUL_STOPS:
        return Reading(meaning=Meaning.STOP, person_should_look=True)
    if words in STOP_WORDS or STOP_PHRASES.search(words):
        return Reading(meaning=Meaning.STOP, person_should_look=bool(TELLS_MORE.search(words)))
    if words in START_WORDS:
        return Reading(meaning=Meaning.START)
    if words in HELP_WORDS:
        return Reading(meaning=Meaning.HELP)
    if chosen := CHOICE.fullmatch(words):
        return Reading(meaning=KEYS[chosen["key"]], choice=int(chosen["number"]))
    meaning = _of_words(words, asks=asks)
    if meaning in {Meaning.YES, Meaning.OKAY, Meaning.CONFIRM} and emojis & DISLIKE:
        return Reading(meaning=Meaning.OTHER)
    return Reading(meaning=meaning, number=None if asks or emojis & DISLIKE else _number(words))


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


# --- the vocabulary ----------------------------------------------------------------------------------------------

#: The carriers' opt-out words and the law's (vendors/twilio.md §6, §11), and the Spanish ones.
STOP_WORDS = frozenset(
    {"stop", "stopall", "stop all", "unsubscribe", "unsub", "end", "quit", "revoke", "optout", "opt out"}
    | {"alto", "parar", "pare", "detener", "basta", "basta ya"}
)
#: Opt-outs by the carrier's list that a client may have meant for a visit.
DOUBTFUL_STOPS = frozenset({"cancel"})
_LIST = r"((wait(ing)? ?)?lists?)"
_ANY = r"((the|your|ur|this|that|these|all|any|of) )*"
_PLACES = rf"({_LIST}|system|database|contacts)"
_THEM = r"(me|us|my name|our names?|my number|our number|this number|my phone)"
#: "Please don't take me off" wants to stay, and "did you take me off?" wants to know.
_WISHED = r"(?<!\bdont )(?<!\bnot )(?<!\bnever )(?<!\bnot to )(?<!\bno need to )(?<!\bdid you )"
STOP_PHRASES = re.compile(
    r"^(please |pls )?stop( all| it| this| now| already| thanks| thank you| thx| please| pls)*$"
    r"|\bstop (all )?(the |these |this |your |sending |with the )*"
    r"(text|txt|messag|msg|contact|sms|send|spam|bother|harass)"
    r"|\b(stop|quit) (texting|messaging|contacting|sending|bothering|spamming)"
    r"|\b(dont|do not|never|please dont|quit) (ever )?(text|txt|message|msg|contact|send me|sms)"
    r"|\bno more (text|txt|message|msg|sms|offer)"
    r"|\bunsubscribe\b|\bopt (me )?out\b|\bopting out\b"
    rf"|{_WISHED}\b(remove|delete) {_THEM}\b((?! (put|add|keep|move|place) ).)*\b({_PLACES}|off)\b"
    rf"|{_WISHED}\btake {_THEM} off\b|{_WISHED}\bget {_THEM} off {_ANY}(\w+ )?{_LIST}\b"
    rf"|{_WISHED}\btake {_THEM}( \w+){{0,4}} (off|out) {_ANY}(\w+ )?{_PLACES}\b"
    rf"|{_WISHED}\btake (my|our|this) (name|number|phone) from {_ANY}(\w+ )?{_PLACES}\b"
    r"|^((please|pls|hi|hello|i|we|id|would|like|want|wish|need|to|be|get|come|go|just) )*"
    rf"(off|taken (off|out)|(removed|deleted) (off|from|out)) {_ANY}(\w+ )?{_LIST}\b"
    rf"|\b(dont|do not|no longer) (want|need|wish) to be (on|in) {_ANY}(\w+ )?{_LIST}\b"
    r"|^(please |pls )?(remove|delete) (me|my number)( please| thanks)?$"
    r"|\bleave me alone\b|\blose my number\b|\brevoke (my )?consent\b|\bwrong (number|person)\b"
    r"|\bno (quiero|deseo) (recibir )?(mas )?mensajes\b|\bno mas (mensajes|textos)\b"
)
#: Opt-outs that also tell staff something: another owner of the number, a wish to leave the waitlist. Leaving it ends
#: the texts as well: by the rule any reasonable wording revokes, and a place on the waitlist is a reason to be texted.
TELLS_MORE = re.compile(r"\bwrong (number|person)\b|\bwait(ing)? ?lists?\b")
START_WORDS = frozenset({"start", "unstop", "resume", "subscribe", "start again", "start please", "please start"})
HELP_WORDS = frozenset({"help", "info", "help me", "help please", "please help", "ayuda", "who is this", "whos this"})

KEYS = {
    "yes": Meaning.YES,
    "y": Meaning.YES,
    "no": Meaning.NO,
    "c": Meaning.CONFIRM,
    "r": Meaning.RESCHEDULE,
    "x": Meaning.CANNOT_COME,
}
CHOICE = re.compile(r"(?P<key>yes|y|no|c|r|x) ?(?P<number>[1-9])( please| pls)?")

#: One number and what is said around it; a time of day ("2 pm", "at 2") or two numbers are none of this.
_BEFORE = (
    r"((the|el|la|number|num|nr|option|choice|numero|opcion|visit|appointment|appt|yes|yeah|yep|si|ok|okay|sure|oh|hi"
    r"|i|ill|id|will|would|like|want|take|mean|meant|it|its|is|that|please|pls|sorry) )*"
)
_COURTESY = r"please|pls|plz|thanks|thank|you|thx|ty|por|favor|gracias"
NUMBER = re.compile(
    rf"{_BEFORE}"
    r"(?P<number>\d{1,2}|\d(st|nd|rd|th)|first|second|third|fourth|fifth|two|three|four|five"
    r"|primer[oa]?|segund[oa]|tercer[oa]?)"
    rf"( (one|option|choice|visit|appointment|appt|time|slot|spot|for|me|{_COURTESY}))*"
)
#: "One" counts only where it can be no pronoun and no amount: "that one" and "I'll take one" choose nothing.
NUMBER_ONE = re.compile(
    rf"((yes|yeah|yep|si|ok|okay|sure) )*one( ({_COURTESY}))*"
    rf"|{_BEFORE}(number|num|nr|option|choice) one( (for|me|{_COURTESY}))*"
)
NUMBERED = (
    ("first", "primer", "primero", "primera"),
    ("two", "second", "segundo", "segunda"),
    ("three", "third", "tercer", "tercero", "tercera"),
    ("four", "fourth"),
    ("five", "fifth"),
)

#: Phrases that mean something else than their words, folded into one word of the lists below.
FOLDED = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), folded)
    for pattern, folded in (
        (r"not a problem|no problem(o)?|no prob|np", "okay"),
        (r"no worries", "thanks"),
        (
            r"why not|sure thing|(hell|heck|oh) (yes|yeah)|you bet|of course|for sure|si claro",
            "yes",
        ),
        (r"(i )?(cant|cannot|can not) wait", "gladly"),
        (r"(i )?will take (it|that|this)( one| spot| time| slot| appointment)?", "takeit"),
        (r"i?ll take (it|that|this|the)( one| spot| time| slot| appointment| appt)?", "takeit"),
        (r"(ill |i will |ill gladly )?take (it|that)", "takeit"),
        (
            r"i (do )?want (it|that|this)( one| spot| time| slot)?|i(d| would) (love|like) (it|that|to)( take it)?",
            "takeit",
        ),
        (r"(please )?book (it|me)( in)?( for that)?|sign me up|count me in|put me (down|in)|im in|i am in", "takeit"),
        (r"(that |this |it )?(time )?works( great| perfectly| well)?( for me)?|works for me", "takeit"),
        (r"i can (make (it|that)|come|do (it|that)|be there)", "takeit"),
        (r"(would )?love (it|that|to)", "takeit"),
        (r"claro( que si)?|por supuesto|lo quiero|la quiero|lo tomo|dale", "yes"),
        (r"por favor", "please"),
        (r"no gracias|thanks but no thanks|thank you but no( thank you| thanks)?", "nothanks"),
        (r"no (thanks|thank you|thank u|thx|ty)( you)?", "nothanks"),
        (r"sounds (good|great|perfect|wonderful|fine|like a plan)|thats (fine|great|good|perfect|ok|okay)", "okay"),
        (r"all (good|set)|looks good|fine (by|with) me|good to go|got it|will do", "okay"),
        (r"(ill|i will|we will|well) (be there|see you( there| then| soon| tomorrow| today)?|come|be in)", "confirm"),
        (r"see (you|u|ya)( there| then| soon| tomorrow| today| all)?", "confirm"),
        (r"(i )?(am )?confirm(ed|ing|o)?( it| my| the| this)?( appointment| appt| visit| time)?", "confirm"),
        (r"nos vemos( alli| manana)?|ahi estare|confirmado", "confirm"),
        (r"not (this time|today|interested|right now|now|for me|tomorrow)|maybe next time|next time|no can do", "no"),
        (r"unfortunately not|afraid not|im good|ill pass|i will pass|pass on (this|that|it)|i pass|ya no", "no"),
        (r"im (busy|working|at work)|i (work|have work)( then| that day)?", "no"),
    )
)

RESCHEDULE = re.compile(
    r"\bre ?sche?d|\brsched|\bresched"
    r"|\b(change|move|switch|push|bump) (my|the|our|this) (appointment|appt|visit|time|booking|reservation)"
    r"|\b(another|different|other|new|later|earlier) (time|day|date|slot|appointment|appt|week)\b"
    r"|\binstead\b|\b(cambiar|mover|reprogramar) (mi|la) cita\b|\breagendar\b"
)
CANNOT_COME = re.compile(
    r"\b(cant|cannot|can not|wont be able to|will not be able to|unable to|not able to|not going to|wont) "
    r"(be able to )?(make|come|be there|attend|do it|do that|do this)"
    r"|^(sorry |no |no sorry |sorry no |oh no |unfortunately |so sorry )*(i |we )?(really )?(cant|cannot|can not|wont)"
    r"( today| tomorrow| that day| then| sorry| this time| this week| anymore| now)*$"
    r"|\bcancel (my|our|the|this|that|it|for|today|tomorrow|please|appointment|appt|visit)"
    r"|\b(please|pls|must|to|will|need|gotta|ill) cancel\b"
    r"|\bnot (coming|gonna make it|going to make it)\b|\bno puedo\b|\bcancelar\b|\bno (podre|voy a poder)\b"
)

SURROUNDS = _each(
    "please pls plz pleas thanks thank you u ty thx tysm so much very hi hey hello hola there dear oh wow omg "
    "yay woohoo i me my the it that this a am and for to is will would can now asap absolutely good great "
    "perfect awesome amazing wonderful excellent fantastic lovely nice gracias muchas muy bien excited happy "
    "glad morning afternoon evening again lol haha ma maam sir mam guys team ladies all one spot slot "
    "appointment appt just here really do sooo too soon then still actually super cool sweet blessings bless "
    "god"
)
YES_WORDS = _each(
    "yes y yess yea yeah yeh yep yup yas yass yuh ya yessir yesh si sii sure surely definitely absolutely totally "
    "certainly takeit gladly oui affirmative claim accept accepted interested mine"
)
NO_WORDS = _each("no n nope nah noo nop nay negative nothanks pass decline")
OKAY_WORDS = _each("ok okay k kk oki okey okie okdokie alright fine cool vale bueno")
SOFT_OKAY_WORDS = _each("great perfect awesome wonderful excellent perfecto good lovely fantastic amazing")
THANKS_WORDS = _each("thanks thank ty thx tysm gracias bless")
CONFIRM_WORDS = _each("c confirm 1")
#: Around a no people explain themselves; a no is still a no unless one of these turns it.
TURNS_A_NO = re.compile(
    r"\b(but|what|when|how|unless|if|wait|meant|mean|later|earlier|any|other|another|yes|instead)\b"
)

LIKE = frozenset("👍👌✅✔☑🙌🎉💯🥳🤙🆗🙋✋")
DISLIKE = frozenset("👎❌🚫🙅✖⛔")
HALT = frozenset("🛑")
HEARTS = frozenset("❤♥💕💖💗💙💚💛💜🧡🙏😊🙂😀😁😃😄😍🥰😘☺🤗🌸🌺✨💐😎🤩")

TAPBACK = re.compile(
    r"^\s*(?P<verb>liked|loved|emphasized|disliked|laughed at|questioned|le gusta|le encanta)\s+[“\"”].*[“\"”]?\s*$",
    re.IGNORECASE | re.DOTALL,
)
EMOJI_TAPBACK = re.compile(
    r"^\s*(?:reacted\s+)?(?P<emoji>[^\w\s\"“”]+)\s+to\s+[“\"”].*[“\"”]?\s*$", re.IGNORECASE | re.DOTALL
)


# --- from a text to its meaning ----------------------------------------------------------------------------------


def _of_words(words: str, *, asks: bool) -> Meaning:
    lone = words.removesuffix(" please").removesuffix(" pls")
    if asks and lone.isdigit():
        return Meaning.OTHER
    if lone in {"c", "1"}:
        return Meaning.CONFIRM
    if lone in {"r", "2"}:
        return Meaning.RESCHEDULE
    if lone in {"x", "3"}:
        return Meaning.CANNOT_COME
    folded = words
    for pattern, one in FOLDED:
        folded = pattern.sub(one, folded)
    tokens = folded.split()
    yes, no = bool(YES_WORDS & set(tokens)), bool(NO_WORDS & set(tokens))
    if (wish := _about_the_visit(words)) is not None:
        return Meaning.OTHER if yes else wish
    if yes and no:
        return Meaning.OTHER
    if no:
        return _no(folded, tokens, asks=asks)
    if asks:
        return Meaning.OTHER
    if yes and set(tokens) <= YES_WORDS | OKAY_WORDS | CONFIRM_WORDS | SURROUNDS:
        return Meaning.YES
    if set(tokens) & CONFIRM_WORDS and set(tokens) <= CONFIRM_WORDS | OKAY_WORDS | SURROUNDS:
        return Meaning.CONFIRM
    if set(tokens) & OKAY_WORDS and set(tokens) <= OKAY_WORDS | SURROUNDS:
        return Meaning.THANKS if set(tokens) & THANKS_WORDS else Meaning.OKAY
    if set(tokens) & THANKS_WORDS and set(tokens) <= THANKS_WORDS | SURROUNDS:
        return Meaning.THANKS
    if set(tokens) <= SOFT_OKAY_WORDS:
        return Meaning.OKAY
    return Meaning.OTHER


def _number(words: str) -> int | None:
    """The number a text consists of; with nothing around it but a few words of courtesy."""
    if NUMBER_ONE.fullmatch(words):
        return 1
    found = NUMBER.fullmatch(words)
    if found is None:
        return None
    said = found["number"]
    if said[0].isdigit():
        return int(said.rstrip("stndrh"))
    return next(number for number, names in enumerate(NUMBERED, start=1) if said in names)


def _about_the_visit(words: str) -> Meaning | None:
    """A wish about a visit, said in whole sentences; "I cannot come, another day?" is a wish for another day."""
    if RESCHEDULE.search(words):
        return Meaning.RESCHEDULE
    if re.search(r"\b(dont|do not|never) cancel\b", words):
        return None
    return Meaning.CANNOT_COME if CANNOT_COME.search(words) else None


def _no(folded: str, tokens: list[str], *, asks: bool) -> Meaning:
    if asks or any(token[0].isdigit() for token in tokens) or TURNS_A_NO.search(folded):
        return Meaning.OTHER
    if set(tokens) & {"confirm", "takeit"}:
        return Meaning.OTHER
    if set(tokens) <= NO_WORDS | SURROUNDS | OKAY_WORDS | {"sorry", "unfortunately", "but"}:
        return Meaning.NO
    # "No, I am at work" begins with the answer; "I have no idea" does not.
    opening = next((token for token in tokens if token not in {"sorry", "hi", "hello", "hey", "oh", "so"}), "")
    return Meaning.NO if opening in NO_WORDS and len(tokens) <= 10 and tokens[1:2] != ["idea"] else Meaning.OTHER


def _of_emojis(emojis: frozenset[str]) -> Meaning:
    if not emojis:
        return Meaning.OTHER
    if emojis & HALT:
        return Meaning.STOP
    if emojis & DISLIKE:
        return Meaning.OTHER if emojis & LIKE else Meaning.NO
    if emojis & LIKE:
        return Meaning.YES
    return Meaning.THANKS if emojis <= HEARTS else Meaning.OTHER


def _tapback(text: str) -> Meaning | None:
    """Phones that cannot show a reaction send it as a text that quotes ours."""
    if found := TAPBACK.match(text):
        verb = found["verb"].lower()
        if verb == "disliked":
            return Meaning.NO
        return Meaning.OKAY if verb in {"liked", "loved", "le gusta", "le encanta"} else Meaning.OTHER
    if found := EMOJI_TAPBACK.match(text):
        meaning = _of_emojis(_emojis(found["emoji"]))
        return Meaning.OKAY if meaning is Meaning.YES else meaning
    return None


def _stripped(text: str) -> tuple[str, frozenset[str], bool]:
    """Plain words, the emojis among them, and whether it asks something."""
    emojis = _emojis(text)
    flat = unicodedata.normalize("NFKD", text).casefold()
    flat = "".join(character for character in flat if not unicodedata.combining(character))
    flat = re.sub(r"['’‘´`]", "", flat)
    flat = re.sub(r"(\w)\1{2,}", lambda run: run[1], flat)
    words = " ".join(re.findall(r"[a-z0-9]+", flat))
    return words, emojis, "?" in flat


def _emojis(text: str) -> frozenset[str]:
    """Pictures without skin tones and presentation marks."""
    return frozenset(character for character in text if unicodedata.category(character) == "So")
