"""How long a controller's log of look-ups lasts: the term of its policy, for one look-up and for all of a day.

Pure. Source: docs/vault.md section 9; SO-12.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.core.retention_rule import COLLECTION, RetentionRule
from ledger.core.rules import PolicyInForce, Rules

LOOK_UP_LOG: Final = "ledger:LookUpLog"
"""The category by which a policy declares its log of look-ups."""
_QUARTER: Final = 15 * 60 * 1_000_000
_QUARTERS: Final = 24 * 4


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


def forgotten_at(rules: Rules, controller: str, at: int) -> int | None:
    """When the log forgets a look-up at that moment, by the policy in force then; None: no term is stated. Microseconds since 1970, in and out."""
    published = rules.policy_at(controller, at)
    rule = rule_of(published)
    return None if rule is None or published is None else rule.due_at(at, published.zone)


def day_forgotten_at(rules: Rules, controller: str, start: int) -> int | None:
    """When the log has forgotten all look-ups of the 24 hours from `start`; None: never, of some no term is stated.

    Terms grow with the moment they count from, but where a clock goes back or another policy comes into force: between two of these the last
    moment is forgotten last. Clocks change at a whole quarter of an hour.
    """
    found = [forgotten_at(rules, controller, at) for at in _last_moments(rules, controller, start)]
    return None if None in found else max(at for at in found if at is not None)


def _last_moments(rules: Rules, controller: str, start: int) -> Iterator[int]:
    end = start + _QUARTERS * _QUARTER
    for quarter in range(start + _QUARTER, end + 1, _QUARTER):
        yield quarter - 1
    for known in rules.policies.get(controller, ()):
        if start < known.in_force_from < end:
            yield known.in_force_from - 1
