"""A tick over plain subjects, as the host does it: their rows become obligations and outcomes, and none of them comes into the cache.

What is not committed yet no store knows, so it is kept here until it is: whoever loads such a subject meanwhile must ask for it.
Must never fold a subject that is in memory, or whose changes are not committed. Source: docs/decisions/0023; ledger/core/plain.py.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from ledger.contract import codec
from ledger.core import rows
from ledger.core.delta import Delta, Row
from ledger.core.ids import message_key
from ledger.core.plain import VARYING, Call, DueHolding, Kind, PlainTick
from ledger.pending import PendingEvent
from ledger.ports import Found, SubjectStore

# Places in a row of table obligation.
_SUBJECT_ID, _CONTROLLER, _SUBJECT_REF, _REF, _DUE_AT, _OVERDUE_AT, _RESTS_ON = 1, 3, 4, 9, 12, 13, 18

Encode = Callable[[Mapping[str, Any]], bytes]


class PlainCalls:
    """Of one partition. in_memory: the message keys of the subjects in the cache."""

    def __init__(self, store: SubjectStore, partition: int, in_memory: Container[bytes]) -> None:
        self._store, self._partition, self._in_memory = store, partition, in_memory
        self._uncommitted: dict[bytes, tuple[int, list[Row]]] = {}  # subject_id -> (number of the delta, its obligations)

    def take_out(self, found: list[Found], tick: PendingEvent, delta: Delta) -> list[Found]:
        """Fold a tick into those of these subjects that are plain, and give the others.

        A plain subject with a date that has come has not met the tick yet, whatever facts came meanwhile: it would have an obligation.
        """
        maybe = [each[0] for each in found if message_key(each[1], each[2]) not in self._in_memory and each[0] not in self._uncommitted]
        if not maybe:
            return found
        fold, making, done = PlainTick(tick.step), _Making(self._partition, tick.step.offset), set[bytes]()
        due = self._store.plain(maybe, tick.selection.due_since, tick.selection.due_until or 0)
        for subject_id, group in groupby(due, key=attrgetter("subject_id")):
            holdings = list(group)
            calls = [fold.call_for(each) for each in holdings]
            if all(calls):
                made = [making.rows(holding, call) for holding, call in zip(holdings, calls, strict=True) if call]
                if len(made) > 1:
                    made.sort(key=lambda row: row[1])
                new = [obligation for obligation, _, _ in made]
                delta.new_obligations += new
                key = message_key(holdings[0].controller, holdings[0].subject_ref)
                delta.outcomes += [making.outcome(ordinal, event_id, key, value, subject_id) for ordinal, (_, event_id, value) in enumerate(made)]
                self._uncommitted[subject_id] = (delta.number, new)
                done.add(subject_id)
        return [each for each in found if each[0] not in done]

    def of(self, subject_id: bytes) -> list[Row]:
        """Obligations of a subject that are not committed, or were a moment ago."""
        known = self._uncommitted.get(subject_id)
        return known[1] if known else []

    def overdue(self, until: int) -> list[Found]:
        """Subjects whose obligations are not committed and overdue by then."""
        late = [row for _, made in self._uncommitted.values() for row in made if row[_OVERDUE_AT] <= until]
        return [(row[_SUBJECT_ID], row[_CONTROLLER], row[_SUBJECT_REF]) for row in late]

    def note_committed(self, number: int) -> None:
        """Forget what the deltas up to this number have brought."""
        if self._uncommitted:
            self._uncommitted = {subject_id: each for subject_id, each in self._uncommitted.items() if each[0] > number}


class _Making:
    """Rows of the calls of one tick; what is the same for a kind is made once."""

    def __init__(self, partition: int, offset: int) -> None:
        self._partition, self._offset = partition, offset
        self._kinds: dict[int, tuple[Kind, Row, Encode]] = {}  # by identity, which holds as long as the kind is kept here

    def rows(self, due: DueHolding, call: Call) -> tuple[Row, bytes, bytes]:
        """(row of its obligation, event id and value of its outcome)."""
        kind = call.kind
        known = self._kinds.get(id(kind))
        if known is None:
            row = rows.obligation_row(due, self._partition, kind.obligation)
            known = self._kinds[id(kind)] = kind, row, codec.template(kind.outcome.type, VARYING, kind.outcome.fields)
        _, like, encode = known
        _, obligation_id, event_id, salt, rests_on = call
        row = (
            obligation_id, due.subject_id, *like[2:_SUBJECT_REF], due.subject_ref, *like[_SUBJECT_REF + 1 : _REF], due.ref,
            *like[_REF + 1 : _DUE_AT], due.due_at, *like[_DUE_AT + 1 : _RESTS_ON], rests_on, *like[_RESTS_ON + 1 :],
        )  # fmt: skip
        varying = {
            "due_at": due.due_at, "event_id": event_id, "obligation_id": obligation_id, "ref": due.ref, "rests_on": rests_on, "salt": salt,
            "subject_ref": due.subject_ref,
        }  # fmt: skip
        return row, event_id, encode(varying)

    def outcome(self, ordinal: int, event_id: bytes, key: bytes, value: bytes, subject_id: bytes) -> Row:
        """Row of an outcome."""
        return (self._partition, self._offset, ordinal, "obligations", event_id, key, value, subject_id)
