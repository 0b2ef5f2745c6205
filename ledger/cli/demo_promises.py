"""What the five statements promise, and what the ledger caught: the chapters of the demo that begin and end its story. Prints through the screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ledger.answers.presentation import age, day
from ledger.demo.in_words import broken
from ledger.legal_time import DUTCH_TIME

if TYPE_CHECKING:
    from ledger.answers.query import Query
    from ledger.answers.shapes_lists import ViolationCount
    from ledger.cli.demo_screen import Screen
    from ledger.core.policy import Policy
    from ledger.demo.lives import Star

LIMIT = 100_000
LATE = "overdue-"


def show_promised(screen: Screen, policies: list[Policy]) -> None:
    """The rules of each statement, and where it says nothing or rests on law that is gone."""
    screen.chapter("Five privacy statements become rules")
    rows = [
        (it.controller, it.version, *map(len, (it.activities, it.retention, it.prohibitions, it.conditions, it.duties)))
        for it in policies
    ]
    screen.table(("hoster", "version", "activities", "terms", "prohibitions", "conditions", "duties"), rows, right=(2, 3, 4, 5, 6))
    screen.say("Where they say nothing, or rest on law that is gone, the ledger says so:")
    gaps = [
        (promise.id, policy.controller, promise.status, promise.note)
        for policy in policies
        for promise in policy.promises
        if promise.status in ("silent", "outdated")
    ]
    screen.table(("promise", "hoster", "it is", "because"), gaps)


def show_broken(screen: Screen, query: Query) -> None:
    """The promises broken by what somebody did."""
    counts = query.violations().counts
    screen.chapter("Which promises were broken by what was done, found the moment it came in")
    screen.table(_COLUMNS, _rows(each for each in counts if not each.rule.startswith(LATE)), right=(3,))
    for it in query.transfers().transfers:
        if not it.safeguard.is_lawful:
            by = it.safeguard.safeguard.label if it.safeguard.safeguard else "nothing"
            screen.say(f"To this day {it.holder} ({it.country}) holds data of {it.subjects} customer of {it.controller} by the {by}.")


def show_late(screen: Screen, query: Query, waits: Star) -> None:
    """The promises broken by what nobody did in time; and what is not done to this day."""
    screen.chapter("And by what was not done in time")
    screen.table(_COLUMNS, _rows(each for each in query.violations().counts if each.rule.startswith(LATE)), right=(3,))
    by_holder: dict[tuple[str, str, str, str], list[int]] = {}
    for it in query.obligations(("OVERDUE",), limit=LIMIT).obligations:
        by_holder.setdefault((it.holder, it.controller, it.kind.lower().replace("_", " "), it.rule), []).append(it.late_by_seconds)
    screen.say("Not done to this day:")
    rows = [(*key, len(late), age(max(late))) for key, late in sorted(by_holder.items(), key=lambda item: -max(item[1]))]
    screen.table(("holder", "hoster", "should", "because of", "times", "late by up to"), rows, right=(4,))
    for each in query.subject(waits.controller, waits.subject).holdings:
        if each.categories and each.obligation_id:
            what = ", ".join(held.category.label for held in each.categories)
            screen.say(f"{waits.subject}, for one: {' > '.join(each.chain)} still has {what}.")


_COLUMNS = ("promise", "hoster", "severity", "times", "last", "what")


def _rows(counts: Iterable[ViolationCount]) -> list[tuple[object, ...]]:
    """One row for what is alike: a promise can be broken by two rules at once."""
    found: dict[tuple[str, ...], list[ViolationCount]] = {}
    for it in counts:
        found.setdefault((it.promise, it.controller, it.severity.lower(), broken(it.promise, it.rule)), []).append(it)
    rows: list[tuple[object, ...]] = []
    for (promise, controller, severity, what), each in sorted(found.items()):
        last = day(max(it.latest_found_at for it in each), DUTCH_TIME)
        rows.append((promise, controller, severity, sum(it.violations for it in each), last, what))
    return rows
