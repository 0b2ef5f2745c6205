"""Shares that are called something else than they are, or that are none: each kept and broken in a customer's life."""

from __future__ import annotations

import pytest

from tests.hoster_histories import HOSTERS
from tests.promises.stories import Story, customer

NOTHING: set[tuple[str, str]] = set()
INSIGHTS, DOMAIN = "dpv:SellInsightsFromData", "ledger:DomainRegistration"


def told_of(recipient: str) -> Story:
    """A customer of HostingHuis who has been told that this recipient will see data."""
    return customer("hostinghuis").on("2019-02-01").tells("recipient", recipient).on("2019-03-01")


def test_md_12_is_broken_by_data_of_which_the_insights_are_sold() -> None:
    story = customer("mijndomein").on("2019-03-01").shares("builder-one", "advertising", purpose=INSIGHTS)

    assert ("MD-12", "prohibited-share") in story.broken()


def test_hh_10_is_broken_by_data_of_which_the_insights_are_sold_whoever_was_told() -> None:
    assert told_of("supplier-one").shares("supplier-one", "supplier", purpose=INSIGHTS).broken() == {("HH-10", "prohibited-share")}


def test_so_10_is_broken_by_data_of_which_the_insights_are_sold_by_a_partner() -> None:
    story = customer("sohosted").registers("counter-one", "supplier").agrees_with("counter-one", "pd:Name", purpose=INSIGHTS)

    assert story.on("2019-03-01").shares("counter-one", "supplier", purpose=INSIGHTS).broken() == {("SO-10", "prohibited-share")}


def test_hh_10_is_kept_by_a_copy_for_the_customer_himself() -> None:
    """No notice before, no ground, no login kept from him (GDPR Art. 15), and no transfer, wherever he lives."""
    story = customer("hostinghuis").on("2019-03-01")

    assert story.shares("s1", "data_subject", "pd:Name", "pd:IPAddress", purpose="dpv:RightsFulfilment", country="US").broken() == NOTHING


def test_hh_10_is_broken_by_somebody_else_who_is_called_the_customer() -> None:
    story = customer("hostinghuis").on("2019-03-01").shares("broker-one", "data_subject", purpose="dpv:RightsFulfilment")

    assert story.broken() == {("HH-10", "share-without-notice"), ("X-04", "undeclared-recipient-role")}


def test_so_10_is_kept_by_a_copy_for_the_customer_himself() -> None:
    assert customer("sohosted").on("2019-03-01").shares("s1", "data_subject", purpose="dpv:RightsFulfilment").broken() == NOTHING


def test_md_11_is_broken_by_an_advertisement_called_a_copy_after_an_objection() -> None:
    ads = "dpv:PersonalisedAdvertising"
    story = customer("mijndomein").objects(ads).on("2019-03-01").shares("s1", "data_subject", purpose=ads)

    assert story.broken() == {("MD-11", "share-after-objection")}


def test_x_05_is_kept_without_chasing_the_customer_for_his_own_copy() -> None:
    story = customer("smallhold").on("2019-03-01").shares("s1", "data_subject", purpose="dpv:RightsFulfilment")
    story.on("2019-03-02").rectifies().erases(store="crm").on("2019-03-03").asks("ERASURE", identity_check="DONE").answers("FULFILLED")
    story.clock("2019-06-01")

    assert (story.count("RECTIFY"), story.count("NOTIFY_RECIPIENT"), story.count("ERASE")) == (0, 0, 0)
    assert story.held() == NOTHING


def with_the_registry(hoster: str) -> Story:
    """SIDN has a name to register a domain."""
    story = customer(hoster).tells("recipient", "sidn").registers("sidn", "registry", extensions=["nl"])
    return story.on("2019-03-01").shares("sidn", "registry", purpose=DOMAIN, ref="order-1", product="nl").on("2019-03-02")


def test_hh_08_is_broken_by_a_registry_that_passes_a_name_on_for_advertising() -> None:
    story = with_the_registry("hostinghuis").shares("adco", "supplier", by="sidn", purpose="dpv:PersonalisedAdvertising")

    assert story.broken() == {("HH-08", "passed-on-for-other-purpose")}


def test_hh_08_is_kept_by_a_registry_that_has_a_supplier_register() -> None:
    assert with_the_registry("hostinghuis").shares("helper", "supplier", by="sidn", purpose=DOMAIN).broken() == NOTHING


def test_hh_08_is_kept_by_a_registry_that_must_give_the_name_to_the_police() -> None:
    story = with_the_registry("hostinghuis")
    story.shares("police", "law_enforcement", by="sidn", purpose="ledger:LegalDisclosure", disclosure_ground="police_demand")

    assert story.broken() == NOTHING


def test_md_24_is_broken_by_a_processor_that_passes_data_on_for_something_else() -> None:
    service, research = "dpv:RequestedServiceProvision", "dpv:ResearchAndDevelopment"
    story = customer("mijndomein").agrees_with("helper", "pd:Name", purpose=service).agrees_with("lab", "pd:Name", purpose=research)
    story.on("2019-03-01").shares("helper", "hosting", purpose=service).on("2019-03-02").shares("lab", "supplier", by="helper", purpose=research)

    assert story.broken() == {("MD-24", "passed-on-for-other-purpose")}


