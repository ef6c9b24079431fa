"""The third step: whether a person wrote it, or a phone, a mailbox or a carrier answered by itself.

Nothing is decided by such a text. The wording tells most of them; speed and repetition tell the rest, and need facts
that only the conversation has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

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
    r"|\bcurrently (unable to respond|unavailable|driving|away|out)\b|^i am unable to respond\b|\baway from my phone\b"
    r"|\bget back to you (as soon as|when) (i|possible|we)\b|^sorry i missed your (text|call|message)\b"
    r"|\b(ill|i will|will) (reply|respond|text|call|get back)( to)?( you)?( back)? (later|soon|shortly|asap|when"
    r"|as soon|in the morning)\b"
    r"|\b(unable to (take|answer) your|away from my desk|on leave until|is driving and cannot|currently on a)\b"
    # Mailboxes and businesses.
    r"|\bauto ?(matic(ally)?|mated)? ?(reply|replies|response|respond|responder|message|generated|screening)\b"
    r"|\bautoreply\b|\baway message\b"
    r"|\bout of (the )?office\b|\bon vacation and will\b|\bwe are (currently )?closed\b|\boffice is closed\b"
    r"|^(hi |hello )?(thank you|thanks) for (contacting|reaching out|texting|your message|calling|messaging)\b"
    r"|\b(received your message|your message has been received|representative will)\b"
    r"|\b(not monitored|unmonitored)\b|\bdo not reply to this\b|\bplease do not reply\b|\bplease update your contacts\b"
    r"|\bi no longer use this number\b|\bthis number has changed\b"
    r"|\btext has been received\b|\boutgoing calls only\b|^auto driving$|\bmessage (failed|was blocked)\b"
    # Carriers.
    r"|\bdoes not accept (text|sms|messages)\b|\bnot in service\b|\bmessage blocking\b|\b(not|be) delivered\b"
    r"|\bmessage not sent\b"
    r"|\binvalid number\b|\bsubscriber you are\b|\bunable to (receive|send) (text|message|sms)s?\b|\blandline\b"
    r"|\bcannot receive (texts?|messages?|sms)\b|\bshort ?code may have\b"
    # Spanish.
    r"|\b(estoy|voy) (conduciendo|manejando)\b.*\b(respond|llam|escrib)|\b(respuesta automatica|mensaje automatico)\b"
    r"|\bfuera de (la )?oficina\b|\bno puedo hablar ahora\b|\bahora no puedo hablar\b|\ben una reunion te llamo\b"
    r"|\bluego te llamo\b|\bte (llamo|respondo|escribo) (luego|despues|mas tarde)\b|\beste numero no (recibe"
    r"|acepta)\b|\bgracias por (su|tu) mensaje\b"
    # French, German, Portuguese, Italian.
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


def is_canned(words: str) -> bool:
    """Whether the words are those of an automatic answer. `words` are plain (`normalise`)."""
    return bool(_WORDINGS.search(words))


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
