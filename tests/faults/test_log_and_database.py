"""The log and the database disagree: what can be mended is mended by starting where PostgreSQL says; what cannot stops the worker, loudly."""

from __future__ import annotations

from datetime import timedelta

import psycopg
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.topics import FACTS, TOPIC_SETTINGS
from tests.faults.life import START, Life
from tests.faults.oracles import check_all
from tests.faults.test_services_lost import folded
from tests.ledgers import TestLedger
from tests.workers import Workers, wait_until, wait_until_answered


def test_a_database_restored_to_an_earlier_state_is_folded_forward_again(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    """While the worker runs: it loses its connections, and finds another past when it comes back."""
    life.begin()
    worker = workers.start()
    life.emit(200)
    wait_until_answered(fresh_ledger)
    worker.stop()
    name = name_of(fresh_ledger)
    copy_database(fresh_ledger, source=name, target=f"{name}_backup")
    worker = workers.start()
    life.emit(200)
    life.tick(START + timedelta(days=1000))
    wait_until_answered(fresh_ledger)

    drop_database(fresh_ledger, name)
    copy_database(fresh_ledger, source=f"{name}_backup", target=name)
    drop_database(fresh_ledger, f"{name}_backup")
    life.emit(200)
    life.tick(START + timedelta(days=2000))
    wait_until_answered(fresh_ledger)

    assert worker.exit_code is None
    assert worker.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


def test_kafkas_committed_offset_ahead_of_postgresql_skips_nothing(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    life.begin()
    life.emit(300)
    ends = KafkaAdmin(fresh_ledger.settings).end_offsets(FACTS, 4)
    consumer = Consumer({**fresh_ledger.settings.kafka_client_config(), "group.id": workers.group})
    consumer.commit(offsets=[TopicPartition(FACTS, partition, end) for partition, end in enumerate(ends)], asynchronous=False)
    consumer.close()
    assert sum(ends) >= 300

    worker = workers.start()
    wait_until_answered(fresh_ledger)

    assert worker.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


def test_a_topic_made_again_stops_the_worker_at_its_start(fresh_ledger: TestLedger, workers: Workers) -> None:
    make_again(fresh_ledger, FACTS)

    worker = workers.start("projector")

    assert worker.wait() == 1
    assert "the id of topic facts recorded in PostgreSQL is" in worker.text()
    assert "ledger: hint:" in worker.text()


def test_a_topic_made_again_stops_a_running_worker(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    worker = workers.start()
    life.begin()
    life.emit(50)
    wait_until_answered(fresh_ledger)

    make_again(fresh_ledger, FACTS)

    assert worker.wait() == 1
    assert "ledger: error:" in worker.text()


def test_records_that_expired_before_they_were_folded_stop_the_worker(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    life.begin()
    life.emit(200)
    admin = AdminClient(fresh_ledger.settings.kafka_client_config())
    for future in admin.delete_records([TopicPartition(FACTS, 1, 5)]).values():
        future.result(10)

    worker = workers.start()

    assert worker.wait() == 1
    assert "cannot fold facts-1: PostgreSQL wants offset 0, the log begins at 5" in worker.text()


def test_a_database_ahead_of_the_log_stops_the_worker(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    life.begin()
    life.emit(100)
    worker = workers.start()
    wait_until_answered(fresh_ledger)
    worker.stop()
    with psycopg.connect(fresh_ledger.dsn, autocommit=True) as connection:
        connection.execute("UPDATE projection.progress SET next_offset = next_offset + 1000 WHERE partition = 2")

    worker = workers.start()

    assert worker.wait() == 1
    assert "cannot fold facts-2: PostgreSQL is at offset" in worker.text()


def test_a_register_with_fewer_events_than_were_copied_stops_the_worker(fresh_ledger: TestLedger, workers: Workers) -> None:
    worker = workers.start()
    wait_until(lambda: folded(fresh_ledger) >= 4, seconds=30, what="the first tick folded")
    worker.stop()
    with psycopg.connect(fresh_ledger.dsn, autocommit=True) as connection:
        connection.execute("UPDATE ledger.broadcast_progress SET next_offset = 500")

    worker = workers.start("broadcaster")

    assert worker.wait() == 1
    assert "cannot read register-0 from offset 500" in worker.text()


def name_of(ledger: TestLedger) -> str:
    """The name of the ledger's database."""
    with psycopg.connect(ledger.dsn) as connection:
        return connection.info.dbname


def copy_database(ledger: TestLedger, *, source: str, target: str) -> None:
    with psycopg.connect(ledger.postgres.dsn_of("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {target} TEMPLATE {source}")


def drop_database(ledger: TestLedger, name: str) -> None:
    with psycopg.connect(ledger.postgres.dsn_of("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_again(ledger: TestLedger, topic: str) -> None:
    """Delete a topic and create it under the same name."""
    KafkaAdmin(ledger.settings).delete([topic])
    admin = AdminClient(ledger.settings.kafka_client_config())
    for future in admin.create_topics([NewTopic(topic, num_partitions=4, replication_factor=1, config=TOPIC_SETTINGS)]).values():
        future.result(10)
