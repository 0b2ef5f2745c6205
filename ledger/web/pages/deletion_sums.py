"""The numbers on deletion added up: by holder, by rule, by how late, by month. Nothing is left out: each column comes to the figure above it. Pure.

What is added up is the answer `deletion` (docs/answers.md section 10) in JSON form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from ledger.answers.deletion_overview import AGES, IN_TIME
from ledger.answers.shapes_behind import NONE

Json = dict[str, Any]
STATES: Final = ("OVERDUE", "OPEN", "HELD_BACK", "COMING", "MET", "REFUSED")
AGED: Final = ("OVERDUE", "OPEN", "MET")
"""States of which is known how late: what is not done yet by now, what was done when it was."""
MONTHS_SHOWN: Final = 12


def sums_by(deletion: Json, name: str) -> list[Json]:
    """How many in each state, by `holder` or by `rule` (NONE: no rule); most that is late first, then most in all."""
    found: dict[str, Counter[str]] = {}
    for state, line in _lines(deletion):
        found.setdefault(line[name] or NONE, Counter())[state] += line["number"]
    order = sorted(found, key=lambda each: (-found[each]["OVERDUE"], -found[each].total(), each))
    return [{"name": each, "numbers": {state: found[each][state] for state in STATES}} for each in order]


def sums_by_lateness(deletion: Json) -> list[Json]:
    """How many by how late: done in time first, then by the days since it was due, of what is done and what is not."""
    found: dict[str, Counter[str]] = {each: Counter() for each in (IN_TIME, *AGES)}
    for state, line in _lines(deletion):
        if state in AGED:
            found[line["lateness"] if state == "MET" else line["age"]][state] += line["number"]
    return [{"name": each, "numbers": {state: number[state] for state in AGED}} for each, number in found.items()]


def _lines(deletion: Json) -> Iterator[tuple[str, Json]]:
    """(state, line) of everything that a figure counts."""
    for each in deletion["unsettled"]:
        yield each["state"], each
    for each in deletion["waiting"]:
        yield "HELD_BACK", each
    for each in deletion["coming_by_rule"]:
        yield "COMING", each
    for each in deletion["settled_by_rule"]:
        if each["state"] == "MET" or each["reason"] == "refused":
            yield "MET" if each["state"] == "MET" else "REFUSED", each


def months_done(deletion: Json, until: str) -> Json:
    """What was done, by month (`2026-03`): the latest MONTHS_SHOWN of those in which something was, up to one; empty: up to the latest of all.

    later, earlier: how many were done in the others, after and before; later_until, earlier_until: the months up to which to ask for these.
    """
    done: Counter[str] = Counter()
    for each in deletion["settled"]:
        if each["state"] == "MET":
            done[each["month"][:7]] += each["number"]
    months = sorted(done, reverse=True)
    first = next((place for place, month in enumerate(months) if month <= until), 0) if until else 0
    shown, earlier = months[first : first + MONTHS_SHOWN], months[first + MONTHS_SHOWN :]
    return {
        "rows": [(month, done[month]) for month in shown],
        "later": sum(done[month] for month in months[:first]),
        "later_until": months[first - MONTHS_SHOWN] if first > MONTHS_SHOWN else "",
        "earlier": sum(done[month] for month in earlier),
        "earlier_until": earlier[0] if earlier else "",
    }
