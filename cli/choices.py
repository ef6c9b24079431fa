"""Options whose choices are only known when the program runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import typer


def one_of(choices: Iterable[str]) -> Callable[[str], str]:
    """Takes one of these words; another is refused with those there are."""
    known = tuple(choices)

    def choice(given: str) -> str:
        if given not in known:
            raise typer.BadParameter(f"{given!r} is not one of {', '.join(known)}")
        return given

    return choice
