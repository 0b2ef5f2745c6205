"""`ledger policy explain` leaves nothing out: every key in both languages, every field of every rule, every section of the policies that ship."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from string import Formatter
from typing import Any, get_args

import pytest

from ledger.contract.term_names import Language
from ledger.core.calendar import parse_duration
from ledger.core.conditions import NEEDS, ActKind, By, Cap, Condition, Prohibition, Scope, Severity
from ledger.core.duty import DEEDS, Duty
from ledger.core.policy import Activity, Policy, Promise, RecipientRule, StatedTransfers, Store
from ledger.core.retention_rule import ANCHORS, STARTS_OF, RetentionRule
from ledger.core.stated_record import Security
from ledger.core.statutory import Length, LengthInLaw
from ledger.explaining.explaining import explain
from ledger.explaining.shapes import Asked
from ledger.explaining.words import LANGUAGES, words
from ledger.policies.files import shipped_policies
from tests.explained import ACTIVITY, AMSTERDAM, CONDITION, DUTY, PROHIBITION, PROMISE, ROLE, RULE, TERM, policy_of, shipped, text_of, whole

SAME = {"joined.need_or", "term.statute_known", "term.passed_rule", "duty.about_rights", "day"}
"""Nothing but places and marks."""


def places(text: Any) -> set[str]:
    """The names in braces of a sentence; of a list, how long it is."""
    return {str(len(text))} if isinstance(text, list) else {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_every_key_and_the_same_places() -> None:
    english, dutch = (words(language).keys for language in ("en", "nl"))

    assert set(english) == set(dutch)
    assert {key: places(text) for key, text in english.items()} == {key: places(text) for key, text in dutch.items()}
    assert {key for key in english if english[key] == dutch[key]} <= SAME, "not translated"


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_everything_that_the_language_of_policies_has(language: Language) -> None:
    keys = words(language).keys
    wanted = {f"needs.{need}" for need in NEEDS} | {f"gerund.{act}" for act in get_args(ActKind)}
    wanted |= {f"severity.{each}" for each in get_args(Severity)}
    wanted |= {f"milestone.{anchor}.{per}" for anchor in ANCHORS for per in ("subject", "ref")}
    wanted |= {f"start.{start}.{per}" for starts in STARTS_OF.values() for start in starts for per in ("subject", "ref")}
    wanted |= {f"duty.{on}.{do}" for on, deeds in DEEDS.items() for do in deeds}
    wanted |= {f"scope.by_{by}" for by in get_args(By) if by != "any"}

    assert wanted - keys.keys() == set()


# For each field another value. A new field of a rule fails here until explain says something about it.
VARIED: dict[type, tuple[Callable[[Any], Policy], Any, dict[str, Any]]] = {
    RetentionRule: (
        lambda rule: policy_of(rule=rule), RULE,
        {
            "id": "AA-09", "holder": "recipient", "anchors": ("CONTRACT_ENDED",), "after": parse_duration("P3Y"), "then": parse_duration("P7Y"),
            "rounding": "calendar_year_end", "mode": "ANY", "per": "ref", "activities": frozenset({"account"}), "roles": frozenset({"registry"}),
            "purposes": frozenset({"dpv:AccountManagement"}), "categories": frozenset({"pd:Name"}), "statute": "nl-awr-52",
            "acts_within": parse_duration("P8D"), "customer": True, "in_law": (LengthInLaw(None, None, Length(parse_duration("P7Y"))),),
            "consent_to": "dpv:DirectMarketing", "kept": "exactly",
        },
    ),
    Prohibition: (
        lambda rule: policy_of(prohibition=rule), PROHIBITION,
        {"id": "AA-09", "acts": frozenset({"share"}), "scope": Scope(purposes=TERM), "severity": "NOTE"},
    ),
    Condition: (
        lambda rule: policy_of(condition=rule), CONDITION,
        {
            "id": "AA-09", "act": "use", "scope": Scope(purposes=TERM), "needs": ("transfer",), "grounds": frozenset({"police_demand"}),
            "objections": TERM, "at_most": Cap(count=6, within=parse_duration("P1Y")), "severity": "NOTE",
        },
    ),
    Cap: (
        lambda cap: policy_of(condition=replace(CONDITION, act="use", at_most=cap)), Cap(count=6, within=parse_duration("P1Y")),
        {"count": 7, "within": parse_duration("P2Y")},
    ),
    Scope: (
        lambda scope: policy_of(condition=replace(CONDITION, scope=scope)), Scope(),
        {
            "purposes": TERM, "except_purposes": TERM, "categories": frozenset({"pd:City"}), "activities": frozenset({"account"}),
            "stores": frozenset({"crm"}), "roles": frozenset({"registry"}), "except_roles": frozenset({"hosting"}),
            "recipients": frozenset({"sidn"}), "products": frozenset({"dv"}), "except_products": frozenset({"ov"}), "channels": frozenset({"email"}),
            "outcomes": frozenset({"REFUSED"}), "by": "controller",
        },
    ),
    Activity: (
        lambda activity: policy_of(activity=activity), ACTIVITY,
        {
            "name": "order", "title": "Orders", "purposes": TERM, "legal_bases": ("eu-gdpr:A6-1-f",), "categories": frozenset({"pd:City"}),
            "necessity": "OPTIONAL", "stores": (Store(name="crm", country="DE"),), "promises": ("AA-09",), "origins": frozenset({"OBSERVED"}),
            "statutes": {"dpv:AccountManagement": "nl-awr-52"},
            "title_nl": "Het account", "on_behalf_of": "customers", "data_subjects": frozenset({"dpv:Visitor"}),
            "security": Security(measures=frozenset({"dpv:Encryption"})),
        },
    ),
    Security: (
        lambda security: policy_of(activity=replace(ACTIVITY, security=security)), Security(),
        {"measures": frozenset({"ledger:NeedToKnow"}), "note": "doors are shut", "note_nl": "deuren dicht"},
    ),
    Store: (
        lambda store: policy_of(activity=replace(ACTIVITY, stores=(store,))), Store(name="crm", country="NL"), {"name": "shop", "country": "DE"},
    ),
    RecipientRule: (
        lambda role: policy_of(role=role), ROLE,
        {
            "role": "registrar", "promises": ("AA-09",), "purposes": TERM, "categories": frozenset({"pd:City"}), "named": frozenset({"sidn"}),
            "such_as": frozenset({"sidn"}),
        },
    ),
    StatedTransfers: (
        lambda transfers: policy_of(transfers=transfers), StatedTransfers(promise="AA-08", recipients=frozenset({"sidn"})),
        {"promise": "AA-09", "recipients": frozenset({"eurid"}), "safeguards": frozenset({"eu-gdpr:A46-2-c"})},
    ),
    Duty: (
        lambda duty: policy_of(duty=duty), DUTY,
        {
            "id": "AA-09", "on": "disclosure", "do": "notify_authority", "risks": frozenset({"HIGH"}), "rights": frozenset({"ACCESS"}),
            "acts_within": parse_duration("P9D"),
        },
    ),
    Promise: (
        lambda promise: policy_of(promise=promise), PROMISE,
        {"id": "AA-09", "status": "outdated", "note": "another note", "note_nl": "een opmerking", "also": ("checked",)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", VARIED, ids=lambda kind: kind.__name__)
def test_every_field_of_a_policy_is_explained_in_both_languages(kind: type) -> None:
    made, base, others = VARIED[kind]

    assert {each.name for each in fields(kind)} == set(others), "explain does not know a field of the policy language, or this test does not"
    for language in LANGUAGES:
        plain = whole(made(base), language)
        for name, value in others.items():
            if language == "en" and name.endswith("_nl"):
                continue
            assert whole(made(replace(base, **{name: value})), language) != plain, f"{kind.__name__}.{name} makes no difference in {language}"


EXPLAINED_ELSEWHERE = {"name", "controller", "version", "title", "time_zone", "announced_on", "in_force_from", "law", "_rules", "contacts"}
"""Of the policy itself: the header, the zone of the dates, the law that the sentences about statutes come from, and who answers, which says
nothing of data (`ledger policy show`)."""


def test_every_section_of_a_policy_is_explained() -> None:
    assert {each.name for each in fields(Policy)} - EXPLAINED_ELSEWHERE == {
        "activities", "retention", "recipients", "prohibitions", "conditions", "duties", "acts_within", "promises", "transfers",
        "data_subjects", "security",
    }  # fmt: skip


@pytest.mark.parametrize("name", shipped_policies())
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_rule_and_remark_of_a_shipped_policy_is_said_somewhere(name: str, language: Language) -> None:
    policy = shipped(name)
    found = text_of(explain(policy, Asked(), language, AMSTERDAM))

    ids = {rule.id for rules in (policy.retention, policy.prohibitions, policy.conditions, policy.duties) for rule in rules}
    ids |= {promise.id for promise in policy.promises if promise.note}
    ids |= {promise for rules in (policy.activities, policy.recipients) for rule in rules.values() for promise in rule.promises}
    assert {each for each in ids if each not in found} == set()
    assert "{" not in found


@pytest.mark.parametrize("name", shipped_policies())
def test_the_shipped_policies_say_in_dutch_what_they_say_in_english(name: str) -> None:
    policy = shipped(name)

    assert [activity.name for activity in policy.activities.values() if not activity.title_nl] == []
    assert [promise.id for promise in policy.promises if promise.note and not promise.note_nl] == []
