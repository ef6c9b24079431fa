"""Whether a text says STOP, in the carriers' words, in a sentence, in another language; or only mentions it.

A wish to hear no more is honoured in any reasonable wording (vendors/twilio.md §6, §11). What the wish leaves
unexplained goes to a person as well; where a word limits the wish ("so early", "about botox"), only to a person.
"""

from __future__ import annotations

import re
from enum import Enum

from domain.reading.normalise import Plain, normalise


class OptOut(Enum):
    """`DOUBTFUL`: no more texts, and a person looks, for something else may have been meant or said."""

    CLEAR = "clear"
    DOUBTFUL = "doubtful"
    #: It speaks of stopping and is no wish to: "don't stop", "how do I unsubscribe?".
    MENTIONED = "mentioned"


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: One of these, alone or repeated, with nothing but what surrounds it.
_WORDS = _each(
    "stop stopp sotp stpo st0p stopall stops unsubscribe unsubcribe unsuscribe unsubscibe unsubscribed unsub optout "
    "arret arretez arreter desabonner desabonnement desinscrire desinscription "
    "basta alto pare parar parem detener sair baja remover "
    "fermare abmelden abbestellen aufhoren dung itigil"
)
#: The whole text, and nothing else: too common to be read within a sentence.
_ALONE = frozenset(
    {"end", "quit", "revoke", "opt out", "stop all", "cancelar mensajes", "cancelar suscripcion", "cancelar mensagens"}
    | {"basta messaggi", "darme de baja", "me desabonner", "non scrivetemi piu", "plus de messages", "keine sms mehr"}
    | {
        "bitte keine nachrichten mehr",
        "keine nachrichten mehr",
        "no more",
        "no mas",
        "darse de baja",
        "no mas por favor",
    }
    | {"cease", "cease and desist", "please remove", "remove", "remove please", "please remove thanks", "remove thanks"}
)
#: Opt-outs by the carriers' list that a client may have meant for a visit.
_PERHAPS_A_VISIT = frozenset({"cancel", "please cancel all"})
_OTHER_SCRIPTS = frozenset(
    {"стоп", "停止", "退订", "停", "توقف", "やめて", "정지", "중지", "הסר", "στοπ"}
    | {"止めて", "그만", "取消订阅", "取消訂閱", "退訂", "قف", "отписаться", "отпишите"}
)

