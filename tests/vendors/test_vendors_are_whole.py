"""A vendor whose adapter is there has all that belongs to one: what was forgotten is said in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from api.webhooks import pms, sendgrid, slack, twilio
from simulation.practice_systems import SYSTEMS
from vendors.folders import FOLDERS
from wiring.settings import QUEUES
from wiring.vendors import DIALECTS

ROOT = Path(__file__).parents[2]
SERVED = {
    route.path for part in (pms, sendgrid, slack, twilio) for route in part.router.routes if isinstance(route, APIRoute)
}


def needed(purpose: str, vendor: str) -> Mapping[str, bool]:
    """What a vendor needs beside its adapter, in words, and whether it is there."""
    dialect = DIALECTS[purpose].get(vendor)
    sandbox = ROOT / "sandboxes" / vendor
    needs = {
        f"tests of its own in tests/vendors/{purpose}/{vendor}/": any(
            (ROOT / "tests/vendors" / purpose / vendor).glob("test_*.py")
        ),
        f"sandbox: sandboxes/{vendor}/app.py and config.py": all(
            (sandbox / name).is_file() for name in ("app.py", "config.py")
        ),
        f"place among the stand-ins of .importlinter ({vendor})": vendor in (ROOT / ".importlinter").read_text(),
        f"Dialect in wiring/vendors.py ({purpose.upper()})": dialect is not None,
        "route in api/webhooks/ for each of its Dialect's hooks": dialect is not None
        and {hook.partition("#")[0] for hook in dialect.hooks} <= SERVED,
        "line in docs/connections.md": f"| `{vendor}` |" in (ROOT / "docs/connections.md").read_text(),
    }
    if purpose == "pms":
        needs |= {
            f"bench: tests/vendors/contract/{vendor}_bench.py": (
                ROOT / f"tests/vendors/contract/{vendor}_bench.py"
            ).is_file(),
            "line in simulation/practice_systems.py": vendor in SYSTEMS,
            f"page of what its names rest on: docs/{vendor}.md": (ROOT / f"docs/{vendor}.md").is_file(),
            f"queue pms-{vendor}": f"pms-{vendor}" in QUEUES,
        }
    return needs


@pytest.mark.parametrize(
    ("purpose", "vendor"), [(purpose, vendor) for purpose, vendors in FOLDERS.items() for vendor in vendors]
)
def test_a_vendor_is_whole(purpose: str, vendor: str) -> None:
    missing = [words for words, there in needed(purpose, vendor).items() if not there]

    assert missing == [], f"vendors/{purpose}/{vendor} has an adapter, but no " + "; no ".join(missing)


@pytest.mark.parametrize("purpose", FOLDERS)
def test_a_vendor_without_a_folder_is_not_plugged_in(purpose: str) -> None:
    assert set(DIALECTS[purpose]) <= set(FOLDERS[purpose])
