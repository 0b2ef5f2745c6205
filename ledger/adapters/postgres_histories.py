"""Reads whole histories, subject after subject: named queries of sql/histories.sql, inside the snapshot of a `PostgresReader`.

Must never write, and never hold more than what it is asked for: facts come through a cursor of the server, a few thousand at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from ledger.adapters.pg_copy import pack_uuid_array
from ledger.adapters.postgres_reader import PostgresReader
from ledger.adapters.postgres_tables import FACT, HOLDING, OBLIGATION, SUBJECT, SUBJECT_ENTRY, VIOLATION, Table, picked
from ledger.adapters.postgres_types import PackedUuids, RowMaker, Uuid
from ledger.core.delta import Row
from ledger.folding.ports import Stored, SubjectRows
from ledger.sql import read_queries

_QUERIES = read_queries("histories.sql")
FACT_PLACE: Final = picked(FACT, ("partition", "log_offset", "subject_id", "event_id", "schema_id"))
"""Of a fact whose it is and what names it; its value is left out."""
_MAKE_HOLDING, _MAKE_OBLIGATION, _MAKE_VIOLATION = RowMaker(HOLDING).make, RowMaker(OBLIGATION).make, RowMaker(VIOLATION).make


class PostgresHistories(PostgresReader):
    """histories.HistoryStore on one schema of projections."""

    def facts_by_subject(self) -> Iterator[tuple[int, bytes, int, bytes]]:
        """(partition, subject_id, offset, value) of every fact, by subject_id and offset."""
        for partition, subject_id, offset, value in self._streamed("facts_by_subject", _QUERIES["facts_by_subject"], {}):
            yield partition, bytes(subject_id), offset, bytes(value)

    def ticks(self, partition: int, before: int) -> Iterator[tuple[int, int]]:
        """(offset, time) of each tick before an offset, in log order."""
        for offset, time in self._streamed("ticks_of_partition", _QUERIES["ticks_of_partition"], {"partition": partition, "before": before}):
            yield int(offset), int(time)

    def stored_log(self, partition: int, before: int, subject_ids: Collection[bytes] | None = None) -> Iterator[Stored]:
        """What of a partition was folded and stored, before an offset, in log order. subject_ids: the facts of these alone, all else as well."""
        name, arguments = "stored_log", {"partition": partition, "before": before}
        if subject_ids is not None:
            name, arguments = "stored_log_of_subjects", arguments | _these(subject_ids)
        for offset, recorded, value, register_offset, time in self._streamed(name, _QUERIES[name], arguments):
            yield int(offset), int(recorded), None if value is None else bytes(value), int(register_offset), int(time)

    def subjects_behind(self, partition: int, after: bytes, limit: int) -> list[bytes]:
        """Ids above `after` of those of whom the partition has a fact or any other row, in their order; fewer than `limit` are all there are."""
        return [bytes(row[0]) for row in self._run(_QUERIES["subjects_behind"], {"partition": partition, "after": Uuid(after), "limit": limit})]

    def all_of(self, subject_ids: Collection[bytes]) -> dict[Table, list[Row]]:
        """Every row of these subjects that their facts have led to, and whose these facts are, by table."""
        return {
            HOLDING: [_MAKE_HOLDING(row) for row in self._of("holdings_of_subjects", subject_ids)],
            SUBJECT: self._of("states_of_subjects", subject_ids),
            SUBJECT_ENTRY: self._of("entries_of_subjects", subject_ids),
            OBLIGATION: self.obligations_of_subjects(subject_ids),
            VIOLATION: self.violations_of(subject_ids),
            FACT_PLACE: self._of("places_of_subjects", subject_ids),
        }

    def violations_of(self, subject_ids: Collection[bytes]) -> list[Row]:
        """Violation rows of these subjects, in log order."""
        return [_MAKE_VIOLATION(row) for row in self._of("violations_of_subjects", subject_ids)]

    def rows_of(self, subject_ids: Collection[bytes]) -> dict[bytes, SubjectRows]:
        """Rows of these subjects as the projector loads them; a subject without any row is absent from the answer."""
        found: dict[bytes, SubjectRows] = {}
        for row in map(_MAKE_HOLDING, self._of("holdings_of_subjects", subject_ids)):
            found.setdefault(row[0], SubjectRows(None, [], [])).holdings.append(row)
        for row in self._of("states_of_subjects", subject_ids):
            found.setdefault(row[0], SubjectRows(None, [], [])).subject = row
        for row in self._of("entries_of_subjects", subject_ids):
            found.setdefault(row[0], SubjectRows(None, [], [])).entries.append(row)
        for row in map(_MAKE_OBLIGATION, self._of("unsettled_of_subjects", subject_ids)):
            found.setdefault(row[1], SubjectRows(None, [], [])).obligations.append(row)
        return found

    def _of(self, name: str, subject_ids: Collection[bytes]) -> list[Row]:
        assert self._cursor is not None, "reads are made inside a snapshot"  # noqa: S101
        if not subject_ids:
            return []
        return self._cursor.execute(_QUERIES[name], _these(subject_ids)).fetchall()


def _these(subject_ids: Collection[bytes]) -> dict[str, Any]:
    return {"subject_ids": PackedUuids(pack_uuid_array(subject_ids))}
