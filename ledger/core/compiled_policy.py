"""Reads the compiled form of a policy, which `PolicyPublished` carries: canonical JSON in, a Policy out.

Pure. Whatever is wrong in it is a PolicyError, so that one bad register event stops nobody: everything that is used has its type, and every text
can stand in an event and in a column. What more it carries is passed over. Source: docs/policies.md, "Compiled form".
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final

from ledger.core.calendar import Duration, TermError, parse_duration
from ledger.core.compiled_values import entries_of_list, entries_of_map, one_of, short_text, text
from ledger.core.conditions import COUNTED_PURPOSES, NEEDS, Cap, Condition, Prohibition, Scope, Terms
from ledger.core.duty import DEEDS, Duty
from ledger.core.law import statutes_from
from ledger.core.policy import Activity, Policy, Promise, RecipientRule, StatedTransfers, Store
from ledger.core.retention_rule import ANCHORS, NOT_STATED, RetentionRule
from ledger.core.stated_record import Contact, Contacts, Security
from ledger.core.statutory import BY_STATUTE, Length, LengthInLaw, lengths_in_law
from ledger.errors import DataError

# The version of the compiled form. A reader refuses one that it does not know; published policies are never compiled again. A policy is written in
# the lowest version whose readers take it as it is meant: a reader of 2 passes over `when` of a retention rule and would hold everybody to it.
# One of 3 passes over the roles that a rule leaves out, how bad a prohibition is, and whom the statement names. One of 4 passes
# over what a term means, and would have all erased at its end that is to be kept at least so long. One of 5 passes over the products that a rule
# leaves out, and would forbid them too.
COMPILED_FORMAT: Final = 2
FORMAT_WITH_WHEN: Final = 3
FORMAT_WITH_NAMES: Final = 4
FORMAT_WITH_KEPT: Final = 5
FORMAT_WITH_PRODUCTS: Final = 6
FORMATS: Final = (COMPILED_FORMAT, FORMAT_WITH_WHEN, FORMAT_WITH_NAMES, FORMAT_WITH_KEPT, FORMAT_WITH_PRODUCTS)
# Of a compiled policy: it has six levels. What more a policy carries may have some of its own; without a bound, how deep Python is already
# would decide whether it can be read.
NESTING_MAX = 32
# For whom an activity may be done. A policy published before there was the field has none: it is done for the controller itself.
ON_BEHALF_OF: Final = ("customers",)
ACTS = ("collect", "share", "use", "consult", "erase", "rectify", "answer")


class PolicyError(DataError):
    """A compiled policy cannot be read. It was not made by `ledger policy publish`, or by a newer one."""


@lru_cache(maxsize=64)
def policy_from_json(compiled: str) -> Policy:
    """Read the compiled form that PolicyPublished carries. The same text gives the same (shared, immutable) policy.

    Raises:
        PolicyError: not a compiled policy, or of another format version.
    """
    try:
        _require_shallow(compiled)
        data = json.loads(compiled)
        found = data["format"]
        if found not in FORMATS:
            raise PolicyError(
                f"cannot read compiled policy: expected format {', '.join(map(str, FORMATS[:-1]))} or {FORMATS[-1]}, got another",
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
    law = dict(data.get("law", {}))
    return Policy(
        name=short_text(data["policy"]),
        controller=short_text(data["controller"]),
        version=short_text(data["version"]),
        title=text(data["title"]),
        time_zone=short_text(data["time_zone"]),
        announced_on=_optional_id(data.get("announced_on")),
        in_force_from=short_text(data["in_force_from"]),
        activities={short_text(name): _activity(name, body) for name, body in entries_of_map(data["activities"])},
        retention=tuple(_retention(rule, acts_within, law) for rule in entries_of_list(data["retention"])),
        recipients={short_text(role): _recipient(role, body) for role, body in entries_of_map(data["recipients"])},
        prohibitions=tuple(_prohibition(rule) for rule in entries_of_list(data.get("prohibitions", []))),
        conditions=tuple(_condition(rule) for rule in entries_of_list(data.get("conditions", []))),
        duties=tuple(_duty(rule) for rule in entries_of_list(data.get("duties", []))),
        acts_within=acts_within,
        promises=tuple(
            Promise(
                id=short_text(promise), status=short_text(body["status"]), note=text(body.get("note", "")), note_nl=text(body.get("note_nl", "")),
                also=_ids(body.get("also", [])),
            )
            for promise, body in entries_of_map(data.get("promises", {}))
        ),
        transfers=_transfers(data.get("transfers")),
        contacts=_contacts(data.get("contacts", {})),
        security=_security(data.get("security", {})),
        law=law,
        **_sets(data, "data_subjects"),
    )


def _activity(name: str, body: dict[str, Any]) -> Activity:
    return Activity(
        name=name,
        title=text(body["title"]),
        legal_bases=_ids(body["legal_basis"]),
        necessity=short_text(body["necessity"]),
        stores=tuple(Store(name=short_text(store), country=short_text(country)) for store, country in entries_of_map(body["stores"])),
        promises=_ids(body.get("promises", [])),
        title_nl=text(body.get("title_nl", "")),
        statutes={short_text(purpose): short_text(statute) for purpose, statute in entries_of_map(body.get("statutes", {}))},
        on_behalf_of=one_of(body["on_behalf_of"], *ON_BEHALF_OF) if "on_behalf_of" in body else None,
        security=_security(body.get("security", {})),
        **_sets(body, "purposes", "categories", "origins", "data_subjects"),
    )


def _contacts(body: dict[str, Any]) -> Contacts:
    """Who answers; a policy published before there was the field has none."""
    alone = {name: _contact(body[name]) for name in ("controller", "officer", "representative") if name in body}
    return Contacts(joint_controllers=tuple(_contact(each) for each in entries_of_list(body.get("joint_controllers", []))), **alone)


def _contact(body: dict[str, Any]) -> Contact:
    return Contact(name=short_text(body["name"]), **{each: short_text(body.get(each, "")) for each in ("address", "email", "phone")})


def _security(body: dict[str, Any]) -> Security:
    return Security(note=text(body.get("note", "")), note_nl=text(body.get("note_nl", "")), **_sets(body, "measures"))


def _retention(rule: dict[str, Any], acts_within: Duration, law: dict[str, Any]) -> RetentionRule:
    in_law = _in_law(rule, law)
    length = in_law[-1].length if in_law else Length(parse_duration(rule["after"]), _duration(rule, "then"), _rounding(rule) or "none")
    return RetentionRule(
        id=short_text(rule["id"]),
        holder=one_of(rule["holder"], "controller", "recipient"),
        anchors=_anchors(rule["anchors"]),
        after=length.after,
        then=length.then,
        rounding=length.rounding,
        mode=one_of(rule.get("mode", "ALL"), "ALL", "ANY"),
        per=one_of(rule.get("per", "subject"), "subject", "ref"),
        statute=_optional_id(rule.get("statute")),
        consent_to=_optional_id(rule.get("consent_to")),
        customer=_customer(rule.get("when")),
        in_law=in_law,
        acts_within=_duration(rule, "acts_within") or acts_within,
        kept=one_of(rule.get("kept", "at_most"), "at_most", "exactly", "at_least"),
        **_sets(rule, "activities", "roles", "purposes", "categories"),
    )


def _in_law(rule: dict[str, Any], law: dict[str, Any]) -> tuple[LengthInLaw, ...]:
    """What the versions of its statute make of a rule that leaves its last part to the statute; empty for a rule that says it all itself."""
    if BY_STATUTE not in (rule["after"], rule.get("then")):
        return ()
    before = None
    if "then" in rule:  # the statutory part is the last one
        before = parse_duration(rule["after"])
    return lengths_in_law(statutes_from(law), short_text(rule["statute"]), before, _rounding(rule))


def _rounding(rule: dict[str, Any]) -> Any:
    return one_of(rule["rounding"], "none", "calendar_year_end") if "rounding" in rule else None


def _duration(rule: dict[str, Any], name: str) -> Duration | None:
    return parse_duration(rule[name]) if name in rule else None


def _customer(when: Any) -> bool | None:
    """Of a condition it must know every word: one that is passed over would hold more people to the rule than the statement does."""
    if when is None:
        return None
    if not isinstance(when, dict) or when.keys() != {"customer"} or not isinstance(when["customer"], bool):
        raise ValueError("expected a condition on being a customer, got something else")
    return when["customer"]


def _recipient(role: str, body: dict[str, Any]) -> RecipientRule:
    return RecipientRule(role=role, promises=_ids(body["promises"]), **_sets(body, "purposes", "categories", "named", "such_as"))


def _transfers(body: dict[str, Any] | None) -> StatedTransfers | None:
    return None if body is None else StatedTransfers(promise=short_text(body["promise"]), **_sets(body, "recipients", "safeguards"))


def _prohibition(rule: dict[str, Any]) -> Prohibition:
    act = one_of(rule.get("act", "any"), "any", "collect", "share", "use", "consult")
    severity = one_of(rule.get("severity", "BREACH"), "NOTE", "WARNING", "BREACH")
    if act == "any":
        return Prohibition(id=short_text(rule["id"]), scope=_scope(rule), severity=severity)
    return Prohibition(id=short_text(rule["id"]), acts=frozenset({act}), scope=_scope(rule), severity=severity)


def _condition(rule: dict[str, Any]) -> Condition:
    act, needs, cap, scope = one_of(rule["act"], *ACTS), _ids(rule.get("needs", [])), rule.get("at_most"), _scope(rule)
    if bool(needs) == bool(cap) or any(act not in NEEDS[need] for need in needs):
        raise ValueError("expected needs that go with the act, or at_most")
    if cap and (act != "use" or not scope.purposes or not scope.purposes <= COUNTED_PURPOSES):
        raise ValueError("expected a cap on uses with purposes that are counted")
    return Condition(
        id=short_text(rule["id"]),
        act=act,
        scope=scope,
        needs=needs,
        **_sets(rule, "grounds", "objections"),
        at_most=Cap(count=int(short_text(cap["count"])), within=parse_duration(cap["within"])) if cap else None,
        severity=one_of(rule.get("severity", "BREACH"), "NOTE", "WARNING", "BREACH"),
    )


def _duty(rule: dict[str, Any]) -> Duty:
    on = one_of(rule["on"], *DEEDS)
    return Duty(
        id=short_text(rule["id"]),
        on=on,
        do=one_of(rule["do"], *DEEDS[on]),
        acts_within=parse_duration(rule["acts_within"]) if "acts_within" in rule else None,
        **_sets(rule, "risks", "rights"),
    )


def _scope(rule: dict[str, Any]) -> Scope:
    names = (
        "purposes", "except_purposes", "categories", "activities", "stores", "roles", "except_roles", "recipients", "products", "except_products",
        "channels", "outcomes",
    )  # fmt: skip
    return Scope(by=one_of(rule.get("by", "any"), "any", "controller", "recipient"), **_sets(rule, *names))


def _sets(body: dict[str, Any], *names: str) -> dict[str, Terms]:
    return {name: frozenset(_ids(body.get(name, []))) for name in names}


def _optional_id(value: Any) -> str | None:
    return None if value is None else short_text(value)


def _ids(value: Any) -> tuple[str, ...]:
    return tuple([short_text(each) for each in entries_of_list(value)])


def _anchors(value: Any) -> tuple[str, ...]:
    """Each once: the facts that a date rests on are cited."""
    anchors = _ids(value)
    if len(set(anchors)) != len(anchors) or not ANCHORS.issuperset(anchors) or (NOT_STATED in anchors and len(anchors) > 1):
        raise ValueError("expected known anchors, each once, or NOT_STATED alone, got something else")
    return anchors


_TEXTS_AND_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def _require_shallow(compiled: str) -> None:
    """Refuse deep nesting before it is read."""
    depth = 0
    for found in _TEXTS_AND_BRACKETS.finditer(compiled):
        if found[0] in "[{":
            depth += 1
            if depth > NESTING_MAX:
                raise ValueError(f"expected at most {NESTING_MAX} levels, got more")
        elif found[0] in "]}":
            depth -= 1
