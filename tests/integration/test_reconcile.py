"""Log against database on the real stack: whole ledgers are quiet, also while a worker folds, and whatever is changed on either side is found."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from ledger import Emitter
from ledger.adapters.kafka_sender import KafkaSender
from ledger.adapters.postgres_reconcile import RUNS_KEPT
from ledger.adapters.postgres_watching import PostgresWatching
from ledger.contract import codec
from ledger.diagnostics import KEYS
from ledger.errors import DependencyError, RefusedError
from ledger.policies.files import load_policy
from ledger.policies.publishing import publish_policy
from ledger.reconciling.noted import NotedRun, noted
from ledger.reconciling.reconcile import Reconciler, Report
from ledger.sql import read_queries
from tests.histories import collected
from tests.integration.test_audit_replay import Alter, of_one, other_header, other_value, publish, withheld
from tests.integration.test_rebuild import fold_live, ledger, lives, produce, run_cli
from tests.ledgers import TestLedger
from tests.plans import plan_of
from tests.workers import run_ledger, wait_until, wait_until_answered, workers_of

__all__ = ["ledger"]  # a fixture: a ledger of two partitions

HOT = {
    "facts_between": {"partition": 0, "first": 10, "end": 20}, "ticks_between": {"partition": 0, "first": 10, "end": 20},
    "letters_between": {"partition": 0, "first": 10, "end": 20}, "known_events": {"partition": 0, "ids": []}, "standing": {"partition": 0},
    "outcomes_behind": {"partition": 0, "log_offset": 5, "subject_id": "00000000-0000-0000-0000-000000000000", "ordinal": 0, "limit": 100},
}  # fmt: skip
WHOLE = {"stored_values"}  # asked only when something strange stands on a topic


def reconciled(of: TestLedger, *, slice_records: int = 5_000) -> Report:
    with Reconciler(of.settings, slice_records=slice_records) as one:
        return one.run_round()


def change(of: TestLedger, statement: str) -> list[tuple[int, ...]]:
    """As a database administrator would; the rows that the statement returns."""
    with psycopg.connect(of.dsn, autocommit=True) as connection:
        rows: list[tuple[int, ...]] = connection.execute(statement).fetchall()
    assert rows, "the statement changed nothing"
    return rows


@pytest.fixture
def folded(ledger: TestLedger) -> TestLedger:
    """Lives, some of them told twice and some unreadable, folded; their outcomes published."""
    log = lives()
    produce(ledger, [*log, *log[len(log) // 2 :]])
    fold_live(ledger)
    assert publish(ledger) > 20
    return ledger


@pytest.mark.parametrize("slice_records", [7, 5_000])
def test_a_whole_ledger_is_quiet_in_slices_of_any_size(folded: TestLedger, slice_records: int) -> None:
    report = reconciled(folded, slice_records=slice_records)

    with psycopg.connect(folded.dsn) as connection:
        counts = [row[0] for row in connection.execute(
            "SELECT sum(next_offset)::bigint FROM projection.progress UNION ALL SELECT count(*) FROM projection.fact"
            " UNION ALL SELECT count(*) FROM projection.tick UNION ALL SELECT count(*) FROM projection.dead_letter"
            " UNION ALL SELECT count(*) FROM projection.outcome WHERE topic <> 'dead-letters'"
        )]  # fmt: skip
    assert (report.found, report.mismatches) == ({}, [])
    assert report.records == counts[0]
    assert report.types.total() == counts[1] + counts[2]
    assert (report.dead_letters, report.outcomes) == (counts[3], counts[4])
    assert report.repeats == counts[0] - counts[1] - counts[2] - counts[3]
    assert report.repeats > 0, "a log without repeats proves less"
    with PostgresWatching(folded.dsn) as watching:
        assert watching.look(sources_max=1).checks["reconcile"][1]


def test_the_counts_of_a_round_that_was_cut_off_are_those_of_the_whole_round(folded: TestLedger) -> None:
    """Each slice counts once, whoever compares it."""
    with Reconciler(folded.settings, slice_records=7) as one:
        whole = one.run_round()
    first = runs(folded)

    slices = iter(range(3))

    def cut_off(*_: object) -> None:
        if next(slices, None) is None:
            raise DependencyError("cut off")

    with pytest.raises(DependencyError), Reconciler(folded.settings, slice_records=7) as one:
        one.run_round(cut_off)
    part = runs(folded)
    with Reconciler(folded.settings, slice_records=5) as one:
        rest = one.run_round(anew=False)

    assert [each.round for each in runs(folded)] == [2, 1] and runs(folded)[1] == first[0]
    assert 0 < part[0].records < whole.records and (part[0].done_at, part[0].found) == (None, None)
    assert 0 < rest.records < whole.records, "of the second run alone"
    counted = [(each.records, each.repeats, each.dead_letters, each.outcomes, each.types, each.found) for each in runs(folded)]
    assert counted == [(whole.records, whole.repeats, whole.dead_letters, whole.outcomes, dict(whole.types), {})] * 2


def test_as_many_runs_are_kept_as_are_told_of(folded: TestLedger) -> None:
    with Reconciler(folded.settings) as one:
        for _ in range(RUNS_KEPT + 2):
            one.run_round()

    assert [each.round for each in runs(folded)] == list(range(RUNS_KEPT + 2, 2, -1))
    assert len({each.records for each in runs(folded)}) == 1, "each of its own round alone"


def runs(of: TestLedger) -> tuple[NotedRun, ...]:
    return noted(of.settings).runs


TAMPERED = {
    "missing_row": "DELETE FROM projection.fact WHERE (partition, log_offset) = (SELECT partition, log_offset FROM projection.fact"
    " WHERE subject_id IS NOT NULL ORDER BY log_offset LIMIT 1) RETURNING partition, log_offset",
    "other_value": "UPDATE projection.fact SET value = set_byte(value, 20, get_byte(value, 20) # 1) WHERE (partition, log_offset) ="
    " (SELECT partition, log_offset FROM projection.fact WHERE subject_id IS NOT NULL ORDER BY log_offset DESC LIMIT 1)"
    " RETURNING partition, log_offset",
    "missing_row of a tick": "DELETE FROM projection.tick WHERE (partition, log_offset) = (SELECT partition, log_offset FROM projection.tick"
    " ORDER BY log_offset DESC LIMIT 1) RETURNING partition, log_offset",
    "other_value of a time": "UPDATE projection.tick SET time = time + interval '1 s' WHERE (partition, log_offset) ="
    " (SELECT partition, log_offset FROM projection.tick ORDER BY log_offset LIMIT 1) RETURNING partition, log_offset",
    "beyond": "INSERT INTO projection.fact SELECT partition, 999999, subject_id, gen_random_uuid(), schema_id, recorded_at, value"
    " FROM projection.fact LIMIT 1 RETURNING partition, log_offset",
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_row_that_was_changed_is_found_at_its_place_until_it_is_put_right(folded: TestLedger, kind: str) -> None:
    with psycopg.connect(folded.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE fact_before AS SELECT * FROM projection.fact")
        connection.execute("CREATE TABLE tick_before AS SELECT * FROM projection.tick")
    places = change(folded, TAMPERED[kind])

    report = reconciled(folded, slice_records=11)

    assert [(each.kind, each.topic, each.partition, each.offset) for each in report.mismatches] == [(kind.split()[0], "facts", *places[0])]
    with PostgresWatching(folded.dsn) as watching:
        seen = watching.look(sources_max=1)
    assert (seen.mismatches, seen.checks["reconcile"][1]) == ({kind.split()[0]: 1}, False)
    with psycopg.connect(folded.dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE projection.fact, projection.tick")
        connection.execute("INSERT INTO projection.fact SELECT * FROM fact_before")
        connection.execute("INSERT INTO projection.tick SELECT * FROM tick_before")
    assert not reconciled(folded).found
    with PostgresWatching(folded.dsn) as watching:
        assert watching.look(sources_max=1).mismatches == {}


@pytest.mark.parametrize("slice_records", [9, 5_000])
@pytest.mark.parametrize(
    ("alter", "kind"),
    [(withheld, "missing_outcome"), (other_value, "different_outcome"), (other_header, "different_outcome")],
    ids=["withheld", "value", "header"],
)
def test_an_outcome_that_was_published_otherwise_or_not_at_all_is_found(ledger: TestLedger, alter: Alter, kind: str, slice_records: int) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    publish(ledger, of_one(12, alter))

    report = reconciled(ledger, slice_records=slice_records)

    assert report.found == {kind: 1}
    assert len(report.mismatches) == 1


def test_stored_outcomes_that_were_taken_away_changed_or_added_are_found(folded: TestLedger) -> None:
    one = "FROM projection.outcome WHERE topic = 'obligations' ORDER BY log_offset, subject_id, ordinal LIMIT 1 OFFSET 3)"
    change(folded, "DELETE FROM projection.outcome WHERE ctid = (SELECT ctid " + one + " RETURNING 1")  # noqa: S608  constants
    change(folded, "UPDATE projection.outcome SET value = '\\x00' WHERE ctid = (SELECT ctid " + one + " RETURNING 1")  # noqa: S608  constants
    change(
        folded,
        "INSERT INTO projection.outcome (partition, log_offset, ordinal, topic, event_id, message_key, value, subject_id)"
        " SELECT partition, 0, 77, topic, gen_random_uuid(), message_key, overlay(value placing uuid_send(gen_random_uuid()) from 6), subject_id"
        " FROM projection.outcome WHERE topic = 'obligations' AND length(value) > 9 LIMIT 1 RETURNING 1",
    )

    report = reconciled(folded, slice_records=10)

    # What was deleted and what was made unreadable stand on the topic without being stored.
    assert report.found == {"extra_outcome": 2, "different_outcome": 1, "missing_outcome": 1}


def test_an_outcome_that_the_relay_never_sent_is_found_on_its_topic(folded: TestLedger) -> None:
    with psycopg.connect(folded.dsn) as connection:
        (value, partition), = connection.execute("SELECT value, partition FROM projection.outcome WHERE topic = 'violations' LIMIT 1").fetchall()
    name, fields = codec.decode(value)
    forged = codec.encode(name, fields | {"event_id": bytes(16), "rule": "forged"})
    sender = KafkaSender(folded.settings, client_id="ledger-test")
    for each in (forged, value):  # a forgery; and what the relay sent, once more: that is none
        sender.send("violations", partition, key=b"k", value=each, headers=())
    sender.finish(seconds=30)
    sender.close()

    assert reconciled(folded).found == {"extra_outcome": 1, "different_outcome": 1}


def test_it_goes_on_where_it_was_and_finds_what_came_since(folded: TestLedger) -> None:
    reconciled(folded)
    with Reconciler(folded.settings) as one:
        assert one.follow(anew_after_seconds=1e6).records == 0
        with psycopg.connect(folded.dsn, autocommit=True) as connection:
            connection.execute("DELETE FROM ledger.relay_progress")  # as a restored database has it: everything is sent once more
        assert publish(folded) > 20
        again = one.follow(anew_after_seconds=1e6)
        assert (again.outcomes > 20, again.found) == (True, {})
        produce(folded, [collected(50_000 + number, 70) for number in range(5)], poison=False)
        fold_live(folded)
        publish(folded)
        places = change(folded, TAMPERED["other_value"])
        report = one.follow(anew_after_seconds=1e6)
        again = one.follow(anew_after_seconds=1e6)
        with pytest.raises(RefusedError, match="another one is at it"), Reconciler(folded.settings):
            pass
    assert report is again
    assert [(each.partition, each.offset) for each in report.mismatches] == places
    assert report.found == {"other_value": 1}


def test_the_command_names_the_first_place_and_ends_with_one(folded: TestLedger) -> None:
    quiet = run_cli(folded, "reconcile", "--json")
    assert (quiet.returncode, json.loads(quiet.stdout)["found"]) == (0, {}), quiet.stderr
    ((partition, offset),) = change(folded, TAMPERED["missing_row"])

    told = run_cli(folded, "reconcile", "--slice", "50")

    assert told.returncode == 1
    assert f"missing_row: 1, first at facts-{partition} offset {offset}" in told.stdout
    assert "runbook" in told.stderr


def test_it_watches_until_it_is_told_to_stop(folded: TestLedger, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ledger", "reconcile", "--watch", "--pause", "0.2", "--every", "0.0001", "--json"]
    told = tmp_path / "told"
    refused = run_cli(folded, "reconcile", "--watch", "--every", "0.0001")
    assert (refused.returncode, "--every" in refused.stderr) == (2, True)
    command[command.index("0.0001")] = "0.001"
    said = tmp_path / "said"
    with told.open("w") as out, said.open("w") as lines, subprocess.Popen(
        command, env=folded.environment, stdout=out, stderr=lines, text=True
    ) as process:  # fmt: skip
        try:
            wait_until(lambda: checked(folded), seconds=60, what="the first round")
            ((partition, offset),) = change(folded, TAMPERED["missing_row"])
            wait_until(lambda: bool(told.read_text()), seconds=90, what="a line about the next round")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 1
        finally:
            process.kill()
    *spoken, _last_words, _hint = said.read_text().splitlines()
    (line,) = [json.loads(each) for each in spoken]
    assert line.keys() <= KEYS and (line["event"], line["level"], line["part"]) == ("log_and_database_differed", "error", "reconcile")
    assert line["found"] == [f"missing_row: 1, first at facts-{partition} offset {offset}"]
    assert json.loads(told.read_text().splitlines()[0])["mismatches"] == [{"kind": "missing_row", "position": f"facts-{partition}:{offset}"}]


def checked(of: TestLedger) -> bool:
    with PostgresWatching(of.dsn) as watching:
        return "reconcile" in watching.look(sources_max=1).checks


def test_records_that_are_gone_from_the_broker_are_a_gap(folded: TestLedger) -> None:
    admin = AdminClient(folded.settings.kafka_client_config())
    for future in admin.delete_records([TopicPartition("facts", 0, 5)]).values():
        future.result(30)

    assert [(each.kind, each.offset) for each in reconciled(folded).mismatches] == [("log_gap", 0)]


def test_it_stays_quiet_while_a_worker_folds(make_ledger: Callable[..., TestLedger]) -> None:
    ledger = make_ledger(partitions=2)
    stop, found = threading.Event(), []

    def look() -> None:
        with Reconciler(ledger.settings, slice_records=200) as one:
            while not stop.is_set():
                found.append(one.follow(anew_after_seconds=0.5).found.copy())
            found.append(one.run_round().found.copy())

    with workers_of(ledger) as workers:
        workers.start()
        looking = threading.Thread(target=look)
        looking.start()
        try:
            with Emitter(controller="hostinghuis", source="shop", bootstrap_servers=ledger.settings.kafka.bootstrap_servers) as emit:
                publish_policy(emit, load_policy("hostinghuis"))
                for number in range(3_000):
                    emit.emit(
                        "DataShared", subject=f"subj-{number % 500}", by="hostinghuis", recipient="sidn", recipient_role="registry",
                        categories=["pd:BankAccount"], purpose="dpv:ServiceRegistration", legal_basis="eu-gdpr:A6-1-b", ref=f"order-{number}",
                    )  # fmt: skip
                emit.flush()
            wait_until_answered(ledger)
            assert run_ledger(ledger, "tick", "2030-06-03T00:00:00Z", "--json").returncode == 0
        finally:
            stop.set()
            looking.join(120)

    assert len(found) > 3
    assert [each for each in found if each] == []


def test_each_question_is_answered_by_index(database: str) -> None:
    queries = read_queries("reconcile.sql")
    with psycopg.connect(database, autocommit=True, options="-c search_path=projection") as connection:
        connection.execute(
            "INSERT INTO fact SELECT 0, n, NULL, gen_random_uuid(), 1, now(), '\\x00' FROM generate_series(1, 20000) n;"
            "INSERT INTO tick SELECT 0, n, n, now(), now() FROM generate_series(20001, 40000) n;"
            "INSERT INTO dead_letter SELECT 'facts', 0, n, 'r', '', 1, now() FROM generate_series(40001, 60000) n;"
            "INSERT INTO outcome (partition, log_offset, ordinal, topic, event_id, value, subject_id)"
            " SELECT 0, n, 0, 'obligations', gen_random_uuid(), '\\x00', gen_random_uuid() FROM generate_series(1, 20000) n"
        )
        connection.execute("ANALYZE")
        for name, arguments in HOT.items():
            given = arguments | ({"ids": [b""]} if "ids" in arguments else {})
            query = queries[name].replace("ANY(%(ids)s)", "ANY('{00000000-0000-0000-0000-000000000007}')")
            plan = plan_of(connection, query, given)
            assert "Index" in plan, f"{name}\n{plan}"
            assert "Seq Scan" not in plan.replace("Seq Scan on progress", ""), f"{name}\n{plan}"


def test_every_query_of_the_file_is_listed() -> None:
    assert set(read_queries("reconcile.sql")) == set(HOT) | WHOLE

