"""The registry's reading side: what our SDK wrote on each topic is decoded by ids alone, with schemas that came over HTTP and a reader of others."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import fastavro
import httpx
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.serialization import MessageField, SerializationContext

from ledger.contract import schema_store
from ledger.core.events import EVENT_KINDS
from tests.integration.test_work import collect_and_end
from tests.ledgers import TestLedger
from tests.serving import servers_of
from tests.workers import run_ledger, wait_until_answered, workers_of

with warnings.catch_warnings():  # authlib, below it, says at import that httpx has a successor
    warnings.simplefilter("ignore")
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.schema_registry.avro import AvroDeserializer

TYPE = "application/vnd.schemaregistry.v1+json"


def values(ledger: TestLedger, topic: str) -> list[bytes]:
    consumer = Consumer({**ledger.settings.kafka_client_config(), "group.id": "registry", "enable.auto.commit": False, "log_level": 0})
    try:
        found: list[bytes] = []
        for partition in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
            end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
            consumer.assign([TopicPartition(topic, partition, 0)])
            here: list[bytes] = []
            while len(here) < end:
                here += [record.value() for record in consumer.consume(500, timeout=1.0) if record.error() is None]
            found += here
        return found
    finally:
        consumer.close()


def test_records_of_all_topics_are_decoded_by_the_schemas_that_it_hands_out(make_ledger: Callable[..., TestLedger]) -> None:
    ledger = make_ledger(start=datetime(2018, 7, 1, tzinfo=UTC))
    with workers_of(ledger) as workers, servers_of(ledger) as start:
        workers.start()
        collect_and_end(ledger)
        wait_until_answered(ledger)
        assert run_ledger(ledger, "tick", "2030-01-01T00:00:00Z").returncode == 0
        wait_until_answered(ledger)
        seen = set()
        with start().client(None) as client, SchemaRegistryClient({"url": str(client.base_url)}) as registry:
            stranger = AvroDeserializer(registry)
            for topic in ("facts", "register", "obligations"):
                for value in values(ledger, topic):
                    assert value[0] == 0
                    answer = client.get(f"/schemas/ids/{int.from_bytes(value[1:5])}")
                    assert answer.headers["Content-Type"] == TYPE
                    schema = fastavro.parse_schema(json.loads(answer.json()["schema"]))
                    rest = io.BytesIO(value[5:])
                    decoded: Any = fastavro.schemaless_reader(rest, schema, None)
                    assert decoded["event_id"] and not rest.read(), "to the last byte"
                    read = stranger(value, SerializationContext(topic, MessageField.VALUE))
                    assert read is not None and read == decoded, "by confluent-kafka's own registry client and deserializer"
                    seen.add((topic, schema["name"].rsplit(".", 1)[-1]))
    assert {("facts", "DataCollected"), ("facts", "PolicyPublished"), ("register", "PolicyPublished"), ("obligations", "ObligationRaised")} <= seen


def test_versions_and_look_ups_are_as_the_protocol_has_them(fresh_ledger: TestLedger) -> None:
    with servers_of(fresh_ledger) as start, start().client(None) as client:
        names = client.get("/subjects").json()
        assert names == sorted(f"{kind.topic}-ledger.{name}" for name, kind in EVENT_KINDS.items())
        for name in names:
            latest = client.get(f"/subjects/{name}/versions/latest").json()
            row = schema_store.latest(name.rsplit(".", 1)[-1])
            assert (latest["subject"], latest["version"], latest["id"], latest["schemaType"]) == (name, row.version, row.schema_id, "AVRO")
            assert client.get(f"/subjects/{name}/versions").json()[-1] == row.version
            assert client.post(f"/subjects/{name}", json={"schema": latest["schema"]}).json() == latest
        (name, *_) = names
        assert _error(client.get("/subjects/nobody/versions")) == (404, 40401)
        assert _error(client.get(f"/subjects/{name}/versions/99")) == (404, 40402)
        assert _error(client.get(f"/subjects/{name}/versions/newest")) == (422, 42202)
        assert _error(client.get("/schemas/ids/99999")) == (404, 40403)
        assert _error(client.post(f"/subjects/{name}", json={"schema": "{"})) == (422, 42201)
        assert _error(client.post(f"/subjects/{name}", json={"schema": '"string"'})) == (404, 40403)
        assert client.post(f"/subjects/{name}/versions", json={"schema": '"string"'}).status_code in (403, 405), "nothing is registered here"
        assert (client.get("/mode").json(), client.get("/config").json()) == ({"mode": "READONLY"}, {"compatibilityLevel": "FULL_TRANSITIVE"})


def test_confluents_client_finds_versions_and_schemas(fresh_ledger: TestLedger) -> None:
    with servers_of(fresh_ledger) as start, SchemaRegistryClient({"url": start().address}) as registry:
        assert "facts-ledger.DataShared" in registry.get_subjects()
        latest = registry.get_latest_version("facts-ledger.DataErased")
        assert (latest.version, latest.schema_id) == (2, 1018)
        assert registry.get_versions("facts-ledger.DataErased") == [1, 2]
        assert registry.lookup_schema("facts-ledger.DataErased", latest.schema).schema_id == 1018


def _error(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error_code"]
