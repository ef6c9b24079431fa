"""Logs that carry references and never what a client said, as JSON lines on standard error.

A line is formatted where it is logged and written by a thread of its own: a sink that blocks inside a workflow would
stop the worker, which takes two seconds of that for a deadlock. Temporal's and other libraries' lines go the same way.
"""

from __future__ import annotations

import atexit
import logging
import queue
import re
import sys
import traceback
from logging.handlers import QueueHandler, QueueListener
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger
from temporalio import workflow
from temporalio.service import RPCError

from wiring.settings import Settings

# Values under these names are withheld: whoever wants to log one of them logs the reference instead.
WITHHELD_NAMES: Final = frozenset(
    {
        *("name", "first_name", "last_name", "full_name", "phone", "mobile", "email", "address", "to", "from_"),
        *("to_number", "from_number", "service", "services", "treatment", "product", "notes"),
        *("text", "subject", "body", "draft", "payload", "authorization", "token", "secret", "password"),
    }
)
# A whole E.164 or North American number, or an e-mail address, inside any string. References are short digit runs.
_PHONE: Final = re.compile(r"(?<![\w.:/-])\+?\(?\d[\d ().-]{8,}\d(?![\w/])")
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
# Texts of these come from the machine, not from a client or a vendor's answer.
_HARMLESS_ERRORS: Final = (OSError, RPCError)
_WITHHELD: Final = "[withheld]"

# Their every request at INFO, with URLs that carry vendor ids; ours say the same with references.
_QUIET: Final = ("httpx", "httpcore", "urllib3", "twilio.http_client", "python_http_client", "alembic")


def configure_logging(settings: Settings, *, stream: TextIO | None = None) -> QueueListener:
    """Sends every log line of this process through one queue to `stream` (standard error). Call once, at start."""
    render: Processor = structlog.processors.JSONRenderer() if settings.log_json else structlog.dev.ConsoleRenderer()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            tell_errors_without_their_texts,
            withhold_personal_data,
            render,
        ],
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )

    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    entrance = QueueHandler(lines)
    entrance.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [entrance]
    root.setLevel(settings.log_level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # The reference stands in the line's own field; in the message it would be there twice.
    workflow.logger.workflow_info_on_message = False

    listener = QueueListener(lines, logging.StreamHandler(stream or sys.stderr))
    listener.start()
    atexit.register(_drain, listener)
    return listener


def withhold_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blanks values under telling names, and phone numbers and addresses wherever they stand."""
    return {name: _withhold(name, value) for name, value in event.items()}


def tell_errors_without_their_texts(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turns an exception into its type and places. Its text may quote a client; Temporal keeps that, sealed."""
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["error"] = _tell(error)
    return event


def _withhold(name: str, value: object) -> object:
    if name.lower() in WITHHELD_NAMES:
        return _WITHHELD
    if isinstance(value, str):
        return _EMAIL.sub(_WITHHELD, _PHONE.sub(_WITHHELD, value)) if name != "timestamp" else value
    if isinstance(value, dict):
        return {inner: _withhold(str(inner), part) for inner, part in value.items()}
    if isinstance(value, list | tuple):
        return [_withhold(name, part) for part in value]
    return value


def _exception(exc_info: ExcInfo | BaseException | bool | None) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1]
    return sys.exc_info()[1] if exc_info else None


def _tell(error: BaseException) -> str:
    """`PmsRefused at boulevard.py:88 in write_visit ← TimeoutError: timed out at …`, the cause last."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} in {frame.name}" for frame in frames)
    words = f": {error}" if isinstance(error, _HARMLESS_ERRORS) else ""
    told = f"{type(error).__name__}{words}" + (f" at {places}" if places else "")
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told if cause is None else f"{told} ← {_tell(cause)}"


def _drain(listener: QueueListener) -> None:
    if listener._thread is not None:  # stop() fails on a listener that was stopped
        listener.stop()
