"""Whether an erasure takes what its holder had promised to keep: before a stated time is over, while an objection is to be
remembered, or when an export comes first.

Pure. Answers for the moment of the erasure; where the state cannot tell, it raises `NeedsHistory`. Source: docs/judging.md section 4, `term_ended`,
`objection_ended` and `exported`; promises MD-21, MD-22, HH-15, HH-16, HH-19.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ledger.core.conditions import COUNTED_PURPOSES
from ledger.core.holdings import NeedsHistory, covers, scope_of
from ledger.core.judging.choices import has_withdrawn, latest, objects
from ledger.core.judging.then import Moment, held, is_before
from ledger.core.policy import Policy
from ledger.core.retention import due_of, rule_of
from ledger.core.retention_rule import RetentionRule
from ledger.core.rules import Rules
from ledger.core.state import Holding, Scope
from ledger.core.subject import Subject
from ledger.core.withstanding import SUPPRESSION


def is_too_early(rules: Rules, subject: Subject, fields: dict[str, Any], moment: Moment, promise: str) -> bool:
    """Whether something goes that, by a rule of this promise, stays until a later moment.

    Raises:
        NeedsHistory: something that bears on it came later.
    """
    scope = scope_of(fields)
    for holding, gone in _taken(subject, scope, moment):
        term = term_of(rules, subject, holding, moment)
        if term is None or term.rule.id != promise or term.rule.kept == "at_most":
            continue
        if term.end is None or term.end <= moment[0]:  # one that does not run: what starts it may never have been told
            continue
        declared = term.policy.activities.get(holding.attributes.activity or "")
        instead = _as_well(term.policy, holding)
        for category in gone:
            if declared is None or category not in declared.categories or _is_let_go(subject, holding, term.rule, category, moment):
                continue
            if not _is_kept_elsewhere(subject, holding, category, scope, moment, instead):
                return True
    return False


class Term(NamedTuple):
    """The rule that covered a holding, of which policy, and when its term was to be over; None: it did not run."""

    rule: RetentionRule
    policy: Policy
    end: int | None


def term_of(rules: Rules, subject: Subject, holding: Holding, moment: Moment) -> Term | None:
    """The term of a holding as it stood then, or None where the statement had none.

    Raises:
        NeedsHistory: something that bears on it came later.
    """
    if holding.latest.at > moment[0] or any(at > moment[0] for at in holding.erased.values()) or _moved_since(subject, moment):
        raise NeedsHistory
    published = rules.policy_at(subject.controller, holding.since)
    rule = None if published is None else rule_of(subject, holding, published.policy)
    if published is None or rule is None:
        return None
    due = due_of(subject, holding, rule, published.zone)
    return Term(rule, published.policy, None if due is None else due[0])


def lets_marketing_start_again(subject: Subject, fields: dict[str, Any], moment: Moment) -> bool:
    """Whether it takes an entry of the suppression list while an objection to marketing stands.

    Raises:
        NeedsHistory: something that bears on it came later.
    """
    if not any(
        (step := latest(changes, moment)) is not None and step[3] == "RAISED"
        for (purpose, _), changes in subject.objections.items() if purpose in COUNTED_PURPOSES
    ):  # fmt: skip
        return False
    scope = scope_of(fields)
    return any(
        not _is_kept_elsewhere(subject, holding, category, scope, moment, frozenset((SUPPRESSION,)), any_ref=True)
        for holding, gone in _taken(subject, scope, moment)
        if holding.key[2] == SUPPRESSION
        for category in gone
    )


def goes_before_export(subject: Subject, fields: dict[str, Any], moment: Moment) -> bool:
    """Whether the last of something goes for which an export was asked, and not sent yet.

    Raises:
        NeedsHistory: something that bears on it came later.
    """
    asked = [
        request
        for _, request in subject.requests_for("PORTABILITY")
        if request.received is not None and is_before(request.received, moment)
        and (request.answered is None or not is_before(request.answered, moment))
    ]  # fmt: skip
    if not asked:
        return False
    scope = scope_of(fields)
    return any(
        any(not request.categories or category in request.categories for request in asked)
        and not _is_kept_elsewhere(subject, holding, category, scope, moment, None, any_ref=True)
        for holding, gone in _taken(subject, scope, moment)
        for category in gone
    )


def _taken(subject: Subject, scope: Scope, moment: Moment) -> Iterator[tuple[Holding, list[str]]]:
    """The holdings of who erases, and of each the categories that it had then and has no more."""
    for holding in subject.holdings_of(scope[0], scope[4]):
        gone = [c for c in sorted({*holding.categories, *holding.erased}) if covers(scope, holding.key, c) and held(holding, c, moment)]
        if gone:
            yield holding, gone


def _moved_since(subject: Subject, moment: Moment) -> bool:
    """Whether a milestone is known that came later. A login of that very instant has come: see `then.py`."""
    return any(
        reached.at > moment[0] or (kind != "LOGGED_IN" and not is_before(reached, moment)) for kind, reached in subject.latest.items()
    )


def _is_let_go(subject: Subject, holding: Holding, rule: RetentionRule, category: str, moment: Moment) -> bool:
    """Whether the person wanted it gone before: asked for its erasure, ended the consent or objected. Nobody can wave what a statute demands."""
    if rule.withstands_requests:
        return False
    purpose, since = holding.key[2], holding.categories[category].at
    asked = (request for _, request in subject.requests_for("ERASURE") if request.received is not None and is_before(request.received, moment))
    return (
        any(request.asks_for(category, since) for request in asked)
        or has_withdrawn(subject, purpose, None, None, moment)
        or objects(subject, purpose, None, moment)
    )


def _as_well(policy: Policy, holding: Holding) -> frozenset[str]:
    """The purposes for which it may be kept instead: its own, and those for which a law demands it."""
    declared = policy.activities.get(holding.attributes.activity or "")
    return frozenset((holding.key[2], *(() if declared is None else declared.statutes)))


def _is_kept_elsewhere(
    subject: Subject, holding: Holding, category: str, scope: Scope, moment: Moment, purposes: frozenset[str] | None, *, any_ref: bool = False
) -> bool:
    """Whether the same holder has it in another holding for one of these purposes (or any), of the same thing, that this erasure leaves."""
    return any(
        key[0] == holding.key[0] and (purposes is None or key[2] in purposes) and (any_ref or key[3] == holding.key[3])
        and not covers(scope, key, category) and held(other, category, moment)
        for key, other in subject.holdings.items()
    )  # fmt: skip
