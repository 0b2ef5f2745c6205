"""Log -> fold: reads a stretch of one partition and hands out what it means, batch by batch. Writes nothing.

Source: docs/architecture.md section 4. The rebuild, its catch-up and any other replay go through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from ledger.core.delta import Delta
from ledger.folding.projecting import Projecting
from ledger.folding.reading import Record

#: Records per batch: big enough that reading and writing cost little per record, small enough to stay below 100 MB.
BATCH_RECORDS_MAX = 20_000
#: Subjects into which a pending register event is folded at a time: nobody waits for the facts after it.
CHUNK_SUBJECTS_REPLAYED = 10_000


class Stretches(Protocol):
    """Gives a stretch of a log to fold."""

    def read(self, topic: str, partition: int, first: int, end: int, *, batch_records_max: int) -> Iterator[list[Any]]:
        """Give the records first <= offset < end in offset order, as the fold's reading takes them, or raise OperatorError."""


class Log(Stretches, Protocol):
    """Reads a stretch of the log itself."""

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """(first offset that is there, offset behind the last)."""

    def offset_after(self, topic: str, partition: int, millis: int) -> int:
        """The offset of the first record that the broker wrote later than that time; the offset behind the last when there is none."""

    def read(self, topic: str, partition: int, first: int, end: int, *, batch_records_max: int) -> Iterator[list[Record]]:
        """Give the records first <= offset < end in offset order, without a gap, or raise OperatorError."""


def replay(
    log: Stretches, projecting: Projecting, end: int, *, batch_records_max: int = BATCH_RECORDS_MAX, finish: bool = True
) -> Iterator[Delta]:
    """Fold from where `projecting` stands to before `end`; one delta per batch, and one per chunk of what is pending after it.

    The caller writes each delta and then calls `projecting.note_committed`. finish: not to leave anything pending.

    Raises:
        OperatorError: a record is missing, in the log or in the register copies.
        DependencyError: Kafka does not answer.
    """
    first = projecting.next_offset
    for records in log.read(projecting.topic, projecting.partition, first, end, batch_records_max=batch_records_max):
        yield projecting.project(records)
        while finish and projecting.is_pending:
            yield projecting.project((), chunk=CHUNK_SUBJECTS_REPLAYED)
    while finish and projecting.is_pending:
        yield projecting.project((), chunk=CHUNK_SUBJECTS_REPLAYED)
