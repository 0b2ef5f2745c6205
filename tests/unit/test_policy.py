"""What the fold asks a policy: which rule covers a holding, when its term is over, what is forbidden."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.core.calendar import parse_duration
from ledger.core.compiled_policy import PolicyError, policy_from_json
from ledger.core.conditions import Act
from ledger.core.policy import RULES_MEMO_MAX, Policy
from ledger.core.retention_rule import ANCHORS, COLLECTION, CONSENT_ENDED, NOT_STATED, STARTS_OF

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def micros(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def compiled(**changes: Any) -> str:
    body: dict[str, Any] = {
        "format": 2,
        "policy": "shop-privacy",
        "controller": "shop",
        "version": "1",
        "title": "Privacy",
        "time_zone": "Europe/Amsterdam",
        "in_force_from": "2018-06-01",
        "acts_within": "P7D",
        "activities": {
            "account": {
                "title": "The account",
                "promises": ["SH-01"],
                "purposes": ["dpv:AccountManagement"],
                "legal_basis": ["eu-gdpr:A6-1-b"],
                "categories": ["pd:Name", "pd:EmailAddress"],
                "necessity": "REQUIRED",
                "stores": {"crm": "NL"},
            }
        },
        "recipients": {"registry": {"promises": ["SH-05"]}},
        "retention": [],
    }
    return json.dumps(body | changes)


def policy(*retention: dict[str, Any], **changes: Any) -> Policy:
    return policy_from_json(compiled(retention=list(retention), **changes))


def rule(number: int = 1, **fields: Any) -> dict[str, Any]:
    base = {"id": f"SH-{number:02}", "holder": "controller", "anchors": ["SERVICE_ENDED"], "after": "P2Y"}
    return base | fields


def found(subject: Policy, *question: Any) -> str | None:
    answer = subject.rule_for(*question)
    return None if answer is None else answer.id


def test_the_first_rule_in_file_order_counts() -> None:
    subject = policy(rule(1, activities=["invoice"]), rule(2), rule(3))

    assert found(subject, True, "invoice", "", "ledger:Invoicing") == "SH-01"
    assert found(subject, True, "account", "", "ledger:Invoicing") == "SH-02"


def test_a_rule_holds_for_its_holder_only() -> None:
    subject = policy(rule(1, holder="recipient", roles=["registry"]))

    assert found(subject, False, "", "registry", "ledger:DomainRegistration") == "SH-01"
    assert found(subject, False, "", "registrar", "ledger:DomainRegistration") is None
    assert found(subject, True, "account", "", "ledger:DomainRegistration") is None


def test_a_rule_that_names_nothing_still_covers_only_its_holder() -> None:
    of_controller, of_recipient = policy(rule(1)), policy(rule(1, holder="recipient"))

    assert found(of_controller, True, "account", "", "dpv:AccountManagement") == "SH-01"
    assert found(of_controller, False, "", "registry", "dpv:AccountManagement") is None
    assert found(of_recipient, False, "", "registry", "dpv:AccountManagement") == "SH-01"
    assert found(of_recipient, True, "account", "", "dpv:AccountManagement") is None


def test_a_rule_with_purposes_leaves_other_purposes_alone() -> None:
    subject = policy(rule(1, purposes=["ledger:Invoicing"]))

    assert found(subject, True, "account", "", "ledger:Invoicing") == "SH-01"
    assert found(subject, True, "account", "", "dpv:AccountManagement") is None


def test_a_rule_with_categories_covers_only_holdings_within_them() -> None:
    subject = policy(rule(1, categories=["pd:Name", "pd:BankAccount"]), rule(2))
    question = (True, "account", "", "dpv:AccountManagement")

    assert found(subject, *question, frozenset({"pd:Name"})) == "SH-01"
    assert found(subject, *question, frozenset({"pd:Name", "pd:EmailAddress"})) == "SH-02"
    assert found(subject, *question, frozenset()) == "SH-02"
    assert found(subject, *question) == "SH-02"


def test_without_rules_that_name_categories_they_do_not_fill_the_memo() -> None:
    subject = policy(rule(77))  # a text of its own: equal texts share one policy and its memo

    for number in range(100):
        assert found(subject, True, "account", "", "dpv:AccountManagement", frozenset({f"pd:{number}"})) == "SH-77"

    assert len(subject._rules) == 1


def test_a_rule_for_customers_leaves_others_to_the_next_one() -> None:
    subject = policy(rule(1, when={"customer": True}), rule(2, when={"customer": False}, activities=["account"]))

    assert found(subject, True, "account", "", "p", frozenset(), True) == "SH-01"
    assert found(subject, True, "account", "", "p", frozenset(), False) == found(subject, True, "account", "", "p") == "SH-02"
    assert found(subject, True, "order", "", "p", frozenset(), False) is None


def test_a_policy_says_what_its_terms_depend_on() -> None:
    asks = [(each.asks_customer, each.asks_consent) for each in (
        policy(rule(1)), policy(rule(1), rule(2, when={"customer": False})), policy(rule(1, anchors=["SERVICE_ENDED", "CONSENT_ENDED"])),
    )]  # fmt: skip

    assert asks == [(False, False), (True, False), (False, True)]


def test_what_has_no_term_is_listed_by_activity_and_purpose() -> None:
    one = json.loads(compiled())["activities"]["account"] | {"purposes": ["p", "q"]}

    def left(*retention: dict[str, Any]) -> dict[str, frozenset[str]]:
        return policy(*retention, activities={"account": one, "order": one}).without_term()

    assert left() == {"account": {"p", "q"}, "order": {"p", "q"}}
    assert left(rule(1)) == {}
    assert left(rule(1, holder="recipient")) == left()
    assert left(rule(1, activities=["order"]), rule(2, purposes=["q"])) == {"account": {"p"}}
    assert left(rule(1, when={"customer": True})) == left()
    assert left(rule(1, when={"customer": True}), rule(2, when={"customer": False})) == {}
    assert left(rule(1, when={"customer": True}, anchors=["NOT_STATED"]), rule(2)) == left()


def test_the_memo_of_rules_is_bounded() -> None:
    subject = policy(rule(78, activities=["account"]))

    for number in range(RULES_MEMO_MAX + 10):
        assert found(subject, True, f"unknown-{number}", "", "dpv:AccountManagement") is None

    assert len(subject._rules) <= RULES_MEMO_MAX
    assert found(subject, True, "account", "", "dpv:AccountManagement") == "SH-78"


def test_a_chain_adds_its_first_term_unrounded() -> None:
    """SO-03: an account closed in December 2018 is kept for two years and then the fiscal seven, not nine year ends."""
    (chain,) = policy(rule(1, after="P2Y", then="P7Y", rounding="calendar_year_end")).retention

    assert chain.due_at(micros("2018-12-31T23:59:59+01:00"), AMSTERDAM) == micros("2028-01-01T00:00:00+01:00")
    assert chain.due_at(micros("2019-01-01T00:00:00+01:00"), AMSTERDAM) == micros("2029-01-01T00:00:00+01:00")


def test_a_leap_day_is_clamped_once_in_each_part_of_a_chain() -> None:
    (chain,) = policy(rule(1, after="P1Y", then="P3Y")).retention

    assert chain.due_at(micros("2020-02-29T12:00:00+01:00"), AMSTERDAM) == micros("2024-02-28T12:00:00+01:00")


def test_a_holder_is_late_after_the_time_it_has_to_act() -> None:
    by_default, quick = policy(rule(1), rule(2, acts_within="PT24H")).retention
    due = micros("2020-06-01T12:00:00+02:00")

    assert by_default.overdue_at(due, AMSTERDAM) == micros("2020-06-08T12:00:00+02:00")
    assert quick.overdue_at(due, AMSTERDAM) == micros("2020-06-02T12:00:00+02:00")
    assert by_default.acts_within == parse_duration("P7D")


@pytest.mark.parametrize(
    ("forbidden", "act", "activity", "role", "purposes", "categories", "breaks"),
    [
        ({"purposes": ["p"]}, "share", "", "registry", {"p", "q"}, {"c"}, True),
        ({"purposes": ["p"]}, "share", "", "registry", {"q"}, {"c"}, False),
        ({"categories": ["c", "d"]}, "collect", "account", "", {"p"}, {"d"}, True),
        ({"act": "share", "categories": ["c"]}, "collect", "account", "", {"p"}, {"c"}, False),
        ({"act": "share", "categories": ["c"]}, "share", "", "registry", {"p"}, {"c"}, True),
        ({"roles": ["analytics"], "categories": ["c"]}, "share", "", "registry", {"p"}, {"c"}, False),
        ({"roles": ["analytics"], "categories": ["c"]}, "share", "", "analytics", {"p"}, {"c"}, True),
        ({"activities": ["traffic"], "categories": ["c"]}, "collect", "account", "", {"p"}, {"c"}, False),
        ({"activities": ["traffic"], "categories": ["c"]}, "collect", "traffic", "", {"p"}, {"c"}, True),
    ],
)
def test_a_prohibition_is_broken_by_what_matches_all_its_lists(
    forbidden: dict[str, Any],
    act: Any,
    activity: str,
    role: str,
    purposes: set[str],
    categories: set[str],
    breaks: bool,
) -> None:
    subject = policy(prohibitions=[{"id": "SH-02"} | forbidden])

    done = Act(act, True, frozenset(purposes), frozenset(categories), activity=activity, role=role)

    assert [one.id for one in subject.prohibitions if one.forbids(done)] == (["SH-02"] if breaks else [])


@pytest.mark.parametrize(
    "condition",
    [
        {"act": "share"},
        {"act": "share", "needs": ["identity"]},
        {"act": "share", "needs": ["nothing"]},
        {"act": "dance", "needs": ["consent"]},
        {"act": "use", "needs": ["consent"], "at_most": {"count": "6", "within": "P1Y"}},
        {"act": "use", "at_most": {"count": "6", "within": "P1Y"}},
        {"act": "use", "purposes": ["ledger:Invoicing"], "at_most": {"count": "6", "within": "P1Y"}},
        {"act": "share", "purposes": ["ledger:Newsletter"], "at_most": {"count": "6", "within": "P1Y"}},
    ],
)
def test_a_condition_that_cannot_be_judged_is_no_policy(condition: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        policy(conditions=[{"id": "SH-01"} | condition])


@pytest.mark.parametrize("whom", ["everybody", "", None, ["customers"], True])
def test_an_activity_for_somebody_else_than_is_known_refuses_the_policy(whom: Any) -> None:
    account = json.loads(compiled())["activities"]["account"]

    assert policy(activities={"account": account}).activities["account"].on_behalf_of is None, "as all were that came before the field"
    with pytest.raises(PolicyError):
        policy(activities={"account": account | {"on_behalf_of": whom}})


def test_the_same_text_is_read_once() -> None:
    assert policy_from_json(compiled()) is policy_from_json(compiled())


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format": 2}', "{", '"x"'])
def test_what_is_no_compiled_policy_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        policy_from_json(text)


@pytest.mark.parametrize(
    "broken",
    [
        rule(1, after="two years"),
        rule(1, holder="anyone"),
        rule(1, rounding="fiscal_year_end"),
        rule(1, mode="SOME"),
        rule(1, per="order"),
        rule(1, purposes=[["nested"]]),
        rule(1, when={"customer": "yes"}),
        rule(1, when={"customer": True, "adult": True}),
        rule(1, when={"adult": True}),
        rule(1, when=[]),
        rule(1, anchors=["NOT_STATED", "SERVICE_ENDED"]),
        rule(1, anchors=["SERVICE_STOPPED"]),
        rule(1, consent_to=7),
        rule(1, after="statute"),
        rule(1, then="statute", statute="nl-awr-52"),
        {"id": "SH-01"},
    ],
)
def test_a_rule_that_means_nothing_refuses_the_policy(broken: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        policy(broken)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(PolicyError):
        policy_from_json("[" * 100_000)


@pytest.mark.parametrize("text", ['"' + '\\"' * 400_000, "[" * 31 + '"' * 400_001, '"' * 1_000_000])
def test_a_text_without_end_is_refused_in_one_walk(text: str) -> None:
    with pytest.raises(PolicyError):
        policy_from_json(text)


def test_brackets_in_a_text_are_no_nesting() -> None:
    assert policy_from_json(compiled(title='"[' * 100)).title == '"[' * 100


def test_anchors_are_the_milestones_of_the_schema_and_three_words() -> None:
    from ledger.contract import schema_store

    kind = next(field for field in schema_store.schema("MilestoneReached")["fields"] if field["name"] == "kind")
    assert {*kind["type"]["symbols"], COLLECTION, CONSENT_ENDED, NOT_STATED} - {"UNKNOWN"} == ANCHORS


def test_another_format_is_refused_with_what_to_do() -> None:
    with pytest.raises(PolicyError) as caught:
        policy_from_json(compiled(format=7))

    assert "release" in (caught.value.hint or "")


def test_starts_and_ends_are_milestones_of_the_schema() -> None:
    from ledger.contract import schema_store

    fields = {field["name"]: field for field in schema_store.schema("MilestoneReached")["fields"]}
    kinds = set(fields["kind"]["type"]["symbols"])

    assert set(STARTS_OF) <= kinds
    assert {start for starts in STARTS_OF.values() for start in starts} <= kinds
