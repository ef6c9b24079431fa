"""The terminal. What a file or a person wrote is shown as it is: brackets are no markup, ":100:" is no picture."""

from __future__ import annotations

from rich.console import Console


def terminal(*, stderr: bool = False) -> Console:
    """Every command prints with this one. Styles are given beside the words, never in them."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)
