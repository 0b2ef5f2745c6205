"""More than ten kinds of records that nobody can read, between good ones: put aside with position and reason, and everything after them goes on."""

from __future__ import annotations

import base64
import os
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from confluent_kafka import Message, Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from ledger.contract import codec
from ledger.core.ids import message_key, partition_of
from ledger.folding.reading import REGISTER_OFFSET_HEADER
from ledger.topics import DEAD_LETTERS, FACTS, OBLIGATIONS, REGISTER
from tests.emittable import compiled_policy
from tests.faults.life import CONTROLLER, START, Acknowledged, Life
from tests.faults.oracles import Place, check_all, copies_of, event_id, read_all
from tests.ledgers import TestLedger
from tests.workers import Workers, wait_until_answered

SUBJECT = "subj-00000000ffff"
KEY = message_key(CONTROLLER, SUBJECT)
SECRET = b"somebody@example.org"


def erased(**wishes: Any) -> bytes:
    """A good fact; its id is new each time."""
    at = int(START.timestamp()) * 1_000_000
    fields = {
        "event_id": os.urandom(16), "controller": CONTROLLER, "subject_ref": SUBJECT, "occurred_at": at, "source": "poison", "salt": bytes(16),
        "by": "sidn", "act": "ERASED", "ref": "order-1",
    }  # fmt: skip
    return codec.encode("DataErased", fields | wishes)


def collected(**wishes: Any) -> bytes:
    """Another good fact, whose store becomes a column."""
    given = {"activity": "order", "purposes": ["dpv:CustomerOrderManagement"], "categories": ["pd:Name"], "legal_basis": "eu-gdpr:A6-1-b"}
    return codec.encode("DataCollected", envelope() | given | wishes)


def envelope() -> dict[str, Any]:
    """What a fact of the subject begins with; its id is new each time."""
    fields = codec.decode(erased())[1]
    return {name: fields[name] for name in ("event_id", "controller", "subject_ref", "occurred_at", "source", "salt")}


def poison() -> list[tuple[str, bytes | None, bytes | None]]:
    """(reason, key, value)."""
    good = erased()
    at = good.index(b"sidn") - 1  # the length of `by`
    return [
        ("empty", KEY, None),
        ("bad_magic", KEY, b"{}" + SECRET),
        ("unknown_schema", KEY, b"\x00\x00\xff\xff\xff" + SECRET),
        ("truncated", KEY, good[:-3]),
        ("trailing_bytes", KEY, good + SECRET),
        ("bad_utf8", KEY, good[: at + 1] + b"\xff\xfe\xfd\xfc" + good[at + 5 :]),
        ("bad_length", KEY, good[:at] + b"\x01" + good[at + 1 :]),
        ("truncated", KEY, good[:at] + b"\xfe\xff\xff\x07" + good[at + 1 :]),
        ("wrong_key", b"hostinghuis/subj-somebody-else", erased()),
        ("zero_byte", KEY, collected(store="a\0b")),
        ("not_a_copy", None, time_reached()),
        ("bad_varint", KEY, good[:at] + b"\xff" * 12 + good[at + 1 :]),
    ]


def time_reached() -> bytes:
    at = int(START.timestamp()) * 1_000_000
    envelope = {"event_id": os.urandom(16), "controller": "ledger", "occurred_at": at, "source": "poison", "salt": bytes(16)}
    return codec.encode("TimeReached", envelope | {"time": at, "mode": "SIMULATED"})


def send(ledger: TestLedger, topic: str, partition: int, key: bytes | None, value: bytes | None, register_offset: int | None = None) -> Place:
    """Produce as somebody without the SDK would, and say where it is. register_offset: what a forged header says."""
    headers = [] if register_offset is None else [(REGISTER_OFFSET_HEADER, str(register_offset).encode())]
    failed: list[str] = []
    offsets: list[int] = []

    def note(error: object, message: Message) -> None:
        if error is not None:
            failed.append(str(error))
        offsets.append(message.offset() or 0)

    producer = Producer({**ledger.settings.kafka_client_config(), "message.max.bytes": 4_000_000})
    producer.produce(topic, value=value, key=key, partition=partition, headers=headers, on_delivery=note)
    assert producer.flush(10) == 0
    assert not failed
    return topic, partition, offsets[0]


def send_good(ledger: TestLedger, partition: int) -> Acknowledged:
    """Produce a fact that everybody can read, without the SDK."""
    value = erased()
    return Acknowledged(str(UUID(bytes=event_id(value))), *send(ledger, FACTS, partition, KEY, value))


