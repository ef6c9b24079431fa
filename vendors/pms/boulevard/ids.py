"""Boulevard's ids: URNs nearly everywhere, bare UUIDs in a few places. Ours are always the URN."""

from __future__ import annotations

_PREFIX = "urn:blvd:"


def urn(kind: str, ref: str) -> str:
    """`ref` as a URN of that kind; a URN stays as it is."""
    return ref if ref.startswith(_PREFIX) else f"{_PREFIX}{kind}:{ref}"


def bare(ref: str) -> str:
    """The UUID inside a URN; a bare one stays as it is."""
    return ref.rsplit(":", 1)[-1]
