"""The shadow schema of a rebuild: made beside the live projections, filled partition by partition, then switched in by renaming.

Must never touch the live rows before the switch. Steps, each one transaction, so that dying between any two leaves what the next run
continues: 1. tables and a note of what they are made from  2. per partition: chunks of facts, each with a mark of how far, at the end
all other rows and the progress row, which says that the partition is done  3. keys and indexes  4. renaming, under a lock on the
live progress  5. the old schema is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from psycopg import sql

from ledger.adapters.pg_copy import SIGNATURE, TRAILER, HoldingPacker, pack_facts, pack_rows
from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_migrations import (
    PROJECTION_SCHEMA,
    create_projection,
    grant_projection,
    projection_layout,
    roles_exist,
    run_in_schema,
)
from ledger.adapters.postgres_projection import copy_into
from ledger.adapters.postgres_tables import DEAD_LETTER, FACT, HOLDING, OBLIGATION, OUTCOME, SUBJECT, SUBJECT_ENTRY, TICK, VIOLATION, Table
from ledger.adapters.postgres_types import Instant, use_cheap_types
from ledger.core.delta import Delta, Row
from ledger.errors import DependencyError, FencedError, OperatorError, RefusedError
from ledger.ports import Progress

SHADOW_SCHEMA = "projection_shadow"
OLD_SCHEMA_PREFIX = "projection_old_"
_REBUILD_LOCK = int.from_bytes(b"rebuild", "big")
_PARTITION_LOCK_CLASS = int.from_bytes(b"rebd", "big")  # with the partition's number
# Work still going on in a process of an earlier run ends within one batch.
_LOCK_SECONDS_MAX = 60
_DROP_SECONDS_MAX = 10
# Rows packed at a time in the last step: so few that each is still in the processor's cache when it is packed (measured: 2 us
# a row instead of 4 with 20,000).
_ROWS_PER_SLICE = 100
_ROWS_PER_COPY = 20_000

_OWN_TABLES = """
CREATE TABLE rebuild_run (made_from text NOT NULL);
COMMENT ON TABLE rebuild_run IS 'What this rebuild is made from; another log or layout starts over.';
COMMENT ON COLUMN rebuild_run.made_from IS 'Canonical JSON.';
CREATE TABLE rebuild_mark (partition int NOT NULL PRIMARY KEY, next_offset bigint NOT NULL, whole_before bigint NOT NULL);
COMMENT ON TABLE rebuild_mark IS 'How far the facts of a partition are written; goes away with the switch.';
COMMENT ON COLUMN rebuild_mark.partition IS 'Partition of facts.';
COMMENT ON COLUMN rebuild_mark.next_offset IS 'Offset of the next fact to write.';
COMMENT ON COLUMN rebuild_mark.whole_before IS 'No row is missing below this offset; lower than next_offset while a register event is worked off.';
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
        note = json.dumps(made_from | {"layout": projection_layout()}, sort_keys=True)
        with translated("prepare the rebuild"), self._open.transaction():
            for name in self._leftovers():
                self._open.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
            if self._exists(SHADOW_SCHEMA):
                row = self._open.execute(f"SELECT made_from FROM {SHADOW_SCHEMA}.rebuild_run").fetchone()  # noqa: S608
                if not fresh and row is not None and row[0] == note:
                    return True
                self._open.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(SHADOW_SCHEMA)))
            create_projection(self._open, SHADOW_SCHEMA, with_indexes=False)
            if roles_exist(self._open):
                grant_projection(self._open, SHADOW_SCHEMA)
            self._open.execute(f"SET LOCAL search_path TO {SHADOW_SCHEMA}")
            self._open.execute(_OWN_TABLES)
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
            done = self._open.execute("SELECT to_regclass(%s)", [f"{SHADOW_SCHEMA}.holding_pkey"]).fetchone()
            if done is None or done[0] is None:
                with self._open.transaction():
                    self._open.execute("SET LOCAL maintenance_work_mem = '512MB'")
                    run_in_schema(self._open, SHADOW_SCHEMA, "projection_indexes.sql")
            self._open.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(SHADOW_SCHEMA)))
            self._open.execute("ANALYZE holding, subject, subject_entry, obligation")
            self._open.execute("RESET search_path")

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
        rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
        old = sql.Identifier(old_schema(number[0]))
        live, shadow = sql.Identifier(PROJECTION_SCHEMA), sql.Identifier(SHADOW_SCHEMA)
        self._open.execute(f"DROP TABLE {SHADOW_SCHEMA}.rebuild_run, {SHADOW_SCHEMA}.rebuild_mark")
        self._open.execute(rename.format(live, old))
        self._open.execute(rename.format(shadow, live))
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


