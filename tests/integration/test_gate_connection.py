"""The tables of the web process: after a failure the next question is asked over a new connection."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from ledger.adapters.postgres_claims import PostgresClaims
from ledger.adapters.postgres_credentials import PostgresCredentials
from ledger.adapters.postgres_reader import PostgresReader
from ledger.errors import DependencyError

IDS = {bytes([7]) * 16: b"digest"}


def reader(dsn: str) -> PostgresReader:
    return PostgresReader(dsn, controllers=["*"])


def end_connections(dsn: str, application: str) -> int:
    """As an operator would, or a restart."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        query = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
        return len(connection.execute(query, [application]).fetchall())


def test_a_connection_that_was_ended_while_nobody_used_it_is_opened_again_and_nobody_hears_of_it(database: str) -> None:
    with closing(PostgresCredentials(database)) as credentials, closing(PostgresClaims(database)) as claims, closing(reader(database)) as reads:
        credentials.listed()
        claims.claim(IDS)
        with reads.snapshot():
            pass
        assert [end_connections(database, name) for name in ("ledger-gate", "ledger-ingest", "ledger-query")] == [1, 1, 1]

        assert credentials.listed() == []
        assert {event_id: claim.digest for event_id, claim in claims.claim(IDS).items()} == IDS
        with reads.snapshot():
            assert reads.identity() is None


def test_one_that_breaks_in_use_is_told_once_and_then_opened_again(database: str) -> None:
    with closing(PostgresCredentials(database)) as credentials, closing(reader(database)) as reads:
        with pytest.raises(DependencyError, match="cannot look at credentials: PostgreSQL did not answer"), credentials._gate.lent() as connection:
            assert end_connections(database, "ledger-gate") == 1
            connection.execute("SELECT 1")
        with pytest.raises(DependencyError, match="cannot read the projections: PostgreSQL did not answer"), reads.snapshot():
            assert end_connections(database, "ledger-query") == 1
            reads.identity()

        assert credentials.listed() == []
        with reads.snapshot():
            assert reads.identity() is None


def test_what_failed_half_way_is_not_there(database: str) -> None:
    with closing(PostgresClaims(database)) as claims:
        with pytest.raises(ZeroDivisionError), claims._transaction() as connection:
            connection.execute("INSERT INTO ledger.ingest_claim (event_id, digest) VALUES (gen_random_uuid(), '\\x00')")
            1 / 0  # noqa: B018

        assert claims.claim(IDS) == {}
        with psycopg.connect(database) as connection:
            assert connection.execute("SELECT count(*) FROM ledger.ingest_claim").fetchall() == [(1,)]