_POLITE = _each(
    "please pls plz plse thanks thank you thx ty hi hello hey ok okay k no nope nah yes yeah just now already it "
    "this all "
    "asap immediately right again por favor gracias svp sil vous plait merci bitte danke grazie ya sorry sir maam "
    "and i said mean lai "
    "told to im asking need want enough go away f off wtf damn fuck fucking txt txts text texts msg msgs message "
    "messages sms "
    "para salir reply not interested thats the a from me my u 2 opt out end make us we have"
)
#: Before a last "stop" it is a place, a habit, or a word reported.
_NO_STOP_AFTER = _each(
    "bus next pit full non one train tram metro the a my that which first last short had cant couldnt wont every "
    "will ill "
    "at quick hit texted typed sent pressed pushed tapped cannot google siri alexa by"
)
_LIST = r"((wait(ing)? ?)?lists?)"
_ANY = r"((the|your|ur|this|that|these|all|any|of) )*"
_PLACES = rf"({_LIST}|system|database|contacts)"
_THEM = r"(me|us|my name|our names?|my number|our number|this number|my phone)"
#: "Please don't take me off" wants to stay, and "did you take me off?" wants to know.
_WISHED = r"(?<!\bdont )(?<!\bnot )(?<!\bnever )(?<!\bnot to )(?<!\bno need to )(?<!\bdid you )"
_TEXTS = r"(texts?|txts?|messages?|msgs?|sms|alerts?|notifications?|reminders|offers)"
_STRONG = re.compile(
    r"^(please |pls )?stop( all| it| this| now| already| thanks| thank you| thx| please| pls)*$"
    r"|\bstop (all |with )?((the|these|this|your|sending|me|any) )*"
    r"(text|txt|messag|msg|contact|sms|spam|bother|harass)"
    r"|^(please |pls )?stop (please|pls|now|thanks|thank you)\b"
    r"|\b(stop|quit) (the |all |your |these |this |with )*(\w+ing |damn )(text|txt|messag|msg|contact|spam"
    r"|bother|harass)"
    r"|\bcease (and desist|(all |any |your )*(contact|communicat|text|messag)\w*)|\benough (with|of) (the "
    r"|these |your )*"
    rf"{_TEXTS}"
    r"|\b(no longer|dont|do not) (want|wish|care|need) to (receive|get|hear|be (contacted|texted|messaged))"
    r" (from (you|this|your)|(any|this|these|those|your|more)\b|by (you|text))|\b(no longer|dont|do not) (want"
    r"|wish) to be"
    r" (contacted|texted|messaged)\b"
    r"|^((please|pls|hi|hello|hey|sorry|no) )*no (text )?(texts|txts|texting|messages|msgs|sms)"
    r"( (please|pls|thanks|thank you|ok|okay))*$"
    r"|^(fuck|f|piss|buzz|bugger) (off|you|u)$|^(get lost|eat shit|go to hell|screw (you|u)|go away)$"
    r"|\bstop (sending|writing|calling)( (me|us|these|this|them|to me))*\b"
    r"|\b(stop|quit) (texting|messaging|contacting|sending|bothering|spamming)"
    r"|\b(dont|do not|never|please dont|quit) (ever )?(text|txt|message|msg|contact|send me|send any|sms)\b"
    rf"|\bno more (of )?((the|these|your) )*{_TEXTS}"
    rf"|\b(dont|do not|no longer) (want|wish|need|like)( to)?( (get|receive|have|be getting|be receiving))?"
    rf"( (any|more|these|your|the|those|text|from you))* {_TEXTS}\b"
    rf"|\b(cancel|end)( (all|the|these|my|your|text|those|any|sms))* ({_TEXTS}|subscription)\b"
    r"|\bunsub(scribe|cribe|scibe)\b|\bunsuscribe\b|\bopt (me )?out\b|\bopting out\b"
    rf"|{_WISHED}\b(remove|delete) {_THEM}\b((?! (put|add|keep|move|place) ).)*\b({_PLACES}|off)\b"
    rf"|{_WISHED}\btake {_THEM} off\b|{_WISHED}\bget {_THEM} off {_ANY}(\w+ )?{_LIST}\b"
    rf"|{_WISHED}\btake {_THEM}( \w+){{0,4}} (off|out) {_ANY}(\w+ )?{_PLACES}\b"
    rf"|{_WISHED}\btake (my|our|this) (name|number|phone) from {_ANY}(\w+ )?{_PLACES}\b"
    r"|^((please|pls|hi|hello|i|we|id|would|like|want|wish|need|to|be|get|come|go|just) )*"
    rf"(off|taken (off|out)|(removed|deleted) (off|from|out)) {_ANY}(\w+ )?{_LIST}\b"
    rf"|\b(dont|do not|no longer) (want|need|wish) to be (on|in) {_ANY}(\w+ )?{_LIST}\b"
    r"|^(please |pls )?(remove|delete) (me|(my|this) number)( please| thanks)?$"
    r"|\bstop (this|the|with this|with the) (nonsense|crap|bs|bullshit|shit|spam|madness)\b|^quit it$"
    r"|^(please |pls )?(remove|delete|take) (me |us )?(from|off) (the |your |this )*(list|lists)\b|\b(remove"
    r"|delete) me$|\bleave me alone\b|\blose (my|this|the|our) number\b|\brevoke (my )?consent\b|\bwrong (number"
    r"|person|num|nbr|party|recipient)\b"
    # Spanish, French, Portuguese, German.
    r"|\b(no|ya no|nunca) (quiero|deseo)( recibir)?( mas| sus| estos| los)* (mensajes|textos)\b|\bno mas (mensajes"
    r"|textos|sms)\b"
    r"|\b(ya )?no me (escriban?|manden?|envien?|contacten?|molesten?|texteen?)( mas)?( mensajes| textos)?\b"
    r"|\b(dejen?|paren?) de (escribir|mandar|enviar|molestar|contactar)\w*"
    r"|\b(quiten?me|borren?|eliminen?|saquen?me|borrenme|eliminenme) (de |mi numero|mi nombre)"
    r"|\b(numero (equivocado|incorrecto)|equivoc\w+ de numero)\b"
    r"|(?<!no quiero )(?<!sin )\bdejar de recibir\b|\bquiero cancelar (los|mis|sus|estos|todos los) (mensajes|textos)\b"
    r"|\b(quit|borr|elimin|sac|saqu)\w* (me )?(de (la|su|tu|esta|sus) listas?|mi (numero|nombre|telefono))\b"
    r"|\bno (envien?|manden?)( mas)?( mensajes| textos)?$|\bno mas (mensaje|texto)\b|\bdejenme (en paz|tranquil[oa])\b"
    r"|\b(ya )?basta (con|de) (los|sus|tantos|estos) (mensajes|textos)\b|^(ya )?parenle( ya)?$"
    r"|\b(dar(me|nos|se)|denme|deme) de baja\b|^(por favor )?no escriban?( mas)?$|\bkeine (sms|nachrichten"
    r"|texte) mehr\b"
    r"|\barrete[zr]? (de m|(les|vos|ces) (messages|sms|textos))|\bne m\w* (envoyez|ecrivez|contactez) plus\b"
    r"|\bplus de (messages|sms)\b|\bne m(e |)?(envoyez|ecrivez|contactez|textez) plus\b"
    r"|\bnao (quero|me mandem?|me enviem?|desejo)( receber)?( mais)? mensagens\b|\bpare de me\b"
)
#: A wish not to stop, a stop reported, or one made by mistake.
_STOPPING = (
    r"(stop|stopped|stopping|paren|pare|dejen|unsubscribe\w*|opt(ed|ing)? (me )?out|optout|(remove|delete) (me|us|my)"
    r"|take (me|us) off"
    r"|be removed|cancel (these|the|those|my|all) (texts?|messages?)|end (these|the) (texts?|messages?)"
    r"|cancelar (los|mis) mensajes)"
)
_KEPT = re.compile(
    r"\b(dont|do not|doesnt|does not|never|didnt|did not|not|wont|will not|without|no need)"
    r"( (want|wanna|need|wish|mean|meant|like|trying|going|ever|please|yet|say|said|to|you|have|ask|asked|be|being"
    r"|get|getting|would))*"
    rf" {_STOPPING}\b"
    r"|\bno (quiero )?(dejen|paren|cancelar (los|mis) mensajes)\b|\bno (me |nos )?(quit|borr|elimin|saqu)\w*\b"
    # "Stop calling, text me": texts are wanted.
    r"|\bstop calling\b.*\b(just|please|only|text|message) (text|message|me|us|is|instead|works)\b"
    r"|\b(mistake|accident|accidentally|accidently|oops|my kid|toddler|autocorrect|keep (texting|sending)|sigan)\b"
    r"|\bnot (the )?wrong (number|person)\b"
)
_ASKED = re.compile(
    r"^((hi|hello|hey|so|and|but|ok|okay|wait|sorry|please|like|comment|como) )*"
    r"(how|why|did|do i|do you|do we|does|what|whats|when|where|should|shall|can i|could i|may i|am i|are you|if|was"
    r"|were|is|which|will (the|my|it|this|that|these)|"
    r"who|como|puedo|por que|cuando)\b"
)
#: What limits a wish: a person decides what it means.
_LIMITED = re.compile(
    r"\b(about|until|till|so (early|late|much|often|many)|too|at (night|work)|in (spanish|english|the)|on (week|sun"
    r"|satur|mon|tues|wednes|thurs|fri)\w*"
    r"|during|before|after|only|except|unless|but|just (the|for|on|a|send|email|call)|email me|call me|instead"
    r"|my work|use my|marketing|promo\w*|twice|"
    r"for (now|today|a|the|this|two)|while|between|lol|kidding|laughing|smiling|from ana|sobre|pero|solo|hasta"
    r"|retinol)\b"
)
#: What turns a wish, wherever it stands.
_TURNED = re.compile(r"\b(but|only|except|unless|instead|lol|kidding|laughing|pero|solo)\b")
_BUT_STOP = re.compile(r"\bbut (?=((please|pls|just) )*(stop|unsubscribe)\b)")
#: Something staff should hear of: another owner of the number, a wish to leave the waitlist. Leaving it ends the texts
#: as well, for a place on the waitlist is a reason to be texted.
_TELLS_MORE = re.compile(
    r"\bwrong (number|person|num|nbr|party|recipient)\b|\b(numero (equivocado|incorrecto)"
    r"|equivoc\w+ de numero)\b|\bwait(ing)? ?lists?\b"
)
_SPEAKS_OF_STOPPING = re.compile(rf"\b{_STOPPING}\b|\bstop\b")
_LAST = _each("stop stopp unsubscribe stopall optout")


