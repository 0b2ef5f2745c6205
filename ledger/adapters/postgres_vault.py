"""The vault's rows in PostgreSQL: schema `vault`, in the role `ledger_vault` where this user may take it.

Each statement says at which epoch the database is, and a writer holds that row while it writes: nobody reads or writes by a secret that is no longer
in force. A lock makes it safe between threads; a forked child connects anew. psycopg lives in adapters/postgres_*.py only. Source: docs/vault.md.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final
from uuid import UUID

from ledger import failpoints
from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.adapters.postgres_migrations import take_role
from ledger.errors import LedgerError, RefusedError
from ledger.vault.shapes import Announcement, Counts, EpochMovedError, Mark, Rewrap, RewrapDay, StoredDay, StoredIdentity, StoredSubject, Wrapped

_ROLE: Final = "ledger_vault"
_STATEMENT_SECONDS_MAX: Final = 10
_LOCK_CLASS: Final = int.from_bytes(b"vaul", "big")  # the other locks of the ledger are in another: postgres_duties.py
_PAGE: Final = 1000  # subjects that are written anew at once


class PostgresVault:
    """vault.shapes.Store in PostgreSQL. As a context manager it closes its connection."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._pid = 0

    def __enter__(self) -> PostgresVault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; it opens again when needed."""
        with self._lock:
            self._drop()

    def mark(self) -> Mark | None:
        """The epoch it is at; None before `begin`."""
        with self._doing("read the vault") as connection:
            row = connection.execute("SELECT number, key_id FROM vault.epoch").fetchone()
        return None if row is None else Mark(*row)

    def begin(self, mark: Mark) -> bool:
        """Start with the first epoch; False when there is one already."""
        with self._doing("begin the vault") as connection:
            done = connection.execute("INSERT INTO vault.epoch (number, key_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", list(mark))
        return done.rowcount == 1

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Within it nobody else begins or ends an epoch: the lock is that of a connection of its own, and ends with it."""
        with translated("take the vault for itself"), connect(self._dsn, application="ledger-vault-alone") as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(%s, 1)", [_LOCK_CLASS]).fetchone()
            if not row or not row[0]:
                raise RefusedError("cannot change the epoch: somebody else is at it", hint="wait until that has ended: ledger vault status")
            yield

    def find(self, epoch: int, controller: str, index: bytes) -> str | None:
        """The subject that has this identity."""
        (found,) = self._read(epoch, _FIND, [controller, index])[0]
        return None if found is None else str(found)

    def key_of(self, epoch: int, controller: str, subject_ref: str) -> Wrapped | None:
        """The data key of a subject."""
        key_id, wrapped = self._read(epoch, _KEY_OF, [controller, subject_ref])[0]
        return None if key_id is None else Wrapped(key_id, wrapped)

    def identities(self, epoch: int, controller: str, subject_ref: str) -> list[StoredIdentity]:
        """All identities of a subject."""
        rows = self._read(epoch, _IDENTITIES, [controller, subject_ref])
        return [StoredIdentity(*row) for row in rows if row[0] is not None]

    def add(self, epoch: int, subject: StoredSubject, identity: StoredIdentity, *, is_new: bool) -> str | None:
        """Add an identity, with its subject when that is new. Answers whose identity it is now; None: the subject is gone."""
        controller, ref, key = subject
        with self._writing("register a subject", epoch) as connection:
            if is_new:
                connection.execute(_ADD_SUBJECT, [controller, ref, key.key_id, key.wrapped])
            elif connection.execute(_HOLD_SUBJECT, [controller, ref]).fetchone() is None:
                return None
            if connection.execute(_ADD_IDENTITY, [controller, identity.lookup, ref, identity.sealed]).rowcount == 1:
                return ref
            if is_new:  # somebody was faster
                connection.execute("DELETE FROM vault.subject WHERE controller = %s AND subject_ref = %s", [controller, ref])
            row = connection.execute("SELECT subject_ref FROM vault.identity WHERE controller = %s AND lookup = %s", [controller, identity.lookup])
            found = row.fetchone()
            return None if found is None else str(found[0])

    def destroy(self, epoch: int, what: Announcement, suppressed: Sequence[bytes]) -> bool:
        """Delete key and identities of a subject, suppress, and note what is to be announced, all or nothing. False: there is none any more."""
        with self._writing("forget a subject", epoch) as connection:
            gone = connection.execute(_DELETE_SUBJECT, [what.controller, what.subject_ref, what.key_id])
            if gone.rowcount == 0:
                return False
            for hashed in suppressed:
                connection.execute(_SUPPRESS, [what.controller, hashed])
            _note(connection, what)
            failpoints.pass_by("forget_before_commit")
        failpoints.pass_by("forget_after_commit")
        return True

    def move(self, old: Mark, new: Mark, rewrap: Rewrap, rewrap_day: RewrapDay, new_id: Callable[[], bytes]) -> int:
        """Write every row anew under the next epoch and note an announcement for each controller, all or nothing. Answers how many subjects."""
        count = 0
        with self._writing("end the epoch", old.number, alone=True) as connection:
            after: tuple[str, str] = ("", "")
            while rows := connection.execute(_PAGE_OF_SUBJECTS, [*after, _PAGE]).fetchall():
                self._write_anew(connection, [StoredSubject(c, ref, Wrapped(key_id, wrapped)) for c, ref, key_id, wrapped in rows], rewrap)
                count += len(rows)
                after = rows[-1][0], rows[-1][1]
            days = [StoredDay(*row) for row in connection.execute(_LIVING_DAYS).fetchall()]
            with connection.cursor() as cursor:
                cursor.executemany(_WRAP_DAY, [(rewrap_day(each), each.controller, each.day) for each in days])
            for (controller,) in connection.execute(_CONTROLLERS).fetchall():
                _note(connection, Announcement(new_id(), "KeyEpochEnded", controller, epoch=old.number))
            connection.execute("UPDATE vault.epoch SET number = %s, key_id = %s", list(new))
            failpoints.pass_by("epoch_before_commit")
        failpoints.pass_by("epoch_after_commit")
        return count

    def _write_anew(self, connection: Connection, subjects: Sequence[StoredSubject], rewrap: Rewrap) -> None:
        last = subjects[-1]
        rows = connection.execute(_PAGE_OF_IDENTITIES, [subjects[0].controller, subjects[0].subject_ref, last.controller, last.subject_ref])
        of: dict[tuple[str, str], list[StoredIdentity]] = {}
        for controller, ref, index, sealed in rows.fetchall():
            of.setdefault((controller, ref), []).append(StoredIdentity(index, sealed))
        keys, moved = [], []
        for subject in subjects:
            before = of.get((subject.controller, subject.subject_ref), [])
            wrapped, after = rewrap(subject, before)
            keys.append((wrapped, subject.controller, subject.subject_ref))
            moved += [(new.lookup, subject.controller, was.lookup) for was, new in zip(before, after, strict=True)]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE vault.subject SET wrapped_key = %s WHERE controller = %s AND subject_ref = %s", keys)
            cursor.executemany("UPDATE vault.identity SET lookup = %s WHERE controller = %s AND lookup = %s", moved)

    def day(self, epoch: int, controller: str, day: date) -> StoredDay | None:
        """The key of a day, living or destroyed."""
        key_id, wrapped, destroyed_at = self._read(epoch, _DAY, [controller, day])[0]
        return None if key_id is None else StoredDay(controller, day, key_id, wrapped, destroyed_at)

    def add_day(self, epoch: int, made: StoredDay) -> StoredDay:
        """Add the key of a day. Answers what is there now: this one, or what somebody else added before."""
        with self._writing("make the key of a day", epoch) as connection:
            connection.execute(_ADD_DAY, [made.controller, made.day, made.key_id, made.wrapped])
            row = connection.execute(_ONE_DAY, [made.controller, made.day]).fetchone()
        assert row is not None  # noqa: S101  rows of days stay
        return StoredDay(made.controller, made.day, *row)

    def living_days(self) -> list[tuple[str, date]]:
        """(controller, day) of all keys of days that are still there, in that order."""
        with self._doing("read the vault") as connection:
            return [(row[0], row[1]) for row in connection.execute(_LIVING_DAYS).fetchall()]

    def destroy_day(self, controller: str, day: date, at: int) -> bool:
        """Delete the key of a day for good, and keep that it was. False: there is none any more. Needs no secret: nothing is read."""
        with self._doing("forget the look-ups of a day") as connection, connection.transaction():
            done = connection.execute(_DESTROY_DAY, [at, controller, day]).rowcount == 1
            failpoints.pass_by("look_ups_before_commit")
        failpoints.pass_by("look_ups_after_commit")
        return done

    def destroyed(self, key_id: str) -> Announcement | None:
        """The destruction of a key."""
        with self._doing("read the vault") as connection:
            row = connection.execute(f"{_ANNOUNCEMENTS} WHERE key_id = %s", [key_id]).fetchone()
        return None if row is None else _announcement(row)

    def unannounced(self) -> list[Announcement]:
        """What the log was not told of yet, in the order of its happening."""
        with self._doing("read the vault") as connection:
            return [_announcement(row) for row in connection.execute(f"{_ANNOUNCEMENTS} WHERE NOT is_announced ORDER BY ordinal").fetchall()]

    def note_announced(self, event_id: bytes) -> None:
        """It is on the log."""
        with self._doing("note what the log was told") as connection:
            connection.execute("UPDATE vault.announcement SET is_announced = true WHERE event_id = %s", [UUID(bytes=event_id)])

    def suppress(self, controller: str, hashed: bytes) -> bool:
        """Put somebody on a suppression list; False: was on it."""
        with self._doing("write the suppression list") as connection:
            return connection.execute(_SUPPRESS, [controller, hashed]).rowcount == 1

    def unsuppress(self, controller: str, hashed: bytes) -> bool:
        """Take somebody off it; False: was not on it."""
        with self._doing("write the suppression list") as connection:
            return connection.execute("DELETE FROM vault.suppression WHERE controller = %s AND hash = %s", [controller, hashed]).rowcount == 1

    def suppressed(self, controller: str, hashed: Sequence[bytes]) -> set[bytes]:
        """Those of them that are on it."""
        with self._doing("read the suppression list") as connection:
            rows = connection.execute("SELECT hash FROM vault.suppression WHERE controller = %s AND hash = ANY(%s)", [controller, list(hashed)])
            return {bytes(row[0]) for row in rows.fetchall()}

    def counts(self) -> Counts:
        """How much there is."""
        with self._doing("read the vault") as connection:
            row = connection.execute(_COUNTS).fetchone()
        assert row is not None  # noqa: S101  an aggregate has one row
        return Counts(*row)

    # -- the connection

    def _read(self, epoch: int, query: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        """Rows behind the epoch of the same moment; at least one, of NULLs when nothing is found."""
        with self._doing("read the vault") as connection:
            rows = connection.execute(query, parameters).fetchall()
        if not rows or rows[0][0] != epoch:
            raise EpochMovedError(rows[0][0] if rows else None)
        return [row[1:] for row in rows]

    @contextmanager
    def _writing(self, doing: str, epoch: int, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction in which the epoch stays what it is."""
        with self._doing(doing) as connection, connection.transaction():
            row = connection.execute(_EPOCH_ALONE if alone else _EPOCH_SHARED).fetchone()
            if row is None or row[0] != epoch:
                raise EpochMovedError(row[0] if row else None)
            yield connection

    @contextmanager
    def _doing(self, doing: str) -> Iterator[Connection]:
        with self._lock, translated(doing):
            try:
                yield self._open()
            except LedgerError:
                raise  # an answer, not a fault of the connection
            except BaseException:
                self._drop()
                raise

    def _open(self) -> Connection:
        if self._connection is not None and self._pid != os.getpid():
            self._connection = None  # the parent's: not ours to close
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._dsn, application="ledger-vault")
            self._pid = os.getpid()
            self._connection.execute(f"SET statement_timeout = '{_STATEMENT_SECONDS_MAX}s'")  # who emits has a deadline
            take_role(self._connection, _ROLE)
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None and self._pid == os.getpid():
            self._connection.close()
        self._connection = None


def _note(connection: Connection, what: Announcement) -> None:
    connection.execute(
        "INSERT INTO vault.announcement (event_id, type, controller, subject_ref, key_id, occurred_at, epoch) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [UUID(bytes=what.event_id), what.type, what.controller, what.subject_ref, what.key_id, what.occurred_at, what.epoch],
    )


def _announcement(row: tuple[Any, ...]) -> Announcement:
    return Announcement(row[0].bytes, *row[1:])


_EPOCH_SHARED = "SELECT number FROM vault.epoch FOR SHARE"
_EPOCH_ALONE = "SELECT number FROM vault.epoch FOR UPDATE"
_ANNOUNCEMENTS = "SELECT event_id, type, controller, subject_ref, key_id, occurred_at, epoch FROM vault.announcement"
_FIND = "SELECT e.number, i.subject_ref FROM vault.epoch e LEFT JOIN vault.identity i ON i.controller = %s AND i.lookup = %s"
_KEY_OF = "SELECT e.number, s.key_id, s.wrapped_key FROM vault.epoch e LEFT JOIN vault.subject s ON s.controller = %s AND s.subject_ref = %s"
_IDENTITIES = """
SELECT e.number, i.lookup, i.sealed FROM vault.epoch e LEFT JOIN vault.identity i ON i.controller = %s AND i.subject_ref = %s ORDER BY i.lookup
"""
_ADD_SUBJECT = "INSERT INTO vault.subject (controller, subject_ref, key_id, wrapped_key) VALUES (%s, %s, %s, %s)"
_HOLD_SUBJECT = "SELECT 1 FROM vault.subject WHERE controller = %s AND subject_ref = %s FOR SHARE"
_ADD_IDENTITY = "INSERT INTO vault.identity (controller, lookup, subject_ref, sealed) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
_DELETE_SUBJECT = "DELETE FROM vault.subject WHERE controller = %s AND subject_ref = %s AND key_id = %s"
_SUPPRESS = "INSERT INTO vault.suppression (controller, hash) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_PAGE_OF_SUBJECTS = """
SELECT controller, subject_ref, key_id, wrapped_key FROM vault.subject
 WHERE (controller, subject_ref) > (%s, %s) ORDER BY controller, subject_ref LIMIT %s
"""
_PAGE_OF_IDENTITIES = """
SELECT controller, subject_ref, lookup, sealed FROM vault.identity WHERE (controller, subject_ref) BETWEEN (%s, %s) AND (%s, %s)
"""
_LIVING_DAYS = "SELECT controller, day, key_id, wrapped_key FROM vault.look_up_day WHERE wrapped_key IS NOT NULL ORDER BY controller, day"
_DAY = """
SELECT e.number, d.key_id, d.wrapped_key, d.destroyed_at FROM vault.epoch e LEFT JOIN vault.look_up_day d ON d.controller = %s AND d.day = %s
"""
_ONE_DAY = "SELECT key_id, wrapped_key, destroyed_at FROM vault.look_up_day WHERE controller = %s AND day = %s"
_ADD_DAY = "INSERT INTO vault.look_up_day (controller, day, key_id, wrapped_key) VALUES (%s, %s, %s, %s) ON CONFLICT (controller, day) DO NOTHING"
# One that is destroyed meanwhile stays so: who destroys needs no epoch, and does not wait for its end.
_WRAP_DAY = "UPDATE vault.look_up_day SET wrapped_key = %s WHERE controller = %s AND day = %s AND wrapped_key IS NOT NULL"
_DESTROY_DAY = """
UPDATE vault.look_up_day SET wrapped_key = NULL, destroyed_at = %s WHERE controller = %s AND day = %s AND wrapped_key IS NOT NULL
"""
_CONTROLLERS = """
SELECT controller FROM vault.subject UNION SELECT controller FROM vault.announcement WHERE type = 'KeyDestroyed'
 UNION SELECT controller FROM vault.look_up_day ORDER BY 1
"""
_COUNTS = """
SELECT (SELECT count(*) FROM vault.subject), (SELECT count(*) FROM vault.identity),
       (SELECT count(*) FROM vault.announcement WHERE type = 'KeyDestroyed'), (SELECT count(*) FROM vault.suppression),
       (SELECT count(*) FROM vault.announcement WHERE NOT is_announced), (SELECT count(*) FROM vault.look_up_day WHERE wrapped_key IS NOT NULL)
"""
