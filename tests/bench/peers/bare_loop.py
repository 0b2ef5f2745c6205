"""Peer: a bare confluent-kafka loop that judges nothing. Prints one JSON line: events, seconds.

Modes: consume; decode (+ fastavro); upsert (+ three holding rows per event: COPY to a temp table, ON CONFLICT, offset row in the transaction).
Run: python -m tests.bench.peers.bare_loop MODE BOOTSTRAP TOPIC EVENTS [DSN]
"""

from __future__ import annotations

import importlib.resources
import io
import json
import sys
import time
from typing import Any

import fastavro
from confluent_kafka import Consumer, TopicPartition

BATCH = 5_000
FRAME = b"\x00\x00\x00\x03\xea"
"""A DataShared, version 1: schema id 1002. Copies of register events are passed over."""

TABLES = """
DROP TABLE IF EXISTS peer_holding, peer_progress;
CREATE TABLE peer_holding (controller text, subject_ref text, holder text, category text, purpose text, legal_basis text,
    since bigint, event_id uuid, PRIMARY KEY (controller, subject_ref, holder, category, purpose));
CREATE TABLE peer_progress (topic text, partition int, next_offset bigint, PRIMARY KEY (topic, partition));
CREATE TEMP TABLE incoming (LIKE peer_holding) ON COMMIT DELETE ROWS;
"""
UPSERT = """
INSERT INTO peer_holding SELECT DISTINCT ON (controller, subject_ref, holder, category, purpose) * FROM incoming
ON CONFLICT (controller, subject_ref, holder, category, purpose) DO UPDATE SET event_id = excluded.event_id
"""
OFFSET = """
INSERT INTO peer_progress VALUES (%s, %s, %s) ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
"""


def schema() -> Any:
    """The DataShared schema with its instants as plain integers: what a bare loop reads fastest."""
    text = importlib.resources.files("ledger._schemas").joinpath("data_shared/v1.avsc").read_text()
    return fastavro.parse_schema(json.loads(text, object_hook=lambda node: {k: v for k, v in node.items() if k != "logicalType"}))


def main() -> None:
    """Consume the topic once from its beginning."""
    mode, bootstrap, topic, events = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "peer-bare", "enable.auto.commit": False, "fetch.message.max.bytes": 4_194_304})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    parsed = schema()
    connection = None
    if mode == "upsert":
        import psycopg

        connection = psycopg.connect(sys.argv[5])
        connection.execute(TABLES)
        connection.commit()
    done, started = 0, 0.0
    while done < events:
        messages = [message for message in consumer.consume(BATCH, timeout=0.2) if message.value()[:5] == FRAME]
        if not messages:
            continue
        started = started or time.perf_counter()
        done += len(messages)
        if mode == "consume":
            continue
        decoded = [fastavro.schemaless_reader(io.BytesIO(message.value()[5:]), parsed, None) for message in messages]
        if connection is not None:
            _write(connection, messages, decoded)
    print(json.dumps({"events": done, "seconds": time.perf_counter() - started}))


def _write(connection: Any, messages: list[Any], decoded: list[Any]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy("COPY incoming FROM STDIN") as copy:
            copy.write(
                "".join(
                    f"{event['controller']}\t{event['subject_ref']}\t{event['recipient']}\t{category}\t{event['purpose']}\t{event['legal_basis']}"
                    f"\t{event['occurred_at']}\t{event['event_id'].hex()}\n"
                    for event in decoded
                    for category in event["categories"]
                )
            )
        cursor.execute(UPSERT)
        last = {(message.topic(), message.partition()): message.offset() + 1 for message in messages}
        cursor.executemany(OFFSET, [(topic, partition, offset) for (topic, partition), offset in last.items()])


if __name__ == "__main__":
    main()
