"""`chairflow demo`: one practice day on this machine, in about three minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.terminal import terminal
from simulation.people import DEFAULT_SEED

#: `simulation.practice_systems.SYSTEMS`, which takes too long to import for a help text; a test compares them.
PracticeSystem = Literal["boulevard", "gohighlevel", "jane"]


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End with the account; exit 1 when a promise is broken.")
    ] = False,
    seed: Annotated[
        int, typer.Option(help="The same seed gives the same patients and the same script.")
    ] = DEFAULT_SEED,
    speed: Annotated[
        float | None,
        typer.Option(min=1, max=1000, show_default="a day in three minutes", help="Practice seconds per real second."),
    ] = None,
    pms: Annotated[PracticeSystem, typer.Option(help="The practice system the day is played on.")] = "boulevard",
    out: Annotated[Path, typer.Option(help="Folder for the account, evidence and logs.")] = Path("out"),
) -> None:
    """Plays a practice day against vendor sandboxes and prints what happened."""
    from simulation.demo import RATE, DemoOptions, run_demo

    raise typer.Exit(run_demo(DemoOptions(seed=seed, once=once, rate=speed or RATE, folder=out, pms=pms), terminal()))
