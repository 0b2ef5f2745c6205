"""The log folded once more, beside the live projections, and all that follows from it compared: `ledger audit replay`.

Must never change the live projections. Steps: 1. one moment of the live projections is held  2. the log is folded up to the offsets of that moment,
into the shadow schema  3. tables compared, derived outcomes compared with the published ones  4. the shadow dropped. Dying anywhere leaves a shadow
that the next rebuild or replay drops; only one of the two goes on at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_digest import Reading
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA
from ledger.adapters.postgres_outcomes import stored_outcomes
from ledger.adapters.postgres_shadow import SHADOW_SCHEMA, Shadow
from ledger.adapters.postgres_tables import TABLES
from ledger.auditing.archive_log import ArchiveLog
from ledger.errors import DependencyError, OperatorError
from ledger.replaying.differences import Difference, Shape, first_difference
from ledger.replaying.digest import TableDigest
from ledger.replaying.outcome_check import Findings, compare_outcomes
from ledger.replaying.rebuild import Stage, fold_all, require_same_log
from ledger.replaying.rebuild_partition import PartitionJob
from ledger.replaying.replay import BATCH_RECORDS_MAX
from ledger.sealing.archive import Archive
from ledger.settings import Settings
from ledger.topics import FACTS, OBLIGATIONS, VIOLATIONS

SETTLE_SECONDS_MAX: Final = 60.0
_POLL_SECONDS: Final = 0.5


@dataclass(slots=True, kw_only=True)
class ReplayReport:
    """What a replay found. ends: partition of facts -> offset up to which both sides were folded. live, replayed: one digest per table."""

    records: int
    ends: dict[int, int]
    live: list[TableDigest]
    replayed: list[TableDigest]
    differences: list[Difference] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether the log gives exactly what is live and published."""
        return not self.differences and self.findings.is_clean


def replay_and_compare(settings: Settings, *, workers: int, archive: Path | None, report: Callable[[Stage], None] = lambda _: None) -> ReplayReport:
    """Fold the log again and compare. archive: read it from there, not from Kafka.

    Raises:
        OperatorError: the log is another one than the database was made from, or lacks records.
        RefusedError: a rebuild or another replay is going on.
        DependencyError: Kafka or PostgreSQL does not answer, or live never stands still between two ticks that concern many.
    """
    started, dsn = time.monotonic(), settings.postgres_dsn()
    partitions, simulated, made_from = require_same_log(settings, dsn)
    with Shadow(dsn) as shadow, KafkaLog(settings) as kafka:
        log = kafka if archive is None else ArchiveLog(Archive(archive))
        shadow.require_none_unfinished()
        shadow.prepare(made_from | {"audit": uuid4().hex}, fresh=True)
        try:
            # In this order, as in a rebuild: what is published by now was derived from facts below `ends`, and what was sent by now is published.
            sent = shadow.relay_progress()
            marks = {(topic, number): kafka.bounds(topic, number)[1] for topic in (OBLIGATIONS, VIOLATIONS) for number in range(partitions)}
            with _standing_still(dsn) as live:
                ends = {number: offset for number, (offset, _) in live.progress(FACTS).items()}
                _wait_until_sealed(log, {**{(FACTS, number): end for number, end in ends.items()}, **marks})
                result = ReplayReport(records=sum(ends.values()), ends=ends, live=live.digests(), replayed=[])
                jobs = [
                    PartitionJob(
                        settings=settings, topic=FACTS, partition=number, partitions=partitions, simulated=simulated, end=end, archive=archive
                    )
                    for number, end in ends.items()
                    if end > 0
                ]
                fold_all(jobs, workers, report)
                report(Stage("indexing"))
                shadow.add_indexes()
                report(Stage("comparing"))
                with Reading(dsn, SHADOW_SCHEMA) as replayed:
                    result.replayed = replayed.digests()
                    differing = {each.table for each in set(result.live) ^ set(result.replayed)}
                    for table in sorted(table for table in TABLES if table.name in differing):
                        found = first_difference(Shape(*table), live.lines(table), replayed.lines(table))
                        result.differences += [found] if found else []
            for (topic, number), mark in marks.items():
                published = (record[3] or b"" for batch in log.read(topic, number, 0, mark, batch_records_max=BATCH_RECORDS_MAX) for record in batch)
                result.findings.add(compare_outcomes(stored_outcomes(dsn, SHADOW_SCHEMA, topic, number), published, sent.get(number)))
        finally:
            shadow.discard()
    result.seconds = time.monotonic() - started
    return result


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


def _wait_until_sealed(log: KafkaLog | ArchiveLog, wanted: dict[tuple[str, int], int]) -> None:
    """Of an archive: wait until the sealer has come as far as the projections are."""
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while True:
        behind = {place: end for place, end in wanted.items() if log.bounds(*place)[1] < end}
        if not behind:
            return
        if isinstance(log, KafkaLog) or time.monotonic() > deadline:
            (topic, partition), end = next(iter(behind.items()))
            what = f"cannot replay: {topic}-{partition} is folded up to {end}, and the log ends before"
            raise OperatorError(what, hint="ledger seal --once, then again")
        time.sleep(_POLL_SECONDS)
