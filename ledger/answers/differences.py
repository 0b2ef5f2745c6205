"""Which published verdicts would be other, were each fact judged by all that is known now; and which later records make the difference. Read-only.

A published verdict stays as it was published. Compares each pair of promise and rule on each fact; what was found at a tick is no verdict on a fact
and is left out. Source: docs/judging.md, "Judged again"; docs/answers.md, `ledger differences`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ledger.answers.cursors import BEGINNING, Cursors, Place, page
from ledger.answers.histories import History, HistoryStore, Looked, Registers, Report, everybody, one_subject
from ledger.answers.shapes import Event, Freshness
from ledger.core.delta import Row
from ledger.core.judging.causes import Recorded, because_of
from ledger.core.judging.rejudging import rejudge

LIMIT = 100
SHAPE = "tnnss"
"""A place: (-happened at, partition, offset, promise, rule)."""
Change = Literal["NEW", "GONE"]
"""NEW: it would be found now. GONE: it was found, and would not be now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A record that stands after the fact on the log and makes its verdict another one. happened_at: its own moment, not when it was recorded."""

    type: str
    happened_at: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One verdict that would now be other. because_of empty: no later record is the reason, this release judges otherwise."""

    change: Change
    controller: str
    subject_ref: str
    promise: str
    rule: str
    severity: str
    fact: str
    happened_at: int
    event: Event
    because_of: tuple[Cause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceCount:
    """How many verdicts of one promise and rule would be new or gone, about how many people, because of records of which types."""

    change: Change
    controller: str
    promise: str
    rule: str
    severity: str
    verdicts: int
    subjects: int
    because_of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferencesAnswer:
    """The counts leave nothing out; of the differences those of the facts that happened last, at most the limit."""

    controller: str | None
    subject_ref: str | None
    promise: str | None
    subjects: int
    facts: int
    counts: tuple[DifferenceCount, ...]
    differences: tuple[Difference, ...]
    more: bool
    next: str | None
    freshness: Freshness


@dataclass(slots=True)
class _Sum:
    severity: str
    verdicts: int = 0
    subjects: int = 0
    last_subject: bytes = b""
    types: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Differing:
    """The differences of a walk over histories, added up. limit: how many are kept one by one, after a place. promise: only of this one."""

    limit: int = LIMIT
    promise: str | None = None
    after: Place = BEGINNING
    looked: Looked = field(default_factory=Looked)
    kept: list[Difference] = field(default_factory=list)
    sums: dict[tuple[Change, str, str, str], _Sum] = field(default_factory=dict)

    def walk(
        self, store: HistoryStore, partitions: int, controller: str | None, subject_ref: str | None, report: Report = lambda _: None
    ) -> None:
        """Look at everybody, or at one subject of a controller. Inside a snapshot of the store."""
        registers = Registers(store)
        if subject_ref is not None and controller is not None:
            chunks = one_subject(store, self.looked, controller, subject_ref, partitions)
        else:
            chunks = everybody(store, self.looked, controller=controller, report=report)
        for chunk in chunks:
            published: dict[bytes, list[Row]] = {}
            for row in store.violations_of([history.subject_id for history in chunk]):
                published.setdefault(row[4], []).append(row)
            for history in chunk:
                for each in differences_of(registers, history, published.get(history.subject_id, []), self.promise):
                    self._add(history, each)

    def _add(self, history: History, each: Difference) -> None:
        of = self.sums.setdefault((each.change, each.controller, each.promise, each.rule), _Sum(each.severity))
        of.verdicts += 1
        of.subjects += of.last_subject != history.subject_id
        of.last_subject = history.subject_id
        of.types.update(cause.type for cause in each.because_of)
        if _place_of(each) > self.after:
            self.kept.append(each)
        if len(self.kept) > 2 * self.limit + 1:
            self._keep_the_last()

    def _keep_the_last(self) -> None:
        self.kept.sort(key=_place_of)
        del self.kept[self.limit + 1 :]

    def answer(self, controller: str | None, subject_ref: str | None, freshness: Freshness, cursors: Cursors) -> DifferencesAnswer:
        """What was found: counts, most often first, and the differences one by one."""
        self._keep_the_last()
        shown, goes_on = page([(_place_of(each), each) for each in self.kept], self.limit)
        counts = [
            DifferenceCount(
                change=change, controller=name, promise=promise, rule=rule, severity=of.severity, verdicts=of.verdicts, subjects=of.subjects,
                because_of=tuple(sorted(of.types)),
            )
            for (change, name, promise, rule), of in self.sums.items()
        ]  # fmt: skip
        counts.sort(key=lambda each: (-each.verdicts, each.controller, each.promise, each.rule, each.change))
        return DifferencesAnswer(
            controller=controller, subject_ref=subject_ref, promise=self.promise, subjects=self.looked.subjects, facts=self.looked.facts,
            counts=tuple(counts), differences=shown, more=goes_on is not None, next=cursors.write(goes_on), freshness=freshness,
        )  # fmt: skip


def _place_of(each: Difference) -> Place:
    return -each.happened_at, each.event.partition, each.event.offset or 0, each.promise, each.rule


def differences_of(registers: Registers, history: History, published: list[Row], promise: str | None = None) -> Iterator[Difference]:
    """The differences of one subject, in log order. published: its violation rows."""
    register = registers.of(history.partition, history.controller)
    again = rejudge(register.rules(), history.controller, history.subject_ref, history.facts)
    facts = {fact[0]: fact for fact in history.facts}
    then: dict[int, dict[tuple[str, str], str]] = {offset: {} for offset in again}
    for row in published:
        if row[1] in then:  # else it was found at a tick, or on a fact that is judged no more
            then[row[1]][row[7], row[8]] = row[9]
    for offset, verdicts in sorted(again.items()):
        now = {(verdict.promise, verdict.rule): verdict.severity for verdict in verdicts}
        if now.keys() == then[offset].keys():
            continue
        for broken, severity in sorted({**then[offset], **now}.items()):
            is_found = broken in now
            if is_found == (broken in then[offset]) or promise not in (None, broken[0]):
                continue
            yield _difference(registers, history, facts[offset], broken, severity, is_found=is_found)


def _difference(registers: Registers, history: History, fact: Recorded, broken: tuple[str, str], severity: str, *, is_found: bool) -> Difference:
    register = registers.of(history.partition, history.controller)
    causes = because_of(register, history.controller, history.subject_ref, history.facts, fact, broken, is_found=is_found)
    return Difference(
        change="NEW" if is_found else "GONE",
        controller=history.controller,
        subject_ref=history.subject_ref,
        promise=broken[0],
        rule=broken[1],
        severity=severity,
        fact=fact[1],
        happened_at=fact[2]["occurred_at"],
        event=_place(history.partition, fact),
        because_of=told(history.partition, causes),
    )


def told(partition: int, records: Sequence[Recorded]) -> tuple[Cause, ...]:
    """Records as causes, in their order."""
    return tuple(Cause(type=each[1], happened_at=each[2]["occurred_at"], event=_place(partition, each)) for each in records)


def _place(partition: int, record: Recorded) -> Event:
    return Event(topic="facts", partition=partition, offset=record[0], event_id=record[2]["event_id"])
