"""The law library on disk: YAML versions with a date, compiled to the plain data that a policy carries.

Must never judge (core/law.py answers) or change a published version: amending is a new file, and a test holds the
SHA-256 of each. Source: docs/law.md, `law.schema.json`, decision 12; all that is wrong with a file is reported at once.
"""

from __future__ import annotations

import json
import re
from datetime import date
from importlib import resources
from typing import Any

from ledger.contract import vocabulary
from ledger.core.calendar import TermError, parse_duration
from ledger.core.law import LAW_FORMAT, law_from
from ledger.errors import CallerError
from ledger.marked_yaml import Finding, FindingsError, Marks, Path, Report, did_you_mean, each, read_marked, report_shape, shape_errors

LIBRARY = "nl-eu"
# Every PolicyPublished carries a library beside its statement, and must stay below 1 MiB.
FILE_BYTES_MAX = 128 * 1024

_SECTIONS = ("statutes", "inside", "adequacy", "safeguards", "clocks")
_DAYS = (("version",), *((section, "*", field) for section in _SECTIONS for field in ("from", "until")))
_FORM_OF_A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DURATIONS = (("statutes", "*", "term"), ("clocks", "*", "within"), ("clocks", "*", "extendable_by"))


class LawFileError(FindingsError):
    """A file of the law library is wrong. `findings` has all of it, in the order of the file: correct the file."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("law library", findings, hint="what an entry says is explained in docs/law.md")


def law_versions() -> tuple[str, ...]:
    """Answer the versions of the library that come with the package (YYYY-MM-DD), oldest first."""
    names = (re.fullmatch(rf"{LIBRARY}-(\d{{4}}-\d{{2}}-\d{{2}})\.yaml", entry.name) for entry in resources.files("ledger.law").iterdir())
    return tuple(sorted(name[1] for name in names if name))


def load_law(version: str | None = None) -> dict[str, Any]:
    """Read, check and compile a version of the library, the newest unless one is named: plain data for `law_from`.

    Raises:
        CallerError: there is no such version.
        LawFileError: the file is wrong; carries every finding with line and field.
    """
    versions = law_versions()
    wanted = versions[-1] if version is None else version
    if wanted not in versions:
        raise CallerError("cannot load law: expected a version of the library, got another", hint=f"one of {', '.join(versions)}")
    name = f"{LIBRARY}-{wanted}.yaml"
    return compile_law((resources.files("ledger.law") / name).read_bytes(), file=name)


def compile_law(text: bytes, *, file: str) -> dict[str, Any]:
    """Check the bytes of a file of the library and compile them. file: its name, which holds the version.

    Equal law gives equal data, in the same order: keys and countries are sorted.

    Raises:
        LawFileError: the text is wrong; carries every finding with line and field.
    """
    data, marks, findings = read_marked(text, file, bytes_max=FILE_BYTES_MAX)
    if not findings:
        findings = _findings_of(data, marks, file)
    if findings:
        raise LawFileError(findings)
    compiled: dict[str, Any] = _ordered({"format": LAW_FORMAT, **data})
    law_from(compiled)  # what passed the checks is read by the core
    return compiled


def law_schema() -> dict[str, Any]:
    """Answer the JSON Schema of a file of the library, as editors use it."""
    schema: dict[str, Any] = json.loads((resources.files("ledger.law") / "law.schema.json").read_bytes())
    return schema


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return sorted(value) if isinstance(value, list) else value


def _findings_of(data: Any, marks: Marks, file: str) -> tuple[Finding, ...]:
    report = Report(marks, file)
    for error in shape_errors(data, law_schema()):
        report_shape(error, report)
    _check_name(data, file, report)
    _check_days(data, report)
    _check_durations(data, report)
    _check_successions(data, report)
    _check_safeguards(data, report)
    _check_clocks(data, report)
    for section in ("inside", "adequacy"):
        _check_overlaps(data, section, report)
    return tuple(report.findings)


def _check_name(data: Any, file: str, report: Report) -> None:
    """A version is found by the name of its file."""
    for path, version in each(data, ("version",)):
        for _, law in each(data, ("law",)):
            if isinstance(version, str) and _day(version) and f"{law}-{version}.yaml" != file:
                report.add(path, "not the version in the name of the file", "the name is law and version, such as nl-eu-2026-11-21.yaml")


def _check_days(data: Any, report: Report) -> None:
    for pattern in _DAYS:
        for path, day in each(data, pattern):
            if isinstance(day, str) and _FORM_OF_A_DAY.fullmatch(day) and _day(day) is None:  # another form: the schema says so
                report.add(path, "not a day of the calendar", "write YYYY-MM-DD")
    for section in _SECTIONS:
        for path, entry in each(data, (section, "*")):
            first, until = _window(entry)
            if first >= until:
                report.add((*path, "until"), "not after from", "until is the first day on which it no longer holds")


def _check_durations(data: Any, report: Report) -> None:
    for pattern in _DURATIONS:
        for path, text in each(data, pattern):
            if isinstance(text, str):
                try:
                    parse_duration(text)
                except TermError:
                    report.add(path, "not a duration", "ISO 8601 in whole units, such as P7Y, P1M or PT72H")


def _check_successions(data: Any, report: Report) -> None:
    """What took the place of another begins where that one ends or later: of two nobody could tell which one counted."""
    for section in ("statutes", "clocks"):
        entries = {path[-1]: entry for path, entry in each(data, (section, "*")) if isinstance(entry, dict)}
        for name, entry in entries.items():
            before = entry.get("follows")
            if not isinstance(before, str):
                continue
            path = (section, name, "follows")
            if before not in entries:
                report.add(path, f"not an entry under {section}", did_you_mean(before, sorted(entries)))
            elif _window(entries[before])[1] > _window(entry)[0] or before == name:
                report.add(path, "not over when this one begins", "give that one its until, and this one its from")


def _check_safeguards(data: Any, report: Report) -> None:
    terms = sorted(vocabulary.terms("safeguards"))
    for path, entry in each(data, ("safeguards", "*")):
        if path[-1] not in terms:
            report.add(path, "not a term of the code list safeguards", did_you_mean(path[-1], terms) or "see schemas/vocabulary/safeguards.json")
        if isinstance(entry, dict) and entry.get("kind") == "framework" and "countries" not in entry:
            report.add((*path, "countries"), "missing field", "a framework covers only the countries it names")


def _check_clocks(data: Any, report: Report) -> None:
    for path, entry in each(data, ("clocks", "*")):
        if not isinstance(entry, dict):
            continue
        has_number = "within" in entry
        if entry.get("counted") == "without_undue_delay" and (has_number or "extendable_by" in entry):
            report.add((*path, "counted"), "without a number, yet a period is given", "regulation_1182_71 or real_time")
        elif entry.get("counted") in ("regulation_1182_71", "real_time") and not has_number:
            report.add((*path, "within"), "missing field", "the period, such as P1M or PT72H")


def _check_overlaps(data: Any, section: str, report: Report) -> None:
    """A country is said once for each day: of two entries nobody could tell which one counted."""
    said: dict[str, list[tuple[date, date]]] = {}
    for path, entry in each(data, (section, "*")):
        first, until = _window(entry)
        for country, where in _countries(entry, path).items():
            if any(first < end and start < until for start, end in said.get(country, ())):
                report.add(where, "said again for the same days", "each country once for each day")
            said.setdefault(country, []).append((first, until))


def _countries(entry: Any, path: Path) -> dict[str, Path]:
    return {country: (*path, *where) for where, country in each(entry, ("countries", "*")) if isinstance(country, str)}


def _window(entry: Any) -> tuple[date, date]:
    """Answer from and until; what is absent or unreadable is taken as open."""
    values = entry if isinstance(entry, dict) else {}
    return _day(values.get("from")) or date.min, _day(values.get("until")) or date.max


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
