"""Follows one partition from an offset on, without a consumer group: for the broadcaster and for looking at the end of `register`.

Must never skip: an offset that is not there is an error, not a reason to start elsewhere. confluent_kafka lives in adapters/kafka_*.py only.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from ledger.errors import DependencyError, OperatorError
from ledger.folding.reading import Record
from ledger.settings import Settings

REQUEST_SECONDS_MAX = 10.0
_GROUP = "ledger-tail"  # librdkafka wants a name; nothing is ever committed under it


class KafkaTail:
    """One partition, read in order. As a context manager it closes itself. Not for two threads at once."""

    def __init__(self, settings: Settings, topic: str, partition: int) -> None:
        config: dict[str, Any] = {
            **settings.kafka_client_config(),
            "group.id": _GROUP,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "log_level": 0,
        }
        self._topic, self._partition = topic, partition
        self._consumer = Consumer(config)

    def __enter__(self) -> KafkaTail:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def bounds(self) -> tuple[int, int]:
        """Return (first offset that is there, offset of the next record to come).

        Raises:
            DependencyError: Kafka does not answer.
        """
        try:
            low, high = self._consumer.get_watermark_offsets(TopicPartition(self._topic, self._partition), timeout=REQUEST_SECONDS_MAX)
        except KafkaException as error:
            raise self._failure(error.args[0]) from None
        return low, high

    def start(self, offset: int) -> None:
        """Begin at this offset.

        Raises:
            OperatorError: the offset lies outside what the partition holds.
            DependencyError: Kafka does not answer.
        """
        low, high = self.bounds()
        if not low <= offset <= high:
            raise OperatorError(
                f"cannot read {self._topic}-{self._partition} from offset {offset}: it holds {low} to {high}",
                hint="the topic was made again or has lost records; see the runbook, `log and database differ`",
            )
        self._consumer.assign([TopicPartition(self._topic, self._partition, offset)])

    def read(self, *, records_max: int, seconds: float) -> list[Record]:
        """Return the next records in offset order, waiting up to `seconds` for the first and for none after it. records_max: besides the first.

        Raises:
            DependencyError: Kafka does not answer. OperatorError: the offset is gone.
        """
        found: list[Record] = []
        try:
            first = self._consumer.poll(seconds)  # returns at the first record; consume() would wait for all of them
            messages = [] if first is None else [first, *self._consumer.consume(records_max, timeout=0)]
        except KafkaException as error:
            raise self._failure(error.args[0]) from None
        for message in messages:
            failed = message.error()
            if failed is not None:
                raise self._failure(failed)
            found.append((message.offset() or 0, message.timestamp()[1], message.key(), message.value(), message.headers() or ()))
        return found

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _failure(self, error: KafkaError) -> DependencyError | OperatorError:
        doing = f"cannot read {self._topic}-{self._partition}"
        if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE, KafkaError.UNKNOWN_TOPIC_OR_PART):
            return OperatorError(f"{doing}: {error.name()}", hint="the topic was made again or has lost records; see the runbook")
        return DependencyError(f"{doing}: Kafka did not answer ({error.name()})", hint="check that Kafka runs: `ledger status`")
