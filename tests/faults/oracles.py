"""What must be true after any fault. O1 to O3 and the outcomes ask the log, the file of acknowledgements and PostgreSQL: bytes, headers and rows,
and nothing of the code they judge. O4 holds the code against itself: live against rebuilt.

O1 nothing lost: every acknowledged event is in PostgreSQL, a register event in every partition. What is put aside is what the test says, exactly.
O2 nothing doubled: each event of the log is one row, in its place, with its bytes; ticks and counted repeats are those of the log.
O3 no gaps: every offset of the log is accounted for exactly once, up to the end.
O5 nothing forgotten: what has come due is called for, or held back and said to be so.
O4 rebuilt equals live: the projections made again from offset 0 have the same digest; outcomes published are those derived.
After Jepsen and Kafka's own verifiable clients.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from confluent_kafka import Consumer, TopicPartition

from ledger.adapters.postgres_digest import digests
from ledger.replaying.digest import differing
from ledger.replaying.rebuild import rebuild
from ledger.topics import DEAD_LETTERS, FACTS, OBLIGATIONS, REGISTER, VIOLATIONS
from tests.faults.life import Acknowledged
from tests.ledgers import TestLedger

READ_SECONDS_MAX = 30.0
COPY_HEADER = "ledger-register-offset"
#: Schema ids of a tick, from the contract's own table.
TICK_IDS = set(json.loads((Path(__file__).parents[2] / "schemas" / "ids.json").read_text(encoding="utf-8"))["ledger.TimeReached"].values())

Place = tuple[str, int, int]
"""(topic, partition, offset)."""


class Counted(NamedTuple):
    """What one partition of the log holds. facts: (offset, event id, value). ticks: (offset, register offset). repeats: how many of both."""

    facts: set[tuple[int, bytes, bytes]]
    ticks: set[tuple[int, int]]
    repeats: int


def check_all(ledger: TestLedger, acknowledged: list[Acknowledged], put_aside: Collection[Place] = ()) -> None:
    """All five, in an order that leaves the live projections alone until the last. put_aside: where the test has put what nobody can read."""
    check_nothing_lost(ledger, acknowledged, put_aside)
    check_nothing_doubled(ledger, put_aside)
    check_no_gaps(ledger)
    check_outcomes_sent(ledger)
    check_nothing_forgotten(ledger)
    check_rebuilt_equals_live(ledger)


def check_nothing_lost(ledger: TestLedger, acknowledged: list[Acknowledged], put_aside: Collection[Place] = ()) -> None:
    """O1."""
    assert acknowledged, "a test without events shows nothing"
    with psycopg.connect(ledger.dsn) as connection:
        applied = {(str(event_id), partition) for event_id, partition in connection.execute("SELECT event_id, partition FROM projection.fact")}
        dead = set(connection.execute("SELECT topic, partition, log_offset FROM projection.dead_letter").fetchall())
    everywhere = range(ledger.identity.partitions)
    lost = [
        entry
        for entry in acknowledged
        if not all((entry.event_id, partition) in applied for partition in (everywhere if entry.topic == REGISTER else [entry.partition]))
        and (entry.topic, entry.partition, entry.offset) not in put_aside
    ]
    assert not lost, f"O1: {len(lost)} of {len(acknowledged)} acknowledged events are nowhere, the first at {lost[0][1:]}"
    assert dead == set(put_aside), f"O1: put aside without need {sorted(dead - set(put_aside))}, not put aside {sorted(set(put_aside) - dead)}"


def check_nothing_doubled(ledger: TestLedger, put_aside: Collection[Place] = ()) -> None:
    """O2."""
    for partition in range(ledger.identity.partitions):
        counted, name = count(ledger, partition, put_aside), f"facts-{partition}"
        with psycopg.connect(ledger.dsn) as connection:
            facts = connection.execute("SELECT log_offset, event_id, value FROM projection.fact WHERE partition = %s", [partition]).fetchall()
            ticks = connection.execute("SELECT log_offset, register_offset FROM projection.tick WHERE partition = %s", [partition]).fetchall()
            repeats = connection.execute("SELECT duplicates FROM projection.progress WHERE partition = %s", [partition]).fetchone()
        found = {(offset, event_id.bytes, value) for offset, event_id, value in facts}
        ids = [event_id for _, event_id, _ in facts]
        assert len(ids) == len(set(ids)), f"O2: {len(ids) - len(set(ids))} events of {name} are in PostgreSQL more than once"
        missing, strange = counted.facts - found, found - counted.facts
        assert not missing, f"O2: {len(missing)} events of {name} are not in PostgreSQL, the first at {min(missing)[0]}"
        assert not strange, f"O2: PostgreSQL has {len(strange)} events that {name} has not, the first at {min(strange)[0]}"
        assert sorted(ticks) == sorted(counted.ticks), f"O2: ticks of {name} are at {sorted(ticks)}, not {sorted(counted.ticks)}"
        assert repeats == (counted.repeats,), f"O2: {name} has {counted.repeats} repeats, PostgreSQL counts {repeats}"


def count(ledger: TestLedger, partition: int, put_aside: Collection[Place]) -> Counted:
    """Count a partition by the contract alone: copies of the register carry its offset and no key; an event's id is its first 16 bytes."""
    facts: set[tuple[int, bytes, bytes]] = set()
    ticks: set[tuple[int, int]] = set()
    seen: set[bytes] = set()
    repeats = register_next = 0
    for offset, key, value, headers in read_records(ledger, FACTS, partition):
        copy_of = int(dict(headers or ()).get(COPY_HEADER, b"-1")) if key is None else -1
        if (FACTS, partition, offset) in put_aside:
            register_next += copy_of == register_next
        elif 0 <= copy_of < register_next:
            repeats += 1
        else:
            assert copy_of in (-1, register_next), f"facts-{partition} has a copy of register offset {copy_of} before that of {register_next}"
            register_next += copy_of == register_next
            if copy_of >= 0 and schema_id(value) in TICK_IDS:
                ticks.add((offset, copy_of))
            elif event_id(value) in seen:
                repeats += 1
            else:
                seen.add(event_id(value))
                facts.add((offset, event_id(value), value))
    return Counted(facts, ticks, repeats)


