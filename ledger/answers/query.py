"""Questions in, frozen answers out: who holds what about whom, until when and why, as of now or as it was. Read-only.

Each answer comes from one snapshot of the projections and says how fresh it is. Must never hold SQL (sql/queries.sql) or words (presentation.py).
Source of the questions: docs/answers.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from ledger.answers.answering import Answering
from ledger.answers.presentation import term, terms
from ledger.answers.shapes import (
    DueAnswer,
    DueLine,
    Event,
    Freshness,
    HolderAnswer,
    HoldersAnswer,
    ObligationsAnswer,
    PartitionFreshness,
    SubjectAnswer,
    ViolationAnswer,
    ViolationsAnswer,
)
from ledger.answers.violations import counted, listed, places_between
from ledger.contract import codec
from ledger.core import rows
from ledger.core.as_of import Known, fold_until
from ledger.core.delta import Row
from ledger.core.ids import partition_of_subject, subject_id
from ledger.core.rules import Rules
from ledger.core.state import Obligation
from ledger.errors import CallerError, DependencyError, OperatorError

DAY_MICROS = 86_400_000_000
DUE_DAYS_AHEAD = 30
LIMIT = 100
STATES = ("OVERDUE", "OPEN", "MET", "CANCELLED")
_EVER = 2**62
"""An offset or moment after all others."""
_FOREVER = 95_617_584_000_000_000 * 2

Ends = Callable[[int], Sequence[int]]
"""Partitions of `facts` -> the broker's end offset of each. Raises DependencyError when Kafka does not answer."""


class Position(NamedTuple):
    """A place on the log, itself included. partition None: the subject's own."""

    partition: int | None
    offset: int


class AnswerStore(Protocol):
    """What answers are made of. Rows as docs/architecture.md section 5; every read between entering and leaving a snapshot sees one moment."""

    def snapshot(self) -> AbstractContextManager[None]: ...
    def identity(self) -> tuple[str, int] | None: ...
    def progress(self) -> list[tuple[int, int, int]]: ...
    def holdings(self, subject_id: bytes) -> list[Row]: ...
    def state(self, subject_id: bytes) -> Row | None: ...
    def obligations(self, subject_id: bytes) -> list[Row]: ...
    def violations(self, subject_id: bytes) -> list[Row]: ...
    def offsets(self, partition: int, event_ids: Collection[bytes]) -> dict[bytes, int]: ...
    def history(self, partition: int, subject_id: bytes, before: int) -> list[tuple[int, bytes]]: ...
    def newest_register_copy(self, partition: int) -> int: ...
    def register_copies(self, partition: int, after: int, before: int) -> list[tuple[int, bytes]]: ...
    def time_before(self, partition: int, offset: int) -> int: ...
    def first_tick_at(self, partition: int, time: int, after: int, before: int) -> tuple[int, int] | None: ...
    def holders(self, controller: str | None) -> list[Row]: ...
    def subjects_of_holders(self, controller: str | None) -> list[Row]: ...
    def unsettled_of_holders(self, controller: str | None) -> list[Row]: ...
    def coming_due(self, partition: int, until: int, controller: str | None, limit: int) -> list[Row]: ...
    def obligations_by_state(self, state: str, until: int, holder: str | None, controller: str | None, limit: int) -> list[Row]: ...
    def violations_counted(self, partition: int, first: int, before: int, controller: str | None, promise: str | None) -> list[Row]: ...
    def violations_listed(
        self, partition: int, first: int, before: int, controller: str | None, promise: str | None, limit: int
    ) -> list[tuple[Row, bytes | None, int]]: ...


