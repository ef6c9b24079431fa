"""`chairflow …`: what a practice's administrator does from a terminal."""

from __future__ import annotations

import typer

from cli.demo import demo

app = typer.Typer(no_args_is_help=True, help="Cancelled chairs refill themselves.", pretty_exceptions_enable=False)
app.command()(demo)

if __name__ == "__main__":
    app()
