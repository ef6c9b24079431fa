"""The API's own documentation: whole without the internet, and telling nobody outside that it is read."""

from __future__ import annotations

import re

from tests.api.support import Api

#: What a page makes a browser fetch.
_FETCHED = re.compile(r"""(?:src|href)=["']([^"']+)["']|\burl:\s*["']([^"']+)["']""")


async def test_the_docs_name_no_foreign_host(api: Api) -> None:
    page = await api.http.get("/docs")

    assert (page.status_code, re.findall(r"(?:https?:)?//[\w.-]+", page.text)) == (200, [])


async def test_all_that_the_docs_load_is_served_from_here(api: Api) -> None:
    page = await api.http.get("/docs")

    fetched = [src or url for src, url in _FETCHED.findall(page.text)]
    answers = {path: (await api.http.get(path)).status_code for path in fetched}

    assert {path.rpartition("/")[2] for path in fetched} == {
        "favicon.png",
        "openapi.json",
        "swagger-ui-bundle.js",
        "swagger-ui.css",
    }
    assert set(answers.values()) == {200}, answers


async def test_there_is_one_documentation_and_no_second(api: Api) -> None:
    assert (await api.http.get("/redoc")).status_code == 404
