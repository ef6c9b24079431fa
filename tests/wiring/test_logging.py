from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from wiring.logging import configure_logging
from wiring.settings import given_settings

Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The lines logged so far, parsed; the listener is stopped first, so that nothing is still under way."""
    root, before = logging.getLogger(), logging.getLogger().handlers
    sink = io.StringIO()
    listener = configure_logging(given_settings(), stream=sink)

    def read() -> list[dict[str, object]]:
        listener.stop()
        return [json.loads(line) for line in sink.getvalue().splitlines()]

    yield read
    if listener._thread is not None:
        listener.stop()
    root.handlers = before
    structlog.reset_defaults()


def test_a_line_is_json_with_its_references(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(workflow_id="gapfill:12:7", attempt=2):
        structlog.get_logger("relay").info("delivery handed over", delivery=40117)

    (line,) = lines()
    assert line.pop("timestamp")
    assert line == {
        "event": "delivery handed over",
        "level": "info",
        "logger": "relay",
        "workflow_id": "gapfill:12:7",
        "attempt": 2,
        "delivery": 40117,
    }


def test_a_library_s_line_takes_the_same_way(lines: Lines) -> None:
    logging.getLogger("temporalio.worker").warning("task %s failed", "t1", extra={"practice_id": 12})

    (line,) = lines()
    assert (line["event"], line["level"], line["practice_id"]) == ("task t1 failed", "warning", 12)


def test_personal_data_is_withheld_under_its_name_and_inside_texts(lines: Lines) -> None:
    structlog.get_logger().warning(
        "bounced for ana@example.com",
        phone="+13035550101",
        visit={"first_name": "Ana"},
        note="call (303) 555-0101 back",
    )

    (line,) = lines()
    assert (line["event"], line["phone"], line["visit"], line["note"]) == (
        "bounced for [withheld]",
        "[withheld]",
        {"first_name": "[withheld]"},
        "call [withheld] back",
    )


def test_references_and_instants_are_kept(lines: Lines) -> None:
    references = {
        "workflow_id": "booking:12:40117",
        "message_sid": "SM0123456789abcdef0123456789abcdef",
        "start": "2026-03-04T10:30:00+00:00",
        "address_of_server": "127.0.0.1:36341",
    }
    structlog.get_logger().info("seen", **references)

    (line,) = lines()
    assert {name: line[name] for name in references} == references


def test_an_error_s_text_stays_out_of_the_log(lines: Lines) -> None:
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except OSError as cause:
            raise ValueError("Ana Lopez has no phone") from cause
    except ValueError:
        structlog.get_logger().exception("could not send")

    (line,) = lines()
    told = str(line["error"])
    assert told.startswith("ValueError at test_logging.py:")
    assert "ConnectionRefusedError: [Errno 111] Connection refused" in told
    assert "Ana" not in json.dumps(line)
