"""`chairflow dev`: everything running on this machine, and nobody playing along, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import terminal
from simulation.patient_profiles import DEFAULT_SEED


def dev(
    seed: Annotated[int, typer.Option(help="The same seed gives the same patients.")] = DEFAULT_SEED,
    speed: Annotated[float, typer.Option(min=1, max=1000, help="Practice seconds per real second.")] = 1.0,
    out: Annotated[Path, typer.Option(help="Folder for logs.")] = Path("out/dev"),
) -> None:
    """Start everything against the vendor sandboxes and leave it to you: cancel a visit in the calendar, answer on a
    phone's page, press a card's button. It is nine in the morning there; nobody plays along. Ctrl-C ends it; so does a
    part that dies, by its name and with the end of its log."""
    from cli.dev_stack import stay

    stay(seed=seed, speed=speed, folder=out, console=terminal())
