"""Answers from PostgreSQL: the same as from memory, from one snapshot, by index, read-only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Position, Query
from ledger.core.ids import subject_id
from ledger.errors import DependencyError, OperatorError
from ledger.folding.projecting import Projecting
from ledger.sql import read_queries
from tests.folded import fold_into
from tests.histories import CONTROLLER, at, policy, project, records, rule
from tests.memory_answers import MemoryAnswers
from tests.plans import plan_of
from tests.small_ledger import ANNA, BRAM, history

LOADED = 40_000


@pytest.fixture
def ledger_dsn(database: str) -> str:
    """The small ledger in a database of its own; partition 0 of one."""
    fold_into(database, records(history()))
    return database


@pytest.fixture
def reader(ledger_dsn: str) -> Iterator[PostgresReader]:
    made = PostgresReader(ledger_dsn)
    yield made
    made.close()


def test_every_question_is_answered_as_from_memory(reader: PostgresReader) -> None:
    real, memory = Query(reader), Query(MemoryAnswers(project(history())))

    assert real.subject(CONTROLLER, ANNA) == memory.subject(CONTROLLER, ANNA)
    assert real.subject(CONTROLLER, BRAM) == memory.subject(CONTROLLER, BRAM)
    assert real.subject(CONTROLLER, "nobody") == memory.subject(CONTROLLER, "nobody")
    assert not real.subject(CONTROLLER, "nobody").known
    assert real.holders() == memory.holders()
    assert real.holders("another").holders == ()
    assert real.due(at(4000)) == memory.due(at(4000))
    assert real.due(at(4000), limit=1) == memory.due(at(4000), limit=1)
    for states in (("OPEN",), ("OVERDUE", "OPEN"), ("MET",), ("CANCELLED",)):
        assert real.obligations(states) == memory.obligations(states)
    assert real.obligations(("MET",), holder="SIDN").obligations == ()
    assert real.violations(limit=10) == memory.violations(limit=10)
    assert real.violations(limit=10).violations[0].happened_at > 0
    assert real.violations(limit=1, promise="X-04", since=at(0), until=at(9)) == memory.violations(limit=1, promise="X-04", since=at(0), until=at(9))
    assert real.violations(since=at(10), promise="X-04").counts == ()


def test_every_place_on_the_log_is_answered_as_from_memory(reader: PostgresReader) -> None:
    real, memory = Query(reader), Query(MemoryAnswers(project(history())))

    for place in range(len(history())):
        assert real.subject(CONTROLLER, ANNA, known_at=Position(0, place)) == memory.subject(CONTROLLER, ANNA, known_at=Position(0, place))
    for day in range(0, 70, 7):
        assert real.subject(CONTROLLER, ANNA, on=at(day)) == memory.subject(CONTROLLER, ANNA, on=at(day))


def test_an_answer_needs_no_kafka_and_says_that_its_lag_is_unknown(reader: PostgresReader) -> None:
    def unreachable(partitions: int) -> list[int]:
        raise DependencyError("cannot read end offsets")

    assert Query(reader, unreachable).subject(CONTROLLER, ANNA).freshness.lag is None
    assert Query(reader, lambda partitions: [25]).subject(CONTROLLER, ANNA).freshness.lag == 25 - len(history())


def test_the_rules_are_read_again_when_the_register_has_grown(reader: PostgresReader, ledger_dsn: str) -> None:
    query = Query(reader)
    before = query.subject(CONTROLLER, ANNA)

    projection = PostgresProjection(ledger_dsn)
    fold = Projecting(0, projection, partitions=1, progress=projection.progress("facts", 0), simulated=True)
    new = records([policy(1002, 0, [rule("NEW", 1)])], first_offset=len(history()), register_offset=7)
    projection.write(fold.project(new))
    projection.close()

    assert "NEW" not in {holding.why.rule for holding in before.holdings}
    assert "NEW" in {holding.why.rule for holding in query.subject(CONTROLLER, ANNA).holdings}


def test_the_session_takes_the_readers_role_and_cannot_write(reader: PostgresReader) -> None:
    with pytest.raises(OperatorError, match="ReadOnlySqlTransaction"), reader.snapshot():
        assert reader._cursor is not None
        assert reader._cursor.execute("SELECT current_user").fetchall() == [("ledger_reader",)]
        reader._cursor.execute("INSERT INTO tick VALUES (0, 1, 1, now(), now())")
    assert Query(reader).subject(CONTROLLER, ANNA).known


def test_an_answer_mixes_no_two_moments(reader: PostgresReader, ledger_dsn: str) -> None:
    with reader.snapshot():
        before = reader.progress()
        with psycopg.connect(ledger_dsn, autocommit=True) as other:
            other.execute("UPDATE projection.progress SET next_offset = 999")
        assert reader.progress() == before


def test_rows_asked_for_ahead_are_those_of_the_same_moment_and_of_nobody_else(reader: PostgresReader, ledger_dsn: str) -> None:
    anna, bram = subject_id(CONTROLLER, ANNA), subject_id(CONTROLLER, BRAM)
    with reader.snapshot():
        wanted = [reader.one_subject(anna), reader.one_subject(bram), reader.progress(), reader.newest_register_copy(0)]
        assert wanted[0] != wanted[1] and wanted[0][0]

    with reader.snapshot((anna, 0)):
        with psycopg.connect(ledger_dsn, autocommit=True) as other:
            other.execute("DELETE FROM projection.holding; UPDATE projection.progress SET next_offset = 999")
        assert [reader.one_subject(anna), reader.one_subject(bram), reader.progress(), reader.newest_register_copy(0)] == wanted
        assert reader.newest_register_copy(1) == -1  # another partition than was asked for
    with reader.snapshot((anna, 0)):  # nothing is left over from before
        assert reader.one_subject(anna)[0] == [] and reader.progress()[0][1] == 999


def test_a_database_without_a_ledger_is_said_so(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DELETE FROM ledger.identity")
    reader = PostgresReader(database)

    with pytest.raises(OperatorError, match="belongs to no ledger yet"):
        Query(reader).holders()
    reader.close()


HOT: dict[str, dict[str, Any]] = {
    "holdings_of_subject": {"subject_id": "00000000-0000-0000-0000-000000000007"},
    "state_of_subject": {"subject_id": "00000000-0000-0000-0000-000000000007"},
    "entries_of_subject": {"subject_id": "00000000-0000-0000-0000-000000000007"},
    "obligations_of_subject": {"subject_id": "00000000-0000-0000-0000-000000000007"},
    "violations_of_subject": {"subject_id": "00000000-0000-0000-0000-000000000007"},
    "offsets_of_events": {"partition": 0, "event_ids": ["00000000-0000-0000-0000-000000000007"]},
    "history_of_subject": {"subject_id": "00000000-0000-0000-0000-000000000007", "partition": 0, "before": 10**9},
    "newest_register_copy": {"partition": 0},
    "register_copies": {"partition": 0, "after": 0, "before": 10**9},
    "time_before": {"partition": 0, "before": 20_000},
    "recorded_from": {"partition": 0, "first": 20_000},
    "first_tick_at": {"partition": 0, "time": "2020-01-01", "after": 100, "before": 10**9},
    "coming_due": {
        "partition": 0, "until": "2020-01-01", "controller": None, "limit": 100, "after_at": "2019-06-01", "after_id": bytes(16),
    },
    "obligations_by_state": {
        "state": "OVERDUE", "until": "2099-01-01", "holder": None, "controller": None, "limit": 100, "after_at": "2019-06-01",
        "after_id": "00000000-0000-0000-0000-000000000007",
    },
    "violations_counted": {"partition": 0, "first": 20_000, "before": 20_100, "controller": None, "promise": None},
    "violations_tallied": {"controller": None, "promise": None},
    "violations_listed": {
        "partition": 0, "first": 0, "before": 20_001, "controller": None, "promise": None, "limit": 100, "after_offset": 20_000,
        "after_id": bytes(16), "after_ordinal": 0,
    },
}  # fmt: skip


def test_hot_questions_use_their_indexes(loaded: str) -> None:
    queries = read_queries("queries.sql")
    with psycopg.connect(loaded, autocommit=True, options="-c search_path=projection") as connection:
        for name, arguments in HOT.items():
            plan = plan_of(connection, queries[name], arguments)
            assert "Seq Scan" not in re.sub("Seq Scan on (progress|promise_tally)", "", plan), f"{name}\n{plan}"  # a row for each partition, or kind
            assert "Index" in plan, f"{name}\n{plan}"


def test_every_query_of_the_file_is_hot_or_reads_a_whole_table_on_purpose() -> None:
    whole = {"progress", "identity", "holders", "subjects_of_holders", "unsettled_of_holders", "subjects_without_key"}
    whole |= {"every_holding", "every_obligation"}

    assert set(read_queries("queries.sql")) == set(HOT) | whole


@pytest.fixture
def loaded(database: str) -> str:
    """Tables with enough rows that the planner must choose."""
    number = "('00000000-0000-0000-0000-' || lpad(to_hex(i), 12, '0'))::uuid"
    with psycopg.connect(database, autocommit=True, options="-c search_path=projection") as connection:
        connection.execute(f"""
            INSERT INTO holding SELECT {number}, {number}, 0, 'hoster', 's' || i, 'SIDN', NULL, 'p', NULL, NULL, '{{pd:Name}}', '{{0}}',
                   ARRAY[now()], ARRAY[{number}], ARRAY[i::bigint], '{{}}', '{{}}', now(), {number}, i, NULL, NULL, 'b', NULL, NULL, NULL, NULL, NULL,
                   '2019-01-01'::timestamptz + i * interval '1 hour', 'R', '{{}}', '{{}}', false
              FROM generate_series(1, {LOADED}) i;
            INSERT INTO subject SELECT {number}, 0, 'hoster', 's' || i, '{{}}' FROM generate_series(1, {LOADED}) i;
            INSERT INTO subject_entry SELECT {number}, {number}, 0, 'milestones', '[1]' FROM generate_series(1, {LOADED}) i;
            INSERT INTO obligation SELECT {number}, {number}, 0, 'hoster', 's' || i, 'ERASE', 'SIDN', NULL, 'p', NULL, NULL, '{{pd:Name}}',
                   '2019-01-01'::timestamptz + i * interval '1 hour', now(), 'R', (ARRAY['OPEN', 'OVERDUE', 'MET'])[1 + i % 3], now(), i, '{{}}'
              FROM generate_series(1, {LOADED}) i;
            INSERT INTO violation SELECT 0, i, 0, {number}, {number}, 'hoster', 's' || i, 'P', 'r', 'BREACH', NULL, NULL, '{{}}', '{{}}'
              FROM generate_series(1, {LOADED}) i;
            INSERT INTO fact SELECT 0, i, CASE WHEN i % 1000 = 0 THEN NULL ELSE {number} END, {number}, 1, now(), 'x'
              FROM generate_series(1, {LOADED}) i;
            INSERT INTO tick SELECT 0, i, i, '2019-01-01'::timestamptz + i * interval '1 minute', now() FROM generate_series(1, {LOADED}) i;
        """)  # noqa: S608  our own names
        connection.execute("ANALYZE")
    return database
