import dataclasses

import pytest
from temporalio.api.common.v1 import Payload

from wiring.codec import ENCODING, KEY_ID, PayloadTampered, SealingCodec
from wiring.settings import CodecKey

OLD = CodecKey("2026-01", b"o" * 32)
NEW = CodecKey("2026-02", b"n" * 32)
NOTE = Payload(metadata={"encoding": b"json/plain"}, data=b'"Ana, +13035550101, Botox"')


def codec(*keys: CodecKey, namespace: str = "clinic") -> SealingCodec:
    return SealingCodec(keys, namespace=namespace)


async def test_a_sealed_payload_opens_again() -> None:
    sealed = await codec(OLD).encode([NOTE, NOTE])

    assert await codec(OLD).decode(sealed) == [NOTE, NOTE]


async def test_nothing_of_a_payload_shows_once_sealed() -> None:
    (sealed,) = await codec(OLD).encode([NOTE])

    assert dict(sealed.metadata) == {"encoding": ENCODING, KEY_ID: b"2026-01"}
    assert [word for word in (b"Ana", b"3035550101", b"Botox", b"json") if word in sealed.SerializeToString()] == []


async def test_the_same_payload_never_seals_to_the_same_bytes() -> None:
    first, second = await codec(OLD).encode([NOTE, NOTE])

    assert first.data != second.data


async def test_a_rotated_ring_seals_with_the_new_key_and_opens_the_old() -> None:
    (before,) = await codec(OLD).encode([NOTE])

    rotated = codec(NEW, OLD)
    (after,) = await rotated.encode([NOTE])

    assert after.metadata[KEY_ID] == b"2026-02"
    assert await rotated.decode([before, after]) == [NOTE, NOTE]


async def test_a_payload_under_an_unknown_key_is_left_as_it_is() -> None:
    (sealed,) = await codec(OLD).encode([NOTE])

    assert await codec(NEW).decode([sealed]) == [sealed]


async def test_a_clear_payload_is_left_as_it_is() -> None:
    assert await codec(OLD).decode([NOTE]) == [NOTE]


@pytest.mark.parametrize("place", [0, 11, 12, -1])
async def test_a_changed_byte_is_noticed(place: int) -> None:
    (sealed,) = await codec(OLD).encode([NOTE])
    data = bytearray(sealed.data)
    data[place] ^= 1
    sealed.data = bytes(data)

    with pytest.raises(PayloadTampered, match="2026-01"):
        await codec(OLD).decode([sealed])


async def test_a_cut_payload_is_noticed() -> None:
    (sealed,) = await codec(OLD).encode([NOTE])
    sealed.data = sealed.data[:5]

    with pytest.raises(PayloadTampered):
        await codec(OLD).decode([sealed])


async def test_a_payload_does_not_open_in_another_namespace() -> None:
    (sealed,) = await codec(OLD, namespace="clinic").encode([NOTE])

    with pytest.raises(PayloadTampered):
        await codec(OLD, namespace="another").decode([sealed])


async def test_a_key_that_only_shares_its_id_does_not_open() -> None:
    (sealed,) = await codec(OLD).encode([NOTE])

    with pytest.raises(PayloadTampered):
        await codec(dataclasses.replace(NEW, key_id=OLD.key_id)).decode([sealed])


def test_a_ring_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        codec()
