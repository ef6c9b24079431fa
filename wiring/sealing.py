"""Seals bytes with AES-256-GCM under a ring of keys: payloads of workflows and the credentials of connections.

The key's id is kept beside the sealed bytes, in clear. What a seal is bound to is authenticated with it, so that sealed
bytes that are copied to another place do not open there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wiring.settings import CodecKey

_NONCE_BYTES: Final = 12


class SealBroken(Exception):
    """Sealed bytes failed their authentication: changed, truncated, or from another place."""


class KeyMissing(Exception):
    """The ring does not hold the key that sealed the bytes; the text names the key's id."""


@dataclass(frozen=True)
class Sealed:
    """Sealed bytes and the id of the key that opens them."""

    key_id: str
    data: bytes


class Sealer:
    """Seals with the first key of the ring and opens with any of them."""

    def __init__(self, keyring: Iterable[CodecKey]) -> None:
        ring = tuple(keyring)
        if not ring:
            raise ValueError("the ring needs at least one key")
        self.key_id: Final = ring[0].key_id
        self._ciphers = {key.key_id: AESGCM(key.key) for key in ring}

    def holds(self, key_id: str) -> bool:
        """Whether the ring has the key of this id."""
        return key_id in self._ciphers

    def seal(self, plain: bytes, *, bound_to: bytes) -> Sealed:
        nonce = os.urandom(_NONCE_BYTES)
        return Sealed(self.key_id, nonce + self._ciphers[self.key_id].encrypt(nonce, plain, bound_to))

    def open(self, sealed: Sealed, *, bound_to: bytes) -> bytes:
        """Raises `KeyMissing` or `SealBroken`."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise KeyMissing(f"no key {sealed.key_id!r} in the ring")
        try:
            return cipher.decrypt(sealed.data[:_NONCE_BYTES], sealed.data[_NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"what key {sealed.key_id} sealed does not open here") from error
