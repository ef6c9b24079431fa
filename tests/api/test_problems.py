"""A malformed request is answered with its field, what is wrong with it, and the way out; never with what it held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.patterns import IN_WORDS
from tests.api.support import Api

_JSON = "application/json"
_OUT = "send one JSON object; names and words stand in double quotes"


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"{client_id: 7}", "not valid JSON (line 1, column 2: Expecting property name enclosed in double quotes)"),
        (b'{"client_id": 7,\n "reason": Ada}', "not valid JSON (line 2, column 12: Expecting value)"),
    ],
)
async def test_bad_json_is_named_with_its_place(api: Api, content: bytes, detail: str) -> None:
    answer = await api.http.post(
        "/admin/v1/gap-fills/1/assign-to", content=content, headers={**api.key("staff"), "Content-Type": _JSON}
    )

    words = f"{detail}; {_OUT}"
    assert (answer.status_code, answer.json()) == (
        422,
        {
            "type": "invalid",
            "detail": f"body: {words}",
            "field": "body",
            "errors": [{"field": "body", "detail": words}],
        },
    )


@pytest.mark.parametrize(
    ("content", "kind"), [(b'{"reason": "x"}', "text/plain"), (b'["x"]', _JSON), (b"7", _JSON), (b"", _JSON)]
)
async def test_a_body_that_is_no_json_object_says_what_is_wanted(api: Api, content: bytes, kind: str) -> None:
    answer = await api.http.post(
        "/admin/v1/gap-fills/1/assign-to", content=content, headers={**api.key("staff"), "Content-Type": kind}
    )

    words = "body: must be one JSON object, sent with Content-Type: application/json"
    assert (answer.status_code, answer.json()["detail"], answer.json()["field"]) == (422, words, "body")


async def test_a_field_at_fault_is_still_named_by_itself(api: Api) -> None:
    answer = await api.http.post("/admin/v1/gap-fills/1/assign-to", json={"client_id": 7}, headers=api.key("staff"))

    assert answer.json()["errors"] == [{"field": "reason", "detail": "Field required"}]


@pytest.mark.parametrize(
    ("path", "body", "field", "detail"),
    [
        ("tasks/1/resolve", {"action": "done", "text": ""}, "text", "must not be empty"),
        (
            "tasks/1/resolve",
            {"action": "done", "text": "a\x07b"},
            "text",
            "must have words in it, and no control characters but line breaks",
        ),
        (
            "gap-fills/1/assign-to",
            {"client_id": 7, "reason": "a\nb"},
            "reason",
            "must be one line of some words, without control characters",
        ),
    ],
)
async def test_what_is_missed_is_said_in_words(
    api: Api, path: str, body: dict[str, Any], field: str, detail: str
) -> None:
    answer = await api.http.post(f"/admin/v1/{path}", json=body, headers=api.key("staff"))

    assert (answer.status_code, answer.json()["errors"]) == (422, [{"field": field, "detail": detail}])


def test_every_pattern_of_the_admin_api_has_words(api: Api) -> None:
    assert set(_patterns(api.app.openapi())) == set(IN_WORDS)


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        schema = list(schema.values())
    if isinstance(schema, list):
        for one in schema:
            yield from _patterns(one)


async def test_an_unknown_parameter_is_refused_by_name_with_those_there_are(api: Api) -> None:
    listed = await api.http.get("/admin/v1/tasks?stat=open", headers=api.key("viewer"))
    changed = await api.http.post("/admin/v1/tasks/1/resolve?dry=1", json={"action": "done"}, headers=api.key("staff"))
    stranger = await api.http.get("/admin/v1/tasks?stat=open")

    assert (listed.status_code, listed.json()["field"]) == (422, "stat")
    assert listed.json()["detail"].startswith("stat: there is no such parameter; it may be one of cursor, ")
    assert changed.json()["detail"] == "dry: there is no such parameter; it may be one of dry_run"
    assert (stranger.status_code, stranger.json()["type"]) == (401, "key_missing")
