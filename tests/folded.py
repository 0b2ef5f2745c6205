"""Logs folded into a database, by way of Kafka or without it, for tests that ask it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from confluent_kafka import Producer

from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_identity import write_identity
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.folding.projecting import Projecting
from ledger.folding.reading import Record
from ledger.replaying.replay import replay
from ledger.topics import FACTS
from tests.ledgers import TestLedger


def fold_into(dsn: str, log: Sequence[Record]) -> None:
    """Fold what follows in the log, as partition 0 of one; the database is a simulated ledger's, if it is nobody's yet."""
    with closing(PostgresProjection(dsn)) as projection:
        fold = Projecting(0, projection, partitions=1, progress=projection.progress("facts", 0), simulated=True)
        projection.write(fold.project(log))
    make_simulated(dsn)


def tell_and_fold(ledger: TestLedger, log: Sequence[Record]) -> None:
    """Put the log on Kafka, on partition 0 of one, and fold what is there."""
    producer = Producer({**ledger.settings.kafka_client_config(), "enable.idempotence": True})
    for _, _, key, value, headers in log:
        producer.produce(FACTS, value, key=key, partition=0, headers=headers)
    assert producer.flush(30) == 0
    with closing(PostgresProjection(ledger.dsn)) as projection, KafkaLog(ledger.settings) as kafka:
        fold = Projecting(0, projection, partitions=1, progress=projection.progress(FACTS, 0), simulated=True)
        for delta in replay(kafka, fold, kafka.bounds(FACTS, 0)[1]):
            projection.write(delta)
            fold.note_committed(delta.number)


def make_simulated(dsn: str, partitions: int = 1) -> None:
    """Say that a database is a simulated ledger's, without a Kafka; one that is a ledger's already stays so."""
    write_identity(dsn, mode="simulated", partitions=partitions, cluster_id="c", topic_ids={})
