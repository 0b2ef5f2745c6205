"""What the broadcaster, the relay, the ticker and the sealer keep in PostgreSQL: who does it now, how far it is, what is still to be sent.

A duty has one leader: the worker whose connection holds the duty's advisory lock. All its notes go through that connection, so a leader that
lost the lock has lost the means to note anything too. Both move forward only. psycopg lives in adapters/postgres_*.py only.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Final, Literal, NamedTuple
from uuid import UUID

from psycopg.types.json import Json

from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_migrations import take_role
from ledger.errors import FencedError
from ledger.sealing.heads import Head

Name = Literal["broadcaster", "relay", "ticker", "sealer", "forgetter"]
_ROLE: Final = "ledger_projector"
# Two-part advisory locks: the first part says that they are ours ("ledg" in ASCII), the second which.
LOCK_CLASS: Final = int.from_bytes(b"ledg", "big")
LOCKS: Final[dict[Name, int]] = {"broadcaster": 1, "relay": 2, "ticker": 3, "sealer": 4, "forgetter": 5}


class Unsent(NamedTuple):
    """One outcome that Kafka has not acknowledged yet."""

    partition: int
    log_offset: int
    ordinal: int
    topic: str
    message_key: bytes | None
    value: bytes
    subject_id: UUID


class Duty:
    """One duty and the connection its leader holds. As a context manager it gives the duty up. Not for two threads at once."""

    def __init__(self, dsn: str, name: Name) -> None:
        self._dsn, self._name = dsn, name
        self._connection: Connection | None = None

    def __enter__(self) -> Duty:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.give_up()

    def take(self) -> bool:
        """Try to become the leader; False while another is.

        Raises:
            DependencyError: PostgreSQL does not answer.
        """
        if self._connection is None:
            self._connection = connect(self._dsn, application=f"ledger-{self._name}")
            take_role(self._connection, _ROLE)
        with translated(f"become {self._name}"):
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, LOCKS[self._name]]).fetchone()
        return bool(row and row[0])

    def give_up(self) -> None:
        """Let another lead; safe to repeat. With the connection goes the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def broadcast_next(self) -> int:
        """Offset in `register` of the next event to copy."""
        with translated("read how far the register is copied"):
            row = self._leading.execute("SELECT next_offset FROM ledger.broadcast_progress").fetchone()
        return int(row[0]) if row else 0

    def note_broadcast(self, first: int, next_offset: int) -> None:
        """Note that all register events from `first` to before `next_offset` are in every partition.

        Raises:
            FencedError: something else than `first` is noted.
        """
        with translated("note how far the register is copied"):
            moved = self._leading.execute("UPDATE ledger.broadcast_progress SET next_offset = %s WHERE next_offset = %s", [next_offset, first])
        if moved.rowcount != 1:
            raise FencedError("register", 0, self.broadcast_next(), first)

    def unsent(self, partitions: int, *, limit: int) -> list[Unsent]:
        """Outcomes to be sent: per partition in order, at most `limit` of each; none beyond what a pending register event has left whole."""
        with translated("read the outbox"):
            rows = self._leading.execute(_UNSENT, {"partitions": partitions, "limit": limit}).fetchall()
        return [Unsent(*row) for row in rows]

    def note_sent(self, last: Mapping[int, tuple[int, UUID, int]]) -> None:
        """Note the last (log_offset, subject_id, ordinal) that Kafka has acknowledged, by partition. One transaction."""
        with translated("note what was sent"), self._leading.transaction(), self._leading.cursor() as cursor:
            cursor.executemany(_NOTE_SENT, [(partition, *place) for partition, place in last.items()])

    def heads(self) -> dict[str, Head]:
        """The newest checkpoint of each log that was ever sealed here, by origin."""
        with translated("read how far the log is sealed"):
            rows = self._leading.execute("SELECT origin, size, note, state FROM ledger.log_head").fetchall()
        return {origin: Head(size, note, state) for origin, size, note, state in rows}

    def move_head(self, origin: str, old: str | None, new: Head) -> None:
        """Move the head of a log from the note `old` (None: it has no head) to a new one; on the disk when this returns.

        Raises:
            FencedError: its head is another by now: somebody else has sealed it.
        """
        doing, state = "note how far the log is sealed", None if new.state is None else Json(new.state)
        with translated(doing):
            if old is None:
                moved = self._leading.execute(_FIRST_HEAD, [origin, new.size, new.note, state])
            else:
                moved = self._leading.execute(_NEXT_HEAD, [new.size, new.note, state, origin, old, new.size])
        if moved.rowcount != 1:
            raise FencedError(origin, 0, self.heads().get(origin, Head(0, "", None)).size, new.size)

    def clock(self) -> int:
        """The database's clock: microseconds since 1970."""
        with translated("read the clock of the database"):
            row = self._leading.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").fetchone()
        return int(row[0]) if row else 0

    @property
    def _leading(self) -> Connection:
        assert self._connection is not None, "take the duty first"  # noqa: S101
        return self._connection


_FIRST_HEAD = "INSERT INTO ledger.log_head (origin, size, note, state) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
_NEXT_HEAD = "UPDATE ledger.log_head SET size = %s, note = %s, state = %s WHERE origin = %s AND note = %s AND size <= %s"
_UNSENT = """
SELECT o.partition, o.log_offset, o.ordinal, o.topic, o.message_key, o.value, o.subject_id
  FROM generate_series(0, %(partitions)s - 1) AS p (partition)
  LEFT JOIN ledger.relay_progress r ON r.partition = p.partition
  LEFT JOIN projection.progress g ON g.partition = p.partition AND g.topic = 'facts'
 CROSS JOIN LATERAL (
       SELECT * FROM projection.outcome
        WHERE partition = p.partition
          AND (log_offset, subject_id, ordinal)
            > (coalesce(r.log_offset, -1), coalesce(r.subject_id, '00000000-0000-0000-0000-000000000000'), coalesce(r.ordinal, -1))
          AND (log_offset, subject_id)
           <= (coalesce(g.pending_offset, 9223372036854775807), coalesce(g.pending_after, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
        ORDER BY log_offset, subject_id, ordinal
        LIMIT %(limit)s) o
 ORDER BY o.partition, o.log_offset, o.subject_id, o.ordinal
"""
_NOTE_SENT = """
INSERT INTO ledger.relay_progress AS known (partition, log_offset, subject_id, ordinal) VALUES (%s, %s, %s, %s)
    ON CONFLICT (partition) DO UPDATE SET log_offset = excluded.log_offset, subject_id = excluded.subject_id, ordinal = excluded.ordinal
 WHERE (known.log_offset, known.subject_id, known.ordinal) < (excluded.log_offset, excluded.subject_id, excluded.ordinal)
"""
