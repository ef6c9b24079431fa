"""Who is on the bench. Another PMS joins with one line here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vendors.contract.boulevard_bench import boulevard_bench
from tests.vendors.contract.pms_bench import PmsBench

_PMS = {"boulevard": boulevard_bench}


@pytest.fixture(params=sorted(_PMS))
def bench(request: pytest.FixtureRequest) -> Iterator[PmsBench]:
    """A fresh practice in each PMS's sandbox."""
    with _PMS[request.param]() as bench:
        yield bench
