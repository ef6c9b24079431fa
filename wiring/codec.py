"""Seals every Temporal payload with AES-256-GCM, so that histories hold no patient data in clear.

The key's id travels in the payload's metadata, in clear; the namespace is authenticated, so a payload copied into
another namespace does not open. A payload under a key we do not hold is handed on as it is: the codec server then shows
it as encrypted instead of failing the whole page. Losing a key loses the histories sealed with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from wiring.sealing import SealBroken, Sealed, Sealer
from wiring.settings import CodecKey

ENCODING: Final = b"binary/encrypted"
KEY_ID: Final = "encryption-key-id"


class PayloadTampered(Exception):
    """A sealed payload failed its authentication: changed, truncated, or from another namespace."""


class SealingCodec(PayloadCodec):
    """Seals with the first key of the ring and opens with any of them."""

    def __init__(self, keyring: Iterable[CodecKey], *, namespace: str) -> None:
        self._sealer = Sealer(keyring)
        self._namespace = namespace.encode()

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seals each payload, metadata included."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Opens what it can; raises `PayloadTampered` where a known key does not fit."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        sealed = self._sealer.seal(payload.SerializeToString(), bound_to=self._namespace)
        return Payload(metadata={"encoding": ENCODING, KEY_ID: sealed.key_id.encode()}, data=sealed.data)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        if not self._sealer.holds(key_id):
            return payload
        try:
            return Payload.FromString(self._sealer.open(Sealed(key_id, payload.data), bound_to=self._namespace))
        except SealBroken as error:
            raise PayloadTampered(f"a payload sealed with key {key_id} does not open in this namespace") from error