def check_no_gaps(ledger: TestLedger) -> None:
    """O3: per partition, facts + ticks + dead letters + repeats are all offsets below next_offset, and that is the end of the log."""
    register = end_of(ledger, REGISTER, 0)
    with psycopg.connect(ledger.dsn) as connection:
        for partition in range(ledger.identity.partitions):
            end = end_of(ledger, FACTS, partition)
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
            assert row[2] == register, f"O3: facts-{partition} has copies up to {row[2]}, the register ends at {register}"


def check_outcomes_sent(ledger: TestLedger) -> None:
    """Every outcome in the outbox is on its topic, in its partition, in order at its first appearance; nothing else is."""
    for topic in (OBLIGATIONS, VIOLATIONS, DEAD_LETTERS):
        with psycopg.connect(ledger.dsn) as connection:
            rows = connection.execute(
                "SELECT partition, value FROM projection.outcome WHERE topic = %s ORDER BY partition, log_offset, subject_id, ordinal", [topic]
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


FORGOTTEN = """
SELECT h.subject_ref, h.holder, h.purpose, h.due_at
  FROM projection.holding h
  JOIN projection.progress p ON p.topic = 'facts' AND p.partition = h.partition
 WHERE p.pending_offset IS NULL AND h.categories <> '{}' AND h.due_at <= p.time_reached AND NOT h.held_back
   AND NOT EXISTS (SELECT FROM projection.obligation o
                    WHERE o.subject_id = h.subject_id AND o.kind = 'ERASE' AND o.state IN ('OPEN', 'OVERDUE') AND o.holder = h.holder
                      AND o.purpose = h.purpose AND o.store IS NOT DISTINCT FROM h.store AND o.ref IS NOT DISTINCT FROM h.ref)
"""


def check_nothing_forgotten(ledger: TestLedger) -> None:
    """O5: a date that was passed over once is passed over for ever."""
    with psycopg.connect(ledger.dsn) as connection:
        assert connection.execute(FORGOTTEN).fetchall() == []


def check_rebuilt_equals_live(ledger: TestLedger) -> None:
    """O4. Leaves the rebuilt projections live."""
    live = digests(ledger.dsn, "projection")
    report = rebuild(ledger.settings, workers=1)
    differs = differing(live, digests(ledger.dsn, "projection"))
    assert not differs, f"O4: rebuilt and live differ in {', '.join(differs)}"
    assert report.findings.is_clean, f"O4: outcomes derived again differ from those published: {report.findings}"


def read_all(ledger: TestLedger, topic: str, partition: int) -> list[tuple[int, Any, Any]]:
    """(offset, value, headers) of every record of a partition."""
    return [(offset, value, headers) for offset, _, value, headers in read_records(ledger, topic, partition)]


def read_records(ledger: TestLedger, topic: str, partition: int) -> list[tuple[int, Any, Any, Any]]:
    """(offset, key, value, headers) of every record of a partition, by a plain consumer."""
    with plain_consumer(ledger) as consumer:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        consumer.assign([TopicPartition(topic, partition, low)])
        found: list[tuple[int, Any, Any, Any]] = []
        deadline = time.monotonic() + READ_SECONDS_MAX
        while len(found) < high - low and time.monotonic() < deadline:
            read = [m for m in consumer.consume(1000, timeout=0.2) if m.error() is None and m.offset() < high]  # not what comes in meanwhile
            found += [(m.offset(), m.key(), m.value(), m.headers()) for m in read]
        assert len(found) == high - low, f"the oracle could not read {topic}-{partition}"
        return found


def end_of(ledger: TestLedger, topic: str, partition: int) -> int:
    """The offset after the last record."""
    with plain_consumer(ledger) as consumer:
        return int(consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1])


@contextmanager
def plain_consumer(ledger: TestLedger) -> Iterator[Consumer]:
    """A consumer that joins no group and commits nothing."""
    consumer = Consumer({**ledger.settings.kafka_client_config(), "group.id": "oracle", "enable.auto.commit": False, "auto.offset.reset": "error"})
    try:
        yield consumer
    finally:
        consumer.close()


def schema_id(value: bytes) -> int:
    """Bytes 1 to 4 of the frame."""
    return int.from_bytes(value[1:5], "big")


def event_id(value: bytes) -> bytes:
    """The first field of every event's body is its id, 16 bytes: read here without the codec."""
    return value[5:21]


def copies_of(ledger: TestLedger, register_offset: int) -> set[Place]:
    """Where each partition has its first copy of a register event."""
    found: set[Place] = set()
    for partition in range(ledger.identity.partitions):
        wanted = (COPY_HEADER, str(register_offset).encode())
        offsets = [offset for offset, key, _, headers in read_records(ledger, FACTS, partition) if key is None and wanted in (headers or ())]
        assert offsets, f"facts-{partition} has no copy of register offset {register_offset}"
        found.add((FACTS, partition, offsets[0]))
    return found
