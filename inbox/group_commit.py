"""Many callers, one transaction: what comes while a batch is being worked on makes up the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from sqlalchemy.exc import OperationalError

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class Batches(Generic[ItemT, ResultT]):
    """Hands items to `work` in the order they came, in a thread of its own, never two batches at once.

    Nothing waits for a batch to fill: an item that comes alone is worked on alone. `work` returns a result or an error
    for each item; when it raises, its items are tried again one by one, so that a bad one does not refuse its
    neighbours. Belongs to one event loop.
    """

    def __init__(self, work: Callable[[Sequence[ItemT]], Sequence[ResultT | Exception]], *, most: int, name: str):
        self._work = work
        self._most = most
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting: deque[tuple[ItemT, asyncio.Future[ResultT]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many are not yet in a batch."""
        return len(self._waiting)

    async def add(self, *items: ItemT) -> list[ResultT]:
        """Their results, once each is worked on. Raises the first one's error. A caller who gives up takes back those
        that are in no batch yet."""
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[ResultT]] = [loop.create_future() for _ in items]
        self._waiting.extend(zip(items, futures, strict=True))
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work_off())
        return await asyncio.gather(*futures)

    def close(self) -> None:
        """Ends the thread after the batch it is at."""
        self._thread.shutdown(wait=True)

    async def _work_off(self) -> None:
        loop = asyncio.get_running_loop()
        while batch := self._next():
            try:
                results = await loop.run_in_executor(self._thread, self._results, [item for item, _ in batch])
            except asyncio.CancelledError:
                for _, future in batch:
                    future.cancel()
                raise
            except Exception as error:
                results = [error] * len(batch)
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue  # its caller gave up
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    def _next(self) -> list[tuple[ItemT, asyncio.Future[ResultT]]]:
        batch: list[tuple[ItemT, asyncio.Future[ResultT]]] = []
        while self._waiting and len(batch) < self._most:
            one = self._waiting.popleft()
            if not one[1].done():
                batch.append(one)
        return batch

    def _results(self, items: Sequence[ItemT]) -> Sequence[ResultT | Exception]:
        try:
            return self._work(items)
        except Exception as error:
            if len(items) == 1:
                return [error]
        results: list[ResultT | Exception] = []
        for item in items:
            try:
                results += self._work([item])
            except OperationalError as error:
                # The database is away: the others need not find that out one after the other.
                return results + [error] * (len(items) - len(results))
            except Exception as error:
                results.append(error)
        return results
