"""The log folded once more, beside the live projections, and all that follows from it compared: `ledger audit replay`.

Must never change the live projections. Steps: 1. one moment of the live projections is held  2. the log is folded up to the offsets of that moment,
or less far, into the shadow schema  3. tables compared, answers where they are asked for, derived outcomes with the published ones  4. the shadow
dropped. Dying anywhere leaves a shadow that the next rebuild or replay drops; only one of the two goes on at a time. From an archive Kafka is not
asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_digest import Reading
from ledger.adapters.postgres_histories import PostgresHistories
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA
from ledger.adapters.postgres_partition_writer import SHADOW_SCHEMA
from ledger.adapters.postgres_shadow import Shadow
from ledger.adapters.postgres_tables import ADDED_ONLY, TABLES
from ledger.answers.everybody_on import DayCompared, compare_day
from ledger.auditing.archive_log import ArchiveLog
from ledger.errors import DependencyError, OperatorError
from ledger.replaying.differences import Compared, Difference, Shape, compared
from ledger.replaying.outcome_check import Due, Findings
from ledger.replaying.published import compare_all, marks_of
from ledger.replaying.rebuild import Stage, fold_all
from ledger.replaying.rebuild_partition import PartitionJob
from ledger.replaying.same_log import require_same_archive, require_same_log
from ledger.replaying.until import Until, ends_until
from ledger.sealing.archive import Archive
from ledger.settings import Settings
from ledger.topics import FACTS

SETTLE_SECONDS_MAX: Final = 60.0
UNSENT_MILLIS_MAX: Final = 24 * 60 * 60 * 1000
"""What was recorded so long before the newest seal must be published there: nobody sends that slowly."""
_POLL_SECONDS: Final = 0.5


@dataclass(slots=True, kw_only=True)
class ReplayReport:
    """What a replay found. ends: partition of facts -> offset up to which was folded. is_whole: as far as the live tables are.

    sealed_at: from an archive, when its newest round was made; outcomes that are not in it by then may still be on their way.
    """

    records: int
    ends: dict[int, int]
    is_whole: bool
    sealed_at: int | None = None
    tables: list[Compared] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    day: DayCompared | None = None
    seconds: float = 0.0

    @property
    def differences(self) -> list[Difference]:
        """The first difference of each table that differs."""
        return [each.difference for each in self.tables if each.difference is not None]

    @property
    def is_clean(self) -> bool:
        """Whether the log gives exactly what is live and published, as far as that was compared."""
        return not self.differences and self.findings.is_clean and (self.day is None or not self.day.differing)


def replay_and_compare(
    settings: Settings, *, workers: int, archive: Path | None, until: Until | None = None, on: int | None = None,
    report: Callable[[Stage], None] = lambda _: None,
) -> ReplayReport:  # fmt: skip
    """Fold the log again and compare. archive: read it from there, not from Kafka. until: no further than that. on: also the answers of that moment.

    Raises:
        OperatorError: the log is another one than the database was made from, or lacks records.
        CallerError: there is no such place as `until` says.
        RefusedError: a rebuild or another replay is going on.
        DependencyError: Kafka or PostgreSQL does not answer, or live never stands still between two ticks that concern many.
    """
    started, dsn = time.monotonic(), settings.postgres_dsn()
    with ExitStack() as opened:
        sealed = None if archive is None else ArchiveLog(Archive(archive))
        partitions, simulated, made_from = require_same_log(settings, dsn) if sealed is None else require_same_archive(sealed, dsn)
        log = sealed or opened.enter_context(KafkaLog(settings))
        shadow = opened.enter_context(Shadow(dsn))
        shadow.require_none_unfinished()
        shadow.prepare(made_from | {"audit": uuid4().hex}, fresh=True)
        opened.callback(shadow.discard)
        # In this order, as in a rebuild: what is published by now was derived from facts below `ends`, and what was sent by now is published.
        sent = shadow.relay_progress() if sealed is None else {}
        sealed_at = None if sealed is None else sealed.sealed_at()
        marks = marks_of(log, partitions)
        live = opened.enter_context(_standing_still(dsn))
        folded = {number: offset for number, (offset, _) in live.progress(FACTS).items()}
        _wait_until_sealed(log, folded)
        ends = folded if until is None else ends_until(until, folded, partitions, lambda number, millis: log.offset_after(FACTS, number, millis))
        result = ReplayReport(records=sum(ends.values()), ends=ends, is_whole=ends == folded, sealed_at=sealed_at)
        jobs = [
            PartitionJob(settings=settings, topic=FACTS, partition=number, partitions=partitions, simulated=simulated, end=end, archive=archive)
            for number, end in ends.items()
            if end > 0
        ]
        fold_all(jobs, workers, report)
        report(Stage("indexing"))
        shadow.add_indexes()
        report(Stage("comparing"))
        with Reading(dsn, SHADOW_SCHEMA) as replayed:
            result.tables = _compared(live, replayed, None if result.is_whole else ends)
        if on is not None:
            report(Stage("answering"))
            result.day = _day_compared(dsn, on, ends, lambda share: report(Stage("answering", int(share * 1000), 1000)))
        due = {number: Due(sent.get(number), is_whole=result.is_whole) for number in range(partitions)}
        if sealed is not None:
            due = {
                number: each._replace(before=sealed.offset_after(FACTS, number, (sealed_at or 0) - UNSENT_MILLIS_MAX)) for number, each in due.items()
            }
        result.findings = compare_all(dsn, log, marks, due)
    result.seconds = time.monotonic() - started
    return result


def _compared(live: Reading, replayed: Reading, ends: Mapping[int, int] | None) -> list[Compared]:
    """Every table on both sides. ends: the live side is further; then rows that are only ever added are compared below these offsets, others not."""
    found = []
    for table in sorted(TABLES):
        is_compared = ends is None or table in ADDED_ONLY
        found.append(compared(Shape(*table), live.lines(table, ends) if is_compared else None, replayed.lines(table)))
    return found


def _day_compared(dsn: str, on: int, ends: Mapping[int, int], report: Callable[[float], None]) -> DayCompared:
    """The answers of a moment about everybody, from both sides. The live facts below `ends` stay as they are, so any snapshot of them will do."""
    with closing(PostgresHistories(dsn)) as live, closing(PostgresHistories(dsn, SHADOW_SCHEMA)) as replayed, live.snapshot(), replayed.snapshot():
        return compare_day(live, replayed, on, ends, report)


@contextmanager
def _standing_still(dsn: str) -> Iterator[Reading]:
    """The live projections at a moment at which nothing is half folded; the moment is held until the context ends."""
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while True:
        with Reading(dsn, PROJECTION_SCHEMA) as live:
            if not any(is_pending for _, is_pending in live.progress(FACTS).values()):
                yield live
                return
        if time.monotonic() > deadline:
            raise DependencyError("cannot replay: a register event is being folded into the many it concerns", hint="ledger status; then again")
        time.sleep(_POLL_SECONDS)


def _wait_until_sealed(log: KafkaLog | ArchiveLog, ends: Mapping[int, int]) -> None:
    """Of an archive: wait until the sealer has come as far as the projections are."""
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while True:
        behind = {number: end for number, end in ends.items() if log.bounds(FACTS, number)[1] < end}
        if not behind:
            return
        if isinstance(log, KafkaLog) or time.monotonic() > deadline:
            number, end = next(iter(behind.items()))
            what = f"cannot replay: {FACTS}-{number} is folded up to {end}, and the log ends before"
            raise OperatorError(what, hint="ledger seal --once, then again")
        time.sleep(_POLL_SECONDS)
