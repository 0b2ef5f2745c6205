"""What a worker looks up every few seconds: by index or of small tables, right, and unknown when it cannot be known."""

from __future__ import annotations

import math
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import psycopg
import pytest

from ledger import Emitter
from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_watching import PostgresWatching
from ledger.metrics import watched
from ledger.sql import read_queries
from processors.watcher import lag_seconds
from tests.ledgers import TestLedger
from tests.plans import plan_of
from tests.workers import Worker, run_ledger, wait_until, wait_until_answered, workers_of

SUBJECT = "subj-7f3a9c21d4e8"
HOT = {"overdue": {}, "sources": {"limit": 100}}
# A row per check, kind, partition or sealed log; and dead letters, of which at most 10,000 are read.
SMALL = {"dead_letters_open", "seals", "checks", "mismatches", "progress"}


def test_what_may_be_much_is_read_by_index(database: str) -> None:
    queries = read_queries("watching.sql")
    with psycopg.connect(database, autocommit=True, options="-c search_path=projection") as connection:
        connection.execute("INSERT INTO ledger.source_heard SELECT 's-' || n, now() FROM generate_series(1, 20000) n")
        connection.execute(
            "INSERT INTO obligation (obligation_id, subject_id, partition, controller, subject_ref, kind, holder, categories, due_at,"
            " overdue_at, rule, state, raised_at, raised_offset, rests_on)"
            " SELECT gen_random_uuid(), gen_random_uuid(), 0, 'c', 's', 'ERASE', 'h', '{}', now(), now(), 'r',"
            " CASE WHEN n % 100 = 0 THEN 'OVERDUE' ELSE 'MET' END, now(), n, '{}' FROM generate_series(1, 40000) n"
        )
        connection.execute("ANALYZE")
        for name, arguments in HOT.items():
            plan = plan_of(connection, queries[name], arguments)
            assert "Index" in plan, f"{name}\n{plan}"
            assert "Seq Scan on obligation" not in plan, f"{name}\n{plan}"
    with PostgresWatching(database) as watching:
        assert watching.look(sources_max=100).overdue == {"ERASE": 400}


def test_every_query_of_the_file_is_hot_or_of_a_small_table() -> None:
    assert set(read_queries("watching.sql")) == set(HOT) | SMALL


def test_all_of_it_is_seen(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO projection.dead_letter SELECT 'facts', 0, n, 'wrong_key', '', 1, now() FROM generate_series(1, 3) n;"
            "INSERT INTO ledger.dead_letter_retry (topic, partition, log_offset, new_offset) VALUES ('facts', 0, 2, 9);"
            "INSERT INTO projection.progress (topic, partition, next_offset, register_next, time_reached, duplicates)"
            " VALUES ('facts', 1, 7, 1, now(), 0);"
            "INSERT INTO ledger.reconcile_mismatch (kind, topic, partition, log_offset, round) VALUES ('other_value', 'facts', 0, 3, 1);"
            "INSERT INTO ledger.log_head VALUES ('a/facts/0/t', 8, '', NULL), ('a/register/0/t', 3, '', NULL)"
        )
        sealed_at = round((time.time() - 500) * 1000)
        connection.execute("INSERT INTO ledger.log_head VALUES ('a/seals', 2, '', jsonb_build_object('round', 1, 'at', %s::bigint))", [sealed_at])
    with PostgresWatching(database) as watching:
        watching.note_check("verify", "good")
        watching.note_check("verify", "findings")
        watching.note_heard({"crm": 5_000_000, "shop": 9_000_000})
        watching.note_heard({"crm": 4_000_000})
        seen = watching.look(sources_max=1)

    assert (seen.dead_letters, seen.mismatches, seen.progress) == ({"wrong_key": 2}, {"other_value": 1}, {1: (7, 0)})
    assert (seen.sources, seen.sources_known) == ({"shop": 9.0}, 2)
    assert seen.sealed is not None
    assert (seen.sealed[0] >= 500, seen.sealed[1]) == (True, 7)
    assert [(name, good) for name, (_, good) in seen.checks.items()] == [("verify", False)]


