"""What a mail vendor takes as one address."""

from __future__ import annotations

import pytest

from domain.email_addresses import is_address


@pytest.mark.parametrize("text", ["a@b.co", "ana.lopez+x@mail.glow.example", "o'brien@x-y.example", "añá@exämple.de"])
def test_a_bare_address(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a@b", "@b.co", "a@", "a@@b.co", "a@b..co", "a@.co", "a b@c.co", " a@b.co", "a@b.co ", "a@b.co;"),
        *("<a@b.co>", "A <a@b.co>", "a@b.co,c@d.co", "mailto:a@b.co", "a@b.co\n", "a\0@b.co", ".a@b.co", "a@-b.co"),
    ],
)
def test_what_is_more_or_less_than_one_address(text: str) -> None:
    assert not is_address(text)
