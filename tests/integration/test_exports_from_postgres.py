"""Exports from PostgreSQL: the same bytes as from memory, of one moment, through a cursor of the server."""

from __future__ import annotations

import psycopg

from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Query
from ledger.exporting.asked import Parameters
from ledger.exporting.exporting import formats, make
from tests.exported import asked, exported
from tests.folded import make_simulated
from tests.integration.test_answers import LOADED, loaded  # noqa: F401  a fixture
from tests.integration.test_reports import real  # noqa: F401  a fixture


def test_every_export_is_the_one_that_memory_makes(real: Query) -> None:  # noqa: F811
    for name, forms in formats().items():
        for form in forms:
            assert exported(real, name, form)[1] == exported(asked(), name, form)[1], (name, form)


def test_a_stream_is_of_one_moment_and_comes_through_a_cursor(loaded: str) -> None:  # noqa: F811
    reader = PostgresReader(loaded)
    with psycopg.connect(loaded, autocommit=True) as connection:
        make_simulated(loaded)
        for name, table in (("holdings", "holding"), ("obligations", "obligation")):
            export = make(Query(reader), name, Parameters(), "ndjson")
            chunks = export.chunks()
            first = next(chunks)
            assert reader._cursor is not None
            assert reader._cursor.execute("SELECT name FROM pg_cursors WHERE name <> ''").fetchall() == [(f"every_{table}",)]
            connection.execute(f"DELETE FROM projection.{table}")  # type: ignore[call-overload]  # noqa: S608  our own names

            assert first.count(b"\n") + sum(chunk.count(b"\n") for chunk in chunks) == LOADED == export.rows
    reader.close()


def test_who_leaves_in_the_middle_of_a_stream_leaves_a_connection_that_answers(loaded: str) -> None:  # noqa: F811
    with psycopg.connect(loaded, autocommit=True) as connection:
        make_simulated(loaded)
        reader = PostgresReader(loaded)
        chunks = make(Query(reader), "holdings", Parameters(), "csv").chunks()
        assert next(chunks)
        chunks.close()  # type: ignore[attr-defined]  it is a generator: so does a server whose client is gone

        again = make(Query(reader), "holdings", Parameters(), "csv")
        assert sum(chunk.count(b"\r\n") for chunk in again.chunks()) == LOADED + 1
        ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ledger-query' AND datname = current_database()"
        assert connection.execute(f"{ours} AND state LIKE 'idle in%'").fetchall() == [(0,)], "and no snapshot that keeps old rows alive"
        reader.close()
