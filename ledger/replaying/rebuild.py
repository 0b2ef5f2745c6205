"""The projections made again from offset 0, beside the live ones, and switched in: `ledger rebuild`.

Must never change the live projections before the switch, and must never lose work that a killed run has finished. Steps:
1. shadow schema  2. every partition folded in processes of their own (rebuild_partition.py)  3. indexes  4. derived outcomes compared
with the published ones  5. what came in meanwhile folded  6. live workers held, the rest folded, schemas renamed in one
transaction  7. the old schema dropped. After a kill at any step, the next run goes on from there.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_migrations import migrate
from ledger.adapters.postgres_partition_writer import SHADOW_SCHEMA
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_shadow import Shadow, old_schema
from ledger.errors import DependencyError
from ledger.failpoints import arm, pass_by
from ledger.folding.projecting import Projecting
from ledger.replaying.outcome_check import Due, Findings
from ledger.replaying.published import compare_all, first_unpublished, marks_of
from ledger.replaying.rebuild_partition import PartitionJob, rebuild_partition
from ledger.replaying.replay import replay
from ledger.replaying.same_log import require_same_log
from ledger.settings import Settings
from ledger.topics import FACTS

#: The catch-up ends when so few records are left that holding the live workers for them takes a fraction of a second.
CATCH_UP_RECORDS = 2_000
#: Rounds of catching up: each is shorter than the one before unless facts come faster than one process folds.
CATCH_UP_ROUNDS_MAX = 20
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a rebuild stands. stage: folding, indexing, comparing, catching up, switching. done, total: records, while folding."""

    stage: str
    done: int = 0
    total: int = 0


class StoppedError(Exception):
    """What a `report` raises when what is made is no longer wanted."""


@dataclass(slots=True, kw_only=True)
class RebuildReport:
    """What a rebuild did. records: folded by this run, catch-up included. continued: partitions an earlier run had finished.

    warning: what could not be tidied up after the switch.
    """

    partitions: int
    records: int = 0
    continued: int = 0
    seconds: float = 0.0
    fold_seconds: float = 0.0
    generation: int = 0
    warning: str | None = None
    findings: Findings = field(default_factory=Findings)


def rebuild(settings: Settings, *, workers: int, fresh: bool = False, report: Callable[[Stage], None] = lambda _: None) -> RebuildReport:
    """Rebuild and switch. workers: processes that fold. fresh: throw away what an unfinished run has left.

    Raises:
        OperatorError: the log is not the one this database belongs to, or has a hole; the live projections are as before.
        RefusedError: another rebuild is going on.
        DependencyError: Kafka or PostgreSQL does not answer, or a process was killed: run it again, it continues.
    """
    started = time.monotonic()
    dsn = settings.postgres_dsn()
    migrate(dsn)
    partitions, simulated, made_from = require_same_log(settings, dsn)
    result = RebuildReport(partitions=partitions)
    with Shadow(dsn) as shadow, KafkaLog(settings) as log:
        shadow.prepare(made_from, fresh=fresh)
        # In this order: whatever is published by now was derived from facts below `ends`, and all that was sent by now is published.
        sent = shadow.relay_progress()
        marks = marks_of(log, partitions)
        ends = {partition: log.bounds(FACTS, partition)[1] for partition in range(partitions)}
        finished = shadow.finished(FACTS)
        result.continued = len(finished)
        jobs = [
            PartitionJob(settings=settings, topic=FACTS, partition=partition, partitions=partitions, simulated=simulated, end=end)
            for partition, end in ends.items()
            if end > 0 and partition not in finished
        ]
        result.records += fold_all(jobs, workers, report)
        result.fold_seconds = time.monotonic() - started
        pass_by("rebuild_before_indexes")
        report(Stage("indexing"))
        shadow.add_indexes()
        # A partition finished by an earlier run may end before what is published now.
        behind = {partition: end for partition, end in ends.items() if finished.get(partition, end) < end}
        catching = _CatchUp(settings, dsn, log, partitions, simulated)
        try:
            result.records += catching.to(behind)
            report(Stage("comparing"))
            due = {partition: Due(sent_up_to=sent.get(partition)) for partition in range(partitions)}
            compared = compare_all(dsn, log, marks, due)
            result.findings.add(compared)
            if lost := due.keys() - sent.keys():  # a new database knows nothing of what was sent: without this the relay would send all again
                for partition, first in first_unpublished(dsn, log, sorted(lost), compared).items():
                    shadow.note_relayed(partition, first)
            report(Stage("catching up"))
            result.records += catching.up()
            report(Stage("switching"))
            with shadow.live_locked(FACTS) as live:
                result.records += catching.to(live.next_offsets, finish=False)
                pass_by("rebuild_before_switch")
        finally:
            catching.close()
        # From here on the rebuild is done, and nothing that fails may say otherwise.
        pass_by("rebuild_after_switch")
        result.generation = live.generation
        result.warning = shadow.drop_old(old_schema(live.generation))
    result.seconds = time.monotonic() - started
    return result


