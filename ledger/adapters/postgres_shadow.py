"""The shadow schema of a rebuild: made beside the live projections, filled partition by partition, then switched in by renaming.

Must never touch the live rows before the switch. Steps, each one transaction, so that dying between any two leaves what the next run
continues: 1. tables and a note of what they are made from  2. per partition: chunks of facts, each with a mark of how far, at the end
all other rows and the progress row, which says that the partition is done  3. keys and indexes  4. renaming, under a lock on the
live progress  5. the old schema is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import sql

from ledger.adapters.postgres_apart import schema_apart
from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_migrations import (
    PROJECTION_SCHEMA,
    apart_from_others,
    create_projection,
    finish_projection,
    grant_projection,
    projection_layout,
    rename_projection,
    roles_exist,
)
from ledger.adapters.postgres_partition_writer import MARK_TABLE, SHADOW_SCHEMA
from ledger.errors import DependencyError, OperatorError, RefusedError

OLD_SCHEMA_PREFIX = "projection_old_"
_REBUILD_LOCK = int.from_bytes(b"rebuild", "big")
_DROP_SECONDS_MAX = 10

_RUN_TABLE = """
CREATE TABLE rebuild_run (made_from text NOT NULL);
COMMENT ON TABLE rebuild_run IS 'What this rebuild is made from; another log or layout starts over.';
COMMENT ON COLUMN rebuild_run.made_from IS 'Canonical JSON.';
"""


@dataclass(slots=True)
class Live:
    """The live projections at the switch. next_offsets: by partition. generation: the number of the new ones, once they are live."""

    next_offsets: dict[int, int]
    generation: int = 0


def old_schema(generation: int) -> str:
    """Name of the schema that this generation has replaced."""
    return f"{OLD_SCHEMA_PREFIX}{generation - 1}"


class Shadow:
    """The rebuild as a whole, seen from its leader. As a context manager it holds the lock that keeps a second rebuild out."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Connection | None = None

    def __enter__(self) -> Shadow:
        self._connection = connect(self._dsn, application="ledger-rebuild")
        with translated("begin a rebuild"):
            self._connection.execute("SET client_min_messages = warning")
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [_REBUILD_LOCK]).fetchone()
        if row is None or not row[0]:
            self._connection.close()
            raise RefusedError("cannot begin: a rebuild or a replay is going on", hint="one at a time: wait until it has ended, or stop it")
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def _open(self) -> Connection:
        assert self._connection is not None, "used outside its context"  # noqa: S101
        return self._connection

    def require_none_unfinished(self) -> None:
        """Refuse when a rebuild has left work that it would continue. Raises: RefusedError."""
        with translated("look for an unfinished rebuild"):
            if not self._exists(SHADOW_SCHEMA):
                return
            row = self._open.execute(f"SELECT made_from FROM {SHADOW_SCHEMA}.rebuild_run").fetchone()  # noqa: S608
        if row is not None and "audit" not in json.loads(row[0]):
            raise RefusedError("cannot replay: an unfinished rebuild is there, which would be thrown away", hint="ledger rebuild finishes it")

    def prepare(self, made_from: dict[str, str], *, fresh: bool) -> bool:
        """Make the schema, or keep what an earlier run of the same rebuild has left; True when there is something to continue."""
        note = note_of(made_from)
        with translated("prepare the rebuild"), self._open.transaction():
            for name in self._leftovers():
                self._open.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
            if self._exists(SHADOW_SCHEMA):
                row = self._open.execute(f"SELECT made_from FROM {SHADOW_SCHEMA}.rebuild_run").fetchone()  # noqa: S608
                if not fresh and row is not None and row[0] == note:
                    return True
                self._open.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(SHADOW_SCHEMA)))
            make_tables(self._open, SHADOW_SCHEMA, _RUN_TABLE)
            self._open.execute("INSERT INTO rebuild_run VALUES (%s)", [note])
        return False

    def finished(self, topic: str) -> dict[int, int]:
        """Partition -> next offset, of those an earlier run has finished."""
        with translated("read what is rebuilt"):
            query = f"SELECT partition, next_offset FROM {SHADOW_SCHEMA}.progress WHERE topic = %s"  # noqa: S608
            return dict(self._open.execute(query, [topic]).fetchall())

    def add_indexes(self) -> None:
        """Make keys and indexes, unless an earlier run did."""
        with translated("make the indexes of the rebuilt projections"):
            index_tables(self._open, SHADOW_SCHEMA)

    @contextmanager
    def live_locked(self, topic: str) -> Iterator[Live]:
        """Hold every live worker before its next delta, and say how far each partition is; the switch comes on leaving.

        Leaving with an error leaves the live projections as they are. A worker that waits goes on with the switched ones.
        """
        with translated("switch to the rebuilt projections"), self._open.transaction():
            # Conflicts with FOR UPDATE, UPDATE and INSERT of a worker; readers go on.
            self._open.execute(f"LOCK TABLE {PROJECTION_SCHEMA}.progress IN EXCLUSIVE MODE")
            query = f"SELECT partition, next_offset FROM {PROJECTION_SCHEMA}.progress WHERE topic = %s"  # noqa: S608
            live = Live(dict(self._open.execute(query, [topic]).fetchall()))
            yield live
            live.generation = self._switch()

    def _switch(self) -> int:
        number = self._open.execute(
            "INSERT INTO ledger.generation (number, layout_sha256) VALUES (1, %(layout)s)"
            " ON CONFLICT (singleton) DO UPDATE SET number = generation.number + 1, layout_sha256 = %(layout)s"
            " RETURNING number",
            {"layout": projection_layout()},
        ).fetchone()
        assert number is not None  # noqa: S101  an upsert without condition returns its row
        self._open.execute(f"DROP TABLE {SHADOW_SCHEMA}.rebuild_run, {SHADOW_SCHEMA}.rebuild_mark")
        rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
        self._open.execute(rename.format(sql.Identifier(PROJECTION_SCHEMA), sql.Identifier(old_schema(number[0]))))
        rename_projection(self._open, SHADOW_SCHEMA, PROJECTION_SCHEMA)
        if self._exists(schema_apart(PROJECTION_SCHEMA)):  # who is reading goes on with the old ones, and a view that is dropped waits for readers
            views = schema_apart(PROJECTION_SCHEMA), schema_apart(old_schema(number[0]))
            self._open.execute(rename.format(*map(sql.Identifier, views)))
        apart_from_others(self._open, PROJECTION_SCHEMA)
        return int(number[0])

    def drop_old(self, old: str) -> str | None:
        """Drop what the switch has left; return a warning when something of it stays: nothing depends on it, the next rebuild tries again.

        old: the schema that was live; earlier runs may have left others.
        """
        left = [old]
        try:
            with translated("drop the old projections"):
                self._open.execute(f"SET lock_timeout = {_DROP_SECONDS_MAX * 1000:.0f}")  # a reader may still be in it
                left = self._leftovers()
                while left:
                    self._open.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(left[0])))
                    left = left[1:]
        except (DependencyError, OperatorError) as error:
            return f"{error}; left behind: {', '.join(left)}; the next rebuild drops it, or an administrator may"
        return None

    def discard(self) -> None:
        """Drop the shadow: it was made for a comparison alone."""
        with translated("drop what was replayed"):
            self._open.execute(f"DROP SCHEMA IF EXISTS {SHADOW_SCHEMA} CASCADE")

    def relay_progress(self) -> dict[int, tuple[int, bytes, int]]:
        """Partition -> (log_offset, subject_id, ordinal) of the last outcome that Kafka has acknowledged."""
        with translated("read how far the outbox is sent"):
            rows = self._open.execute("SELECT partition, log_offset, subject_id, ordinal FROM ledger.relay_progress").fetchall()
        return {row[0]: (row[1], row[2].bytes, row[3]) for row in rows}

    def note_relayed(self, partition: int, first: tuple[int, bytes, int] | None) -> None:
        """Of a partition of which nothing was noted: all outcomes before `first` (log_offset, subject_id, ordinal; None: every one) are published."""
        before = (2**63 - 1, bytes(16), 0) if first is None else first
        with translated("note what was sent"):
            self._open.execute(_NOTE_RELAYED, {"partition": partition, "offset": before[0], "subject": UUID(bytes=before[1]), "ordinal": before[2]})

    def _exists(self, schema: str) -> bool:
        return self._open.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone() is not None

    def _leftovers(self) -> list[str]:
        query = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s) ORDER BY 1"
        return [row[0] for row in self._open.execute(query, [OLD_SCHEMA_PREFIX]).fetchall()]


