"""Counts what people and authorities have asked, and reads holds: named queries of sql/asked_queries.sql.

The session is that of postgres_reader.py: read-only.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping
from typing import Any

from ledger.core.delta import Row
from ledger.core.duty import UNCLOCKED
from ledger.sql import read_queries

QUERIES = read_queries("asked_queries.sql")


class AskedReads:
    """The part of store.AnswerStore that counts requests and disclosures, and reads holds."""

    def _run(self, query: str, arguments: Mapping[str, Any]) -> list[Row]:
        raise NotImplementedError

    def _streamed(self, name: str, query: str, arguments: Mapping[str, Any]) -> Iterator[Row]:
        raise NotImplementedError

    def requests_counted(self, controller: str | None, is_open: bool, is_refused: bool, now: int) -> list[Row]:
        """The columns of asked_counted.Alike. now: the ledger's time; is_open, is_refused: as in `requests`."""
        of = {"controller": controller, "is_open": is_open, "is_refused": is_refused}
        return self._run(QUERIES["requests_counted"], of | {"now": now, "unclocked": sorted(UNCLOCKED)})

    def disclosures_counted(self, controller: str | None) -> list[Row]:
        """(GIVEN, DUE, BARRED or NONE, disclosures)."""
        return self._run(QUERIES["disclosures_counted"], {"controller": controller})

    def shares_under_disclosures(self, controller: str | None, schema_ids: Collection[int]) -> Iterator[Row]:
        """(subject id, disclosure_ref, value of a share in which that reference stands, JSON of what was asked, of the decisions), by the first two,
        as the database sends them. schema_ids: of shares. Decisions: entries as entries.py writes them, the earliest first."""
        arguments = {"controller": controller, "schema_ids": list(schema_ids)}
        return self._streamed("shares_under_disclosures", QUERIES["shares_under_disclosures"], arguments)

    def holds(self, controller: str | None, after: Row) -> Generator[Row, None, None]:
        """(subject id, partition, controller, subject_ref, hold_ref, moment of its latest placing, id of the line, its steps as entries.py writes
        them), the newest first, as the database sends them. after: (negative of the moment, id). To be closed before its end."""
        arguments = {"controller": controller, "after_place": after[0], "after_id": after[1]}
        yield from self._streamed("holds", QUERIES["holds"], arguments)

    def holds_alike(self, controller: str | None) -> list[Row]:
        """(partition, the steps of one, how many): of all holds, those added up that stand or do not for the same reason."""
        return self._run(QUERIES["holds_alike"], {"controller": controller})
