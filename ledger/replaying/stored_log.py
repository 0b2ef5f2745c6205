"""The log as it was folded and stored, read again as of a moment: facts, copies of the register and ticks, from PostgreSQL.

What happened later is left out, and so are ticks that reached a later time; repeats and dead letters were told apart when it was folded. Kafka is not
asked. Whether the stored log is the log is what `ledger audit replay` tells. Source: docs/answers.md section 2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import Final, NamedTuple

from ledger.adapters.postgres_histories import PostgresHistories
from ledger.contract import codec
from ledger.core.as_of import is_so
from ledger.core.ids import message_key
from ledger.folding.ports import Stored
from ledger.folding.reading import Entry, Refused

_NOBODY: Final = bytes(16)
"""In place of the id and salt of a tick, which are not stored: only outcomes have them, and outcomes are not derived here to be published."""


class Moment(NamedTuple):
    """What counts. on: microseconds since 1970, None: all that happened. subject_id: facts of this subject alone, None: of all."""

    on: int | None = None
    subject_id: bytes | None = None


class StoredLog:
    """replay.Stretches on stored projections, within a snapshot of the store: rows in place of records. subject_ids: of these alone, None: of all."""

    def __init__(self, store: PostgresHistories, subject_ids: Collection[bytes] | None) -> None:
        self._store, self._subject_ids = store, subject_ids

    def read(self, topic: str, partition: int, first: int, end: int, *, batch_records_max: int) -> Iterator[list[Stored]]:
        """What is stored of first <= offset < end, in offset order; a record that was a repeat or put aside is not there."""
        rows = self._store.stored_log(partition, end, self._subject_ids)
        while some := list(islice(rows, batch_records_max)):
            yield some


@contextmanager
def stored_log(dsn: str, moment: Moment) -> Iterator[StoredLog]:
    """The live projections at one moment, as a log. Raises: DependencyError, PostgreSQL does not answer."""
    only = moment.subject_id
    with closing(PostgresHistories(dsn)) as store, store.snapshot():
        yield StoredLog(store, None if only is None else (only,))


class StoredReading:
    """reading.Reads of what is stored: each row is an entry, or was not so at the moment."""

    def __init__(self, moment: Moment, *, simulated: bool) -> None:
        self.next_offset = self.register_next = self.duplicates = 0
        self._on, self._mode = moment.on, "SIMULATED" if simulated else "REAL"

    def read(self, records: Sequence[Stored]) -> tuple[list[Entry], list[Refused]]:
        """Decode, and leave out what was not so."""
        entries: list[Entry] = []
        for offset, recorded, value, register_offset, time in records:
            if value is None:
                if self._on is None or time <= self._on:
                    tick = {"time": time, "mode": self._mode, "controller": "", "event_id": _NOBODY, "salt": _NOBODY}
                    entries.append((offset, recorded, "TimeReached", None, tick, b"", register_offset))
                continue
            type_name, fields = codec.decode(value)
            if is_so(type_name, fields, self._on):
                key = message_key(fields["controller"], fields["subject_ref"]) if "subject_ref" in fields else None
                entries.append((offset, recorded, type_name, key, fields, value, -1))
        if records:
            self.next_offset = records[-1][0] + 1
        return entries, []

    def forget(self, uncommitted: int) -> None:
        """Nothing is remembered."""

    def clear(self) -> None:
        """Nothing is remembered."""