def test_a_label_that_is_gone_is_not_shown_and_what_is_not_known_is_nan() -> None:
    watched.show(watched.OBLIGATIONS_OVERDUE, {"ERASE": 2, "ANSWER": 1})
    watched.show(watched.OBLIGATIONS_OVERDUE, {"ERASE": 3})
    assert {sample.labels["kind"]: sample.value for sample in next(iter(watched.OBLIGATIONS_OVERDUE.collect())).samples} == {"ERASE": 3}

    watched.LOG_GAPS.set(2)
    watched.forget_all()
    assert not next(iter(watched.OBLIGATIONS_OVERDUE.collect())).samples
    assert math.isnan(next(iter(watched.LOG_GAPS.collect())).samples[0].value)


def scrape(port: int) -> dict[str, float]:
    """Series -> value; nothing while the worker does not listen."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    except (urllib.error.URLError, ConnectionError):
        return {}
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if not line.startswith("#")}


def tell(ledger: TestLedger, *, source: str = "crm") -> None:
    with Emitter(controller="hoster-a", source=source, bootstrap_servers=ledger.settings.kafka.bootstrap_servers) as emit:
        emit.emit("MilestoneReached", subject=SUBJECT, occurred_at="2017-06-02T00:00:00Z", kind="ORDER_PLACED", ref="order-1")


def test_a_worker_shows_lag_and_sources_and_lag_is_the_age_of_the_oldest_record(
    make_ledger: Callable[..., TestLedger], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make_ledger(partitions=2)
    tell(ledger)
    tell(ledger, source="shop")
    with workers_of(ledger) as workers:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        worker = Worker(ledger, "watched", only=None, environment={"LEDGER__WORKER__GROUP": workers.group}, options=["--metrics-port", str(port)])
        workers.adopt(worker)
        wait_until_answered(ledger)
        wait_until(lambda: 'ledger_source_latest_timestamp_seconds{source="shop"}' in scrape(port), seconds=60, what="the sources")
        series = scrape(port)
        worker.stop()

    assert series['ledger_projection_lag_seconds{partition="0"}'] == series['ledger_projection_lag_seconds{partition="1"}'] == 0
    assert series['ledger_facts_total{type="MilestoneReached"}'] == 2
    assert abs(time.time() - series['ledger_source_latest_timestamp_seconds{source="crm"}']) < 600
    assert abs(time.time() - series["ledger_watched_timestamp_seconds"]) < 600
    assert math.isnan(series["ledger_unsealed_records"])
    assert SUBJECT not in "".join(series)

    tell(ledger)
    with PostgresWatching(ledger.dsn) as watching, KafkaLog(ledger.settings) as log:
        seen = watching.look(sources_max=100)
        ends = [log.bounds("facts", number)[1] for number in range(2)]
        later = time.time() + 1000
        monkeypatch.setattr(time, "time", lambda: later)
        ages = lag_seconds(seen, ends, log)
    behind = [number for number in range(2) if seen.progress[number][0] < ends[number]]
    assert len(behind) == 1
    assert 1000 <= ages[behind[0]] < 1600
    assert ages[1 - behind[0]] == 0


def test_a_check_of_this_ledger_is_noted_with_what_came_of_it(make_ledger: Callable[..., TestLedger]) -> None:
    ledger = make_ledger(partitions=1)
    for words in (("keys", "init", "--name", "ledger.example"), ("seal", "--once"), ("audit", "verify"), ("audit", "replay", "--workers", "1")):
        done = run_ledger(ledger, *words)
        assert done.returncode == 0, done.stderr
    with PostgresWatching(ledger.dsn) as watching:
        assert {name: good for name, (_, good) in watching.look(sources_max=1).checks.items()} == {"verify": True, "replay": True}

    tile = next(each for each in (ledger.home / "archive").glob("logs/**/payload/**/*") if each.is_file())
    tile.write_bytes(tile.read_bytes()[:-1])
    assert run_ledger(ledger, "audit", "verify").returncode in (1, 2)
    with PostgresWatching(ledger.dsn) as watching:
        assert not watching.look(sources_max=1).checks["verify"][1]
