"""What `ledger policy explain` says of a policy, as one text: for tests."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from ledger.contract.term_names import Language
from ledger.core.calendar import parse_duration
from ledger.core.conditions import Condition, Prohibition, Scope
from ledger.core.duty import Duty
from ledger.core.policy import Activity, Policy, Promise, RecipientRule, StatedTransfers, Store
from ledger.core.retention_rule import RetentionRule
from ledger.explaining.explaining import explain
from ledger.explaining.shapes import Asked, Explanation, Happened
from ledger.policies.files import load_policy

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def text_of(found: Explanation) -> str:
    """All that is said, one sentence a line, each with what it cites."""
    parts = [part for holding in found.holdings for part in holding.parts] + list(found.general)
    return "\n".join(f"{sentence.text} {' '.join(sentence.cites)}" for part in parts for sentence in part.sentences)


def said(policy: Policy, language: Language = "en", *, happened: Happened | None = None, **asked: Any) -> str:
    return text_of(explain(policy, Asked(**asked), language, AMSTERDAM, happened))


def shipped(name: str) -> Policy:
    return load_policy(name).policy


RULE = RetentionRule(
    id="AA-01", holder="controller", anchors=("SERVICE_ENDED", "CONSENT_ENDED"), after=parse_duration("P2Y"), acts_within=parse_duration("P7D")
)
PROHIBITION = Prohibition(id="AA-02", scope=Scope(categories=frozenset({"pd:Name"})))
CONDITION = Condition(
    id="AA-03", act="share", scope=Scope(), needs=("legal_ground", "no_objection_to"), grounds=frozenset({"court_order"}),
    objections=frozenset({"dpv:Marketing"}),
)  # fmt: skip
ACTIVITY = Activity(
    name="account", title="The account", purposes=frozenset({"dpv:AccountManagement"}), legal_bases=("eu-gdpr:A6-1-b",),
    categories=frozenset({"pd:Name"}), necessity="REQUIRED", stores=(Store(name="crm", country="NL"),), promises=("AA-04",),
)  # fmt: skip
ROLE = RecipientRule(role="registry", promises=("AA-05",))
DUTY = Duty(id="AA-06", on="breach", do="notify_subject")
PROMISE = Promise(id="AA-04", status="silent", note="no term")


def policy_of(
    rule: RetentionRule = RULE, prohibition: Prohibition = PROHIBITION, condition: Condition = CONDITION, activity: Activity = ACTIVITY,
    role: RecipientRule = ROLE, promise: Promise = PROMISE, duty: Duty = DUTY, transfers: StatedTransfers | None = None,
) -> Policy:  # fmt: skip
    return Policy(
        name="p", controller="hoster", version="1", title="P", time_zone="Europe/Amsterdam", announced_on=None, in_force_from="2018-06-01",
        activities={activity.name: activity}, recipients={role.role: role}, retention=(rule,), prohibitions=(prohibition,), conditions=(condition,),
        promises=(promise,), duties=(duty,), transfers=transfers,
    )  # fmt: skip


def whole(policy: Policy, language: Language = "en") -> str:
    """All that explain says of a policy: as a whole, of its activity, and of its role."""
    (activity,), (role,) = policy.activities, policy.recipients
    return "\n".join([said(policy, language), said(policy, language, activity=activity), said(policy, language, role=role)])


TERM = frozenset({"dpv:CustomerCare"})
