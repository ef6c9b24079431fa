"""A few calls of a vendor at a time, so that who is told last does not wait for everybody before them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

#: Few enough that one wave leaves connections to the database, and the carrier's patience, to the others.
AT_A_TIME: Final = 5

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(do: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """What `do` gives for each of the items, in their order. Begun in that order too; each in a thread that knows the
    activity it belongs to. All are carried through before the first error is raised: one client's trouble keeps
    nobody else from hearing."""
    if len(items) < 2:
        return [do(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(AT_A_TIME, len(items)), thread_name_prefix="side-by-side") as threads:
        begun = [threads.submit(copy_context().run, do, item) for item in items]
    return [one.result() for one in begun]
