"""The log of look-ups forgets: of a day whose look-ups are all older than the policy's term, the key that says who looked is destroyed.

By the ledger's own time, as far as every partition has folded it with the policies before it: never early. The destruction is one transaction a day;
after a crash the next run goes on, and a restored backup is put right by it. Needs no secret. Source: docs/vault.md section 9; SO-12.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date
from typing import TYPE_CHECKING, NamedTuple

from ledger.core.calendar import start_of_day
from ledger.core.look_up_log import day_forgotten_at, rule_of

if TYPE_CHECKING:
    from ledger.answers.asking import Asking
    from ledger.vault.shapes import Store


class DayOver(NamedTuple):
    """A day of which the term is over. over_at: since when (microseconds since 1970). rule: that of the policy in force that day."""

    controller: str
    day: date
    over_at: int
    rule: str | None


def days_over(asking: Asking, days: list[tuple[str, date]]) -> tuple[int, list[DayOver]]:
    """The ledger's time, and those of the days (controller, day in UTC) whose look-ups are all past their term by then."""
    with asking.snapshot() as seen:
        rules = seen.register().rules
        now = seen.time_reached if len(seen.progress) == seen.partitions else 0  # a partition that was never folded has no time yet
    found = []
    for controller, day in days:
        start = start_of_day(day, UTC)
        over_at = day_forgotten_at(rules, controller, start)
        if over_at is not None and over_at <= now:
            rule = rule_of(rules.policy_at(controller, start))
            found.append(DayOver(controller, day, over_at, None if rule is None else rule.id))
    return now, found


def expire(asking: Asking, store: Store) -> Iterator[DayOver]:
    """Destroy the keys of those days, one by one; each is answered once it is gone, by whoever destroyed it.

    Raises:
        DependencyError: PostgreSQL did not answer. What was answered is gone; run it again for the rest.
    """
    days = store.living_days()
    if not days:
        return
    now, over = days_over(asking, days)
    for each in over:
        if store.destroy_day(each.controller, each.day, now):
            yield each
