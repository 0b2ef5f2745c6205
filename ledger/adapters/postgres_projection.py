"""The projections in PostgreSQL: reads what the fold needs, writes what it answers.

Rows that are new go in by binary COPY; rows that changed go by COPY into a temporary table and one UPDATE. Rows, outbox and next
offset are one transaction, so dying anywhere leaves whole deltas only. Must never delete: both connections to the live projections take the
role `ledger_projector` where they may, and PostgreSQL refuses it. Must never write a delta whose first offset is not the one PostgreSQL expects:
that check, under a row lock, is the fence between two workers of one partition.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

import psycopg

from ledger.adapters.pg_copy import HoldingPacker, RowPacker, pack_facts, pack_rows, pack_uuid_array
from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA, require_layout, take_role
from ledger.adapters.postgres_statements import (
    ADD_SHARES,
    DUE,
    DUE_AT_MOST,
    FIRST_PROGRESS,
    HAVE_A_ROW,
    HAVE_AN_ENTRY,
    HAVE_AN_OBLIGATION,
    HELD_BY,
    HISTORY,
    KNOWN_EVENTS,
    LATEST_FACTS,
    LOAD_DUE,
    LOAD_ENTRIES,
    LOAD_HOLDINGS,
    LOAD_OBLIGATIONS,
    LOAD_SUBJECTS,
    LOCK_PROGRESS,
    MOVE_PROGRESS,
    NEWEST_EVENT,
    OF_CONTROLLER,
    PROGRESS,
    REGISTER_COPIES,
)
from ledger.adapters.postgres_tables import (
    DEAD_LETTER,
    FACT,
    HOLDING,
    OBLIGATION,
    OUTCOME,
    SUBJECT,
    SUBJECT_ENTRY,
    TICK,
    VIOLATION,
    Table,
    picked,
)
from ledger.adapters.postgres_types import Instant, PackedUuids, RowMaker, Uuid, use_cheap_types
from ledger.core.delta import NOTHING_PENDING, Delta, Pending, RegisterStep, Row
from ledger.core.plain import DueHolding
from ledger.core.shares import share_rows
from ledger.errors import FencedError, OperatorError
from ledger.failpoints import pass_by
from ledger.folding.ports import Found, Holders, Progress, SubjectRows

Cursor = psycopg.Cursor[Row]
_T = TypeVar("_T")

_ROLE = "ledger_projector"
_START = Progress(0, 0, 0, 0)
OFFSET_MAX = (1 << 63) - 1
_ID_PARTS = 256  # of subject ids, by their first byte


class PostgresProjection:
    """SubjectStore, ProjectionWriter and reader of progress, on one schema of projections.

    Reading and writing use separate connections, opened when first needed and again after a failure: one thread may read while
    another writes. Not for two readers or two writers at once.
    """

    def __init__(self, dsn: str, schema: str = PROJECTION_SCHEMA) -> None:
        self._schema = schema
        self._reader = _Lane(dsn, schema, _prepare_reader, "ledger-projector")
        self._writer = _Lane(dsn, schema, _prepare_writer, "ledger-writer")
        self._packers = {
            FACT: pack_facts,
            HOLDING: HoldingPacker().pack,
            # What all obligations and outcomes of one tick have in common is packed once.
            OBLIGATION: RowPacker(OBLIGATION.types, _repeating(OBLIGATION, _OBLIGATION_REPEATS)).pack,
            OUTCOME: RowPacker(OUTCOME.types, _repeating(OUTCOME, "partition-topic")).pack,
        }

    def close(self) -> None:
        """Close both connections; they open again when needed."""
        self._reader.close()
        self._writer.close()

    # -- reading

    def load(self, subject_ids: Collection[bytes]) -> dict[bytes, SubjectRows]:
        """Rows of these subjects; a subject without any row is absent from the answer. Holdings by holding_id."""
        if not subject_ids:
            return {}
        ids = PackedUuids(pack_uuid_array(subject_ids))
        found: dict[bytes, SubjectRows] = {}

        def rows_of(subject_id: bytes) -> SubjectRows:
            rows = found.get(subject_id)
            if rows is None:
                rows = found[subject_id] = SubjectRows(None, [], [])
            return rows

        def read(cursor: Cursor) -> None:
            questions = (LOAD_HOLDINGS, LOAD_SUBJECTS, LOAD_ENTRIES, LOAD_OBLIGATIONS)
            holdings, subjects, entries, obligations = _at_once(cursor, [(question, [ids]) for question in questions])
            for row in holdings.fetchall():
                rows_of(row[0]).holdings.append(_MAKE_HOLDING(row))
            for row in subjects.fetchall():
                rows_of(row[0]).subject = row
            for row in entries.fetchall():
                rows_of(row[0]).entries.append(row)
            for row in obligations.fetchall():
                rows_of(row[1]).obligations.append(_MAKE_OBLIGATION(row))

        self._reader.run("read subjects", read)
        return found

    def due(self, partition: int, since: int, until: int, after: bytes, limit: int) -> list[Found]:
        """Subjects with something due or overdue, or a hold that ends, at `until`; see ports.SubjectStore."""
        given = {"partition": partition, "after": Uuid(after), "limit": limit, "parts": list(range(after[0], _ID_PARTS))}
        given |= {"since": Instant(since), "until": Instant(until), "until_micros": until}

        def read(cursor: Cursor) -> list[Found]:
            if _fetch(cursor, DUE_AT_MOST, given)[0][0]:
                return _fetch(cursor, DUE, given)
            found: list[Found] = []
            for part in range(after[0], _ID_PARTS):
                found += _fetch(cursor, DUE, given | {"parts": [part], "limit": limit - len(found)})
                if len(found) >= limit:
                    break
            return found

        return self._reader.run("read what is due", read)

    def plain(self, subject_ids: Collection[bytes], since: int, until: int) -> list[DueHolding]:
        """Holdings of plain subjects that are due; see ports.SubjectStore."""
        ids = PackedUuids(pack_uuid_array(subject_ids))

        def read(cursor: Cursor) -> list[DueHolding]:
            questions: list[tuple[str, list[object]]] = [(LOAD_DUE, [ids, Instant(since), Instant(until)])]
            questions += [(question, [ids]) for question in (HAVE_A_ROW, HAVE_AN_ENTRY, HAVE_AN_OBLIGATION)]
            due, *others = _at_once(cursor, questions)
            more_known = {subject_id for other in others for (subject_id,) in other.fetchall()}
            return [DueHolding._make(_MAKE_DUE(row)) for row in due.fetchall() if row[0] not in more_known]

        return self._reader.run("read plain subjects", read)

    def of_controller(self, partition: int, controller: str, after: bytes, limit: int) -> list[Found]:
        """All subjects of this controller with a row in this partition; see ports.SubjectStore."""
        given = {"partition": partition, "controller": controller, "after": Uuid(after), "limit": limit}
        return self._reader.run("read subjects of a controller", lambda c: _fetch(c, OF_CONTROLLER, given))

    def latest_facts(self, subject_ids: Collection[bytes], after: int) -> dict[bytes, int]:
        """subject_id -> offset of the latest stored fact, for those that have one above offset `after`."""
        if not subject_ids:
            return {}
        arguments = [PackedUuids(pack_uuid_array(subject_ids)), after]
        return dict(self._reader.run("look for later facts", lambda c: _fetch(c, LATEST_FACTS, arguments)))

    def held_by(self, partition: int, controller: str, holders: Holders, after: bytes, limit: int) -> list[Found]:
        """Subjects of this controller of whom one of these has something, or had; see ports.SubjectStore.

        All pages together read the holdings once, in order of the key: a breach is rare, and an index on holders would cost every fact.
        """
        given = {"partition": partition, "controller": controller, "after": Uuid(after), "limit": limit}
        given |= {"holders": [holder for holder, _ in holders], "stores": [store for _, store in holders]}
        return self._reader.run("read who is held there", lambda c: _fetch(c, HELD_BY, given))

    def known_events(self, partition: int, event_ids: Collection[bytes], *, before: int = OFFSET_MAX) -> dict[bytes, bytes]:
        """event_id -> stored value, for those ids that are already in `fact` for this partition, at offsets below `before`."""
        if not event_ids:
            return {}
        arguments = [partition, PackedUuids(pack_uuid_array(event_ids)), before]
        return dict(self._reader.run("look for repeated events", lambda c: _fetch(c, KNOWN_EVENTS, arguments)))

    def newest_event_id(self, partition: int) -> bytes | None:
        """The greatest event_id stored for this partition, or None."""
        rows = self._reader.run("read the newest event id", lambda c: _fetch(c, NEWEST_EVENT, [partition]))
        return rows[0][0] if rows else None

    def history(self, partition: int, subject_id: bytes, *, before: int = OFFSET_MAX) -> Iterable[tuple[int, bytes]]:
        """(log_offset, value) of every stored fact of the subject below `before`, in offset order."""
        arguments = [partition, PackedUuids(pack_uuid_array((subject_id,))), before]
        return self._reader.run("read the history of a subject", lambda c: _fetch(c, HISTORY, arguments))

    def register_copies(self, partition: int) -> Iterable[tuple[int, bytes]]:
        """(log_offset, value) of every stored register copy of the partition, in offset order; no ticks."""
        return self._reader.run("read register copies", lambda c: _fetch(c, REGISTER_COPIES, [partition]))

    def progress(self, topic: str, partition: int) -> Progress:
        """How far this partition is folded; all zeros when it was never seen."""
        rows = self._reader.run("read progress", lambda c: _fetch(c, PROGRESS, [topic, partition]))
        if not rows:
            return _START
        next_offset, register_next, time_reached, duplicates, after, steps = rows[0]
        return Progress(next_offset, register_next, time_reached, duplicates, _pending_of(after, steps))

    # -- writing

    def write(self, delta: Delta) -> None:
        """Write one delta in one transaction; see ports.ProjectionWriter."""
        self.write_together([delta])

    def write_together(self, deltas: Sequence[Delta]) -> None:
        """Write deltas of different partitions in one transaction: at a low rate most of a transaction's time is the same for one row and a hundred.

        Either all are written or none. As `write` otherwise.
        """
        deltas = sorted(deltas, key=lambda delta: delta.partition)  # locks are taken in this order, so that two workers never wait for each other

        def rows(name: str) -> list[Row]:
            return [row for delta in deltas for row in getattr(delta, name)]

        # Packed before the transaction opens: the row locks are held for PostgreSQL's own work only.
        new = [(table, self._pack(table, found)) for table, name in _NEW_ROWS if (found := rows(name))]
        changed = [(table, name, len(found), self._pack(table, found)) for table, name in _CHANGED_ROWS if (found := rows(name))]

        shares = [row for delta in deltas for row in share_rows(delta.partition, delta.shares)]

        def write(cursor: Cursor) -> None:
            _fence(cursor, deltas)
            for table, packed in new:
                _copy(cursor, _COPY_NEW[table.name], packed)
            for table, name, count, packed in changed:
                _copy(cursor, _COPY_CHANGED[name], packed)
                cursor.execute(_UPDATE[name])
                if cursor.rowcount != count:
                    raise OperatorError(
                        f"cannot change rows of {table.name}: expected {count} stored rows, got {cursor.rowcount}",
                        hint="the projection differs from the log: run `ledger rebuild`",
                    )
            _move_progress(cursor, deltas, shares)
            pass_by("batch_after_sql")
            if any(delta.was_pending.steps for delta in deltas):
                pass_by("chunk_after_sql")

        where = ", ".join(f"{delta.topic}/{delta.partition}" for delta in deltas)
        self._writer.run(f"write {where}", write, in_transaction=True)


    def _pack(self, table: Table, rows: list[Row]) -> bytes:
        pack = self._packers.get(table)
        return pack(rows) if pack is not None else pack_rows(table.types, rows)


class _Lane:
    """One connection with one cursor, opened when needed and closed by the first failure."""

    def __init__(self, dsn: str, schema: str, prepare: Callable[[Connection], None], application: str) -> None:
        self._dsn = dsn
        self._application = application  # by this name `ledger status` counts the workers: the readers are one per worker
        self._schema = schema
        self._prepare = prepare
        self._connection: Connection | None = None

    def run(self, doing: str, work: Callable[[Cursor], _T], *, in_transaction: bool = False) -> _T:
        try:
            with translated(doing):
                connection = self._open()
                with connection.cursor(binary=True) as cursor:
                    if not in_transaction:
                        return work(cursor)
                    with connection.transaction():
                        return work(cursor)
        except BaseException:
            self.close()  # whatever it was: the next call starts on a fresh connection
            raise

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            is_live = self._schema == PROJECTION_SCHEMA
            self._connection = connect(self._dsn, schema=self._schema, application=self._application if is_live else "ledger-rebuild")
            if is_live:
                require_layout(self._connection)
                take_role(self._connection, _ROLE)  # the shadow of a rebuild is the owner's
            use_cheap_types(self._connection)
            self._prepare(self._connection)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _prepare_reader(connection: Connection) -> None:
    connection.execute("SET default_transaction_read_only = on")
    connection.execute("SET enable_seqscan = off")  # all but one question have an index; a young table lacks statistics
    connection.prepare_threshold = 0  # statements are few and hot: prepare them at the first use


def _prepare_writer(connection: Connection) -> None:
    # The temporary tables have no statistics; a hash or merge join would read the whole projection for a few changed rows.
    connection.execute("SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off")
    connection.execute("SET client_min_messages = warning")
    for table, name in _CHANGED_ROWS:
        columns = ", ".join(f"{column} {type_name}" for column, type_name in zip(table.columns, table.types, strict=True))
        connection.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns}) ON COMMIT DELETE ROWS")
    connection.prepare_threshold = 0


def _fetch(cursor: Cursor, query: str, arguments: list[object] | dict[str, object]) -> list[Row]:
    return cursor.execute(query, arguments).fetchall()


def _copy(cursor: Cursor, statement: str, packed: bytes) -> None:
    with cursor.copy(statement) as copy:
        copy.write(packed)


def _at_once(cursor: Cursor, statements: Sequence[tuple[str, list[object]]]) -> list[Cursor]:
    """Send several statements in one round trip; return a cursor for each. Beside a thread that folds, waiting costs more than the answer."""
    with cursor.connection.pipeline():
        return [cursor.connection.cursor(binary=True).execute(*statement) for statement in statements]


def _fence(cursor: Cursor, deltas: Sequence[Delta]) -> None:
    """Lock the progress rows and compare."""
    keys: list[list[object]] = [[delta.topic, delta.partition] for delta in deltas]
    locked = [found.fetchone() for found in _at_once(cursor, [(LOCK_PROGRESS, key) for key in keys])]
    for delta, key, row in zip(deltas, keys, locked, strict=True):
        if row is None:
            cursor.execute(FIRST_PROGRESS, key)
            row = cursor.execute(LOCK_PROGRESS, key).fetchone()
        was = delta.was_pending.place
        if row is None or row[0] != delta.first_offset or (None if row[1] is None else row[1:3]) != was:
            raise FencedError(delta.topic, delta.partition, -1 if row is None else row[0], delta.first_offset)


def _move_progress(cursor: Cursor, deltas: Sequence[Delta], shares: Sequence[Row]) -> None:
    """Move the progress rows; compares again, because a rebuild may have switched schemas since the lock was asked for. Adds shares by the way."""
    moves = [(MOVE_PROGRESS, _progress_values(delta)) for delta in deltas]
    added = [(ADD_SHARES, _share_values(shares))] if shares else []
    for delta, moved in zip(deltas, _at_once(cursor, moves + added), strict=False):
        if moved.rowcount != 1:
            raise FencedError(delta.topic, delta.partition, -1, delta.first_offset)


def _progress_values(delta: Delta) -> list[object]:
    """The parameters of MOVE_PROGRESS."""
    offset, after = delta.pending.place or (None, None)
    was_offset, was_after = delta.was_pending.place or (None, None)
    steps = None if after is None else json.dumps([[s.offset, s.event_id.hex(), s.salt.hex(), *s[3:]] for s in delta.pending.steps])
    return [
        delta.next_offset, delta.register_next, Instant(delta.time_reached), delta.duplicates, offset, after and Uuid(after), steps,
        delta.topic, delta.partition, delta.first_offset, was_offset, was_after and Uuid(was_after),
    ]  # fmt: skip


def _share_values(rows: Sequence[Row]) -> list[object]:
    """The parameters of ADD_SHARES: a list for each column."""
    partitions, ids, *columns = zip(*rows, strict=True)
    return [list(partitions), PackedUuids(pack_uuid_array(ids)), *map(list, columns)]


def _pending_of(after: bytes | None, steps: str | None) -> Pending:
    if after is None or steps is None:
        return NOTHING_PENDING
    found = [RegisterStep(offset, bytes.fromhex(event_id), bytes.fromhex(salt), *times) for offset, event_id, salt, *times in json.loads(steps)]
    return Pending(tuple(found), after)


def _repeating(table: Table, runs: str) -> list[tuple[int, int]]:
    """Places of runs of columns, given as `first-last`; without a last one: to the end."""
    places = {name: place for place, name in enumerate(table.columns)}
    pairs = [run.split("-") for run in runs.split()]
    return [(places[first], places[last] + 1 if last else len(places)) for first, last in pairs]


def _update(table: Table, changed: str) -> str:
    assignments = ", ".join(f"{name} = c.{name}" for name in table.columns if name not in table.key)
    match = " AND ".join(f"t.{name} = c.{name}" for name in table.key)
    return f"UPDATE {table.name} t SET {assignments} FROM {changed} c WHERE {match}"  # noqa: S608


def copy_into(target: str, table: Table) -> str:
    return f"COPY {target} ({', '.join(table.columns)}) FROM STDIN (FORMAT binary)"


_MAKE_HOLDING = RowMaker(HOLDING).make
_MAKE_OBLIGATION = RowMaker(OBLIGATION).make
_MAKE_DUE = RowMaker(picked(HOLDING, DueHolding._fields)).make

_OBLIGATION_REPEATS = "partition-controller kind-purpose received_from-categories overdue_at-raised_offset request_ref-"

_NEW_ROWS = (
    (FACT, "facts"),
    (HOLDING, "new_holdings"),
    (SUBJECT, "new_subjects"),
    (SUBJECT_ENTRY, "new_entries"),
    (OBLIGATION, "new_obligations"),
    (TICK, "ticks"),  # before violations, whose tally says when each was found
    (VIOLATION, "violations"),
    (OUTCOME, "outcomes"),
    (DEAD_LETTER, "dead_letters"),
)
_CHANGED_ROWS = (
    (HOLDING, "changed_holdings"),
    (SUBJECT, "changed_subjects"),
    (SUBJECT_ENTRY, "changed_entries"),
    (OBLIGATION, "changed_obligations"),
)
_COPY_NEW = {table.name: copy_into(table.name, table) for table, _ in _NEW_ROWS}
_COPY_CHANGED = {name: copy_into(name, table) for table, name in _CHANGED_ROWS}
_UPDATE = {name: _update(table, name) for table, name in _CHANGED_ROWS}
