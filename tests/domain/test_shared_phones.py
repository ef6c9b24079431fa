"""Several clients use one phone: whom a text is about, and what each is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.calendar import Visit
from domain.clients import Client
from domain.replies import OpenQuestion
from domain.shared_phones import told_apart, whose_text
from tests.domain import build
from tests.domain.build import at, during

NOW = at("2026-11-24 09:40")


def member(client_id: int, first_name: str, last_name: str = "Diaz") -> Client:
    return replace(build.client(client_id), first_name=first_name, last_name=last_name)


NORA, TIM = member(500, "Nora"), member(501, "Tim")
FAMILY = (NORA, TIM)


def visit(client: Client, start: str, end: str) -> dict[int, tuple[Visit, ...]]:
    return {client.id: (build.visit(build.segment(during(start, end)), client_id=client.id),)}


TODAY = visit(TIM, "2026-11-24 10:00", "2026-11-24 10:30")
NEXT_WEEK = visit(TIM, "2026-12-01 10:00", "2026-12-01 10:30")
LATER_TODAY = visit(NORA, "2026-11-24 15:00", "2026-11-24 15:30")


def asked(client: Client, *, at_: str = "2026-11-24 09:30", kind: str = "offer") -> OpenQuestion:
    return OpenQuestion(id=client.id, kind=kind, client_id=client.id, asked_at=at(at_))


def whose(text: str, visits: dict[int, tuple[Visit, ...]], *questions: OpenQuestion) -> str:
    return whose_text(FAMILY, text=text, visits=visits, asked=questions, now=NOW).first_name


def test_running_late_is_about_the_member_with_the_visit() -> None:
    assert whose("running late", TODAY) == "Tim"


def test_it_is_about_the_nearer_of_two_visits() -> None:
    assert whose("running late", TODAY | LATER_TODAY) == "Tim"


def test_a_visit_that_is_near_comes_before_an_offer() -> None:
    assert whose("running late", TODAY, asked(NORA)) == "Tim"


def test_what_was_asked_last_comes_before_a_visit_that_is_far() -> None:
    assert whose("how long would it take?", NEXT_WEEK, asked(TIM, at_="2026-11-23 09:00"), asked(NORA)) == "Nora"


@pytest.mark.parametrize("text", ["Nora is sick today", "this is nora, running late", "It's about NORA’s visit"])
def test_whoever_it_names_it_is_about(text: str) -> None:
    assert whose(text, TODAY) == "Nora"


def test_a_name_that_is_a_word_as_well_means_nobody() -> None:
    family = (member(502, "Will"), NORA)

    said = whose_text(family, text="I will be late", visits=LATER_TODAY, asked=(), now=NOW)

    assert said == NORA


def test_two_names_say_nothing() -> None:
    assert whose("Nora and Tim are late", TODAY) == "Tim"


def test_the_first_visit_ahead_is_meant_where_nothing_was_asked() -> None:
    assert whose("where do I park?", NEXT_WEEK) == "Tim"


def test_without_any_visit_it_is_about_who_is_known_longest() -> None:
    assert whose("hello", {}) == "Nora"


def test_people_of_one_first_name_are_told_apart_by_an_initial() -> None:
    another = member(502, "Nora", "Stone")

    assert told_apart((NORA, TIM, another)) == {500: "Nora D.", 501: "Tim", 502: "Nora S."}
