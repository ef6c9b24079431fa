"""`chairflow …`: what a practice's administrator does from a terminal."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import typer

from cli import api_keys, command_context, connections, fill, inbox, policy, practice, tasks
from cli.connect import connect
from cli.errors import Commands
from cli.fits import fits
from cli.reconcile import reconcile, schedule

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    help="Cancelled chairs refill themselves.",
    epilog="Settings come from the environment: docs/settings.md.",
    pretty_exceptions_enable=False,
)

_HERE = "On this machine, against vendor sandboxes"
_PRACTICE = "A practice"

# A production image has no simulation and no sandboxes.
if find_spec("simulation") is not None:
    from cli.demo import demo
    from cli.dev import dev

    app.command(rich_help_panel=_HERE)(demo)
    app.command(rich_help_panel=_HERE)(dev)
app.add_typer(practice.app, name="practice", rich_help_panel=_PRACTICE)
app.add_typer(policy.app, name="policy", rich_help_panel=_PRACTICE)
app.command(rich_help_panel=_PRACTICE)(fits)
app.add_typer(fill.app, name="fill", rich_help_panel=_PRACTICE)
app.add_typer(tasks.app, name="tasks", rich_help_panel=_PRACTICE)
app.add_typer(inbox.app, name="inbox", rich_help_panel=_PRACTICE)
app.command(rich_help_panel=_PRACTICE)(reconcile)
app.command(rich_help_panel=_PRACTICE)(schedule)
app.command(rich_help_panel=_PRACTICE)(connect)
app.add_typer(connections.app, name="connections", rich_help_panel=_PRACTICE)
app.add_typer(api_keys.app, name="keys", rich_help_panel=_PRACTICE)


def run() -> None:
    """The command as a process: `app`, and then out.

    Temporal's client keeps threads of its own that may still reach for Python while it is being torn down, which now
    and then aborts a command that had done its work (https://github.com/temporalio/sdk-python/issues/300). So a command
    that had a connection leaves without the tearing down; any other, and `demo` and `dev` with their children, ends as
    usual.
    """
    try:
        app()
    except SystemExit as ended:
        if not command_context.had_connection():
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else int(ended.code is not None))


if __name__ == "__main__":
    run()
