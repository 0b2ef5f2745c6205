"""A policy as pages show it: what it does in words, how each promise is watched, what it says otherwise than another, where it leaves a gap. Pure.

Words and differences are those of `ledger policy explain` and `ledger policy diff`. Source: docs/policies.md.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Final
from zoneinfo import ZoneInfo

from ledger.contract.term_names import Language
from ledger.core.calendar import parse_duration
from ledger.core.policy import Policy
from ledger.explaining.explaining import explain
from ledger.explaining.json_form import explanation_json
from ledger.explaining.shapes import Asked
from ledger.explaining.words import words
from ledger.policies.checks import PolicyFileError
from ledger.policies.comparing import ORDER, Change, FieldChange, Value, compare
from ledger.policies.coverage import coverage, remarks_on, rows_of
from ledger.web.pages.labels import label

Json = dict[str, Any]
LINES_MAX: Final = 5_000
"""Of a text whose lines are compared: what is longer takes too long."""
LINE_SHOWN_MAX: Final = 160
_AROUND: Final = 3
_YES_NO: Final = frozenset({"customer"})
_TERMS: Final = frozenset({"after", "then", "acts_within"})


def explained(policy: Policy, language: Language) -> Json:
    """What it does, in plain words."""
    zone = ZoneInfo(policy.time_zone)
    return explanation_json(explain(policy, Asked(), language, zone), zone)


def promises(policy: Policy, language: Language) -> list[Json]:
    """Each promise: its text, how it stands, the rules under it."""
    texts = _texts(language)
    return [
        {"id": row.id, "text": texts.get(row.id, ""), "said": row.today, "status": row.status, "rules": [rule._asdict() for rule in row.rules]}
        for row in rows_of(policy)
    ]


def changes(old: Policy | None, new: Policy, language: Language) -> list[Json]:
    """What new says otherwise than old, part by part, with the text of the promise it is about; nothing where there is no old."""
    texts = _texts(language)
    return [
        {"how": each.how, "part": each.part, "name": _name(each, language), "text": texts.get(each.name, ""), "fields": _fields(each, language)}
        for each in (compare(old, new) if old else ())
    ]


def _name(change: Change, language: Language) -> str:
    """Names are the file's own, but for what the comparison itself calls the order of the rules."""
    return label("diff", change.name, language) if change.name == ORDER else change.name


def _fields(change: Change, language: Language) -> list[Json]:
    return [{"field": _named(field.field, language), **_both(field, language)} for field in change.fields]


def _named(field: str, language: Language) -> str:
    """A field of the file as people call it: `contacts.officer` by both its names, an entry of the law by its section and its own id."""
    section, dot, name = field.partition(".")
    if not dot:
        return label("diff", field, language)
    return f"{label('diff', section, language)}: {label('diff', name, language) if section == 'contacts' else name}"


def _both(field: FieldChange, language: Language) -> Json:
    """Before and after; of two lists what is gone and what is new."""
    old, new = field.old, field.new
    if isinstance(old, tuple) and isinstance(new, tuple) and set(old) != set(new):
        old, new = tuple(each for each in old if each not in new), tuple(each for each in new if each not in old)
    return {"old": _said(field.field, old, language), "new": _said(field.field, new, language)}


def _said(field: str, value: Value, language: Language) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, str):
        if field in _YES_NO:
            return label("diff", value, language)
        return words(language).duration(parse_duration(value)) if field in _TERMS else value
    return ", ".join(value)


def gaps(old: Policy | None, new: Policy, language: Language) -> list[Json]:
    """Activities and purposes for which no rule says until when. change: NEW, STAYS, CLOSED (there is a rule now)."""
    before, after = (set(_without_term(policy)) if policy else set() for policy in (old, new))
    found = []
    for change, pairs in (("NEW", after - before), ("STAYS", after & before), ("CLOSED", before - after)):
        for name in sorted({activity for activity, _ in pairs}):
            activity = new.activities.get(name) or (old.activities[name] if old else None)
            if activity is not None:
                title = activity.title_nl if language == "nl" and activity.title_nl else activity.title
                found.append({"change": change, "activity": title, "purposes": sorted(purpose for of, purpose in pairs if of == name)})
    return found


def _without_term(policy: Policy) -> Iterable[tuple[str, str]]:
    return ((name, purpose) for name, purposes in policy.without_term().items() for purpose in purposes)


def remarks(policy: Policy) -> list[str]:
    """What a correct policy still leaves out about its promises, in English."""
    return remarks_on(policy)


def mistakes(error: PolicyFileError, text: str) -> list[Json]:
    """Each mistake with the line it stands in. text: of the file."""
    lines = text.splitlines()
    return [
        {"line": each.line, "field": each.field, "message": each.message, "hint": each.hint, "text": _line(lines, each.line, each.field)}
        for each in error.findings
    ]


def _line(lines: list[str], number: int, field: str) -> str:
    """The line as it stands; nothing where it is just the nearest to a field that is missing."""
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    if field and not field.endswith("]") and f"{field.rpartition('.')[2]}:" not in line.replace('"', "").replace("'", ""):
        return ""
    return line if len(line) <= LINE_SHOWN_MAX else f"{line[:LINE_SHOWN_MAX]}…"


def line_changes(old: str, new: str) -> list[Json] | None:
    """The lines of two texts that differ, each with what stands around it. kind: same, gone, new, or place (line: where that part begins in new).
    None: one of them is too long.
    """
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > LINES_MAX:
        return None
    found: list[Json] = []
    matcher = difflib.SequenceMatcher(None, before, after)
    for group in matcher.get_grouped_opcodes(_AROUND):
        found.append({"kind": "place", "text": str(group[0][3] + 1)})
        for tag, first, end, first_new, end_new in group:
            if tag == "equal":
                found += [{"kind": "same", "text": line} for line in before[first:end]]
                continue
            found += [{"kind": "gone", "text": line} for line in before[first:end]]
            found += [{"kind": "new", "text": line} for line in after[first_new:end_new]]
    return found


def _texts(language: Language) -> dict[str, str]:
    return {row.id: row.said_in(language) for row in coverage()}
