"""The two axes held against each other: what was so on D as it was known at K, and what was so on D as it is known now. Read-only.

Both are the answers of one_subject.py, from one snapshot. The records that make a line other are the fewest that were recorded after K and without
which it would stand as it was known then, all others being known: found by answering again, so that no rule is written a second time here.
A published verdict stays; what would be judged otherwise by what came in later is told as `verdict`. Source: docs/evidence.md section 10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from ledger.answers.as_of_lines import Line, LineDifference, Name, differing, events_in, lines_of
from ledger.answers.asking import Asking, Snapshot
from ledger.answers.differences import Cause, told
from ledger.answers.one_subject import KnownAt, answer_of, before_of, folded_again, named_by, ticks_end_of
from ledger.answers.shapes import Freshness
from ledger.contract import codec
from ledger.core.as_of import is_so
from ledger.core.ids import partition_of_subject, subject_id
from ledger.core.judging.causes import Recorded, Register, fewest
from ledger.core.judging.rejudging import rejudge, rejudge_one

LATE_MAX: Final = 400
"""Of more late records than this no fewest are looked for: those that the line itself names are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOfAnswer:
    """known_at: partition:offset, itself included; -1: nothing was recorded yet. same: lines that are the same. known: whether anything is now."""

    controller: str
    subject_ref: str
    known: bool
    on: int | None
    known_at: str
    same: int
    lines: tuple[LineDifference, ...]
    freshness: Freshness


def as_of(asking: Asking, controller: str, subject_ref: str, on: int | None, known_at: KnownAt) -> AsOfAnswer:
    """Compare. on: microseconds since 1970; None: now.

    Raises:
        CallerError: the position is in another partition, or not folded yet.
        DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it.
    """
    with asking.snapshot() as seen:
        partition = partition_of_subject(controller, subject_ref, seen.partitions)
        before = before_of(seen, known_at, partition)
        two = _Two(seen, controller, subject_ref, partition, on, before)
        then, now = two.then(), two.now()
        lines = (*(replace(each, because_of=two.causes(each, now)) for each in differing(then, now)), *two.verdicts())
        freshness = seen.freshness(only=partition)
    return AsOfAnswer(
        controller=controller, subject_ref=subject_ref, known=bool(two.facts), on=on, known_at=f"{partition}:{before - 1}",
        same=sum(then.get(name) == line for name, line in now.items()), lines=lines, freshness=freshness,
    )  # fmt: skip


