"""What stands noted of the last `ledger reconcile`: answered at once, where comparing reads the whole log. Reads the notes alone, without the lock.

Must never say that log and database are the same now: it says what a round found, when, and how far it was. Source: docs/answers.md section 12.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.adapters.postgres_reconcile import Notes, read_notes
from ledger.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How far the round has compared a partition: all below next_offset."""

    topic: str
    partition: int
    next_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedMismatch:
    """A place at which log and database differ. position: topic-partition:offset. found_at: when it was first found."""

    kind: str
    position: str
    found_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedRun:
    """What a round counted, up to `compared` where it is the last. done_at, found: None while it goes on, or if it was cut off and begun anew.

    records: of `facts`; repeats and dead_letters are of these, and not in types. people: of whom all that is held was compared. found: places by
    kind when it was done.
    """

    round: int
    begun_at: int
    done_at: int | None
    records: int
    repeats: int
    dead_letters: int
    outcomes: int
    people: int
    types: Mapping[str, int]
    found: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedAnswer:
    """round: which one goes on or was done last, None before the first. done_at: None while it goes on. checked_at, result: of the last whole one.

    found: places by kind, mismatches: each of them; both of at most MISMATCHES_MAX that stand noted.
    runs: the last RUNS_KEPT rounds, the newest first.
    """

    round: int | None
    begun_at: int | None
    done_at: int | None
    checked_at: int | None
    result: str | None
    compared: tuple[Compared, ...]
    found: Mapping[str, int]
    mismatches: tuple[NotedMismatch, ...]
    runs: tuple[NotedRun, ...]


def noted(settings: Settings) -> NotedAnswer:
    """Read the notes. Raises: DependencyError, PostgreSQL does not answer; OperatorError, there are no tables of a ledger."""
    return answer_of(read_notes(settings.postgres_dsn()))


def answer_of(notes: Notes) -> NotedAnswer:
    """Notes as an answer. Pure."""
    number, begun_at, done_at = notes.round or (None, None, None)
    checked_at, result = notes.check or (None, None)
    return NotedAnswer(
        round=number, begun_at=begun_at, done_at=done_at, checked_at=checked_at, result=result,
        compared=tuple(Compared(topic=topic, partition=partition, next_offset=offset) for topic, partition, offset in notes.compared),
        found=dict(sorted(Counter(each[0] for each in notes.mismatches).items())),
        mismatches=tuple(
            NotedMismatch(kind=kind, position=f"{topic}-{partition}:{offset}", found_at=found_at)
            for kind, topic, partition, offset, found_at in notes.mismatches
        ),
        runs=tuple(
            NotedRun(
                round=number, begun_at=begun, done_at=done, records=counts.records, repeats=counts.repeats, dead_letters=counts.dead_letters,
                outcomes=counts.outcomes, people=counts.people, types=dict(sorted(counts.types.items())), found=found,
            )
            for number, begun, done, found, counts in notes.runs
        ),
    )  # fmt: skip
