"""The adapters there are, found by their folders."""

from __future__ import annotations

from importlib import import_module

from vendors.folders import FOLDERS
from vendors.pms.base import Pms


def adapter_of(vendor: str) -> type[Pms]:
    """The adapter that a practice system's folder exports."""
    exported = vars(import_module(f"vendors.pms.{vendor}")).values()
    [adapter] = [one for one in exported if isinstance(one, type) and Pms in one.__mro__ and one is not Pms]
    return adapter


PMS_ADAPTERS: dict[str, type[Pms]] = {vendor: adapter_of(vendor) for vendor in FOLDERS["pms"]}
