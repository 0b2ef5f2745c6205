"""One partition of a rebuild: folded from offset 0 in memory, facts written as they come, every other row once at the end.

Runs in a process of its own. Must never write outside the shadow schema. Dying anywhere leaves marked chunks of facts, which the next
run folds again and does not write again. Measured reasons: docs/performance.md; no row is ever written twice.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_partition_writer import SHADOW_SCHEMA, PartitionWriter, add_early_index
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.auditing.archive_log import ArchiveLog
from ledger.core.delta import Delta, ShareKey
from ledger.core.shares import share_rows
from ledger.errors import OperatorError
from ledger.failpoints import pass_by
from ledger.folding.ports import Progress
from ledger.replaying.late_rows import LateRows, NothingStored
from ledger.replaying.replay import BATCH_RECORDS_MAX, Stretches, replay
from ledger.replaying.stored_log import Moment, StoredReading, stored_log
from ledger.sealing.archive import Archive
from ledger.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionJob:
    """What to fold: one partition, up to before `end`, into a schema beside the live one. moment: the stored log as of then, not the log itself."""

    settings: Settings
    topic: str
    partition: int
    partitions: int
    simulated: bool
    end: int
    batch_records_max: int = BATCH_RECORDS_MAX
    archive: Path | None = None  # where the log is read, instead of from Kafka
    schema: str = SHADOW_SCHEMA
    moment: Moment | None = None


class _RebuildStore(NothingStored):
    """Only old repeats and old history are asked of the shadow.

    There an earlier run may have written facts that this fold has not come to yet: what is not below `written` does not exist.
    """

    def __init__(self, dsn: str, schema: str) -> None:
        self.written = 0
        self._dsn, self._schema = dsn, schema
        self._shadow = PostgresProjection(dsn, schema)
        self._early: set[str] = set()

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
            add_early_index(self._dsn, self._schema, index)
            self._early.add(index)


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
    store = _RebuildStore(dsn, job.schema)
    projecting = LateRows(
        job.partition, store, topic=job.topic, partitions=job.partitions, simulated=job.simulated,
        reading=None if job.moment is None else StoredReading(job.moment, simulated=job.simulated),
    )  # fmt: skip
    shares: Counter[ShareKey] = Counter()  # of all chunks: also those that an earlier run has written
    # One chunk may be on its way to PostgreSQL while the next is folded.
    with closing(store), PartitionWriter(dsn, job.schema, job.topic, job.partition) as writer, ThreadPoolExecutor(1) as sender:
        sending: Future[None] | None = None
        with ExitStack() as opened:
            log = _log_of(job, opened)
            for delta in replay(log, projecting, job.end, batch_records_max=job.batch_records_max):
                if os.getppid() != leader:
                    raise OperatorError("rebuild stopped: its leader is gone", hint="run `ledger rebuild` again: it continues")
                if sending is not None:
                    sending.result()
                    projecting.note_committed(delta.number - 1)
                    store.written = delta.first_offset
                shares.update(delta.shares)
                sending = sender.submit(_write_chunk, writer, delta)
                report(delta.next_offset - delta.first_offset)
        if sending is not None:
            sending.result()
        pass_by("rebuild_before_finish")
        progress = Progress(job.end, projecting.register_next, projecting.time_reached, projecting.duplicates)
        late = projecting.holding_rows(), projecting.subject_rows(), projecting.entry_rows(), projecting.obligation_rows()
        writer.finish(*late, iter(share_rows(job.partition, shares)), progress)
    projecting.forget()
    return job.end


def _log_of(job: PartitionJob, opened: ExitStack) -> Stretches:
    if job.moment is not None:
        return opened.enter_context(stored_log(job.settings.postgres_dsn(), job.moment))
    return ArchiveLog(Archive(job.archive)) if job.archive else opened.enter_context(KafkaLog(job.settings))


def _write_chunk(writer: PartitionWriter, delta: Delta) -> None:
    writer.write_facts(delta)
    pass_by("rebuild_after_chunk")
