"""The words of each meaning, the phrases folded into one of them, and what may surround them."""

from __future__ import annotations

import re


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


START_WORDS = frozenset(
    {"start", "unstop", "resume", "subscribe", "start again", "start again please", "start please", "please start"}
)
HELP_WORDS = frozenset(
    {"help", "info", "help me", "help please", "please help", "ayuda", "ayuda por favor", "who is this", "whos this"}
    | {"who dis", "quien es"}
)

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

_SICK = r"(sick|ill|(so |really |not feeling |feeling )(well|sick|ill|unwell)|hurt|injured)"
#: Phrases that mean something else than their words. "§" stands for a word that no meaning explains.
FOLDED = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), folded)
    for pattern, folded in (
        # What only looks like an answer.
        (
            r"no one|no thanks to you|thanks for nothing|yeah (right|no|nah)|(please|can you"
            r"|could you) confirm",
            "§",
        ),
        (
            r"(now|did|when|if|unless|before) you cancel|(please )?(dont|do not|never|not) (cancel\w*|want to cancel"
            r"|have to cancel|need to cancel)",
            "§",
        ),
        # Yes, and what contains its words without meaning it.
        (r"no me interesa|no estoy interesad[oa]|(ahora|hoy) no(?! (puedo|podre|voy))|ya no", "no"),
        (r"not a problem|no problem(o)?|no prob|np|no hay problema|daccord|de acuerdo|esta bien", "okay"),
        (
            r"no worries|(thank you|thanks) all|(i )?appreciate it|thanks a lot|mil gracias"
            r"|gracias por (avisar(me|nos)?|todo|su mensaje|el (aviso|recordatorio))",
            "thanks",
        ),
        (
            r"thank(s| you)( so much| very much)? for (the reminder|letting (me|us) know|reaching out|the heads up)",
            "thanks",
        ),
        (r"many thanks|merci beaucoup|muchas gracias", "thanks"),
        (r"why not|sure thing|(hell|heck|oh) (yes|yeah)|you bet|of course|for sure|si claro", "yes"),
        (r"(i )?(cant|cannot|can not) wait", "gladly"),
        (
            r"sorry (i )?(just saw (this|it)|for the (late|delayed) (reply|response)|was (in a meeting|at work|busy))",
            "hi",
        ),
        (r"was in a meeting|just saw this", "hi"),
        (r"(i )?will take (it|that|this|the)( one| spot| time| slot| appointment| appt)?", "takeit"),
        (r"(i|we)?ll (gladly )?take (it|that|this|the)( one| spot| time| slot| appointment| appt)?", "takeit"),
        (r"take (it|that)", "takeit"),
        (
            r"i (do )?want (it|that|this)( one| spot| time| slot)?|i(d| would) (love|like) (it|that|to take it"
            r"|to have it)|(id|i would) love to( come| take it)?|que si",
            "takeit",
        ),
        (r"(please )?book (it|me)( in)?( for that)?|sign me up|count me in|put me (down|in)|im in|i am in", "takeit"),
        (r"(that |this |it )?(time )?works( great| perfectly| well)?( for me)?|works for me", "takeit"),
        (r"i can (make (it|that)|come|do (it|that)|be there)|(i )?(am |im )available", "takeit"),
        (r"(would )?love (it|that|to)|very interested|i accept", "takeit"),
        (
            r"claro( que si)?|por supuesto|lo quiero|la quiero( por favor)?|l[oa] tomo|me l[oa] quedo|dale"
            r"|me interesa|acepto",
            "yes",
        ),
        (r"si (quiero|acepto|lo tomo)|je prends|avec plaisir", "yes"),
        (r"por favor|sil vous plait|svp", "please"),
        (r"buen[oa]s (dias|tardes|noches)|hola", "hi"),
        # No.
        (r"no muchas gracias|no gracias|thanks but no thanks|thank you but no( thank you| thanks)?", "nothanks"),
        (r"no but (thank you|thanks)|(non merci|nao obrigad[oa]|nein danke)", "nothanks"),
        (r"no (thanks|thank you|thank u|thx|ty)( you)?", "nothanks"),
        (
            r"not (this time|today|interested( right now| at this time)?|right now|now|for me|tomorrow|available)"
            r"|maybe next time|next time|no can do",
            "no",
        ),
        (
            r"unfortunately not|afraid not|im good|ill pass|i will pass|pass on (this|that|it)( one)?|i pass|i decline",
            "no",
        ),
        # Okay.
        (r"(that|it) would be (great|perfect|amazing|awesome|wonderful|lovely|fantastic|ideal|good)", "okay"),
        (r"sounds (good|great|perfect|wonderful|fine|like a plan)|thats (fine|great|good|perfect|ok|okay)", "okay"),
        (r"(?<!im )(?<!i am )all good|looks good|fine (by|with) me|good to go|muy bien", "okay"),
        (
            r"(i )?(got|have read) (it|this|your (text|message))|will do|(duly )?noted|understood|entendid[oa]"
            r"|copy that|roger( that)?|message received|recibid[oa]",
            "haveread",
        ),
        # Confirming.
        (
            r"(ill|i will|we will|well|will) (be there( tomorrow| today)?|see (you|u|ya)( there| then| soon"
            r"| tomorrow| today)?|be in)",
            "confirm",
        ),
        (r"(see|c) (you|u|ya)( there| then| soon| tomorrow| today| all)?|looking forward to it", "confirm"),
        (
            r"(i )?(am )?(confirm|cofirm|comfirm|confrim)(ed|ing|o|ar|ad[oa])?( it| my| the| this| mi)?( appointment"
            r"| appt| visit| time| cita)?"
            r"( for (today|tomorrow))?",
            "confirm",
        ),
        (r"nos vemos( alli| manana)?|(ahi|alli) estare|je confirme|confirme", "confirm"),
        # Not coming.
        (
            r"(i |we )?(really )?(cant|cannot|can not|wont be able to|will not be able to|(im |i am |we are )?unable to"
            r"|(im |i am )?not able to|(im |i am |we are )?not going to|(im |i am )?not gonna|wont|will not"
            r"|am not able to)"
            r"( be able to)? (make (it( in)?|that|this|(my |our |the )?(appointment|appt|visit))|come( in)?"
            r"|be (there|coming( in)?)"
            r"|attend|do (it|that|this))",
            "cannotcome",
        ),
        (
            r"^((sorry|so|no|oh|unfortunately|hi|hello) )*(i |we )?(really )?(cant|cannot|can not|wont)"
            r"( (today|tomorrow|that day|then|sorry|this time|this week|anymore|now))*$",
            "cannotcome",
        ),
        (r"(im |i am |we are |were )?not (coming( in)?|gonna make it|going to make it)", "cannotcome"),
        (
            r"((can|could|would|will) (you|u) )?(please |pls )?(i |we |im |i am )?((have|need|want|going|gonna|got"
            r"|gotta|would like|id like) )?(to )?(have )?(to )?"
            r"cancel( (my|our|the|this|that|it))?( (appointment|appt|visit|booking|reservation))?",
            "cannotcome",
        ),
        (
            r"(lo siento )?(hoy )?no (puedo|podre|podremos|voy a poder|voy a)( (ir|asistir|venir"
            r"|llegar))?( mi cita)?",
            "cannotcome",
        ),
        (r"(im |i am |we are )cancell?ing|cancell?ing (my|our) (appointment|appt|visit)", "cannotcome"),
        (
            r"((quiero|necesito|tengo que|favor de|quisiera|debo) )?cancel(ar|e|en|o)( (mi|la|esta|nuestra))?( cita)?",
            "cannotcome",
        ),
        (
            r"je ne (peux|pourrai) pas (venir|etre la)|je dois annuler|annuler( mon| le)?( rendez ?vous| rdv)?",
            "cannotcome",
        ),
        # Why.
        (r"(im |i am )?all set|(im|i am) all good", "reason"),
        (
            rf"(because )?(im|i am|my (son|daughter|kid|child|baby|husband|wife|mom|mother|dad|father) is|we are"
            rf"|were|is|was)"
            rf"( so| very| really)? ({_SICK}|at work|working|busy|away|traveling|out of town|on vacation"
            rf"|at the doctor|stuck at work)",
            "reason",
        ),
        (
            r"(im|i am) (at work|working|busy)|i (have|need|got) (to )?work( then| that day| today)?|i work( then"
            r"| that day)?",
            "reason",
        ),
        (
            r"(i|we) have (covid|the flu|a fever|a cold|a conflict|an emergency|another appointment)|out of town"
            r"|on vacation",
            "reason",
        ),
        (
            r"car (trouble|broke down|problems)|(a )?(family|work) emergency|an emergency|(too )?short notice"
            r"|too late( for me)?",
            "reason",
        ),
        (
            r"(ill|i will) keep my (appointment|appt|visit|time)|im happy with my (appointment|appt|visit|time)",
            "reason",
        ),
        (r"estoy (trabajando|enferm[oa]|ocupad[oa]|de viaje)|tengo (trabajo|que trabajar)", "reason"),
    )
)

