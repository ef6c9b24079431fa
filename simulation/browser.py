"""A person's browser, as far as a claim or task page needs one: open a link, read it, press a button of its form."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

import httpx

PHONE: Final = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
SCANNER: Final = "Mozilla/5.0 (compatible; LinkScanner/2.1; +https://carrier.example/scan)"


@dataclass
class Button:
    """A submit button: what it says, and the pair it adds to its form. `behind` is the fold that must be opened to
    reach it, by its words; empty where it lies open."""

    words: str
    name: str | None
    value: str
    behind: str = ""


@dataclass
class Form:
    """A form as it stands on the page; required fields a person must fill are in `blanks`."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    blanks: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """What the browser shows."""

    url: str
    status: int
    text: str
    forms: tuple[Form, ...]
    #: Where its links lead.
    links: tuple[str, ...] = ()


class Browser:
    """One device. Follows redirects and keeps cookies, as browsers do."""

    def __init__(self, *, user_agent: str = PHONE) -> None:
        self._http = httpx.AsyncClient(
            headers={"User-Agent": user_agent, "Accept": "text/html"},
            follow_redirects=True,
            trust_env=False,
            timeout=30,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def open(self, url: str) -> Page:
        """Opens a link."""
        return _page(await self._http.get(url))

    async def press(self, page: Page, form: Form, button: Button | None = None, **filled: str) -> Page:
        """Sends a form, with what a person typed into it."""
        data = {**form.fields, **filled}
        if button is not None and button.name:
            data[button.name] = button.value
        target = urljoin(page.url, form.action)
        if form.method == "get":
            return _page(await self._http.get(target, params=data))
        return _page(await self._http.post(target, data=data, headers={"Origin": _origin(target)}))


def _page(response: httpx.Response) -> Page:
    reader = _Reader()
    reader.feed(response.text)
    return Page(
        str(response.url), response.status_code, " ".join(reader.words), tuple(reader.forms), tuple(reader.links)
    )


def _origin(url: str) -> str:
    parts = httpx.URL(url)
    return f"{parts.scheme}://{parts.netloc.decode()}"


class _Reader(HTMLParser):
    """Forms with their fields, and the words a person sees."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._button: Button | None = None
        #: The name of the box being read; what stands in it is its value.
        self._area: str | None = None
        self._hidden = 0
        #: The words of each fold that is being read, the innermost last.
        self._folds: list[str] = []
        self._in_summary = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "head"):
            self._hidden += 1
        elif tag == "form":
            self._form = Form(values.get("method", "get").lower(), values.get("action", ""))
            self.forms.append(self._form)
        elif tag == "a" and values.get("href"):
            self.links.append(values["href"])
        elif tag == "details":
            self._folds.append("")
        elif tag == "summary":
            self._in_summary = True
        elif self._form is not None:
            self._field(tag, values, self._form)

    def _field(self, tag: str, values: dict[str, str], form: Form) -> None:
        name, kind = values.get("name"), values.get("type", "text" if tag == "input" else "submit")
        if "disabled" in values:
            return
        if tag == "button" or (tag == "input" and kind == "submit"):
            value = values.get("value", "")
            behind = self._folds[-1] if self._folds else ""
            self._button = Button(value if tag == "input" else "", name, value, behind)
            form.buttons.append(self._button)
        elif name and tag in ("input", "textarea", "select"):
            if kind in ("radio", "checkbox"):
                if "checked" in values or (kind == "radio" and name not in form.fields):
                    form.fields[name] = values.get("value", "on")
                return
            form.fields[name] = values.get("value", "")
            self._area = name if tag == "textarea" else None
            if "required" in values and not values.get("value"):
                form.blanks.append(name)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "head"):
            self._hidden -= 1
        elif tag == "form":
            self._form = None
        elif tag == "details" and self._folds:
            self._folds.pop()
        elif tag == "summary":
            self._in_summary = False
        elif tag == "button":
            self._button = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._form is not None:
            self._form.fields[self._area] += data
            return
        words = " ".join(data.split())
        if not words or self._hidden:
            return
        self.words.append(words)
        if self._in_summary and self._folds:
            self._folds[-1] = f"{self._folds[-1]} {words}".strip()
        if self._button is not None:
            self._button.words = f"{self._button.words} {words}".strip()
