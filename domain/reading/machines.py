"""The third step: whether a person wrote it, or a phone, a mailbox or a carrier answered by itself.

Nothing is decided by such a text. The wording tells most of them; speed and repetition tell the rest, and need facts
that only the conversation has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

#: That somebody cannot be spoken to, and what happens when they can be: together, what machines are set up to say.
_AWAY = (
    r"(out of (the )?(office|town|country)|off the clock|on (vacation|holidays?|pto|(\w+ )?leave)|(medical|sick"
    r"|maternity"
    r"|paternity) leave|away (from|until|due|on|at)|currently (away|closed|busy|out|off)|closed|after hours|driving"
    r"|in (a|an) (meeting|appointment|class|session)|in (class|session|surgery|court)|at the (movies?|theater"
    r"|gym)|asleep"
    r"|sleeping|unavailable|not available|limited (access|cell|service|signal|reception|connectivity)"
    r"|(cant|cannot|unable to|not able to) (talk|answer|take|respond|reply|get to)|busy|with (a|another) (client"
    r"|patient"
    r"|customer)|missed (your|you))"
)
_LATER = (
    r"((will|ill|well|we will|i will|can i|ill be|be back and) ?(\w+ )?(call|text|reply|respond|return|get back"
    r"|contact|answer"
    r"|reach out|be with you|follow up|message)\b|(call|text|reply|respond|get back to|be with"
    r"|message) (to )?(you|u)( back)?"
    r"( later| soon| shortly| asap| when| as soon| tomorrow| after| once| right back| in a)|(scheduled"
    r"|expect) to return"
    r"|upon my return|wont be (checking|monitoring|able to)|for (urgent|emergencies|immediate)|(if|case) (this"
    r"|its|it) is (an )?"
    r"(urgent|emergency)|if urgent|in an emergency|dial 911)"
)

#: Canned answers of phones, mailboxes and carriers, in plain words (without accents, apostrophes and stops).
_WORDINGS = re.compile(
    # Phones and cars.
    r"\bim (currently )?(driving|sleeping)( right now| now)?\b.*\b(ill|i will|text you|reply|respond|get back"
    r"|see your message|cant|sent from|turned on)\b"
    r"|\b(driving|sleep|work|personal|focus) (focus|mode) (turned |is )?on\b|\bdo not disturb\b|\bfocus mode\b"
    r"|\b(not receiving notifications|notifications silenced)\b"
    r"|^(sorry )?(i )?(cant|cannot) talk (right )?now( whats up| call you later| ill call you.*| i will call you.*)$"
    r"|^sorry i cant talk right now$|^(ill|can i) call you (right back|later|back)( later)?$"
    r"|^im (busy|in a meeting|at the movie theater|at the movies)( right now)?( (ill|i will) (call"
    r"|text) you.*)?$(?<!busy)(?<!meeting)(?<!now)"
    r"|^im at the movie theater$|\bsent automatically\b|\bsent from (my )?(bmw|android auto|carplay|car)\b"
    r"|\b(in a meeting|in a class|busy|with a client|with a patient|at work|working|driving|sleeping|away"
    r"|unavailable)\b.*\b(ill|i will|will) (call|text|reply|respond|get back|return|message)\b"
    r"|\bcurrently (unable to respond|unavailable|driving|away|out)\b|^i am unable to respond\b"
    r"|\baway from my phone\b"
    r"|\bget back to you (as soon as|when) (i|possible|we)\b|^sorry i missed your (text|call|message)\b"
    r"|\b(ill|i will|will) (reply|respond|text|call|get back)( to)?( you)?( back)? (later|soon|shortly|asap|when"
    r"|as soon|in the morning)\b"
    r"|\b(unable to (take|answer) your|away from my desk|on leave until|is driving and cannot|currently on a)\b"
    rf"|{_AWAY}.*{_LATER}|{_LATER}.*{_AWAY}"
    r"|^im driving( right now| now)?$|^(sorry )?i cant (talk|answer|text)( right)?( now)?( im (driving"
    r"|busy))?( ill call you"
    r"( right)? back.*)?$|^(sorry )?im busy (please )?(call|try|text)( me)?( back| again)? later$"
    r"|\bgoogle assistant\b"
    # Mailboxes and businesses.
    r"|\byou(ve| have) reached\b.*\b(office|hours|reply|leave|help|call|text)\b|\bhow can we help you today\b"
    r"|\bour (office|business|store|regular|normal)? ?hours are\b|\b(during|outside( of)?) (our )?(regular "
    r"|normal )?(business"
    r"|office) hours\b|\b(someone|somebody|an agent|a team member|a member of (our|the) team|our team) will\b"
    r"|\b(weve|we have) received your\b|\bnot accepting (texts|messages|calls)\b|\brecipient (cannot|can not"
    r"|is unable)\b"
    r"|\bauto ?(matic(ally)?|mated)? ?(reply|replies|response|respond|responder|message|generated|screening)\b"
    r"|\bautoreply\b|\baway message\b"
    r"|\bout of (the )?office\b|\bon vacation and will\b|\bwe are (currently )?closed\b|\boffice is closed\b"
    r"|^(hi |hello )?(thank you|thanks) for (contacting|reaching out|texting|your message|calling|messaging)\b"
    r"|\b(received your message|your message has been received|representative will)\b"
    r"|\b(not monitored|unmonitored)\b|\bdo not reply to this\b|\bplease do not reply\b"
    r"|\bplease update your contacts\b"
    r"|\bi no longer use this number\b|\bthis number has changed\b"
    r"|\btext has been received\b|\boutgoing calls only\b|^auto driving$|\bmessage (failed|was blocked)\b"
    # Carriers.
    r"|\bdoes not accept (text|sms|messages)\b|\bnot in service\b|\bmessage blocking\b|\b(not|be) delivered\b"
    r"|\bmessage not sent\b"
    r"|\binvalid number\b|\bsubscriber you are\b|\bunable to (receive|send) (text|message|sms)s?\b|\blandline\b"
    r"|\bcannot receive (texts?|messages?|sms)\b|\bshort ?code may have\b"
    # Spanish.
    r"|\bgracias por (comunicar\w+|contactar\w*|escribir\w*)\b|\b(hemos|he) recibido (tu|su)\b|\bnuestro horario\b"
    r"|\b(en este momento|ahora( mismo)?|por el momento) no (puedo|podemos) (hablar|atender\w*|contestar\w*"
    r"|responder\w*)\b"
    r"|\bno (puedo|podemos) (hablar|atender\w*|contestar\w*|responder\w*) (en este momento|ahora|por el momento)\b"
    r"|\b(respond|contest|llam|atend)\w+ (a mi regreso|a la brevedad|cuando|en cuanto|lo antes posible|mas tarde"
    r"|luego)\b"
    r"|\bte llamo (cuando|en cuanto|al)\b"
    r"|\b(estoy|voy) (conduciendo|manejando)\b.*\b(respond|llam|escrib)|\b(respuesta automatica|mensaje automatico)\b"
    r"|\bfuera de (la )?oficina\b|\bno puedo hablar ahora\b|\bahora no puedo hablar\b|\ben una reunion te llamo\b"
    r"|\bluego te llamo\b|\bte (llamo|respondo|escribo) (luego|despues|mas tarde)\b|\beste numero no (recibe"
    r"|acepta)\b|\bgracias por (su|tu) mensaje\b"
    # French, German, Portuguese, Italian.
    r"|\bje suis (absente?|en conges?|en vacances)\b.*\b(jusqu|urgence|retour|contactez|repond)"
    r"|\bje vous (rappelle|recontacte)\b"
    r"|\b(im urlaub|nicht im haus|gerade nicht sprechen|kann gerade nicht)\b|\b(melde mich|rufe)\b.*\b(zuruck"
    r"|spater|sobald)\b"
    r"|\bnao posso (falar|atender|responder)( agora)?\b|\b(ligo|retorno|respondo) (mais tarde|assim que|depois)\b"
    r"|\bnon posso (parlare|rispondere)( ora| adesso)?\b|\b(richiamo|rispondo) (piu tardi|appena|dopo)\b"
    r"|\bje (conduis|suis en reunion)\b.*\bje vous (rappelle|reponds)|\breponse automatique\b|\babsente? du bureau\b"
    r"|\bmessage automatique\b"
    r"|\bpas disponible pour le moment\b|\bgerade beschaftigt\b|\bich fahre\b.*\b(melde|rufe)\b"
    r"|\bautomatische antwort\b|\bnicht im buro\b|\babwesenheit"
    r"|\bin einer besprechung\b.*\b(rufe|melde)\b"
    r"|\bestou (dirigindo|em reuniao)\b.*\b(respondo|ligo|retorno)\b|\bresposta automatica\b|\bfora do escritorio\b"
    r"|\bsto guidando\b.*\b(richiamo|rispondo)\b|\brisposta automatica\b|\bfuori (ufficio|sede)\b"
)

#: Nobody reads a text and writes more than a word this soon after it was sent.
FASTER_THAN_A_PERSON = timedelta(seconds=2)


#: What no machine is set up to say: a person says it in a sentence of its own, beside words that machines use too.
_A_PERSONS = re.compile(
    r"(yes|yeah|yep|yup|si)( (please|pls|thanks|thank you|por favor|gracias))?"
    r"|(yes|yeah|yep|yup|si) (ill|i will|id|i would|i want|i can)\b.*"
    r"|(ill|i will) take (it|that)\b.*|(no thanks|no thank you|no gracias)\b.*"
)


def is_canned(words: str, clauses: Sequence[str] = ()) -> bool:
    """Whether the words are those of an automatic answer. `words` and `clauses` are plain (`normalise`)."""
    return bool(_WORDINGS.search(words)) and not any(_A_PERSONS.fullmatch(one) for one in clauses)


def answers_by_itself(words: str, *, after_ours: timedelta | None, earlier: Sequence[str]) -> bool:
    """Whether a text nobody could read as an answer comes from a machine, by its speed or its repetition.

    `after_ours` is the time between our last text and this one, `earlier` the plain words of the texts this phone sent
    since. A person may write "yes" twice or at once, which is why only a longer text is judged here.
    """
    if len(words.split()) < 4:
        return False
    quick = after_ours is not None and timedelta() < after_ours <= FASTER_THAN_A_PERSON
    return quick or says_again(words, earlier)


def says_again(words: str, earlier: Sequence[str]) -> bool:
    """Whether it says word for word what was said before, but for the numbers, which count hours and tickets."""
    return _without_numbers(words) in {_without_numbers(one) for one in earlier}


def _without_numbers(words: str) -> str:
    return " ".join(word for word in words.split() if not any(sign.isdigit() for sign in word))
