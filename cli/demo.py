"""`chairflow demo`: one practice day on this machine, in about three minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.choices import one_of
from cli.terminal import terminal
from simulation.patient_profiles import DEFAULT_SEED
from vendors.folders import FOLDERS

#: A practice system, or all of them at once.
PRACTICE_SYSTEMS: Final = (*FOLDERS["pms"], "all")


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
    pms: Annotated[
        str,
        typer.Option(
            parser=one_of(PRACTICE_SYSTEMS),
            metavar="SYSTEM",
            help=f"The practice system the day is played on: {', '.join(FOLDERS['pms'])}; or all: two Boulevard "
            "businesses, a GoHighLevel and a Jane practice on one installation, half a day each at once, and what "
            "crossed over (always ends by itself).",
        ),
    ] = "boulevard",
    whole_day: Annotated[
        bool, typer.Option("--whole-day", help="With --pms all: the whole day, in ten minutes.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the account, evidence and logs.")] = Path("out"),
) -> None:
    """Plays a practice day against vendor sandboxes and prints what happened."""
    from simulation.demo import RATE, DemoOptions, run_demo
    from simulation.four_practices import play_side_by_side

    if pms == "all":
        raise typer.Exit(play_side_by_side(seed=seed, rate=speed, whole_day=whole_day, folder=out, console=terminal()))
    raise typer.Exit(run_demo(DemoOptions(seed=seed, once=once, rate=speed or RATE, folder=out, pms=pms), terminal()))
