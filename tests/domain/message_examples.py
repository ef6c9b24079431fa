"""What every test of words speaks of: one practice, a visit this afternoon, and a later one."""

from __future__ import annotations

import re
from datetime import timedelta

from domain.messages.facts import Sender, VisitFacts
from tests.domain.build import at

NOW = at("2026-11-24 09:32")
OPEN_UNTIL = at("2026-11-24 09:42")
RIVERSIDE = Sender(practice="Riverside Aesthetics", phone="(212) 555-0100")
GLOW = Sender(practice="Glow", phone="(212) 555-0142", greets="Maria")
VISIT = VisitFacts(
    start=at("2026-11-24 14:00"),
    zone="America/New_York",
    provider="Ana",
    services=("Neuromodulator injection",),
    length=timedelta(minutes=45),
)
LATER = VisitFacts(
    start=at("2026-12-20 10:30"),
    zone="America/New_York",
    provider="Ben",
    services=("Dermal filler",),
    length=timedelta(minutes=90),
)
#: Behind a host of thirty characters.
LINK = "https://go.riverside-clinic-ny.example/c/Zk3vT9aQ7bLw2mXc5dNf0g"
#: Asks for a word by which the carrier, or we, would end our texts.
ASKS_FOR_OPT_OUT = re.compile(
    r"\b(reply|text|send|answer|write|type)\b[^.!?]*\b(cancel|end|quit|revoke|opt-?out|unsubscribe)\b", re.IGNORECASE
)
