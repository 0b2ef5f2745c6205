"""A tick over plain subjects, as the host does it: their rows become obligations and outcomes, and none of them comes into the cache.

What is not committed yet no store knows, so it is kept here until it is: whoever loads such a subject meanwhile must ask for it.
Must never fold a subject that is in memory, or whose changes are not committed. Source: docs/decisions/0023; ledger/core/plain.py.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import groupby
from operator import itemgetter

from ledger.contract import codec
from ledger.core import rows
from ledger.core.delta import Delta, Row
from ledger.core.ids import message_key
from ledger.core.obligations import OBLIGATIONS
from ledger.core.plain import VARYING, Call, DueHolding, Kind, PlainTick
from ledger.folding.pending import PendingEvent
from ledger.folding.ports import Found, SubjectStore

# Places in a row of table obligation.
_SUBJECT_ID, _CONTROLLER, _SUBJECT_REF, _OVERDUE_AT = 1, 3, 4, 13

class PlainCalls:
    """Of one partition. in_memory: the message keys of the subjects in the cache."""

    def __init__(self, store: SubjectStore, partition: int, in_memory: Container[bytes]) -> None:
        self._store, self._partition, self._in_memory = store, partition, in_memory
        self._uncommitted: dict[bytes, tuple[int, list[Row]]] = {}  # subject_id -> (number of the delta, its obligations)

    def take_out(self, found: list[Found], tick: PendingEvent, delta: Delta) -> list[Found]:
        """Fold a tick into those of these subjects that are plain, and give the others. Nothing may be folded into the delta after them.

        A plain subject with a date that has come has not met the tick yet, whatever facts came meanwhile: it would have an obligation.
        """
        in_memory, uncommitted = self._in_memory, self._uncommitted
        keys = {subject_id: message_key(controller, ref) for subject_id, controller, ref in found}
        maybe = [subject_id for subject_id, key in keys.items() if key not in in_memory and subject_id not in uncommitted]
        if not maybe:
            return found
        fold, making = PlainTick(tick.step), _Making(self._partition, tick.step.offset)
        due = self._store.plain(maybe, tick.selection.due_since, tick.selection.due_until or 0)
        for subject_id, holdings in groupby(due, key=itemgetter(0)):
            made = making.rows(holdings, fold, keys[subject_id])
            if made is not None:
                obligations, outcomes = made
                delta.new_obligations += obligations
                delta.outcomes += outcomes
                uncommitted[subject_id] = (delta.number, obligations)
        return [each for each in found if each[0] not in uncommitted or uncommitted[each[0]][0] != delta.number]

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
        self._kinds: dict[int, _Like] = {}  # by identity, which holds as long as the kind is kept here

    def rows(self, holdings: Iterable[DueHolding], fold: PlainTick, key: bytes) -> tuple[list[Row], list[Row]] | None:
        """(obligations, outcomes) of one subject; None: it must be folded by itself."""
        made = []
        for due in holdings:
            call = fold.call_for(due)
            if call is None:
                return None
            like = self._kinds.get(id(call.kind)) or self._like(due, call.kind)
            made.append((call.event_id, like.obligation(due, call), like.value(due, call), due.subject_id))
        if len(made) > 1:
            made.sort()
        partition, offset = self._partition, self._offset
        return [obligation for _, obligation, _, _ in made], [
            (partition, offset, ordinal, OBLIGATIONS, event_id, key, value, subject_id)
            for ordinal, (event_id, _, value, subject_id) in enumerate(made)
        ]

    def _like(self, due: DueHolding, kind: Kind) -> _Like:
        found = self._kinds[id(kind)] = _Like(kind, rows.obligation_row(due, self._partition, kind.obligation))
        return found


class _Like:
    """Makes the row and the value of one holding of a kind from those of the first. row: of its obligation."""

    def __init__(self, kind: Kind, row: Row) -> None:
        self._kind = kind
        self._runs = row[2:4], row[5:9], row[10:12], row[13:18], row[19:]
        self._encode = codec.template(kind.outcome.type, VARYING, kind.outcome.fields)

    def obligation(self, due: DueHolding, call: Call) -> Row:
        whose, what, from_whom, how, how_it_ended = self._runs
        return (
            call.obligation_id, due.subject_id, *whose, due.subject_ref, *what, due.ref, *from_whom, due.due_at, *how, call.rests_on, *how_it_ended,
        )  # fmt: skip

    def value(self, due: DueHolding, call: Call) -> bytes:
        return self._encode({
            "due_at": due.due_at, "event_id": call.event_id, "obligation_id": call.obligation_id, "ref": due.ref, "rests_on": call.rests_on,
            "salt": call.salt, "subject_ref": due.subject_ref,
        })  # fmt: skip
