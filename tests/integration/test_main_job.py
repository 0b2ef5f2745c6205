"""The main job, whole: emitted through the SDK, folded by workers, due by ticks, answered by a holder, rebuilt to the same bytes.

With two versions of DataErased on the same log: an old holder writes version 1, a new one version 2 with its certificate.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from ledger import Emitter
from ledger.contract import codec
from ledger.core.ids import message_key
from ledger.policies.files import load_policy
from ledger.policies.publishing import publish_policy
from tests.ledgers import TestLedger
from tests.workers import run_ledger, wait_until_answered, workers_of

CONTROLLER = "webhoster"
START = datetime(2019, 1, 1, tzinfo=UTC)
CERTIFICATE = ["pd:Name", "pd:PhysicalAddress"]


def obligations_raised(ledger: TestLedger) -> list[dict[str, Any]]:
    """Every ObligationRaised on the topic, as a holder reads them."""
    consumer = Consumer({**ledger.settings.kafka_client_config(), "group.id": "holder", "enable.partition.eof": True})
    ends = {p: consumer.get_watermark_offsets(TopicPartition("obligations", p), timeout=10)[1] for p in range(ledger.identity.partitions)}
    consumer.assign([TopicPartition("obligations", p, 0) for p in ends])
    found, left = [], sum(ends.values())
    while left:
        message = consumer.poll(10)
        assert message is not None, "the obligations did not arrive"
        if message.error() is None:
            left -= 1
            type_name, fields = codec.decode(message.value())
            if type_name == "ObligationRaised":
                found.append(fields)
    consumer.close()
    return found


def erase_as_an_old_holder(ledger: TestLedger, obligation: dict[str, Any], at: datetime) -> None:
    """A DataErased in version 1, from a holder that has not upgraded and uses plain Kafka."""
    fields = {
        "event_id": os.urandom(16), "controller": CONTROLLER, "subject_ref": obligation["subject_ref"], "occurred_at": int(at.timestamp() * 1e6),
        "source": "old-holder", "actor": None, "correlation_id": None, "caused_by": None, "salt": os.urandom(16), "sealed": None,
        "by": obligation["holder"], "store": obligation["store"], "categories": [], "purposes": [obligation["purpose"]], "ref": obligation["ref"],
        "act": "ERASED", "because_of": "OBLIGATION", "obligation_id": obligation["obligation_id"], "request_ref": None,
    }  # fmt: skip
    producer = Producer({**ledger.settings.kafka_client_config(), "partitioner": "murmur2_random"})
    producer.produce("facts", codec.encode("DataErased", fields, version=1), message_key(CONTROLLER, obligation["subject_ref"]))
    assert producer.flush(20) == 0


def answer(ledger: TestLedger, subject: str) -> dict[str, Any]:
    done = run_ledger(ledger, "subject", "show", subject, "--controller", CONTROLLER, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_life_from_collection_to_certified_erasure_in_two_schema_versions(make_ledger: Any) -> None:
    ledger = make_ledger(partitions=2, start=START)
    expired = datetime(2020, 3, 1, 12, tzinfo=UTC)

    with workers_of(ledger) as workers, Emitter(
        controller=CONTROLLER, source="shop", bootstrap_servers=ledger.settings.kafka.bootstrap_servers
    ) as shop:
        workers.start()
        publish_policy(shop, load_policy(CONTROLLER))
        for subject in ("subj-old", "subj-new"):
            shop.emit(
                "DataShared", subject=subject, by=CONTROLLER, recipient="ca-one", recipient_role="certificate_authority", categories=CERTIFICATE,
                purpose="ledger:CertificateIssuance", legal_basis="eu-gdpr:A6-1-b", ref="cert-1", product="EV", occurred_at=START,
            )  # fmt: skip
            shop.emit("MilestoneReached", subject=subject, kind="CERTIFICATE_ISSUED", ref="cert-1", occurred_at=START)
        assert run_ledger(ledger, "tick", expired.isoformat()).returncode == 0
        for subject in ("subj-old", "subj-new"):
            shop.emit("MilestoneReached", subject=subject, kind="CERTIFICATE_EXPIRED", ref="cert-1", occurred_at=expired)
        wait_until_answered(ledger)
        assert answer(ledger, "subj-new")["obligations"], "the expired certificate called for nothing (WH-06)"

        raised = {obligation["subject_ref"]: obligation for obligation in obligations_raised(ledger)}
        assert set(raised) == {"subj-old", "subj-new"}
        assert {obligation["rule"] for obligation in raised.values()} == {"WH-06"}
        erase_as_an_old_holder(ledger, raised["subj-old"], expired + timedelta(minutes=1))
        shop.emit(
            "DataErased", subject="subj-new", by="ca-one", ref="cert-1", act="ERASED", because_of="OBLIGATION",
            obligation_id=raised["subj-new"]["obligation_id"], certificate_ref="erasure-certificate-7", occurred_at=expired + timedelta(minutes=1),
        )  # fmt: skip
        wait_until_answered(ledger)

        met = json.loads(run_ledger(ledger, "obligations", "--state", "MET", "--json").stdout)
        live = run_ledger(ledger, "digest").stdout
        rebuilt = run_ledger(ledger, "rebuild", "--json")

    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    certificates = sorted(str(found.get("certificate_ref")) for found in _flat(met) if "certificate_ref" in found)
    assert certificates == ["None", "erasure-certificate-7"]
    assert json.loads(rebuilt.stdout)["outcomes"]["different"] == 0
    assert run_ledger(ledger, "digest").stdout == live


def _flat(found: Any) -> list[dict[str, Any]]:
    """Every object inside, however the answer nests them."""
    if isinstance(found, list):
        return [inner for each in found for inner in _flat(each)]
    if isinstance(found, dict):
        return [found, *[inner for each in found.values() for inner in _flat(each)]]
    return []
