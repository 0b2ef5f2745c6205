"""Records that could not be read: what is known of them, and giving one that can be read by now another chance.

Must never print or log a record's bytes. A retry appends the same bytes with the same event id to the same partition; the record that
was refused stays where it is. A repeat of a retry is harmless: the fold drops an event id it has seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from ledger.adapters.memory_store import MemoryStore
from ledger.errors import CallerError, OperatorError
from ledger.folding.ports import Progress
from ledger.folding.projecting import Projecting
from ledger.folding.reading import REGISTER_OFFSET_HEADER, Record


class Position(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    log_offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.log_offset}"


class DeadLetter(NamedTuple):
    """One dead letter. recorded_at: microseconds since 1970. fingerprint: SHA-256 of the value. new_offset: of the retry, if any."""

    position: Position
    reason: str
    fingerprint: str
    size: int
    recorded_at: int
    new_offset: int | None


class Retried(NamedTuple):
    """What became of one retry: the new offset, or why the record still cannot be read."""

    position: Position
    new_offset: int | None
    reason: str | None


class RecordReader(Protocol):
    """Reads a stretch of the log; see adapters/kafka_log.py."""

    def read(self, topic: str, partition: int, first: int, end: int, *, batch_records_max: int) -> Iterator[list[Record]]:
        """Give the records first <= offset < end."""


def parse_position(text: str) -> Position:
    """Read `topic/partition/offset`.

    Raises:
        CallerError: it is something else.
    """
    topic, _, rest = text.partition("/")
    partition, _, offset = rest.partition("/")
    if not topic or not all(part.isascii() and part.isdigit() for part in (partition, offset)):
        raise CallerError("cannot read POSITION: expected topic/partition/offset", hint="`ledger dead-letters list` prints positions")
    return Position(topic, int(partition), int(offset))


def read_record(log: RecordReader, position: Position) -> Record:
    """Read the record itself from Kafka.

    Raises:
        OperatorError: it is not there any more. DependencyError: Kafka does not answer.
    """
    topic, partition, offset = position
    for batch in log.read(topic, partition, offset, offset + 1, batch_records_max=1):
        return batch[0]
    raise OperatorError(f"cannot read {position}: there is no such record")  # not reached: read() raises first


def headers_of(record: Record) -> list[tuple[str, bytes]]:
    """The headers of a record, whether they came as a list or as something that makes one."""
    headers: Any = record[4]() if callable(record[4]) else record[4]
    return [(name, value if isinstance(value, bytes) else str(value or "").encode()) for name, value in headers or ()]


def schema_id_of(value: bytes | None) -> int | None:
    """The schema id in the header of a value, when there is one."""
    return int.from_bytes(value[1:5], "big") if value and len(value) >= 5 and value[0] == 0 else None


def still_unreadable(record: Record, letter: DeadLetter, *, partitions: int, simulated: bool, now_millis: int) -> str | None:
    """Why the fold would refuse this record again if it were appended now, or None.

    Asked of the fold itself, on an empty ledger: what depends on other records (a repeat) is not a reason to keep it back.
    """
    if record[2] is None and any(name == REGISTER_OFFSET_HEADER for name, _ in headers_of(record)):
        return "register_copy"
    fold = Projecting(
        letter.position.partition,
        MemoryStore(),
        topic=letter.position.topic,
        partitions=partitions,
        progress=Progress(0, 0, 0, 0),
        simulated=simulated,
    )
    _, _, key, value, _ = record
    refused = fold.project([(0, now_millis, key, value, headers_of(record))]).dead_letters
    return str(refused[0][3]) if refused else None


def retry(
    letter: DeadLetter,
    log: RecordReader,
    *,
    partitions: int,
    simulated: bool,
    now_millis: int,
    append: Callable[[Position, Record], int],
    note: Callable[[Position, int], None],
) -> Retried:
    """Emit a dead letter again if it can be read by now.

    append: puts the record at the end of its partition and returns its offset. note: remembers that. Dying between the two means that
    a later retry appends once more, which the fold drops.
    """
    if letter.new_offset is not None:
        return Retried(letter.position, letter.new_offset, None)
    record = read_record(log, letter.position)
    reason = still_unreadable(record, letter, partitions=partitions, simulated=simulated, now_millis=now_millis)
    if reason is not None:
        return Retried(letter.position, None, reason)
    new_offset = append(letter.position, record)
    note(letter.position, new_offset)
    return Retried(letter.position, new_offset, None)
