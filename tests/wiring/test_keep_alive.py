"""A connection that lapses unused is kept, whether or not there is anything to ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from models.session import Database
from operations.ports import Vendors
from tests.inbox.scene import set_scene
from tests.wiring.vendor_accounts import boulevard, connected
from vendors.errors import Unreachable
from vendors.pms.base import Capabilities
from vendors.pms.boulevard.client import CAPABILITIES as BOULEVARD
from vendors.pms.jane.client import CAPABILITIES as JANE
from wiring.keep_alive import KeepAlive


@dataclass
class Systems:
    """Practice systems by practice, and which of them were kept alive; those of `away` do not answer."""

    capabilities: dict[int, Capabilities]
    away: set[int] = field(default_factory=set)
    kept: list[int] = field(default_factory=list)

    def pms(self, practice_id: int) -> Any:
        def keep_alive() -> None:
            if practice_id in self.away:
                raise Unreachable("away", vendor="jane", operation="token")
            self.kept.append(practice_id)

        return SimpleNamespace(capabilities=self.capabilities[practice_id], keep_alive=keep_alive)


def test_what_lapses_unused_is_kept_alive_and_one_that_fails_costs_no_other(database: Database) -> None:
    scenes = [set_scene(database, slug=slug) for slug in ("steady", "away", "lapsing")]
    for scene in scenes:
        connected(database, scene.practice_id, "boulevard", boulevard(scene.slug), scene.slug)
    steady, away, lapsing = (one.practice_id for one in scenes)
    systems = Systems({steady: BOULEVARD, away: JANE, lapsing: JANE}, away={away})

    KeepAlive(database=database, vendors=cast(Vendors, systems)).look()

    assert systems.kept == [lapsing]
