"""Which ledger a database belongs to: one row, written once, compared at every start."""

from __future__ import annotations

import json

from psycopg import sql

from ledger.adapters.postgres_connection import connect, translated

# The installation, the live projections, and whatever a rebuild that did not finish has left.
_SCHEMAS = (
    "SELECT nspname FROM pg_namespace WHERE nspname IN ('ledger', 'projection', 'vault') OR starts_with(nspname, 'projection_')"
)


def read_identity(dsn: str) -> tuple[str, int, str, dict[str, str]] | None:
    """Return (mode, partitions, cluster id, topic ids by name), or None for a database that belongs to no ledger yet.

    Raises:
        DependencyError: PostgreSQL does not answer.
        OperatorError: the database was never migrated.
    """
    with connect(dsn) as connection, translated("read which ledger the database belongs to"):
        row = connection.execute("SELECT mode, partitions, cluster_id, topic_ids FROM ledger.identity").fetchone()
    return None if row is None else (row[0], row[1], row[2], dict(row[3]))


def write_identity(dsn: str, *, mode: str, partitions: int, cluster_id: str, topic_ids: dict[str, str]) -> None:
    """Record which ledger the database belongs to. What is recorded already stays: the caller compares.

    Raises:
        DependencyError: PostgreSQL does not answer.
    """
    with connect(dsn) as connection, translated("record which ledger the database belongs to"):
        connection.execute(
            "INSERT INTO ledger.identity (mode, partitions, cluster_id, topic_ids) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [mode, partitions, cluster_id, json.dumps(topic_ids)],
        )


def ledger_schemas(dsn: str) -> list[str]:
    """Return the names of the schemas that belong to a ledger, sorted."""
    with connect(dsn) as connection, translated("list schemas"):
        return sorted(row[0] for row in connection.execute(_SCHEMAS).fetchall())


def drop_schemas(dsn: str, names: list[str]) -> None:
    """Delete schemas with all that is in them, in one transaction. Nothing brings them back but a rebuild from the log."""
    with connect(dsn, autocommit=False) as connection, translated("delete schemas"):
        for name in names:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))