def fold_all(jobs: list[PartitionJob], workers: int, report: Callable[[Stage], None]) -> int:
    """Fold the partitions in parallel processes; return the number of records. Ends at once when `report` raises StoppedError."""
    total, done = sum(job.end for job in jobs), 0
    report(Stage("folding", 0, total))
    if not jobs:
        return 0
    # spawn: a forked child would share sockets and threads of the Kafka client.
    context = multiprocessing.get_context("spawn")
    counts: Any = context.Queue()
    ended, ending = context.Pipe(duplex=False)
    # The longest first, so that the last process to end ends soon after the others.
    jobs = sorted(jobs, key=lambda job: -job.end)
    told = counts, ended, jobs[0].settings.failpoint
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context, initializer=_begin_worker, initargs=told)
    try:
        running: set[Future[int]] = {pool.submit(_work, job) for job in jobs}
        while running:
            finished, running = wait(running, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            for count in _drain(counts):
                done += count
            report(Stage("folding", done, total))
            for future in finished:
                future.result()
    except BrokenProcessPool:
        raise DependencyError("rebuild stopped: one of its processes was killed", hint="run `ledger rebuild` again: it continues") from None
    except StoppedError:
        ending.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        ending.close()
        ended.close()
        counts.close()
        counts.cancel_join_thread()
    return total


_counts: Any = None


def _begin_worker(counts: Any, ended: Any, failpoint: str) -> None:
    global _counts
    _counts = counts
    threading.Thread(target=_end_with_leader, args=(ended,), name="ledger-leader", daemon=True).start()
    arm(failpoint)


def _end_with_leader(ended: Any) -> None:
    """The other end of this pipe is the leader's alone: it closes when the leader stops this, or is killed. What is not committed is rolled back."""
    ended.poll(None)
    os._exit(1)


def _work(job: PartitionJob) -> int:
    return rebuild_partition(job, _counts.put)


def _drain(counts: Any) -> Iterator[int]:
    while True:
        try:
            yield counts.get_nowait()
        except queue.Empty:
            return


class _CatchUp:
    """Folds on from what is rebuilt, as a live worker does, into the shadow."""

    def __init__(self, settings: Settings, dsn: str, log: KafkaLog, partitions: int, simulated: bool) -> None:
        self._log, self._partitions, self._simulated = log, partitions, simulated
        self._store = PostgresProjection(dsn, SHADOW_SCHEMA)
        self._folds: dict[int, Projecting] = {}

    def to(self, ends: dict[int, int], *, finish: bool = True) -> int:
        """Fold each partition to before its end, or leave it where it is beyond; return the number of records.

        finish: also what is pending; live workers are not held for that: they go on with it after the switch.
        """
        folded = 0
        for partition, end in sorted(ends.items()):
            fold = self._fold(partition)
            for delta in replay(self._log, fold, end, finish=finish):
                self._store.write(delta)
                fold.note_committed(delta.number)
                folded += delta.next_offset - delta.first_offset
        return folded

    def up(self) -> int:
        """Fold to the end of the log, until little is left."""
        folded = 0
        for _ in range(CATCH_UP_ROUNDS_MAX):
            count = self.to({p: self._log.bounds(FACTS, p)[1] for p in range(self._partitions)})
            folded += count
            if count <= CATCH_UP_RECORDS:
                break
        return folded

    def close(self) -> None:
        self._store.close()

    def _fold(self, partition: int) -> Projecting:
        if partition not in self._folds:
            self._folds[partition] = Projecting(
                partition,
                self._store,
                topic=FACTS,
                partitions=self._partitions,
                progress=self._store.progress(FACTS, partition),
                simulated=self._simulated,
            )
        return self._folds[partition]