class PartitionWriter:
    """Writes one partition into the shadow: facts as they come, everything else once. One thread; a context manager.

    Holds a lock on the partition: a process that an earlier run has left behind ends before this one begins.
    """

    def __init__(self, dsn: str, topic: str, partition: int) -> None:
        self._dsn, self._topic, self._partition = dsn, topic, partition
        self._known = self._mark = 0  # next offsets: what earlier runs have written, what is written now

    def __enter__(self) -> PartitionWriter:
        self._connection = connect(self._dsn, schema=SHADOW_SCHEMA, application="ledger-rebuild")
        use_cheap_types(self._connection)
        with translated(f"rebuild {self._topic}-{self._partition}"):
            self._connection.execute(f"SET lock_timeout = '{_LOCK_SECONDS_MAX}s'")
            self._connection.execute("SELECT pg_advisory_lock(%s, %s)", [_PARTITION_LOCK_CLASS, self._partition])
            row = self._connection.execute("SELECT whole_before, next_offset FROM rebuild_mark WHERE partition = %s", [self._partition]).fetchone()
            self._known = self._mark = self._take_back(*(row or (0, 0)))
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def write_facts(self, delta: Delta) -> None:
        """Add the rows that are only ever added; those that an earlier run has written are passed over.

        While a register event is pending, its outcomes still come: the mark says from where rows are missing, and a later run begins there.
        """
        mark = self._known
        if delta.next_offset <= mark:
            return
        packed = [(FACT, pack_facts(rows))] if (rows := [r for r in delta.facts if r[1] >= mark]) else []
        for table, found, place in (
            (TICK, delta.ticks, 1),
            (VIOLATION, delta.violations, 1),
            (OUTCOME, delta.outcomes, 1),
            (DEAD_LETTER, delta.dead_letters, 2),
        ):
            if rows := [row for row in found if row[place] >= mark]:
                packed.append((table, pack_rows(table.types, rows)))
        with translated(f"rebuild {self._topic}-{self._partition}"), self._connection.transaction():
            for table, data in packed:
                self._copy(table, data)
            self._move_mark(delta.next_offset, delta.pending.steps[0].offset if delta.pending.steps else delta.next_offset)
        self._mark = delta.next_offset

    def finish(
        self, holdings: Iterator[Row], subjects: Iterator[Row], entries: Iterator[Row], obligations: Iterator[Row], progress: Progress
    ) -> None:
        """Write all that the fold ended with, and that this partition is done."""
        packer = HoldingPacker()
        with translated(f"rebuild {self._topic}-{self._partition}"), self._connection.transaction():
            with self._connection.cursor() as cursor, cursor.copy(copy_into("holding", HOLDING)) as copy:
                copy.write(SIGNATURE)
                for rows in _slices(holdings):
                    copy.write(b"".join(packer.pack_parts(rows)))
                copy.write(TRAILER)
            for table, all_rows in ((SUBJECT, subjects), (SUBJECT_ENTRY, entries), (OBLIGATION, obligations)):
                while some := list(islice(all_rows, _ROWS_PER_COPY)):
                    self._copy(table, pack_rows(table.types, some))
            self._move_mark(progress.next_offset, progress.next_offset)
            self._connection.execute(
                "INSERT INTO progress VALUES (%s, %s, %s, %s, %s, %s)",
                [
                    self._topic,
                    self._partition,
                    progress.next_offset,
                    progress.register_next,
                    Instant(progress.time_reached),
                    progress.duplicates,
                ],
            )

    def _take_back(self, whole_before: int, next_offset: int) -> int:
        """After a run that died while a register event was pending: rows from that event on are written again."""
        with self._connection.transaction():
            if whole_before < next_offset:
                for table in (FACT, TICK, VIOLATION, OUTCOME, DEAD_LETTER):
                    self._connection.execute(f"DELETE FROM {table.name} WHERE partition = %s AND log_offset >= %s", [self._partition, whole_before])  # noqa: S608
            self._connection.execute(
                "INSERT INTO rebuild_mark VALUES (%(partition)s, %(whole)s, %(whole)s)"
                " ON CONFLICT (partition) DO UPDATE SET next_offset = %(whole)s, whole_before = %(whole)s",
                {"partition": self._partition, "whole": whole_before},
            )
        return whole_before

    def _move_mark(self, next_offset: int, whole_before: int) -> None:
        moved = self._connection.execute(
            "UPDATE rebuild_mark SET next_offset = %s, whole_before = %s WHERE partition = %s AND next_offset = %s",
            [next_offset, whole_before, self._partition, self._mark],
        )
        if moved.rowcount != 1:
            raise FencedError(self._topic, self._partition, -1, self._mark)

    def _copy(self, table: Table, packed: bytes) -> None:
        with self._connection.cursor() as cursor, cursor.copy(copy_into(table.name, table)) as copy:
            copy.write(packed)


def add_early_index(dsn: str, name: str) -> None:
    """Make `fact_event` or `fact_subject` before the others: the fold has a question that only it answers quickly."""
    definitions = {
        "fact_event": "CREATE UNIQUE INDEX IF NOT EXISTS fact_event ON fact (partition, event_id)",
        "fact_subject": "CREATE INDEX IF NOT EXISTS fact_subject ON fact (subject_id, log_offset) WHERE subject_id IS NOT NULL",
    }
    with connect(dsn, schema=SHADOW_SCHEMA, application="ledger-rebuild") as connection, translated("make an index"):
        connection.execute("SET client_min_messages = warning")
        with connection.transaction():
            # IF NOT EXISTS alone does not keep two processes from making it at the same time.
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_REBUILD_LOCK + 1])
            connection.execute(definitions[name])


def _slices(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, _ROWS_PER_SLICE)):
        yield some
