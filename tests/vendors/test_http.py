"""The one way out to vendors, against servers that misbehave."""

from __future__ import annotations

import logging
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.vendors.socket_server import Behaviour, answering, closed_port, dripping, hanging_up, serving, silent
from vendors.deadline import deadline
from vendors.errors import Ambiguous, BadAnswer, Misconfigured, RateLimited, Unreachable, VendorError
from vendors.http import Answer, VendorHttp, retry_after

_WAIT = timedelta(seconds=7)
# Both would be fine answers to whoever waits for ten seconds and more.
_DRIPPED_HEAD = b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 100 + b"\r\ncontent-length: 2\r\n\r\n{}"
_DRIPPED_BODY = b"HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n" + b" " * 58 + b"{}"


def _call(url: str, *, writes: bool, **options: object) -> Answer:
    http = VendorHttp("acme", call_seconds=0.4, **options)  # type: ignore[arg-type]
    try:
        return http.send("POST", url, operation="try", writes=writes, json={"a": 1})
    finally:
        http.close()


@pytest.mark.parametrize(("writes", "error"), [(True, Ambiguous), (False, Unreachable)])
@pytest.mark.parametrize(
    "behaviour",
    [dripping(_DRIPPED_HEAD, every=0.1), dripping(_DRIPPED_BODY, every=0.1), hanging_up, silent],
    ids=["drips its head", "drips its body", "hangs up", "is silent"],
)
def test_a_lost_answer_is_ambiguous_for_writes_only(
    behaviour: Behaviour, writes: bool, error: type[VendorError]
) -> None:
    with serving(behaviour) as url, pytest.raises(error) as caught:
        _call(url, writes=writes)

    assert type(caught.value) is error


@pytest.mark.parametrize("url", [closed_port(), "http://no-such-host.invalid"], ids=["closed port", "unknown host"])
def test_a_request_that_never_left_is_unreachable_even_for_writes(url: str) -> None:
    with pytest.raises(Unreachable):
        _call(url, writes=True)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for 127.0.0.1, made for this run, and a client's trust in it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vendor of this test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path_factory.mktemp("tls") / "vendor.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


def test_an_encrypted_answer_is_read(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, trust = tls

    with serving(answering("200 OK", b'{"ok": true}'), tls=server) as url:
        answer = _call(url, writes=True, verify=trust)

    assert answer.json_object() == {"ok": True}


def test_an_encrypted_drip_is_left_in_time(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, trust = tls

    with serving(dripping(_DRIPPED_BODY, every=0.1), tls=server) as url, pytest.raises(Ambiguous):
        _call(url, writes=True, verify=trust)


def test_a_certificate_nobody_vouches_for_is_sent_nothing(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with serving(answering("200 OK"), tls=tls[0]) as url, pytest.raises(Unreachable):
        _call(url, writes=True)


def test_a_name_with_several_addresses_is_tried_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo

    def both(host: str, *arguments: Any, **options: Any) -> list[Any]:
        hosts = ("127.0.0.2", "127.0.0.1") if host == "vendor.example" else (host,)
        return [found for each in hosts for found in resolve(each, *arguments, **options)]

    with serving(answering("200 OK")) as url:
        monkeypatch.setattr(socket, "getaddrinfo", both)
        answer = _call(url.replace("127.0.0.1", "vendor.example"), writes=True)

    assert answer.status == 200


def test_a_spent_deadline_sends_nothing() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    http = VendorHttp("acme", transport=httpx.MockTransport(answer))

    with deadline(0.0), pytest.raises(Unreachable):
        http.send("POST", "http://vendor.example", operation="try", writes=True)

    assert sent == []


def test_an_outer_deadline_ends_the_calls_inside_it() -> None:
    http = VendorHttp("acme", call_seconds=60)

    with serving(silent) as url, deadline(0.3), pytest.raises(Ambiguous):
        http.send("POST", url, operation="try", writes=True)


def test_an_answer_without_end_is_cut() -> None:
    with serving(answering("200 OK", b"x" * 5000)) as url, pytest.raises(BadAnswer):
        _call(url, writes=False, max_answer_bytes=4096)


def test_a_redirect_is_not_followed() -> None:
    with serving(answering("302 Found", headers="location: http://127.0.0.1:1/\r\n")) as url:
        answer = _call(url, writes=True)

    with pytest.raises(BadAnswer):
        answer.raise_for_status(default_wait=_WAIT)


def test_a_failed_request_is_sent_once() -> None:
    seen: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        raise httpx.ReadError("lost")

    with pytest.raises(Ambiguous):
        _call("http://vendor.example", writes=True, transport=httpx.MockTransport(refuse))

    assert seen == ["POST"]


@pytest.mark.parametrize(
    ("status", "writes", "error"),
    [
        (429, True, RateLimited),
        (401, True, Misconfigured),
        (403, False, Misconfigured),
        (500, True, Ambiguous),
        (503, False, Unreachable),
    ],
)
def test_statuses_mean_the_same_everywhere(status: int, writes: bool, error: type[VendorError]) -> None:
    with serving(answering(f"{status} No")) as url:
        answer = _call(url, writes=writes)

    with pytest.raises(error) as caught:
        answer.raise_for_status(default_wait=_WAIT)
    assert (type(caught.value), caught.value.code) == (error, str(status))


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ({}, _WAIT),
        ({"retry-after": "3"}, timedelta(seconds=3)),
        ({"retry-after": "soon"}, _WAIT),
        ({"retry-after": "nan"}, _WAIT),
        ({"retry-after": "-5"}, timedelta(0)),
        ({"retry-after": "1e99"}, _WAIT),
        ({"retry-after": "999999"}, timedelta(hours=1)),
        ({"retry-after": format_datetime(datetime.now(UTC) - timedelta(days=1))}, timedelta(0)),
        ({"retry-after": format_datetime(datetime.now(UTC) + timedelta(days=1))}, timedelta(hours=1)),
    ],
)
def test_retry_after_is_read_and_bounded(header: dict[str, str], wait: timedelta) -> None:
    assert retry_after(httpx.Headers(header), default=_WAIT) == wait


def test_neither_address_nor_body_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with serving(answering("500 No", b'{"phone": "+13035550101"}')) as url, caplog.at_level(logging.DEBUG):
        http = VendorHttp("acme")
        answer = http.send("GET", url, operation="try", writes=False, params={"To": "+13035550101"})

    with pytest.raises(Unreachable) as caught:
        answer.raise_for_status(default_wait=_WAIT)
    assert "3035550101" not in caplog.text + str(caught.value)


def test_a_body_that_is_not_json_is_a_bad_answer() -> None:
    with serving(answering("200 OK", b"<html>")) as url:
        answer = _call(url, writes=False)

    with pytest.raises(BadAnswer):
        answer.json_object()
