"""Who is on the bench. Another PMS joins with one line here; what it cannot do, its adapter says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.vendors.contract.boulevard_bench import boulevard_bench
from tests.vendors.contract.gohighlevel_bench import gohighlevel_bench
from tests.vendors.contract.jane_bench import jane_bench
from tests.vendors.contract.pms_bench import PmsBench

_PMS: dict[str, Callable[[], AbstractContextManager[PmsBench]]] = {
    "boulevard": boulevard_bench,
    "gohighlevel": gohighlevel_bench,
    "jane": jane_bench,
}
#: Those through which nothing can be written: a person types it.
_READ_ONLY = frozenset({"jane"})


@pytest.fixture(params=sorted(_PMS))
def bench(request: pytest.FixtureRequest) -> Iterator[PmsBench]:
    """A fresh practice in each PMS's sandbox."""
    with _PMS[request.param]() as bench:
        yield bench


@pytest.fixture(params=sorted(_PMS.keys() - _READ_ONLY))
def writer(request: pytest.FixtureRequest) -> Iterator[PmsBench]:
    """A fresh practice in the sandbox of each PMS that takes a booking."""
    with _PMS[request.param]() as bench:
        yield bench


@pytest.fixture(params=sorted(_READ_ONLY))
def reader(request: pytest.FixtureRequest) -> Iterator[PmsBench]:
    """A fresh practice in the sandbox of each PMS that takes none."""
    with _PMS[request.param]() as bench:
        yield bench