@pytest.mark.parametrize("batch", ["4000", "1"])
def test_poison_between_good_records_is_put_aside_and_nothing_stops(fresh_ledger: TestLedger, workers: Workers, life: Life, batch: str) -> None:
    life.begin()
    home = partition_of(KEY, 4)
    expected = {}
    good = []
    for reason, key, value in poison():
        life.emit(10)
        expected[send(fresh_ledger, FACTS, home, key, value)] = reason
        good.append(send_good(fresh_ledger, home))
    expected[send(fresh_ledger, FACTS, (home + 1) % 4, KEY, erased())] = "wrong_partition"
    life.tick(START + timedelta(days=1000))
    worker = workers.start(worker__batch_records_max=batch)
    wait_until_answered(fresh_ledger)

    assert worker.stop() == 0
    assert reasons(fresh_ledger) == expected
    check_all(fresh_ledger, life.acknowledged() + good, expected)
    letters = read_all(fresh_ledger, DEAD_LETTERS, 0)
    assert len(letters) == len(expected)
    said = worker.text().encode() + b"".join(value for _, value, _ in letters)
    assert SECRET not in said
    assert b"somebody" not in said


def test_a_forged_register_offset_stops_no_partition_and_replaces_no_register_event(
    fresh_ledger: TestLedger, workers: Workers, life: Life
) -> None:
    forged = [
        (KEY, time_reached(), 0, "not_a_copy"),
        (KEY, time_reached(), 999, "not_a_copy"),
        (KEY, b"garbage", 0, "bad_magic"),
        (None, b"garbage", 999, "not_a_copy"),
        (None, erased(), 999, "not_a_copy"),
    ]
    expected = {}
    for partition in range(4):
        for key, value, register_offset, reason in forged:
            expected[send(fresh_ledger, FACTS, partition, key, value, register_offset)] = reason
    life.begin()
    life.emit(50)
    life.tick(START + timedelta(days=1000))
    worker = workers.start()
    wait_until_answered(fresh_ledger)

    assert worker.stop() == 0
    assert reasons(fresh_ledger) == expected
    check_all(fresh_ledger, life.acknowledged(), expected)


@pytest.mark.parametrize("value", [b"garbage", None, "fact"])
def test_poison_in_the_register_is_put_aside_in_every_partition_and_time_goes_on(
    fresh_ledger: TestLedger, workers: Workers, life: Life, value: Any
) -> None:
    life.begin()
    _, _, poisoned = send(fresh_ledger, REGISTER, 0, KEY, erased() if value == "fact" else value)
    life.emit(50)
    life.tick(START + timedelta(days=1000))
    worker = workers.start()
    wait_until_answered(fresh_ledger)

    assert worker.stop() == 0
    assert len(reasons(fresh_ledger)) == 4
    check_all(fresh_ledger, life.acknowledged(), copies_of(fresh_ledger, poisoned))


BIGGEST = 1_048_576 - 76
"""Of a value in `register` without key and headers: the frame of a batch of one record takes the rest of the topic's limit."""


def published(compiled: str, size: int = 0) -> bytes:
    """A PolicyPublished, as large as wished with a text that cannot be compressed."""
    at = int(START.timestamp()) * 1_000_000
    envelope = {"event_id": os.urandom(16), "controller": CONTROLLER, "occurred_at": at, "source": "poison", "salt": bytes(16)}
    fields = {"policy": "p", "version": "9", "text": "", "text_hash": "", "compiled": compiled, "in_force_from": at}
    short = codec.encode("PolicyPublished", envelope | fields)
    text = base64.b64encode(os.urandom(size)).decode()
    return codec.encode("PolicyPublished", envelope | fields | {"text": text[: size - len(short) - 2]}) if size else short


