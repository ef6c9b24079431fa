"""Spellings that are one name, and names that are two."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import name_key


@pytest.mark.parametrize(
    "spellings",
    [
        ("Straße", "STRASSE", "strasse", "STRAẞE"),
        ("İpek", "ipek", "IPEK", "i\u0307pek"),
        ("José", "JOSÉ", "Jose\u0301", "jose\u0301"),
        ("O'Brien", "O’Brien", "O‘BRIEN", "o`brien", "Oʼbrien", "O＇Brien"),
        ("Mary  Ann", " Mary Ann ", "Mary\u00a0Ann", "MARY\tANN", "Mary\u2009Ann"),
        ("Anne-Marie", "Anne‐Marie", "Anne–Marie", "Anne‑Marie"),
        ("Ana", "Ana\u200b", "\ufeffAna", "\u202aAna\u202c", "Ａｎａ"),
        ("Σοφός", "ΣΟΦΌΣ", "σοφόσ"),
        ("ﬁona", "Fiona"),
    ],
)
def test_spellings_of_one_name(spellings: tuple[str, ...]) -> None:
    assert {name_key(one) for one in spellings} == {name_key(spellings[0])}


@pytest.mark.parametrize(("one", "other"), [("Jose", "José"), ("Ann", "Anne"), ("Li Na", "Lina"), ("Maria", "Mária")])
def test_two_names_stay_two(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text(max_size=30))
def test_no_way_to_store_a_name_makes_it_another(name: str) -> None:
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]

    assert {name_key(one) for one in (name, *forms, f"  {name}\n", name_key(name))} == {name_key(name)}
