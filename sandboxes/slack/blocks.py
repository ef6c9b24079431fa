"""Block Kit's limits: the block types that cards of this kind use, checked field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_BLOCKS = 50
PLAIN = frozenset({"plain_text"})
ANY_TEXT = frozenset({"plain_text", "mrkdwn"})


class InvalidBlocksError(ValueError):
    """Raised for blocks Slack would refuse; says where and why, as `response_metadata.messages` does."""


def check_blocks(blocks: Any) -> None:
    """Check a message's blocks. Raises InvalidBlocksError."""
    if not isinstance(blocks, list):
        raise InvalidBlocksError("must be an array [json-pointer:/blocks]")
    if len(blocks) > MOST_BLOCKS:
        raise InvalidBlocksError(f"no more than {MOST_BLOCKS} items allowed [json-pointer:/blocks]")
    block_ids: list[str] = []
    for number, block in enumerate(blocks):
        where = f"/blocks/{number}"
        checks = BLOCKS.get(_kind(block, where))
        if checks is None:
            raise InvalidBlocksError(f"unsupported type: {block['type']} [json-pointer:{where}/type]")
        checks(block, where)
        if "block_id" in block:
            _text(block["block_id"], 255, f"{where}/block_id")
            block_ids.append(block["block_id"])
    if len(set(block_ids)) != len(block_ids):
        raise InvalidBlocksError("`block_id` must be unique [json-pointer:/blocks]")


def _header(block: dict[str, Any], where: str) -> None:
    _only(block, where, {"text"})
    _composition(block.get("text"), 150, f"{where}/text", PLAIN)


def _section(block: dict[str, Any], where: str) -> None:
    _only(block, where, {"text", "fields", "accessory", "expand"})
    if "text" not in block and not block.get("fields"):
        raise InvalidBlocksError(f"missing required field: text or fields [json-pointer:{where}]")
    if "text" in block:
        _composition(block["text"], 3000, f"{where}/text", ANY_TEXT)
    for number, field in enumerate(_items(block, "fields", 10, where) if "fields" in block else []):
        _composition(field, 2000, f"{where}/fields/{number}", ANY_TEXT)
    if "accessory" in block:
        _element(block["accessory"], f"{where}/accessory")


def _actions(block: dict[str, Any], where: str) -> None:
    _only(block, where, {"elements"})
    elements = _items(block, "elements", 25, where)
    for number, element in enumerate(elements):
        _element(element, f"{where}/elements/{number}")
    action_ids = [element["action_id"] for element in elements if "action_id" in element]
    if len(set(action_ids)) != len(action_ids):
        raise InvalidBlocksError(f"`action_id` must be unique in a block [json-pointer:{where}/elements]")


def _context(block: dict[str, Any], where: str) -> None:
    _only(block, where, {"elements"})
    for number, element in enumerate(_items(block, "elements", 10, where)):
        path = f"{where}/elements/{number}"
        if _kind(element, path) == "image":
            _image(element, path)
        else:
            _composition(element, 3000, path, ANY_TEXT)


def _divider(block: dict[str, Any], where: str) -> None:
    _only(block, where, set())


def _image(block: dict[str, Any], where: str) -> None:
    _only(block, where, {"image_url", "alt_text", "title"})
    _text(block.get("image_url"), 3000, f"{where}/image_url")
    _text(block.get("alt_text"), 2000, f"{where}/alt_text")


BLOCKS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "header": _header,
    "section": _section,
    "actions": _actions,
    "context": _context,
    "divider": _divider,
    "image": _image,
}


def _element(element: Any, where: str) -> None:
    kind = _kind(element, where)
    if kind == "button":
        _button(element, where)
    elif kind == "static_select":
        _select(element, where)
    else:
        raise InvalidBlocksError(f"unsupported type: {kind} [json-pointer:{where}/type]")


def _button(element: dict[str, Any], where: str) -> None:
    _only(element, where, {"text", "action_id", "url", "value", "style", "confirm", "accessibility_label"})
    _composition(element.get("text"), 75, f"{where}/text", PLAIN)
    for name, longest in (("action_id", 255), ("url", 3000), ("value", 2000), ("accessibility_label", 75)):
        if name in element:
            _text(element[name], longest, f"{where}/{name}")
    if "style" in element and element["style"] not in {"primary", "danger"}:
        raise InvalidBlocksError(f"must be primary or danger [json-pointer:{where}/style]")
    if "confirm" in element:
        _confirm(element["confirm"], f"{where}/confirm")


def _select(element: dict[str, Any], where: str) -> None:
    _only(element, where, {"placeholder", "action_id", "options", "initial_option", "confirm"})
    if "action_id" in element:
        _text(element["action_id"], 255, f"{where}/action_id")
    for number, option in enumerate(_items(element, "options", 100, where)):
        _composition(option.get("text"), 75, f"{where}/options/{number}/text", PLAIN)
        _text(option.get("value"), 150, f"{where}/options/{number}/value")


def _confirm(dialog: Any, where: str) -> None:
    if not isinstance(dialog, dict):
        raise InvalidBlocksError(f"must be an object [json-pointer:{where}]")
    for name, longest, kinds in (
        ("title", 100, PLAIN),
        ("text", 300, ANY_TEXT),
        ("confirm", 30, PLAIN),
        ("deny", 30, PLAIN),
    ):
        _composition(dialog.get(name), longest, f"{where}/{name}", kinds)


def _kind(thing: Any, where: str) -> str:
    if not isinstance(thing, dict) or not isinstance(thing.get("type"), str):
        raise InvalidBlocksError(f"missing required field: type [json-pointer:{where}]")
    kind: str = thing["type"]
    return kind


def _composition(thing: Any, longest: int, where: str, kinds: frozenset[str]) -> None:
    if thing is None:
        raise InvalidBlocksError(f"missing required field: {where.rsplit('/', 1)[1]} [json-pointer:{where}]")
    if _kind(thing, where) not in kinds:
        raise InvalidBlocksError(f"unsupported type: {thing['type']} [json-pointer:{where}/type]")
    _only(thing, where, {"text", "emoji", "verbatim"})
    _text(thing.get("text"), longest, f"{where}/text")


def _text(text: Any, longest: int, where: str) -> None:
    if not isinstance(text, str) or not text:
        raise InvalidBlocksError(f"must be a text of more than 0 characters [json-pointer:{where}]")
    if len(text) > longest:
        raise InvalidBlocksError(f"must be no more than {longest} characters [json-pointer:{where}]")


def _items(thing: dict[str, Any], name: str, most: int, where: str) -> list[Any]:
    items = thing.get(name)
    if not isinstance(items, list) or not items:
        raise InvalidBlocksError(f"missing required field: {name} [json-pointer:{where}]")
    if len(items) > most:
        raise InvalidBlocksError(f"no more than {most} items allowed [json-pointer:{where}/{name}]")
    return items


def _only(thing: dict[str, Any], where: str, known: set[str]) -> None:
    extra = sorted(set(thing) - known - {"type", "block_id"})
    if extra:
        raise InvalidBlocksError(f"invalid additional property: {extra[0]} [json-pointer:{where}]")
