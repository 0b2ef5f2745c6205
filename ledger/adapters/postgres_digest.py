"""Computes the digests of digest.py from PostgreSQL, streaming each table with COPY TO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from psycopg import sql

from ledger.adapters.postgres_connection import connect, translated
from ledger.adapters.postgres_tables import TABLES, Table
from ledger.errors import CallerError
from ledger.replaying.digest import Digesting, TableDigest

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
    with Reading(dsn, schema) as reading:
        return reading.digests()


class Reading:
    """All rows of one schema of projections as they were at one moment: the first question. As a context manager it lets go of that moment."""

    def __init__(self, dsn: str, schema: str) -> None:
        self._dsn, self._schema = dsn, schema

    def __enter__(self) -> Reading:
        """Raises: CallerError, there is no such schema. DependencyError, PostgreSQL does not answer."""
        self._connection = connect(self._dsn, autocommit=False, application="ledger-digest")
        with translated("compute digests"):
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if self._connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [self._schema]).fetchone() is None:
                self._connection.close()
                raise CallerError(
                    f"cannot compute digests: there is no schema {self._schema}", hint="`ledger digest` shows the live projections"
                )
            for statement in _FIXED:
                self._connection.execute(statement)
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def digests(self) -> list[TableDigest]:
        """One digest per table, by name of the table."""
        found = []
        for table in sorted(TABLES):
            digesting = Digesting(table.name, table.columns)
            for line in self.lines(table):
                digesting.add(line)
            found.append(digesting.digest())
        return found

    def lines(self, table: Table, before: Mapping[int, int] | None = None) -> Iterator[bytes]:
        """The rows of a table in the order of its key, as COPY writes them.

        before: partition -> offset; of a table whose rows are only ever added (`ADDED_ONLY`) those below it alone.
        """
        # uuid, int and bigint sort the same everywhere; text is sorted by its bytes.
        types = dict(zip(table.columns, table.types, strict=True))
        order = [sql.SQL("{} COLLATE \"C\"" if types[name] == "text" else "{}").format(sql.Identifier(name)) for name in table.key]
        ends = [sql.SQL("partition = {} AND log_offset < {}").format(number, end) for number, end in sorted((before or {}).items())]
        chosen = sql.SQL("") if before is None else sql.SQL("WHERE {}").format(sql.SQL(" OR ").join(ends) if ends else sql.SQL("false"))
        query = sql.SQL("COPY (SELECT {} FROM {} {} ORDER BY {}) TO STDOUT").format(
            sql.SQL(", ").join(map(sql.Identifier, table.columns)),
            sql.Identifier(self._schema, table.name),
            chosen,
            sql.SQL(", ").join(order),
        )
        with translated("compute digests"), self._connection.cursor() as cursor, cursor.copy(query) as copy:
            yield from (bytes(line) for line in copy)

    def progress(self, topic: str) -> dict[int, tuple[int, bool]]:
        """Partition -> (next offset, whether a register event is still being folded into the many it concerns)."""
        query = sql.SQL("SELECT partition, next_offset, pending_offset IS NOT NULL FROM {} WHERE topic = %s")
        with translated("read how far the projections are"):
            rows = self._connection.execute(query.format(sql.Identifier(self._schema, "progress")), [topic]).fetchall()
        return {partition: (offset, pending) for partition, offset, pending in rows}
