"""store.AnswerStore over the projections in memory: what answers are made of, without PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ledger.answers.cursors import Place, line_id
from ledger.answers.store import Ahead, OneSubject
from ledger.core.delta import Row
from ledger.folding.ports import SubjectRows
from tests.memory_asked import MemoryAsked
from tests.memory_behind import MemoryBehind
from tests.memory_projection import MemoryProjection
from tests.memory_reports import MemoryReports
from tests.memory_tallies import MemoryTallies

Line = TypeVar("Line")


class MemoryAnswers(MemoryReports, MemoryTallies, MemoryBehind, MemoryAsked):
    """Reads a MemoryProjection; a simulated ledger with one partition unless told otherwise."""

    def __init__(self, store: MemoryProjection, *, mode: str = "simulated", partitions: int = 1) -> None:
        self._store, self._identity = store, (mode, partitions)

    @contextmanager
    def snapshot(self, ahead: Ahead | None = None) -> Iterator[None]:
        yield

    def identity(self) -> tuple[str, int] | None:
        return self._identity

    def progress(self) -> list[tuple[int, int, int, int | None]]:
        found = [(p, self._store.progress("facts", p)) for p in range(self._identity[1])]
        return [(p, each.next_offset, each.time_reached, (each.pending.place or (None,))[0]) for p, each in found if each.next_offset]

    def holdings(self, subject_id: bytes) -> list[Row]:
        return [row for row in self._store.holding_rows() if row[0] == subject_id]

    def state(self, subject_id: bytes) -> Row | None:
        return self._store.subjects.get(subject_id)

    def entries(self, subject_id: bytes) -> list[Row]:
        return list(self._store.entries.get(subject_id, {}).values())

    def obligations(self, subject_id: bytes) -> list[Row]:
        return [row for row in self._store.obligation_rows() if row[1] == subject_id]

    def violations(self, subject_id: bytes) -> list[Row]:
        return [row for _, row in sorted(self._store.violations.items()) if row[4] == subject_id]

    def one_subject(self, subject_id: bytes) -> OneSubject:
        kept = (self.holdings(subject_id), self.state(subject_id), self.obligations(subject_id))
        return (*kept, self.entries(subject_id), self.violations(subject_id))

    def offsets(self, partition: int, event_ids: Collection[bytes]) -> dict[bytes, int]:
        return {row[3]: row[1] for row in self._store.facts.values() if row[0] == partition and row[3] in event_ids}

    def history(self, partition: int, subject_id: bytes, before: int) -> list[tuple[int, bytes]]:
        return [(offset, value) for offset, value in self._store.history(partition, subject_id) if offset < before]

    def newest_register_copy(self, partition: int) -> int:
        return max((offset for offset, _ in self._store.register_copies(partition)), default=-1)

    def register_copies(self, partition: int, after: int, before: int) -> list[tuple[int, bytes]]:
        return [(offset, value) for offset, value in self._store.register_copies(partition) if after < offset < before]

    def time_before(self, partition: int, offset: int) -> int:
        return max((row[3] for row in self._store.ticks.values() if row[0] == partition and row[1] < offset), default=0)

    def recorded_from(self, partition: int, offset: int) -> tuple[int, int] | None:
        found = [(row[1], row[5]) for row in self._store.facts.values() if row[0] == partition and row[1] >= offset]
        found += [(row[1], row[4]) for row in self._store.ticks.values() if row[0] == partition and row[1] >= offset]
        return min(found, default=None)

    def first_tick_at(self, partition: int, time: int, after: int, before: int) -> tuple[int, int] | None:
        found = [(row[1], row[3]) for row in self._store.ticks.values() if row[0] == partition and after < row[1] < before and row[3] >= time]
        return min(found, default=None)

    def holders(self, controller: str | None) -> list[Row]:
        return [
            (row[5], row[21], row[24], row[10], 1, row[12][0], None if self._store.is_called_for(row) else row[28], row[2], row[19], row[19])
            for row in self._store.holding_rows()
            if row[10] and controller in (None, row[3])
        ]

    def subjects_of_holders(self, controller: str | None) -> list[Row]:
        found: dict[tuple[str, str | None], set[bytes]] = {}
        for row in self._store.holding_rows():
            if row[10] and controller in (None, row[3]):
                found.setdefault((row[5], row[21]), set()).add(row[0])
        return [(*key, len(subjects)) for key, subjects in found.items()]

    def unsettled_of_holders(self, controller: str | None) -> list[Row]:
        role_of = {(row[0], *row[5:10]): row[21] for row in self._store.holding_rows()}
        found: dict[tuple[str, str | None, str], int] = {}
        for row in self._store.obligation_rows():
            if row[15] in ("OPEN", "OVERDUE") and controller in (None, row[3]) and (row[1], *row[6:11]) in role_of:
                key = (row[6], role_of[row[1], *row[6:11]], row[15])
                found[key] = found.get(key, 0) + 1
        return [(*key, count) for key, count in found.items()]

    def coming_due(self, partition: int, until: int, controller: str | None, limit: int, after: Place) -> list[Row]:
        found = [
            (row[28], row[3], row[4], row[5], row[6], row[7], row[8], row[10], row[29], *row[18:20], *row[30:32], line_id(row[0], row[1]))
            for row in self._store.holding_rows()
            if row[2] == partition and row[28] is not None and row[28] <= until and controller in (None, row[3])
            and not self._store.is_called_for(row)
        ]
        return _behind(found, lambda row: (row[0], row[13]), after)[:limit]

    def obligations_by_state(self, state: str, until: int, holder: str | None, controller: str | None, limit: int, after: Place) -> list[Row]:
        found = [
            row
            for row in self._store.obligation_rows()
            if row[15] == state and row[12] <= until and holder in (None, row[6]) and controller in (None, row[3])
        ]
        return _behind(found, lambda row: (row[12], row[0]), after)[:limit]

    def violations_counted(self, partition: int, first: int, before: int, controller: str | None, promise: str | None) -> list[Row]:
        found: dict[tuple[str, str, str, str], list[Row]] = {}
        for row in self._violations_between(partition, first, before, controller, promise):
            found.setdefault((row[5], *row[7:10]), []).append(row)
        return [
            (*key, len(rows), len({row[4] for row in rows}), max(row[1] for row in rows), _rests_on(rows[-1]), _rests_on(rows[0]))
            for key, rows in found.items()
        ]  # newest first

    def violations_listed(
        self, partition: int, first: int, before: int, controller: str | None, promise: str | None, limit: int, after: Place
    ) -> list[tuple[Row, bytes | None, int, bytes]]:
        facts = {row[:2]: row[6] for row in self._store.facts.values()}
        found = [
            (row, facts.get(row[:2]), self.time_before(partition, row[1] + 1), line_id(row[4], row[1].to_bytes(8)))
            for row in self._violations_between(partition, first, before, controller, promise)
        ]
        offset, line, ordinal = after
        return _behind(found, lambda each: (-each[0][1], each[3], -each[0][2]), (-offset, line, -ordinal))[:limit]

    def _violations_between(self, partition: int, first: int, before: int, controller: str | None, promise: str | None) -> list[Row]:
        return [
            row
            for _, row in sorted(self._store.violations.items(), reverse=True)
            if row[0] == partition and first <= row[1] < before and controller in (None, row[5]) and promise in (None, row[7])
        ]

    def every_holding(self, controller: str | None) -> Iterator[Row]:
        return (row for row in self._store.holding_rows() if controller in (None, row[3]))

    def every_obligation(self, controller: str | None) -> Iterator[Row]:
        return (row for row in self._store.obligation_rows() if controller in (None, row[3]))

    def every_violation(self, partition: int, before: int, controller: str | None) -> Iterator[tuple[Row, bytes | None, int, bytes]]:
        return iter(self.violations_listed(partition, 0, before, controller, None, 10**9, (before, b"", 0)))

    # -- histories.HistoryStore

    def facts_by_subject(self) -> Iterator[tuple[int, bytes, int, bytes]]:
        found = [(row[0], row[2], row[1], row[6]) for row in self._store.facts.values() if row[2] is not None]
        yield from sorted(found, key=lambda row: (row[1], row[2]))

    def violations_of(self, subject_ids: Collection[bytes]) -> list[Row]:
        return [row for _, row in sorted(self._store.violations.items()) if row[4] in subject_ids]

    def rows_of(self, subject_ids: Collection[bytes]) -> dict[bytes, SubjectRows]:
        return self._store.load(subject_ids)


def _behind(rows: Iterable[Line], place: Callable[[Line], Place], after: Place) -> list[Line]:
    return sorted((row for row in rows if place(row) > after), key=place)


def _rests_on(violation: Row) -> bytes:
    rests_on: list[bytes] = violation[13]
    return rests_on[0] if rests_on else violation[3]
