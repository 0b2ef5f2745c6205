"""Folds batches of facts into PostgreSQL: while the rows of one round are written, the next one is folded.

Two threads and two short queues between the event loop (which keeps Kafka's heartbeats) and PostgreSQL:
  agent -> [incoming] -> thread fold: `Projecting.project` -> [outgoing, at most 1] -> thread write: one transaction -> acknowledged.
A round is all that waits when the fold is free, of all partitions: so transactions are few when there is much to do, and soon when there is little.
What a register event has left pending (ledger/folding/pending.py) is worked off a chunk per round; a batch without records keeps the rounds going.
Steps of a batch, for the fault tests: 1 folded  2 rows written  3 committed  4 noted by the fold  5 acknowledged to Kafka. Dying before 3 loses
nothing: the batch is read again. Dying after 3 repeats nothing: PostgreSQL says where to start. Must never write a batch whose
predecessor was not committed; the fence in PostgreSQL refuses it.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from ledger import metrics
from ledger.contract import schema_store
from ledger.core.delta import Delta
from ledger.errors import DependencyError
from ledger.failpoints import pass_by
from ledger.folding.ports import Progress, ProjectionWriter, SubjectStore
from ledger.folding.projecting import Projecting
from ledger.tracing import spans
from processors.sources import HEARD

#: Records fetched and not yet committed, in polls: one being written, one being folded, one at hand. What bounds the memory.
POLLS_UNDER_WAY_MAX: Final = 3
QUIET_SECONDS_MAX: Final = 30.0  # for batches under way to be committed before a rebalance goes on; Kafka allows 60
JOIN_SECONDS_MAX: Final = 3.0
#: How long folding or writing one round may take while a register event is worked off: chunks are made smaller until it does.
ROUND_SECONDS_WANTED: Final = 0.2
CHUNK_SUBJECTS_MIN: Final = 150
CHUNK_SUBJECTS_FIRST: Final = 1_000


class Store(SubjectStore, ProjectionWriter, Protocol):
    """What the projector needs of PostgreSQL."""

    def progress(self, topic: str, partition: int) -> Progress: ...
    def write_together(self, deltas: Sequence[Delta]) -> None: ...
    def close(self) -> None: ...


def _type_of(schema_id: int) -> str:
    row = schema_store.find_by_id(schema_id)
    return row.name if row is not None else "unknown"


def _nothing() -> None:
    """What there is to do once nobody waits."""


@dataclass(slots=True)
class Batch:
    """The records of one partition and poll, or none: go on with what is pending there.

    done: called in the loop once they are committed, or seen to be old.
    """

    partition: int
    epoch: int
    records: Sequence[Any]
    done: Callable[[], None] = _nothing


class Made(NamedTuple):
    """What a partition's batches change, and when that was folded. began: nanoseconds since 1970."""

    delta: Delta
    began: int
    seconds: float


Folded = tuple[list[Batch], list[Made]]
"""One round: all batches that waited, and what they change, at most one delta a partition."""


def _trace(moved: Collection[Made], write_seconds: float, **error: str) -> None:
    """One span for what each partition has moved by. They were written in one transaction: each says how long that took."""
    if not spans.is_on():
        return
    for delta, began, seconds in moved:
        spans.past(
            "fold", began, time.time_ns(), partition=delta.partition, events=delta.next_offset - delta.first_offset, fold_seconds=seconds,
            write_seconds=write_seconds, **error,
        )  # fmt: skip