RESCHEDULE = re.compile(
    r"\bre ?sc?he?d|\brsched|\brescedu"
    r"|\b(change|move|switch|push|bump) (my|the|our|this) (appointment|appt|visit|time|booking|reservation)"
    r"|\b(another|different|other|new|later|earlier) (time|day|date|slot|appointment|appt|week)\b"
    r"|\binstead\b|\b(cambiar|mover|reprogramar)( (mi|la))? cita\b|\breagendar\b|\botr[oa] (hora|dia|fecha)\b"
    r"|\b(reporter|deplacer|changer) mon (rendez ?vous|rdv)\b"
)
NOT_RESCHEDULE = re.compile(
    r"\b(dont|do not|never|not) (re ?sch|change|move|need)|\bany other (question|news)|\bto the other day\b"
)

#: Words of manners: all that may stand beside a key of one letter.
COURTESY = _each(
    "please pls plz thanks thank you u ty thx tysm so much very hi hey hello hola maam sir mam sorry gracias muchas "
    "merci "
    "bitte danke grazie obrigada obrigado"
)
SURROUNDS = COURTESY | _each(
    "pleas plese pleaae there dear oh wow omg yay woohoo i me my the it that this a am im and for to is will would "
    "can now asap "
    "absolutely good great perfect awesome amazing wonderful excellent fantastic lovely nice muy bien excited happy "
    "glad morning afternoon evening again lol haha ma guys team ladies one spot slot appointment appt just "
    "really do sooo too soon then still actually super cool sweet blessings bless god hi gladly exclamation point "
    "period gerne haveread"
)
YES_WORDS = _each(
    "yes y yess yea yeah yeh yep yup yas yass yuh ya ye yessir yesh si sii sure surely definitely absolutely totally "
    "certainly takeit gladly quero oui affirmative claim accept accepted interested mine sim ja "
    "yeas yse yesd yed yrs yws yees yeess ues uea tes yez"
)
NO_WORDS = _each("no n nope nah noo nop nay negative nothanks pass decline non nao nein")
OKAY_WORDS = _each("ok okay k kk oki okey okie okdokie dokie alright fine cool vale bueno")
SOFT_OKAY_WORDS = _each(
    "great perfect awesome wonderful excellent perfecto excelente parfait good lovely fantastic amazing okay"
)
THANKS_WORDS = _each("thanks thank ty thx tysm gracias bless merci obrigada obrigado danke grazie")
CONFIRM_WORDS = _each("c confirm 1")
#: Short enough to be another word: a key only beside manners.
SHORT_KEYS = _each("c 1 y n k ya ye x r")
REASONS = _each(
    "reason sorry unfortunately today tomorrow manana hoy siento lo that day then anymore week because though"
)

LIKE = frozenset("👍👌✅✔☑🙌🎉💯🥳🤙🆗🙋")
DISLIKE = frozenset("👎❌🚫🙅✖⛔")
HALT = frozenset("🛑")
HEARTS = frozenset("❤♥💕💖💗💙💚💛💜🧡🙏😊🙂😀😁😃😄😍🥰😘☺🤗🌸🌺✨💐😎🤩💃🎊🔥🎈🤍🤎🖤🥹🌟⭐☀")
