"""Sends messages as they are, each to a partition the caller names: for copies of the register and for outcomes.

Idempotent, acks=all, never transactional. What reaches one partition is always a beginning of what was sent to it, in order, also when this
process dies: messages never expire in the queue (a message that expired would let those behind it pass), the caller's deadline ends the
sender instead. confluent_kafka lives in adapters/kafka_*.py only.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ledger.errors import DependencyError, OperatorError
from ledger.settings import Settings
from ledger.topics import FACTS_BYTES_MAX

Headers = Sequence[tuple[str, bytes]]
POLL_SECONDS = 0.1


class TooLargeError(OperatorError):
    """A message is larger than the topic takes; it will never be taken."""


class KafkaSender:
    """One producer. Not for two threads at once. After an error it is spent: close it and make another."""

    def __init__(self, settings: Settings, *, client_id: str) -> None:
        self._unsent = 0
        self._failure: KafkaError | None = None
        self._last_offsets: dict[tuple[str, int], int] = {}
        config: dict[str, Any] = {
            **settings.kafka_client_config(),
            "client.id": client_id,
            "enable.idempotence": True,
            "acks": "all",
            "message.timeout.ms": 0,  # never: see the module's docstring
            "message.max.bytes": FACTS_BYTES_MAX,
            "compression.type": "lz4",
            "linger.ms": 0,
            "log_level": 0,  # librdkafka's own lines would repeat what our errors say
        }
        self._producer = Producer(config)

    def send(self, topic: str, partition: int, *, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """Queue one message; waits while the queue is full. `finish` tells whether it arrived."""
        while True:
            try:
                self._producer.produce(
                    topic, value=value, key=key, partition=partition, headers=list(headers), on_delivery=self._delivered
                )
            except BufferError:
                self._producer.poll(POLL_SECONDS)
                self._raise_failure()
            except KafkaException as error:
                self._failure = error.args[0]
                self._raise_failure()
            else:
                self._unsent += 1
                return

    def finish(self, *, seconds: float) -> None:
        """Wait until the broker has acknowledged every message.

        Raises:
            DependencyError: not all were acknowledged in time. Some may be on the log: send again from what is noted.
            TooLargeError: one is larger than its topic takes. Those sent after it may be on the log.
            OperatorError: the broker refuses one for good.
        """
        deadline = time.monotonic() + seconds
        while self._unsent and self._failure is None and time.monotonic() < deadline:
            self._producer.poll(POLL_SECONDS)
        self._raise_failure()
        if self._unsent:
            raise DependencyError(
                f"cannot send to Kafka: {self._unsent} messages not acknowledged within {seconds:.0f} s",
                hint="check that Kafka runs: `ledger status`",
            )

    def last_offset(self, topic: str, partition: int) -> int:
        """Return the offset of the last acknowledged message of this partition."""
        return self._last_offsets[topic, partition]

    def close(self) -> None:
        """Drop what is queued and let the producer go."""
        self._producer.purge()
        self._producer.poll(0)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        self._unsent -= 1
        if error is None:
            self._last_offsets[message.topic() or "", message.partition() or 0] = message.offset() or 0
        elif self._failure is None:
            self._failure = error

    def _raise_failure(self) -> None:
        if self._failure is None:
            return
        name = self._failure.name()
        if self._failure.retriable() or self._failure.code() < 0:  # below zero: librdkafka's own, about the way to the broker
            raise DependencyError(f"cannot send to Kafka: {name}", hint="check that Kafka runs: `ledger status`")
        if self._failure.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            raise TooLargeError(f"cannot send to Kafka: refused as too large ({name})", hint="look at max.message.bytes of the topic")
        raise OperatorError(f"cannot send to Kafka: the broker refused ({name})", hint="look at the topic and the rights")
