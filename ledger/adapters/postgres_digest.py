"""Computes the digests of digest.py from PostgreSQL, streaming each table with COPY TO."""

from __future__ import annotations

import hashlib

from psycopg import sql

from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_tables import TABLES, Table
from ledger.errors import CallerError
from ledger.replaying.digest import TableDigest

# Whatever the server, the role or the session would choose: these decide how a value becomes text.
_FIXED = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL client_encoding = 'UTF8'",
    # Sorting a table on disk must not depend on a small default.
    "SET LOCAL work_mem = '64MB'",
)


def digests(dsn: str, schema: str) -> list[TableDigest]:
    """Return one digest per table of this schema, by name of the table, all of one snapshot.

    Raises:
        CallerError: there is no such schema.
        DependencyError: PostgreSQL does not answer.
    """
    with connect(dsn, autocommit=False, application="ledger-digest") as connection, translated("compute digests"):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone() is None:
            raise CallerError(
                f"cannot compute digests: there is no schema {schema}", hint="`ledger digest` shows the live projections"
            )
        for statement in _FIXED:
            connection.execute(statement)
        return [_digest(connection, schema, table) for table in sorted(TABLES)]


def _digest(connection: Connection, schema: str, table: Table) -> TableDigest:
    # uuid, int and bigint sort the same everywhere; text is sorted by its bytes.
    types = dict(zip(table.columns, table.types, strict=True))
    order = [sql.SQL("{} COLLATE \"C\"" if types[name] == "text" else "{}").format(sql.Identifier(name)) for name in table.key]
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        sql.Identifier(schema, table.name),
        sql.SQL(", ").join(order),
    )
    hasher = hashlib.sha256(f"{table.name}({','.join(table.columns)})\n".encode())
    rows = 0
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for line in copy:
            hasher.update(line)
            rows += 1
    return TableDigest(table.name, rows, hasher.hexdigest())
