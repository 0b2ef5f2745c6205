"""What was so on a day, about everybody, from two stores of one log: a digest of all answers, and the first subject of whom they differ. Read-only.

A walk over both stores subject by subject, in the order of their ids; must never hold more than one history, and the register and ticks of each
partition. Where both stores have the same facts of a subject, the same register and the same ticks, the answer is made once: answers of a day are
made of nothing else. Source: docs/evidence.md section 10; docs/answers.md section 2.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from typing import Protocol
from zoneinfo import ZoneInfo

from ledger.answers.as_of_lines import LineDifference, differing, lines_of
from ledger.answers.asking import EVER
from ledger.answers.one_subject import answer_of
from ledger.answers.shapes import Freshness, as_json
from ledger.answers.shapes_subject import SubjectAnswer
from ledger.contract import codec
from ledger.core.as_of import Recorded, fold_until, is_so
from ledger.core.rules import Rules
from ledger.errors import LedgerError

Stored = tuple[int, bytes, int, bytes]
"""(partition, subject_id, offset, value) of a fact."""
_NO_FRESHNESS = Freshness(simulated=False, time_reached=0, lag=None, partitions=())


class DayStore(Protocol):
    """What is read; inside a snapshot of each store."""

    def facts_by_subject(self) -> Iterator[Stored]: ...
    def register_copies(self, partition: int, after: int, before: int) -> list[tuple[int, bytes]]: ...
    def ticks(self, partition: int, before: int) -> Iterator[tuple[int, int]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectDifference:
    """Of whom the answers differ. lines: then is the live side, now the replayed one; empty: a side cannot be read."""

    subject_id: bytes
    controller: str | None
    subject_ref: str | None
    lines: tuple[LineDifference, ...]


@dataclass(slots=True, kw_only=True)
class DayCompared:
    """sha256: over the replayed answers of all subjects, in order of their ids. differing: how many subjects; first: the first of them."""

    on: int
    subjects: int = 0
    sha256: str = ""
    differing: int = 0
    first: SubjectDifference | None = None


def compare_day(
    live: DayStore, replayed: DayStore, on: int, ends: Mapping[int, int], report: Callable[[float], None] = lambda _: None
) -> DayCompared:
    """Compare. on: microseconds. ends: partition -> the offset before which everything was known. report: how much of all is done, from 0 to 1."""
    ours, theirs = _Side(live, on, ends), _Side(replayed, on, ends)
    found, hasher = DayCompared(on=on), hashlib.sha256()
    for subject_id, left, right in _side_by_side(ours.subjects(), theirs.subjects()):
        found.subjects += 1
        partition = (right or left)[0][0]
        answer = theirs.answer(right)
        hasher.update(subject_id + _text(answer))
        if not (left == right and ours.base(partition) == theirs.base(partition)):
            other = ours.answer(left)
            if _text(other) != _text(answer):
                found.differing += 1
                found.first = found.first or _difference(subject_id, other, answer)
        if found.subjects % 1000 == 0:
            report(int.from_bytes(subject_id[:4]) / 2**32)
    found.sha256 = hasher.hexdigest()
    return found


class _Side:
    """One store, with the register and the ticks of each partition once they were needed."""

    def __init__(self, store: DayStore, on: int, ends: Mapping[int, int]) -> None:
        self._store, self._on, self._ends = store, on, ends
        self._partitions: dict[int, _Partition] = {}

    def subjects(self) -> Iterator[tuple[bytes, list[Stored]]]:
        """The facts of each subject that were known, in order of subjects."""
        known = (fact for fact in self._store.facts_by_subject() if fact[2] < self._ends.get(fact[0], 0))
        for subject_id, facts in groupby(known, key=itemgetter(1)):
            yield subject_id, list(facts)

    def base(self, partition: int) -> bytes:
        """A digest of all else that answers are made of."""
        return self._partition(partition).sha256

    def answer(self, stored: list[Stored]) -> SubjectAnswer | None:
        """What was so; None where this side has nothing of the subject, or something that cannot be read."""
        if not stored:
            return None
        try:
            facts: list[Recorded] = [(offset, *codec.decode(value)) for _, _, offset, value in stored]
            number, controller, subject_ref = stored[0][0], facts[0][2]["controller"], facts[0][2]["subject_ref"]
            partition, end = self._partition(number), self._ends[number]
            copies = [copy for copy in partition.copies if copy[2]["controller"] == controller]
            so = sorted((each for each in (*facts, *copies) if is_so(each[1], each[2], self._on)), key=lambda record: record[0])
            ticks_end = partition.first_at(self._on + 1, -1, EVER)
            known = fold_until(controller, subject_ref, number, so, partition, Rules(ZoneInfo), end, EVER if ticks_end is None else ticks_end[0])
        except (LedgerError, KeyError, ValueError):
            return None
        offsets = {fields["event_id"]: offset for offset, _, fields in (*facts, *copies)}
        return answer_of(known, number, offsets, _NO_FRESHNESS, known.time_reached, on=self._on)

    def _partition(self, number: int) -> _Partition:
        found = self._partitions.get(number)
        if found is None:
            found = self._partitions[number] = _Partition.read(self._store, number, self._ends.get(number, 0))
        return found


@dataclass(slots=True)
class _Partition:
    """What a partition has for everybody: as_of.Ticks, and the register. Along the log, time never goes back."""

    sha256: bytes
    copies: list[Recorded]
    offsets: array[int] = field(default_factory=lambda: array("q"))
    times: array[int] = field(default_factory=lambda: array("q"))

    @classmethod
    def read(cls, store: DayStore, number: int, end: int) -> _Partition:
        hasher = hashlib.sha256()
        copies: list[Recorded] = []
        for offset, value in store.register_copies(number, -1, end):
            hasher.update(offset.to_bytes(8) + len(value).to_bytes(8) + value)
            with suppress(LedgerError):  # somebody wrote over it: the digest says so, and answers without it will differ
                copies.append((offset, *codec.decode(value)))
        found = cls(b"", copies)
        for offset, time in store.ticks(number, end):
            hasher.update(offset.to_bytes(8) + time.to_bytes(8, signed=True))
            found.offsets.append(offset)
            found.times.append(time)
        return replace(found, sha256=hasher.digest())

    def time_before(self, offset: int) -> int:
        place = bisect_left(self.offsets, offset)
        return self.times[place - 1] if place else 0

    def first_at(self, time: int, after: int, before: int) -> tuple[int, int] | None:
        place = max(bisect_left(self.times, time), bisect_right(self.offsets, after))
        if place == len(self.offsets) or self.offsets[place] >= before:
            return None
        return self.offsets[place], self.times[place]


def _side_by_side(
    ours: Iterator[tuple[bytes, list[Stored]]], theirs: Iterator[tuple[bytes, list[Stored]]]
) -> Iterator[tuple[bytes, list[Stored], list[Stored]]]:
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        subject_id = min(each[0] for each in (one, other) if each is not None)
        left = one[1] if one is not None and one[0] == subject_id else []
        right = other[1] if other is not None and other[0] == subject_id else []
        yield subject_id, left, right
        one = next(ours, None) if left else one
        other = next(theirs, None) if right else other


def _text(answer: SubjectAnswer | None) -> bytes:
    return json.dumps(None if answer is None else as_json(answer), sort_keys=True).encode()


def _difference(subject_id: bytes, live: SubjectAnswer | None, replayed: SubjectAnswer | None) -> SubjectDifference:
    of = live or replayed
    lines = tuple(differing({} if live is None else lines_of(live), {} if replayed is None else lines_of(replayed)))
    return SubjectDifference(subject_id=subject_id, controller=of.controller if of else None, subject_ref=of.subject_ref if of else None, lines=lines)
