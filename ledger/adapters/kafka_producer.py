"""The one door to Kafka's producer: idempotent, acknowledged by all replicas, with a bound on every wait.

Must never lose a delivery report: whoever hands in an event gets exactly one answer. librdkafka sends from its own threads;
delivery reports are handed over inside `poll`, `wait` and `flush`, in the thread that calls them. There is no polling
thread: while the caller computes, it would take the interpreter's lock once for each report, and idle it would burn CPU.
Sources: librdkafka's own configuration page; KIP-98 and KIP-679 (idempotence).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Producer

from ledger.contract.codec import MESSAGE_BYTES_MAX
from ledger.errors import LedgerError
from ledger.sdk.receipts import (
    BrokerRefusedError,
    KafkaUnreachableError,
    NoLedgerError,
    NotAcknowledgedError,
    QueueFullError,
)
from ledger.topics import FACTS, MARKER_TOPICS, REGISTER

Report = Callable[[Any, Any], None]
"""A delivery report: (KafkaError or None, message with partition, offset and timestamp)."""

# Longest sleep inside librdkafka: bounds how late a thread notices a report that another has served. Measured: p50 of a lone
# event 0.25 ms, since a flush sends at once; with `poll` it would wait out linger.ms.
_FLUSH_SLICE_SECONDS: Final = 0.001
_FULL_QUEUE_POLL_SECONDS: Final = 0.01

# Errors by which the broker says no for good; after any other the event may still be on the log.
_REFUSALS: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_REQUIRED_ACKS,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
    }
)


def producer_config(client: Mapping[str, Any], *, deadline_seconds: float, queue_max: int) -> dict[str, Any]:
    """Return librdkafka's settings. client: how to reach the broker; what it names wins over ours, except what safety needs."""
    return {
        "client.id": "ledger-emitter",
        "compression.type": "lz4",
        "linger.ms": 5,  # batches of `emit_soon`; whoever waits for a receipt flushes, and does not wait for this
        "queue.buffering.max.kbytes": 1 << 20,
        "socket.connection.setup.timeout.ms": 5_000,
        "reconnect.backoff.max.ms": 1_000,
        "log_level": 0,  # librdkafka's own lines would repeat what our errors say
        **client,
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",
        "message.max.bytes": MESSAGE_BYTES_MAX,
        "queue.buffering.max.messages": queue_max,
        "delivery.timeout.ms": max(1, int(deadline_seconds * 1000)),
    }


