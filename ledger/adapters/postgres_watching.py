"""What is worth watching in PostgreSQL, in one snapshot of a few bounded questions; and the notes that watching leaves there.

Must never read a subject: counts, positions, ages and the names of services are all there is. psycopg lives in adapters/postgres_*.py only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA, take_role
from ledger.sql import read_queries

Check = Literal["verify", "replay", "reconcile"]
Result = Literal["good", "findings", "undecided"]
_ROLE: Final = "ledger_projector"
_QUERIES: Final = read_queries("watching.sql")
_HEARD: Final = """
INSERT INTO ledger.source_heard AS known (source, latest_at) VALUES (%s, %s)
    ON CONFLICT (source) DO UPDATE SET latest_at = excluded.latest_at WHERE known.latest_at < excluded.latest_at
"""
_DONE: Final = """
INSERT INTO ledger.check_done (name, checked_at, result) VALUES (%s, clock_timestamp(), %s)
    ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at, result = excluded.result
"""


class Watched(NamedTuple):
    """dead_letters: by reason. overdue: by kind. sealed: (age of the newest round in seconds, records of `facts` sealed), None: never.

    checks: name -> (age in seconds, whether it was good). mismatches: by kind. sources: name -> seconds since 1970, the latest first, of
    sources_known in all. progress: partition -> (next offset, register events pending).
    """

    dead_letters: Mapping[str, int]
    overdue: Mapping[str, int]
    sealed: tuple[float, int] | None
    checks: Mapping[str, tuple[float, bool]]
    mismatches: Mapping[str, int]
    sources: Mapping[str, float]
    sources_known: int
    progress: Mapping[int, tuple[int, int]]


class PostgresWatching:
    """One connection, opened when first needed and again after a failure. Not for two threads at once."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Connection | None = None

    def __enter__(self) -> PostgresWatching:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; it opens again when needed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def look(self, *, sources_max: int) -> Watched:
        """Read all of it at one moment.

        Raises:
            DependencyError: PostgreSQL does not answer. OperatorError: there are no tables of a ledger.
        """
        connection = self._opened()
        try:
            with translated("watch the ledger"), connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                rows = {name: connection.execute(query, {"limit": sources_max}).fetchall() for name, query in _QUERIES.items()}
        except BaseException:
            self.close()
            raise
        return Watched(
            dead_letters=dict(rows["dead_letters_open"]),
            overdue=dict(rows["overdue"]),
            sealed=next(((float(age), int(size)) for age, size in rows["seals"]), None),
            checks={name: (float(age), bool(good)) for name, age, good in rows["checks"]},
            mismatches=dict(rows["mismatches"]),
            sources={name: float(at) for name, at, _ in rows["sources"]},
            sources_known=int(rows["sources"][0][2]) if rows["sources"] else 0,
            progress={int(partition): (int(offset), int(pending)) for partition, offset, pending in rows["progress"]},
        )

    def note_heard(self, heard: Mapping[str, int]) -> None:
        """Note when sources were heard: microseconds since 1970; an earlier moment than the known one changes nothing."""
        if not heard:
            return
        connection = self._opened()
        rows = [(source, datetime.fromtimestamp(at / 1_000_000, UTC)) for source, at in sorted(heard.items())]
        with translated("note which sources were heard"), connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(_HEARD, rows)

    def note_check(self, name: Check, result: Result) -> None:
        """Note that a check has ended, for those who watch how old the last one is."""
        with translated("note the end of a check"):
            self._opened().execute(_DONE, [name, result])

    def clock(self) -> float:
        """The database's clock, seconds since 1970."""
        with translated("read the clock of the database"):
            row = self._opened().execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
        return float(row[0]) if row else 0.0

    def _opened(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._dsn, schema=PROJECTION_SCHEMA, application="ledger-watcher")
            take_role(self._connection, _ROLE)
        return self._connection
