"""The headers of a message are CloudEvents 1.0 in binary mode."""

from __future__ import annotations

from ledger.contract import codec, schema_store
from ledger.contract.cloudevents import cloudevents_headers


def headers(name):
    type_name, fields = codec.from_json(schema_store.example(name))
    return cloudevents_headers(type_name, fields)


def test_a_fact_carries_all_headers():
    assert headers("DataShared") == [
        ("ce_specversion", b"1.0"),
        ("ce_id", schema_store.example("DataShared")["event_id"].encode()),
        ("ce_source", b"domain-service"),
        ("ce_type", b"ledger.DataShared"),
        ("ce_time", b"2018-05-25T06:01:30.000000Z"),
        ("ce_subject", b"subj-7f3a9c21d4e8"),
        ("ce_partitionkey", b"hostinghuis/subj-7f3a9c21d4e8"),
        ("content-type", b"application/avro"),
    ]


def test_a_register_event_has_no_subject_and_the_controller_as_key():
    found = dict(headers("TimeReached"))

    assert "ce_subject" not in found
    assert found["ce_partitionkey"] == b"hostinghuis"


def test_two_events_share_no_list():
    assert headers("TimeReached") is not headers("TimeReached")