_NOTE_RELAYED = f"""
INSERT INTO ledger.relay_progress (partition, log_offset, subject_id, ordinal)
SELECT partition, log_offset, subject_id, ordinal FROM {SHADOW_SCHEMA}.outcome
 WHERE partition = %(partition)s AND (log_offset, subject_id, ordinal) < (%(offset)s, %(subject)s, %(ordinal)s)
 ORDER BY log_offset DESC, subject_id DESC, ordinal DESC
 LIMIT 1
    ON CONFLICT (partition) DO NOTHING
"""  # noqa: S608  a name of ours


def note_of(made_from: Mapping[str, Any]) -> str:
    """What a schema beside the live one is made from, and with which tables, as it is noted in it."""
    return json.dumps(dict(made_from) | {"layout": projection_layout()}, sort_keys=True)


def make_tables(connection: Connection, schema: str, own_tables: str) -> None:
    """Make a schema of projections to be filled beside the live one, without indexes. own_tables: what else it needs. Inside a transaction."""
    create_projection(connection, schema, with_indexes=False)
    if roles_exist(connection):
        grant_projection(connection, schema)
    connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
    connection.execute(own_tables + MARK_TABLE)


def index_tables(connection: Connection, schema: str) -> None:
    """Make keys, indexes and tallies of what was filled, unless an earlier run did, and look at the tables for the planner."""
    done = connection.execute("SELECT to_regclass(%s)", [f"{schema}.holding_pkey"]).fetchone()
    if done is None or done[0] is None:
        with connection.transaction():
            connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
            finish_projection(connection, schema)
    connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
    connection.execute("ANALYZE holding, subject, subject_entry, obligation")
    connection.execute("RESET search_path")
