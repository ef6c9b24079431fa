"""A few calls of a vendor at a time, so that who is told last does not wait for everybody before them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from typing import Final, TypeVar

#: Few enough that one wave leaves connections to the database, and the carrier's patience, to the others.
AT_A_TIME: Final = 5

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(do: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """What `do` gives for each of the items, in their order. Begun in that order too; each in a thread that knows the
    activity it belongs to. After an error none is begun any more: a vendor that is away, or asks for a pause, is left
    alone. What is under way then is carried through before the first error is raised."""
    if len(items) < 2:
        return [do(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(AT_A_TIME, len(items)), thread_name_prefix="side-by-side") as threads:
        begun = [threads.submit(copy_context().run, do, item) for item in items]
        if any(one.exception() for one in as_completed(begun)):
            threads.shutdown(wait=True, cancel_futures=True)
    failed = next((error for one in begun if not one.cancelled() and (error := one.exception())), None)
    if failed is not None:
        raise failed
    return [one.result() for one in begun]
