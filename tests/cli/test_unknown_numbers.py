"""At a terminal: who writes from a number we do not know, and what they wait for."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Chairflow
from tests.inbox.scene import OUR_NUMBER, Scene

PHONE, ON_FILE = "+12125550144", "+12125550145"


@pytest.fixture
def task(scene: Scene) -> str:
    return str(scene.task(kind="unknown_phone", phone=PHONE, our_number=OUR_NUMBER))


def test_they_become_a_client_and_go_on_the_waitlist(chairflow: Chairflow, scene: Scene, task: str) -> None:
    service = scene.service()

    made = chairflow("tasks", "client", task, "Ruth", "Okafor", "--by", "Dana")
    listed = chairflow("tasks", "waitlist", task, str(service), "--windows", "Mon-Fri 9-12", "--may-be-texted")

    assert (made.exit_code, listed.exit_code) == (0, 0), made.output + listed.output
    assert "Ruth O. is a client now" in made.output
    assert "Ruth O. is on the waitlist for Botox." in listed.output


def test_they_are_a_client_on_file(chairflow: Chairflow, scene: Scene, task: str) -> None:
    nora = scene.client(ON_FILE, first_name="Nora")

    linked = chairflow("tasks", "client", task, "--link", str(nora), "--second")

    assert linked.exit_code == 0, linked.output
    assert "so is what comes from this number" in linked.output


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("client",), "first_name or client_id: say one of them", 2),
        (("client", "--link", "404"), "There is no such client", 1),
        (("waitlist", "1"), "Say first who they are", 1),
        (("waitlist", "1", "--windows", "sometimes"), "windows:", 1),
    ],
)
def test_what_cannot_be_done_is_said(
    chairflow: Chairflow, task: str, arguments: tuple[str, ...], words: str, code: int
) -> None:
    command, *rest = arguments

    said = chairflow("tasks", command, task, *rest)

    assert said.exit_code == code
    assert words in " ".join(said.output.split())
