"""What the documents name exists: paths, links, commands with their options, variables, addresses of the API."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from fastapi.routing import APIRoute

from api.app_from_settings import from_settings
from api.pages import claim, tasks
from api.webhooks import pms, sendgrid, slack, twilio
from cli.main import app
from wiring.settings import given_settings
from workflows import search_attributes

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path.relative_to(ROOT)
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
)

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"(?:[\w.-]+/)*[\w-]*\.(?:py|md|toml|ya?ml|html|css|mod|sum|sh|csv|json|png|lock|example)")
_COMMAND = re.compile(r"(?:\bchairflow|cli\.main) ((?:[a-z][a-z-]*\b ?)+)((?:[^`\n|]|\n(?!\n))*)")
_VARIABLE = re.compile(r"\b((?:CHAIRFLOW|TEMPORAL)_[A-Z0-9_]+)(\*?)")
_ADDRESS = re.compile(
    r"(?<![\w.>])(?:https://chairflow\.example\.com)?(/(?:admin|webhooks|codec|readyz|healthz|metrics|docs|claim)[\w/{}-]*)"
)
_QUERY = re.compile(r"\b([A-Z]\w+) (?:=|<|IN|IS)\b")

#: Made by running something, so not in a fresh checkout.
_MADE = ("out/",)
_TEMPORAL_S_OWN = {"WorkflowType", "ExecutionStatus", "TemporalReportedProblems"}


def text(page: Path) -> str:
    return (ROOT / page).read_text()


def codes(page: Path) -> Iterator[str]:
    """Everything set as code, in a line or as a block's lines."""
    plain = text(page)
    for block in _FENCE.findall(plain):
        yield from block.splitlines()
    for code in _CODE.findall(_FENCE.sub("", plain)):
        yield " ".join(code.split())


def of_each_page(found: Callable[[Path], Iterator[Any]]) -> list[Any]:
    return [pytest.param(page, one, id=f"{page}: {one}") for page in PAGES for one in dict.fromkeys(found(page))]


def links(page: Path) -> Iterator[str]:
    return (one for one in _LINK.findall(text(page)) if not one.startswith(("http://", "https://", "#")))


def paths(page: Path) -> Iterator[str]:
    roots = {one.name for one in ROOT.iterdir()}
    for code in codes(page):
        for word in code.split():
            named = word.strip(",;:()[]\"'")
            if re.search(r"[<>*{}$…=@]|://", named) or named.startswith(("/", "-", "./", "~")):
                continue
            first, slash, _ = named.partition("/")
            if (slash and first in roots) or _FILE.fullmatch(named):
                yield named


def commands(page: Path) -> Iterator[str]:
    for code in codes(page):
        for words, rest in _COMMAND.findall(code):
            yield f"{words.strip()} {' '.join(re.findall(r'--[a-z][a-z-]*', rest))}".strip()


def targets(page: Path) -> Iterator[str]:
    for code in codes(page):
        yield from re.findall(r"(?:^|\s)make ([a-z]+)", code)


def variables(page: Path) -> Iterator[tuple[str, str]]:
    yield from _VARIABLE.findall(text(page))


def addresses(page: Path) -> Iterator[str]:
    for code in codes(page):
        yield from (one for one in _ADDRESS.findall(code) if "." not in one)


def queried(page: Path) -> Iterator[str]:
    for code in codes(page):
        if re.search(r"(?:ExecutionStatus|PracticeId|TemporalReportedProblems)", code):
            yield from _QUERY.findall(code)


@pytest.mark.parametrize(("page", "link"), of_each_page(links))
def test_a_link_leads_somewhere(page: Path, link: str) -> None:
    assert (ROOT / page.parent / link.partition("#")[0]).exists()


@pytest.mark.parametrize(("page", "path"), of_each_page(paths))
def test_a_path_exists(page: Path, path: str) -> None:
    if path.startswith(_MADE):
        return
    beside = (ROOT / page.parent / path).exists()
    by_name = any(".venv" not in one.parts for one in ROOT.glob(f"*/**/{path}"))

    assert beside or (ROOT / path).exists() or by_name or path in _names_the_reader_makes()


@pytest.mark.parametrize(("page", "command"), of_each_page(commands))
def test_a_command_and_its_options_exist(page: Path, command: str) -> None:
    node: Any = typer.main.get_command(app)
    options = []
    for word in command.split():
        if word.startswith("--"):
            options.append(word)
        elif hasattr(node, "commands"):
            node = node.commands.get(word)
            assert node is not None, f"no command {word}"
    known = {"--help", *(one for option in node.params for one in (*option.opts, *option.secondary_opts))}

    assert [option for option in options if option not in known] == []


@pytest.mark.parametrize(("page", "target"), of_each_page(targets))
def test_a_make_target_exists(page: Path, target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("page", "variable"), of_each_page(variables))
def test_a_variable_is_a_setting(page: Path, variable: tuple[str, str]) -> None:
    name, star = variable
    known = set(re.findall(r"\b(?:CHAIRFLOW|TEMPORAL)_[A-Z0-9_]+", (ROOT / ".env.example").read_text()))
    # Read by tools/ before there are settings, and by the Temporal client itself.
    known |= {"TEMPORAL_CLI", "TEMPORAL_TLS_CLIENT_CERT_PATH"}

    assert any(one.startswith(name) for one in known) if star or name.endswith("_") else name in known


@pytest.mark.parametrize(("page", "address"), of_each_page(addresses))
def test_an_address_is_served(page: Path, address: str) -> None:
    served = _served()
    asked = _without_names(re.sub(r"/glow$|/\d+$", "/{it}", address).rstrip("/"))

    assert asked in served or any(one.startswith(f"{asked}/") for one in served)


@pytest.mark.parametrize(("page", "attribute"), of_each_page(queried))
def test_a_query_asks_for_what_can_be_searched(page: Path, attribute: str) -> None:
    assert attribute in {one.name for one in search_attributes.ALL} | _TEMPORAL_S_OWN


def test_the_pages_name_enough_to_be_worth_checking() -> None:
    found = {kind.__name__: len(of_each_page(kind)) for kind in (links, paths, commands, targets, variables, addresses)}

    assert {kind: count for kind, count in found.items() if count < 8} == {}


def _served() -> set[str]:
    # Webhooks and pages are not part of the API's own document.
    apart = [route for part in (pms, twilio, sendgrid, slack, claim, tasks) for route in part.router.routes]
    paths = {route.path for route in apart if isinstance(route, APIRoute)}
    return {_without_names(path) for path in {*from_settings(given_settings()).openapi()["paths"], *paths, "/docs"}}


def _without_names(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def _names_the_reader_makes() -> set[str]:
    return {"practice.yaml", ".env"}


def test_the_architecture_names_every_module_of_the_inbox() -> None:
    page = text(Path("docs/architecture.md"))
    named = set(
        re.findall(r"`(?:inbox/)?(\w+\.py)`", page[page.index("### The modules of the inbox") :].split("\n## ")[0])
    )

    assert named == {one.name for one in (ROOT / "inbox").glob("*.py")} - {"__init__.py"}