class Query:
    """The questions, on one store. ends: the broker's end offsets; without it, lag is unknown. Not for two threads at once."""

    def __init__(self, store: AnswerStore, ends: Ends | None = None) -> None:
        self._store, self._ends = store, ends
        self._identity: tuple[str, int] | None = None
        self._rules: dict[int, tuple[int, Rules]] = {}

    # -- one subject

    def subject(self, controller: str, subject_ref: str, *, on: int | None = None, known_at: Position | None = None) -> SubjectAnswer:
        """Say all that is known of a subject: now, or as it was on a moment (`on`), or as it was known at a place on the log (`known_at`), or both.

        on: microseconds since 1970; facts that happened later, and ticks that reached a later time, are left out.

        Raises:
            CallerError: the position is in another partition, or not folded yet.
            DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it.
        """
        with self._store.snapshot():
            simulated, partitions = self._ledger()
            partition = partition_of_subject(controller, subject_ref, partitions)
            progress = self._store.progress()
            if on is None and known_at is None:
                known, time = self._now(controller, subject_ref, partition), _time_of(progress, partition)
                violations = self._violations(self._store.violations(known.subject.subject_id), partition)
            else:
                known = self._as_of(controller, subject_ref, partition, on, _before(known_at, partition, progress))
                time = known.time_reached
                violations = _violations_of(known, partition)
            offsets = self._store.offsets(partition, {event_id for o in known.obligations.values() for event_id in o.rests_on})
        answering = Answering(known.subject, partition, known.rules, time, offsets)
        return SubjectAnswer(
            controller=controller,
            subject_ref=subject_ref,
            known=bool(known.facts),
            on=on,
            known_at=None if known_at is None else f"{partition}:{known_at.offset}",
            time_reached=time,
            holdings=answering.holdings(),
            obligations=answering.obligations(known.obligations.values()),
            consents=answering.consents(),
            objections=answering.objections(),
            requests=answering.requests(),
            holds=answering.holds(),
            erasures=answering.erasures(),
            violations=violations,
            key_destroyed=answering.key_destroyed(),
            freshness=self._freshness(simulated, partitions, progress, only=partition),
        )

    def _now(self, controller: str, subject_ref: str, partition: int) -> Known:
        """The subject from its rows: a few look-ups in indexes, however long its history is."""
        wanted = subject_id(controller, subject_ref)
        holdings, state, found = self._store.holdings(wanted), self._store.state(wanted), self._store.obligations(wanted)
        subject = rows.subject_of(controller, subject_ref, state, holdings, [row for row in found if row[15] in ("OPEN", "OVERDUE")])
        obligations = {row[0]: rows.obligation_of(row) for row in found}
        is_known = bool(holdings or state or found) or bool(self._store.history(partition, wanted, _EVER))
        return Known(subject, self._rules_of(partition), obligations, facts=int(is_known))

    def _rules_of(self, partition: int) -> Rules:
        """What judges the partition now; read again only as far as it has grown."""
        newest = self._store.newest_register_copy(partition)
        seen, rules = self._rules.get(partition, (-1, Rules(ZoneInfo)))
        if newest < seen:
            seen, rules = -1, Rules(ZoneInfo)  # another database, or one that was made again
        if newest > seen:
            for _, value in self._store.register_copies(partition, seen, newest + 1):
                rules.apply(*codec.decode(value))
        self._rules[partition] = (newest, rules)
        return rules

    def _as_of(self, controller: str, subject_ref: str, partition: int, on: int | None, before: int) -> Known:
        """The subject from its own history, folded again up to a place on the log and a moment in the world."""
        store = self._store
        facts = [(offset, *codec.decode(value)) for offset, value in store.history(partition, subject_id(controller, subject_ref), before)]
        copies = [(offset, *codec.decode(value)) for offset, value in store.register_copies(partition, -1, before)]
        ticks_end = _EVER
        if on is not None:
            facts = [fact for fact in facts if fact[2]["occurred_at"] <= on]
            later = store.first_tick_at(partition, on + 1, -1, _EVER)
            ticks_end = later[0] if later else _EVER
        records = sorted([*facts, *copies], key=lambda record: record[0])
        return fold_until(controller, subject_ref, partition, records, _Ticks(store, partition), Rules(ZoneInfo), before, ticks_end)

    def _violations(self, found: Sequence[Row], partition: int) -> tuple[ViolationAnswer, ...]:
        offsets = self._store.offsets(partition, {event_id for row in found for event_id in row[13]})
        return tuple(
            _violation(partition, row[1], row[3], *row[7:12], categories=row[12], rests_on=row[13], offsets=offsets)
            for row in found
        )

    # -- everybody

    def holders(self, controller: str | None = None) -> HoldersAnswer:
        """Say of each holder, per role: how many people, what, where, since when, and what comes due next. Reads all holdings once."""
        with self._store.snapshot():
            simulated, partitions = self._ledger()
            found: dict[tuple[str, str | None], _HolderSum] = {}
            for holder, role, country, categories, holdings, since, due in self._store.holders(controller):
                one = found.setdefault((holder, role), _HolderSum())
                one.add(country, categories, holdings, since, due)
            for holder, role, subjects in self._store.subjects_of_holders(controller):
                found[holder, role].subjects = subjects
            for holder, role, state, count in self._store.unsettled_of_holders(controller):
                if (holder, role) in found:
                    setattr(found[holder, role], state.lower(), count)
            progress = self._store.progress()
        answers = [one.answer(holder, role) for (holder, role), one in found.items()]
        answers.sort(key=lambda each: (-each.subjects, each.holder, repr(each.role)))
        return HoldersAnswer(controller=controller, holders=tuple(answers), freshness=self._freshness(simulated, partitions, progress))

    def due(self, until: int | None = None, controller: str | None = None, limit: int = LIMIT) -> DueAnswer:
        """Say what comes due until a moment, and what is past due and not erased; earliest first.

        until None: 30 days after the ledger's time; stays None while no time has come.
        """
        with self._store.snapshot():
            simulated, partitions = self._ledger()
            progress = self._store.progress()
            if until is None:
                time_reached = min((time for _, _, time in progress), default=0)
                until = time_reached + DUE_DAYS_AHEAD * DAY_MICROS if time_reached else None
            lines = [] if until is None else self._due_lines(until, controller, limit + 1, partitions, progress)
        lines.sort(key=lambda line: (line.due_at, line.controller, line.subject_ref, line.holder, repr(line.purpose)))
        freshness = self._freshness(simulated, partitions, progress)
        return DueAnswer(until=until, controller=controller, lines=tuple(lines[:limit]), more=len(lines) > limit, freshness=freshness)

    def _due_lines(
        self, until: int, controller: str | None, limit: int, partitions: int, progress: Sequence[tuple[int, int, int]]
    ) -> list[DueLine]:
        """What comes due in each partition, and what is called for: at most `limit` of each."""
        lines = [
            _coming(row, _time_of(progress, partition))
            for partition in range(partitions)
            for row in self._store.coming_due(partition, until, controller, limit)
        ]
        for state in ("OPEN", "OVERDUE"):
            lines += map(_called_for, self._store.obligations_by_state(state, until, None, controller, limit))
        return lines

    def obligations(
        self, states: Collection[str] = ("OVERDUE", "OPEN"), *, holder: str | None = None, controller: str | None = None, limit: int = LIMIT
    ) -> ObligationsAnswer:
        """List obligations in these states, with their age by the ledger's time; earliest due first.

        Raises:
            CallerError: an unknown state.
        """
        for state in states:
            if state not in STATES:
                raise CallerError(f"cannot list obligations: expected a state of {', '.join(STATES)}, got another", hint="for example OVERDUE")
        with self._store.snapshot():
            simulated, partitions = self._ledger()
            progress = self._store.progress()
            found = [row for state in states for row in self._store.obligations_by_state(state, _FOREVER, holder, controller, limit + 1)]
            found.sort(key=lambda row: (row[12], row[0]))
            shown = found[:limit]
            offsets = {
                partition: self._store.offsets(partition, {event_id for row in shown if row[2] == partition for event_id in row[18]})
                for partition in {row[2] for row in shown}
            }
        answers = []
        for row in shown:
            subject, partition = rows.subject_of(row[3], row[4], None, [], []), row[2]
            answering = Answering(subject, partition, Rules(ZoneInfo), _time_of(progress, partition), offsets[partition])
            answers.append(answering.obligation(rows.obligation_of(row)))
        freshness = self._freshness(simulated, partitions, progress)
        return ObligationsAnswer(controller=controller, obligations=tuple(answers), more=len(found) > limit, freshness=freshness)

    def violations(
        self,
        *,
        promise: str | None = None,
        controller: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 0,
    ) -> ViolationsAnswer:
        """Count broken promises by promise and rule, and list the newest `limit` of them one by one.

        since, until: the ledger's time when they were found, both included.
        """
        with self._store.snapshot():
            simulated, partitions = self._ledger()
            progress = self._store.progress()
            places = {partition: places_between(self._store, partition, since, until) for partition in range(partitions)}
            sums = [
                (partition, row)
                for partition, (first, before) in places.items()
                for row in self._store.violations_counted(partition, first, before, controller, promise)
            ]
            counts = counted(sums, lambda partition, offset: self._store.time_before(partition, offset + 1))
            found = [
                each
                for partition, (first, before) in (places.items() if limit else ())
                for each in self._store.violations_listed(partition, first, before, controller, promise, limit + 1)
            ]
            found.sort(key=lambda each: (-each[2], each[0][0], -each[0][1], -each[0][2]))
            shown = found[:limit]
            offsets = {
                partition: self._store.offsets(partition, {event_id for row, _, _ in shown if row[0] == partition for event_id in row[13]})
                for partition in {row[0] for row, _, _ in shown}
            }
        return ViolationsAnswer(
            controller=controller, promise=promise, since=since, until=until, counts=counts,
            violations=tuple(listed(row, fact, found_at, offsets[row[0]]) for row, fact, found_at in shown), more=len(found) > limit,
            freshness=self._freshness(simulated, partitions, progress),
        )  # fmt: skip

    # -- freshness

    def freshness(self) -> Freshness:
        """How far every partition is folded now.

        Raises:
            DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it.
        """
        with self._store.snapshot():
            simulated, partitions = self._ledger()
            progress = self._store.progress()
        return self._freshness(simulated, partitions, progress)

    def _ledger(self) -> tuple[bool, int]:
        """Whether the ledger is simulated, and its partitions: decided once, at its creation."""
        if self._identity is None:
            self._identity = self._store.identity()
        if self._identity is None:
            raise OperatorError("cannot answer: the database belongs to no ledger yet", hint="ledger up")
        mode, partitions = self._identity
        return mode == "simulated", partitions

    def _freshness(self, simulated: bool, partitions: int, progress: Sequence[tuple[int, int, int]], only: int | None = None) -> Freshness:
        """How far the partitions asked were folded, against where the log ends now."""
        places = {partition: (offset, time) for partition, offset, time in progress}
        ends: Mapping[int, int] = {}
        if self._ends is not None:
            try:
                ends = dict(enumerate(self._ends(partitions)))
            except DependencyError:
                ends = {}  # answers do not need Kafka; the lag is said to be unknown
        found = []
        for partition in range(partitions) if only is None else (only,):
            offset, time = places.get(partition, (0, 0))
            end = ends.get(partition)
            lag = None if end is None else end - offset
            found.append(PartitionFreshness(partition=partition, next_offset=offset, end_offset=end, lag=lag, time_reached=time))
        lags = [each.lag for each in found]
        total = None if None in lags else sum(lag for lag in lags if lag is not None)
        return Freshness(simulated=simulated, time_reached=min(map(attrgetter("time_reached"), found)), lag=total, partitions=tuple(found))


