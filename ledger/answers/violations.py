"""Which promises were broken, how often, and each single time: the rows of `violation` turned into an answer.

Between two moments means between two places on the log: those of the ticks at which the ledger reached them. So a time range is read by the
key of the table, and what was recorded late belongs to when it was found. Source: docs/answers.md section 6.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from operator import itemgetter
from typing import Any, Final, Protocol

from ledger.answers.asking import EVER, Asking, Snapshot, event_at
from ledger.answers.cursors import NUMBER_MAX, Place, page, require_limit
from ledger.answers.presentation import term, terms
from ledger.answers.shapes import Event
from ledger.answers.shapes_lists import FoundViolation, ViolationCount, ViolationsAnswer
from ledger.answers.shapes_subject import ViolationAnswer
from ledger.contract import codec
from ledger.core.delta import Row

SHAPE: Final = "tnnin"
"""A place: (-found at, partition, -offset, id of the line, -ordinal)."""
NEWEST: Final[Place] = (NUMBER_MAX, b"", 0)
"""Before all lines of a partition: (offset, id of the line, ordinal)."""


class _Ticks(Protocol):
    def first_tick_at(self, partition: int, time: int, after: int, before: int) -> tuple[int, int] | None: ...


def violations(
    asking: Asking, promise: str | None, controller: str | None, since: int | None, until: int | None, limit: int, after: str | None = None
) -> ViolationsAnswer:
    """Count broken promises by promise and rule, and list the newest `limit` of them one by one.

    since, until: the ledger's time when they were found, both included. Raises: CursorError.
    """
    require_limit(limit, after)
    with asking.snapshot() as seen:
        cursors = seen.cursors("violations", (SHAPE,), promise, controller, since, until)
        (place,) = cursors.read(after)
        counts = all_counts(seen, controller, promise, since, until)
        found, goes_on = newest(seen, controller, (promise,), limit, place, since, until)
    return ViolationsAnswer(
        controller=controller, promise=promise, since=since, until=until, counts=counts, violations=found, more=goes_on is not None,
        next=cursors.write(goes_on), freshness=seen.freshness(),
    )  # fmt: skip


def all_counts(
    seen: Snapshot, controller: str | None, promise: str | None, since: int | None = None, until: int | None = None
) -> tuple[ViolationCount, ...]:
    """How often each promise was broken in each way, over all partitions: of all times from the tally, else counted. Within the snapshot."""
    store = seen.store
    if since is None and until is None:
        sums = store.violations_tallied(controller, promise)
    else:
        sums = [
            (partition, row)
            for partition in range(seen.partitions)
            for row in store.violations_counted(partition, *places_between(store, partition, since, until), controller, promise)
        ]
    wanted: dict[int, set[bytes]] = {}
    for partition, row in sums:
        wanted.setdefault(partition, set()).update(row[7:9])
    offsets = seen.offsets(wanted)
    places = {
        (partition, each): event_at(partition, offsets[partition].get(each), each) for partition, row in sums for each in row[7:9]
    }
    return counted(sums, lambda partition, offset: store.time_before(partition, offset + 1), places)


def newest(
    seen: Snapshot, controller: str | None, promises: Collection[str | None], limit: int, after: Place | None,
    since: int | None = None, until: int | None = None,
) -> tuple[tuple[FoundViolation, ...], Place | None]:  # fmt: skip
    """A page of single ones, newest first, and after which place it goes on. promises: of these; None among them: of all. Within the snapshot."""
    store = seen.store
    found = []
    for partition in range(seen.partitions) if limit and after is not None else ():
        first, before = places_between(store, partition, since, until)
        end, start = _goes_on(store, partition, after or ())
        for promise in promises:
            for each in store.violations_listed(partition, first, min(before, end), controller, promise, limit + 1, start):
                row, _, found_at, line = each
                found.append(((-found_at, partition, -row[1], line, -row[2]), each))
    shown, goes_on = page(sorted(found, key=itemgetter(0)), limit)
    wanted: dict[int, set[bytes]] = {}
    for row, *_ in shown:
        wanted.setdefault(row[0], set()).update(row[13])
    offsets = seen.offsets(wanted)
    return tuple(listed(row, fact, found_at, offsets[row[0]]) for row, fact, found_at, _ in shown), goes_on


def _goes_on(ticks: _Ticks, partition: int, after: Place) -> tuple[int, Place]:
    """(offset before which a partition goes on after a place of the whole list, the place in that partition itself).

    The list is by when they were found: of the other partitions, what was found before then, and of those behind this one also at that time.
    """
    if not after:
        return EVER, NEWEST
    found_at, of_partition, offset, line, ordinal = -after[0], after[1], -after[2], after[3], -after[4]
    if partition == of_partition:
        return offset + 1, (offset, line, ordinal)
    time = found_at + 1 if partition > of_partition else found_at
    tick = ticks.first_tick_at(partition, time, -1, EVER) if time > 0 else (0, 0)  # before the first tick it is 0
    return EVER if tick is None else tick[0], NEWEST


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


def counted(
    rows: Iterable[tuple[int, Row]], time_at: Callable[[int, int], int], places: Mapping[tuple[int, bytes], Event]
) -> tuple[ViolationCount, ...]:
    """Add up the counts of all partitions; most often first. time_at: (partition, offset) -> the ledger's time there; places: (partition, id)."""
    sums: dict[tuple[str, str, str, str], tuple[int, int, int]] = {}
    events: dict[tuple[str, str, str, str], list[Event]] = {}
    for partition, (controller, promise, rule, severity, violations, subjects, latest, *ends) in rows:
        key = (controller, promise, rule, severity)
        before = sums.get(key, (0, 0, 0))  # a subject lives in one partition: theirs may be added
        sums[key] = (before[0] + violations, before[1] + subjects, max(before[2], time_at(partition, latest)))
        events.setdefault(key, []).extend(places[partition, each] for each in dict.fromkeys(ends))
    found = [
        ViolationCount(
            controller=key[0], promise=key[1], rule=key[2], severity=key[3], violations=violations, subjects=subjects, latest_found_at=latest,
            rests_on=tuple(events[key]), more=max(0, violations - len(events[key])),
        )
        for key, (violations, subjects, latest) in sums.items()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.violations, each.controller, each.promise, each.rule, each.severity)))


def violation(row: Row, offsets: Mapping[bytes, int]) -> ViolationAnswer:
    """One violation of a subject. offsets: event_id -> offset in its partition."""
    return ViolationAnswer(**_of(row, offsets))


def listed(row: Row, fact: bytes | None, found_at: int, offsets: Mapping[bytes, int]) -> FoundViolation:
    """One violation among those of all subjects. fact: the record that broke the promise, None when it was a tick."""
    happened_at = found_at if fact is None else codec.decode(fact)[1]["occurred_at"]
    return FoundViolation(controller=row[5], subject_ref=row[6], happened_at=happened_at, found_at=found_at, **_of(row, offsets))


def _of(row: Row, offsets: Mapping[bytes, int]) -> dict[str, Any]:
    """What both shapes say. Columns: docs/architecture.md section 5."""
    partition, offset, _, event_id, _, _, _, promise, rule, severity, holder, purpose, categories, rests_on = row
    first = rests_on[0] if rests_on else event_id
    return {
        "promise": promise,
        "rule": rule,
        "severity": severity,
        "holder": holder,
        "purpose": None if purpose is None else term("purposes", purpose),
        "categories": terms("categories", categories),
        "event": event_at(partition, offsets.get(first, offset), first),  # of what is late: what it rests on, not the tick
        "rests_on": tuple(event_at(partition, offsets.get(each), each) for each in rests_on),
    }
