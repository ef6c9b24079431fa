"""What a fill says: an offer with its terms, and to each how it ended, true and without blame."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.clients import Channel, Language
from domain.messages import gap_fill
from domain.messages.facts import Sender, VisitFacts, Words
from domain.messages.segments import cost
from tests.domain.message_examples import GLOW, LATER, LINK, NOW, OPEN_UNTIL, RIVERSIDE, VISIT


def test_an_offer_says_when_with_whom_how_and_until_when() -> None:
    words = gap_fill.offer(sender=RIVERSIDE, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK, first_text=True)

    assert words.text == (
        f"Riverside Aesthetics: Tue Nov 24 at 2:00 PM with Ana, 45 min? YES or {LINK} by 9:42 AM. STOP to end."
    )


@pytest.mark.parametrize(
    ("first_text", "text"),
    [
        (
            False,
            f"Glow: Hi Maria! Tue Nov 24 at 2:00 PM with Ana (45 min) is free. Reply YES or tap {LINK} by 9:42 AM.",
        ),
        (
            True,
            f"Glow: Hi Maria! Tue Nov 24 at 2:00 PM with Ana (45 min) is free. YES or {LINK} by 9:42 AM. STOP to end.",
        ),
    ],
)
def test_an_offer_fits_one_segment_with_name_length_and_a_link_on_a_host_of_thirty(first_text: bool, text: str) -> None:
    words = gap_fill.offer(sender=GLOW, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK, first_text=first_text)

    assert (words.text, cost(words.text).segments) == (text, 1)


def test_without_a_link_there_is_room_for_every_word() -> None:
    words = gap_fill.offer(sender=GLOW, visit=VISIT, open_until=OPEN_UNTIL, now=NOW)

    assert words.text == (
        "Glow: Hi Maria! Today (Tue Nov 24) at 2:00 PM with Ana (45 min) is free. Reply YES by 9:42 AM. NO to pass. "
        "The first YES gets it."
    )


def test_only_who_has_a_visit_is_told_of_an_earlier_time() -> None:
    new = gap_fill.offer(sender=GLOW, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK)
    sooner = gap_fill.offer(sender=GLOW, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, replaces=LATER)

    assert ("earlier" in new.text.lower(), "An earlier time: " in sooner.text) == (False, True)
    assert "to replace your visit Sun Dec 20 at 10:30 AM" in sooner.text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("consult_instead", "replaces"), [(False, LATER), (True, None)], ids=["earlier", "consult"])
def test_an_offer_with_more_to_say_fits_one_segment_too(
    language: Language, consult_instead: bool, replaces: VisitFacts | None
) -> None:
    words = gap_fill.offer(
        sender=replace(GLOW, language=language),
        visit=VISIT,
        open_until=OPEN_UNTIL,
        now=NOW,
        link=LINK,
        consult_instead=consult_instead,
        replaces=replaces,
    )

    assert cost(words.text).segments == 1
    assert any(said in words.text for said in ("instead of Sun Dec 20", "en vez de", "A consultation", "consulta"))


def test_an_offer_in_spanish_fits_one_segment() -> None:
    words = gap_fill.offer(
        sender=replace(GLOW, language=Language.SPANISH), visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK
    )

    assert (words.text, cost(words.text).segments) == (
        f"Glow: ¡Hola Maria! Mar 24 nov a las 2:00 PM con Ana (45 min) esta libre. SI o {LINK} hasta 9:42 AM.",
        1,
    )


def test_the_first_text_alone_carries_the_way_out() -> None:
    again = gap_fill.offer(sender=RIVERSIDE, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK)

    assert "STOP" not in again.text


def test_a_consult_and_a_replaced_visit_are_said_before_the_yes() -> None:
    words = gap_fill.offer(
        sender=RIVERSIDE, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, consult_instead=True, replaces=LATER
    )

    assert "It would be a consultation, which comes first." in words.text
    assert "with Ana, 45 min, instead of Sun Dec 20 at 10:30 AM?" in words.text


def test_a_winner_reads_confirming_and_not_confirmed() -> None:
    words = gap_fill.booking_note(sender=RIVERSIDE, visit=VISIT, now=NOW)

    assert words.text == (
        "Riverside Aesthetics: Thank you! We are booking today (Tue Nov 24) at 2:00 PM with Ana for you. "
        "It is not confirmed yet; we will tell you as soon as it is."
    )


def test_who_lost_hears_the_truth_without_blame_or_a_place_in_line() -> None:
    words = gap_fill.lost(sender=RIVERSIDE, visit=VISIT, now=NOW, listed=True)

    assert words.text == (
        "Riverside Aesthetics: Thank you for your YES. Someone else was a moment before you, so today (Tue Nov 24) at "
        "2:00 PM with Ana is taken. We are sorry. You stay on our waitlist."
    )


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        (RIVERSIDE, "For another time, call (212) 555-0100."),
        (Sender(practice="Glow"), "For another time, reply to this text."),
    ],
)
def test_who_is_on_no_list_is_told_how_to_ask_and_not_that_they_are(sender: Sender, words: str) -> None:
    texts = [
        gap_fill.lost(sender=sender, visit=VISIT, now=NOW, listed=False),
        gap_fill.lost(sender=sender, visit=VISIT, now=NOW, listed=False, said_yes=False),
        gap_fill.withdrawn(sender=sender, visit=VISIT, now=NOW, listed=False),
        gap_fill.lapsed(sender=sender, visit=VISIT, now=NOW, listed=False),
        gap_fill.late_yes(sender=sender, visit=VISIT, now=NOW, listed=False),
        gap_fill.declined(sender=sender, listed=False),
    ]

    assert all(text.text.endswith(words) and "list" not in text.text for text in texts)


def test_a_winner_the_clinic_overtook_hears_so_and_gets_the_next_best() -> None:
    words = gap_fill.offer_next_best(sender=RIVERSIDE, lost_visit=VISIT, visit=LATER, open_until=OPEN_UNTIL, now=NOW)

    assert words.text == (
        "Riverside Aesthetics: We are sorry: today (Tue Nov 24) at 2:00 PM was taken before we could save it. "
        "We can offer you Sun Dec 20 at 10:30 AM with Ben (1 h 30 min). Reply YES by 9:42 AM."
    )


def test_an_email_has_a_subject_and_claims_by_link_only() -> None:
    words = gap_fill.offer(
        sender=RIVERSIDE, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK, channel=Channel.EMAIL
    )

    assert words == Words(
        subject="Riverside Aesthetics: a time has opened for you",
        text="Hello,\n\n"
        "Today (Tue Nov 24) at 2:00 PM EST with Ana (45 min) is free.\n\n"
        f"Take it by 9:42 AM EST: {LINK}\n\n"
        "It goes to the first who takes it.\n\n"
        "Riverside Aesthetics\n(212) 555-0100",
    )