@dataclass(slots=True)
class _HolderSum:
    """What one holder has, while it is being added up."""

    subjects: int = 0
    holdings: int = 0
    open: int = 0
    overdue: int = 0
    oldest_since: int | None = None
    next_due: int | None = None
    categories: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)

    def add(self, country: str | None, categories: Sequence[str], holdings: int, since: int, due: int | None) -> None:
        self.holdings += holdings
        self.categories.update(categories)
        self.countries.update([country] if country else [])
        self.oldest_since = since if self.oldest_since is None else min(self.oldest_since, since)
        if due is not None:
            self.next_due = due if self.next_due is None else min(self.next_due, due)

    def answer(self, holder: str, role: str | None) -> HolderAnswer:
        return HolderAnswer(
            holder=holder,
            role=None if role is None else term("recipient_roles", role),
            subjects=self.subjects,
            holdings=self.holdings,
            categories=terms("categories", sorted(self.categories)),
            countries=tuple(sorted(self.countries)),
            oldest_since=self.oldest_since,
            next_due=self.next_due,
            open=self.open,
            overdue=self.overdue,
        )


class _Ticks:
    """as_of.Ticks on a store."""

    def __init__(self, store: AnswerStore, partition: int) -> None:
        self._store, self._partition = store, partition

    def time_before(self, offset: int) -> int:
        return self._store.time_before(self._partition, offset)

    def first_at(self, time: int, after: int, before: int) -> tuple[int, int] | None:
        return self._store.first_tick_at(self._partition, time, after, before)


