"""What publishing a policy on this ledger would change: dates of what is held, obligations, verdicts. Read-only; publishes nothing.

Dates and obligations are those that the copy of the policy would give, were it the next record of each partition. Published verdicts stay: those
counted here are what `ledger differences` would show on top. Source: docs/policies.md, "Before it is published".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from ledger.answers.histories import History, HistoryStore, Looked, Registers, Report, everybody
from ledger.answers.presentation import term, terms
from ledger.answers.shapes import Event, Freshness, Term
from ledger.core import rows
from ledger.core.ids import REGISTER_PARTITION, REGISTER_REF, subject_id
from ledger.core.policy_effect import Copy, HoldingEffect, VerdictEffect, effect_on, effect_on_controller, verdicts_on
from ledger.core.rules import Rules
from ledger.folding.ports import SubjectRows

EXAMPLES = 3
"""Of each kind of change, where not each single one is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingCount:
    """How many holdings would change in one way. kind: EARLIER, LATER, GAINS (a first date), LOSES (its date), RULE (the same date by another rule).

    at_once: for how many of them the erasure would be called for when the policy is copied.
    """

    kind: str
    rule_before: str | None
    rule_after: str | None
    holdings: int
    subjects: int
    at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedHolding:
    """One holding with its date before and after; None is no date."""

    kind: str
    subject_ref: str
    holder: str
    store: str | None
    purpose: Term
    ref: str | None
    categories: tuple[Term, ...]
    rule_before: str | None
    rule_after: str | None
    was_due_at: int | None
    would_be_due_at: int | None
    at_once: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How many outcomes of one type the copies of the policy would give."""

    type: str
    outcomes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictCount:
    """How many verdicts would appear (NEW) or disappear (GONE), were the facts judged again."""

    change: str
    promise: str
    rule: str
    severity: str
    verdicts: int
    subjects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedVerdict:
    """One of them, and the fact it is about."""

    change: str
    subject_ref: str
    promise: str
    rule: str
    severity: str
    fact: str
    happened_at: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectAnswer:
    """What publishing would change. is_sample: only the first subjects by id were looked at, share says how many of all ids (from 0 to 1).

    facts: looked at. judged: acts among them that another version would be in force for, those from `since` on. more: whether the limit left single
    ones out; the counts leave out nothing of what was looked at.
    """

    controller: str
    policy: str
    version: str
    since: int | None
    is_sample: bool
    share: float
    subjects: int
    holdings: int
    facts: int
    judged: int
    holding_counts: tuple[HoldingCount, ...]
    outcome_counts: tuple[OutcomeCount, ...]
    verdict_counts: tuple[VerdictCount, ...]
    changed_holdings: tuple[ChangedHolding, ...]
    changed_verdicts: tuple[ChangedVerdict, ...]
    more: bool
    freshness: Freshness


@dataclass(slots=True)
class _Sum:
    number: int = 0
    subjects: int = 0
    at_once: int = 0
    last_subject: bytes = b""

    def add(self, subject_id: bytes, *, at_once: bool = False) -> None:
        self.number += 1
        self.subjects += self.last_subject != subject_id
        self.at_once += at_once
        self.last_subject = subject_id


@dataclass(slots=True)
class Effect:
    """The effect of one event on a ledger, added up over its histories.

    event: the fields of the PolicyPublished, decoded form (ids 16 bytes, instants microseconds). limit: how many are kept one by one; None: a few
    examples of each kind.
    """

    event: Mapping[str, Any]
    since: int | None = None
    sample: int | None = None
    limit: int | None = None
    looked: Looked = field(default_factory=Looked)
    holdings: int = 0
    judged: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    left_out: bool = False
    _holding_sums: dict[tuple[str, str | None, str | None], _Sum] = field(default_factory=dict)
    _verdict_sums: dict[tuple[str, str, str, str], _Sum] = field(default_factory=dict)
    _changed_holdings: list[ChangedHolding] = field(default_factory=list)
    _changed_verdicts: list[ChangedVerdict] = field(default_factory=list)
    _rules: dict[int, tuple[Rules, Copy]] = field(default_factory=dict)

    @property
    def controller(self) -> str:
        """Whose policy it is."""
        return str(self.event["controller"])

    def walk(self, store: HistoryStore, report: Report = lambda _: None) -> None:
        """Look at all subjects of the controller, or at the sample. Inside a snapshot of the store."""
        registers = Registers(store)
        places = {partition: (offset, time) for partition, offset, time, _ in store.progress()}
        for chunk in everybody(store, self.looked, controller=self.controller, sample=self.sample, report=report):
            stored = store.rows_of([history.subject_id for history in chunk])
            for history in chunk:
                before, copy = self._both(registers, history.partition, *places.get(history.partition, (0, 0)))
                self._add(history, stored.get(history.subject_id), before, copy)
        before, copy = self._both(registers, REGISTER_PARTITION, *places.get(REGISTER_PARTITION, (0, 0)))
        if copy.rules is not before:
            own = subject_id(self.controller, REGISTER_REF)
            found = store.rows_of([own]).get(own, SubjectRows(None, [], []))
            subject = rows.subject_of(self.controller, REGISTER_REF, found.subject, found.holdings, found.obligations, found.entries)
            self.outcomes.update(effect_on_controller(subject, copy))

    def _both(self, registers: Registers, partition: int, offset: int, time_reached: int) -> tuple[Rules, Copy]:
        """The rules of a partition as they stand, and the copy of the new policy; a repeat is dropped by the ledger, so nothing comes of it."""
        found = self._rules.get(partition)
        if found is None:
            register = registers.of(partition, self.controller)
            before = after = register.rules()
            if all(fields["event_id"] != self.event["event_id"] for _, _, fields in register.copies):
                after = Rules(ZoneInfo)
                for _, type_name, fields in register.copies:
                    after.apply(type_name, fields)
                after.apply("PolicyPublished", dict(self.event))
            found = self._rules[partition] = (before, Copy(self.event, after, partition, offset, time_reached))
        return found

    def _add(self, history: History, stored: SubjectRows | None, before: Rules, copy: Copy) -> None:
        found = stored or SubjectRows(None, [], [])
        subject = rows.subject_of(history.controller, history.subject_ref, found.subject, found.holdings, found.obligations, found.entries)
        self.holdings += sum(1 for holding in subject.holdings.values() if holding.categories)
        if copy.rules is before:
            return
        judged, verdicts = verdicts_on(before, copy.rules, subject, history.facts, self.since)
        self.judged += judged
        effect = effect_on(subject, copy, history.facts)
        self.outcomes.update(effect.outcomes)
        for each in effect.holdings:
            of = self._holding_sums.setdefault((each.kind, each.rule_before, each.rule_after), _Sum())
            of.add(history.subject_id, at_once=each.at_once)
            if self._has_room(self._changed_holdings, of):
                self._changed_holdings.append(_changed_holding(history, each))
        for verdict in verdicts:
            of = self._verdict_sums.setdefault(("NEW" if verdict.appears else "GONE", verdict.promise, verdict.rule, verdict.severity), _Sum())
            of.add(history.subject_id)
            if self._has_room(self._changed_verdicts, of):
                self._changed_verdicts.append(_changed_verdict(history, verdict))

    def _has_room(self, kept: list[Any], of: _Sum) -> bool:
        has_room = of.number <= EXAMPLES if self.limit is None else len(kept) < self.limit
        self.left_out = self.left_out or not has_room
        return has_room

    def answer(self, freshness: Freshness) -> EffectAnswer:
        """What was found; the most frequent first."""
        holding_counts = [
            HoldingCount(kind=kind, rule_before=before, rule_after=after, holdings=of.number, subjects=of.subjects, at_once=of.at_once)
            for (kind, before, after), of in self._holding_sums.items()
        ]
        verdict_counts = [
            VerdictCount(change=change, promise=promise, rule=rule, severity=severity, verdicts=of.number, subjects=of.subjects)
            for (change, promise, rule, severity), of in self._verdict_sums.items()
        ]
        return EffectAnswer(
            controller=self.controller,
            policy=self.event["policy"],
            version=self.event["version"],
            since=self.since,
            is_sample=self.sample is not None and self.looked.share < 1,
            share=self.looked.share,
            subjects=self.looked.subjects,
            holdings=self.holdings,
            facts=self.looked.facts,
            judged=self.judged,
            holding_counts=tuple(sorted(holding_counts, key=lambda each: (-each.holdings, each.kind, repr((each.rule_before, each.rule_after))))),
            outcome_counts=tuple(OutcomeCount(type=name, outcomes=number) for name, number in sorted(self.outcomes.items())),
            verdict_counts=tuple(sorted(verdict_counts, key=lambda each: (-each.verdicts, each.promise, each.rule, each.change))),
            changed_holdings=tuple(self._changed_holdings),
            changed_verdicts=tuple(self._changed_verdicts),
            more=self.left_out,
            freshness=freshness,
        )


def _changed_holding(history: History, of: HoldingEffect) -> ChangedHolding:
    holder, store, purpose, ref, _ = of.key
    return ChangedHolding(
        kind=of.kind, subject_ref=history.subject_ref, holder=holder, store=store, purpose=term("purposes", purpose), ref=ref,
        categories=terms("categories", of.categories), rule_before=of.rule_before, rule_after=of.rule_after, was_due_at=of.due_before,
        would_be_due_at=of.due_after, at_once=of.at_once,
    )  # fmt: skip


def _changed_verdict(history: History, of: VerdictEffect) -> ChangedVerdict:
    offset, type_name, fields = of.fact
    return ChangedVerdict(
        change="NEW" if of.appears else "GONE", subject_ref=history.subject_ref, promise=of.promise, rule=of.rule, severity=of.severity,
        fact=type_name, happened_at=fields["occurred_at"],
        event=Event(topic="facts", partition=history.partition, offset=offset, event_id=fields["event_id"]),
    )  # fmt: skip
