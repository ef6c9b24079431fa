"""How well the reader reads what people write: a floor for each kind, and rules without exception."""

from __future__ import annotations

from collections import defaultdict

import pytest

from domain.reading import Reading, understand
from tests.domain.reading.corpus import DECIDES, Sample, corpus

CORPUS = corpus()
FLOOR = 0.95

BY_KIND: dict[str, list[Sample]] = defaultdict(list)
for each in CORPUS:
    BY_KIND[each.kind].append(each)


def _said(reading: Reading) -> str:
    return "machine" if reading.automatic else reading.meaning.value


def _right(sample: Sample) -> bool:
    said = _said(understand(sample.text))
    return said in {"machine", "other"} if sample.meaning == "person" else said == sample.meaning


def test_the_corpus_is_large_and_says_nothing_twice() -> None:
    assert len(CORPUS) >= 1_000
    assert len({sample.text for sample in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("kind", BY_KIND)
def test_each_kind_is_read_as_a_receptionist_would(kind: str) -> None:
    wrong = [(one.text, one.meaning, _said(understand(one.text))) for one in BY_KIND[kind] if not _right(one)]

    assert len(wrong) <= (1 - FLOOR) * len(BY_KIND[kind]), wrong


def test_nothing_claims_cancels_or_stops_that_should_not() -> None:
    wrong = [
        (one.text, read) for one in CORPUS if (read := _said(understand(one.text))) in DECIDES and read != one.meaning
    ]

    assert wrong == []


def test_no_stop_is_missed() -> None:
    missed = [one.text for one in CORPUS if one.meaning == "stop" and _said(understand(one.text)) != "stop"]

    assert missed == []


@pytest.mark.parametrize("word", ["zorblat", "но", "但是", "لكن", "⏰", "but", "at 3", "if Ana"])
def test_no_text_claims_or_cancels_while_a_word_of_it_is_unexplained(word: str) -> None:
    decides = {"yes", "okay", "confirm", "cannot_come"}
    plain = [one for one in CORPUS if one.meaning in decides and not one.kind.startswith(("reaction", "quoted"))]
    wrong = [
        text
        for one in plain
        for text in (f"{one.text.rstrip('.!')} {word}", f"{word} {one.text}")
        if "\n" not in text and _said(understand(text)) in decides
    ]

    assert wrong == []


@pytest.mark.parametrize("word", ["zorblat", "но", "但是", "لكن"])
def test_a_bare_stop_with_a_word_unexplained_is_for_a_person(word: str) -> None:
    assert [_said(understand(f"{stop} {word}")) for stop in ("STOP", "ok stop", "unsubscribe")][:2] == [
        "other",
        "other",
    ]
    assert understand(f"please stop texting me. {word}").person_should_look or word != "zorblat"


@pytest.mark.parametrize("mark", ["?", "？", "؟", "¿", "\u037e", "՞", "⁇", "❓", "❔"])
def test_a_question_in_any_script_agrees_to_nothing(mark: str) -> None:
    assert [_said(understand(f"{text} {mark}")) for text in ("yes", "ok", "C", "1", "sí", "👍", "X")] == ["other"] * 7