def _before(known_at: Position | None, partition: int, progress: Sequence[tuple[int, int, int]]) -> int:
    """The offset before which everything was known."""
    folded = next((offset for number, offset, _ in progress if number == partition), 0)
    if known_at is None:
        return folded
    if known_at.partition not in (None, partition):
        raise CallerError(
            f"cannot answer as known at that position: expected partition {partition}, which holds this subject, got {known_at.partition}",
            hint=f"give the offset alone, or {partition}:OFFSET",
        )
    if not 0 <= known_at.offset < folded:
        raise CallerError(
            f"cannot answer as known at that position: expected an offset of at least 0 and below {folded}, got {known_at.offset}",
            hint="`ledger wait` waits until all that is on the log is folded",
        )
    return known_at.offset + 1


def _time_of(progress: Sequence[tuple[int, int, int]], partition: int) -> int:
    return next((time for number, _, time in progress if number == partition), 0)


def _violation(
    partition: int, offset: int, event_id: bytes, promise: str, rule: str, severity: str, holder: str | None, purpose: str | None,
    *, categories: Sequence[str], rests_on: Sequence[bytes], offsets: Mapping[bytes, int],
) -> ViolationAnswer:  # fmt: skip
    return ViolationAnswer(
        promise=promise,
        rule=rule,
        severity=severity,
        holder=holder,
        purpose=None if purpose is None else term("purposes", purpose),
        categories=terms("categories", categories),
        event=Event(topic="facts", partition=partition, offset=offset, event_id=rests_on[0] if rests_on else event_id),
        rests_on=tuple(Event(topic="facts", partition=partition, offset=offsets.get(each), event_id=each) for each in rests_on),
    )


