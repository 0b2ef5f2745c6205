"""What publishing a policy would do to one subject: exactly what the fold does when the copy of it comes, compared with what was so before.

Pure. Changes the subject it is given, which must be one that nobody stores. Source: docs/policies.md, "Before it is published"; decision 8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from ledger.core.duties.controller import fold_register
from ledger.core.fold import fold_selected
from ledger.core.ids import HoldingKey
from ledger.core.judging.rejudging import Fact, rejudge
from ledger.core.obligations import Step
from ledger.core.rules import Rules
from ledger.core.subject import Subject

Kind = Literal["EARLIER", "LATER", "GAINS", "LOSES", "RULE"]
"""Another date, a first one, none any more, or the same date (or none) by another rule."""


class HoldingEffect(NamedTuple):
    """A holding whose date or rule would be another. At once: its erasure would be called for by the copy of the policy itself."""

    key: HoldingKey
    categories: tuple[str, ...]
    kind: Kind
    rule_before: str | None
    rule_after: str | None
    due_before: int | None
    due_after: int | None
    at_once: bool


class SubjectEffect(NamedTuple):
    """holdings: in order of their keys. outcomes: how many of each type the copy of the policy would give."""

    holdings: tuple[HoldingEffect, ...]
    outcomes: Counter[str]


class Copy(NamedTuple):
    """The copy of the new policy that would be the next record of a partition: its fields, the rules with it, its place, the time reached there."""

    fields: Mapping[str, Any]
    rules: Rules
    partition: int
    offset: int
    time_reached: int

    def step(self, facts: Sequence[Fact] = ()) -> Step:
        """The step of the fold."""
        at = self.time_reached
        return Step(self.rules, self.partition, self.offset, self.fields["event_id"], b"", at, at, lambda _: facts, at)


def effect_on(subject: Subject, copy: Copy, facts: Sequence[Fact]) -> SubjectEffect:
    """Fold the new policy into a subject as its next record. facts: all of the subject."""
    before = {key: (holding.due_at, holding.rule) for key, holding in subject.holdings.items()}
    step = copy.step(facts)
    fold_selected(subject, "PolicyPublished", dict(copy.fields), step)
    outcomes = [outcome for _, outcome in step.outcomes]
    called = {
        tuple(each.fields[part] for part in ("holder", "store", "purpose", "ref", "received_from"))
        for each in outcomes
        if each.type == "ObligationRaised" and each.fields["kind"] == "ERASE"
    }
    changes = []
    for key, holding in sorted(subject.holdings.items(), key=lambda item: repr(item[0])):
        was, will_be = before[key], (holding.due_at, holding.rule)
        if was != will_be:
            kind = _kind(was[0], will_be[0])
            changes.append(HoldingEffect(key, tuple(sorted(holding.categories)), kind, was[1], will_be[1], was[0], will_be[0], key in called))
    return SubjectEffect(tuple(changes), Counter(each.type for each in outcomes))


def effect_on_controller(own: Subject, copy: Copy) -> Counter[str]:
    """Fold it into the controller's own duties, in the partition that judges them; the outcomes of each type."""
    step = copy.step()
    fold_register(own, "PolicyPublished", dict(copy.fields), step)
    return Counter(outcome.type for _, outcome in step.outcomes)


def _kind(before: int | None, after: int | None) -> Kind:
    if before == after:
        return "RULE"
    if before is None or after is None:
        return "GAINS" if before is None else "LOSES"
    return "EARLIER" if after < before else "LATER"


class VerdictEffect(NamedTuple):
    """A verdict that judging again with all that is known would give by the new policy alone (appears), or by what stands alone."""

    fact: Fact
    promise: str
    rule: str
    severity: str
    appears: bool


def verdicts_on(before: Rules, after: Rules, subject: Subject, facts: Sequence[Fact], since: int | None = None) -> tuple[int, list[VerdictEffect]]:
    """How many facts another policy would be in force for, and the verdicts on them that would be other; in log order.

    since: only facts that happened then or later, microseconds since 1970.
    """

    def policy_of(rules: Rules, fact: Fact) -> bytes | None:
        published = rules.policy_at(subject.controller, fact[2]["occurred_at"])
        return None if published is None else published.event_id

    wanted = {
        fact[0] for fact in facts if (since is None or fact[2]["occurred_at"] >= since) and policy_of(before, fact) != policy_of(after, fact)
    }
    if not wanted:
        return 0, []
    was, will_be = (rejudge(rules, subject.controller, subject.subject_ref, facts, lambda fact: fact[0] in wanted) for rules in (before, after))
    by_offset = {fact[0]: fact for fact in facts}
    found = []
    for offset in sorted(will_be):
        old, new = ({(each.promise, each.rule): each.severity for each in verdicts[offset]} for verdicts in (was, will_be))
        for (promise, rule), severity in sorted({**old, **new}.items()):
            if ((promise, rule) in old) != ((promise, rule) in new):
                found.append(VerdictEffect(by_offset[offset], promise, rule, severity, (promise, rule) in new))
    return len(will_be), found
