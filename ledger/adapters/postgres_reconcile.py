"""Reads the stretches of the projections that `ledger reconcile` compares, and notes how far it is and what it found. One reconciler at a time.

psycopg lives in adapters/postgres_*.py only.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import sql

from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_duties import LOCK_CLASS
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA, require_layout, take_role
from ledger.adapters.postgres_tables import COUNTED
from ledger.errors import RefusedError
from ledger.sql import read_queries

_LOCK: Final = 100
_QUERIES: Final = read_queries("reconcile.sql")
MISMATCHES_MAX: Final = 1000
RUNS_KEPT: Final = 10
_NOTES: Final = (
    "SELECT number, (extract(epoch FROM begun_at) * 1000000)::bigint, (extract(epoch FROM done_at) * 1000000)::bigint FROM ledger.reconcile_round",
    "SELECT (extract(epoch FROM checked_at) * 1000000)::bigint, result FROM ledger.check_done WHERE name = 'reconcile'",
    "SELECT topic, partition, next_offset FROM ledger.reconcile_progress ORDER BY topic, partition",
    "SELECT kind, topic, partition, log_offset, (extract(epoch FROM found_at) * 1000000)::bigint FROM ledger.reconcile_mismatch"
    " ORDER BY kind, topic, partition, log_offset",
    "SELECT round, (extract(epoch FROM begun_at) * 1000000)::bigint, (extract(epoch FROM done_at) * 1000000)::bigint, found,"
    " records, repeats, dead_letters, outcomes, people, types FROM ledger.reconcile_run ORDER BY round DESC",
)
_DIFFERING: Final = sql.SQL(
    "WITH kept AS MATERIALIZED (TABLE {kept}), counted AS MATERIALIZED (TABLE {counted}) SELECT DISTINCT partition FROM"
    " ((TABLE kept EXCEPT ALL TABLE counted) UNION ALL (TABLE counted EXCEPT ALL TABLE kept)) AS differing"
)
Place = tuple[int, bytes, int]


class Cursor(NamedTuple):
    """How far a partition of a topic is compared. place: of outcomes, the stored one up to which all are; of facts, the person up to whom all are."""

    next_offset: int = 0
    register_next: int = 0
    time_reached: int = 0
    place: Place = (-1, bytes(16), -1)


class Counts(NamedTuple):
    """What was compared. records: of `facts`, of which repeats and dead_letters are not in types: event type -> how many."""

    records: int = 0
    repeats: int = 0
    dead_letters: int = 0
    outcomes: int = 0
    people: int = 0
    types: Mapping[str, int] = {}

    def plus(self, more: Counts) -> Counts:
        """Both together."""
        return Counts(
            self.records + more.records, self.repeats + more.repeats, self.dead_letters + more.dead_letters, self.outcomes + more.outcomes,
            self.people + more.people, Counter(self.types) + Counter(more.types),
        )  # fmt: skip


class Round(NamedTuple):
    """number: which one. age_seconds: since it began. is_done: whether it has compared all that was there at its beginning."""

    number: int
    age_seconds: float
    is_done: bool


class Notes(NamedTuple):
    """What stands noted. round: (number, begun, done or None); check: (ended, result) of the last whole one; None: never. Instants: microseconds.

    compared: (topic, partition, next offset). mismatches: (kind, topic, partition, offset, first found). runs: (number, begun, done or None, places
    found by kind when it was done, what it counted), the newest first.
    """

    round: tuple[int, int, int | None] | None
    check: tuple[int, str] | None
    compared: list[tuple[str, int, int]]
    mismatches: list[tuple[str, str, int, int, int]]
    runs: list[tuple[int, int, int | None, Mapping[str, int] | None, Counts]]


class PostgresReconcile:
    """One connection that holds the lock of reconciling. As a context manager it closes itself."""

    def __init__(self, dsn: str) -> None:
        self._connection: Connection = connect(dsn, schema=PROJECTION_SCHEMA, application="ledger-reconcile")

    def __enter__(self) -> PostgresReconcile:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def take(self) -> None:
        """Become the one that reconciles.

        Raises:
            RefusedError: somebody else is. OperatorError: the tables are those of another version.
        """
        require_layout(self._connection)
        take_role(self._connection, "ledger_projector")
        with self._doing("begin to reconcile"):
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, _LOCK]).fetchone()
        if not row or not row[0]:
            raise RefusedError("cannot reconcile: another one is at it", hint="wait for its end; `ledger reconcile --watch` goes on all the time")

    # -- what is compared

    def rows(self, name: str, partition: int, first: int, end: int) -> list[tuple[Any, ...]]:
        """Rows of `facts_between`, `ticks_between` or `letters_between` of a stretch first <= offset < end."""
        return self._ask(name, partition=partition, first=first, end=end)

    def known_events(self, partition: int, ids: Collection[bytes]) -> dict[bytes, int]:
        """Event id -> offset of the fact that has it."""
        rows = self._ask("known_events", partition=partition, ids=[UUID(bytes=each) for each in ids])
        return {event_id.bytes: int(offset) for event_id, offset in rows}

    def standing(self, partition: int) -> tuple[int, int]:
        """(next offset to fold, offset of the last row of any table; -1: none), at one moment."""
        rows = self._ask("standing", partition=partition)
        return (int(rows[0][0]), int(rows[0][1])) if rows else (0, -1)

    def outcomes_behind(self, partition: int, place: Place, limit: int) -> list[tuple[Place, str, bytes, bytes | None, bytes]]:
        """(place, topic, event id, message key, value) of stored outcomes behind a place, in order."""
        given = {"partition": partition, "log_offset": place[0], "subject_id": UUID(bytes=place[1]), "ordinal": place[2], "limit": limit}
        return [
            ((int(offset), subject_id.bytes, int(ordinal)), topic, event_id.bytes, key, value)
            for offset, subject_id, ordinal, topic, event_id, key, value in self._ask("outcomes_behind", **given)
        ]

    def stored_values(self, partition: int, hashes: Collection[bytes]) -> set[bytes]:
        """Which of these SHA-256 are of an outcome of that partition."""
        return {bytes(row[0]) for row in self._ask("stored_values", partition=partition, hashes=list(hashes))}

    def generation(self) -> int:
        """The number of the live projections: a rebuild that is switched in adds 1."""
        with self._doing("read which projections are live"):
            row = self._connection.execute("SELECT number FROM ledger.generation").fetchone()
        return 0 if row is None else int(row[0])

    def tallies_differing(self) -> list[tuple[int, str]]:
        """(partition, table) of which a table that adds up others is not what counting gives. Each table at one moment; reads all rows."""
        found: set[tuple[int, str]] = set()
        with self._doing("count what is added up"):
            for kept, counted in COUNTED.items():
                query = _DIFFERING.format(kept=sql.Identifier(kept.name), counted=sql.Identifier(counted))
                found.update((int(row[0]), kept.name) for row in self._connection.execute(query).fetchall())
        return sorted(found)

    def sent(self, partition: int) -> Place | None:
        """The last outcome that Kafka has acknowledged."""
        with self._doing("read what was sent"):
            row = self._connection.execute(
                "SELECT log_offset, subject_id, ordinal FROM ledger.relay_progress WHERE partition = %s", [partition]
            ).fetchone()
        return None if row is None else (int(row[0]), row[1].bytes, int(row[2]))

    # -- how far it is

    def round(self) -> Round | None:
        """The round that goes on or was done last; None before the first."""
        with self._doing("read how far is reconciled"):
            row = self._connection.execute(
                "SELECT number, extract(epoch FROM clock_timestamp() - begun_at)::float8, done_at IS NOT NULL FROM ledger.reconcile_round"
            ).fetchone()
        return None if row is None else Round(int(row[0]), float(row[1]), bool(row[2]))

    def begin_round(self) -> Round:
        """Begin at offset 0 again."""
        with self._doing("begin a round"), self._connection.transaction():
            self._connection.execute("DELETE FROM ledger.reconcile_progress")
            self._connection.execute(
                "INSERT INTO ledger.reconcile_round AS r (number) VALUES (1) ON CONFLICT (singleton)"
                " DO UPDATE SET number = r.number + 1, begun_at = now(), done_at = NULL"
            )
            self._connection.execute("INSERT INTO ledger.reconcile_run (round) SELECT number FROM ledger.reconcile_round")
            self._connection.execute(
                "DELETE FROM ledger.reconcile_run WHERE round <= (SELECT number FROM ledger.reconcile_round) - %s", [RUNS_KEPT]
            )
        found = self.round()
        assert found is not None  # noqa: S101
        return found

    def end_round(self, number: int) -> None:
        """All that was there is compared: what only earlier rounds found is gone."""
        with self._doing("end a round"), self._connection.transaction():
            self._connection.execute("UPDATE ledger.reconcile_round SET done_at = now() WHERE number = %s", [number])
            self._connection.execute("DELETE FROM ledger.reconcile_mismatch WHERE round < %s", [number])
            self._connection.execute(
                "UPDATE ledger.reconcile_run SET done_at = now(), found = (SELECT coalesce(jsonb_object_agg(kind, places), '{}') FROM"
                " (SELECT kind, count(*) AS places FROM ledger.reconcile_mismatch GROUP BY kind) AS by_kind) WHERE round = %s",
                [number],
            )

    def counts(self, number: int) -> Counts:
        """What a round has counted so far."""
        with self._doing("read what was counted"):
            row = self._connection.execute(
                "SELECT records, repeats, dead_letters, outcomes, people, types FROM ledger.reconcile_run WHERE round = %s", [number]
            ).fetchone()
        return Counts() if row is None else Counts(*row)

    def is_found(self, partition: int, number: int, kinds: Collection[str]) -> bool:
        """Whether a round has found any of these kinds in a partition of facts."""
        with self._doing("read what was found"):
            row = self._connection.execute(
                "SELECT 1 FROM ledger.reconcile_mismatch WHERE topic = 'facts' AND partition = %s AND round = %s AND kind = ANY(%s) LIMIT 1",
                [partition, number, list(kinds)],
            ).fetchone()
        return row is not None

    def cursor(self, topic: str, partition: int) -> Cursor:
        """How far that partition is compared."""
        with self._doing("read how far is reconciled"):
            row = self._connection.execute(
                "SELECT next_offset, register_next, time_reached, log_offset, subject_id, ordinal FROM ledger.reconcile_progress"
                " WHERE topic = %s AND partition = %s",
                [topic, partition],
            ).fetchone()
        return Cursor() if row is None else Cursor(int(row[0]), int(row[1]), int(row[2]), (int(row[3]), row[4].bytes, int(row[5])))

    def note(
        self, topic: str, partition: int, cursor: Cursor, number: int, mismatches: Sequence[tuple[str, str, int, int]], counts: Counts
    ) -> None:
        """Note the end of a slice, with what it found: (kind, topic, partition, offset). counts: of the whole round, this slice too. One transaction,
        so a slice that is compared again because its end was not noted counts once."""
        with self._doing("note how far is reconciled"), self._connection.transaction():
            self._connection.execute(
                "INSERT INTO ledger.reconcile_progress (topic, partition, next_offset, register_next, time_reached, log_offset, subject_id, ordinal)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset,"
                " register_next = excluded.register_next, time_reached = excluded.time_reached,"
                " log_offset = excluded.log_offset, subject_id = excluded.subject_id,"
                " ordinal = excluded.ordinal",
                [topic, partition, *cursor[:3], cursor.place[0], UUID(bytes=cursor.place[1]), cursor.place[2]],
            )
            self._connection.execute(
                "UPDATE ledger.reconcile_run SET records = %s, repeats = %s, dead_letters = %s, outcomes = %s, people = %s, types = %s::jsonb"
                " WHERE round = %s",
                [*counts[:5], json.dumps(dict(sorted(counts.types.items()))), number],
            )
            for each in mismatches[:MISMATCHES_MAX]:
                self._connection.execute(
                    "INSERT INTO ledger.reconcile_mismatch (kind, topic, partition, log_offset, round)"
                    " SELECT %s, %s, %s, %s, %s WHERE (SELECT count(*) FROM ledger.reconcile_mismatch) < %s"
                    " OR EXISTS (SELECT FROM ledger.reconcile_mismatch WHERE (kind, topic, partition, log_offset) = (%s, %s, %s, %s))"
                    " ON CONFLICT (kind, topic, partition, log_offset) DO UPDATE SET round = excluded.round",
                    [*each, number, MISMATCHES_MAX, *each],
                )

    def _ask(self, name: str, **given: object) -> list[tuple[Any, ...]]:
        with self._doing("read what is stored"):
            return self._connection.execute(_QUERIES[name], given).fetchall()

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        with translated(what):
            yield


def read_notes(dsn: str) -> Notes:
    """What reconciling has noted, at one moment; takes no lock.

    Raises:
        DependencyError: PostgreSQL does not answer. OperatorError: there are no tables of a ledger.
    """
    with connect(dsn, application="ledger-reconcile-notes") as connection:
        take_role(connection, "ledger_projector")
        with translated("read what was reconciled"), connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            rounds, checks, compared, mismatches, runs = (connection.execute(query).fetchall() for query in _NOTES)
    return Notes(
        next(((int(number), int(begun), done) for number, begun, done in rounds), None),
        next(((int(at), str(result)) for at, result in checks), None),
        [(topic, partition, offset) for topic, partition, offset in compared],
        [(kind, topic, partition, offset, at) for kind, topic, partition, offset, at in mismatches],
        [(number, begun, done, found, Counts(*counted)) for number, begun, done, found, *counted in runs],
    )  # fmt: skip
