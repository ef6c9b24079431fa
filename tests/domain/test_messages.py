"""The words: complete, warm, short, safe on a lock screen, and never asking for a word that stops our texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.messages import booking, gap_fill, staff
from domain.messages.facts import Sender, VisitFacts, Words
from domain.messages.segments import Encoding, cost, plain
from domain.people import Channel
from domain.replies import Meaning, understand
from tests.domain.build import at

NOW = at("2026-11-24 09:32")
WHEN = "today (Tue Nov 24) at 2:00 PM"
CALL = " You can also call (212) 555-0100."
OPEN_UNTIL = at("2026-11-24 09:42")
RIVERSIDE = Sender(practice="Riverside Aesthetics", phone="(212) 555-0100")
VISIT = VisitFacts(
    start=at("2026-11-24 14:00"), zone="America/New_York", provider="Ana", services=("Neuromodulator injection",)
)
LATER = VisitFacts(start=at("2026-12-20 10:30"), zone="America/New_York", provider="Ben", services=("Dermal filler",))
LINK = "https://go.riverside-aesthetics.example/claim/Zk3vT9aQ"

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
ASKS_FOR_OPT_OUT = re.compile(
    r"\b(reply|text|send|answer|write|type)\b[^.!?]*\b(cancel|end|quit|revoke|opt-?out|unsubscribe)\b", re.IGNORECASE
)

visits = st.builds(
    VisitFacts,
    start=st.integers(0, 60 * 24 * 4).map(lambda quarter: NOW + timedelta(minutes=15 * quarter)),
    zone=st.sampled_from(("America/New_York", "America/Los_Angeles", "America/Phoenix")),
    provider=st.sampled_from(("Ana", "Christopher", "Zoë", "José", "Ólafur")),
    location=st.sampled_from((None, "Downtown", "Upper West Side")),
    services=st.just(("Neuromodulator injection", "Dermal filler")),
    client_zone=st.sampled_from((None, "America/Chicago")),
)
senders = st.builds(
    Sender,
    practice=st.sampled_from(("Glow", "Riverside Aesthetics", "L’Étoile Skin – SoHo")),
    phone=st.sampled_from((None, "(212) 555-0100")),
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


def test_an_offer_says_when_with_whom_how_and_until_when() -> None:
    words = gap_fill.offer(sender=RIVERSIDE, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK, first_text=True)

    assert words.text == (
        "Riverside Aesthetics: An earlier time just opened: today (Tue Nov 24) at 2:00 PM with Ana. "
        f"Reply YES or tap {LINK} by 9:42 AM to take it, NO to pass. The first YES gets it. Reply STOP to opt out."
    )


def test_the_first_text_alone_carries_the_way_out() -> None:
    again = gap_fill.offer(sender=RIVERSIDE, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK)

    assert "STOP" not in again.text


def test_a_consult_and_a_replaced_visit_are_said_before_the_yes() -> None:
    words = gap_fill.offer(
        sender=RIVERSIDE, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, consult_instead=True, replaces=LATER
    )

    assert "It would be a consultation, which comes first." in words.text
    assert "with Ana, to replace your visit Sun Dec 20 at 10:30 AM." in words.text


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
        "2:00 PM with Ana is taken. We are sorry. You stay on our list for an earlier time."
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
        "We can offer you Sun Dec 20 at 10:30 AM with Ben. Reply YES by 9:42 AM to take it."
    )


def test_a_swap_says_what_it_stands_in_for() -> None:
    words = booking.confirmation(sender=RIVERSIDE, visit=VISIT, now=NOW, won=True, replaced=LATER)

    assert words.text == (
        "Riverside Aesthetics: It is yours! You are booked for today (Tue Nov 24) at 2:00 PM with Ana instead of "
        "Sun Dec 20 at 10:30 AM. Something came up? Reply R for another time, X if you cannot come."
    )


def test_only_who_has_not_said_yes_is_asked_to_confirm() -> None:
    booked = booking.confirmation(sender=RIVERSIDE, visit=VISIT, now=NOW)

    assert booked.text == (
        "Riverside Aesthetics: You are booked for today (Tue Nov 24) at 2:00 PM with Ana. "
        "Reply C to confirm, R for another time, X if you cannot come."
    )


def test_a_moved_visit_is_told_from_when_to_when() -> None:
    words = booking.moved(sender=RIVERSIDE, visit=LATER, before=VISIT, now=NOW)

    assert words.text == (
        "Riverside Aesthetics: Your visit has moved to Sun Dec 20 at 10:30 AM with Ben. It was today (Tue Nov 24) at "
        "2:00 PM. Reply C to confirm, R for another time, X if you cannot come."
    )


@pytest.mark.parametrize("before", [None, VISIT])
def test_a_time_that_is_the_same_or_unknown_is_not_told_as_the_earlier_one(before: VisitFacts | None) -> None:
    assert "It was" not in booking.moved(sender=RIVERSIDE, visit=VISIT, before=before, now=NOW).text


def test_a_reminder_asks_for_letters() -> None:
    words = booking.reminder(sender=RIVERSIDE, visit=VISIT, now=at("2026-11-23 14:00"))

    assert words.text == (
        "Riverside Aesthetics: A reminder of your visit tomorrow (Tue Nov 24) at 2:00 PM with Ana. "
        "Reply C to confirm, R for another time, X if you cannot come."
    )


def test_treatments_are_named_only_where_the_practice_may_and_chose_to() -> None:
    open_practice = Sender(practice="Riverside Aesthetics", may_name_services=True)

    words = booking.confirmation(sender=open_practice, visit=VISIT, now=NOW)

    assert "with Ana (Neuromodulator injection)." in words.text


def test_the_zone_is_named_where_the_client_lives_in_another() -> None:
    abroad = VisitFacts(
        start=at("2026-11-24 14:00"), zone="America/New_York", provider="Ana", client_zone="America/Chicago"
    )
    same = VisitFacts(start=at("2026-11-24 14:00"), zone="America/New_York", client_zone="America/Toronto")

    assert "2:00 PM EST with Ana" in booking.reminder(sender=RIVERSIDE, visit=abroad, now=NOW).text
    assert "EST" not in booking.reminder(sender=RIVERSIDE, visit=same, now=NOW).text


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("2026-03-08 09:00", "today (Sun Mar 8) at 9:00 AM"),
        ("2026-03-09 00:15", "tomorrow (Mon Mar 9) at 12:15 AM"),
        ("2026-03-10 12:00", "Tue Mar 10 at 12:00 PM"),
        ("2027-03-10 12:00", "Wed Mar 10 2027 at 12:00 PM"),
    ],
)
def test_days_are_named_by_the_locations_calendar_on_the_night_the_clocks_change(start: str, words: str) -> None:
    visit = VisitFacts(start=at(start), zone="America/New_York")

    text = booking.reminder(sender=RIVERSIDE, visit=visit, now=at("2026-03-08 00:30")).text

    assert f"your visit {words}." in text


def test_which_one_offers_a_key_per_visit_that_is_read_back() -> None:
    words = booking.which_one(sender=RIVERSIDE, meaning="confirm", visits={1: VISIT, 2: LATER}, now=NOW)

    assert words.text == (
        "Riverside Aesthetics: Which one do you mean? Reply C1 for today (Tue Nov 24) at 2:00 PM with Ana, "
        "C2 for Sun Dec 20 at 10:30 AM with Ben."
    )
    assert (understand("C2").meaning, understand("C2").choice) == (Meaning.CONFIRM, 2)


@pytest.mark.parametrize("meaning", [Meaning.YES, Meaning.NO, Meaning.CONFIRM, Meaning.RESCHEDULE, Meaning.CANNOT_COME])
def test_every_answer_that_may_fit_several_questions_can_be_asked_about(meaning: Meaning) -> None:
    words = booking.which_one(sender=RIVERSIDE, meaning=meaning.value, visits={1: VISIT, 2: LATER}, now=NOW)

    keys = re.findall(r"\b[A-Z]+\d\b", words.text)
    assert [(understand(key).meaning, understand(key).choice) for key in keys] == [(meaning, 1), (meaning, 2)]


def test_which_one_refuses_a_meaning_nobody_chooses_by() -> None:
    with pytest.raises(ValueError, match="cannot ask which visit a 'stop' is about"):
        booking.which_one(sender=RIVERSIDE, meaning="stop", visits={1: VISIT}, now=NOW)


def test_an_email_has_a_subject_and_claims_by_link_only() -> None:
    words = gap_fill.offer(
        sender=RIVERSIDE, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK, channel=Channel.EMAIL
    )

    assert words == Words(
        subject="Riverside Aesthetics: an earlier time opened",
        text="Hello,\n\n"
        "An earlier time just opened: today (Tue Nov 24) at 2:00 PM EST with Ana.\n\n"
        f"Take it by 9:42 AM EST: {LINK}\n\n"
        "It goes to the first who takes it.\n\n"
        "Riverside Aesthetics\n(212) 555-0100",
    )


TASKS: list[staff.TaskWords] = [
    staff.nobody_left(sender=RIVERSIDE, visit=VISIT, now=NOW, offers=1, reference="fill 12"),
    staff.person_first(sender=RIVERSIDE, visit=VISIT, now=NOW, reason="It is worth $1,200.", reference="fill 12"),
    staff.pms_unreachable(sender=RIVERSIDE, visit=VISIT, now=NOW, since=NOW, reference="fill 12"),
    staff.overlap(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="fill 12"),
    staff.write_unknown(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="fill 12"),
    staff.not_seen(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="fill 12"),
    staff.given_away(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="fill 12"),
    staff.came_too_late(
        visit=VISIT, now=NOW, label="Book this client", by="Dana", why="the time had been taken", reference="fill 12"
    ),
    staff.pms_refused(sender=RIVERSIDE, visit=VISIT, now=NOW, why="the service is not offered", reference="fill 12"),
    staff.assignment_does_not_fit(visit=VISIT, now=NOW, why="Waits for another provider.", reference="fill 12"),
    staff.infeasible_assignment(visit=VISIT, now=NOW, why="no laser room is free then", reference="visit 9"),
    staff.unclear_reply(sender=RIVERSIDE, text="can we do 3?", at=NOW, zone=VISIT.zone, reference="text 7", now=NOW),
    staff.reschedule_asked(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="visit 9"),
    staff.cannot_come(sender=RIVERSIDE, visit=VISIT, now=NOW, reference="visit 9"),
    staff.opted_out_with_visit(visit=VISIT, now=NOW, reference="visit 9"),
    staff.offers_paused(why="The text vendor is down", reference="fill 12"),
    *(
        staff.touch_unsent(sender=RIVERSIDE, visit=VISIT, what=what, now=NOW, reference="visit 9")
        for what in ("confirmation", "reminder", "moved", "cancelled")
    ),
    staff.confirm_unwritten(visit=VISIT, now=NOW, reference="visit 9"),
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
def test_a_task_is_a_title_for_a_card_a_body_a_draft_and_a_default(task: staff.TaskWords) -> None:
    assert "Ana" not in task.title
    assert "injection" not in task.title + task.body + (task.draft or "")
    assert "can we do 3?" not in task.title
    assert len(task.title) <= 80
    assert re.search(r"\((fill|visit|text) \d+\)$", task.title)
    assert task.body.endswith((".", "”"))
    assert not task.body[0].islower()
    assert task.safe_default.endswith(".")
    assert task.choices
    assert task.draft is None or cost(task.draft).segments <= 2
    assert not ASKS_FOR_OPT_OUT.search(task.draft or "")


def test_what_could_not_be_sent_is_said_as_it_would_have_been() -> None:
    drafts = {task.title: task.draft for task in TASKS if task.title.startswith("Not sent")}

    assert drafts == {
        f"Not sent: confirmation, {WHEN} (visit 9)": f"Riverside Aesthetics: You are booked for {WHEN} with Ana. "
        "See you then!",
        f"Not sent: reminder, {WHEN} (visit 9)": f"Riverside Aesthetics: You are booked for {WHEN} with Ana. "
        "See you then!",
        f"Not sent: move, {WHEN} (visit 9)": f"Riverside Aesthetics: Your visit has moved to {WHEN} with Ana. "
        "See you then!",
        f"Not sent: cancellation, {WHEN} (visit 9)": f"Riverside Aesthetics: Your visit {WHEN} with Ana is cancelled. "
        "For a new time, call (212) 555-0100.",
    }


@pytest.mark.parametrize(
    ("text", "visit", "took_back_yes", "draft"),
    [
        (
            "is parking free?",
            None,
            False,
            "Thank you for your text. Please tell us in a few words what we can do for you.",
        ),
        (
            "is parking free?",
            VISIT,
            False,
            f"Thank you for your text. Is it about your visit {WHEN}? Please tell us what you would like.",
        ),
        (
            "no",
            VISIT,
            False,
            f"Thank you for your text. Did you mean that you cannot come {WHEN}, or that all is well with it?",
        ),
        (
            "no",
            VISIT,
            True,
            f"Thank you for telling us. Shall we take back your yes to {WHEN}, or look for another time?",
        ),
        (
            "X",
            None,
            False,
            "Thank you for telling us. Which visit do you mean, and would you like another time?",
        ),
        (
            "R",
            VISIT,
            False,
            f"Happy to look for another time. Is it instead of {WHEN}? Which days and hours suit you?",
        ),
        ("yes", None, False, "Thank you! We want to get this right: what would you like to say yes to?"),
        (
            "thanks",
            None,
            False,
            "You are welcome! Was that a yes to the time we texted you about? If so, please reply YES.",
        ),
    ],
)
def test_the_draft_to_an_unclear_text_asks_back_and_promises_nothing(
    text: str, visit: VisitFacts | None, took_back_yes: bool, draft: str
) -> None:
    task = staff.unclear_reply(
        sender=RIVERSIDE,
        text=text,
        at=NOW,
        zone=VISIT.zone,
        reference="text 7",
        now=NOW,
        visit=visit,
        took_back_yes=took_back_yes,
    )

    assert task.draft == f"{RIVERSIDE.practice}: {draft}{CALL}"
    assert cost(task.draft).segments <= 2
    assert [one.action for one in task.choices] == ["send", "done"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
def test_a_draft_can_be_sent_from_tasks_about_one_client_and_no_other(task: staff.TaskWords) -> None:
    """A draft that offers a chair goes out as an offer instead: only then is a YES to it understood."""
    actions = [one.action for one in task.choices]

    assert ("send" in actions) == (task.draft is not None and "offer" not in actions)


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ({"state": "sent", "words": ""}, "sent"),
        ({"state": "already sent", "words": ""}, "sent"),
        (
            {"state": "held", "words": "Quiet hours where the client is.", "until": "2026-11-24T13:00:00+00:00"},
            "waits until Tue Nov 24, 8:00 AM. Quiet hours where the client is.",
        ),
        (
            {"state": "suppressed", "words": "The client asked for no more messages by sms."},
            "not sent. The client asked for no more messages by sms. Please call or write another way.",
        ),
        (
            {"state": "refused", "words": "no such number"},
            "not sent. No such number. Please call or write another way.",
        ),
        ({"state": "unknown", "words": ""}, "nobody can say whether it went out; please call."),
    ],
)
def test_staff_read_what_became_of_a_draft(draft: dict[str, str], words: str) -> None:
    assert staff.what_became_of_draft(draft, zone="America/New_York") == words


def test_a_task_tells_how_many_were_asked() -> None:
    assert TASKS[0].body.startswith("1 client asked, no YES yet.")
    nobody = staff.nobody_left(sender=RIVERSIDE, visit=VISIT, now=NOW, offers=0, reference="fill 12")
    assert nobody.body.startswith("Nobody on the waitlist could be asked.")


# --- what a text costs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", Encoding.GSM_7, 1),
        ("a" * 160, Encoding.GSM_7, 1),
        ("a" * 161, Encoding.GSM_7, 2),
        ("a" * 306, Encoding.GSM_7, 2),
        ("a" * 307, Encoding.GSM_7, 3),
        ("€" * 80, Encoding.GSM_7, 1),
        ("€" * 81, Encoding.GSM_7, 2),
        # 152 and a two-septet character do not share a segment of 153.
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM_7, 3),
        ("ж" * 70, Encoding.UCS_2, 1),
        ("ж" * 71, Encoding.UCS_2, 2),
        ("🎉" * 35, Encoding.UCS_2, 1),
        ("🎉" * 36, Encoding.UCS_2, 2),
        ("It’s", Encoding.UCS_2, 1),
    ],
)
def test_segments_are_counted_as_carriers_do(text: str, encoding: Encoding, segments: int) -> None:
    found = cost(text)

    assert (found.encoding, found.segments) == (encoding, segments)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("It’s “fine” – really…", 'It\'s "fine" - really...'),
        ("Zoë Łukasz", "Zoe Lukasz"),
        ("José à la carte", "José à la carte"),
        ("São Paulo", "Sao Paulo"),
        ("美", "美"),
    ],
)
def test_typography_becomes_plain_and_names_stay_readable(typed: str, sent: str) -> None:
    assert plain(typed) == sent


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_plain_text_never_costs_more_segments(text: str) -> None:
    longer_by_dots = text.count("…") + sum(len(plain(one)) > 1 for one in text)

    if longer_by_dots == 0:
        assert cost(plain(text)).segments <= cost(text).segments
    assert plain(plain(text)) == plain(text)
