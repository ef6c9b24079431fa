"""Who is on the bench: each PMS with a `<vendor>_bench.py`. What it cannot do, its adapter says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path

import pytest

from tests.vendors.adapters import PMS_ADAPTERS
from tests.vendors.contract.pms_bench import PmsBench

_PMS: dict[str, Callable[[], AbstractContextManager[PmsBench]]] = {
    vendor: getattr(import_module(f"tests.vendors.contract.{vendor}_bench"), f"{vendor}_bench")
    for vendor in PMS_ADAPTERS
    if (Path(__file__).parent / f"{vendor}_bench.py").is_file()
}
#: Those through which nothing can be written: a person types it.
_READ_ONLY = {vendor for vendor in _PMS if not PMS_ADAPTERS[vendor].capabilities.takes.book}


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
