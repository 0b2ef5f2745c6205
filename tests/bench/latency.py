"""latency: from append to visible in PostgreSQL, open loop, so that a slow moment cannot hide the events that waited."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg
from confluent_kafka import Producer

from tests.bench import ledgers
from tests.bench.figures import Figure
from tests.bench.shares import encoded

RATE = 5_000
SECONDS = 15
WARM_UP_SECONDS = 3
SLOT_SECONDS = 0.005  # events of a slot go out at its end and count from their own moment in it


def run(events: int) -> list[Figure]:
    """Send RATE events a second on schedule; an event is visible when its partition's progress has passed it."""
    with (
        ledgers.ledger() as running,
        ledgers.worker(running, "projector", "broadcaster"),
        psycopg.connect(ledgers.dsn(running), autocommit=True) as link,
    ):
        delays = _measure(running.settings.kafka.bootstrap_servers, link)
    delays.sort()
    p50, p99 = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
    note = f"p50 {p50:.0f} ms, max {delays[-1]:.0f} ms, {len(delays):,} events"
    name = f"append to visible, p99 at {RATE:,} ev/s"
    return [Figure(name=name, ours=p99, peer_name="bound of 150 ms", peer=150.0, unit="ms", floor=1.0, goal=1.5, note=note)]


def _measure(bootstrap: str, link: psycopg.Connection[Any]) -> list[float]:
    sent: dict[tuple[int, int], float] = {}
    seen: list[tuple[float, dict[int, int]]] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            rows = link.execute("SELECT partition, next_offset FROM projection.progress WHERE topic = 'facts'").fetchall()
            seen.append((time.perf_counter(), dict(rows)))
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    producer = Producer(
        {"bootstrap.servers": bootstrap, "enable.idempotence": True, "partitioner": "murmur2_random", "compression.type": "lz4", "linger.ms": 2}
    )
    made = list(encoded(RATE * SECONDS, 20_000))

    def report(at: float) -> Any:
        def delivered(error: Any, message: Any) -> None:
            if error is None:
                sent[message.partition(), message.offset()] = at

        return delivered

    watcher.start()
    started = time.perf_counter()
    for number, (key, value) in enumerate(made):
        at = started + number / RATE
        if at > time.perf_counter():  # sleep a slot: waiting for each event would take a whole core from what is measured
            producer.poll(0)
            time.sleep(SLOT_SECONDS)
        producer.produce("facts", value, key, on_delivery=report(at))
    producer.flush(30)
    deadline = time.monotonic() + 30
    last = {p: max(o for q, o in sent if q == p) for p in {p for p, _ in sent}}
    while time.monotonic() < deadline and not (seen and all(seen[-1][1].get(p, 0) > o for p, o in last.items())):
        time.sleep(0.01)
    stop.set()
    watcher.join()
    delays = []
    for partition in last:
        steps = iter(seen)
        when, progress = next(steps)
        for (_, offset), at in sorted((item for item in sent.items() if item[0][0] == partition), key=lambda item: item[0][1]):
            while progress.get(partition, 0) <= offset:
                when, progress = next(steps)
            if at - started > WARM_UP_SECONDS:
                delays.append((when - at) * 1000)
    return delays
