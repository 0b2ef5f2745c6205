"""The projections in memory: the same contract as PostgreSQL, for tests and for folding without a database.

Rows are kept as they are handed in. The contract suite (tests/contract/test_subject_store.py) holds it equal to the real one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable

from ledger.adapters.postgres_tables import HOLDING
from ledger.core.delta import Delta, Row, ShareKey
from ledger.core.plain import DueHolding
from ledger.errors import FencedError, OperatorError
from ledger.folding.ports import Found, Holders, Progress, SubjectRows

# Places in the row tuples; docs/architecture.md section 5.
_HOLDING_DUE_AT, _HOLDING_HELD_BACK = 28, 32
_OBLIGATION_OVERDUE_AT, _OBLIGATION_STATE = 13, 15

DUE_HOLDING_PLACES = tuple(HOLDING.columns.index(name) for name in DueHolding._fields)

Place = tuple[bytes, int]
"""(subject_id, ordinal): where an outcome stands among those of one record."""


class MemoryStore:
    """SubjectStore and ProjectionWriter in dicts. One thread."""

    def __init__(self) -> None:
        self.holdings: dict[bytes, dict[bytes, Row]] = {}
        self.subjects: dict[bytes, Row] = {}
        self.entries: dict[bytes, dict[bytes, Row]] = {}
        self.obligations: dict[bytes, dict[bytes, Row]] = {}
        self.facts: dict[tuple[int, int], Row] = {}
        self.ticks: dict[tuple[int, int], Row] = {}
        self.violations: dict[tuple[int, int, Place], Row] = {}
        self.outcomes: dict[tuple[int, int, Place], Row] = {}
        self.dead_letters: dict[tuple[str, int, int], Row] = {}
        self.shares: dict[int, Counter[ShareKey]] = {}
        self._progress: dict[tuple[str, int], Progress] = {}
        self._positions: dict[tuple[int, bytes], int] = {}

    def load(self, subject_ids: Collection[bytes]) -> dict[bytes, SubjectRows]:
        """Rows of these subjects; a subject without any row is absent from the answer. Holdings by holding_id."""
        found = {}
        for subject_id in subject_ids:
            holdings = self.holdings.get(subject_id, {})
            obligations = self.obligations.get(subject_id, {})
            rows = SubjectRows(
                self.subjects.get(subject_id),
                [holdings[key] for key in sorted(holdings)],
                [obligations[key] for key in sorted(obligations) if obligations[key][_OBLIGATION_STATE] in _UNSETTLED],
                list(self.entries.get(subject_id, {}).values()),
            )
            if rows.subject or rows.holdings or rows.obligations or rows.entries:
                found[subject_id] = rows
        return found

    def due(self, partition: int, since: int, until: int, after: bytes, limit: int) -> list[Found]:
        """Subjects with something due or overdue, or a hold that ends, at `until`; see ports.SubjectStore."""
        found: set[Found] = set()
        for row in self._all_holdings():
            due_at = row[_HOLDING_DUE_AT]
            if row[2] == partition and due_at is not None and (row[_HOLDING_HELD_BACK] or due_at > since) and due_at <= until:
                found.add((row[0], row[3], row[4]))
        for row in self._all_obligations():
            if row[2] == partition and row[_OBLIGATION_STATE] == "OPEN" and row[_OBLIGATION_OVERDUE_AT] <= until:
                found.add((row[1], row[3], row[4]))
        for row in self.subjects.values():
            wakes_at = json.loads(row[4]).get("wakes") if row[1] == partition else None
            if wakes_at is not None and wakes_at <= until:
                found.add((row[0], row[2], row[3]))
        return _page(found, after, limit)

    def plain(self, subject_ids: Collection[bytes], since: int, until: int) -> list[DueHolding]:
        """Holdings of plain subjects that are due; see ports.SubjectStore."""
        found = []
        for _, stored in sorted(self.load(subject_ids).items()):
            if stored.subject is None and not stored.obligations and not stored.entries:
                due = [row for row in stored.holdings if row[_HOLDING_DUE_AT] is not None and since < row[_HOLDING_DUE_AT] <= until]
                found += [DueHolding(*[row[place] for place in DUE_HOLDING_PLACES]) for row in due]
        return found

    def of_controller(self, partition: int, controller: str, after: bytes, limit: int) -> list[Found]:
        """All subjects of this controller with a row in this partition; see ports.SubjectStore."""
        keyed = [(row[2], (row[0], row[3], row[4])) for row in self._all_holdings()]
        keyed += [(row[2], (row[1], row[3], row[4])) for row in self._all_obligations()]
        keyed += [(row[1], (row[0], row[2], row[3])) for row in self.subjects.values()]
        return _page({found for at, found in keyed if at == partition and found[1] == controller}, after, limit)

    def latest_facts(self, subject_ids: Collection[bytes], after: int) -> dict[bytes, int]:
        """subject_id -> offset of the latest stored fact, for those that have one above offset `after`."""
        wanted = set(subject_ids)
        return {row[2]: row[1] for _, row in sorted(self.facts.items()) if row[2] in wanted and row[1] > after}

    def held_by(self, partition: int, controller: str, holders: Holders, after: bytes, limit: int) -> list[Found]:
        """Subjects of this controller of whom one of these has something, or had; see ports.SubjectStore."""
        found = set()
        for row in self._all_holdings():
            if row[2] == partition and row[3] == controller and any(row[5] == who and store in (None, row[6]) for who, store in holders):
                found.add((row[0], row[3], row[4]))
        return _page(found, after, limit)

    def known_events(self, partition: int, event_ids: Collection[bytes]) -> dict[bytes, bytes]:
        """event_id -> stored value, for those ids that are already in `fact` for this partition."""
        positions = ((event_id, self._positions.get((partition, event_id))) for event_id in event_ids)
        return {event_id: self.facts[partition, at][6] for event_id, at in positions if at is not None}

    def newest_event_id(self, partition: int) -> bytes | None:
        """The greatest event_id stored for this partition, or None."""
        return max((event_id for at, event_id in self._positions if at == partition), default=None)

    def history(self, partition: int, subject_id: bytes) -> Iterable[tuple[int, bytes]]:
        """(log_offset, value) of every stored fact of the subject, in offset order."""
        return [(row[1], row[6]) for _, row in sorted(self.facts.items()) if row[0] == partition and row[2] == subject_id]

    def register_copies(self, partition: int) -> Iterable[tuple[int, bytes]]:
        """(log_offset, value) of every stored register copy of the partition, in offset order; no ticks."""
        return [(row[1], row[6]) for _, row in sorted(self.facts.items()) if row[0] == partition and row[2] is None]

    def progress(self, topic: str, partition: int) -> Progress:
        """How far this partition is folded; all zeros when it was never seen."""
        return self._progress.get((topic, partition), Progress(0, 0, 0, 0))

    def write(self, delta: Delta) -> None:
        """Write one delta, all or nothing; see ports.ProjectionWriter."""
        expected = self.progress(delta.topic, delta.partition)
        if (delta.first_offset, delta.was_pending.place) != (expected.next_offset, expected.pending.place):
            raise FencedError(delta.topic, delta.partition, expected.next_offset, delta.first_offset)
        self._require_stored(delta)
        for row in (*delta.new_holdings, *delta.changed_holdings):
            self.holdings.setdefault(row[0], {})[row[1]] = row
        for row in (*delta.new_subjects, *delta.changed_subjects):
            self.subjects[row[0]] = row
        for row in (*delta.new_entries, *delta.changed_entries):
            self.entries.setdefault(row[0], {})[row[1]] = row
        for row in (*delta.new_obligations, *delta.changed_obligations):
            self.obligations.setdefault(row[1], {})[row[0]] = row
        for row in delta.facts:
            self.facts[row[0], row[1]] = row
            self._positions[row[0], row[3]] = row[1]
        self.ticks.update(((row[0], row[1]), row) for row in delta.ticks)
        self.violations.update(((row[0], row[1], (row[4], row[2])), row) for row in delta.violations)
        self.outcomes.update(((row[0], row[1], (row[7], row[2])), row) for row in delta.outcomes)
        self.dead_letters.update((row[:3], row) for row in delta.dead_letters)
        self.shares.setdefault(delta.partition, Counter()).update(delta.shares)
        self._progress[delta.topic, delta.partition] = Progress(
            delta.next_offset, delta.register_next, delta.time_reached, delta.duplicates, delta.pending
        )

    def _require_stored(self, delta: Delta) -> None:
        for table, missing in (
            ("holding", [r for r in delta.changed_holdings if r[1] not in self.holdings.get(r[0], {})]),
            ("subject", [r for r in delta.changed_subjects if r[0] not in self.subjects]),
            ("subject_entry", [r for r in delta.changed_entries if r[1] not in self.entries.get(r[0], {})]),
            ("obligation", [r for r in delta.changed_obligations if r[0] not in self.obligations.get(r[1], {})]),
        ):
            if missing:
                raise OperatorError(f"cannot change rows of {table}: {len(missing)} are not stored")

    def _all_holdings(self) -> list[Row]:
        return [row for rows in self.holdings.values() for row in rows.values()]

    def _all_obligations(self) -> list[Row]:
        return [row for rows in self.obligations.values() for row in rows.values()]


_UNSETTLED = ("OPEN", "OVERDUE")


def _page(found: Iterable[Found], after: bytes, limit: int) -> list[Found]:
    return sorted(each for each in found if each[0] > after)[:limit]
