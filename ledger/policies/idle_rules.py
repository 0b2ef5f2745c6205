"""Rules of a policy file that would never do anything: behind another, for data that the file does not declare, or for a term of no length.

All are mistakes, not remarks: who wrote such a rule believes that it is kept, and nothing else would ever say that it is not. Called by
checks.py; must never read a file. Source: docs/policies.md sections 1 and 2.
"""

from __future__ import annotations

from typing import Any

from ledger.contract import vocabulary
from ledger.core.calendar import Duration, TermError, parse_duration
from ledger.marked_yaml import Path, Report, did_you_mean, each

_NO_TIME = Duration()


def check_idle_rules(data: Any, report: Report) -> None:
    """Note every rule that would never count."""
    before: list[tuple[Path, dict[str, Any]]] = []
    for path, rule in each(data, ("retention", "*")):
        if isinstance(rule, dict):
            _check_hidden(path, rule, before, report)
            _check_declared(path, rule, data, report)
            _check_keeps(path, rule, report)
            before.append((path, rule))
    for path, within in each(data, ("conditions", "*", "at_most", "within")):
        if _is_no_time(within):
            report.add(path, "no time to count over: never reached", "how long it counts back, such as P1Y")


def _check_hidden(path: Path, rule: dict[str, Any], before: list[tuple[Path, dict[str, Any]]], report: Report) -> None:
    for earlier_path, earlier in before:
        if _covers(earlier, rule):
            line = report.marks[earlier_path]
            report.add(path, f"never reached: the rule at line {line} covers all it covers", "put it before that one")
            return


def _covers(earlier: dict[str, Any], later: dict[str, Any]) -> bool:
    if earlier.get("holder") != later.get("holder") or earlier.get("when") not in (None, later.get("when")):
        return False
    for field in ("activities", "roles", "purposes", "categories"):
        wide, narrow = earlier.get(field), later.get(field)
        if wide is None:
            continue
        if not isinstance(wide, list) or not isinstance(narrow, list) or not set(map(str, narrow)) <= set(map(str, wide)):
            return False
    return True


_TERMS = {"purposes": "purpose", "categories": "category"}


def _check_declared(path: Path, rule: dict[str, Any], data: Any, report: Report) -> None:
    """Find purposes and categories that nothing under the rule has: data of that kind breaks the statement before it could have a term."""
    bounds, of_what = _bounds(rule, data)
    if not bounds:
        return
    found, known = False, {field: frozenset(vocabulary.terms(field)) for field in _TERMS}
    for field, word in _TERMS.items():
        if not all(isinstance(each_bound.get(field), list) for each_bound in bounds):
            continue  # a role without the list may have any
        declared = {str(term) for each_bound in bounds for term in each_bound[field]}
        for at, term in each(rule, (field, "*")):
            if term not in declared:
                found = True
                if isinstance(term, str) and term in known[field]:  # of another it is said that it is no term
                    report.add((*path, *at), f"no {of_what} of this rule has this {word}", did_you_mean(term, sorted(declared)))
    if not found and not any(_meets(rule, each_bound) for each_bound in bounds):
        report.add(path, f"no {of_what} of this rule has such a purpose and such a category", "make it a rule for each")


def _bounds(rule: dict[str, Any], data: Any) -> tuple[list[dict[str, Any]], str]:
    """The activities or roles of a rule, as the file declares them; none where one is not declared, or where any recipient is meant."""
    section, field, of_what = ("recipients", "roles", "role") if rule.get("holder") == "recipient" else ("activities", "activities", "activity")
    named = rule.get(field)
    declared = {path[-1]: entry for path, entry in each(data, (section, "*"))}
    if named is None:
        bounds = list(declared.values()) if section == "activities" else []
    else:
        bounds = [declared.get(name) for name in named if isinstance(name, str)] if isinstance(named, list) else []
    return (bounds if all(isinstance(bound, dict) for bound in bounds) else []), of_what


def _meets(rule: dict[str, Any], bound: dict[str, Any]) -> bool:
    def shares(field: str) -> bool:
        mine, theirs = rule.get(field), bound.get(field)
        return not isinstance(mine, list) or not isinstance(theirs, list) or bool(set(map(str, mine)) & set(map(str, theirs)))

    return all(shares(field) for field in _TERMS)


def _check_keeps(path: Path, rule: dict[str, Any], report: Report) -> None:
    """A term that ends where it starts never runs, so that nothing could be erased too early; the end of a year may still come after it."""
    is_to_stay = rule.get("kept") in ("exactly", "at_least") and rule.get("rounding", "none") == "none"
    if is_to_stay and _is_no_time(rule.get("after")) and _is_no_time(rule.get("then", "P0D")):
        report.add((*path, "kept"), "keeps nothing: the term ends where it starts", "say how long, such as P1Y, or remove it")


def _is_no_time(text: Any) -> bool:
    try:
        return isinstance(text, str) and parse_duration(text) == _NO_TIME
    except TermError:  # statute, or no duration, which is said elsewhere
        return False
