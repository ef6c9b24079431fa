"""Which vendors there are: each has a folder, named after it, under what it is for. Imports none of them."""

from __future__ import annotations

import pkgutil
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent


def vendors_for(purpose: str) -> tuple[str, ...]:
    """The vendors with a folder in `vendors/<purpose>`, in the order of the alphabet."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules([str(_HERE / purpose)]) if found.ispkg))


#: Every vendor, by what it is for; its adapter may be half written.
FOLDERS: Final = {purpose: vendors_for(purpose) for purpose in ("pms", "sms", "email", "chat")}
