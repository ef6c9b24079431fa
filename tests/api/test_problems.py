"""A malformed request is answered with its field, what is wrong with it, and the way out; never with what it held."""

from __future__ import annotations

import pytest

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
