"""The simulated browser reads a page's form as a person's does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs

import pytest

from simulation.browser import Browser

PAGE = """<html><head><title>not shown</title><style>p {}</style></head><body><p>Tue 2:00 PM</p>
<form method="post" action="/take"><input type="hidden" name="token" value="t1">
<input type="radio" name="client" value="3"><input type="radio" name="client" value="4" checked>
<textarea name="reason" required></textarea><button name="action" value="offer">Offer it</button>
<details><summary>Book <b>this client</b></summary><p>Texts two people.</p>
<button name="action" value="book">Yes: book</button></details><button disabled hidden>x</button></form></body>
</html>"""


class Handler(BaseHTTPRequestHandler):
    posted: ClassVar[dict[str, list[str]]] = {}

    def do_GET(self) -> None:
        self._answer(PAGE)

    def do_POST(self) -> None:
        Handler.posted = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer("<p>Done</p>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_button_sends_its_form_with_what_was_typed(url: str) -> None:
    browser = Browser()
    page = await browser.open(url)
    (form,) = page.forms

    after = await browser.press(page, form, form.buttons[0], reason="she called")
    await browser.close()

    assert page.text.startswith("Tue 2:00 PM Offer it")
    assert (form.blanks, form.buttons[0].words) == (["reason"], "Offer it")
    assert Handler.posted == {"token": ["t1"], "client": ["4"], "reason": ["she called"], "action": ["offer"]}
    assert after.text == "Done"


async def test_a_button_behind_a_fold_is_known_by_what_the_fold_says(url: str) -> None:
    browser = Browser()
    page = await browser.open(url)
    (form,) = page.forms
    open_one, folded = form.buttons

    await browser.press(page, form, folded, reason="she called")
    await browser.close()

    assert (open_one.behind, folded.behind, folded.words) == ("", "Book this client", "Yes: book")
    assert Handler.posted["action"] == ["book"]
