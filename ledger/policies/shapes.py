"""What `ledger policy coverage` and `ledger policy diff` answer, on the command line and over HTTP: the one form of both. Data, and how it is made.

Pure: the texts, the rows and the effect are given. Source: docs/policies.md sections 8 and 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.answers.policy_effects import EffectAnswer
from ledger.core.policy import Policy
from ledger.policies.comparing import compare
from ledger.policies.coverage import Row

BY_LAW = "law"
"""In place of a controller: of the promises that no statement makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingRule:
    """What holds a hoster to a promise. section: of the policy file, or `law`. judges: false where it only cites the promise."""

    section: str
    rule: str
    judges: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredPromise:
    """One promise. controller: null for the law. today: how it stands, in words. proven: what is proven -> names of tests."""

    id: str
    controller: str | None
    promise: str
    today: str
    status: tuple[str, ...]
    rules: tuple[HoldingRule, ...]
    proven: Mapping[str, tuple[str, ...]]
    promise_nl: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPolicy:
    """Which text. in_force_from: its day."""

    policy: str
    controller: str
    version: str
    in_force_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedField:
    """One field before and after: a text (durations in ISO 8601), a list, or nothing."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPart:
    """One part of a statement. how: added, removed or changed."""

    how: str
    part: str
    name: str
    fields: tuple[ChangedField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffAnswer:
    """What another text says otherwise. effect: what publishing NEW would change on this ledger; where it is null, no_effect_because says why."""

    old: NamedPolicy
    new: NamedPolicy
    changes: tuple[ChangedPart, ...]
    effect: EffectAnswer | None
    no_effect_because: str | None


def covered(rows: Iterable[Row], controller: str | None = None, status: str | None = None) -> tuple[CoveredPromise, ...]:
    """The promises of a controller (BY_LAW: of the law; None: all) that stand so, in their order."""
    return tuple(
        CoveredPromise(
            id=row.id, controller=row.controller, promise=row.promise, today=row.today, status=row.status,
            rules=tuple(HoldingRule(section=rule.section, rule=rule.name, judges=rule.judges) for rule in row.rules), proven=row.proven,
            promise_nl=row.promise_nl, quote=row.quote,
        )
        for row in rows
        if controller in (None, row.controller or BY_LAW) and status in (None, *row.status)
    )  # fmt: skip


def difference(old: Policy, new: Policy, effect: EffectAnswer | None, missing: str) -> DiffAnswer:
    """The two texts compared. missing: why there is no effect; empty where there is one."""
    changes = tuple(
        ChangedPart(
            how=each.how, part=each.part, name=each.name,
            fields=tuple(ChangedField(field=one.field, old=one.old, new=one.new) for one in each.fields),
        )
        for each in compare(old, new)
    )  # fmt: skip
    return DiffAnswer(old=_named(old), new=_named(new), changes=changes, effect=effect, no_effect_because=missing or None)


def _named(policy: Policy) -> NamedPolicy:
    return NamedPolicy(policy=policy.name, controller=policy.controller, version=policy.version, in_force_from=policy.in_force_from)
