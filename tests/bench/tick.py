"""tick: one tick makes a million holdings due (WH-07, datasets of visitor logs); how fast their obligations reach the outbox, and how long a fact
that comes meanwhile takes to be visible.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from confluent_kafka import Producer

from ledger.contract import codec
from ledger.core.ids import message_key
from ledger.register import publish_time
from tests.bench import ledgers
from tests.bench.figures import Figure
from tests.bench.shares import START_MICROS, encoded, produce_all

RATE = 200  # facts a second while the tick is worked off
WARM_UP_SECONDS = 3.0
TRAFFIC = ["ledger:DomainName", "ledger:RequestedPath", "ledger:VisitorTraffic", "pd:IPAddress", "pd:UserAgent"]


def datasets(count: int) -> Iterator[tuple[bytes, bytes]]:
    """(message key, framed value): each a day of visitor traffic of one site, kept two years."""
    encode = codec.encoder("DataCollected")
    for number in range(count):
        at = START_MICROS + number * 1_000
        subject = f"dataset-{number:012x}"
        fields = {
            "event_id": (at // 1000).to_bytes(6, "big") + b"\x70\x00" + (1 << 63 | 1 << 61 | number).to_bytes(8, "big"),
            "controller": "webhoster", "subject_ref": subject, "occurred_at": at, "source": "bench", "salt": os.urandom(16),
            "activity": "visitor_traffic", "categories": TRAFFIC, "purposes": ["ledger:BreachInvestigation"], "legal_basis": "eu-gdpr:A6-1-f",
            "store": "traffic-logs", "country": "NL", "origin": "OBSERVED",
        }  # fmt: skip
        yield message_key("webhoster", subject), encode(fields)


def run(events: int) -> list[Figure]:
    """Make `events` datasets due with one tick."""
    with ledgers.ledger() as running, psycopg.connect(ledgers.dsn(running), autocommit=True) as link:
        ledgers.fold_policies(running)
        produce_all(running.settings.kafka.bootstrap_servers, "facts", datasets(events))
        ledgers.run(running, "rebuild")
        link.execute("VACUUM ANALYZE projection.holding")
        with ledgers.worker(running, "projector", "broadcaster") as process:
            seen = _measure(running, link, events, process)
            memory = ledgers.memory_mib(process.pid)
        bare = ledgers.peer("-m", "tests.bench.peers.bare_tick", ledgers.dsn(running))
    rate = events / seen["seconds"]
    note = f"{seen['seconds']:.1f} s from the tick's append to the last commit; worker {memory:,.0f} MiB at most, {seen['idle_mib']:,.0f} before"
    name = f"obligations of one tick over {events:,}"
    delay = f"p50 {seen['p50']:,.0f} ms, max {seen['max']:,.0f} ms, {seen['facts']:,.0f} facts"
    return [
        Figure(name=name, ours=rate, peer_name="goal of 30,000/s", peer=30_000, unit="/s", floor=1.0, goal=1.0, note=note),
        Figure(name="the same", ours=rate, peer_name="bare loop that judges nothing, nothing beside it", peer=bare, unit="/s", floor=0.5, goal=1.0),
        Figure(
            name="append to visible meanwhile, p99", ours=seen["p99"], peer_name="bound of 1 s", peer=1_000, unit="ms", floor=1.0, goal=2.0,
            note=delay,
        ),
    ]


def _measure(running: ledgers.Running, link: psycopg.Connection[Any], events: int, process: subprocess.Popen[bytes]) -> dict[str, float]:
    """Seconds of the tick, and delays in ms of the facts that came while it was worked off."""
    facts, stop = _Facts(running.settings.kafka.bootstrap_servers), threading.Event()
    sender = threading.Thread(target=facts.send, args=(stop,))
    sender.start()
    idle = before = ticked = 0.0
    progress: list[tuple[float, dict[int, int]]] = []
    begun = time.perf_counter()
    deadline = begun + ledgers.WAIT_SECONDS_MAX
    try:
        while time.perf_counter() < deadline:
            rows = link.execute("SELECT partition, next_offset, pending_offset FROM projection.progress WHERE topic = 'facts'").fetchall()
            now = time.perf_counter()
            progress.append((now, {partition: offset for partition, offset, _ in rows}))
            if not ticked and facts.are_seen(progress[-1][1]) and now - begun > WARM_UP_SECONDS:
                idle = ledgers.memory_mib(process.pid)
                before = _raised(link)
                publish_time(running.settings, datetime.fromtimestamp(START_MICROS / 1e6, UTC) + timedelta(days=3 * 365), "simulated")
                ticked = time.perf_counter()
            elif ticked and now - ticked > 1 and all(pending is None for _, _, pending in rows) and _raised(link) - before >= events:
                break
            time.sleep(0.01)
        else:
            raise RuntimeError("the tick was not worked off in time")
        if process.poll() is not None:
            raise RuntimeError("the worker ended")
        done = now
        stop.set()
        sender.join()
        while not facts.are_all_seen(progress[-1][1]) and time.perf_counter() < deadline:
            rows = link.execute("SELECT partition, next_offset FROM projection.progress WHERE topic = 'facts'").fetchall()
            progress.append((time.perf_counter(), dict(rows)))
            time.sleep(0.01)
    finally:
        stop.set()
        sender.join()
    delays = sorted(facts.delays(progress, ticked, done))
    return {
        "seconds": done - ticked, "idle_mib": idle, "facts": len(delays), "p50": delays[len(delays) // 2],
        "p99": delays[int(len(delays) * 0.99)], "max": delays[-1],
    }  # fmt: skip


def _raised(link: psycopg.Connection[Any]) -> int:
    """Obligations in the projections."""
    row = link.execute("SELECT count(*) FROM projection.obligation").fetchone()
    return int(row[0]) if row else 0


class _Facts:
    """Facts about other subjects, sent on schedule."""

    def __init__(self, bootstrap: str) -> None:
        self.sent: dict[tuple[int, int], float] = {}
        self._producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "partitioner": "murmur2_random", "linger.ms": 2})

    def send(self, stop: threading.Event) -> None:
        """Send until told to stop."""
        started = time.perf_counter()
        for number, (key, value) in enumerate(encoded(RATE * int(ledgers.WAIT_SECONDS_MAX), 20_000)):
            at = started + number / RATE
            while time.perf_counter() < at:
                self._producer.poll(0)
                time.sleep(0.002)
            if stop.is_set():
                break
            self._producer.produce("facts", value, key, on_delivery=self._report(at))
        self._producer.flush(30)

    def _report(self, at: float) -> Any:
        def delivered(error: Any, message: Any) -> None:
            if error is None:
                self.sent[message.partition(), message.offset()] = at

        return delivered

    def are_seen(self, progress: dict[int, int]) -> bool:
        """Whether some have come to be visible, in every partition one."""
        first: dict[int, int] = {}
        for partition, offset in list(self.sent):
            first[partition] = min(offset, first.get(partition, offset))
        return len(first) == len(progress) and all(progress.get(partition, 0) > offset for partition, offset in first.items())

    def are_all_seen(self, progress: dict[int, int]) -> bool:
        """Whether none is left out of what is visible."""
        return all(progress.get(partition, 0) > offset for partition, offset in self.sent)

    def delays(self, progress: list[tuple[float, dict[int, int]]], since: float, until: float) -> list[float]:
        """Milliseconds from append to visible of those sent in a span of time."""
        found = []
        for partition in {partition for partition, _ in self.sent}:
            place = 0
            for (_, offset), at in sorted((each for each in self.sent.items() if each[0][0] == partition), key=lambda each: each[0][1]):
                while place < len(progress) and progress[place][1].get(partition, 0) <= offset:
                    place += 1
                if place < len(progress) and since <= at <= until:
                    found.append((progress[place][0] - at) * 1000)
        return found
