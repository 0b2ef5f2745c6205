"""Invented personal values on the log, in every place that a writer can choose: sent past the SDK, as somebody with write rights could."""

from __future__ import annotations

from confluent_kafka import Producer

from ledger.contract import codec
from ledger.core.ids import message_key, partition_of
from ledger.topics import FACTS, REGISTER
from tests.emittable import PLANTED
from tests.histories import collected
from tests.ledgers import TestLedger

CANARIES = [values[0] for values in PLANTED.values() if values[0] != "jan.jansen@voorbeeld.nl"] + ["canary.bird@voorbeeld.nl"]
BIRD = "canary.bird@voorbeeld.nl"
PIECES = [
    "canary.bird", "NL91ABNA0417164300", "612345678", "4111111111111111", "00:1A:2B:3C:4D:5E", "192.168.1.10", "123456782", "1234AB12",
    "Jan de Vries",
]  # fmt: skip
FIELDS = ("ref", "store", "activity", "source", "actor", "correlation_id", "statute", "subject_ref", "controller")


def where_seen(texts: dict[str, str]) -> set[tuple[str, str]]:
    """(which text, which piece of a canary) of all that is found."""
    return {(name, piece) for name, text in texts.items() for piece in PIECES if piece.lower() in text.lower()}


def send_past_the_sdk(ledger: TestLedger) -> int:
    """Every canary in every place that a writer can choose. Returns how many records were sent to `facts`."""
    producer = Producer(ledger.settings.kafka_client_config())
    sent = 0
    for canary in CANARIES:
        producer.produce(FACTS, canary.encode(), key=canary.encode(), partition=0, headers=[(canary, canary.encode())])
        producer.produce(REGISTER, canary.encode(), key=canary.encode(), headers=[(canary, canary.encode())])
        sent += 1
        for number, field in enumerate(FIELDS):
            fields = fields_of(number + sent * 100) | {field: canary}
            key = message_key(fields["controller"], fields["subject_ref"])
            headers = [("ce_source", canary.encode())]
            producer.produce(FACTS, codec.encode("DataCollected", fields), key=key, partition=partition_of(key, 2), headers=headers)
            sent += 1
        fields = fields_of(50 + sent * 100) | {"categories": [canary], "purposes": [canary]}
        key = message_key(fields["controller"], fields["subject_ref"])
        producer.produce(FACTS, codec.encode("DataCollected", fields), key=key, partition=1 - partition_of(key, 2))  # in the wrong partition
        sent += 1
    assert producer.flush(30) == 0
    return sent


def fields_of(number: int) -> dict[str, object]:
    """An event of its own, about a subject of its own."""
    return dict(collected(10_000 + number, 1, subject=f"subj-{number:08x}")[1])
