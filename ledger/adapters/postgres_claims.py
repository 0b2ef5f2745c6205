"""Ids of events that came in over HTTP and are not folded yet: who comes again with the same gets the same answer, with another a refusal.

Order of things: 1. the claim is written  2. the event goes to Kafka  3. its place is noted. Dying between 1 and 2, or 2 and 3: the caller has no
answer and comes again; the claim says that it is the same, and the event is sent (again): a repeat is harmless. Once folded, the table `fact` knows
the event, and the claim goes. Role `ledger_gate`. One thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledger.adapters.postgres_connection import Connection
from ledger.adapters.postgres_gate import GateConnection
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA


class Place(NamedTuple):
    """Where an event stands on the log, and when the broker wrote it."""

    topic: str
    partition: int
    offset: int
    recorded_at: datetime


class Claim(NamedTuple):
    """What is known of an id. digest: of what was given first. place: None until the broker has acknowledged."""

    digest: bytes
    place: Place | None


class PostgresClaims:
    """Opens its connection when first needed and again after a failure. Raises DependencyError, OperatorError in all of them."""

    def __init__(self, dsn: str) -> None:
        self._gate = GateConnection(dsn, application="ledger-ingest", doing="look for repeated events")

    def close(self) -> None:
        """Close the connection; it opens again when needed."""
        self._gate.close()

    def claim(self, digests: Mapping[bytes, bytes]) -> dict[bytes, Claim]:
        """Claim ids (event id -> digest); return those that were claimed before, with what was given then."""
        ids, given = [UUID(bytes=each) for each in digests], list(digests.values())
        with self._transaction() as connection:
            mine = connection.execute(
                "INSERT INTO ledger.ingest_claim (event_id, digest) SELECT * FROM unnest(%s::uuid[], %s::bytea[]) AS c (id, d) ORDER BY id"
                " ON CONFLICT DO NOTHING RETURNING event_id",
                [ids, given],
            ).fetchall()
            others = set(ids) - {row[0] for row in mine}
            if not others:
                return {}
            rows = connection.execute(
                "SELECT event_id, digest, topic, partition, log_offset, recorded_at FROM ledger.ingest_claim WHERE event_id = ANY(%s)",
                [list(others)],
            ).fetchall()
        return {row[0].bytes: Claim(row[1], None if row[2] is None else Place(*row[2:])) for row in rows}

    def stored(self, event_ids: Sequence[bytes]) -> dict[bytes, tuple[int, int, datetime, bytes]]:
        """event id -> (partition, offset, recorded at, value) of those that are folded; of a register event, one of its copies."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT DISTINCT ON (event_id) event_id, f.partition, log_offset, recorded_at, value"  # noqa: S608  a name of ours
                f" FROM {PROJECTION_SCHEMA}.progress p JOIN {PROJECTION_SCHEMA}.fact f ON f.partition = p.partition AND f.event_id = ANY(%s)"
                " WHERE p.topic = 'facts' ORDER BY event_id, f.partition",
                [[UUID(bytes=each) for each in event_ids]],
            ).fetchall()
        return {row[0].bytes: (row[1], row[2], row[3], row[4]) for row in rows}

    def note(self, places: Mapping[bytes, Place]) -> None:
        """Write where events stand that the broker has acknowledged."""
        columns = [list(column) for column in zip(*places.values(), strict=True)]
        with self._transaction() as connection:
            connection.execute(
                "UPDATE ledger.ingest_claim c SET topic = n.t, partition = n.p, log_offset = n.o, recorded_at = n.r"
                " FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::bigint[], %s::timestamptz[]) AS n (id, t, p, o, r) WHERE c.event_id = n.id",
                [[UUID(bytes=each) for each in places], *columns],
            )

    def drop(self, event_ids: Sequence[bytes]) -> None:
        """Give up claims of events that never left."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM ledger.ingest_claim WHERE event_id = ANY(%s)", [[UUID(bytes=each) for each in event_ids]])

    def forget_folded(self) -> int:
        """Delete claims of facts that the projections know by now; return how many.

        A claim without a place stays a day, for who comes again; of a register event too: the projections know its copies, not its own place.
        """
        with self._transaction() as connection:
            found = connection.execute(
                "DELETE FROM ledger.ingest_claim c WHERE c.claimed_at < now() - interval '1 day' OR (c.topic = 'facts' AND EXISTS"  # noqa: S608
                f" (SELECT FROM {PROJECTION_SCHEMA}.progress p WHERE p.topic = 'facts' AND p.partition = c.partition"
                " AND p.next_offset > c.log_offset))"
            )
            return found.rowcount

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._gate.lent() as connection, connection.transaction():
            yield connection
