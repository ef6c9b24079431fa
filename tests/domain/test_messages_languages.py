"""Both languages say the same things, in letters a text can afford, and leave names alone."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from string import Formatter

import pytest

from domain.clients import Channel, Language
from domain.messages import booking, claim_page, gap_fill, opening_tasks, staff
from domain.messages.claim_page import ClaimPageWords
from domain.messages.facts import say, until
from domain.messages.segments import BASIC, EXTENDED, Encoding, cost, unaccented
from domain.messages.task_words import TaskWords
from domain.messages.translations import ENGLISH, PHRASES, SPANISH, Phrases
from tests.domain.build import at
from tests.domain.message_examples import GLOW, NOW, OPEN_UNTIL, VISIT

ROOT = Path(__file__).parents[2]
IN_SPANISH = replace(GLOW, language=Language.SPANISH)
PHRASE_NAMES = [one.name for one in fields(Phrases)]


def parts(words: object) -> set[str]:
    texts = words if isinstance(words, tuple) else (words,)
    return {field for text in texts for _, field, _, _ in Formatter().parse(text) if field is not None}


@pytest.mark.parametrize("name", PHRASE_NAMES)
def test_a_phrase_has_the_same_parts_in_every_language(name: str) -> None:
    assert parts(getattr(SPANISH, name)) == parts(getattr(ENGLISH, name))


@pytest.mark.parametrize("name", [one.name for one in fields(ClaimPageWords)])
def test_the_page_has_the_same_parts_in_every_language(name: str) -> None:
    assert parts(getattr(claim_page.SPANISH, name)) == parts(getattr(claim_page.ENGLISH, name))


@pytest.mark.parametrize("name", PHRASE_NAMES)
def test_a_phrase_is_said_somewhere(name: str) -> None:
    written = "".join(
        (ROOT / "domain" / "messages" / file).read_text("utf-8")
        for file in (
            "facts.py",
            "gap_fill.py",
            "booking.py",
            "answer_drafts.py",
            "wishes.py",
            "staff.py",
            "opening_tasks.py",
        )
    ) + (ROOT / "operations" / "mail_html.py").read_text("utf-8")
    stem = re.sub(r"_(short|or_tap|and_year|at_one)$", "", name)

    said = re.search(rf"""['"]({name}|{stem})['"]|\.{name}\b""", written)

    assert said is not None, "nobody says it: take it out"


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", PHRASE_NAMES)
def test_our_own_words_never_cost_a_second_alphabet(language: Language, name: str) -> None:
    said = getattr(PHRASES[language], name)
    texts = said if isinstance(said, tuple) else (said,)

    assert [sign for text in texts for sign in unaccented(text) if sign not in BASIC | EXTENDED] == []


def test_a_mail_keeps_the_accents_a_text_cannot_afford() -> None:
    text = say(Language.SPANISH, "reminder", visit="x") + say(Language.SPANISH, "free", hi="", visit="x", length="y")
    mail = say(Language.SPANISH, "free", channel=Channel.EMAIL, hi="", visit="x", length="y")

    assert ("está" in text, "esta libre" in text, "está libre" in mail) == (False, True, True)


def test_a_name_keeps_every_letter_whatever_it_costs() -> None:
    words = gap_fill.offer(
        sender=replace(GLOW, greets="Łucja"),
        visit=replace(VISIT, provider="Mónica"),
        open_until=OPEN_UNTIL,
        now=NOW,
    )

    assert "Łucja" in words.text and "Mónica" in words.text
    assert cost(words.text).encoding is Encoding.UCS_2


def test_typography_in_a_name_costs_nothing() -> None:
    words = booking.handed_over(sender=replace(GLOW, practice="L’Atelier – Skin"))

    assert words.text.startswith("L'Atelier - Skin: ")


def test_days_and_hours_are_said_as_the_language_says_them() -> None:
    at_one = replace(VISIT, start=VISIT.start.replace(hour=18))  # 1 PM in New York

    mail = booking.reminder(sender=IN_SPANISH, visit=at_one, now=NOW, channel=Channel.EMAIL).text
    text = booking.reminder(sender=IN_SPANISH, visit=at_one, now=NOW).text

    assert "Hola Maria:" in mail
    assert "Le recordamos su cita hoy (mar 24 nov) a la 1:00 PM EST con Ana." in mail
    assert "a la 1:00 PM con Ana. Responda C para confirmar" in text


@pytest.mark.parametrize(
    ("at_wall", "said"),
    [
        ("2026-11-24 13:05", "Responda SI hasta la 1:05 PM."),
        ("2026-11-24 15:00", "Responda SI hasta las 3:00 PM."),
        ("2026-11-25 13:05", "Responda SI hasta el mié a la 1:05 PM."),
        ("2026-11-25 11:00", "Responda SI hasta el mié a las 11:00 AM."),
    ],
)
def test_a_deadline_is_said_as_the_language_says_it(at_wall: str, said: str) -> None:
    deadline = at(at_wall)
    words = gap_fill.offer(sender=IN_SPANISH, visit=VISIT, open_until=deadline, now=NOW)

    assert said in words.text
    assert until(deadline, visit=VISIT, now=NOW) in {"1:05 PM", "3:00 PM", "Wed 1:05 PM", "Wed 11:00 AM"}


DRAFTS = [
    *(
        staff.unclear_reply(sender=IN_SPANISH, text=text, zone=VISIT.zone, now=NOW, visit=visit)
        for text in ("tengo una duda", "no puedo ir", "otra hora", "no", "si", "gracias")
        for visit in (VISIT, None)
    ),
    *(
        staff.touch_unsent(sender=IN_SPANISH, visit=VISIT, what=what, now=NOW, reference="visit 9")
        for what in ("confirmation", "reminder", "moved", "cancelled")
    ),
    *(
        words(sender=IN_SPANISH, visit=VISIT, now=NOW, reference="visit 9")
        for words in (staff.cannot_come, staff.reschedule_asked, staff.visit_gone, opening_tasks.overlap)
    ),
    opening_tasks.pms_unreachable(sender=IN_SPANISH, visit=VISIT, now=NOW, since=NOW, reference="fill 12"),
    opening_tasks.pms_refused(sender=IN_SPANISH, visit=VISIT, now=NOW, why="x", reference="fill 12"),
]


@pytest.mark.parametrize("task", DRAFTS, ids=lambda task: task.draft)
def test_a_draft_is_in_its_clients_language_and_the_task_in_the_desks(task: TaskWords) -> None:
    english = re.compile(r"\b(the|you|your|thank|time|visit|call|please|today|Tue)\b", re.IGNORECASE)

    assert task.draft is not None
    assert english.search(task.draft.removeprefix("Glow: ")) is None
    assert re.search(r"\b(mar|hoy|cita|hora)\b", task.title) is None
