"""sdk: what receipts, checks and headers cost beside a bare encode and produce."""

from __future__ import annotations

import io
import time
from typing import Any

import fastavro
from confluent_kafka import Producer

from ledger import Emitter
from ledger.core.ids import message_key
from tests.bench import ledgers
from tests.bench.figures import Figure
from tests.bench.peers.bare_loop import schema
from tests.bench.shares import CONTROLLER, share_fields

ENVELOPE = ("event_id", "controller", "subject_ref", "source", "salt", "sealed", "actor", "correlation_id", "caused_by", "occurred_at")


def run(events: int) -> list[Figure]:
    """Emit the same events with ours and with a bare loop, each waiting for every acknowledgement."""
    events = min(events, 100_000)
    with ledgers.ledger() as running:
        bootstrap = running.settings.kafka.bootstrap_servers
        made = [share_fields(number, number % 20_000) for number in range(events)]
        bare = max(_bare(bootstrap, made) for _ in range(3))
        ours = max(_ours(bootstrap, made) for _ in range(3))
    note = f"{1e6 / ours:.1f} us an event against {1e6 / bare:.1f}"
    peer = "bare fastavro encode + produce with callback"
    return [Figure(name="SDK, with receipts", ours=ours, peer_name=peer, peer=bare, unit="ev/s", floor=0.5, goal=0.8, note=note)]


def _bare(bootstrap: str, made: list[dict[str, Any]]) -> float:
    parsed, acknowledged = schema(), 0

    def report(error: Any, _message: Any) -> None:
        nonlocal acknowledged
        acknowledged += error is None

    producer = Producer(
        {"bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "partitioner": "murmur2_random", "compression.type": "lz4",
         "linger.ms": 1}
    )  # fmt: skip
    producer.list_topics("facts", timeout=10)
    started = time.perf_counter()
    for number, fields in enumerate(made):
        body = io.BytesIO()
        body.write(b"\x00\x00\x00\x03\xea")
        fastavro.schemaless_writer(body, parsed, fields)
        producer.produce("facts", body.getvalue(), message_key(fields["controller"], fields["subject_ref"]), on_delivery=report)
        if number % 100 == 0:
            producer.poll(0)
    producer.flush(60)
    if acknowledged != len(made):
        raise RuntimeError(f"bare loop: {acknowledged} of {len(made)} acknowledged")
    return len(made) / (time.perf_counter() - started)


def _ours(bootstrap: str, made: list[dict[str, Any]]) -> float:
    calls = [({k: v for k, v in fields.items() if k not in ENVELOPE and v is not None}, fields["subject_ref"]) for fields in made]
    with Emitter(controller=CONTROLLER, source="bench", bootstrap_servers=bootstrap, deadline_seconds=60) as emitter:
        emitter.emit("DataShared", subject=calls[0][1], **calls[0][0])
        started = time.perf_counter()
        pending = [emitter.emit_soon("DataShared", subject=subject, **fields) for fields, subject in calls]
        emitter.flush()
        receipts = [each.result(0) for each in pending]
        seconds = time.perf_counter() - started
    if len({receipt.event_id for receipt in receipts}) != len(made):
        raise RuntimeError("not every event has a receipt of its own")
    return len(made) / seconds
