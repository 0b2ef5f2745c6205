"""The projections as of moments, each in a schema of its own beside the live ones: made when somebody asks, kept for who asks next.

One is made at a time, by whoever holds the lock for it; a few are kept. Who answers from one holds a shared lock on it, who makes or drops it the
same lock alone: all of them end with the session. When it was whole is noted last, so that what a killed process has left is known by its lack, and
dropped. Nothing else depends on any of them. Source: docs/answers.md section 2; docs/decisions/0032.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from ledger.adapters.postgres_apart import schema_apart
from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_migrations import apart_from_others, projection_layout
from ledger.adapters.postgres_partition_writer import AS_OF_SCHEMA
from ledger.adapters.postgres_shadow import index_tables, make_tables, note_of

_MAKING_LOCK: Final = int.from_bytes(b"as of", "big")
_DROP_SECONDS_MAX: Final = 10
"""Who still writes there is a process that a killed one has left; it ends with its batch."""
_RUN_TABLE: Final = """
CREATE TABLE as_of_run (made_from text NOT NULL, made_at timestamptz, used_at timestamptz NOT NULL DEFAULT clock_timestamp());
COMMENT ON TABLE as_of_run IS 'Which moment this is, and since when it is whole.';
COMMENT ON COLUMN as_of_run.made_from IS 'Canonical JSON.';
COMMENT ON COLUMN as_of_run.made_at IS 'When it was whole; null until then, and for good when its maker was killed.';
COMMENT ON COLUMN as_of_run.used_at IS 'When it was last asked, to the second.';
"""


class Kept(NamedTuple):
    """A whole one. age: seconds since it was whole."""

    schema: str
    made_from: dict[str, Any]
    age: float


class AsOfSchemas:
    """Those that are there, as one asker sees them. A context manager: what it holds is let go at its end. One thread."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Connection | None = None

    def __enter__(self) -> AsOfSchemas:
        """Raises: DependencyError, PostgreSQL does not answer."""
        self._connection = connect(self._dsn, application="ledger-as-of")
        with translated("ask as of a moment"):
            self._open.execute("SET client_min_messages = warning")
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()  # and with it the locks

    @property
    def _open(self) -> Connection:
        assert self._connection is not None, "used outside its context"  # noqa: S101
        return self._connection

    def kept(self) -> list[Kept]:
        """Those that are whole and made with the tables of this version, the latest first."""
        with translated("look for the projections as of a moment"):
            runs = [(schema, self._run(schema)) for schema in self._schemas()]
        whole = [Kept(schema, json.loads(run[0]), run[1]) for schema, run in runs if run is not None and run[1] is not None]
        return sorted((each for each in whole if each.made_from.pop("layout", None) == projection_layout()), key=lambda each: each.age)

    def hold(self, schema: str) -> bool:
        """Keep it as long as this is open, and note that it was asked; False when it is gone, or going."""
        with translated("ask as of a moment"):
            if not self._locked("pg_try_advisory_lock_shared", schema):
                return False
            run = self._run(schema)
            if run is None or run[1] is None:
                self._locked("pg_advisory_unlock_shared", schema)
                return False
            # not each time: a question costs no write of its own
            self._in(schema, "UPDATE {}.as_of_run SET used_at = clock_timestamp() WHERE used_at < clock_timestamp() - interval '1 second'")
        return True

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """One maker at a time, in all processes. Waits so many seconds at most; False when another one is still at it."""
        with translated("make the projections as of a moment"):
            self._open.execute("SELECT set_config('lock_timeout', %s, false)", [f"{seconds * 1000:.0f}"])
            try:
                self._open.execute("SELECT pg_advisory_lock(%s)", [_MAKING_LOCK])
            except psycopg.errors.LockNotAvailable:
                is_ours = False
            else:
                is_ours = True
        try:
            yield is_ours
        finally:
            if is_ours and not self._open.broken:
                with translated("make the projections as of a moment"):
                    self._open.execute("SELECT pg_advisory_unlock(%s)", [_MAKING_LOCK])

    def drop_useless(self, rests_on: Mapping[str, Any]) -> None:
        """Drop what a killed process has left, and what was made from other projections than these (`rests_on`: part of what it is made from).

        Only by who has the turn. What somebody still answers from stays until the next time.
        """
        with translated("drop the projections as of a moment"):
            useful = {each.schema for each in self.kept() if rests_on.items() <= each.made_from.items()}
            for schema in self._schemas():
                if schema not in useful:
                    self._drop(schema)

    def make_room(self, others_max: int) -> bool:
        """Drop those that were asked longest ago, until so many are left; False while more are being answered from. Only by who has the turn."""
        with translated("drop the projections as of a moment"):
            by_use = [(run[2], schema) for schema in self._schemas() if (run := self._run(schema)) is not None]
            left = len(by_use)
            for _, schema in sorted(by_use):
                if left <= others_max:
                    break
                left -= self._drop(schema)
        return left <= others_max

    def begin(self, made_from: Mapping[str, Any]) -> str:
        """Make empty tables, and hold them alone. Only by who has the turn. Returns their schema."""
        note = note_of(made_from)
        schema = f"{AS_OF_SCHEMA}_{hashlib.sha256(note.encode()).hexdigest()[:16]}"
        with translated("make the projections as of a moment"):
            self._locked("pg_advisory_lock", schema)
            self._drop_tables(schema)
            with self._open.transaction():
                make_tables(self._open, schema, _RUN_TABLE)
                self._in(schema, "INSERT INTO {}.as_of_run (made_from) VALUES (%s)", note)
        return schema

    def index(self, schema: str) -> None:
        """Make keys and indexes of what was filled in."""
        with translated("make the indexes of the projections as of a moment"):
            index_tables(self._open, schema)

    def finish(self, schema: str) -> None:
        """Note that it is whole, and let others answer from it too; it is held as by `hold`."""
        with translated("make the projections as of a moment"):
            with self._open.transaction():
                apart_from_others(self._open, schema)
            self._in(schema, "UPDATE {}.as_of_run SET made_at = clock_timestamp(), used_at = clock_timestamp()")
            self._locked("pg_advisory_lock_shared", schema)
            self._locked("pg_advisory_unlock", schema)

    def give_up(self, schema: str) -> None:
        """Drop what was begun and will not be whole."""
        with translated("drop the projections as of a moment"):
            self._drop_tables(schema)
            self._locked("pg_advisory_unlock", schema)

    def _drop(self, schema: str) -> bool:
        """Unless somebody answers from it; what a killed process has left may still be written to."""
        if not self._locked("pg_try_advisory_lock", schema):
            return False
        try:
            self._drop_tables(schema)
        except psycopg.errors.LockNotAvailable:
            return False
        finally:
            self._locked("pg_advisory_unlock", schema)
        return True

    def _drop_tables(self, schema: str) -> None:
        with self._open.transaction():
            self._open.execute("SELECT set_config('lock_timeout', %s, true)", [f"{_DROP_SECONDS_MAX * 1000}"])
            for name in (schema_apart(schema), schema):
                self._open.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))

    def _schemas(self) -> list[str]:
        rows = self._open.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [AS_OF_SCHEMA]).fetchall()
        views = schema_apart("")
        return sorted({row[0].removesuffix(views) for row in rows})

    def _run(self, schema: str) -> tuple[str, float | None, Any] | None:
        """(made from, seconds since it was whole or None, last used); None where no note is, or not one of this version's."""
        query: LiteralString = "SELECT made_from, extract(epoch FROM clock_timestamp() - made_at)::float8, used_at FROM {}.as_of_run"
        try:
            return self._in(schema, query).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.InvalidSchemaName):
            return None

    def _in(self, schema: str, statement: LiteralString, *values: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._open.execute(sql.SQL(statement).format(sql.Identifier(schema)), values or None)

    def _locked(self, how: str, schema: str) -> bool:
        number = int.from_bytes(hashlib.sha256(schema.encode()).digest()[:8], "big", signed=True)
        row = self._open.execute(sql.SQL("SELECT {}(%s)").format(sql.Identifier(how)), [number]).fetchone()
        return row is not None and row[0] is not False
