"""The token of a request, recomputed by hand from Boulevard's recipe."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from vendors.pms.boulevard.auth import authorization, secret_key

_SECRET = base64.b64encode(b"a key of some thirty-two bytes...").decode()


@pytest.mark.parametrize("business", ["aaaa-bbbb", "urn:blvd:Business:aaaa-bbbb"])
def test_a_token_is_a_mac_of_its_payload_followed_by_it(business: str) -> None:
    header = authorization(
        api_key="key", key=secret_key(_SECRET, field="api_secret"), business_id=business, unix_seconds=1_772_640_000
    )

    scheme, _, encoded = header.partition(" ")
    name, _, token = base64.b64decode(encoded).decode().partition(":")
    payload = "blvd-admin-v1aaaa-bbbb1772640000"
    mac = hmac.new(b"a key of some thirty-two bytes...", payload.encode(), hashlib.sha256).digest()
    assert (scheme, name, token) == ("Basic", "key", base64.b64encode(mac).decode() + payload)


@pytest.mark.parametrize("secret", ["not base64!", "", "abc"])
def test_a_secret_that_is_not_base64_is_named_with_the_way_out(secret: str) -> None:
    with pytest.raises(ValueError, match=r"api_secret .*developer portal"):
        secret_key(secret, field="api_secret")
