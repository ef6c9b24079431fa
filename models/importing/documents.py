"""`practice.yaml` with the line each field stands on.

Scalars are kept as they were written: YAML would read 02139 as an octal number and +1212… as a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from models.importing.findings import Finding, Findings
from models.importing.row_reader import RowReader, Value

_OWN_TAGS: Final = "tag:yaml.org,2002:"
#: What plain YAML is made of.
_TAGS: Final = frozenset({"null", "bool", "int", "float", "timestamp", "str", "seq", "map", "merge"})


class _AsWritten(yaml.constructor.SafeConstructor):
    """Scalars that say on paper what YAML 1.1 says they are; the others as text."""

    def construct_as_written(self, node: yaml.ScalarNode) -> int | float | str:
        value = str(node.value)
        if node.tag == "tag:yaml.org,2002:int" and re.fullmatch(r"[-+]?(0|[1-9]\d*)", value, re.ASCII):
            return int(value)
        if node.tag == "tag:yaml.org,2002:float" and re.fullmatch(r"[-+]?\d+\.\d*", value, re.ASCII):
            return float(value)
        return value


_AsWritten.yaml_constructors = {
    **_AsWritten.yaml_constructors,
    **{f"tag:yaml.org,2002:{tag}": _AsWritten.construct_as_written for tag in ("int", "float", "timestamp")},
}


@dataclass
class Group:
    """A mapping of the file; `said` reads its plain fields, `groups` and `lists` hold what is nested in it."""

    file: str
    path: str
    node: yaml.MappingNode
    findings: Findings

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def record(self, *fields: str, nested: tuple[str, ...] = ()) -> RowReader:
        """The plain fields; anything else than these and `nested` is an error."""
        values: dict[str, Value | None] = {}
        lines: dict[str, int] = {}
        for key, value in self.node.value:
            name = str(key.value)
            lines[name] = key.start_mark.line + 1
            if name in values:
                self._wrong(key, f"{self.path}{name}", "stands twice")
            values[name] = self._value(name, value, nested)
        record = RowReader(
            file=self.file, line=self.line, values=values, lines=lines, findings=self.findings, prefix=self.path
        )
        record.only((*fields, *nested))
        return record

    def group(self, name: str) -> Group | None:
        """A nested mapping; None where there is none."""
        node = self._node(name)
        if node is None or _is_null(node):
            return None
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"{self.path}{name}", "must be a group of fields")
            return None
        return Group(self.file, f"{self.path}{name}.", node, self.findings)

    def groups(self, name: str) -> list[Group]:
        """A nested list of mappings; empty where there is none."""
        node = self._node(name)
        if node is None or _is_null(node):
            return []
        if not isinstance(node, yaml.SequenceNode) or not all(isinstance(one, yaml.MappingNode) for one in node.value):
            self._wrong(node, f"{self.path}{name}", "must be a list of groups, each beginning with a dash")
            return []
        return [
            Group(self.file, f"{self.path}{name}[{at}].", one, self.findings)
            for at, one in enumerate(node.value, start=1)
        ]

    def groups_by(self, name: str) -> list[tuple[str | None, Group]]:
        """A list of mappings, each with None; or a mapping of keys to one or a list of them, each with its key."""
        if not isinstance(self._node(name), yaml.MappingNode):
            return [(None, one) for one in self.groups(name)]
        by_key = self.group(name)
        assert by_key is not None  # it is a mapping
        found: list[tuple[str | None, Group]] = []
        for key, value in by_key.node.value:
            if isinstance(value, yaml.MappingNode):
                found.append((str(key.value), Group(self.file, f"{by_key.path}{key.value}.", value, self.findings)))
            else:
                found += [(str(key.value), one) for one in by_key.groups(str(key.value))]
        return found

    def has(self, name: str) -> bool:
        return self._node(name) is not None

    def plain(self, name: str) -> Any:
        """A part as YAML itself reads it, numbers as numbers. What YAML 1.1 makes of 20:00 (1200, base 60), 010 (8),
        1_000 or a date stays as it was written, for the field's own reader."""
        node = self._node(name)
        return None if node is None else _AsWritten().construct_document(node)

    def line_of(self, path: str) -> int:
        """The line of a dotted path below here, or of the nearest part of it."""
        node: yaml.Node = self.node
        line = self.line
        for step in path.replace("[", ".").replace("]", "").split("."):
            if not isinstance(node, yaml.MappingNode):
                break
            for key, value in node.value:
                if key.value == step:
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                break
        return line

    def wrong(self, path: str, words: str) -> None:
        """Note an error at a dotted path below here."""
        self.findings.errors.append(Finding(self.file, self.line_of(path), f"{self.path}{path}", words))

    def notice(self, path: str, words: str) -> None:
        """Note at a dotted path below here what nobody has to mend."""
        self.findings.notices.append(Finding(self.file, self.line_of(path), f"{self.path}{path}", words))

    def _node(self, name: str) -> yaml.Node | None:
        return next((value for key, value in self.node.value if key.value == name), None)

    def _value(self, name: str, node: yaml.Node, nested: tuple[str, ...]) -> Value | None:
        if name in nested or _is_null(node):
            return None
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        if isinstance(node, yaml.SequenceNode) and all(isinstance(one, yaml.ScalarNode) for one in node.value):
            return [str(one.value) for one in node.value]
        self._wrong(node, f"{self.path}{name}", "must be one value or a plain list")
        return None

    def _wrong(self, node: yaml.Node, field: str, words: str) -> None:
        self.findings.errors.append(Finding(self.file, node.start_mark.line + 1, field, words))


