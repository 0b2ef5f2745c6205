"""The rebuild on the real log and database: equal to live, and continued after any kill."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import Producer

from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_connection import connect
from ledger.adapters.postgres_digest import digests
from ledger.adapters.postgres_partition_writer import SHADOW_SCHEMA
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_shadow import Shadow
from ledger.contract import codec
from ledger.contract.cloudevents import cloudevents_headers
from ledger.core.events import REGISTER_TYPES
from ledger.core.ids import message_key, partition_of
from ledger.errors import OperatorError, RefusedError
from ledger.folding.projecting import Projecting
from ledger.folding.reading import REGISTER_OFFSET_HEADER
from ledger.replaying.digest import TableDigest
from ledger.replaying.rebuild import RebuildReport, rebuild
from ledger.replaying.rebuild_partition import PartitionJob, rebuild_partition
from ledger.replaying.replay import replay
from ledger.topics import FACTS, OBLIGATIONS
from tests.histories import CONTROLLER, Event, collected, erased, fact, milestone, policy, rule, shared, tick
from tests.ledgers import TestLedger

PARTITIONS = 2
SUBJECTS = [f"s{number}" for number in range(12)]


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> TestLedger:
    return make_ledger(partitions=PARTITIONS)


def lives() -> list[Event]:
    """Facts, policies and ticks that leave rows in every table: obligations raised, met and late, erasures out of order, repeats."""
    log: list[Event] = [policy(1, 0, [rule("R-1", 10), rule("R-2", 5, ("SERVICE_ENDED",), "recipient")])]
    for number, subject in enumerate(SUBJECTS):
        first = 100 + number * 20
        log += [
            collected(first, number % 3, subject=subject, categories=["pd:Name", "pd:EmailAddress"]),
            shared(first + 1, 1, subject=subject, ref="r1"),
            collected(first + 2, 6, subject=subject, activity="undeclared"),
            erased(first + 3, 4, subject=subject),
            milestone(first + 4, 7, "SERVICE_ENDED", "r1", subject=subject),
            fact("RequestReceived", first + 5, 8, subject, right="ERASURE", request_ref="q1"),
        ]
        log.append(log[-2])
    log += [tick(2, 12), tick(3, 25)]
    log += [erased(900 + n, 26, subject=subject, by="SIDN") for n, subject in enumerate(SUBJECTS[::2])]
    return [*log, policy(4, 26, [rule("R-1", 3)]), tick(5, 60)]


def produce(ledger: TestLedger, log: list[Event], *, register_offset: int = 0, poison: bool = True) -> None:
    """Put events where the emitter and the broadcaster would: facts by key, register events into every partition."""
    producer = Producer({**ledger.settings.kafka_client_config(), "enable.idempotence": True})
    for type_name, fields in log:
        value = codec.encode(type_name, fields)
        if type_name in REGISTER_TYPES:
            for partition in range(PARTITIONS):
                headers: Any = [(REGISTER_OFFSET_HEADER, str(register_offset).encode())]
                producer.produce(FACTS, value, partition=partition, headers=headers)
            register_offset += 1
        else:
            key = message_key(CONTROLLER, fields["subject_ref"])
            producer.produce(FACTS, value, key=key, partition=partition_of(key, PARTITIONS))
    if poison:
        producer.produce(FACTS, b"\x01not avro", key=b"?", partition=0)
    assert producer.flush(30) == 0


def fold_live(ledger: TestLedger, *, batch: int = 7) -> None:
    """Fold to the end of the log into the live schema, as a worker does, in small batches."""
    projection = PostgresProjection(ledger.dsn)
    with KafkaLog(ledger.settings) as log:
        for partition in range(PARTITIONS):
            fold = Projecting(
                partition, projection, partitions=PARTITIONS, progress=projection.progress(FACTS, partition), simulated=True
            )
            for delta in replay(log, fold, log.bounds(FACTS, partition)[1], batch_records_max=batch):
                projection.write(delta)
                fold.note_committed(delta.number)
    projection.close()


def live_digests(ledger: TestLedger) -> list[TableDigest]:
    return digests(ledger.dsn, "projection")


def schemas(ledger: TestLedger) -> list[str]:
    with connect(ledger.dsn) as connection:
        rows = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'projection%' ORDER BY 1")
        return [row[0] for row in rows.fetchall()]


def run_cli(ledger: TestLedger, *arguments: str, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    environment = ledger.environment | ({"LEDGER__FAILPOINT": failpoint} if failpoint else {})
    command = [sys.executable, "-m", "ledger", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("workers", [1, 2])
def test_rebuilt_is_equal_to_live_byte_for_byte(ledger: TestLedger, workers: int) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    before = live_digests(ledger)
    assert [digest.table for digest in before if digest.rows == 0] == [], "a table that stays empty proves nothing"

    report = rebuild(ledger.settings, workers=workers)

    assert live_digests(ledger) == before
    assert report.findings.is_clean
    assert report.generation == 2
    assert schemas(ledger) == ["projection", "projection_web"]


def test_the_digest_sees_a_single_changed_value(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    with connect(ledger.dsn) as connection:
        connection.execute(
            "UPDATE projection.holding SET product = 'XX' WHERE holding_id = (SELECT min(holding_id::text)::uuid FROM projection.holding)"
        )
    damaged = live_digests(ledger)

    rebuild(ledger.settings, workers=1)

    assert [d.table for d in set(live_digests(ledger)) - set(damaged)] == ["holding"]


def test_a_rebuild_without_live_rows_goes_to_the_end_of_the_log_and_a_worker_goes_on_from_there(ledger: TestLedger) -> None:
    produce(ledger, lives())

    rebuild(ledger.settings, workers=2)

    produce(ledger, [collected(3000, 61, subject="s1")], register_offset=9, poison=False)
    fold_live(ledger)
    expected = live_digests(ledger)
    rebuild(ledger.settings, workers=1)
    assert live_digests(ledger) == expected


@pytest.mark.parametrize(
    "failpoint",
    [
        "rebuild_after_chunk:1", "rebuild_before_finish:1", "rebuild_before_finish:2", "rebuild_before_indexes:1",
        "rebuild_before_switch:1", "rebuild_after_switch:1",
    ],
)  # fmt: skip
def test_killed_at_any_step_it_continues_and_live_is_never_harmed(ledger: TestLedger, failpoint: str) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    before = live_digests(ledger)

    killed = run_cli(ledger, "rebuild", "--workers", "1", failpoint=failpoint)

    assert killed.returncode in (3, -9), killed.stderr
    assert live_digests(ledger) == before
    again = run_cli(ledger, "rebuild", "--workers", "1", "--json")
    assert again.returncode == 0, again.stderr
    finished_before = {"rebuild_before_finish:2": 1, "rebuild_before_indexes:1": 2, "rebuild_before_switch:1": 2}
    assert json.loads(again.stdout)["continued"] == finished_before.get(failpoint, 0)
    assert live_digests(ledger) == before
    assert schemas(ledger) == ["projection", "projection_web"]


def test_a_partition_is_the_same_whatever_the_chunks_and_however_often_it_was_killed(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    with KafkaLog(ledger.settings) as log:
        ends = [log.bounds(FACTS, partition)[1] for partition in range(PARTITIONS)]

    class KilledError(Exception):
        """Stands for the end of the process."""

    def die_after(chunks: int) -> Callable[[int], None]:
        left = [chunks]

        def report(_: int) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KilledError

        return report

    def job(partition: int, chunk: int) -> PartitionJob:
        return PartitionJob(
            settings=ledger.settings, topic=FACTS, partition=partition, partitions=PARTITIONS, simulated=True,
            end=ends[partition], batch_records_max=chunk,
        )  # fmt: skip

    try:
        with Shadow(ledger.dsn) as shadow:
            shadow.prepare({}, fresh=True)
            for chunks, size in ((2, 5), (3, 4), (1, 16)):
                with pytest.raises(KilledError):
                    rebuild_partition(job(0, size), die_after(chunks))
            for partition in range(PARTITIONS):
                rebuild_partition(job(partition, 3), lambda _: None)
            shadow.add_indexes()
    finally:
        gc.enable()

    assert digests(ledger.dsn, SHADOW_SCHEMA) == live_digests(ledger)


def test_two_rebuilds_at_once_are_refused(ledger: TestLedger) -> None:
    with Shadow(ledger.dsn), pytest.raises(RefusedError, match="a rebuild or a replay is going on"):
        rebuild(ledger.settings, workers=1)


def test_a_log_that_is_not_this_databases_is_refused(ledger: TestLedger) -> None:
    with connect(ledger.dsn) as connection:
        connection.execute("""UPDATE ledger.identity SET topic_ids = topic_ids || '{"facts": "another"}'""")

    with pytest.raises(OperatorError, match="expected topic facts with id another"):
        rebuild(ledger.settings, workers=1)


def test_records_that_have_expired_are_refused_and_live_stays(ledger: TestLedger) -> None:
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import AdminClient

    produce(ledger, lives())
    fold_live(ledger)
    before = live_digests(ledger)
    admin = AdminClient(ledger.settings.kafka_client_config())
    for future in admin.delete_records([TopicPartition(FACTS, 1, 3)]).values():
        future.result(30)

    failed = run_cli(ledger, "rebuild", "--workers", "2")

    assert failed.returncode == 1
    assert "cannot read facts-1 from 0 to" in failed.stderr
    assert "it holds 3 to" in failed.stderr
    assert live_digests(ledger) == before


class TestPublished:
    """Outcomes derived again are compared with those on the topics."""

    @pytest.fixture
    def outcomes(self, ledger: TestLedger) -> Iterator[list[tuple[int, int, int, str, bytes]]]:
        produce(ledger, lives())
        fold_live(ledger)
        with connect(ledger.dsn) as connection:
            rows = connection.execute(
                "SELECT partition, log_offset, ordinal, topic, value, subject_id FROM projection.outcome"
                " WHERE topic <> 'dead-letters' ORDER BY partition, log_offset, subject_id, ordinal"
            ).fetchall()
            for partition, log_offset, ordinal, _, _, subject_id in {row[0]: row for row in rows}.values():
                connection.execute("INSERT INTO ledger.relay_progress VALUES (%s, %s, %s, %s)", [partition, log_offset, ordinal, subject_id])
        yield rows

    def publish(self, ledger: TestLedger, values: list[tuple[int, str, bytes]]) -> RebuildReport:
        producer = Producer(ledger.settings.kafka_client_config())
        for partition, topic, value in values:
            name, fields = codec.decode(value)
            key = message_key(fields["controller"], fields["subject_ref"])
            producer.produce(topic, value, key=key, partition=partition, headers=cloudevents_headers(name, fields))
        assert producer.flush(30) == 0
        return rebuild(ledger.settings, workers=2)

    def test_what_was_published_once_or_twice_is_clean(self, ledger: TestLedger, outcomes: list[Any]) -> None:
        values = [(row[0], row[3], row[4]) for row in outcomes]

        found = self.publish(ledger, [*values, *values[:3]]).findings

        assert found.is_clean
        assert (found.derived, found.published) == (len(values), len(values) + 3)

    def test_missing_extra_and_different_are_told_apart(self, ledger: TestLedger, outcomes: list[Any]) -> None:
        values = [(row[0], row[3], row[4]) for row in outcomes if row[3] == OBLIGATIONS]
        assert len(values) > 5
        type_name, fields = codec.decode(values[0][2])
        changed = codec.encode(type_name, fields | {"rule": "another"})
        invented = codec.encode(type_name, fields | {"event_id": bytes(16)})
        others = [(row[0], row[3], row[4]) for row in outcomes if row[3] != OBLIGATIONS]

        found = self.publish(
            ledger, [(0, OBLIGATIONS, invented), (values[0][0], OBLIGATIONS, changed), *values[2:], *others]
        ).findings

        assert (found.missing, found.extra, found.different) == (1, 1, 1)
        assert ("extra", bytes(16).hex()) in {(each.kind, each.event_id) for each in found.examples}

    def test_a_difference_ends_with_exit_code_1(self, ledger: TestLedger, outcomes: list[Any]) -> None:
        self.publish(ledger, [])

        told = run_cli(ledger, "rebuild", "--workers", "1", "--json")

        assert told.returncode == 1
        assert json.loads(told.stdout)["outcomes"]["missing"] == len(outcomes)
        assert f"{len(outcomes)} missing" in told.stderr

    def test_what_is_still_in_the_outbox_is_not_missing(self, ledger: TestLedger, outcomes: list[Any]) -> None:
        with connect(ledger.dsn) as connection:
            connection.execute("DELETE FROM ledger.relay_progress")

        found = self.publish(ledger, []).findings

        assert found.is_clean
        assert found.unsent == len(outcomes)


def test_digest_prints_one_line_per_table_and_refuses_an_unknown_schema(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)

    shown, unknown = run_cli(ledger, "digest", "--json"), run_cli(ledger, "digest", "--schema", "nothing")

    *tables, last = [json.loads(line) for line in shown.stdout.splitlines()]
    assert tables == [each._asdict() for each in live_digests(ledger)]
    assert last["freshness"]["simulated"] is True
    assert last["freshness"]["lag"] == 0
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "no schema nothing" in unknown.stderr
