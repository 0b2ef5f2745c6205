"""Reads the compiled form of a policy, which `PolicyPublished` carries: canonical JSON in, a Policy out.

Pure. Whatever is wrong in it is a PolicyError, so that one bad register event stops nobody. Source: docs/policies.md, "Compiled form".
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from ledger.core.calendar import Duration, TermError, parse_duration
from ledger.core.limits import COUNTED_PURPOSES, NEEDS, Cap, Condition, Prohibition, Scope, Terms
from ledger.core.policy import Activity, Policy, Promise, RecipientRule, Store
from ledger.core.retention_rule import RetentionRule
from ledger.errors import DataError

# The version of the compiled form. A reader refuses another one; published policies are never compiled again.
COMPILED_FORMAT = 2
ACTS = ("collect", "share", "use", "consult", "erase", "answer")


class PolicyError(DataError):
    """A compiled policy cannot be read. It was not made by `ledger policy publish`, or by a newer one."""


@lru_cache(maxsize=64)
def policy_from_json(compiled: str) -> Policy:
    """Read the compiled form that PolicyPublished carries. The same text gives the same (shared, immutable) policy.

    Raises:
        PolicyError: not a compiled policy, or of another format version.
    """
    try:
        data = json.loads(compiled)
        found = data["format"]
        if found != COMPILED_FORMAT:
            raise PolicyError(
                f"cannot read compiled policy: expected format {COMPILED_FORMAT}, got another",
                hint="install the release that wrote it",
            )
        return _policy(data)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, TermError) as error:
        raise PolicyError(
            "cannot read compiled policy: expected the compiled form, got something else",
            hint="publish policies with `ledger policy publish`",
        ) from error


def _policy(data: dict[str, Any]) -> Policy:
    acts_within = parse_duration(data["acts_within"])
    return Policy(
        name=data["policy"],
        controller=data["controller"],
        version=data["version"],
        title=data["title"],
        time_zone=data["time_zone"],
        announced_on=data.get("announced_on"),
        in_force_from=data["in_force_from"],
        activities={name: _activity(name, body) for name, body in data["activities"].items()},
        retention=tuple(_retention(rule, acts_within) for rule in data["retention"]),
        recipients={role: _recipient(role, body) for role, body in data["recipients"].items()},
        prohibitions=tuple(_prohibition(rule) for rule in data.get("prohibitions", ())),
        conditions=tuple(_condition(rule) for rule in data.get("conditions", ())),
        promises=tuple(Promise(id=promise, status=body["status"], note=body.get("note", "")) for promise, body in data.get("promises", {}).items()),
        law=dict(data.get("law", {})),
    )


def _activity(name: str, body: dict[str, Any]) -> Activity:
    return Activity(
        name=name,
        title=body["title"],
        legal_bases=tuple(body["legal_basis"]),
        necessity=body["necessity"],
        stores=tuple(Store(name=store, country=country) for store, country in body["stores"].items()),
        promises=tuple(body.get("promises", ())),
        **_sets(body, "purposes", "categories", "origins"),
    )


def _retention(rule: dict[str, Any], acts_within: Duration) -> RetentionRule:
    return RetentionRule(
        id=rule["id"],
        holder=_one_of(rule["holder"], "controller", "recipient"),
        anchors=tuple(rule["anchors"]),
        after=parse_duration(rule["after"]),
        then=parse_duration(rule["then"]) if "then" in rule else None,
        rounding=_one_of(rule.get("rounding", "none"), "none", "calendar_year_end"),
        mode=_one_of(rule.get("mode", "ALL"), "ALL", "ANY"),
        per=_one_of(rule.get("per", "subject"), "subject", "ref"),
        statute=rule.get("statute"),
        acts_within=parse_duration(rule["acts_within"]) if "acts_within" in rule else acts_within,
        **_sets(rule, "activities", "roles", "purposes", "categories"),
    )


def _recipient(role: str, body: dict[str, Any]) -> RecipientRule:
    return RecipientRule(role=role, promises=tuple(body["promises"]), **_sets(body, "purposes", "categories"))


def _prohibition(rule: dict[str, Any]) -> Prohibition:
    act = _one_of(rule.get("act", "any"), "any", "collect", "share", "use", "consult")
    if act == "any":
        return Prohibition(id=rule["id"], scope=_scope(rule))
    return Prohibition(id=rule["id"], acts=frozenset({act}), scope=_scope(rule))


def _condition(rule: dict[str, Any]) -> Condition:
    act, needs, cap = _one_of(rule["act"], *ACTS), tuple(rule.get("needs", ())), rule.get("at_most")
    if bool(needs) == bool(cap) or any(act not in NEEDS[need] for need in needs):
        raise ValueError("expected needs that go with the act, or at_most")
    scope = _scope(rule)
    if cap and (act != "use" or not scope.purposes or not scope.purposes <= COUNTED_PURPOSES):
        raise ValueError("expected a cap on uses with purposes that are counted")
    return Condition(
        id=rule["id"],
        act=act,
        scope=scope,
        needs=needs,
        grounds=frozenset(rule.get("grounds", ())),
        at_most=Cap(count=int(cap["count"]), within=parse_duration(cap["within"])) if cap else None,
        severity=_one_of(rule.get("severity", "BREACH"), "NOTE", "WARNING", "BREACH"),
    )


def _scope(rule: dict[str, Any]) -> Scope:
    names = ("purposes", "except_purposes", "categories", "activities", "stores", "roles", "recipients", "products", "channels", "outcomes")
    return Scope(by=_one_of(rule.get("by", "any"), "any", "controller", "recipient"), **_sets(rule, *names))


def _one_of(value: str, *choices: Any) -> Any:
    if value not in choices:
        raise ValueError(f"expected one of {', '.join(choices)}, got another")
    return value


def _sets(body: dict[str, Any], *names: str) -> dict[str, Terms]:
    return {name: frozenset(body.get(name, ())) for name in names}
