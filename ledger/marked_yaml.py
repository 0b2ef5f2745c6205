"""YAML files that people write: plain values out, with the line of each field, and all mistakes at once in our words.

The one door to PyYAML and jsonschema, for policies and for the law library. Must never know what a field means: that is
checked by the callers (ledger/policies/checks.py, ledger/law/library.py), who report through `Report`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol

import jsonschema  # type: ignore[import-untyped]
import yaml  # type: ignore[import-untyped]

from ledger.errors import DataError

Path = tuple[Any, ...]
Marks = dict[Path, int]


class Finding(NamedTuple):
    """One mistake in a policy file. line counts from 1; field is empty when it concerns the whole file."""

    file: str
    line: int
    field: str
    message: str
    hint: str

    def __str__(self) -> str:
        """Print in the form editors can jump to."""
        where = f"{self.file}:{self.line}: {self.field}: " if self.field else f"{self.file}:{self.line}: "
        return f"{where}{self.message}{f' ({self.hint})' if self.hint else ''}"


class FindingsError(DataError):
    """A file is wrong. `findings` has all of it, in the order of the file: correct the file."""

    def __init__(self, what: str, findings: tuple[Finding, ...], *, hint: str) -> None:
        self.findings = tuple(sorted(findings, key=lambda finding: finding.line))
        lines = "".join(f"\n  {finding}" for finding in self.findings)
        super().__init__(f"{what} is wrong in {len(self.findings)} place{'s' if len(self.findings) != 1 else ''}:{lines}", hint=hint)


class ShapeError(Protocol):
    """What a JSON Schema validator says about one place (the names are jsonschema's)."""

    validator: str
    validator_value: Any
    instance: Any
    schema: Any
    message: str
    absolute_path: Iterable[Any]
    absolute_schema_path: Iterable[Any]


class Report:
    """Collects findings in `findings`; knows the line of a field, or of the nearest one around it."""

    def __init__(self, marks: Marks, file: str) -> None:
        self.marks, self.file = marks, file
        self.findings: list[Finding] = []

    def add(self, path: Path, message: str, hint: str = "") -> None:
        """Note a mistake at a path."""
        at = path
        while at not in self.marks:
            at = at[:-1]
        self.findings.append(Finding(self.file, self.marks[at], field_name(path), message, hint))


def field_name(path: Path) -> str:
    """Print a path as people write it: retention[2].after."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Composes nodes without aliases: a policy is read by people, from top to bottom."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "aliases are not part of the language", event.start_mark)
        return super().compose_node(parent, index)


def read_marked(text: bytes, file: str, *, bytes_max: int) -> tuple[Any, Marks, tuple[Finding, ...]]:
    """Read the bytes of a file: plain values, the line of every field, and the mistakes in its form; no values where it cannot be read.

    The language has only texts, booleans, lists and maps; dates and numbers stay as written. file: how findings call it.
    """
    decoded, findings = _decode(text, file, bytes_max)
    return _parse(decoded, file) if not findings else (None, {(): 1}, findings)


def shape_errors(data: Any, schema: Mapping[str, Any]) -> Iterator[ShapeError]:
    """Find where values differ from a JSON Schema (draft 2020-12)."""
    errors: Iterator[ShapeError] = jsonschema.Draft202012Validator(schema).iter_errors(data)
    return errors


def _decode(text: bytes, file: str, bytes_max: int) -> tuple[str, tuple[Finding, ...]]:
    if len(text) > bytes_max:
        return "", (Finding(file, 1, "", f"expected at most {bytes_max} bytes, got {len(text)}", ""),)
    try:
        return text.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        return "", (Finding(file, line, "", "expected UTF-8, got other bytes", "save it as UTF-8"),)


def _parse(text: str, file: str) -> tuple[Any, Marks, tuple[Finding, ...]]:
    """Read YAML into plain values, with the line of every field; the language has only texts, booleans, lists, maps."""
    marks: Marks = {(): 1}
    findings: list[Finding] = []
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        line, problem = _place_of(error, text)
        return None, marks, (Finding(file, line, "", f"expected YAML, got: {problem}", "check indent and quotes"),)
    except RecursionError:
        return None, marks, (Finding(file, 1, "", "expected a few levels, got very many", "keep it flat"),)
    value = _value([node], (), marks, findings, file)
    return value, marks, tuple(findings)


def _place_of(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """The line that is wrong and what is wrong there: what was opened and never closed is noticed far below, often at the end of the file."""
    mark, start = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    problem: str = getattr(error, "problem", None) or "a character that is not allowed"
    if mark is None:  # a character that YAML forbids comes with a position instead
        return text.count("\n", 0, getattr(error, "position", 0)) + 1, problem
    opened = start if getattr(error, "context", None) == "while scanning a quoted scalar" else _quote_before(mark.index, text)
    if opened is not None:
        return opened.line + 1, "a quote that is not closed"
    return (start if start is not None and "<stream end>" in problem else mark).line + 1, problem


def _quote_before(index: int, text: str) -> yaml.Mark | None:
    """Where a text of several lines began whose quote ends right here: its own is missing, and the next one in the file closed it."""
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            quoted = isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')
            if quoted and token.end_mark.index == index and token.start_mark.line < token.end_mark.line:
                return token.start_mark
    except yaml.YAMLError:
        pass  # the same mistake that is looked into
    return None


def _value(nodes: list[yaml.Node | None], path: Path, marks: Marks, findings: list[Finding], file: str) -> Any:
    """The value of a field; of a doubled one the last counts, but maps and lists of maps are read as one, that neither hides the other."""
    node = nodes[-1]
    if isinstance(node, yaml.MappingNode):
        fields: dict[str, list[yaml.Node | None]] = {}
        for each_node in nodes:
            _note_fields(each_node, path, fields, marks, findings, file)
        return {key: _value(values, (*path, key), marks, findings, file) for key, values in fields.items()}
    if isinstance(node, yaml.SequenceNode):
        has_maps = all(isinstance(item, yaml.MappingNode) for item in node.value)
        lists = [each_node for each_node in nodes if isinstance(each_node, yaml.SequenceNode)] if has_maps else [node]
        items = []
        for index, item in enumerate(item for each_node in lists for item in each_node.value):
            marks[*path, index] = item.start_mark.line + 1
            items.append(_value([item], (*path, index), marks, findings, file))
        return items
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"):
        return None
    # Not yes, no, on and off: NO is a country. Dates and numbers stay as written.
    if node.style is None and node.value in ("true", "false"):
        return node.value == "true"
    return node.value


def _note_fields(
    node: yaml.Node | None, path: Path, fields: dict[str, list[yaml.Node | None]], marks: Marks, findings: list[Finding], file: str
) -> None:
    """Add the fields of one map to those at its path."""
    seen = set()
    for key_node, value_node in node.value if isinstance(node, yaml.MappingNode) else ():
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
        marks[*path, key] = line = key_node.start_mark.line + 1
        if key in seen:
            findings.append(Finding(file, line, field_name((*path, key)), "expected each field once, got it again", "remove one"))
        seen.add(key)
        fields.setdefault(key, []).append(value_node)


def report_shape(error: ShapeError, report: Report) -> None:
    """Say in our words what jsonschema found."""
    path: Path = tuple(error.absolute_path)
    hint = str(error.schema.get("description", "")) if isinstance(error.schema, Mapping) else ""
    match error.validator:
        case "additionalProperties":
            known = sorted(error.schema["properties"])
            for key in sorted(set(error.instance) - set(known)):
                report.add((*path, key), "unknown field", did_you_mean(key, known))
        case "required":
            missing = error.message.split("'")[1]
            described = error.schema["properties"][missing].get("description", "")
            report.add((*path, missing), "missing field", described)
        case "type":
            wanted = {"object": "a map", "array": "a list", "string": "text", "boolean": "true or false", "integer": "a whole number"}
            first = error.validator_value if isinstance(error.validator_value, str) else error.validator_value[0]  # a number comes here as its text
            report.add(path, f"expected {wanted[first]}, got {_kind(error.instance)}", hint)
        case "enum":
            choices = [str(choice) for choice in error.validator_value]
            report.add(path, f"expected one of {', '.join(choices)}, got another", did_you_mean(error.instance, choices))
        case "uniqueItems":
            report.add(path, "expected each item once, got one again", hint)
        case "minItems" | "minProperties" | "minLength":
            report.add(path, "expected at least one item, got none", hint or "leave the field out")
        case _:  # pattern and maxLength; of propertyNames the instance is the key
            key = error.instance if "propertyNames" in error.absolute_schema_path else None
            report.add(path if key is None else (*path, key), "not in the expected form", hint)


def _kind(value: Any) -> str:
    kinds = {dict: "a map", list: "a list", str: "text", bool: "true or false"}
    return kinds.get(type(value), "nothing")


def did_you_mean(got: Any, known: list[str]) -> str:
    """Answer a hint: the known name that looks like it, all of them when they are few, or nothing."""
    near = get_close_matches(str(got), known, n=1)
    return f"did you mean {near[0]}" if near else f"known: {', '.join(known)}" if 0 < len(known) <= 20 else ""


def each(data: Any, pattern: Path, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Find the values at a path; `*` stands for every key or index. What has another shape is passed over."""
    if not pattern:
        yield path, data
        return
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
        for key, value in items:
            yield from each(value, rest, (*path, key))
    elif isinstance(data, dict) and head in data:
        yield from each(data[head], rest, (*path, head))
