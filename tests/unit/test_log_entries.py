"""What a leaf says of a record: every byte of it counts, and none can move to another field."""

from __future__ import annotations

from hashlib import sha256
from itertools import combinations

from ledger.evidence.entries import ENTRY, Genesis, Record, genesis_entry, record_digest, record_entry

RECORD = Record(7, 1_527_228_000_000, 1, b"key", b"value", (("ce_id", b"1"), ("ce_type", b"2")))


def test_the_digest_is_over_all_fields_with_their_lengths() -> None:
    told = b"ledger-record/v1\0" b"\1\0\0\0\3key" b"\1\0\0\0\5value" b"\0\0\0\2" b"\0\0\0\5ce_id\1\0\0\0\0011" b"\0\0\0\7ce_type\1\0\0\0\0012"

    assert record_digest(RECORD) == sha256(told).digest()


def test_an_entry_has_55_bytes_and_says_where_and_when() -> None:
    entry = record_entry(3, RECORD)

    assert len(entry) == ENTRY.size == 55
    assert ENTRY.unpack(entry) == (1, 1, 3, 7, 1_527_228_000_000, 1, record_digest(RECORD))


def test_what_differs_in_anything_differs_in_its_entry() -> None:
    others = [
        RECORD, RECORD._replace(offset=8), RECORD._replace(timestamp=-1), RECORD._replace(timestamp_type=0), RECORD._replace(key=None),
        RECORD._replace(key=b""), RECORD._replace(value=None), RECORD._replace(value=b""), RECORD._replace(key=b"keyv", value=b"alue"),
        RECORD._replace(headers=()), RECORD._replace(headers=RECORD.headers[:1]), RECORD._replace(headers=RECORD.headers[::-1]),
        RECORD._replace(headers=(*RECORD.headers, RECORD.headers[0])), RECORD._replace(headers=(("ce_id", None), ("ce_type", b"2"))),
        RECORD._replace(headers=(("ce_id1", b""), ("ce_type", b"2"))), RECORD._replace(key=b"value", value=b"key"),
    ]  # fmt: skip
    entries = [record_entry(0, each) for each in others]

    assert all(one != other for one, other in combinations([*entries, record_entry(1, RECORD)], 2))


def test_a_log_begins_with_what_it_is_of() -> None:
    genesis = Genesis("ledger.example", "cluster", "facts", "topic-id", 2, 0)

    assert genesis.text() == (
        '{"cluster_id":"cluster","first_offset":0,"format":1,"ledger":"ledger.example","partition":2,"topic":"facts","topic_id":"topic-id"}\n'
    )
    assert ENTRY.unpack(genesis_entry(genesis)) == (1, 0, 2, 0, -1, 0, sha256(genesis.text().encode()).digest())
    assert genesis_entry(genesis) != genesis_entry(genesis._replace(topic_id="another"))
