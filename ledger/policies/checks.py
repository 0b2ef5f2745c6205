"""What makes a policy file correct, beyond being YAML: every finding at once, each with file, line, field and a hint.

Takes the plain values and their lines from files.py; must never read a file or stop at the first mistake. Source:
docs/policies.md; the shape is `ledger/policies/policy.schema.json`, the terms are those of `schemas/vocabulary/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol
from zoneinfo import available_timezones

from ledger.contract import vocabulary
from ledger.core.calendar import TermError, parse_duration
from ledger.errors import DataError

Path = tuple[Any, ...]
Marks = dict[Path, int]

_TERMS = {
    ("activities", "*", "purposes", "*"): "purposes",
    ("activities", "*", "categories", "*"): "categories",
    ("activities", "*", "legal_basis", "*"): "legal_bases",
    ("recipients", "*", "purposes", "*"): "purposes",
    ("recipients", "*", "categories", "*"): "categories",
    ("retention", "*", "purposes", "*"): "purposes",
    ("retention", "*", "categories", "*"): "categories",
    ("prohibitions", "*", "purposes", "*"): "purposes",
    ("prohibitions", "*", "categories", "*"): "categories",
    ("prohibitions", "*", "roles", "*"): "recipient_roles",
    ("marketing", "*", "purposes", "*"): "purposes",
    ("marketing", "*", "channels", "*"): "channels",
}
_DURATIONS = (("acts_within",), *(("retention", "*", field) for field in ("after", "then", "acts_within")))
_DATES = (("announced_on",), ("in_force_from",))


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


class PolicyFileError(DataError):
    """A policy file is wrong. `findings` has all of it, in the order of the file: correct the file."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = tuple(sorted(findings, key=lambda finding: finding.line))
        lines = "".join(f"\n  {finding}" for finding in self.findings)
        super().__init__(
            f"policy is wrong in {len(self.findings)} place{'s' if len(self.findings) != 1 else ''}:{lines}",
            hint="the language is explained in docs/policies.md",
        )


class ShapeError(Protocol):
    """What a JSON Schema validator says about one place (the names are jsonschema's)."""

    validator: str
    validator_value: Any
    instance: Any
    schema: Any
    message: str
    absolute_path: Iterable[Any]
    absolute_schema_path: Iterable[Any]


class _Report:
    """Collects findings; knows the line of a field, or of the nearest one around it."""

    def __init__(self, marks: Marks, file: str) -> None:
        self.marks, self.file = marks, file
        self.findings: list[Finding] = []

    def add(self, path: Path, message: str, hint: str = "") -> None:
        at = path
        while at not in self.marks:
            at = at[:-1]
        self.findings.append(Finding(self.file, self.marks[at], field_name(path), message, hint))


