"""Reads the projections for the answers: named queries of sql/queries.sql, each answer from one snapshot.

Must never write: the session is read-only, and takes the role `ledger_reader` where it may; made for some controllers it takes
`ledger_web`, or does not answer. One thread; one connection, opened when first needed and again after a failure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from ledger.adapters.pg_copy import pack_uuid_array
from ledger.adapters.postgres_apart import SETTING, schema_apart, setting_of, take_web_role
from ledger.adapters.postgres_asked_reads import AskedReads
from ledger.adapters.postgres_behind_reads import BehindReads
from ledger.adapters.postgres_connection import Connection, connect, translated, was_ended
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA, take_role
from ledger.adapters.postgres_report_reads import ReportReads
from ledger.adapters.postgres_tables import HOLDING, OBLIGATION, VIOLATION
from ledger.adapters.postgres_tally_reads import TallyReads
from ledger.adapters.postgres_types import Instant, PackedUuids, RowMaker, Uuid, use_cheap_types
from ledger.core.delta import Row
from ledger.sql import read_queries
from ledger.tracing.spans import span

_QUERIES = read_queries("queries.sql")
_MAKE_HOLDING, _MAKE_OBLIGATION, _MAKE_VIOLATION = RowMaker(HOLDING).make, RowMaker(OBLIGATION).make, RowMaker(VIOLATION).make
_OF_SUBJECT = ("holdings_of_subject", "state_of_subject", "obligations_of_subject", "entries_of_subject", "violations_of_subject")
_AHEAD = ("progress", "newest_register_copy", *_OF_SUBJECT)
_ROLE = "ledger_reader"
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SET = sql.SQL("SELECT set_config({}, {}, true)")
FETCH_ROWS = 2_000
"""What the server sends at once of a stream: some 500 KB of facts."""


class PostgresReader(ReportReads, TallyReads, BehindReads, AskedReads):
    """store.AnswerStore on one schema of projections."""

    def __init__(
        self, dsn: str, schema: str = PROJECTION_SCHEMA, controllers: Collection[str] | None = None, *, seconds: float | None = None
    ) -> None:
        """controllers: whose data is there at all (`*` alone: of all); None: no question of that. seconds:
        after which PostgreSQL gives one question up; None: never.

        Raises:
            CallerError: one of them cannot be the name of a controller.
        """
        self._dsn, self._schema, self._seconds = dsn, schema if controllers is None else schema_apart(schema), seconds
        self._controllers = None if controllers is None else setting_of(controllers)
        self._begin = [_BEGIN]
        if self._controllers is not None:  # for this transaction alone: what is not set shows nothing
            self._begin.append(_SET.format(SETTING, self._controllers).as_string(None))
        self._connection: Connection | None = None
        self._cursors: dict[str, psycopg.Cursor[Row]] = {}
        self._cursor: psycopg.Cursor[Row] | None = None
        self._ahead: dict[tuple[Any, ...], list[Row]] = {}

    def close(self) -> None:
        """Close the connection; it opens again when needed."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._cursor = None

    @contextmanager
    def snapshot(self, ahead: tuple[bytes, int] | None = None) -> Iterator[None]:
        """Within it, all reads see the same moment: an answer never mixes two. ahead: (subject id, partition), whose rows will be read: PostgreSQL is
        asked for them, for progress and for the newest register copy while it begins, and is waited for once.

        Raises:
            DependencyError: PostgreSQL does not answer.
            OperatorError: the database was never migrated, or we may not read it.
        """
        try:
            with span("read"), translated("read the projections"):
                if self._connection is not None and was_ended(self._connection):
                    self.close()  # kept since before the server was away: nobody need hear of that
                connection = self._open()
                if ahead is None:
                    connection.execute("; ".join(self._begin), prepare=False)
                else:
                    asked = {"progress": {}, "newest_register_copy": {"partition": ahead[1]}}
                    self._ahead = self._together(asked, ahead[0], self._begin)
                self._cursor = self._cursors["progress"]
                yield
                connection.execute("COMMIT")
        except BaseException:
            self.close()  # whatever it was: the next answer starts on a fresh connection
            raise
        finally:
            self._cursor, self._ahead = None, {}

    def _together(
        self, asked: Mapping[str, Mapping[str, Any]], subject_id: bytes, first: Sequence[str] = ()
    ) -> dict[tuple[Any, ...], list[Row]]:  # fmt: skip
        """Rows of queries and of one subject, by name and arguments: sent together, so that PostgreSQL is waited for once."""
        connection, of_subject = self._open(), {"subject_id": Uuid(subject_id)}
        asked = {**asked, **dict.fromkeys(_OF_SUBJECT, of_subject)}
        with connection.pipeline():
            for each in first:
                connection.execute(each, prepare=True)
            for name, arguments in asked.items():
                self._cursors[name].execute(_QUERIES[name], arguments)
        return {(name, *arguments.values()): self._cursors[name].fetchall() for name, arguments in asked.items()}

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            connection = self._connection = connect(self._dsn, schema=self._schema, application="ledger-query")
            use_cheap_types(connection)
            connection.prepare_threshold = 1
            # kept: a new cursor looks up again how each type is read, which costs more than reading a few rows
            self._cursors = {name: connection.cursor(binary=True) for name in _AHEAD}
            if self._controllers is None:
                take_role(connection, _ROLE)
            else:
                take_web_role(connection)
            if self._seconds is not None:
                connection.execute("SELECT set_config('statement_timeout', %s, false)", [str(round(self._seconds * 1000))])
        return self._connection

    def _fetch(self, name: str, arguments: Mapping[str, Any]) -> list[Row]:
        if (found := self._ahead.get((name, *arguments.values()))) is not None:
            return found
        return self._run(_QUERIES[name], arguments)

    def _run(self, query: str, arguments: Mapping[str, Any]) -> list[Row]:
        assert self._cursor is not None, "reads are made inside a snapshot"  # noqa: S101
        return self._cursor.execute(query, arguments).fetchall()

    def _streamed(self, name: str, query: str, arguments: Mapping[str, Any]) -> Iterator[Row]:
        """Rows through a cursor of the server, some thousands at a time."""
        assert self._connection is not None, "reads are made inside a snapshot"  # noqa: S101
        with self._connection.cursor(name) as cursor:
            cursor.itersize = FETCH_ROWS
            cursor.execute(query, arguments, binary=True)
            yield from cursor

    # -- one subject

    def obligations(self, subject_id: bytes) -> list[Row]:
        """Obligation rows of one subject, in any state."""
        return [_MAKE_OBLIGATION(row) for row in self._fetch("obligations_of_subject", {"subject_id": Uuid(subject_id)})]

    def violations(self, subject_id: bytes) -> list[Row]:
        """Violation rows of one subject, in log order."""
        return [_MAKE_VIOLATION(row) for row in self._fetch("violations_of_subject", {"subject_id": Uuid(subject_id)})]

    def one_subject(self, subject_id: bytes) -> tuple[list[Row], Row | None, list[Row], list[Row], list[Row]]:
        """(holdings, subject, obligations, entries, violations) of one subject: sent together."""
        assert self._cursor is not None, "reads are made inside a snapshot"  # noqa: S101
        if ("state_of_subject", subject_id) not in self._ahead:
            self._ahead |= self._together({}, subject_id)
        holdings, states, obligations, entries, violations = (self._ahead[name, subject_id] for name in _OF_SUBJECT)
        return (
            [_MAKE_HOLDING(row) for row in holdings], states[0] if states else None, [_MAKE_OBLIGATION(row) for row in obligations], entries,
            [_MAKE_VIOLATION(row) for row in violations],
        )  # fmt: skip

    def offsets(self, partition: int, event_ids: Collection[bytes]) -> dict[bytes, int]:
        """event_id -> offset, for those that are facts or register copies of the partition."""
        if not event_ids:
            return {}
        return dict(self._fetch("offsets_of_events", {"partition": partition, "event_ids": PackedUuids(pack_uuid_array(event_ids))}))

    def history(self, partition: int, subject_id: bytes, before: int) -> list[tuple[int, bytes]]:
        """(offset, value) of the subject's facts before an offset, in log order."""
        return self._fetch("history_of_subject", {"subject_id": Uuid(subject_id), "partition": partition, "before": before})

    # -- one partition

    def newest_register_copy(self, partition: int) -> int:
        """The offset of the newest register copy that is no tick; -1 when there is none."""
        rows = self._fetch("newest_register_copy", {"partition": partition})
        return int(rows[0][0]) if rows else -1

    def register_copies(self, partition: int, after: int, before: int) -> list[tuple[int, bytes]]:
        """(offset, value) of the register copies between two offsets, ticks left out, in log order."""
        return self._fetch("register_copies", {"partition": partition, "after": after, "before": before})

    def time_before(self, partition: int, offset: int) -> int:
        """The time of the last tick before an offset; 0 when there is none."""
        rows = self._fetch("time_before", {"partition": partition, "before": offset})
        return int(rows[0][0]) if rows else 0

    def recorded_from(self, partition: int, offset: int) -> tuple[int, int] | None:
        """(offset, when the broker wrote it) of the first fact, register copy or tick from an offset on, or None."""
        rows = self._fetch("recorded_from", {"partition": partition, "first": offset})
        return (int(rows[0][0]), int(rows[0][1])) if rows else None

    def first_tick_at(self, partition: int, time: int, after: int, before: int) -> tuple[int, int] | None:
        """(offset, time) of the first tick between two offsets that reached a time, or None."""
        rows = self._fetch("first_tick_at", {"partition": partition, "time": Instant(time), "after": after, "before": before})
        return (int(rows[0][0]), int(rows[0][1])) if rows else None

    # -- the whole ledger

    def progress(self) -> list[tuple[int, int, int, int | None]]:
        """(partition, next offset, time reached) of each partition seen, by partition."""
        return [(int(p), int(n), int(t), pending) for p, n, t, pending in self._fetch("progress", {})]

    def identity(self) -> tuple[str, int] | None:
        """(mode, partitions), or None before the ledger was created."""
        rows = self._fetch("identity", {})
        return (str(rows[0][0]), int(rows[0][1])) if rows else None

    def subjects_without_key(self) -> list[tuple[str, str]]:
        """(controller, subject_ref) of everybody of whose key the log says that it is destroyed."""
        return [(str(controller), str(ref)) for controller, ref in self._fetch("subjects_without_key", {})]

    def holders(self, controller: str | None) -> list[Row]:
        """(holder, role, country, categories, holdings, oldest since, next due, partition, first offset, latest offset) for each mix of them."""
        return self._fetch("holders", {"controller": controller})

    def subjects_of_holders(self, controller: str | None) -> list[Row]:
        """(holder, role, subjects)."""
        return self._fetch("subjects_of_holders", {"controller": controller})

    def unsettled_of_holders(self, controller: str | None) -> list[Row]:
        """(holder, role, OPEN or OVERDUE, obligations)."""
        return self._fetch("unsettled_of_holders", {"controller": controller})

    def coming_due(self, partition: int, until: int, controller: str | None, limit: int, after: Row) -> list[Row]:
        """Earliest first, then by the line's id: (due at, controller, subject_ref, holder, store, purpose, ref, categories, rule, event and offset of
        the latest acquisition and of each anchor, id of the line). after: (due at, id)."""
        arguments = {"partition": partition, "until": Instant(until), "controller": controller, "limit": limit}
        return self._fetch("coming_due", {**arguments, "after_at": Instant(after[0]), "after_id": after[1]})

    def obligations_by_state(self, state: str, until: int, holder: str | None, controller: str | None, limit: int, after: Row) -> list[Row]:
        """Obligation rows in one state and due by a moment, earliest due first, then by id. after: (due at, id)."""
        arguments = {"state": state, "until": Instant(until), "holder": holder, "controller": controller, "limit": limit}
        arguments |= {"after_at": Instant(after[0]), "after_id": Uuid(after[1])}
        return [_MAKE_OBLIGATION(row) for row in self._fetch("obligations_by_state", arguments)]

    def violations_counted(self, partition: int, first: int, before: int, controller: str | None, promise: str | None) -> list[Row]:
        """(controller, promise, rule, severity, violations, subjects, latest offset, first event, latest event) between two offsets."""
        arguments = {"partition": partition, "first": first, "before": before, "controller": controller, "promise": promise}
        return self._fetch("violations_counted", arguments)

    def violations_tallied(self, controller: str | None, promise: str | None) -> list[tuple[int, Row]]:
        """(partition, as violations_counted) of whole partitions, from the tally."""
        return [(row[0], row[1:]) for row in self._fetch("violations_tallied", {"controller": controller, "promise": promise})]

    def violations_listed(
        self, partition: int, first: int, before: int, controller: str | None, promise: str | None, limit: int, after: Row
    ) -> list[tuple[Row, bytes | None, int, bytes]]:
        """(violation row, the fact that broke it or None, the ledger's time at its place, id of the line) between two offsets, newest first, then by
        the line's id. after: (offset, id, ordinal)."""
        arguments = {"partition": partition, "first": first, "before": before, "controller": controller, "promise": promise, "limit": limit}
        return [_violation(row) for row in self._fetch("violations_listed", arguments | _behind(after))]

    # -- one by one

    def every_holding(self, controller: str | None) -> Iterator[Row]:
        """Holding rows, by subject and holding id."""
        return map(_MAKE_HOLDING, self._streamed("every_holding", _QUERIES["every_holding"], {"controller": controller}))

    def every_obligation(self, controller: str | None) -> Iterator[Row]:
        """Obligation rows in any state, by subject and obligation id."""
        return map(_MAKE_OBLIGATION, self._streamed("every_obligation", _QUERIES["every_obligation"], {"controller": controller}))

    def every_violation(self, partition: int, before: int, controller: str | None) -> Iterator[tuple[Row, bytes | None, int, bytes]]:
        """As violations_listed, all of a partition before an offset."""
        arguments = {"partition": partition, "first": 0, "before": before, "controller": controller, "promise": None, "limit": None}
        rows = self._streamed("every_violation", _QUERIES["violations_listed"], arguments | _behind((before, b"", 0)))
        yield from map(_violation, rows)


def _behind(after: Row) -> dict[str, Any]:
    return dict(zip(("after_offset", "after_id", "after_ordinal"), after, strict=True))


def _violation(row: Row) -> tuple[Row, bytes | None, int, bytes]:
    return _MAKE_VIOLATION(row[:-3]), row[-3], row[-2] or 0, row[-1]
