"""Every fact of a log judged afresh from all that stands before it (docs/judging.md sections 1 to 3 and 6).

Never remembers anything from one fact to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.naive_judging import needs, rules
from tests.naive_judging.holdings import gives_it_to_the_person
from tests.naive_judging.prefix import Event, Fields, Prefix

Verdict = tuple[bytes, str, str]
POLICIES = Path(__file__).parents[2] / "ledger" / "policies"
ACTS = {
    "DataCollected": rules.COLLECT, "DataShared": rules.SHARE, "DataUsed": rules.USE, "DataConsulted": rules.CONSULT,
    "DataErased": rules.ERASE, "DataRectified": rules.RECTIFY, "RequestAnswered": rules.ANSWER,
}  # fmt: skip
PROHIBITED = {rules.COLLECT: "prohibited-collection", rules.SHARE: "prohibited-share", rules.USE: "prohibited-use",
              rules.CONSULT: "prohibited-look-up"}  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """What a policy declares, as plain YAML: data, not rules. purposes, categories: all of them that it says data is passed on for, or has."""

    activities: dict[str, Any]
    recipients: dict[str, Any]
    purposes: frozenset[str]
    categories: frozenset[str]


@cache
def declared_by(controller: str) -> Declared:
    """The declared activities and recipients of a shipped policy."""
    text = (POLICIES / f"{controller}.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    declared = [*data["activities"].values(), *data["recipients"].values()]
    forbidding = [rule for rule in rules.own_rules_of(controller) if rules.SHARE in rule.acts and not rule.needs and rule.at_most is None]
    return Declared(
        data["activities"],
        data["recipients"],
        purposes=frozenset(purpose for each in declared for purpose in each.get("purposes", []))
        | frozenset(purpose for rule in forbidding for purpose in (*(rule.purposes or ()), *rule.no_purposes)),
        categories=frozenset(category for each in declared for category in each.get("categories", []))
        | frozenset(category for rule in forbidding for category in rule.categories or ()),
    )


def naive_verdicts(history: Sequence[Event]) -> set[Verdict]:
    """(event id, promise, rule) of all facts of one partition's log. history: (type, fields) in log order, register copies included."""
    found: set[Verdict] = set()
    for place, (name, fact) in enumerate(history):
        prefix = Prefix.before(history[:place], fact)
        if name not in ACTS or prefix.has_seen(fact["event_id"]) or not prefix.has_policy():
            continue
        declared = declared_by(fact["controller"])
        broken = outside_the_declared(name, fact, declared)
        for rule in rules_for(ACTS[name], fact):
            broken |= broken_by(rule, ACTS[name], fact, prefix, declared)
        found |= {(fact["event_id"], promise, said) for promise, said in broken}
    return found


def naive_register_verdicts(history: Sequence[Event]) -> set[Verdict]:
    """(event id, promise, rule) of what concerns the controllers alone (section 6)."""
    return {
        (f["event_id"], "HH-20" if f["controller"] == "hostinghuis" else "GDPR-13", "announced-late")
        for name, f in history
        if name == "PolicyPublished" and f["announced_at"] is not None and f["announced_at"] > f["in_force_from"]
    }


def outside_the_declared(name: str, fact: Fields, declared: Declared) -> set[tuple[str, str]]:
    """Section 2: (promise, rule) of what the policy does not declare."""
    if name == "DataCollected":
        return outside_the_activity(fact, declared)
    if name == "DataShared" and not gives_it_to_the_person(fact):
        return outside_the_role(fact, declared)
    return set()


def outside_the_activity(fact: Fields, declared: Declared) -> set[tuple[str, str]]:
    if fact["activity"] not in declared.activities:
        return {("X-04", "undeclared-activity")}
    activity = declared.activities[fact["activity"]]
    promise, found = activity["promises"][0], set()
    if any(category not in activity["categories"] for category in fact["categories"]):
        found.add((promise, "undeclared-category"))
    if any(purpose not in activity["purposes"] for purpose in fact["purposes"]):
        found.add((promise, "undeclared-purpose"))
    origins = activity.get("origins", [])
    if origins and fact["origin"] != "UNKNOWN" and fact["origin"] not in origins:
        found.add((promise, "other-origin"))
    if fact["legal_basis"] not in activity["legal_basis"]:
        found.add(("GDPR-13", "undeclared-legal-basis"))
    if fact["store"] not in activity["stores"]:
        found.add(("X-04", "undeclared-store"))
    elif fact["country"] not in (None, activity["stores"][fact["store"]]) and not promises_where(fact):
        found.add(("X-04", "store-in-other-country"))
    return found


