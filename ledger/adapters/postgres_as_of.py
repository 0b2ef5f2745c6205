"""The projections as of a moment, in a schema of their own beside the live ones: made when somebody asks, kept until another moment is asked for.

One at a time: it is a copy of all that was so. Who answers from it holds a shared lock, who makes another one the same lock alone. The note of what
it is made from is written last, so that what a killed process has left is made again. Nothing else depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from psycopg import sql

from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_migrations import apart_from_others
from ledger.adapters.postgres_partition_writer import AS_OF_SCHEMA
from ledger.adapters.postgres_shadow import index_tables, make_tables, note_of
from ledger.errors import RefusedError

_LOCK: Final = int.from_bytes(b"as of", "big")
_RUN_TABLE: Final = """
CREATE TABLE as_of_run (made_from text NOT NULL);
COMMENT ON TABLE as_of_run IS 'Which moment this is, once it is whole.';
COMMENT ON COLUMN as_of_run.made_from IS 'Canonical JSON.';
"""


class AsOfSchema:
    """The schema, as one asker sees it. A context manager: within it, nobody else makes another."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Connection | None = None

    def __enter__(self) -> AsOfSchema:
        """Raises: DependencyError, PostgreSQL does not answer. RefusedError, another moment is being made."""
        self._connection = connect(self._dsn, application="ledger-as-of")
        with translated("ask as of a moment"):
            self._open.execute("SET client_min_messages = warning")
            is_ours = self._locked("pg_try_advisory_lock_shared")
        if not is_ours:
            self._open.close()
            raise _busy()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()  # and with it the lock

    @property
    def _open(self) -> Connection:
        assert self._connection is not None, "used outside its context"  # noqa: S101
        return self._connection

    def is_made_from(self, made_from: Mapping[str, Any]) -> bool:
        """Whether what is there is this moment, whole."""
        with translated("look for the projections as of a moment"):
            if not self._exists("as_of_run"):
                return False
            row = self._open.execute(f"SELECT made_from FROM {AS_OF_SCHEMA}.as_of_run").fetchone()  # noqa: S608  a name of ours
        return row is not None and row[0] == note_of(made_from)

    def begin(self) -> None:
        """Throw away what is there and make empty tables. Raises: RefusedError, somebody is answering from it."""
        with translated("make the projections as of a moment"):
            self._locked("pg_advisory_unlock_shared")
            if not self._locked("pg_try_advisory_lock"):
                raise _busy()
            with self._open.transaction():
                self._open.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(AS_OF_SCHEMA)))
                make_tables(self._open, AS_OF_SCHEMA, _RUN_TABLE)

    def index(self) -> None:
        """Make keys and indexes of what was filled in."""
        with translated("make the indexes of the projections as of a moment"):
            index_tables(self._open, AS_OF_SCHEMA)

    def finish(self, made_from: Mapping[str, Any]) -> None:
        """Note that it is whole, and let others answer from it too."""
        with translated("make the projections as of a moment"):
            with self._open.transaction():
                apart_from_others(self._open, AS_OF_SCHEMA)
            self._open.execute(f"INSERT INTO {AS_OF_SCHEMA}.as_of_run VALUES (%s)", [note_of(made_from)])  # noqa: S608  a name of ours
            self._locked("pg_advisory_lock_shared")
            self._locked("pg_advisory_unlock")

    def _locked(self, how: str) -> bool:
        row = self._open.execute(sql.SQL("SELECT {}(%s)").format(sql.Identifier(how)), [_LOCK]).fetchone()
        return row is not None and row[0] is not False

    def _exists(self, table: str) -> bool:
        row = self._open.execute("SELECT to_regclass(%s)", [f"{AS_OF_SCHEMA}.{table}"]).fetchone()
        return row is not None and row[0] is not None


def _busy() -> RefusedError:
    return RefusedError(
        "cannot answer as of then: somebody asks about another moment right now",
        hint="ask again in a moment; questions about the same moment are answered side by side",
    )