def read_document(path: Path, findings: Findings) -> Group | None:
    """The file's outermost group. What is no YAML is an error and None."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        findings.errors.append(Finding(path.name, 0, "", "is not UTF-8"))
        return None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        words = f"holds a character no text has (U+{error.character:04X}); take it out"
        findings.errors.append(Finding(path.name, line, "", words))
        return None
    except RecursionError:
        findings.errors.append(Finding(path.name, 0, "", "is nested too deeply to be a practice"))
        return None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        findings.errors.append(Finding(path.name, line, "", f"is no YAML: {error.problem}"))
        return None
    if not isinstance(node, yaml.MappingNode):
        findings.errors.append(Finding(path.name, 1, "", 'must begin with "practice:"'))
        return None
    if faults := list(_faults(node, above=frozenset(), seen=set())):
        findings.errors += [Finding(path.name, line, "", words) for line, words in faults]
        return None
    return Group(path.name, "", node, findings)


def _faults(node: yaml.Node, *, above: frozenset[int], seen: set[int]) -> Iterator[tuple[int, str]]:
    """What YAML may say and no practice is made of, with its line: programs' tags, characters that no table keeps,
    what holds itself."""
    if id(node) in above:
        yield node.start_mark.line + 1, "holds itself; write it out"
    if id(node) in seen:
        return
    seen.add(id(node))
    if not node.tag.startswith(_OWN_TAGS) or node.tag.removeprefix(_OWN_TAGS) not in _TAGS:
        yield node.start_mark.line + 1, f'has a tag, "{_printable(node.tag)}"; take it out'
    if isinstance(node, yaml.ScalarNode):
        yield from (
            (node.start_mark.line + 1, f"holds a character no text has (U+{ord(one):04X}); take it out")
            for one in node.value
            if one == "\0" or "\ud800" <= one <= "\udfff"
        )
        return
    below = above | {id(node)}
    for child in node.value:
        for one in child if isinstance(child, tuple) else (child,):
            yield from _faults(one, above=below, seen=seen)


def _printable(tag: str) -> str:
    return tag.replace(_OWN_TAGS, "!!")[:80].encode("utf-8", "replace").decode()


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")