def field_name(path: Path) -> str:
    """Print a path as people write it: retention[2].after."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def known_terms() -> Mapping[str, frozenset[str]]:
    """Answer the terms of each code list by its name."""
    return {name: frozenset(vocabulary.terms(name)) for name in {*_TERMS.values(), "recipient_roles"}}


def findings_of(data: Any, marks: Marks, file: str, shape_errors: Iterable[ShapeError]) -> tuple[Finding, ...]:
    """Check a policy; the empty tuple means it is correct."""
    report = _Report(marks, file)
    for error in shape_errors:
        _report_shape(error, report)
    terms = known_terms()
    for pattern, code_list in _TERMS.items():
        _check_terms(data, pattern, terms[code_list], code_list, report)
    _check_terms_of_roles(data, terms["recipient_roles"], report)
    _check_texts(data, report)
    _check_references(data, report)
    _check_rules(data, report)
    return tuple(report.findings)


def _report_shape(error: ShapeError, report: _Report) -> None:
    """Say in our words what jsonschema found."""
    path: Path = tuple(error.absolute_path)
    hint = str(error.schema.get("description", "")) if isinstance(error.schema, Mapping) else ""
    match error.validator:
        case "additionalProperties":
            known = sorted(error.schema["properties"])
            for key in sorted(set(error.instance) - set(known)):
                report.add((*path, key), "unknown field", _did_you_mean(key, known))
        case "required":
            missing = error.message.split("'")[1]
            described = error.schema["properties"][missing].get("description", "")
            report.add((*path, missing), "missing field", described)
        case "type":
            wanted = {"object": "a map", "array": "a list", "string": "text", "boolean": "true or false"}
            report.add(path, f"expected {wanted[error.validator_value]}, got {_kind(error.instance)}", hint)
        case "enum":
            choices = [str(choice) for choice in error.validator_value]
            report.add(path, f"expected one of {', '.join(choices)}, got another", _did_you_mean(error.instance, choices))
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


def _did_you_mean(got: Any, known: list[str]) -> str:
    near = get_close_matches(str(got), known, n=1)
    return f"did you mean {near[0]}" if near else f"known: {', '.join(known)}" if len(known) <= 20 else ""


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


def _check_terms(data: Any, pattern: Path, terms: frozenset[str], code_list: str, report: _Report) -> None:
    for path, value in each(data, pattern):
        if isinstance(value, str) and value not in terms:
            near = _did_you_mean(value, sorted(terms))
            report.add(path, f"not a term of the code list {code_list}", near or f"see schemas/vocabulary/{code_list}.json")


def _check_terms_of_roles(data: Any, roles: frozenset[str], report: _Report) -> None:
    for path, _ in each(data, ("recipients", "*")):
        if path[-1] not in roles:
            report.add(path, "not a term of the code list recipient_roles", _did_you_mean(path[-1], sorted(roles)))


def _check_texts(data: Any, report: _Report) -> None:
    def check(pattern: Path, read: Callable[[str], object], message: str, hint: str) -> None:
        for path, value in each(data, pattern):
            if isinstance(value, str):
                try:
                    read(value)
                except (ValueError, TermError):
                    report.add(path, message, hint)

    for pattern in _DURATIONS:
        check(pattern, parse_duration, "not a duration", "ISO 8601 in whole units, such as P2Y, P6M, P14D or PT72H")
    for pattern in _DATES:
        check(pattern, date.fromisoformat, "not a day of the calendar", "write YYYY-MM-DD")
    for path, zone in each(data, ("time_zone",)):
        if isinstance(zone, str) and zone not in available_timezones():
            report.add(path, "not a time zone", _did_you_mean(zone, sorted(available_timezones())))


def _check_references(data: Any, report: _Report) -> None:
    """Rules name activities and roles that the same file declares: a misspelt one would never match."""
    for section, field, declared_in in (
        ("retention", "activities", "activities"),
        ("prohibitions", "activities", "activities"),
        ("retention", "roles", "recipients"),
    ):
        declared = sorted(path[-1] for path, _ in each(data, (declared_in, "*")))
        for path, name in each(data, (section, "*", field, "*")):
            if isinstance(name, str) and name not in declared:
                report.add(path, f"not declared under {declared_in}", _did_you_mean(name, declared))


def _check_rules(data: Any, report: _Report) -> None:
    """Find rules that can never count: wrong for their holder, or behind an earlier one that covers the same."""
    before: list[tuple[Path, dict[str, Any]]] = []
    for path, rule in each(data, ("retention", "*")):
        if not isinstance(rule, dict):
            continue
        if rule.get("holder") == "controller" and "roles" in rule:
            report.add((*path, "roles"), "only recipients have roles", "remove it, or set holder: recipient")
        if rule.get("holder") == "recipient" and "activities" in rule:
            report.add((*path, "activities"), "a share names no activity", "use roles or purposes for a recipient")
        for earlier_path, earlier in before:
            if _covers(earlier, rule):
                line = report.marks[earlier_path]
                report.add(path, f"never reached: the rule at line {line} covers all it covers", "put it before that one")
                break
        before.append((path, rule))
    for path, rule in each(data, ("prohibitions", "*")):
        if not isinstance(rule, dict):
            continue
        if not any(field in rule for field in ("purposes", "categories", "activities", "roles")):
            report.add(path, "forbids everything", "name purposes, categories, activities or roles")
        if rule.get("act") in ("share", "use") and "activities" in rule:
            report.add((*path, "activities"), "a share or use names no activity", "use purposes or categories")


def _covers(earlier: dict[str, Any], later: dict[str, Any]) -> bool:
    if earlier.get("holder") != later.get("holder"):
        return False
    for field in ("activities", "roles", "purposes", "categories"):
        wide, narrow = earlier.get(field), later.get(field)
        if wide is None:
            continue
        if not isinstance(wide, list) or not isinstance(narrow, list) or not set(map(str, narrow)) <= set(map(str, wide)):
            return False
    return True
