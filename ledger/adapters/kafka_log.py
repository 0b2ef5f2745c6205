"""Reads a stretch of one partition, from one offset to another, in big batches: for the rebuild, other replays and the sealer.

Must never skip a record: retention that has passed over the start, a gap and a topic that was made again are errors. No consumer
group, no commits: where to begin is the caller's business. Source: KIP-79 and the consumer's `auto.offset.reset=error`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, Message, TopicPartition

from ledger.errors import DependencyError, OperatorError
from ledger.evidence.entries import Record as WholeRecord
from ledger.folding.reading import Record
from ledger.settings import Settings

#: Without one record for so long, Kafka is called unreachable. A broker that restarts needs some 10 s.
SILENCE_SECONDS_MAX = 60.0
REQUEST_SECONDS_MAX = 30.0
_POLL_SECONDS = 0.5
_HINT = "restore the topic from its backup; nothing is folded past a hole. See the runbook, `log and database differ`"


class KafkaLog:
    """The log, read by position. As a context manager it closes itself. Not for two threads at once."""

    def __init__(self, settings: Settings) -> None:
        self._consumer = Consumer(
            {
                **settings.kafka_client_config(),
                "group.id": "ledger-replay",  # librdkafka wants a name; nothing is ever committed under it
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "error",
                "enable.partition.eof": False,
                "fetch.wait.max.ms": 10,  # a fetch that waits at the end of a partition keeps the next question to the broker waiting
                "fetch.max.bytes": 64 << 20,
                "max.partition.fetch.bytes": 16 << 20,
                "queued.min.messages": 200_000,
                "queued.max.messages.kbytes": 128 << 10,
                "log_level": 0,
            }
        )

    def __enter__(self) -> KafkaLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def bounds(self, topic: str, partition: int, *, seconds: float = REQUEST_SECONDS_MAX) -> tuple[int, int]:
        """Return (first offset that is still there, offset of the next record to come). seconds: how long to wait for the broker.

        Raises:
            DependencyError: Kafka does not answer.
        """
        try:
            where = TopicPartition(topic, partition)
            low, high = self._consumer.get_watermark_offsets(where, timeout=seconds)
        except KafkaException as error:
            raise _failure(topic, partition, error.args[0]) from None
        return low, high

    def offset_after(self, topic: str, partition: int, millis: int) -> int:
        """The offset of the first record that the broker wrote later than that time; that of the next record to come when there is none.

        Raises:
            DependencyError: Kafka does not answer.
        """
        try:
            (found,) = self._consumer.offsets_for_times([TopicPartition(topic, partition, millis + 1)], timeout=REQUEST_SECONDS_MAX)
        except KafkaException as error:
            raise _failure(topic, partition, error.args[0]) from None
        if found.error is not None:
            raise _failure(topic, partition, found.error)
        return int(found.offset) if found.offset >= 0 else self.bounds(topic, partition)[1]

    def taken_at(self, topic: str, partition: int, offset: int) -> float:
        """When the broker took the record at an offset: seconds since 1970, by its clock. Raises: as `read`."""
        ((_, recorded, *_),) = next(self.read(topic, partition, offset, offset + 1, batch_records_max=1))
        return recorded / 1000

    def read(self, topic: str, partition: int, first: int, end: int, *, batch_records_max: int) -> Iterator[list[Record]]:
        """Give the records first <= offset < end, in offset order, in batches as big as allowed.

        Raises:
            OperatorError: a record of the range is not there (expired, topic made again, gap).
            DependencyError: Kafka does not answer.
        """
        for messages in self._read(topic, partition, first, end, batch_records_max):
            # headers() builds a list: few records need it, so the method itself is handed on.
            yield [(each.offset(), each.timestamp()[1], each.key(), each.value(), each.headers) for each in messages]  # type: ignore[misc]

    def read_whole(self, topic: str, partition: int, first: int, end: int, *, batch_records_max: int) -> Iterator[list[WholeRecord]]:
        """As `read`, with all that the broker has of each record: what is sealed.

        Raises:
            OperatorError, DependencyError: as `read`.
        """
        for messages in self._read(topic, partition, first, end, batch_records_max):
            yield [_whole(each) for each in messages]

    def _read(self, topic: str, partition: int, first: int, end: int, batch_records_max: int) -> Iterator[list[Message]]:
        if first >= end:
            return
        low, high = self.bounds(topic, partition)
        if first < low or end > high:
            raise OperatorError(f"cannot read {topic}-{partition} from {first} to {end}: it holds {low} to {high}", hint=_HINT)
        self._consumer.assign([TopicPartition(topic, partition, first)])
        try:
            expected = first
            while expected < end:
                batch = self._batch(topic, partition, expected, min(batch_records_max, end - expected))
                expected += len(batch)
                yield batch
        finally:
            self._consumer.unassign()

    def _batch(self, topic: str, partition: int, expected: int, size: int) -> list[Message]:
        deadline = time.monotonic() + SILENCE_SECONDS_MAX
        messages: list[Message] = []
        while not messages:
            try:
                messages = self._consumer.consume(size, timeout=_POLL_SECONDS)
            except KafkaException as error:
                raise _failure(topic, partition, error.args[0]) from None
            if not messages and time.monotonic() > deadline:
                raise DependencyError(f"cannot read {topic}-{partition}: no record for {SILENCE_SECONDS_MAX:.0f} s", hint="ledger status")
        for message in messages:
            failed = message.error()
            if failed is not None:
                raise _failure(topic, partition, failed)
        offsets: list[Any] = [message.offset() for message in messages]
        if offsets[0] != expected or offsets[-1] != expected + len(offsets) - 1:
            got = next(offset for i, offset in enumerate(offsets) if offset != expected + i)
            raise OperatorError(f"cannot read {topic}-{partition}: gap, expected an offset in order, got {got}", hint=_HINT)
        return messages


def _whole(message: Message) -> WholeRecord:
    kind, timestamp = message.timestamp()
    by_broker = kind == TIMESTAMP_LOG_APPEND_TIME
    has_time = kind != TIMESTAMP_NOT_AVAILABLE
    try:
        headers: Any = message.headers()
    except (SystemError, UnicodeDecodeError):  # the client cannot carry a header's name that is not UTF-8
        where = f"{message.topic()}-{message.partition()} offset {message.offset()}"
        hint = "somebody with write rights sent it: take these away; see the runbook, `a record that cannot be sealed`"
        raise OperatorError(f"cannot read {where}: the name of a header is not UTF-8", hint=hint) from None
    return WholeRecord(
        message.offset() or 0, timestamp if has_time else -1, int(by_broker), message.key(), message.value(),
        tuple(headers or ()),
    )  # fmt: skip


def _failure(topic: str, partition: int, error: KafkaError) -> DependencyError | OperatorError:
    doing = f"cannot read {topic}-{partition}"
    gone = (KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET, KafkaError._NO_OFFSET)
    if error.code() in gone:
        return OperatorError(f"{doing}: the offset is not there any more ({error.name()})", hint=_HINT)
    if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION, KafkaError._UNKNOWN_TOPIC):
        return OperatorError(f"{doing}: there is no such partition", hint=_HINT)
    return DependencyError(f"{doing}: {error.name()}", hint="ledger status")
