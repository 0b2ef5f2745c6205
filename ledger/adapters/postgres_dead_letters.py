"""Reads dead letters, and notes which of them were emitted again."""

from __future__ import annotations

from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.dead_letters import DeadLetter, Position

_SELECT = """
SELECT d.topic, d.partition, d.log_offset, d.reason, d.fingerprint, d.size,
       (extract(epoch FROM d.recorded_at) * 1000000)::bigint, r.new_offset
  FROM projection.dead_letter d
  LEFT JOIN ledger.dead_letter_retry r USING (topic, partition, log_offset)
 WHERE (%(topic)s::text IS NULL OR (d.topic, d.partition, d.log_offset) = (%(topic)s, %(partition)s, %(log_offset)s))
 ORDER BY d.topic, d.partition, d.log_offset
"""


class PostgresDeadLetters:
    """The table of dead letters, and of retries. As a context manager it closes itself."""

    def __init__(self, dsn: str) -> None:
        self._connection: Connection = connect(dsn, application="ledger-dead-letters")

    def __enter__(self) -> PostgresDeadLetters:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def all(self) -> list[DeadLetter]:
        """All dead letters, by topic, partition and offset.

        Raises:
            DependencyError: PostgreSQL does not answer.
        """
        return self._read(None)

    def find(self, position: Position) -> DeadLetter | None:
        """The dead letter at this position, if there is one."""
        found = self._read(position)
        return found[0] if found else None

    def note_retry(self, position: Position, new_offset: int) -> None:
        """Note that the record was emitted again. A second note changes nothing."""
        with translated("note a retry"):
            self._connection.execute(
                "INSERT INTO ledger.dead_letter_retry (topic, partition, log_offset, new_offset) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [*position, new_offset],
            )

    def _read(self, position: Position | None) -> list[DeadLetter]:
        topic, partition, log_offset = position or (None, None, None)
        with translated("read dead letters"):
            rows = self._connection.execute(_SELECT, {"topic": topic, "partition": partition, "log_offset": log_offset}).fetchall()
        return [DeadLetter(Position(*row[:3]), *row[3:]) for row in rows]
