"""Tokens, versions, limits, contacts."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.sandboxes.gohighlevel.support import GoHighLevel
from tests.sandboxes.practice.support import LOCATION, MIA


def _code(ghl: GoHighLevel, **wishes: object) -> str:
    return str(ghl.control("consent", **wishes)["code"])


def test_the_consent_page_sends_a_code_back(ghl: GoHighLevel) -> None:
    query = {"client_id": "68c0ffee00000000000a0001-sandbox", "redirect_uri": "http://127.0.0.1/x", "state": "s"}

    answer = ghl.http.get(f"{ghl.url}/v2/oauth/chooselocation", params=query)
    sent = dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    assert sent["state"] == "s"
    assert ghl.tokens(grant_type="authorization_code", code=sent["code"]).json()["locationId"] == LOCATION


def test_a_refresh_token_works_once(ghl: GoHighLevel) -> None:
    first = ghl.tokens(grant_type="authorization_code", code=_code(ghl)).json()
    second = ghl.tokens(grant_type="refresh_token", refresh_token=first["refresh_token"])
    again = ghl.tokens(grant_type="refresh_token", refresh_token=first["refresh_token"])

    assert [second.status_code, again.status_code] == [200, 400]
    assert ghl.call("GET", f"/contacts/{MIA}", token=second.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(("revoke", "status"), [(False, 200), (True, 401)])
def test_a_refresh_token_used_twice_may_end_what_came_of_it(ghl: GoHighLevel, revoke: bool, status: int) -> None:
    ghl.control("config", revoke_on_reuse=revoke)
    first = ghl.tokens(grant_type="authorization_code", code=_code(ghl)).json()
    second = ghl.tokens(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()

    ghl.tokens(grant_type="refresh_token", refresh_token=first["refresh_token"])

    assert ghl.call("GET", f"/contacts/{MIA}", token=second["access_token"]).status_code == status


def test_an_access_token_lapses(ghl: GoHighLevel) -> None:
    ghl.control("config", access_token_seconds=1e-6)
    token = ghl.tokens(grant_type="authorization_code", code=_code(ghl)).json()["access_token"]

    answer = ghl.call("GET", f"/contacts/{MIA}", token=token)

    assert (answer.status_code, answer.json()["message"]) == (401, "Invalid token: access token is invalid")


def test_scopes_and_locations_bound_a_token(ghl: GoHighLevel) -> None:
    code = _code(ghl, scopes=["contacts.readonly", "calendars.readonly"])
    token = ghl.tokens(grant_type="authorization_code", code=code).json()["access_token"]

    def status(method: str, path: str, **query: str) -> int:
        return ghl.call(method, path, token=token, params=query).status_code

    assert status("GET", f"/contacts/{MIA}") == 200
    assert status("GET", "/users/", locationId=LOCATION) == 401
    assert status("GET", "/calendars/", locationId="another") == 401


@pytest.mark.parametrize("version", ["2021-07-28", "v9"])
def test_another_version_is_refused(ghl: GoHighLevel, version: str) -> None:
    answer = ghl.call("GET", "/calendars/", version=version, params={"locationId": LOCATION})

    assert answer.status_code == 401


def test_limits_are_told_with_every_answer_and_end_in_429(ghl: GoHighLevel) -> None:
    ghl.control("config", burst_requests=2)

    answers = [ghl.call("GET", f"/contacts/{MIA}") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert {name: value for name, value in answers[1].headers.items() if name.startswith("x-ratelimit")} == {
        "x-ratelimit-limit-daily": "200000",
        "x-ratelimit-daily-remaining": "199998",
        "x-ratelimit-interval-milliseconds": "10000",
        "x-ratelimit-max": "2",
        "x-ratelimit-remaining": "0",
    }


def test_a_contact_is_known_by_phone_or_mail(ghl: GoHighLevel) -> None:
    by_phone = ghl.get("/contacts/search/duplicate", locationId=LOCATION, number="+12125550101")
    upserted = ghl.call("POST", "/contacts/upsert", json={"locationId": LOCATION, "email": "MIA@example.com"}).json()
    made = ghl.call("POST", "/contacts/upsert", json={"locationId": LOCATION, "email": "x@example.com"}).json()
    twice = ghl.call("POST", "/contacts/", json={"locationId": LOCATION, "email": "x@example.com"})

    assert by_phone["contact"]["id"] == MIA
    assert [upserted["new"], upserted["contact"]["id"], made["new"]] == [False, MIA, True]
    assert twice.status_code == 400


def test_tags_replace_the_list_and_dnd_is_kept_by_channel(ghl: GoHighLevel) -> None:
    ghl.put(f"/contacts/{MIA}", tags=["a", "b"])
    ghl.put(f"/contacts/{MIA}", tags=["c"], dndSettings={"SMS": {"status": "permanent"}})

    contact = ghl.get(f"/contacts/{MIA}")["contact"]

    assert [contact["tags"], contact["dnd"]] == [["c"], False]
    assert contact["dndSettings"]["SMS"] == {"status": "permanent"}


def test_a_contacts_unknown_field_is_a_422_with_a_list(ghl: GoHighLevel) -> None:
    answer = ghl.call("PUT", f"/contacts/{MIA}", json={"nickname": "x"})

    assert answer.status_code == 422
    assert [answer.json()["error"], len(answer.json()["message"])] == ["Unprocessable Entity", 1]