def test_so_11_is_broken_by_google_that_passes_visits_on_for_something_else() -> None:
    ads, use = "dpv:PersonalisedAdvertising", "ledger:SiteUse"
    story = customer("sohosted").registers("google", "analytics").registers("adco", "supplier")
    story.agrees_with("google", use, purpose="ledger:SiteStatistics").agrees_with("adco", use, purpose=ads).on("2019-03-01")
    story.shares("google", "analytics", use, purpose="ledger:SiteStatistics").on("2019-03-02")
    story.shares("adco", "supplier", use, by="google", purpose=ads)

    assert story.broken() == {("SO-11", "passed-on-for-other-purpose")}


@pytest.mark.parametrize("hoster", ["webhoster", "smallhold", "sohosted"])
def test_gdpr_5_1_b_is_asked_of_what_a_recipient_passes_on(hoster: str) -> None:
    story = with_the_registry(hoster).shares("adco", "supplier", by="sidn", purpose="dpv:Advertising", ref="order-1")

    assert ("GDPR-5-1-b", "passed-on-for-other-purpose") in story.broken()


@pytest.mark.parametrize("hoster", HOSTERS)
def test_x_04_is_broken_by_a_share_in_another_role_than_the_register_has(hoster: str) -> None:
    """Who is registered as a mailer is none of the partners of whom less is asked."""
    story = customer(hoster).registers("mailjet", "mailing").on("2019-03-01").shares("mailjet", "partner", "pd:EmailAddress", ref="order-1")

    assert ("X-04", "share-in-other-role") in story.broken()
    assert story.severities()["share-in-other-role"] == "WARNING"
    assert "RecipientRegistered" in story.because("X-04", "share-in-other-role")


@pytest.mark.parametrize("hoster", HOSTERS)
def test_x_04_is_kept_by_a_share_in_the_role_of_the_register_of_then(hoster: str) -> None:
    story = customer(hoster).registers("acme", "supplier").on("2019-03-01").registers("acme", "registry").on("2019-03-02")

    assert ("X-04", "share-in-other-role") not in story.shares("acme", "registry", "pd:Name", ref="order-1", product="nl").broken()


def with_a_supplier(hoster: str, *categories: str, purpose: str, **fields: str) -> Story:
    """The statement names neither what suppliers get nor what for. An agreement allows this."""
    categories = categories or ("pd:Name",)
    story = customer(hoster).on("2019-02-01").tells("recipient", "acme").registers("acme", "supplier")
    return story.agrees_with("acme", *categories, purpose=purpose).on("2019-03-01").shares("acme", "supplier", *categories, purpose=purpose, **fields)


UNBOUNDED = ["mijndomein", "hostinghuis", "sohosted"]


@pytest.mark.parametrize("hoster", UNBOUNDED)
def test_x_04_is_broken_by_a_share_for_a_purpose_of_which_the_statement_says_nothing(hoster: str) -> None:
    story = with_a_supplier(hoster, purpose="dpv:CustomerSolvencyMonitoring")

    assert (story.broken(), story.severities()) == ({("X-04", "share-for-undeclared-purpose")}, {"share-for-undeclared-purpose": "WARNING"})


@pytest.mark.parametrize("hoster", UNBOUNDED)
@pytest.mark.parametrize("purpose", ["dpv:RequestedServiceProvision", "ledger:Invoicing", "dpv:LegalCompliance", "ledger:BreachInvestigation"])
def test_x_04_is_kept_by_a_share_for_what_is_declared_anywhere_or_what_the_law_asks(hoster: str, purpose: str) -> None:
    assert with_a_supplier(hoster, purpose=purpose).broken() == NOTHING


@pytest.mark.parametrize("hoster", UNBOUNDED)
def test_x_04_is_broken_by_a_share_of_data_of_which_the_statement_says_nothing(hoster: str) -> None:
    story = with_a_supplier(hoster, "pd:Name", "pd:PaymentCard", purpose="dpv:RequestedServiceProvision")

    assert (story.broken(), story.severities()) == ({("X-04", "share-of-undeclared-category")}, {"share-of-undeclared-category": "WARNING"})


@pytest.mark.parametrize("hoster", UNBOUNDED)
def test_x_04_is_kept_by_a_share_of_data_that_the_law_asks_for(hoster: str) -> None:
    """It asks for what is there, whatever the statement has of it."""
    assert with_a_supplier(hoster, "pd:PaymentCard", purpose="ledger:LegalDisclosure").broken() == NOTHING


def test_x_04_is_kept_by_a_share_of_which_a_prohibition_of_the_statement_speaks() -> None:
    """Whoever keeps mail and looks into abuse of a site does what HH-21 leaves out; a sale is found by HH-10 already."""
    assert with_a_supplier("hostinghuis", "ledger:HostedContent", purpose="ledger:AbuseInvestigation").broken() == NOTHING
    assert with_a_supplier("hostinghuis", purpose="dpv:SellDataToThirdParties").broken() == {("HH-10", "prohibited-share")}


def test_x_04_is_kept_by_what_a_recipient_passes_on() -> None:
    """Of what others do the register of processing says nothing; whether they may is GDPR Art. 5(1)(b)."""
    story = with_a_supplier("mijndomein", purpose="dpv:CustomerSolvencyMonitoring").registers("acme-two", "supplier")
    story.agrees_with("acme-two", "pd:Name", purpose="dpv:CustomerSolvencyMonitoring")
    story.shares("acme-two", "supplier", purpose="dpv:CustomerSolvencyMonitoring", by="acme")

    assert story.count_found("share-for-undeclared-purpose") == 1
