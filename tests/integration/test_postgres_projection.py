"""What PostgreSQL adds to the contract of the projections: every table, crashes, two writers at once, plans that stay fast."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from ledger.adapters.pg_copy import HoldingPacker, RowPacker, pack_rows
from ledger.adapters.postgres_connection import connect
from ledger.adapters.postgres_digest import digests
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_tables import HOLDING, OBLIGATION
from ledger.core.delta import NOBODY, Delta, ShareKey
from ledger.errors import CallerError, DependencyError, FencedError, OperatorError
from ledger.folding.ports import Progress
from ledger.replaying.digest import differing
from tests.projections import START, delta, entry_row, fact_row, holding_row, id_of, obligation_row, subject_row


@pytest.fixture
def projection(database: str) -> Iterator[PostgresProjection]:
    made = PostgresProjection(database)
    yield made
    made.close()


def shares(number: int) -> Counter[ShareKey]:
    """Shares of two kinds."""
    return Counter({("hoster-a", "hoster-a", f"r{country}", "registry", country, date(2018, 6, 1)): number for country in ("NL", None)})


def full_delta() -> Delta:
    """A delta with a row in every table."""
    return delta(
        0, 9,
        facts=[fact_row(0), fact_row(1, subject=None)],
        ticks=[(0, 2, 5, START + 1, START + 2)],
        new_holdings=[holding_row()],
        new_subjects=[subject_row()],
        new_entries=[entry_row()],
        new_obligations=[obligation_row()],
        violations=[(0, 3, 0, id_of(1), id_of(2), "hoster-a", "s", "SH-1", "r", "HIGH", None, None, ("a", "b"), (id_of(9),))],
        outcomes=[(0, 3, 0, "violations", id_of(1), b"key", b"\x00\xff", id_of(2)), (0, 4, 0, "dead-letters", id_of(2), None, b"", NOBODY)],
        dead_letters=[("facts", 0, 4, "truncated", "ab" * 32, 17, START)],
        shares=shares(1),
    )  # fmt: skip


def test_every_table_gets_its_rows(projection: PostgresProjection, database: str) -> None:
    projection.write(full_delta())

    with connect(database, schema="projection") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        violation = connection.execute("SELECT promise, holder, categories, rests_on[1]::text FROM violation").fetchall()
        tick = connection.execute("SELECT register_offset, extract(epoch FROM time) * 1000000 FROM tick").fetchall()
        outcomes = connection.execute("SELECT topic, message_key, value FROM outcome ORDER BY log_offset").fetchall()
        letters = connection.execute("SELECT topic, partition, log_offset, reason, size FROM dead_letter").fetchall()
    assert violation == [("SH-1", None, ["a", "b"], "00000000-0000-0000-0000-000000000009")]
    assert tick == [(5, START + 1)]
    assert outcomes == [("violations", b"key", b"\x00\xff"), ("dead-letters", None, b"")]
    assert letters == [("facts", 0, 4, "truncated", 17)]
    assert {d.table for d in digests(database, "projection") if d.rows == 0} == {"due_tally", "request", "request_tally"}  # no date, no request


@pytest.mark.parametrize("runs", [[], [(0, 1)], [(2, 4), (4, 7)], [(1, 25)], [(20, 25)]])
def test_a_packer_of_repeating_columns_packs_the_same_bytes_as_the_plain_one(runs: list[tuple[int, int]]) -> None:
    rows = [obligation_row(1, n, store="s" if n % 2 else None, state="MET", settled_at=START + n // 2, request_ref="r") for n in range(6)]
    packer = RowPacker(OBLIGATION.types, runs)

    packer.pack(rows)
    assert packer.pack([*rows, obligation_row(2, 9)]) == pack_rows(OBLIGATION.types, [*rows, obligation_row(2, 9)])


def test_the_packer_that_remembers_packs_the_same_bytes_as_the_plain_one() -> None:
    rows = [
        holding_row(1, 1),
        holding_row(1, 2, due_at=START, rule="r", anchor_event=(id_of(1),), anchor_offset=(2,)),
        holding_row(1, 3, erased=("pd:Age",), erased_at=(START,), store="s", received_from="hoster-a"),
        holding_row(1, 4, anchor_event=(id_of(1), id_of(2)), anchor_offset=(2, 3), held_back=True),
        holding_row(1, 5, categories=(), category_evidence=(), evidence_at=(), evidence_event=(), evidence_offset=()),
        holding_row(1, 6, store="", rule="", ref="", product=""),
        holding_row(1, 7),
    ]
    packer = HoldingPacker()

    packer.pack(rows)
    assert packer.pack(rows) == pack_rows(HOLDING.types, rows)


def test_dying_before_commit_leaves_nothing_and_the_same_delta_goes_in_again(
    projection: PostgresProjection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        """Stands for the end of the process between the rows and the commit."""

    def die(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("ledger.adapters.postgres_projection._move_progress", die)
        with pytest.raises(KilledError):
            projection.write(full_delta())

    assert {d.rows for d in digests(database, "projection")} == {0}
    projection.write(full_delta())
    assert projection.progress("facts", 0) == Progress(9, 0, START, 0)


def test_of_two_writers_at_once_one_is_fenced(projection: PostgresProjection, database: str) -> None:
    projection.write(delta(0, 1))
    other = PostgresProjection(database)
    start, answers = threading.Barrier(2), []

    def write(writer: PostgresProjection, event: int) -> None:
        start.wait()
        try:
            writer.write(delta(1, 2, facts=[fact_row(1, event=event)], new_holdings=[holding_row(1, event)]))
            answers.append("written")
        except FencedError as fenced:
            answers.append(f"fenced at {fenced.expected}")

    threads = [threading.Thread(target=write, args=(writer, i)) for i, writer in enumerate((projection, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()

    assert sorted(answers) == ["fenced at 2", "written"]
    assert len(projection.load([id_of(1)])[id_of(1)].holdings) == 1


def test_a_writer_whose_connection_was_ended_says_so_and_the_next_call_connects_again(
    projection: PostgresProjection, database: str
) -> None:
    projection.write(delta(0, 1))
    with connect(database) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    with pytest.raises(DependencyError, match="cannot write facts/0"):
        projection.write(delta(1, 2))

    projection.write(delta(1, 2))
    assert projection.progress("facts", 0).next_offset == 2


def test_postgres_that_is_not_there_is_a_dependency_error() -> None:
    nowhere = PostgresProjection("host=/nonexistent user=nobody dbname=none password=sesame")

    with pytest.raises(DependencyError) as refused:
        nowhere.progress("facts", 0)

    assert "sesame" not in str(refused.value) + str(refused.value.hint)


def test_an_error_names_the_constraint_and_no_value(projection: PostgresProjection) -> None:
    projection.write(delta(0, 1, new_holdings=[holding_row()]))

    with pytest.raises(OperatorError, match="holding_pkey") as refused:
        projection.write(delta(1, 2, new_holdings=[holding_row()]))

    assert "subject-1" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_digests_do_not_depend_on_the_order_of_writing_or_the_session(
    projection: PostgresProjection, database: str, stack: object
) -> None:
    from tests.ledgers import new_database

    rows = [holding_row(s, h, due_at=START + s, subject_ref=f"s{s}") for s in range(5) for h in range(3)]
    projection.write(delta(0, 1, new_holdings=rows[:7], shares=shares(2)))
    projection.write(delta(1, 2, new_holdings=rows[7:], changed_holdings=[rows[0]], shares=shares(1)))
    with new_database(stack) as dsn:  # type: ignore[arg-type]
        with connect(dsn) as connection:
            connection.execute("DO $$ BEGIN EXECUTE format("
                               "'ALTER DATABASE %I SET TimeZone = ''Asia/Tokyo''', current_database()); END $$")
            connection.execute("DO $$ BEGIN EXECUTE format("
                               "'ALTER DATABASE %I SET DateStyle = ''German''', current_database()); END $$")
        other = PostgresProjection(dsn)
        other.write(delta(0, 2, new_holdings=rows[::-1], shares=shares(3)))
        other.close()

        assert digests(database, "projection") == digests(dsn, "projection")

        projection.write(delta(2, 3, changed_holdings=[holding_row(0, 0, country="BE", subject_ref="s0")]))
        assert differing(digests(database, "projection"), digests(dsn, "projection")) == [
            "due_tally", "held_tally", "holding", "people_tally", "progress",
        ]  # fmt: skip


def test_digest_of_an_unknown_schema_is_misuse(database: str) -> None:
    with pytest.raises(CallerError, match="no schema nothing"):
        digests(database, "nothing")


@pytest.mark.parametrize("analyzed", [False, True])
def test_reads_and_changes_use_the_indexes_whatever_the_statistics_say(
    projection: PostgresProjection, database: str, analyzed: bool
) -> None:
    projection.write(
        delta(
            0, 1,
            new_holdings=[holding_row(s, 1, subject_ref=str(s), due_at=START + s) for s in range(20_000)],
            new_subjects=[subject_row(s, f'{{"wakes":{START + s}}}' if s % 1000 == 0 else "{}") for s in range(20_000)],
        )
    )
    with connect(database, schema="projection") as connection:
        if analyzed:
            connection.execute("ANALYZE holding, subject")
    projection.load([id_of(s) for s in range(500)])
    projection.write(
        delta(1, 2, changed_holdings=[holding_row(s, 1, subject_ref=str(s), country="BE") for s in range(500)])
    )
    projection.due(0, 0, START + 5, NOBODY, 100)
    projection.due(0, 0, START + 15_000, NOBODY, 100)
    projection.plain([id_of(s) for s in range(500)], 0, START + 15_000)
    projection.of_controller(0, "hoster-a", id_of(19_000), 100)
    projection.latest_facts([id_of(s) for s in range(500)], 0)
    projection.close()

    with connect(database, schema="projection") as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        scans = "SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = 'projection' AND relname IN ('holding', 'subject')"
        row = connection.execute(scans).fetchone()
    assert row is not None
    assert row[0] == 0, "a whole table was read for a few rows"


def test_tables_of_another_version_are_not_written(projection: PostgresProjection, database: str) -> None:
    with connect(database) as connection:
        connection.execute("UPDATE ledger.generation SET layout_sha256 = 'of another version'")

    with pytest.raises(OperatorError, match="expected the tables of this version"):
        projection.write(delta(0, 1))