def _violations_of(known: Known, partition: int) -> tuple[ViolationAnswer, ...]:
    """The violations that folding the history found; the same ones that were found then."""
    found = []
    for offset, outcome in known.outcomes:
        if outcome.type == "ViolationFound":
            of: dict[str, Any] = outcome.fields
            texts = (of["promise"], of["rule"], of["severity"], of["holder"], of["purpose"])
            offsets = dict.fromkeys(of["rests_on"], offset)
            found.append(
                _violation(partition, offset, of["event_id"], *texts, categories=of["categories"], rests_on=of["rests_on"], offsets=offsets)
            )
    return tuple(found)


def _coming(row: Row, time_reached: int) -> DueLine:
    due_at, controller, subject_ref, holder, store, purpose, ref, categories, rule = row
    return DueLine(
        due_at=due_at, state="COMING" if due_at > time_reached else "HELD_BACK", controller=controller, subject_ref=subject_ref,
        holder=holder, store=store, purpose=term("purposes", purpose), ref=ref, categories=terms("categories", categories),
        rule=rule, overdue_at=None, obligation_id=None,
    )  # fmt: skip


def _called_for(row: Row) -> DueLine:
    of: Obligation = rows.obligation_of(row)
    holder, store, purpose, ref, _ = of.holding
    return DueLine(
        due_at=of.due_at, state=of.state, controller=row[3], subject_ref=row[4], holder=holder, store=store,
        purpose=term("purposes", purpose), ref=ref, categories=terms("categories", of.categories), rule=of.rule,
        overdue_at=of.overdue_at, obligation_id=of.obligation_id,
    )  # fmt: skip
