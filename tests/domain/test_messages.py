"""Every text a client can get: short, safe on a lock screen, and never asking for a word that stops our texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clients import Channel, Language
from domain.messages import booking, gap_fill
from domain.messages.facts import Sender, VisitFacts, Words
from domain.messages.segments import Encoding, cost, plain
from domain.replies import Meaning, understand
from tests.domain.build import at
from tests.domain.message_examples import ASKS_FOR_OPT_OUT, LATER, LINK, NOW, OPEN_UNTIL, RIVERSIDE, VISIT

#: Every text a client can get, from the facts that vary.
Text = Callable[[Sender, VisitFacts, VisitFacts, Channel], Words]
TEXTS: dict[str, Text] = {
    "offer": lambda s, v, w, c: gap_fill.offer(
        sender=s, visit=v, open_until=OPEN_UNTIL, now=NOW, link=LINK, first_text=True, channel=c
    ),
    "offer, no link": lambda s, v, w, c: gap_fill.offer(sender=s, visit=v, open_until=OPEN_UNTIL, now=NOW, channel=c),
    "offer of a consult": lambda s, v, w, c: gap_fill.offer(
        sender=s, visit=v, open_until=OPEN_UNTIL, now=NOW, link=LINK, consult_instead=True, channel=c
    ),
    "offer for a later visit": lambda s, v, w, c: gap_fill.offer(
        sender=s, visit=v, open_until=OPEN_UNTIL, now=NOW, link=LINK, replaces=w, channel=c
    ),
    "offer of the next best": lambda s, v, w, c: gap_fill.offer_next_best(
        sender=s, lost_visit=v, visit=w, open_until=OPEN_UNTIL, now=NOW, link=LINK, channel=c
    ),
    "booking note": lambda s, v, w, c: gap_fill.booking_note(sender=s, visit=v, now=NOW, channel=c),
    "lost": lambda s, v, w, c: gap_fill.lost(sender=s, visit=v, now=NOW, listed=True, channel=c),
    "lost, not listed": lambda s, v, w, c: gap_fill.lost(sender=s, visit=v, now=NOW, listed=False, channel=c),
    "taken": lambda s, v, w, c: gap_fill.lost(sender=s, visit=v, now=NOW, listed=True, said_yes=False, channel=c),
    "withdrawn": lambda s, v, w, c: gap_fill.withdrawn(
        sender=s, visit=v, now=NOW, listed=True, said_yes=True, channel=c
    ),
    "lapsed": lambda s, v, w, c: gap_fill.lapsed(sender=s, visit=v, now=NOW, listed=True, channel=c),
    "declined": lambda s, v, w, c: gap_fill.declined(sender=s, listed=True, channel=c),
    "declined, not listed": lambda s, v, w, c: gap_fill.declined(sender=s, listed=False, channel=c),
    "late yes": lambda s, v, w, c: gap_fill.late_yes(sender=s, visit=v, now=NOW, listed=False, channel=c),
    "clinic filled": lambda s, v, w, c: gap_fill.clinic_filled(sender=s, visit=v, now=NOW, channel=c),
    "handed over": lambda s, v, w, c: gap_fill.still_trying_handed_over(sender=s, visit=v, now=NOW, channel=c),
    "confirmation": lambda s, v, w, c: booking.confirmation(
        sender=s, visit=v, now=NOW, won=True, first_text=True, channel=c
    ),
    "confirmation of a swap": lambda s, v, w, c: booking.confirmation(
        sender=s, visit=v, now=NOW, won=True, replaced=w, channel=c
    ),
    "reminder": lambda s, v, w, c: booking.reminder(sender=s, visit=v, now=NOW, first_text=True, channel=c),
    "reminder to the confirmed": lambda s, v, w, c: booking.reminder(
        sender=s, visit=v, now=NOW, confirmed=True, channel=c
    ),
    "moved": lambda s, v, w, c: booking.moved(sender=s, visit=w, before=v, now=NOW, channel=c),
    "cancelled": lambda s, v, w, c: booking.cancelled(sender=s, visit=v, now=NOW, first_text=True, channel=c),
    "which one": lambda s, v, w, c: booking.which_one(sender=s, meaning="reschedule", visits={1: v, 2: w}, now=NOW),
    "thanks for confirming": lambda s, v, w, c: booking.thanks(sender=s, visit=v, now=NOW),
    "a person answers": lambda s, v, w, c: booking.handed_over(sender=s),
    "resubscribed": lambda s, v, w, c: booking.resubscribed(sender=s),
    "help": lambda s, v, w, c: booking.help_text(sender=s),
}
every_text = pytest.mark.parametrize("write", TEXTS.values(), ids=TEXTS.keys())

visits = st.builds(
    VisitFacts,
    start=st.integers(0, 60 * 24 * 4).map(lambda quarter: NOW + timedelta(minutes=15 * quarter)),
    zone=st.sampled_from(("America/New_York", "America/Los_Angeles", "America/Phoenix")),
    # Of letters that GSM-7 has: what another costs is a test of its own.
    provider=st.sampled_from(("Ana", "Christopher", "José", "Ñora")),
    location=st.sampled_from((None, "Downtown", "Upper West Side")),
    services=st.just(("Neuromodulator injection", "Dermal filler")),
    client_zone=st.sampled_from((None, "America/Chicago")),
    length=st.sampled_from((timedelta(minutes=45), timedelta(minutes=90))),
)
senders = st.builds(
    Sender,
    practice=st.sampled_from(("Glow", "Riverside Aesthetics", "L’Atelier Skin – SoHo")),
    phone=st.sampled_from((None, "(212) 555-0100")),
    greets=st.sampled_from((None, "Maria")),
    language=st.sampled_from(Language),
)


@every_text
@settings(max_examples=60, deadline=None)
@given(senders, visits, visits)
def test_a_text_is_gsm_7_two_segments_and_names_no_treatment(
    write: Text, sender: Sender, visit: VisitFacts, other: VisitFacts
) -> None:
    words = write(sender, visit, other, Channel.SMS)

    assert (cost(words.text).encoding, cost(words.text).segments <= 2) == (Encoding.GSM_7, True), words.text
    assert words.subject is None
    assert words.text.startswith(plain(sender.practice))
    assert "injection" not in words.text
    assert "filler" not in words.text
    assert not ASKS_FOR_OPT_OUT.search(words.text)


@every_text
def test_the_longest_ordinary_facts_stay_within_two_segments(write: Text) -> None:
    longest = VisitFacts(
        start=at("2026-11-25 22:30"),
        zone="America/New_York",
        provider="Christopher",
        location="Upper West Side",
        client_zone="America/Chicago",
        length=timedelta(minutes=90),
    )

    words = write(RIVERSIDE, longest, longest, Channel.SMS)

    assert cost(words.text).segments <= 2, (len(words.text), words.text)


@every_text
@pytest.mark.parametrize("channel", list(Channel))
def test_no_message_asks_for_a_word_that_stops_texts(write: Text, channel: Channel) -> None:
    words = write(RIVERSIDE, VISIT, LATER, channel)

    assert not ASKS_FOR_OPT_OUT.search(words.text)
    assert "  " not in words.text


@every_text
def test_every_key_a_text_asks_for_is_understood(write: Text) -> None:
    """Whatever stands in capitals after "Reply" must be read as something."""
    words = write(RIVERSIDE, VISIT, LATER, Channel.SMS)

    asked = [
        key
        for sentence in re.findall(r"Reply ([^.?]*)", words.text)
        for key in re.findall(r"\b([A-Z]+\d?)\b", sentence)
    ]
    keys = [key for key in asked if key not in {"PM", "AM", "EST"}]
    assert all(understand(key).meaning is not Meaning.OTHER for key in keys)