class Projector:
    """The pipeline. `put`, `quieten` and `position` are for the event loop; `close` for anyone.

    chunk_subjects: into so many subjects at most pending register events are folded in one round, over all partitions.
    on_failure: called once, from any thread, with what ended the pipeline.
    """

    def __init__(
        self,
        store: Store,
        *,
        topic: str,
        partitions: int,
        simulated: bool,
        records_max: int,
        chunk_subjects: int,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._records_max = records_max * POLLS_UNDER_WAY_MAX
        self._chunk_max = chunk_subjects
        self._chunk = min(chunk_subjects, CHUNK_SUBJECTS_FIRST)
        self._write_seconds, self._turn = 0.0, -1
        self._fetched = 0  # records of this epoch that are not committed, whether they have reached `put` or wait inside Faust
        self._room = asyncio.Event()
        self._room.set()
        self._store, self._topic, self._partitions, self._simulated = store, topic, partitions, simulated
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._incoming: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._outgoing: queue.SimpleQueue[Folded | None] = queue.SimpleQueue()
        self._taken = threading.Event()  # whether the writer has begun with what was folded last
        self._taken.set()
        self._projectings: dict[int, Projecting] = {}
        self._committed: dict[int, int] = {}
        self._under_way = 0
        self._left_pending: set[int] = set()  # partitions that were found with pending register events
        self._failed = threading.Event()
        self.epoch = 0
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=f"ledger-{name}", daemon=True)
            for name, work in (("fold", self._fold_all), ("write", self._write_all))
        ]
        for thread in self._threads:
            thread.start()

    # -- in the event loop

    async def has_room(self, seconds: float) -> bool:
        """Wait until more may be fetched; False when the time is over."""
        if not self._room.is_set():
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._room.wait(), seconds)
        return self._room.is_set()

    def batch(self, partition: int, records: Sequence[Any]) -> Batch:
        """Make a batch of this epoch of what was just fetched."""
        self._count(len(records))
        return Batch(partition, self.epoch, records)

    def put(self, batch: Batch) -> None:
        """Hand in a batch."""
        self._under_way += 1
        self._incoming.put(batch)

    async def quieten(self) -> None:
        """Begin a new epoch: batches fetched before are dropped unless already being folded; return when none is under way.

        Raises:
            DependencyError: PostgreSQL did not finish in time.
        """
        self.epoch += 1
        self._left_pending.clear()
        deadline = time.monotonic() + QUIET_SECONDS_MAX
        while self._under_way and not self._failed.is_set():
            if time.monotonic() > deadline:
                raise DependencyError(f"cannot hand over partitions: {self._under_way} batches not committed in {QUIET_SECONDS_MAX:.0f} s")
            await asyncio.sleep(0.002)
        self._count(-self._fetched)  # also what Faust has dropped on the way

    def keep_only(self, assigned: Collection[int]) -> None:
        """Forget the state of all other partitions. Only when quiet."""
        for partition in self._projectings.keys() - set(assigned):
            del self._projectings[partition]

    async def position(self, partition: int) -> int:
        """The next offset as PostgreSQL says. What the fold knows of the partition is kept if it stands there too. Only when quiet."""
        progress = await asyncio.to_thread(self._store.progress, self._topic, partition)
        known = self._projectings.get(partition)
        if known is not None and (known.next_offset, known.pending) != (progress.next_offset, progress.pending):
            del self._projectings[partition]
        if progress.pending.steps:
            self._left_pending.add(partition)
        return progress.next_offset

    def go_on(self) -> None:
        """Work off what was found pending: after the last position of this epoch is read, since that is no longer quiet."""
        for partition in sorted(self._left_pending):
            self._go_on(partition, self.epoch)
        self._left_pending.clear()

    def close(self) -> None:
        """Stop both threads; what is not committed is left to the next start."""
        self._failed.set()
        self._incoming.put(None)
        deadline = time.monotonic() + JOIN_SECONDS_MAX
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._store.close()

    def _go_on(self, partition: int, epoch: int) -> None:
        """See to it that the next round goes on with what is pending, also when no records come."""
        if epoch == self.epoch:
            self.put(Batch(partition, epoch, ()))

    def _count(self, records: int) -> None:
        self._fetched += records
        if self._fetched < self._records_max:
            self._room.set()
        else:
            self._room.clear()

    def _settle(self, batches: list[Batch]) -> None:
        for batch in batches:
            self._under_way -= 1
            if batch.epoch == self.epoch:
                self._count(-len(batch.records))
            pass_by("batch_before_ack")
            batch.done()
            # The acknowledgement leads back to the batch through Faust's message: cut here, or every record waits for the garbage collector.
            batch.records, batch.done = (), _nothing

    # -- in the two threads

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            if not self._failed.is_set():
                self._failed.set()
                self._on_failure(error)
        finally:
            self._incoming.put(None)  # wake the other one
            if threading.current_thread() is self._threads[0]:
                self._outgoing.put(None)

    def _fold_all(self) -> None:
        while self._writer_is_free() and (waiting := self._take_waiting()) is not None and not self._failed.is_set():
            started = time.perf_counter()
            turn = self._next_turn(waiting)
            made = [self._fold(partition, batches, self._chunk if partition == turn else 0) for partition, batches in waiting.items()]
            seconds = time.perf_counter() - started
            metrics.BATCH_SECONDS.labels("fold").observe(seconds)
            if turn is not None:
                self._fit_chunk(max(seconds, self._write_seconds))
            self._taken.clear()
            self._outgoing.put(([batch for batches in waiting.values() for batch in batches], made))
            for delta, _, _ in made:
                if delta.pending.steps:
                    self._call_in_loop(self._go_on, delta.partition, waiting[delta.partition][0].epoch)

    def _next_turn(self, partitions: Collection[int]) -> int | None:
        """The partition of this round whose pending events are worked off: in turns, since a chunk asks the same questions small or big."""
        pending = sorted(partition for partition in partitions if partition in self._projectings and self._projectings[partition].is_pending)
        if not pending:
            return None
        self._turn = next((partition for partition in pending if partition > self._turn), pending[0])
        return self._turn

    def _fit_chunk(self, seconds: float) -> None:
        """Fit the size of the next chunks to what the last round took: a fact that comes meanwhile waits for up to three of such times."""
        factor = min(max(ROUND_SECONDS_WANTED / seconds, 2 / 3), 3 / 2)
        self._chunk = max(CHUNK_SUBJECTS_MIN, int(self._chunk * factor))
        self._chunk = min(self._chunk, self._chunk_max)

    def _fold(self, partition: int, batches: list[Batch], chunk: int) -> Made:
        began, started = time.time_ns(), time.perf_counter()
        projecting = self._projectings.get(partition) or self._begin(partition)
        committed = self._committed.pop(partition, None)
        if committed is not None:
            projecting.note_committed(committed)
        made = [(r.offset, r.timestamp, r.key, r.value, r.headers) for batch in batches for r in batch.records]
        delta = projecting.project(made, chunk=chunk)
        HEARD.note(projecting.heard)
        return Made(delta, began, time.perf_counter() - started)

    def _take_waiting(self) -> dict[int, list[Batch]] | None:
        """All batches that wait, by partition: what piled up during a slow transaction goes into the next one, so that many small polls
        do not become many small transactions. Waits for the first; None at the end.
        """
        taken: dict[int, list[Batch]] = {}
        batch = self._incoming.get()
        while batch is not None:
            if batch.epoch != self.epoch:
                self._finish([batch])
            else:
                taken.setdefault(batch.partition, []).append(batch)
            try:
                batch = self._incoming.get(block=not taken)
            except queue.Empty:
                return taken
        return None

    def _begin(self, partition: int) -> Projecting:
        progress = self._store.progress(self._topic, partition)
        self._committed.pop(partition, None)
        projecting = self._projectings[partition] = Projecting(
            partition, self._store, topic=self._topic, partitions=self._partitions, progress=progress, simulated=self._simulated
        )
        return projecting

    def _writer_is_free(self) -> bool:
        """Wait until what was folded before is being written: a record that comes meanwhile joins the next round, instead of the one after.

        False when the pipeline has failed.
        """
        while not self._taken.wait(0.2):
            if self._failed.is_set():
                return False
        return True

    def _write_all(self) -> None:
        while (folded := self._outgoing.get()) is not None and not self._failed.is_set():
            self._taken.set()
            batches, made = folded
            moved = [each for each in made if each.delta.moves]  # others were folded before: nothing to write
            if moved:
                started = time.perf_counter()
                try:
                    self._write([each.delta for each in moved], started)
                except BaseException as error:
                    _trace(moved, time.perf_counter() - started, error=type(error).__name__)
                    raise
                _trace(moved, self._write_seconds)
            for delta, _, _ in made:
                self._committed[delta.partition] = delta.number
            self._finish(batches)

    def _write(self, deltas: list[Delta], started: float) -> None:
        pass_by("batch_before_sql")
        self._store.write_together(deltas)
        pass_by("batch_after_commit")
        if any(delta.pending.steps for delta in deltas):
            pass_by("chunk_after_commit")
        self._write_seconds = time.perf_counter() - started
        metrics.BATCH_SECONDS.labels("write").observe(self._write_seconds)
        for delta in deltas:
            metrics.count_delta(delta, _type_of)

    def _finish(self, batches: list[Batch]) -> None:
        self._call_in_loop(self._settle, batches)

    def _call_in_loop(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(work, *arguments)
        except RuntimeError:  # the loop has ended; so has the interest in acknowledgements
            self._failed.set()
