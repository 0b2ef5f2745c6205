"""The five statements as policies: each loads, and its rules do what the statement says, promise by promise."""

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from ledger.core.conditions import Act
from ledger.core.policy import Policy
from ledger.core.retention_rule import RetentionRule
from ledger.policies.files import load_policy, shipped_policies

CONTROLLERS = ("hostinghuis", "mijndomein", "smallhold", "sohosted", "webhoster")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def micros(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


@cache
def policy(controller: str) -> Policy:
    return load_policy(controller).policy


def rule_of(controller: str, activity: str, purpose: str, anchors: tuple[str, ...] | None = None) -> RetentionRule:
    """The rule for what the controller itself holds of an activity; of those for customers and for others, the one with these anchors."""
    declared = policy(controller).activities[activity]
    assert purpose in declared.purposes
    rules = [policy(controller).rule_for(True, activity, "", purpose, declared.categories, customer) for customer in (True, False)]
    found = next((rule for rule in rules if rule is not None and anchors in (None, rule.anchors)), None)
    assert found is not None
    return found


def test_the_five_policies_ship_with_the_package() -> None:
    assert shipped_policies() == CONTROLLERS


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_each_policy_loads_for_its_controller(controller: str) -> None:
    shipped = policy(controller)

    assert shipped.controller == controller
    assert shipped.name == f"{controller}-privacy"
    assert shipped.time_zone == "Europe/Amsterdam"


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_promise_ids_are_those_of_the_controller(controller: str) -> None:
    prefix = {"hostinghuis": "HH", "mijndomein": "MD", "smallhold": "SH", "sohosted": "SO", "webhoster": "WH"}[controller]
    shipped = policy(controller)
    ids = [rule.id for rule in shipped.retention] + [rule.id for rule in shipped.prohibitions]
    ids += [rule.id for rule in shipped.conditions] + [promise.id for promise in shipped.promises]
    ids += [promise for activity in shipped.activities.values() for promise in activity.promises]
    ids += [promise for recipient in shipped.recipients.values() for promise in recipient.promises]

    assert {promise.split("-")[0] for promise in ids} == {prefix}


@pytest.mark.parametrize(
    ("controller", "in_force_from"),
    [
        ("hostinghuis", "2018-04-04"),
        ("mijndomein", "2018-06-01"),
        ("smallhold", "2018-05-22"),
        ("sohosted", "2018-05-25"),
        ("webhoster", "2018-06-01"),
    ],
)
def test_dated_statements_count_from_their_date_and_undated_ones_from_june(controller: str, in_force_from: str) -> None:
    assert policy(controller).in_force_from == in_force_from


@pytest.mark.parametrize(
    ("controller", "activity", "purpose", "promise", "anchors", "anchor", "second_before", "due"),
    [
        ("mijndomein", "invoice", "ledger:Invoicing", "MD-21", ("INVOICE_ISSUED",),
         "2018-06-15T12:00:00+02:00", "2025-12-31T23:59:59+01:00", "2026-01-01T00:00:00+01:00"),
        ("mijndomein", "agreement", "ledger:FiscalRecordKeeping", "MD-21", ("CONTRACT_ENDED",),
         "2019-12-31T23:30:00+01:00", "2026-12-31T23:59:59+01:00", "2027-01-01T00:00:00+01:00"),
        ("hostinghuis", "account", "dpv:AccountManagement", "HH-15", ("SERVICE_ENDED",),
         "2018-06-15T12:00:00+02:00", "2020-06-15T11:59:59+02:00", "2020-06-15T12:00:00+02:00"),
        ("hostinghuis", "fiscal_archive", "ledger:FiscalRecordKeeping", "HH-16", ("INVOICE_ISSUED",),
         "2018-06-15T12:00:00+02:00", "2025-12-31T23:59:59+01:00", "2026-01-01T00:00:00+01:00"),
        ("webhoster", "account", "dpv:AccountManagement", "WH-01", ("SERVICE_ENDED", "ACCOUNT_CLOSED"),
         "2018-06-15T12:00:00+02:00", "2018-06-15T11:59:59+02:00", "2018-06-15T12:00:00+02:00"),
        ("webhoster", "certificate", "ledger:CertificateIssuance", "WH-06", ("CERTIFICATE_EXPIRED",),
         "2019-06-15T12:00:00+02:00", "2019-06-15T11:59:59+02:00", "2019-06-15T12:00:00+02:00"),
        ("webhoster", "visitor_traffic", "ledger:BreachInvestigation", "WH-07", ("COLLECTION",),
         "2020-02-29T00:00:00+01:00", "2022-02-27T23:59:59+01:00", "2022-02-28T00:00:00+01:00"),
        ("smallhold", "account", "dpv:AccountManagement", "SH-11", ("CONTRACT_ENDED", "SERVICE_ENDED"),
         "2018-06-15T12:00:00+02:00", "2018-06-15T11:59:59+02:00", "2018-06-15T12:00:00+02:00"),
        ("sohosted", "account", "dpv:AccountManagement", "SO-01", ("ACCOUNT_CLOSED",),
         "2018-06-15T12:00:00+02:00", "2025-12-31T23:59:59+01:00", "2026-01-01T00:00:00+01:00"),
        ("sohosted", "order", "dpv:CustomerOrderManagement", "SO-02", ("ORDER_COMPLETED",),
         "2018-06-15T12:00:00+02:00", "2025-12-31T23:59:59+01:00", "2026-01-01T00:00:00+01:00"),
        ("sohosted", "portal_actions", "ledger:EvidenceOfActions", "SO-03", ("ACCOUNT_CLOSED",),
         "2018-06-15T12:00:00+02:00", "2027-12-31T23:59:59+01:00", "2028-01-01T00:00:00+01:00"),
        ("sohosted", "enquiry", "ledger:EnquiryHandling", "SO-04", ("ENQUIRY_RESOLVED",),
         "2018-08-31T12:00:00+02:00", "2019-02-28T11:59:59+01:00", "2019-02-28T12:00:00+01:00"),
        ("sohosted", "newsletter", "ledger:Newsletter", "SO-06", ("ACCOUNT_CLOSED",),
         "2018-06-15T12:00:00+02:00", "2018-06-15T11:59:59+02:00", "2018-06-15T12:00:00+02:00"),
        ("sohosted", "newsletter", "ledger:Newsletter", "SO-06", ("CONSENT_ENDED",),
         "2018-06-15T12:00:00+02:00", "2018-06-15T11:59:59+02:00", "2018-06-15T12:00:00+02:00"),
        ("sohosted", "look_up_log", "ledger:AccountabilityRecord", "SO-12", ("COLLECTION",),
         "2018-10-20T12:00:00+02:00", "2018-11-03T11:59:59+01:00", "2018-11-03T12:00:00+01:00"),
    ],
)  # fmt: skip
def test_a_stated_term_ends_when_the_statement_says(
    controller: str,
    activity: str,
    purpose: str,
    promise: str,
    anchors: tuple[str, ...],
    anchor: str,
    second_before: str,
    due: str,
) -> None:
    rule = rule_of(controller, activity, purpose, anchors)

    assert (rule.id, rule.anchors) == (promise, anchors)
    assert rule.due_at(micros(anchor), AMSTERDAM) == micros(due) > micros(second_before)


def test_hh_15_covers_all_that_belongs_to_the_account_but_not_the_fiscal_copy() -> None:
    for activity in ("account", "order", "domain_registration", "invoice", "payment", "support", "newsletter"):
        for purpose in policy("hostinghuis").activities[activity].purposes:
            assert rule_of("hostinghuis", activity, purpose).id == "HH-15"
    assert rule_of("hostinghuis", "fiscal_archive", "ledger:FiscalRecordKeeping").id == "HH-16"


def test_fiscal_terms_rest_on_a_statute_and_the_others_do_not() -> None:
    statutory = {rule.id for controller in CONTROLLERS for rule in policy(controller).retention if rule.statute == "nl-awr-52"}
    rounded = {rule.id for controller in CONTROLLERS for rule in policy(controller).retention if rule.rounding != "none"}

    by_law = {rule.id for controller in CONTROLLERS for rule in policy(controller).retention if rule.in_law}

    assert statutory == rounded == by_law == {"MD-21", "HH-16", "SO-01", "SO-02", "SO-03", "SO-04"}


def test_sh_11_needs_both_ends_and_wh_01_the_first_of_the_two() -> None:
    assert rule_of("smallhold", "invoice", "ledger:Invoicing").mode == "ALL"
    assert rule_of("webhoster", "invoice", "ledger:Invoicing").mode == "ANY"


def test_certificates_and_orders_are_looked_at_one_by_one() -> None:
    by_ref = {rule.id for controller in CONTROLLERS for rule in policy(controller).retention if rule.per == "ref"}

    assert by_ref == {"MD-21", "HH-16", "WH-06", "SO-02", "SO-04"}


@pytest.mark.parametrize(
    ("role", "purpose", "promise"),
    [
        ("registry", "ledger:DomainRegistration", "WH-04"),
        ("registrar", "ledger:DomainRegistration", "WH-04"),
        ("supplier", "ledger:DomainRegistration", "WH-04"),
        ("intermediary", "ledger:DomainRegistration", "WH-04"),
        ("certificate_authority", "ledger:CertificateIssuance", "WH-06"),
    ],
)
def test_recipients_of_webhoster_have_terms_of_their_own(role: str, purpose: str, promise: str) -> None:
    found = policy("webhoster").rule_for(False, "", role, purpose, frozenset({"pd:Name"}))

    assert found is not None
    assert found.id == promise


@pytest.mark.parametrize(
    ("controller", "activity"),
    [("mijndomein", "portal_session"), ("mijndomein", "traffic"), ("hostinghuis", "server_logs")],
)
def test_where_the_statement_gives_no_term_there_is_none(controller: str, activity: str) -> None:
    declared = policy(controller).activities[activity]

    for purpose in declared.purposes:
        assert policy(controller).rule_for(True, activity, "", purpose, declared.categories) is None


@pytest.mark.parametrize(
    ("controller", "activities"),
    [
        ("mijndomein", set(policy("mijndomein").activities)),
        ("hostinghuis", {"cookies", "portal_session", "server_logs", "site_statistics"}),
        ("webhoster", {"hosting"}),
        ("smallhold", set()),
        ("sohosted", {"enquiry", "marketing", "site_statistics"}),
    ],
)
def test_all_that_a_statement_gives_no_term_for_is_listed(controller: str, activities: set[str]) -> None:
    found = policy(controller).without_term()

    assert set(found) == activities
    assert all(found[activity] == policy(controller).activities[activity].purposes for activity in activities)


@pytest.mark.parametrize(
    ("controller", "promises"),
    [
        ("mijndomein", {"MD-06", "MD-09", "MD-10", "MD-21", "MD-25"}),
        ("hostinghuis", {"HH-04", "HH-05", "HH-09", "HH-12", "HH-20", "HH-22"}),
        ("webhoster", {"WH-01", "WH-09"}),
        ("smallhold", {"SH-08", "SH-11"}),
        ("sohosted", {"SO-04", "SO-13"}),
    ],
)
def test_what_a_statement_leaves_out_is_said(controller: str, promises: set[str]) -> None:
    silent = {promise.id for promise in policy(controller).promises if promise.status == "silent" and promise.note}

    assert silent == promises


def test_mijndomein_rests_on_law_no_longer_in_force() -> None:
    outdated = {promise.id for promise in policy("mijndomein").promises if promise.status == "outdated"}

    assert outdated == {"MD-14", "MD-16"}


@pytest.mark.parametrize(
    ("controller", "act", "role", "purpose", "category", "promise"),
    [
        ("mijndomein", "share", "partner", "dpv:SellDataToThirdParties", "pd:Name", "MD-12"),
        ("mijndomein", "use", "", "dpv:DirectMarketing", "ledger:SuppressionEntry", "MD-22"),
        ("hostinghuis", "share", "partner", "dpv:SellDataToThirdParties", "pd:Name", "HH-10"),
        ("hostinghuis", "share", "supplier", "dpv:EnforceSecurity", "ledger:SessionLog", "HH-04"),
        ("webhoster", "share", "accountant", "ledger:Administration", "pd:Name", "WH-02"),
        ("smallhold", "collect", "", "dpv:PaymentManagement", "pd:BankAccount", "SH-02"),
        ("smallhold", "collect", "", "ledger:Invoicing", "pd:PaymentCard", "SH-02"),
        ("smallhold", "collect", "", "ledger:Invoicing", "ledger:PayPalAccount", "SH-02"),
        ("sohosted", "share", "analytics", "ledger:SiteStatistics", "pd:IPAddress", "SO-11"),
    ],
)
def test_what_a_statement_rules_out_is_forbidden(controller: str, act: str, role: str, purpose: str, category: str, promise: str) -> None:
    done = Act(act, True, frozenset({purpose}), frozenset({category}), role=role)  # type: ignore[arg-type]

    broken = [rule for rule in policy(controller).prohibitions if rule.forbids(done)]

    assert [rule.id for rule in broken] == [promise]


def test_what_a_statement_declares_is_not_forbidden() -> None:
    for controller in CONTROLLERS:
        shipped = policy(controller)
        for activity in shipped.activities.values():
            done = Act("collect", True, activity.purposes, activity.categories, activity=activity.name)
            assert not [rule for rule in shipped.prohibitions if rule.forbids(done)]


@pytest.mark.parametrize(
    ("controller", "purpose", "channel", "promise", "needs"),
    [
        ("mijndomein", "dpv:DirectMarketing", "whatsapp", "MD-20", "no_objection"),
        ("mijndomein", "ledger:DataCombination", "", "MD-06", "no_objection"),
        ("hostinghuis", "ledger:ProductNews", "email", "HH-03", "no_objection"),
        ("smallhold", "dpv:DirectMarketing", "email", "SH-09", "consent"),
        ("sohosted", "ledger:Newsletter", "email", "SO-05", "consent"),
        ("sohosted", "ledger:ProductNews", "email", "SO-08", "no_objection"),
    ],
)
def test_marketing_depends_on_the_persons_choice(controller: str, purpose: str, channel: str, promise: str, needs: str) -> None:
    use = Act("use", True, frozenset({purpose}), frozenset({"pd:EmailAddress"}), channel=channel)

    choices = [(rule.id, need) for rule in policy(controller).conditions if rule.applies_to(use) for need in rule.needs]

    assert [choice for choice in choices if choice[1] in ("consent", "no_objection")] == [(promise, needs)]


def test_news_of_outages_is_no_marketing_at_hostinghuis() -> None:
    notice = Act("use", True, frozenset({"ledger:ServiceNotice"}), frozenset({"pd:EmailAddress"}), channel="email")

    assert [rule.needs for rule in policy("hostinghuis").conditions if rule.applies_to(notice)] == [("held_for_purpose",)]


def test_shares_for_a_service_must_cite_it_where_the_statement_says_so() -> None:
    needing = {
        controller: {role for rule in policy(controller).conditions if rule.needs == ("service_ref",) for role in rule.scope.roles}
        for controller in CONTROLLERS
    }

    assert needing["mijndomein"] == {"registry", "registrar", "intermediary", "partner", "payment_provider"}
    assert needing["smallhold"] == {"registry", "registrar", "intermediary", "certificate_authority", "supplier", "partner"}
    assert needing["webhoster"] == {"registry", "registrar", "supplier", "certificate_authority"}


def test_smallhold_keeps_everything_in_the_netherlands() -> None:
    stores = {store.country for activity in policy("smallhold").activities.values() for store in activity.stores}

    assert stores == {"NL"}


def test_two_hosters_say_what_they_do_on_behalf_of_their_customers() -> None:
    found = {name: {each.name for each in policy(name).activities.values() if each.on_behalf_of} for name in CONTROLLERS}

    assert {name: activities for name, activities in found.items() if activities} == {
        "smallhold": {"hosting"}, "webhoster": {"hosting", "visitor_traffic"},
    }  # fmt: skip
