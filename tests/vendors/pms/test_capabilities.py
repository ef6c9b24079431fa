"""What an adapter states is what it does: a call that is off is refused, one that is on is its own."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tests.vendors.adapters import PMS_ADAPTERS
from vendors.pms.base import DayView, Pms, Takes

ADAPTERS = tuple(PMS_ADAPTERS.values())

_WRITES = tuple(one.name for one in fields(Takes))
_READS = ("free_times", "changes_since", "catalogue")


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_takes_and_shows_what_it_says(adapter: type[Pms]) -> None:
    own = {call: call in vars(adapter) for call in (*_WRITES, *_READS)}

    takes, shows = adapter.capabilities.takes, adapter.capabilities.shows
    assert own == {call: getattr(takes, call) for call in _WRITES} | {call: getattr(shows, call) for call in _READS}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_practice_system_that_tells_nothing_can_at_least_be_looked_at(adapter: type[Pms]) -> None:
    capabilities = adapter.capabilities

    assert capabilities.tells.events or capabilities.shows.day is not DayView.UNSEEN
