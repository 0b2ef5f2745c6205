"""One partition of a rebuild: folded from offset 0 in memory, facts written as they come, every other row once at the end.

Runs in a process of its own. Must never write outside the shadow schema. Dying anywhere leaves marked chunks of facts, which the next
run folds again and does not write again. Measured reasons: docs/performance.md; no row is ever written twice.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_shadow import SHADOW_SCHEMA, PartitionWriter, add_early_index
from ledger.core.delta import Delta, Row
from ledger.errors import OperatorError
from ledger.failpoints import pass_by
from ledger.ports import Progress, SubjectRows
from ledger.projecting import Projecting
from ledger.replay import BATCH_RECORDS_MAX, replay
from ledger.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionJob:
    """What to rebuild: one partition, up to before `end`."""

    settings: Settings
    topic: str
    partition: int
    partitions: int
    simulated: bool
    end: int
    batch_records_max: int = BATCH_RECORDS_MAX


class _RebuildStore:
    """SubjectStore of a fold that keeps every subject in memory: only old repeats and old history are asked of the shadow.

    There an earlier run may have written facts that this fold has not come to yet: what is not below `written` does not exist.
    """

    def __init__(self, dsn: str) -> None:
        self.written = 0
        self._dsn = dsn
        self._shadow = PostgresProjection(dsn, SHADOW_SCHEMA)
        self._early: set[str] = set()

    def load(self, subject_ids: Collection[bytes]) -> dict[bytes, SubjectRows]:
        return {}

    def due(self, partition: int, until: int) -> list[tuple[str, str]]:
        return []

    def of_controller(self, partition: int, controller: str) -> list[tuple[str, str]]:
        return []

    def newest_event_id(self, partition: int) -> bytes | None:
        return None

    def register_copies(self, partition: int) -> Iterable[tuple[int, bytes]]:
        return ()

    def known_events(self, partition: int, event_ids: Collection[bytes]) -> dict[bytes, bytes]:
        self._need("fact_event")
        return self._shadow.known_events(partition, event_ids, before=self.written)

    def history(self, partition: int, subject_id: bytes) -> Iterable[tuple[int, bytes]]:
        self._need("fact_subject")
        return self._shadow.history(partition, subject_id, before=self.written)

    def close(self) -> None:
        self._shadow.close()

    def _need(self, index: str) -> None:
        if index not in self._early:
            add_early_index(self._dsn, index)
            self._early.add(index)


class _Rows:
    """The last state of every row, by key."""

    def __init__(self) -> None:
        self.holdings: dict[bytes, Row] = {}
        self.subjects: dict[bytes, Row] = {}
        self.obligations: dict[bytes, Row] = {}

    def take(self, delta: Delta) -> None:
        for rows in (delta.new_holdings, delta.changed_holdings):
            self.holdings.update((row[0] + row[1], row) for row in rows)
        for rows in (delta.new_subjects, delta.changed_subjects):
            self.subjects.update((row[0], row) for row in rows)
        for rows in (delta.new_obligations, delta.changed_obligations):
            self.obligations.update((row[0], row) for row in rows)


def rebuild_partition(job: PartitionJob, report: Callable[[int], None]) -> int:
    """Rebuild one partition and return how many records were folded. report: called with the records folded since the last call.

    Raises:
        OperatorError: the log has a hole, or the leader is gone.
        DependencyError: Kafka or PostgreSQL does not answer.
    """
    # Millions of long-lived rows and no cycles among them: the collector would walk them again and again for nothing.
    gc.disable()
    leader = os.getppid()
    dsn = job.settings.postgres_dsn()
    store, rows = _RebuildStore(dsn), _Rows()
    projecting = Projecting(
        job.partition,
        store,
        topic=job.topic,
        partitions=job.partitions,
        progress=Progress(0, 0, 0, 0),
        simulated=job.simulated,
        cache_subjects_max=1 << 62,
    )
    # One chunk may be on its way to PostgreSQL while the next is folded.
    with closing(store), PartitionWriter(dsn, job.topic, job.partition) as writer, ThreadPoolExecutor(1) as sender:
        sending: Future[None] | None = None
        with KafkaLog(job.settings) as log:
            for delta in replay(log, projecting, job.end, batch_records_max=job.batch_records_max):
                if os.getppid() != leader:
                    raise OperatorError("rebuild stopped: its leader is gone", hint="run `ledger rebuild` again: it continues")
                rows.take(delta)
                if sending is not None:
                    sending.result()
                    projecting.committed(delta.first_offset)
                    store.written = delta.first_offset
                sending = sender.submit(_write_chunk, writer, delta)
                report(delta.next_offset - delta.first_offset)
        if sending is not None:
            sending.result()
        pass_by("rebuild_before_finish")
        writer.finish(
            [rows.holdings[key] for key in sorted(rows.holdings)],
            [rows.subjects[key] for key in sorted(rows.subjects)],
            [rows.obligations[key] for key in sorted(rows.obligations)],
            Progress(projecting.next_offset, projecting.register_next, projecting.time_reached, projecting.duplicates),
        )
    return job.end


def _write_chunk(writer: PartitionWriter, delta: Delta) -> None:
    writer.write_facts(delta)
    pass_by("rebuild_after_chunk")
