"""Read a topic from its beginning, for tests that must see what really is on the log."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from confluent_kafka import Consumer, TopicPartition

from ledger.contract import codec
from ledger.settings import Settings

READ_SECONDS_MAX = 30.0


class Logged(NamedTuple):
    """One record as it stands on the log."""

    topic: str
    partition: int
    offset: int
    timestamp: tuple[int, int]
    key: bytes
    type_name: str
    fields: dict[str, Any]
    headers: dict[str, bytes]


def read_topic(settings: Settings, topic: str) -> list[Logged]:
    """Return every record of a topic, by partition and offset."""
    consumer = Consumer({**settings.kafka_client_config(), "group.id": "test", "enable.auto.commit": False, "log_level": 0})
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        ends = {number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1] for number in partitions}
        consumer.assign([TopicPartition(topic, number, 0) for number in ends])
        found: list[Logged] = []
        deadline = time.monotonic() + READ_SECONDS_MAX
        while len(found) < sum(ends.values()):
            assert time.monotonic() < deadline, "the topic could not be read in time"
            for record in consumer.consume(1000, timeout=0.2):
                assert record.error() is None
                type_name, fields = codec.decode(record.value())
                headers = dict(record.headers() or ())
                found.append(Logged(topic, record.partition(), record.offset(), record.timestamp(), record.key(), type_name, fields, headers))
        return sorted(found, key=lambda each: (each.partition, each.offset))
    finally:
        consumer.close()