def opt_out(plain: Plain) -> OptOut | None:
    """How a text speaks of stopping, or None where it does not."""
    words = plain.words
    if words in _PERHAPS_A_VISIT:
        return None if plain.asks or plain.unread else OptOut.DOUBTFUL
    if not _SPEAKS_OF_STOPPING.search(words) and not _mentions(plain):
        return None
    if plain.unread or _KEPT.search(words):
        return OptOut.MENTIONED
    by_itself = next((clause for clause in plain.clauses if _is_bare(clause)), None)
    # "Thanks, but stop" is polite; "stop, but only about botox" is turned.
    bare = _BUT_STOP.sub("", words)
    if (words in _ALONE or _is_bare(bare)) and not (plain.asks and len(words.split()) == 1):
        return OptOut.CLEAR
    # "Who is this? Stop texting me." asks, and wishes as well.
    apart = any(_STRONG.search(clause) and not _ASKED.search(clause) for clause in plain.clauses)
    if _ASKED.search(words) and not apart and (by_itself is None or len(plain.clauses) == 1):
        return OptOut.MENTIONED
    strong = _STRONG.search(words)
    if strong is None and by_itself is None and not _ends_with_a_stop(words):
        return OptOut.MENTIONED if "stop" in words.split() or plain.asks else None
    if any(_LIMITED.search(clause) for clause in plain.clauses if _STRONG.search(clause) or "stop" in clause.split()):
        return OptOut.MENTIONED
    if _TURNED.search(words):
        return OptOut.MENTIONED
    if _TELLS_MORE.search(words):
        return OptOut.DOUBTFUL
    rest = re.sub(rf"{re.escape(strong[0])}\w*", " ", words) if strong else words
    return OptOut.CLEAR if all(word in _POLITE | _WORDS | _AROUND for word in rest.split()) else OptOut.DOUBTFUL


