"""Which promises were broken, how often, and each single time: the rows of `violation` turned into an answer. Pure; query.py asks the store.

Between two moments means between two places on the log: those of the ticks at which the ledger reached them. So a time range is read by the
key of the table, and what was recorded late belongs to when it was found. Source: docs/answers.md section 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from ledger.answers.presentation import term, terms
from ledger.answers.shapes import Event, FoundViolation, ViolationCount
from ledger.contract import codec
from ledger.core.delta import Row

EVER = 2**62


class _Ticks(Protocol):
    def first_tick_at(self, partition: int, time: int, after: int, before: int) -> tuple[int, int] | None: ...


def places_between(ticks: _Ticks, partition: int, since: int | None, until: int | None) -> tuple[int, int]:
    """(first offset, offset after the last) of what was found while the ledger's time was since <= time <= until. Instants in microseconds."""
    first, before = 0, EVER
    if since is not None:
        tick = ticks.first_tick_at(partition, since, -1, EVER)
        first = EVER if tick is None else tick[0]
    if until is not None:
        tick = ticks.first_tick_at(partition, until + 1, -1, EVER)
        before = EVER if tick is None else tick[0]
    return first, before


def counted(rows: Iterable[tuple[int, Row]], time_at: Callable[[int, int], int]) -> tuple[ViolationCount, ...]:
    """Add up the counts of all partitions; most often first. time_at: (partition, offset) -> the ledger's time there."""
    sums: dict[tuple[str, str, str, str], tuple[int, int, int]] = {}
    for partition, (controller, promise, rule, severity, violations, subjects, latest) in rows:
        before = sums.get((controller, promise, rule, severity), (0, 0, 0))  # a subject lives in one partition: theirs may be added
        sums[controller, promise, rule, severity] = (before[0] + violations, before[1] + subjects, max(before[2], time_at(partition, latest)))
    found = [
        ViolationCount(
            controller=controller, promise=promise, rule=rule, severity=severity, violations=violations, subjects=subjects, latest_found_at=latest
        )
        for (controller, promise, rule, severity), (violations, subjects, latest) in sums.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.violations, each.controller, each.promise, each.rule, each.severity)))


def listed(row: Row, fact: bytes | None, found_at: int, offsets: Mapping[bytes, int]) -> FoundViolation:
    """One violation. fact: the record that broke the promise, None when it was a tick. offsets: event_id -> offset in its partition."""
    partition, offset, _, event_id, _, controller, subject_ref, promise, rule, severity, holder, purpose, categories, rests_on = row
    return FoundViolation(
        controller=controller,
        subject_ref=subject_ref,
        promise=promise,
        rule=rule,
        severity=severity,
        holder=holder,
        purpose=None if purpose is None else term("purposes", purpose),
        categories=terms("categories", categories),
        happened_at=found_at if fact is None else codec.decode(fact)[1]["occurred_at"],
        found_at=found_at,
        event=Event(topic="facts", partition=partition, offset=offset, event_id=rests_on[0] if rests_on else event_id),
        rests_on=tuple(Event(topic="facts", partition=partition, offset=offsets.get(each), event_id=each) for each in rests_on),
    )