def promises_where(fact: Fields) -> bool:
    """Whether the statement itself promises of this collection in which country it is kept."""
    return any("declared_country" in rule.needs for rule in rules_for(rules.COLLECT, fact))


def outside_the_role(fact: Fields, declared: Declared) -> set[tuple[str, str]]:
    if fact["recipient_role"] not in declared.recipients:
        return {("X-04", "undeclared-recipient-role")}
    role = declared.recipients[fact["recipient_role"]]
    promise, found = role["promises"][0], set()
    if role.get("purposes") and fact["purpose"] not in role["purposes"]:
        found.add((promise, "share-for-other-purpose"))
    if role.get("categories") and any(category not in role["categories"] for category in fact["categories"]):
        found.add((promise, "share-of-other-category"))
    if role.get("named") and fact["by"] == fact["controller"] and fact["recipient"] not in role["named"]:
        found.add((promise, "share-with-unnamed-recipient"))
    if fact["by"] == fact["controller"] and fact["purpose"] not in needs.DUTIES:
        if not role.get("purposes") and fact["purpose"] not in declared.purposes:
            found.add(("X-04", "share-for-undeclared-purpose"))
        if not role.get("categories") and any(category not in declared.categories for category in fact["categories"]):
            found.add(("X-04", "share-of-undeclared-category"))
    return found


def rules_for(act: str, fact: Fields) -> list[rules.Rule]:
    """The controller's own rules about this act, and those of the law that none of them stands for."""
    own = [rule for rule in rules.own_rules_of(fact["controller"]) if applies(rule, act, fact)]
    asked = {need for rule in own for need in rule.needs}
    found = own + [rule for rule in rules.FOR_EVERYONE if not asked & set(rule.needs)]
    if act == rules.SHARE and gives_it_to_the_person(fact):
        return [rule for rule in found if set(rule.needs) & {"no_objection", "no_objection_to"}]
    return found


def applies(rule: rules.Rule, act: str, fact: Fields) -> bool:
    """Whether the act is of a kind that the rule names and meets every list it names; of a list one common term is enough."""
    purposes = fact["purposes"] if act == rules.COLLECT else [fact.get("purpose")]
    by_controller = fact.get("by") == fact["controller"]
    return (
        act in rule.acts
        and (rule.purposes is None or any(purpose in rule.purposes for purpose in purposes))
        and not (rule.no_purposes and all(purpose in rule.no_purposes for purpose in purposes))
        and (rule.categories is None or any(category in rule.categories for category in fact["categories"]))
        and (rule.activities is None or fact["activity"] in rule.activities)
        and (rule.roles is None or fact["recipient_role"] in rule.roles)
        and (not rule.no_roles or fact["recipient_role"] not in rule.no_roles)
        and (rule.recipients is None or fact["recipient"] in rule.recipients)
        and not (rule.no_products and (not fact["product"] or fact["product"].lower() in rule.no_products))
        and (rule.channels is None or fact["channel"] in rule.channels)
        and (rule.outcomes is None or fact["outcome"] in rule.outcomes)
        and (rule.by is None or by_controller == (rule.by == rules.CONTROLLER))
    )


def broken_by(rule: rules.Rule, act: str, fact: Fields, prefix: Prefix, declared: Declared) -> set[tuple[str, str]]:
    """The one (promise, rule) that breaks, or nothing."""
    if not applies(rule, act, fact):
        return set()
    if rule.at_most is not None:
        uses = [f for f in prefix.happened("DataUsed") if applies(rule, rules.USE, f)]
        return {(rule.promise, "too-many-sends")} if needs.in_the_year_before(uses, fact) + 1 > rule.at_most else set()
    if not rule.needs:
        return {(rule.promise, PROHIBITED[act])}
    problems = [needs.problem(need, rule, act, fact, prefix, declared.activities) for need in rule.needs]
    if None in problems:
        return set()
    return {(rule.promise, str(problems[0]))}
