"""What PostgreSQL holds of people against their facts, folded once more: some thousand people at a time, each slice at one moment.

Must never write, and never take a register event that is being folded into many for a difference: then the slice is for later. That the facts are
those of the log is for `facts` to say; both together are what `ledger audit replay` says of everybody at once. Source: docs/reliability.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from ledger.adapters.postgres_histories import FACT_PLACE, PostgresHistories
from ledger.adapters.postgres_tables import HOLDING, OBLIGATION, SUBJECT, SUBJECT_ENTRY, VIOLATION, Table
from ledger.core.delta import NOBODY, Row
from ledger.reconciling.facts import Mismatch
from ledger.replaying.late_rows import LateRows, NothingStored
from ledger.replaying.replay import BATCH_RECORDS_MAX, replay
from ledger.replaying.stored_log import Moment, StoredLog, StoredReading
from ledger.topics import FACTS

OTHER_STATE: Final = "other_state"
EVERYBODY: Final = b"\xff" * 16
"""A subject id behind all others."""


class Found(NamedTuple):
    """What a slice gave. last: compared up to this id; EVERYBODY: there is no more. people: how many."""

    last: bytes
    people: int
    mismatches: list[Mismatch]


class _FactsSoFar(NothingStored):
    """The facts that are folded already, by subject: what a rule that changes looks back at."""

    def __init__(self) -> None:
        self.told: dict[bytes, list[tuple[int, bytes]]] = {}

    def history(self, partition: int, subject_id: bytes) -> Iterable[tuple[int, bytes]]:
        return self.told.get(subject_id, ())


def compare_people(store: PostgresHistories, partition: int, after: bytes, limit: int, *, partitions: int, simulated: bool) -> Found | None:
    """Compare the next people of a partition, behind an id. limit: how many at most. None: a register event is being folded into many.

    Raises:
        DependencyError: PostgreSQL does not answer.
    """
    with store.snapshot():
        end, time, pending = next(((end, time, pending) for number, end, time, pending in store.progress() if number == partition), (0, 0, None))
        if pending is not None:
            return None
        subject_ids = store.subjects_behind(partition, after, limit)
        last = subject_ids[-1] if len(subject_ids) == limit else EVERYBODY
        told = _FactsSoFar()
        fold = LateRows(partition, told, partitions=partitions, simulated=simulated, reading=StoredReading(Moment(), simulated=simulated))
        violations, places_told = list[Row](), list[Row]()
        for delta in replay(StoredLog(store, subject_ids), fold, end, batch_records_max=BATCH_RECORDS_MAX):
            for row in delta.facts:
                if row[2] is not None:
                    told.told.setdefault(row[2], []).append((row[1], row[6]))
                    places_told.append(row[:5])
            violations += delta.violations
            fold.note_committed(delta.number)
        folded = {
            HOLDING: fold.holding_rows(), SUBJECT: fold.subject_rows(), SUBJECT_ENTRY: fold.entry_rows(), OBLIGATION: fold.obligation_rows(),
            VIOLATION: violations, FACT_PLACE: places_told,
        }  # fmt: skip
        differing = differing_people(folded, store.all_of(subject_ids), lambda subject_id: after < subject_id <= last)
    is_time_right = fold.time_reached == time or last < EVERYBODY  # once a partition
    fold.forget()
    places = ([] if is_time_right else [end]) + sorted(told.told[each][-1][0] if each in told.told else end for each in differing)
    return Found(last, len(subject_ids), [Mismatch(OTHER_STATE, FACTS, partition, place) for place in places])


def differing_people(
    folded: Mapping[Table, Iterable[Row]], stored: Mapping[Table, Iterable[Row]], is_meant: Callable[[bytes], bool]
) -> set[bytes]:  # fmt: skip
    """Ids of those of whom the rows of any table are not the same on both sides. is_meant: of whom to say so; of others one side may have nothing.

    folded: has NOBODY where a row names a tick; any id will do there.
    """
    found: set[bytes] = set()
    for table, rows in folded.items():
        of, key = table.columns.index("subject_id"), [table.columns.index(name) for name in table.key]
        counts = Counter(rows)
        counts.subtract(stored[table])
        left: dict[Row, list[Row]] = {}
        for row in counts.elements():  # those that are folded and not stored
            left.setdefault(tuple(row[at] for at in key), []).append(row)
        for row, count in counts.items():
            if count < 0 and not _is_met(row, left.get(tuple(row[at] for at in key), [])):
                found.add(row[of])
        found.update(row[of] for rows_of_key in left.values() for row in rows_of_key)
    return {each for each in found if is_meant(each)}


def _is_met(stored: Row, folded: list[Row]) -> bool:
    """Whether one of these says the same but for the ids of ticks; then it is taken off."""
    for row in folded:
        if all(map(_is_alike, row, stored)):
            folded.remove(row)
            return True
    return False


def _is_alike(folded: Any, stored: Any) -> bool:
    if folded == stored or (folded == NOBODY and isinstance(stored, bytes)):
        return True
    if isinstance(folded, str) and isinstance(stored, str) and NOBODY.hex() in folded:
        return re.fullmatch(re.escape(folded).replace(NOBODY.hex(), "[0-9a-f]{32}"), stored) is not None
    if isinstance(folded, tuple) and isinstance(stored, tuple):
        return len(folded) == len(stored) and all(map(_is_alike, folded, stored))
    return False
