"""Who looked at somebody's data: within the term that the policy gives the log of look-ups; what is older is forgotten, and only counted.

Who it was is never said: it is sealed under a key of its own. By index. Source: docs/answers.md, "Look-ups"; GDPR Art. 15 (C-579/21), 32; SO-12,
HH-07.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ledger.answers.answering import term_text
from ledger.answers.asking import Asking, Snapshot
from ledger.answers.facts import Fact, facts_of
from ledger.answers.presentation import term, terms
from ledger.answers.shapes_rights import LookUp, LookUpsAnswer
from ledger.core.ids import partition_of_subject, subject_id
from ledger.core.retention_rule import COLLECTION, RetentionRule
from ledger.core.rules import PolicyInForce

LOOK_UP_LOG: Final = "ledger:LookUpLog"
"""The category by which a policy declares its log of look-ups."""


def look_ups(asking: Asking, controller: str, subject_ref: str) -> LookUpsAnswer:
    """List the look-ups of one person's data, newest first."""
    with asking.snapshot() as seen:
        wanted, partition = subject_id(controller, subject_ref), partition_of_subject(controller, subject_ref, seen.partitions)
        rule, shown, forgotten = remembered(seen, controller, partition, facts_of(seen, (wanted,), "DataConsulted")[wanted])
    return LookUpsAnswer(
        controller=controller,
        subject_ref=subject_ref,
        rule=rule.id if rule else None,
        term=term_text(rule) if rule else None,
        look_ups=shown,
        forgotten=forgotten,
        freshness=seen.freshness(only=partition),
    )


def remembered(
    seen: Snapshot, controller: str, partition: int, facts: Iterable[Fact]
) -> tuple[RetentionRule | None, tuple[LookUp, ...], int]:
    """The rule for the log of look-ups, the look-ups that it still has, newest first, and how many it has not.

    Each is kept by the policy in force when it happened, as everything collected is; the rule returned is today's. facts: DataConsulted.
    """
    rules, now = seen.register(partition).rules, seen.time_of(partition)
    shown: list[LookUp] = []
    forgotten = 0
    for fact in facts:
        at = fact.fields["occurred_at"]
        published = rules.policy_at(controller, at)
        rule = rule_of(published)
        if rule is not None and published is not None and rule.due_at(at, published.zone) <= now:
            forgotten += 1
        else:
            shown.append(_look_up(fact))
    return rule_of(rules.policy_at(controller, now)), tuple(reversed(shown)), forgotten


def rule_of(published: PolicyInForce | None) -> RetentionRule | None:
    """The term of the log of look-ups: the rule that covers the activity which declares it, counted from the look-up itself."""
    if published is None:
        return None
    policy = published.policy
    for activity in policy.activities.values():
        if LOOK_UP_LOG in activity.categories:
            found: Sequence[RetentionRule | None] = [
                policy.rule_for(True, activity.name, "", purpose, frozenset((LOOK_UP_LOG,))) for purpose in sorted(activity.purposes)
            ]
            return next((rule for rule in found if rule is not None and rule.anchors == (COLLECTION,)), None)
    return None


def _look_up(fact: Fact) -> LookUp:
    of = fact.fields
    return LookUp(
        at=of["occurred_at"],
        purpose=term("purposes", of["purpose"]),
        categories=terms("categories", sorted(of["categories"])),
        ticket_ref=of["ticket_ref"],
        incident_ref=of["incident_ref"],
        permission_ref=of["permission_ref"],
        who="SEALED" if of["sealed"] is not None else "NOT_RECORDED",
        event=fact.event,
    )