@pytest.mark.parametrize("facts_bytes_max", [None, 1_048_576, 200_000])
def test_a_register_event_as_large_as_the_topic_takes_stops_no_time(
    fresh_ledger: TestLedger, workers: Workers, life: Life, facts_bytes_max: int | None
) -> None:
    """None: a ledger as it is made. Otherwise one made before its copies had room, or on a cluster that gives them none."""
    if facts_bytes_max is not None:
        limit_facts(fresh_ledger, facts_bytes_max)
    life.begin()
    _, _, large = send(fresh_ledger, REGISTER, 0, None, published(compiled_policy(), BIGGEST))
    _, _, empty = send(fresh_ledger, REGISTER, 0, None, None)
    life.emit(50)
    life.tick(START + timedelta(days=1000))
    worker = workers.start()
    wait_until_answered(fresh_ledger)

    assert worker.stop() == 0
    put_aside = dict.fromkeys(copies_of(fresh_ledger, empty), "empty")
    if facts_bytes_max is not None:
        put_aside |= dict.fromkeys(copies_of(fresh_ledger, large), "oversize")
    assert reasons(fresh_ledger) == put_aside
    check_all(fresh_ledger, life.acknowledged(), put_aside)


def limit_facts(ledger: TestLedger, bytes_max: int) -> None:
    """Set the topic's max.message.bytes, as an operator could."""
    admin = AdminClient(ledger.settings.kafka_client_config())
    entry = ConfigEntry("max.message.bytes", str(bytes_max), incremental_operation=AlterConfigOpType.SET)
    for future in admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, FACTS, incremental_configs=[entry])]).values():
        future.result(10)


LONG_RULE = {"id": "HH-15", "holder": "controller", "after": "P2Y"}
UNREADABLE_POLICIES = [
    published(compiled_policy(retention=[LONG_RULE | {"anchors": [["SERVICE_ENDED"]]}])),
    published(compiled_policy(retention=[LONG_RULE | {"anchors": ["COLLECTION"], "id": "HH-X"}]).replace("HH-X", "HH-\\ud800")),
    published(compiled_policy(title=["a", "list"])),
    published(compiled_policy().replace("Privacy", "\\u0000")),
]


def test_policies_that_would_fail_when_they_are_used_are_put_aside(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    life.begin()
    offsets = [send(fresh_ledger, REGISTER, 0, None, value)[2] for value in UNREADABLE_POLICIES]
    nul = codec.decode(published(compiled_policy()))[1] | {"controller": "a\0b"}
    named = send(fresh_ledger, REGISTER, 0, None, codec.encode("PolicyPublished", nul))[2]
    life.emit(50)
    life.tick(START + timedelta(days=1000))
    worker = workers.start()
    wait_until_answered(fresh_ledger)

    assert worker.stop() == 0
    put_aside = {place: "unreadable_policy" for offset in offsets for place in copies_of(fresh_ledger, offset)}
    put_aside |= dict.fromkeys(copies_of(fresh_ledger, named), "zero_byte")
    assert reasons(fresh_ledger) == put_aside
    check_all(fresh_ledger, life.acknowledged(), put_aside)


def test_more_categories_than_a_message_takes_stop_no_partition(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    """Put aside when one fact has them; named in part when a holding has come to hold them."""
    life.begin()
    home = partition_of(KEY, 4)
    expected = {}
    good = []
    for number in range(2):
        place = send(fresh_ledger, FACTS, home, KEY, collected(store="crm", categories=[f"c{number}{each:05}" for each in range(100_000)]))
        expected[place] = "list_too_long"
    for number in range(8):
        value = collected(store="crm", categories=[f"c{number}{each:03}" + "x" * 290 for each in range(500)])
        good.append(Acknowledged(str(UUID(bytes=event_id(value))), *send(fresh_ledger, FACTS, home, KEY, value)))
    value = codec.encode("RequestReceived", envelope() | {"right": "ERASURE", "request_ref": "request-1"})
    good.append(Acknowledged(str(UUID(bytes=event_id(value))), *send(fresh_ledger, FACTS, home, KEY, value)))
    life.emit(50)
    life.tick(START + timedelta(days=1000))
    worker = workers.start()
    wait_until_answered(fresh_ledger)

    assert worker.stop() == 0
    assert reasons(fresh_ledger) == expected
    check_all(fresh_ledger, life.acknowledged() + good, expected)
    raised = [codec.decode(value)[1] for _, value, _ in read_all(fresh_ledger, OBLIGATIONS, home)]
    assert 500 in [len(fields["categories"]) for fields in raised if fields["subject_ref"] == SUBJECT and "due_at" in fields]


def reasons(ledger: TestLedger) -> dict[Place, str]:
    """Place -> why it was put aside."""
    with psycopg.connect(ledger.dsn) as connection:
        rows = connection.execute("SELECT topic, partition, log_offset, reason FROM projection.dead_letter").fetchall()
    return {(topic, partition, offset): reason for topic, partition, offset, reason in rows}
