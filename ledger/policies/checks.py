"""What makes a policy file correct, beyond being YAML: every finding at once, each with file, line, field and a hint.

Takes the plain values and their lines from ledger/marked_yaml.py; must never read a file or stop at the first mistake. Source:
docs/policies.md; the shape is `ledger/policies/policy.schema.json`, the terms are those of `schemas/vocabulary/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from ledger.contract import vocabulary
from ledger.core.calendar import TermError, parse_duration
from ledger.marked_yaml import Finding, FindingsError, Marks, Path, Report, ShapeError, did_you_mean, each, report_shape

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


class PolicyFileError(FindingsError):
    """A policy file is wrong. `findings` has all of it, in the order of the file: correct the file."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("policy", findings, hint="the language is explained in docs/policies.md")


def known_terms() -> Mapping[str, frozenset[str]]:
    """Answer the terms of each code list by its name."""
    return {name: frozenset(vocabulary.terms(name)) for name in {*_TERMS.values(), "recipient_roles"}}


def findings_of(data: Any, marks: Marks, file: str, shape_errors: Iterable[ShapeError]) -> tuple[Finding, ...]:
    """Check a policy; the empty tuple means it is correct."""
    report = Report(marks, file)
    for error in shape_errors:
        report_shape(error, report)
    terms = known_terms()
    for pattern, code_list in _TERMS.items():
        _check_terms(data, pattern, terms[code_list], code_list, report)
    _check_terms_of_roles(data, terms["recipient_roles"], report)
    _check_texts(data, report)
    _check_references(data, report)
    _check_rules(data, report)
    return tuple(report.findings)


def _check_terms(data: Any, pattern: Path, terms: frozenset[str], code_list: str, report: Report) -> None:
    for path, value in each(data, pattern):
        if isinstance(value, str) and value not in terms:
            near = did_you_mean(value, sorted(terms))
            report.add(path, f"not a term of the code list {code_list}", _hint(near, code_list))


def _check_terms_of_roles(data: Any, roles: frozenset[str], report: Report) -> None:
    for path, _ in each(data, ("recipients", "*")):
        if path[-1] not in roles:
            near = did_you_mean(path[-1], sorted(roles))
            report.add(path, "not a term of the code list recipient_roles", _hint(near, "recipient_roles"))


def _hint(near: str, code_list: str) -> str:
    return f"{near}{'; ' if near else ''}all: `ledger schema terms {code_list}`"


def _check_texts(data: Any, report: Report) -> None:
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
            report.add(path, "not a time zone", did_you_mean(zone, sorted(available_timezones())))


def _check_references(data: Any, report: Report) -> None:
    """Rules name activities and roles that the same file declares: a misspelt one would never match."""
    for section, field, declared_in in (
        ("retention", "activities", "activities"),
        ("prohibitions", "activities", "activities"),
        ("retention", "roles", "recipients"),
    ):
        declared = sorted(path[-1] for path, _ in each(data, (declared_in, "*")))
        for path, name in each(data, (section, "*", field, "*")):
            if isinstance(name, str) and name not in declared:
                report.add(path, f"not declared under {declared_in}", did_you_mean(name, declared))


def _check_rules(data: Any, report: Report) -> None:
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
