"""What must be true after any fault. Each oracle asks the log, the file of acknowledgements and PostgreSQL, and none of the code it judges.

O1 nothing lost: every acknowledged event is in PostgreSQL or among the dead letters.
O2 nothing doubled: each event once; totals equal an independent count of the log.
O3 no gaps: every offset of the log is accounted for exactly once, up to the end.
O4 rebuilt equals live: the projections made again from offset 0 have the same digest; outcomes published are those derived.
After Jepsen and Kafka's own verifiable clients.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import psycopg
from confluent_kafka import Consumer, TopicPartition

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_digest import digests
from ledger.contract.schema_store import find_by_id
from ledger.replaying.digest import differing
from ledger.replaying.rebuild import rebuild
from ledger.topics import DEAD_LETTERS, FACTS, OBLIGATIONS, REGISTER, VIOLATIONS
from tests.faults.life import Acknowledged
from tests.ledgers import TestLedger

READ_SECONDS_MAX = 30.0


def check_all(ledger: TestLedger, acknowledged: list[Acknowledged]) -> None:
    """All four, in an order that leaves the live projections alone until the last."""
    check_nothing_lost(ledger, acknowledged)
    check_nothing_doubled(ledger)
    check_no_gaps(ledger)
    check_outcomes_sent(ledger)
    check_rebuilt_equals_live(ledger)


def check_nothing_lost(ledger: TestLedger, acknowledged: list[Acknowledged]) -> None:
    """O1."""
    assert acknowledged, "a test without events shows nothing"
    with psycopg.connect(ledger.dsn) as connection:
        applied = {str(row[0]) for row in connection.execute("SELECT event_id FROM projection.fact")}
        dead = set(connection.execute("SELECT topic, partition, log_offset FROM projection.dead_letter").fetchall())
    lost = [
        entry
        for entry in acknowledged
        if entry.event_id not in applied and (entry.topic, entry.partition, entry.offset) not in dead
    ]
    assert not lost, f"O1: {len(lost)} of {len(acknowledged)} acknowledged events are nowhere, the first at {lost[0][1:]}"


def check_nothing_doubled(ledger: TestLedger) -> None:
    """O2: the facts in PostgreSQL are the distinct readable events of the log, each once."""
    expected: Counter[bytes] = Counter()
    for partition in range(ledger.identity.partitions):
        distinct = {event_id(value) for _, value, _ in read_all(ledger, FACTS, partition) if is_fact(value)}
        expected.update(distinct)
    with psycopg.connect(ledger.dsn) as connection:
        rows = connection.execute("SELECT event_id, count(*) FROM projection.fact WHERE subject_id IS NOT NULL GROUP BY 1").fetchall()
        dead = connection.execute("SELECT count(*) FROM projection.dead_letter").fetchone()
    found = Counter({row[0].bytes: row[1] for row in rows})
    doubled = [count for count in found.values() if count != 1]
    assert not doubled, f"O2: {len(doubled)} events are in PostgreSQL more than once"
    missing = expected.keys() - found.keys()
    assert len(missing) <= (dead[0] if dead else 0), f"O2: {len(missing)} events of the log are not in PostgreSQL"
    assert not found.keys() - expected.keys(), "O2: PostgreSQL has events that are not on the log"


def check_no_gaps(ledger: TestLedger) -> None:
    """O3: per partition, facts + ticks + dead letters + repeats are all offsets below next_offset, and that is the end of the log."""
    ends = KafkaAdmin(ledger.settings).end_offsets(FACTS, ledger.identity.partitions)
    with psycopg.connect(ledger.dsn) as connection:
        for partition, end in enumerate(ends):
            query = "SELECT next_offset, duplicates, register_next FROM projection.progress WHERE partition = %s"
            row = connection.execute(query, [partition]).fetchone()
            assert row is not None, f"O3: facts-{partition} was never folded"
            offsets = [
                found[0]
                for found in connection.execute(
                    "SELECT log_offset FROM projection.fact WHERE partition = %(p)s UNION ALL SELECT log_offset FROM projection.tick"
                    " WHERE partition = %(p)s UNION ALL SELECT log_offset FROM projection.dead_letter WHERE partition = %(p)s",
                    {"p": partition},
                )
            ]
            assert row[0] == end, f"O3: facts-{partition} is folded up to {row[0]}, the log ends at {end}"
            assert len(offsets) == len(set(offsets)), f"O3: an offset of facts-{partition} is accounted for twice"
            assert len(offsets) + row[1] == end, f"O3: facts-{partition} has {end} records, {len(offsets)} applied and {row[1]} repeats"
            register = KafkaAdmin(ledger.settings).end_offsets(REGISTER, 1)[0]
            assert row[2] == register, f"O3: facts-{partition} has copies up to {row[2]}, the register ends at {register}"


def check_outcomes_sent(ledger: TestLedger) -> None:
    """Every outcome in the outbox is on its topic, in its partition, in order at its first appearance; nothing else is."""
    for topic in (OBLIGATIONS, VIOLATIONS, DEAD_LETTERS):
        with psycopg.connect(ledger.dsn) as connection:
            rows = connection.execute(
                "SELECT partition, value FROM projection.outcome WHERE topic = %s ORDER BY partition, log_offset, ordinal", [topic]
            ).fetchall()
        expected: dict[int, list[bytes]] = {}
        for partition, value in rows:
            expected.setdefault(0 if topic == DEAD_LETTERS else partition, []).append(bytes(value))
        for partition in range(1 if topic == DEAD_LETTERS else ledger.identity.partitions):
            sent = list(dict.fromkeys(value for _, value, _ in read_all(ledger, topic, partition)))
            wanted = expected.get(partition, [])
            if topic == DEAD_LETTERS:  # outcomes of several partitions meet there
                sent, wanted = sorted(sent), sorted(wanted)
            assert sent == wanted, f"O4: {topic}-{partition} has {len(sent)} outcomes, the outbox {len(wanted)}, or in another order"


def check_rebuilt_equals_live(ledger: TestLedger) -> None:
    """O4. Leaves the rebuilt projections live."""
    live = digests(ledger.dsn, "projection")
    report = rebuild(ledger.settings, workers=1)
    differs = differing(live, digests(ledger.dsn, "projection"))
    assert not differs, f"O4: rebuilt and live differ in {', '.join(differs)}"
    assert report.findings.is_clean, f"O4: outcomes derived again differ from those published: {report.findings}"


def read_all(ledger: TestLedger, topic: str, partition: int) -> list[tuple[int, Any, Any]]:
    """(offset, value, headers) of every record of a partition, by a plain consumer."""
    consumer = Consumer({**ledger.settings.kafka_client_config(), "group.id": "oracle", "enable.auto.commit": False, "auto.offset.reset": "error"})
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        consumer.assign([TopicPartition(topic, partition, low)])
        found: list[tuple[int, Any, Any]] = []
        deadline = time.monotonic() + READ_SECONDS_MAX
        while len(found) < high - low and time.monotonic() < deadline:
            found += [(m.offset(), m.value(), m.headers()) for m in consumer.consume(1000, timeout=0.2) if m.error() is None]
        assert len(found) == high - low, f"the oracle could not read {topic}-{partition}"
        return found
    finally:
        consumer.close()


def is_fact(value: bytes | None) -> bool:
    """Whether the frame names a fact's schema. Says nothing about the body."""
    if not value or len(value) < 21 or value[0] != 0:
        return False
    row = find_by_id(int.from_bytes(value[1:5], "big"))
    return row is not None and row.name in _FACT_NAMES


def event_id(value: bytes) -> bytes:
    """The first field of every event's body is its id, 16 bytes: read here without the codec."""
    return value[5:21]


_FACT_NAMES = {
    "DataCollected", "DataShared", "ConsentChanged", "ObjectionChanged", "DataErased", "DataRectified", "DataUsed", "DataConsulted",
    "MilestoneReached", "RequestReceived", "RequestAnswered", "DisclosureRequested", "DisclosureDecided", "NoticeGiven", "HoldPlaced",
    "HoldReleased", "KeyDestroyed",
}  # fmt: skip
