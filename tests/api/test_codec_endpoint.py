"""The codec server: who may open payloads, what is written down, and which browser may read the answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from google.protobuf import json_format
from sqlmodel import select
from temporalio.api.common.v1 import Payload, Payloads

from models.access import SealedRead
from tests.api.support import Api, dependencies, real_now, running_api, settings_with
from tests.inbox.scene import Scene
from wiring.codec import SealingCodec
from wiring.settings import CodecKey, SettingsError, given_settings

UI = "http://127.0.0.1:8233"
CLEAR = Payload(metadata={"encoding": b"json/plain"}, data=b'{"client":"Ada"}')


def body_of(*payloads: Payload) -> bytes:
    return json_format.MessageToJson(Payloads(payloads=payloads)).encode()


async def sealed(api: Api) -> Payload:
    codec: SealingCodec = api.app.state.dependencies.codec
    return (await codec.encode([CLEAR]))[0]


def reads(scene: Scene) -> list[tuple[str, str, int, str | None]]:
    with scene.database.transaction() as session:
        rows = session.execute(select(SealedRead)).scalars()
        return [(one.role, one.reader, one.payloads, one.origin) for one in rows]


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("staff", 200), ("admin", 200)])
async def test_staff_and_admins_open_payloads_and_every_read_is_kept(
    api: Api, scene: Scene, role: str, status: int
) -> None:
    answer = await api.http.post(
        "/codec/decode", content=body_of(await sealed(api)), headers=api.key(role) | {"Origin": UI}
    )

    assert answer.status_code == status
    if status == 200:
        opened = json_format.Parse(answer.text, Payloads()).payloads[0]
        assert opened == CLEAR
        assert reads(scene) == [(role, "key 1", 1, UI)]
    else:
        assert reads(scene) == []


async def test_nobody_opens_payloads_without_a_key(api: Api, scene: Scene) -> None:
    answer = await api.http.post("/codec/decode", content=body_of(await sealed(api)), headers={"Origin": UI})

    assert answer.status_code == 401
    assert reads(scene) == []


@pytest.mark.parametrize(("role", "status"), [("staff", 403), ("admin", 200)])
async def test_only_admins_seal(api: Api, role: str, status: int) -> None:
    answer = await api.http.post("/codec/encode", content=body_of(CLEAR), headers=api.key(role))

    assert answer.status_code == status
    if status == 200:
        assert json_format.Parse(answer.text, Payloads()).payloads[0].metadata["encoding"] == b"binary/encrypted"


async def test_a_payload_under_another_key_is_shown_as_it_is(api: Api) -> None:
    foreign = (await SealingCodec([CodecKey("lost", b"k" * 32)], namespace="default").encode([CLEAR]))[0]

    answer = await api.http.post("/codec/decode", content=body_of(foreign), headers=api.key("staff"))

    assert json_format.Parse(answer.text, Payloads()).payloads[0] == foreign


async def test_a_changed_payload_does_not_open(api: Api) -> None:
    payload = await sealed(api)
    payload.data = payload.data[:-1] + bytes([payload.data[-1] ^ 1])

    answer = await api.http.post("/codec/decode", content=body_of(payload), headers=api.key("staff"))

    assert (answer.status_code, answer.json()["type"]) == (422, "tampered")


async def test_only_the_uis_origin_may_read_the_answer(api: Api) -> None:
    for origin, allowed in ((UI, UI), ("https://evil.example", None), ("http://127.0.0.1:8233.evil.example", None)):
        answer = await api.http.options("/codec/decode", headers={"Origin": origin})

        assert answer.status_code == 204
        assert answer.headers.get("access-control-allow-origin") == allowed

    preflight = await api.http.options("/codec/decode", headers={"Origin": UI})
    assert preflight.headers["access-control-allow-headers"] == (
        "content-type, x-namespace, authorization, authorization-extras"
    )


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("viewer", 403)])
async def test_the_ui_may_read_why_it_is_refused(api: Api, role: str | None, status: int) -> None:
    """Without these headers a browser tells of a broken network instead."""
    headers = {"Origin": UI} | (api.key(role) if role else {})

    for operation in ("decode", "encode"):
        answer = await api.http.post(f"/codec/{operation}", content=body_of(CLEAR), headers=headers)

        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == UI
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["vary"] == "Origin"
    assert status != 401 or answer.headers["www-authenticate"] == "Bearer"


async def test_nobody_else_may_read_why_they_are_refused(api: Api) -> None:
    answer = await api.http.post("/codec/decode", content=body_of(CLEAR), headers={"Origin": "https://evil.example"})

    assert answer.status_code == 401
    assert "access-control-allow-origin" not in answer.headers


async def test_the_ui_may_read_that_a_body_makes_no_sense(api: Api) -> None:
    answer = await api.http.post("/codec/decode", content=b"{", headers=api.key("staff") | {"Origin": UI})

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (422, UI)


async def test_the_demos_ui_reads_without_a_token_and_is_logged(scene: Scene) -> None:
    deps = dependencies(scene, settings=settings_with(codec_demo_admin_origin=UI))
    async with running_api(scene, deps) as api:
        mine = await api.http.post("/codec/decode", content=body_of(await sealed(api)), headers={"Origin": UI})
        other = await api.http.post(
            "/codec/decode", content=body_of(await sealed(api)), headers={"Origin": "http://127.0.0.1:9"}
        )

    assert (mine.status_code, other.status_code) == (200, 401)
    assert reads(scene) == [("demo-admin", "demo-admin", 1, UI)]


def test_production_refuses_the_demos_role() -> None:
    with pytest.raises((ValueError, SettingsError), match="CODEC_DEMO_ADMIN_ORIGIN"):
        given_settings(environment="production", codec_demo_admin_origin=UI)


@pytest.mark.parametrize("body", [b"", b"nonsense", b'{"payloads": 3}', b"\xff"])
async def test_a_body_that_is_no_payloads_is_refused(api: Api, body: bytes) -> None:
    assert (await api.http.post("/codec/decode", content=body, headers=api.key("staff"))).status_code == 422


class TestTokensOfAnIdentityProvider:
    """Bearer tokens signed by the issuer's key, served over real HTTP."""

    @pytest.fixture
    def issuer_key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @pytest.fixture
    def jwks_url(self, issuer_key: rsa.RSAPrivateKey) -> Iterator[str]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(issuer_key.public_key()))
        keys = json.dumps({"keys": [public | {"kid": "k1", "use": "sig", "alg": "RS256"}]}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(keys)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()
        server.server_close()

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({}, 200),
            ({"roles": ["viewer"]}, 403),
            ({"roles": []}, 403),
            ({"aud": "another"}, 401),
            ({"iss": "https://another.example"}, 401),
            ({"exp": real_now() - timedelta(hours=1)}, 401),
        ],
    )
    async def test_the_tokens_role_decides(
        self, scene: Scene, issuer_key: rsa.RSAPrivateKey, jwks_url: str, change: dict[str, Any], status: int
    ) -> None:
        claims = {
            "iss": "https://login.example",
            "aud": "chairflow",
            "sub": "user-1",
            "exp": real_now() + timedelta(minutes=5),
            "roles": ["staff"],
        } | change
        token = jwt.encode(claims, issuer_key, algorithm="RS256", headers={"kid": "k1"})

        answer = await self._decode(scene, jwks_url, token)

        assert answer == status
        assert reads(scene) == ([("staff", "user-1", 1, None)] if status == 200 else [])

    async def test_a_token_of_another_key_is_refused(self, scene: Scene, jwks_url: str) -> None:
        forger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        claims = {
            "iss": "https://login.example",
            "aud": "chairflow",
            "sub": "user-1",
            "exp": real_now() + timedelta(minutes=5),
            "roles": ["admin"],
        }

        forged = jwt.encode(claims, forger, algorithm="RS256", headers={"kid": "k1"})
        unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": "k1"})

        assert [await self._decode(scene, jwks_url, one) for one in (forged, unsigned)] == [401, 401]

    @staticmethod
    async def _decode(scene: Scene, jwks_url: str, token: str) -> int:
        settings = settings_with(oidc_issuer="https://login.example", oidc_audience="chairflow", oidc_jwks_url=jwks_url)
        async with running_api(scene, dependencies(scene, settings=settings)) as api:
            answer = await api.http.post(
                "/codec/decode",
                content=body_of(await sealed(api)),
                headers={"Authorization": f"Bearer {token}"},
            )
        return answer.status_code
