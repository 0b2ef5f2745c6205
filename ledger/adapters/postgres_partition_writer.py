"""Writes one partition of a schema that is made beside the live projections: of a rebuild, or of a moment that is asked about.

Facts as they come, each chunk with a mark of how far; everything else once, at the end, with the progress row, which says that the partition is
done. Dying anywhere leaves what the next run of a rebuild continues.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from ledger.adapters.pg_copy import SIGNATURE, TRAILER, HoldingPacker, pack_facts, pack_rows
from ledger.adapters.postgres_connection import connect, translated
from ledger.adapters.postgres_projection import copy_into
from ledger.adapters.postgres_tables import (
    DEAD_LETTER,
    FACT,
    HOLDING,
    OBLIGATION,
    OUTCOME,
    SHARE_TALLY,
    SUBJECT,
    SUBJECT_ENTRY,
    TICK,
    VIOLATION,
    Table,
)
from ledger.adapters.postgres_types import Instant, use_cheap_types
from ledger.core.delta import Delta, Row
from ledger.errors import FencedError
from ledger.folding.ports import Progress

SHADOW_SCHEMA: Final = "projection_shadow"
AS_OF_SCHEMA: Final = "projection_as_of"
"""How the names of schemas as of a moment begin."""
# With the partition's number: of either kind one is made at a time.
_REBUILD_LOCKS: Final = int.from_bytes(b"rebd", "big")
_AS_OF_LOCKS: Final = int.from_bytes(b"asof", "big")
_INDEX_LOCK: Final = int.from_bytes(b"rebuilt", "big")
# Work still going on in a process of an earlier run ends within one batch.
_LOCK_SECONDS_MAX = 60
# Rows packed at a time in the last step: so few that each is still in the processor's cache when it is packed (measured: 2 us
# a row instead of 4 with 20,000).
_ROWS_PER_SLICE = 100
_ROWS_PER_COPY = 20_000

MARK_TABLE: Final = """
CREATE TABLE rebuild_mark (partition int NOT NULL PRIMARY KEY, next_offset bigint NOT NULL, whole_before bigint NOT NULL);
COMMENT ON TABLE rebuild_mark IS 'How far the facts of a partition are written; goes away with the switch.';
COMMENT ON COLUMN rebuild_mark.partition IS 'Partition of facts.';
COMMENT ON COLUMN rebuild_mark.next_offset IS 'Offset of the next fact to write.';
COMMENT ON COLUMN rebuild_mark.whole_before IS 'No row is missing below this offset; lower than next_offset while a register event is worked off.';
"""


class PartitionWriter:
    """Writes one partition into such a schema: facts as they come, everything else once. One thread; a context manager.

    Holds a lock on the partition: a process that an earlier run has left behind ends before this one begins.
    """

    def __init__(self, dsn: str, schema: str, topic: str, partition: int) -> None:
        self._dsn, self._schema, self._topic, self._partition = dsn, schema, topic, partition
        self._known = self._mark = 0  # next offsets: what earlier runs have written, what is written now

    def __enter__(self) -> PartitionWriter:
        self._connection = connect(self._dsn, schema=self._schema, application="ledger-rebuild")
        use_cheap_types(self._connection)
        with translated(f"rebuild {self._topic}-{self._partition}"):
            self._connection.execute(f"SET lock_timeout = '{_LOCK_SECONDS_MAX}s'")
            locks = _REBUILD_LOCKS if self._schema == SHADOW_SCHEMA else _AS_OF_LOCKS
            self._connection.execute("SELECT pg_advisory_lock(%s, %s)", [locks, self._partition])
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
        self,
        holdings: Iterator[Row],
        subjects: Iterator[Row],
        entries: Iterator[Row],
        obligations: Iterator[Row],
        shares: Iterator[Row],
        progress: Progress,
    ) -> None:
        """Write all that the fold ended with, and that this partition is done."""
        packer = HoldingPacker()
        with translated(f"rebuild {self._topic}-{self._partition}"), self._connection.transaction():
            with self._connection.cursor() as cursor, cursor.copy(copy_into("holding", HOLDING)) as copy:
                copy.write(SIGNATURE)
                for rows in _slices(holdings):
                    copy.write(b"".join(packer.pack_parts(rows)))
                copy.write(TRAILER)
            for table, all_rows in ((SUBJECT, subjects), (SUBJECT_ENTRY, entries), (OBLIGATION, obligations), (SHARE_TALLY, shares)):
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


def add_early_index(dsn: str, schema: str, name: str) -> None:
    """Make `fact_event` or `fact_subject` before the others: the fold has a question that only it answers quickly."""
    definitions = {
        "fact_event": "CREATE UNIQUE INDEX IF NOT EXISTS fact_event ON fact (partition, event_id)",
        "fact_subject": "CREATE INDEX IF NOT EXISTS fact_subject ON fact (subject_id, log_offset) WHERE subject_id IS NOT NULL",
    }
    with connect(dsn, schema=schema, application="ledger-rebuild") as connection, translated("make an index"):
        connection.execute("SET client_min_messages = warning")
        with connection.transaction():
            # IF NOT EXISTS alone does not keep two processes from making it at the same time.
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_INDEX_LOCK])
            connection.execute(definitions[name])


def _slices(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, _ROWS_PER_SLICE)):
        yield some
