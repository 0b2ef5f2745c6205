"""The events of the benchmark: shares with three categories each, encoded once and produced by a bare client.

dense: few subjects, many events each (holdings are updated). sparse: every event a new subject (holdings are made).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from typing import Any

from confluent_kafka import Producer

from ledger.contract import codec
from ledger.core.ids import message_key

CONTROLLER = "sohosted"
"""The hoster whose ledger is measured."""
RECIPIENTS = (
    ("sidn", "registry", "ledger:DomainRegistration"),
    ("openprovider", "registrar", "dpv:ServiceRegistration"),
    ("ca-one", "certificate_authority", "ledger:CertificateIssuance"),
    ("pay-one", "payment_provider", "dpv:PaymentManagement"),
)
BROKEN_EVERY = 100
"""One share in so many has a purpose that the policy does not allow its recipient: judging must find something."""
CATEGORIES = ["pd:EmailAddress", "pd:Name", "pd:PhysicalAddress"]
START_MICROS = 1_700_000_000_000_000


def share_fields(number: int, subject: int) -> dict[str, Any]:
    """The raw fields of one DataShared."""
    recipient, role, purpose = RECIPIENTS[number % len(RECIPIENTS)]
    if number % BROKEN_EVERY == 0:
        purpose = "dpv:DirectMarketing"
    at = START_MICROS + number * 1_000
    return {
        "event_id": (at // 1000).to_bytes(6, "big") + b"\x70\x00" + (1 << 63 | number).to_bytes(8, "big"),
        "controller": CONTROLLER, "subject_ref": f"subj-{subject:012x}", "occurred_at": at, "source": "bench", "actor": None,
        "correlation_id": None, "caused_by": None, "salt": os.urandom(16), "sealed": None,
        "by": CONTROLLER, "recipient": recipient, "recipient_role": role, "categories": CATEGORIES, "purpose": purpose,
        "legal_basis": "eu-gdpr:A6-1-b", "ref": f"order-{subject:x}", "product": "nl", "country": "NL", "safeguard": None,
        "agreement": None, "notice_ref": None, "disclosure_ref": None, "disclosure_ground": None, "store": None,
    }  # fmt: skip


def encoded(events: int, subjects: int, seed: int = 1) -> Iterator[tuple[bytes, bytes]]:
    """(message key, framed value) of each event. With subjects == events every event has a subject of its own."""
    chance, encode = random.Random(seed), codec.encoder("DataShared")  # noqa: S311 - load, not secrets
    for number in range(events):
        subject = number if subjects >= events else chance.randrange(subjects)
        fields = share_fields(number, subject)
        yield message_key(fields["controller"], fields["subject_ref"]), encode(fields)


def produce(bootstrap: str, topic: str, events: int, subjects: int) -> None:
    """Put the events on a topic, acknowledged; raises if any is not."""
    produce_all(bootstrap, topic, encoded(events, subjects))


def produce_all(bootstrap: str, topic: str, messages: Iterable[tuple[bytes, bytes]]) -> None:
    """Put (key, value) messages on a topic, acknowledged; raises if any is not."""
    failed: list[str] = []
    producer = Producer(
        {"bootstrap.servers": bootstrap, "enable.idempotence": True, "partitioner": "murmur2_random", "compression.type": "lz4", "linger.ms": 20,
         "queue.buffering.max.messages": 200_000}
    )  # fmt: skip

    def report(error: Any, _message: Any) -> None:
        if error is not None:
            failed.append(error.name())

    for key, value in messages:
        while True:
            try:
                producer.produce(topic, value, key, on_delivery=report)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    if producer.flush(120) or failed:
        raise RuntimeError(f"cannot load the topic: {len(failed)} events failed")
