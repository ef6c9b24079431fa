"""An e-mail's words as a page: the same sentences, its link as a button. Mail programs get both forms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from domain.clients import Language
from domain.messages.translations import PHRASES

_TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"
#: A sentence that ends in its link.
_LINK: Final = re.compile(r"^(?P<before>.*?):?\s*(?P<link>https?://\S+)$", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph's lines, or a sentence and the link it ends in."""

    lines: tuple[str, ...] = ()
    before: str = ""
    link: str | None = None
    label: str = ""


def mail_html(*, practice: str, subject: str, body: str, language: Language) -> str:
    """The page for a mail of these words; paragraphs are parted by an empty line."""
    return _template().render(
        practice=practice,
        subject=subject,
        language=language.value,
        paragraphs=[_paragraph(one, PHRASES[language].button) for one in body.split("\n\n")],
    )


def _paragraph(words: str, label: str) -> Paragraph:
    found = _LINK.match(words)
    if found is None:
        return Paragraph(lines=tuple(words.split("\n")))
    return Paragraph(before=found["before"], link=found["link"], label=label)


@lru_cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html")
