"""When a holding must go: the rule that covers it, its anchors, then the policy's term (calendar.py does the dates).

Pure. Source of the rules: docs/policies.md, docs/promises.md. An anchor is a fact that has happened, never a wish: no anchor, no date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.core.consent_end import consent_end
from ledger.core.customer import customer_at
from ledger.core.retention_rule import COLLECTION, CONSENT_ENDED, NOT_STATED, STARTS_OF
from ledger.core.state import Evidence, Holding
from ledger.core.subject import Subject

if TYPE_CHECKING:
    from datetime import tzinfo

    from ledger.core.policy import Policy
    from ledger.core.retention_rule import RetentionRule


def rule_of(subject: Subject, holding: Holding, policy: Policy) -> RetentionRule | None:
    """The rule of a policy that covers a holding, or None when the statement gives no term.

    Whether the person is a customer is asked of the moment of the latest collection, as is all else that the rule looks at.
    """
    attributes, own = holding.attributes, holding.key[0] == subject.controller
    customer = policy.asks_customer and customer_at(subject, holding.latest.at)
    return policy.rule_for(own, attributes.activity or "", attributes.role or "", holding.key[2], frozenset(holding.categories), customer)


def anchor_of(subject: Subject, holding: Holding, rule: RetentionRule, zone: tzinfo) -> tuple[int, tuple[Evidence, ...]] | None:
    """The moment the rule's term starts for this holding and the facts that say so, or None while it does not run.

    ALL: every anchor must hold, the latest counts (SH-11). ANY: one is enough, the earliest counts. An end whose term was over before the data
    came is not the end that the data waits for: who comes back is asked for his data before the new start is known.
    """
    found: list[Evidence] = []
    for anchor in rule.anchors:
        evidence = _evidence(subject, holding, rule, anchor)
        if evidence is not None:
            found.append(evidence)
        elif rule.mode == "ALL":
            return None
    if found and holding.categories and rule.waits_for_an_end:
        since, latest = holding.since, [max(found)] if rule.mode == "ALL" else found
        going = [each for each in latest if rule.due_at(each.at, zone) >= since]
        found = found if going == latest else [] if rule.mode == "ALL" else going
    if not found:
        return None
    if rule.mode == "ALL":
        return max(found).at, tuple(sorted(found))
    first = min(found)
    return first.at, (first,)


def waiting_for(subject: Subject, holding: Holding, rule: RetentionRule, zone: tzinfo) -> tuple[str, ...]:
    """The anchors that do not hold yet, in the rule's order; empty when the term runs. With ANY, one of them is enough."""
    if anchor_of(subject, holding, rule, zone) is not None:
        return ()
    missing = tuple(anchor for anchor in rule.anchors if _evidence(subject, holding, rule, anchor) is None)
    return missing or rule.anchors  # all have ended, before the data came: they are to end once more


def _evidence(subject: Subject, holding: Holding, rule: RetentionRule, anchor: str) -> Evidence | None:
    """The fact that one anchor rests on, or None while it does not hold."""
    if anchor == COLLECTION:
        return holding.latest
    if anchor == CONSENT_ENDED:
        return consent_end(subject, holding, rule.consent_to or holding.key[2])
    if anchor == NOT_STATED:
        return None
    return _milestone(subject, anchor, holding.key[3], rule.per == "ref")


def _milestone(subject: Subject, kind: str, ref: str | None, per_ref: bool) -> Evidence | None:
    """The fact that the thing has ended: for one ref, or the last of all refs when none is still running.

    Only moments are compared: at an equal moment the end wins, whatever the event ids.
    """
    milestones = subject.milestones
    if per_ref:
        ended = milestones.get((kind, ref))
        if ended is None:
            return None
        for start in STARTS_OF.get(kind, ()):
            started = milestones.get((start, ref))
            if started is not None and started.at > ended.at:
                return None
        return ended
    return subject.last_end(kind)


def due_of(subject: Subject, holding: Holding, rule: RetentionRule, zone: tzinfo) -> tuple[int, tuple[Evidence, ...]] | None:
    """When this rule wants the holding gone, and the facts the date rests on; None while the term does not run."""
    anchor = anchor_of(subject, holding, rule, zone)
    if anchor is None:
        return None
    at, evidence = anchor
    return rule.due_at(at, zone), evidence