class KafkaProducer:
    """A producer and the waiting on its reports. Safe to share between threads; not usable in a forked child.

    produce_now: librdkafka's own produce, for the hot path; after one of NOT_QUEUED call `produce`, which waits and translates.
    """

    NOT_QUEUED = (BufferError, KafkaException)

    def __init__(self, config: Mapping[str, Any], *, deadline_seconds: float) -> None:
        """Connects in the background; nothing is asked of the broker yet.

        Raises:
            KafkaUnreachableError: the settings cannot work (librdkafka refuses them).
        """
        self.deadline_seconds = deadline_seconds
        self.queue_max = int(config["queue.buffering.max.messages"])
        self.last_error = "no answer"
        try:
            self._producer = Producer({**config, "error_cb": self._note_error})
        except KafkaException as error:
            raise KafkaUnreachableError("set up the Kafka client", _name(error.args[0])) from None
        self.produce_now = self._producer.produce
        self.poll_now = self._producer.poll
        self._changed = threading.Condition()
        self._is_waiting = False

    def __len__(self) -> int:
        """Events without a report yet."""
        return len(self._producer)

    def produce(self, topic: str, value: bytes, key: bytes, headers: list[tuple[str, bytes]], report: Report, deadline: float) -> None:
        """Queue one event; while the queue is full, serve reports until the deadline (time.monotonic()).

        Raises:
            QueueFullError: no room came in time.
            KafkaUnreachableError: librdkafka refused it at once (it has given up after a fatal error).
        """
        while True:
            try:
                self.produce_now(topic, value, key, on_delivery=report, headers=headers)  # type: ignore[arg-type]  # a list of pairs is what librdkafka takes; list is invariant to mypy
                return
            except BufferError:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise QueueFullError(self.queue_max, self.deadline_seconds) from None
                self._serve(self._producer.poll, min(left, _FULL_QUEUE_POLL_SECONDS))
            except KafkaException as error:
                raise KafkaUnreachableError("hand an event to the Kafka client", _name(error.args[0])) from None

    def wait(self, is_done: Callable[[], bool], deadline: float) -> bool:
        """Serve reports until is_done() or the deadline; return is_done().

        One thread at a time waits inside librdkafka, the others for it: two inside would take each other's reports.
        """
        while not is_done():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._serve(self._producer.flush, min(left, _FLUSH_SLICE_SECONDS))
        return True

    def _serve(self, serve: Callable[[float], int], seconds: float) -> None:
        with self._changed:
            if self._is_waiting:
                self._changed.wait(seconds)
                return
            self._is_waiting = True
        try:
            serve(seconds)
        finally:
            with self._changed:
                self._is_waiting = False
                self._changed.notify_all()

    def serve(self) -> None:
        """Send at once and serve the reports that come within a moment: for a thread that does nothing else."""
        self._serve(self._producer.flush, _FLUSH_SLICE_SECONDS)

    def poll(self) -> None:
        """Serve the reports that have come, without waiting; left to the thread that waits, if one does."""
        if not self._is_waiting:
            self._producer.poll(0)

    def flush(self, deadline: float) -> int:
        """Send all at once, serve reports until none is missing or the deadline; return how many are missing."""
        return self._producer.flush(max(0.0, deadline - time.monotonic()))

    def read_topics(self, deadline: float) -> dict[str, int]:
        """Return topic name -> number of partitions.

        Raises:
            KafkaUnreachableError: no broker answered by the deadline.
        """
        try:
            found = self._producer.list_topics(timeout=max(0.001, deadline - time.monotonic()))
        except KafkaException as error:
            self._producer.poll(0)
            cause = self.last_error if self.last_error != "no answer" else _name(error.args[0])
            raise KafkaUnreachableError("read the topics", cause) from None
        return {name: len(topic.partitions) for name, topic in found.topics.items() if topic.error is None}

    def purge(self) -> None:
        """Drop what is queued, so that ending the process does not wait for it. Its reports come with an error."""
        self._producer.purge()
        self._producer.poll(0)

    def _note_error(self, error: KafkaError) -> None:
        self.last_error = _name(error)


def delivery_error(event_id: str, error: KafkaError) -> LedgerError:
    """Translate the error of a delivery report."""
    kind = BrokerRefusedError if error.code() in _REFUSALS else NotAcknowledgedError
    return kind(event_id, _name(error))


def check_is_ledger(topics: Mapping[str, int]) -> bool:
    """Say whether the ledger behind these topics is simulated.

    Raises:
        NoLedgerError: the topics are not those of a ledger.
    """
    kinds = [mode for mode, marker in MARKER_TOPICS.items() if marker in topics]
    if len(kinds) != 1:
        raise NoLedgerError(f"no ledger here: expected one of the topics {' and '.join(MARKER_TOPICS.values())}, got {len(kinds)} of them")
    for topic in (FACTS, REGISTER):
        if topic not in topics:
            raise NoLedgerError(f"no ledger here: expected the topic {topic}, got none of that name")
    if topics[REGISTER] != 1:
        raise NoLedgerError(f"no ledger here: expected one partition of {REGISTER}, got {topics[REGISTER]}")
    return kinds[0] == "simulated"


def _name(error: KafkaError) -> str:
    """Name an error by its symbol alone: librdkafka's texts may hold addresses and configuration values."""
    return str(error.name())
