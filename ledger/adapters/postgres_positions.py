"""Reads how far the workers are: for waiting, for lag, for noticing a switch of the projections. Read-only."""

from __future__ import annotations

from typing import Any

from ledger.adapters.postgres_connection import Connection, connect, translated


class PostgresPositions:
    """One connection, opened when first needed and again after a failure. Not for two threads at once."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Connection | None = None

    def next_offsets(self, topic: str) -> dict[int, int]:
        """Next offset to fold by partition; a partition never seen is absent."""
        rows = self._fetch("SELECT partition, next_offset FROM projection.progress WHERE topic = %s", [topic])
        return {int(row[0]): int(row[1]) for row in rows}

    def pending(self, topic: str) -> dict[int, int]:
        """Offset of the first register event that is not folded yet into all it concerns, by partition; absent where nothing is pending."""
        rows = self._fetch("SELECT partition, pending_offset FROM projection.progress WHERE topic = %s AND pending_offset IS NOT NULL", [topic])
        return {int(row[0]): int(row[1]) for row in rows}

    def broadcast_next(self) -> int:
        """Offset in `register` of the next event to copy."""
        return int(self._fetch("SELECT next_offset FROM ledger.broadcast_progress", [])[0][0])

    def unsent_before(self, ends: dict[int, int]) -> int:
        """How many outcomes of records before these offsets Kafka has not acknowledged yet. ends: by partition."""
        rows = self._fetch(_UNSENT_BEFORE, [list(ends), list(ends.values())])
        return int(rows[0][0])

    def generation(self) -> int:
        """Which making of the projections is live."""
        return int(self._fetch("SELECT number FROM ledger.generation", [])[0][0])

    def close(self) -> None:
        """Close the connection; it opens again when needed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _fetch(self, query: str, arguments: list[object]) -> list[tuple[Any, ...]]:
        try:
            with translated("read how far the workers are"):
                if self._connection is None or self._connection.closed:
                    self._connection = connect(self._dsn, application="ledger-positions")
                return self._connection.execute(query, arguments).fetchall()
        except BaseException:
            self.close()
            raise


_UNSENT_BEFORE = """
SELECT count(*)
  FROM unnest(%s::int[], %s::bigint[]) AS e (partition, before)
  LEFT JOIN ledger.relay_progress r ON r.partition = e.partition
  JOIN projection.outcome o
    ON o.partition = e.partition
   AND (o.log_offset, o.subject_id, o.ordinal)
     > (coalesce(r.log_offset, -1), coalesce(r.subject_id, '00000000-0000-0000-0000-000000000000'), coalesce(r.ordinal, -1))
   AND o.log_offset < e.before
"""
