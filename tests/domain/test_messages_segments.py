"""What a text costs, and how it is made plain so that it costs less."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.messages.segments import Encoding, cost, plain


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
        ("Zoë Łukasz", "Zoë Łukasz"),
        ("José à la carte", "José à la carte"),
        ("Sa\u0303o Paulo", "São Paulo"),
        ("美", "美"),
    ],
)
def test_typography_becomes_plain_and_a_name_keeps_its_letters(typed: str, sent: str) -> None:
    assert plain(typed) == sent


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_plain_text_never_costs_more_segments(text: str) -> None:
    longer_by_dots = text.count("…") + sum(len(plain(one)) > 1 for one in text)

    if longer_by_dots == 0:
        assert cost(plain(text)).segments <= cost(text).segments
    assert plain(plain(text)) == plain(text)