def stands_above(own: str) -> bool:
    """Whether it is a stop in a line of its own, above a signature or whatever else asks and turns nothing."""
    first, _, rest = own.strip().partition("\n")
    said, below, letters = normalise(first), normalise(rest), normalise(re.sub(r"[\W\d_]", " ", rest))
    if not below.words or below.asks or letters.unread or said.asks or opt_out(said) is not OptOut.CLEAR:
        return False
    return not any(pattern.search(below.words) for pattern in (_TURNED, _KEPT, _LIMITED, _ASKED))


def in_another_script(text: str) -> bool:
    """Whether a text is the word for "stop" in a script this reader otherwise cannot read."""
    return re.sub(r"[\W_]+", "", text).casefold() in _OTHER_SCRIPTS


def _mentions(plain: Plain) -> bool:
    return bool(
        plain.words in _ALONE or any(_is_bare(clause) for clause in plain.clauses) or _STRONG.search(plain.words)
    )


def _is_bare(words: str) -> bool:
    """A stop, or several, and nothing but manners around it."""
    said = words.split()
    if words in {"opt out", "stop all"} or words in _ALONE - {"end", "quit", "revoke"}:
        return True
    return any(word in _WORDS for word in said) and all(word in _WORDS | _POLITE for word in said)


def _ends_with_a_stop(words: str) -> bool:
    said = words.split()
    return 1 < len(said) <= 5 and said[-1] in _LAST and said[-2] not in _NO_STOP_AFTER


#: Around a wish in a whole sentence.
_AROUND = _each(
    "your list lists number phone system these those any more anymore ever again would like can could will you be so "
    "stop "
    "texting messages text number contacting at on off of in am is that are getting receive receiving tired name hi "
    "wanted wish never have has i id we our for phone cell"
)
