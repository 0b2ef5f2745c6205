"""Peer: Quix Streams 3.28 with its own PostgreSQL sink, three holding rows per event, judging nothing. Prints one JSON line: events, seconds.

Runs in an environment of its own (quix.lock), so it imports nothing of ours.
Run: python quix_sink.py BOOTSTRAP TOPIC EVENTS SCHEMA_FILE HOST PORT DBNAME USER PASSWORD
"""

from __future__ import annotations

import io
import json
import logging
import sys
import tempfile
import time
import uuid
from typing import Any

import fastavro
from quixstreams import Application
from quixstreams.sinks.community.postgresql import PostgreSQLSink

FRAME = b"\x00\x00\x00\x03\xea"
"""A DataShared, version 1: schema id 1002. Copies of register events are passed over."""
KEY = ["controller", "subject_ref", "holder", "category", "purpose"]


def main() -> None:
    """Consume the topic once from its beginning."""
    bootstrap, topic, events, schema_file, host, port, dbname, user, password = sys.argv[1:]
    with open(schema_file) as file:  # noqa: PTH123
        parsed = fastavro.parse_schema(json.load(file, object_hook=lambda node: {k: v for k, v in node.items() if k != "logicalType"}))
    started = 0.0

    def rows(value: bytes) -> list[dict[str, Any]]:
        nonlocal started
        if value[:5] != FRAME:
            return []
        started = started or time.perf_counter()
        event = fastavro.schemaless_reader(io.BytesIO(value[5:]), parsed, None)
        event_id = str(uuid.UUID(bytes=event["event_id"]))
        return [
            {"controller": event["controller"], "subject_ref": event["subject_ref"], "holder": event["recipient"], "category": category,
             "purpose": event["purpose"], "legal_basis": event["legal_basis"], "since": event["occurred_at"], "event_id": event_id}
            for category in event["categories"]
        ]  # fmt: skip

    logging.disable(logging.WARNING)
    app = Application(
        broker_address=bootstrap, consumer_group=f"peer-quix-{uuid.uuid4().hex[:8]}", auto_offset_reset="earliest", commit_every=5_000, loglevel=None,
        state_dir=tempfile.mkdtemp(prefix="quix-state-"),
    )
    sink = PostgreSQLSink(
        host=host, port=int(port), dbname=dbname, user=user, password=password, table_name="peer_quix", primary_key_columns=KEY,
        upsert_on_primary_key=True, include_metadata=False,
    )  # fmt: skip
    frame = app.dataframe(app.topic(topic, value_deserializer="bytes", key_deserializer="bytes"))
    frame = frame.apply(rows, expand=True)
    frame.sink(sink)
    # count is of rows after the expansion: three for each event
    app.run(count=int(events) * 3, timeout=120)
    print(json.dumps({"events": int(events), "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
