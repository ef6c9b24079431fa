"""What an adapter states is what it does: a call that is off is refused, one that is on is its own."""

from __future__ import annotations

from dataclasses import fields

import pytest

from vendors.pms.base import DayView, Pms, Takes
from vendors.pms.boulevard import Boulevard

ADAPTERS: tuple[type[Pms], ...] = (Boulevard,)

#: The call behind each thing that a PMS may take.
_WRITES = {one.name: one.name for one in fields(Takes)}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_takes_what_it_says(adapter: type[Pms]) -> None:
    own = {what: call in vars(adapter) for what, call in _WRITES.items()}

    assert own == {what: getattr(adapter.capabilities.takes, what) for what in _WRITES}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_practice_system_that_tells_nothing_can_at_least_be_looked_at(adapter: type[Pms]) -> None:
    capabilities = adapter.capabilities

    assert capabilities.tells.events or capabilities.shows.day is not DayView.UNSEEN