class _Two:
    """Both sides of one subject, within the snapshot. before: of what was known then."""

    def __init__(self, seen: Snapshot, controller: str, subject_ref: str, partition: int, on: int | None, before: int) -> None:
        self._store, self._controller, self._ref, self._partition, self._on = seen.store, controller, subject_ref, partition, on
        self._before, self._end = before, before_of(seen, None, partition)
        self._freshness = seen.freshness(only=partition)
        known = [(offset, *codec.decode(value)) for offset, value in self._store.history(partition, subject_id(controller, subject_ref), self._end)]
        self.facts: list[Recorded] = [fact for fact in known if is_so(fact[1], fact[2], on)]
        copies = [(offset, *codec.decode(value)) for offset, value in self._store.register_copies(partition, -1, self._end)]
        self._copies = [copy for copy in copies if copy[2]["controller"] == controller and is_so(copy[1], copy[2], on)]
        self._ticks_end = ticks_end_of(self._store, partition, on)
        self._late = sorted([each for each in (*self.facts, *self._copies) if each[0] >= before], key=lambda record: record[0])
        self._answered: dict[tuple[int, ...], dict[Name, Line]] = {}

    def then(self) -> dict[Name, Line]:
        """As it was known at K: by what stood on the log there, ticks too."""
        return self._lines(self._early(self.facts), self._early(self._copies), self._before)

    def now(self) -> dict[Name, Line]:
        """As it is known now."""
        return self._lines(self.facts, self._copies, self._end)

    def causes(self, line: LineDifference, now: dict[Name, Line]) -> tuple[Cause, ...]:
        """The fewest late records that make the line what it is now; none: the ledger's time alone has gone on."""
        name = line.kind, line.name
        wanted = now.get(name)
        named = {offset for _, offset in events_in(wanted)} | {offset for _, offset in events_in(line.then)}
        likely = [each for each in self._late if each[0] in named or "subject_ref" not in each[2]]

        def is_so(chosen: Sequence[Recorded]) -> bool:
            return self._with(chosen).get(name) == wanted

        if len(self._late) > LATE_MAX:
            return self._told([each for each in self._late if each[0] in named])
        if is_so(()):
            return ()
        return self._told(fewest(likely if is_so(likely) else self._late, is_so))

    def verdicts(self) -> Iterator[LineDifference]:
        """Facts that were known then, and on which a verdict would be other by what is known now: judged again on both sides."""
        register = Register(ZoneInfo, self._copies)
        facts, copies = self._early(self.facts), self._early(self._copies)
        if not self._late or not facts:
            return
        then = rejudge(register.rules(copies), self._controller, self._ref, facts)
        now = rejudge(register.rules(), self._controller, self._ref, self.facts, lambda fact: fact[0] < self._before)
        by_offset = {fact[0]: fact for fact in facts}
        for offset in sorted(now):
            before, after = ({(each.promise, each.rule): each for each in side.get(offset, ())} for side in (then, now))
            for broken in sorted(before.keys() ^ after.keys()):
                fact, found = by_offset[offset], after.get(broken) or before[broken]
                said: Line = {"promise": broken[0], "rule": broken[1], "severity": found.severity, "fact": fact[1]}
                is_so = self._judged(register, fact, broken, is_found=broken in after)
                yield LineDifference(
                    change="NEW" if broken in after else "GONE", kind="verdict", name=f"{broken[0]} / {broken[1]} / {self._partition}:{offset}",
                    then=None if broken in after else said, now=said if broken in after else None,
                    because_of=self._told(fewest(self._late, is_so) if len(self._late) <= LATE_MAX else ()),
                )  # fmt: skip

    def _judged(self, register: Register, fact: Recorded, broken: tuple[str, str], *, is_found: bool) -> Callable[[Sequence[Recorded]], bool]:
        facts, copies = self._early(self.facts), self._early(self._copies)

        def is_so(chosen: Sequence[Recorded]) -> bool:
            rules = register.rules([*copies, *(each for each in chosen if "subject_ref" not in each[2])])
            known = [*facts, *(each for each in chosen if "subject_ref" in each[2])]
            return (broken in {(each.promise, each.rule) for each in rejudge_one(rules, self._controller, self._ref, known, fact)}) == is_found

        return is_so

    def _with(self, chosen: Sequence[Recorded]) -> dict[Name, Line]:
        """The lines, were these late records all that came in later."""
        places = tuple(each[0] for each in chosen)
        found = self._answered.get(places)
        if found is None:
            facts = [*self._early(self.facts), *(each for each in chosen if "subject_ref" in each[2])]
            copies = [*self._early(self._copies), *(each for each in chosen if "subject_ref" not in each[2])]
            found = self._answered[places] = self._lines(facts, copies, self._end)
        return found

    def _lines(self, facts: Sequence[Recorded], copies: Sequence[Recorded], before: int) -> dict[Name, Line]:
        known = folded_again(self._store, self._controller, self._ref, self._partition, facts, copies, before, self._ticks_end)
        offsets = self._store.offsets(self._partition, named_by(known))
        return lines_of(answer_of(known, self._partition, offsets, self._freshness, known.time_reached, on=self._on))

    def _early(self, records: Sequence[Recorded]) -> list[Recorded]:
        return [each for each in records if each[0] < self._before]

    def _told(self, records: Sequence[Recorded]) -> tuple[Cause, ...]:
        return told(self._partition, records)
