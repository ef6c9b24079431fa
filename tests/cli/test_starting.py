"""What is imported before a command runs: help and a mistyped option must not wait seconds for the API and Temporal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

from api.auth import Role
from api.routes import shapes
from api.routes.reading import OpeningState
from cli import api_keys, argument_values, fill

ROOT = Path(__file__).resolve().parents[2]

#: Ours and others', each with a good part of a second behind it. (pydantic is typer's own too; `vendors.folders` only
#: looks at names of folders.)
HEAVY = {
    *("activities", "api", "inbox", "models", "operations", "vendors"),
    *("alembic", "fastapi", "httpx", "psycopg", "sqlalchemy", "sqlmodel", "structlog", "temporalio"),
}

_PROGRAM = """
import contextlib, io, json, sys
from typer.main import get_command
from cli.main import app

def heavy():
    loaded = set(sys.modules) - {"vendors", "vendors.folders"}
    return {name.partition(".")[0] for name in loaded} & set(json.loads(sys.argv[1]))

def helped(command, path):
    yield [*path, "--help"]
    for name, sub in getattr(command, "commands", {}).items():
        yield from helped(sub, [*path, name])

before = {"import cli.main": sorted(heavy())}
for arguments in [*helped(get_command(app), []), *json.loads(sys.argv[2])]:
    known = heavy()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            app(arguments)
        except SystemExit as ended:
            code = ended.code
    before[" ".join(arguments)] = sorted(heavy() - known)
    assert code == (0 if arguments[-1] == "--help" else 2), (arguments, code)
print(json.dumps(before))
"""


def test_help_and_a_mistyped_option_do_not_import_what_a_command_works_with() -> None:
    mistyped = [["fits"], ["fill", "list", "--state", "gone"], ["tasks", "show", "first"], ["schedule", "--every", "x"]]

    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps(sorted(HEAVY)), json.dumps(mistyped)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    imported: dict[str, list[str]] = json.loads(done.stdout)
    assert {"--help", "fits --help", "fill assign --help", "dev --help", "tasks show first"} <= imported.keys()
    assert {command: names for command, names in imported.items() if names} == {}


def test_the_words_help_lists_are_those_the_api_knows() -> None:
    assert get_args(fill.State) == tuple(OpeningState)
    assert get_args(api_keys.Role) == tuple(Role)


def test_a_terminal_takes_the_years_and_numbers_the_api_takes() -> None:
    ours = (argument_values.FIRST_YEAR, argument_values.LAST_YEAR, argument_values.LARGEST_ID)
    assert ours == (shapes.FIRST_YEAR, shapes.LAST_YEAR, shapes.LARGEST_ID)
