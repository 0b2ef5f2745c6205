"""Mijndomein's promises on who gets data, on which terms, and who may follow visitors, kept and broken under the statement that ships."""

from __future__ import annotations

import pytest

from tests.promises.stories import CONSENT, Story, customer

HOSTER = "mijndomein"
SALE, ADS = "dpv:SellDataToThirdParties", "dpv:PersonalisedAdvertising"
SHIELD = {"country": "US", "safeguard": "ledger:PrivacyShield"}
NOTHING: set[tuple[str, str]] = set()


def with_supplier() -> Story:
    """A customer, and a supplier of software under a processing agreement."""
    story = customer(HOSTER).registers("software-one", "software_supplier")
    return story.agrees_with("software-one", "pd:Name", "pd:EmailAddress", purpose="dpv:RequestedServiceProvision")


def test_md_12_is_kept_by_sharing_for_the_service_alone() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("builder-one", "partner", ref="order-1")

    assert story.broken() == NOTHING


def test_md_12_is_broken_by_selling_to_a_partner() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("builder-one", "partner", purpose=SALE, ref="order-1")

    assert story.broken() == {("MD-12", "prohibited-share"), ("MD-13", "share-for-other-purpose")}


def test_md_12_is_broken_by_collecting_for_sale() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("account", "pd:EmailAddress", purposes=[SALE])

    assert story.broken() == {("MD-12", "prohibited-collection"), ("MD-02", "undeclared-purpose")}


def test_md_13_is_kept_by_a_registration_that_names_its_order() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("domain_registration", ref="order-1").registers("sidn", "registry", extensions=["nl"])

    assert story.shares("sidn", "registry", ref="order-1", product="nl").broken() == NOTHING


@pytest.mark.parametrize("role", ["registry", "registrar", "intermediary", "partner", "payment_provider"])
def test_md_13_is_broken_by_a_share_that_names_no_order(role: str) -> None:
    story = customer(HOSTER).registers("partner-one", role).on("2019-03-01").shares("partner-one", role)

    assert story.broken() == {("MD-13", "share-without-ref")}


@pytest.mark.parametrize("role", ["registrar", "intermediary", "partner"])
def test_md_13_is_broken_by_a_partner_who_gets_data_for_research_though_there_is_an_order(role: str) -> None:
    story = customer(HOSTER).on("2019-03-01").shares("builder-one", role, purpose="dpv:ResearchAndDevelopment", ref="order-1")

    assert story.broken() == {("MD-13", "share-for-other-purpose")}


def test_md_13_is_broken_by_giving_the_registry_a_bank_account() -> None:
    story = customer(HOSTER).registers("sidn", "registry").on("2019-03-01").shares("sidn", "registry", "pd:Name", "pd:BankAccount", ref="order-1")

    assert story.broken() == {("MD-13", "share-of-other-category")}


def test_md_14_is_kept_by_the_privacy_shield_to_its_last_second() -> None:
    story = with_supplier().on("2020-07-15T23:59:59").shares("software-one", "software_supplier", **SHIELD)

    assert story.broken() == NOTHING


def test_md_14_is_broken_by_the_privacy_shield_from_the_day_it_was_set_aside() -> None:
    story = with_supplier().on("2020-07-16T00:00:00").shares("software-one", "software_supplier", **SHIELD)

    assert story.broken() == {("MD-14", "transfer-lapsed")}


def test_md_14_is_broken_by_an_american_supplier_without_any_safeguard() -> None:
    story = with_supplier().on("2019-03-01").shares("software-one", "software_supplier", country="US")

    assert story.broken() == {("MD-14", "transfer-without-safeguard")}


def test_md_14_is_broken_by_a_share_that_hides_its_country() -> None:
    """What the share leaves out, the register says: an American supplier, and nothing that makes it lawful."""
    story = with_supplier().registers("software-one", "software_supplier", country="US")

    assert story.on("2019-03-01").shares("software-one", "software_supplier").broken() == {("MD-14", "transfer-without-safeguard")}


def test_md_14_is_kept_by_the_safeguard_that_the_register_names_until_it_falls() -> None:
    story = with_supplier().registers("software-one", "software_supplier", **SHIELD)
    assert story.on("2020-07-15T23:59:59").shares("software-one", "software_supplier").broken() == NOTHING

    assert story.on("2020-07-16T00:00:00").shares("software-one", "software_supplier").broken() == {("MD-14", "transfer-lapsed")}


def test_md_14_is_kept_by_what_the_share_itself_says_of_its_country() -> None:
    story = with_supplier().registers("software-one", "software_supplier", country="US")

    assert story.on("2019-03-01").shares("software-one", "software_supplier", country="IE").broken() == NOTHING


def test_md_14_is_kept_by_standard_clauses_which_are_made_by_contract() -> None:
    story = with_supplier().on("2021-03-01").shares("software-one", "software_supplier", country="US", safeguard="eu-gdpr:A46-2-c")

    assert story.broken() == NOTHING


def test_md_14_is_broken_by_a_safeguard_that_the_statement_does_not_name() -> None:
    story = with_supplier().on("2021-03-01").shares("software-one", "software_supplier", country="US", safeguard="eu-gdpr:A46-2-b")

    assert story.broken() == {("MD-14", "transfer-on-unstated-safeguard")}
    assert story.severities() == {"transfer-on-unstated-safeguard": "WARNING"}


def test_md_15_is_kept_by_the_registry_of_that_extension() -> None:
    story = customer(HOSTER).registers("sidn", "registry", country="NL", extensions=["nl"]).on("2019-03-01")

    assert story.shares("sidn", "registry", "pd:Name", "ledger:DomainName", ref="order-1", product="nl").broken() == NOTHING


@pytest.mark.parametrize("product", ["com", None])
def test_md_15_is_broken_by_sidn_for_another_extension(product: str | None) -> None:
    story = customer(HOSTER).registers("sidn", "registry", country="NL", extensions=["nl"]).on("2019-03-01")

    assert story.shares("sidn", "registry", ref="order-1", product=product).broken() == {("MD-15", "share-outside-extension")}


def test_md_15_is_broken_by_a_registry_that_nobody_registered() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("sidn", "registry", ref="order-1", product="nl")

    assert story.broken() == {("MD-15", "share-outside-extension")}


def test_md_14_is_outdated_where_it_takes_a_processing_agreement_for_a_safeguard() -> None:
    story = with_supplier().on("2019-03-01").shares("software-one", "software_supplier", country="US", safeguard="ledger:ProcessingAgreement")

    assert story.broken() == {("MD-14", "transfer-not-a-safeguard")}
    assert story.remarks("MD-14")[0] == "outdated"


def test_md_16_is_kept_while_the_retention_act_was_in_force() -> None:
    story = Story(HOSTER).on("2014-01-07").opens_account()
    story.on("2015-03-10T23:59:59").collects("justice_retention", statute="nl-tw-13-2a").collects("justice_retention")
    story.shares("police-one", "law_enforcement", "ledger:TrafficData", purpose="ledger:JusticeRetention")

    assert story.broken() == NOTHING


def test_md_16_is_broken_by_citing_the_retention_act_on_the_day_it_was_set_aside() -> None:
    story = Story(HOSTER).on("2014-01-07").opens_account()
    story.on("2015-03-11T00:00:00").collects("justice_retention", statute="nl-tw-13-2a")

    assert story.broken() == {("MD-16", "basis-not-in-force")}


def test_md_16_is_outdated_for_all_who_became_customers_under_this_statement() -> None:
    story = customer(HOSTER).collects("justice_retention")

    assert story.broken() == {("MD-16", "basis-not-in-force")}
    assert story.remarks("MD-16") == ("outdated", "rests on the telecom data retention act, set aside on 2015-03-11")


def test_md_16_is_broken_by_keeping_traffic_data_for_justice_without_naming_an_act() -> None:
    story = customer(HOSTER).collects("justice_retention", "ledger:TrafficData", legal_basis="eu-gdpr:A6-1-c", statute=None)

    assert story.broken() == {("MD-16", "basis-not-in-force")}


def test_md_16_is_broken_by_another_act_for_the_same_purpose() -> None:
    story = customer(HOSTER).collects("justice_retention", statute="nl-awr-52")

    assert story.broken() == {("MD-16", "basis-not-in-force")}


def test_md_16_is_broken_by_the_tax_law_for_justice_while_the_retention_act_was_in_force() -> None:
    story = Story(HOSTER).on("2014-01-07").opens_account().collects("justice_retention", statute="nl-awr-52")

    assert story.broken() == {("MD-16", "basis-for-other-purpose")}


def test_md_16_is_broken_by_keeping_for_justice_under_the_name_of_another_activity() -> None:
    story = customer(HOSTER).collects("traffic", purposes=["ledger:JusticeRetention"], legal_basis="eu-gdpr:A6-1-c", statute="nl-awr-52")

    assert ("MD-16", "basis-not-in-force") in story.broken()


def test_md_16_is_broken_by_giving_traffic_data_to_the_police_as_kept_for_justice() -> None:
    story = customer(HOSTER).shares("police-one", "law_enforcement", "ledger:TrafficData", purpose="ledger:JusticeRetention")

    assert story.broken() == {("MD-16", "basis-not-in-force")}


def test_md_16_is_broken_by_a_legal_obligation_that_no_act_stands_for() -> None:
    story = customer(HOSTER).collects("invoice", purposes=["ledger:Invoicing"], legal_basis="eu-gdpr:A6-1-c", ref="invoice-1")

    assert story.broken() == {("MD-16", "basis-without-statute")}


def test_md_16_is_kept_by_the_fiscal_act_that_the_statement_has_for_invoices() -> None:
    story = customer(HOSTER).collects("invoice", purposes=["ledger:FiscalRecordKeeping"], legal_basis="eu-gdpr:A6-1-c", ref="invoice-1")

    assert story.broken() == NOTHING


def test_md_24_is_kept_by_what_the_agreement_lists() -> None:
    story = with_supplier().on("2019-03-01").shares("software-one", "software_supplier", "pd:Name", "pd:EmailAddress")

    assert story.broken() == NOTHING


def test_md_24_is_kept_by_a_processor_that_does_what_it_was_given_the_data_for() -> None:
    story = with_supplier().on("2019-03-01").shares("software-one", "software_supplier", "pd:Name", "pd:EmailAddress")
    story.on("2019-03-02").uses("dpv:RequestedServiceProvision", "pd:Name", by="software-one")

    assert story.broken() == NOTHING


def test_md_24_is_broken_by_a_processor_that_advertises() -> None:
    story = with_supplier().on("2019-03-01").shares("software-one", "software_supplier", "pd:Name", "pd:EmailAddress")
    story.on("2019-03-02").uses(ADS, "pd:EmailAddress", by="software-one")

    assert story.broken() == {("MD-24", "use-for-other-purpose")}


def test_md_24_is_broken_by_a_processor_that_takes_a_customers_consent_for_its_own() -> None:
    story = with_supplier().on("2019-03-01").consents(ADS).shares("software-one", "software_supplier", "pd:Name", "pd:EmailAddress")
    story.on("2019-03-02").uses(ADS, "pd:EmailAddress", by="software-one")

    assert story.broken() == {("MD-24", "use-for-other-purpose")}


@pytest.mark.parametrize("role", ["data_processor", "hosting", "mailing", "software_supplier", "supplier", "analytics"])
def test_md_24_is_broken_by_a_processor_without_agreement(role: str) -> None:
    story = customer(HOSTER).on("2019-03-01").shares("hotjar" if role == "analytics" else "processor-one", role)

    assert story.broken() == {("MD-24", "share-without-agreement")}


def test_md_24_is_broken_by_giving_a_processor_more_than_was_agreed() -> None:
    story = with_supplier().on("2019-03-01").shares("software-one", "software_supplier", "pd:Name", "pd:BankAccount")

    assert story.broken() == {("MD-24", "share-beyond-agreement")}


def test_md_24_is_broken_by_a_share_after_the_agreement_ended() -> None:
    story = with_supplier().on("2019-06-01")
    story.agrees_with("software-one", "pd:Name", purpose="dpv:RequestedServiceProvision", state="ENDED")
    story.on("2019-05-31").shares("software-one", "software_supplier")
    assert story.broken() == NOTHING

    story.on("2019-06-02").shares("software-one", "software_supplier")

    assert story.broken() == {("MD-24", "share-without-agreement")}


def test_md_25_is_kept_by_facebook_with_permission() -> None:
    story = customer(HOSTER).on("2019-03-01").consents(ADS, recipient="facebook")
    story.on("2019-03-02").shares("facebook", "social_media", "ledger:Cookie", purpose=ADS, legal_basis=CONSENT)

    assert story.broken() == NOTHING


def test_md_25_is_kept_by_facebook_with_permission_on_the_site() -> None:
    """A share has no channel: permission is asked on the site, and counts."""
    story = customer(HOSTER).on("2019-03-01").consents(ADS, recipient="facebook", channel="web")

    assert story.on("2019-03-02").shares("facebook", "social_media", "ledger:Cookie", purpose=ADS, legal_basis=CONSENT).broken() == NOTHING


def test_md_25_is_broken_by_twitter_when_only_facebook_was_permitted() -> None:
    story = customer(HOSTER).on("2019-03-01").consents(ADS, recipient="facebook")
    story.on("2019-03-02").shares("twitter", "social_media", "ledger:Cookie", purpose=ADS, legal_basis=CONSENT)

    assert story.broken() == {("MD-25", "share-without-consent")}


@pytest.mark.parametrize("tracker", ["facebook", "twitter"])
def test_md_25_is_broken_by_their_cookies_in_advertisements_without_permission(tracker: str) -> None:
    story = customer(HOSTER).on("2019-03-01").shares(tracker, "advertising", "ledger:Cookie", purpose=ADS)

    unnamed = {("MD-25", "share-with-unnamed-recipient")}  # Twitter is not among those whose advertisements it shows
    assert story.broken() - unnamed == {("MD-25", "share-without-consent")}


def test_md_25_is_broken_by_facebook_after_the_permission_was_taken_back() -> None:
    story = customer(HOSTER).on("2019-03-01").consents(ADS, recipient="facebook")
    story.on("2019-03-02").consents(ADS, "WITHDRAWN", recipient="facebook").on("2019-03-03")
    story.shares("facebook", "social_media", "ledger:Cookie", purpose=ADS, legal_basis=CONSENT)

    assert story.broken() == {("MD-25", "share-without-consent")}


def test_md_25_is_broken_by_facebook_after_everything_was_taken_back() -> None:
    """An end on no channel, for nobody in particular, ends what was given on the site for Facebook."""
    story = customer(HOSTER).on("2019-03-01").consents(ADS, recipient="facebook", channel="web").on("2019-03-02").consents(ADS, "WITHDRAWN")
    story.on("2019-03-03").shares("facebook", "social_media", "ledger:Cookie", purpose=ADS, legal_basis=CONSENT)

    assert story.broken() == {("MD-25", "share-without-consent")}


@pytest.mark.parametrize(
    ("role", "purpose", "names"),
    [
        ("analytics", "ledger:SiteStatistics", ("google", "hotjar")), ("advertising", ADS, ("google", "adform", "wiqhit")),
        ("social_media", ADS, ("youtube", "linkedin", "instagram")),
    ],
)  # fmt: skip
def test_md_25_is_kept_by_who_the_statement_names(role: str, purpose: str, names: tuple[str, ...]) -> None:
    story = customer(HOSTER).on("2019-03-01")
    for name in names:
        story.agrees_with(name, "ledger:Cookie", purpose=purpose).shares(name, role, "ledger:Cookie", purpose=purpose)

    assert story.broken() == NOTHING


@pytest.mark.parametrize(("role", "purpose"), [("analytics", "ledger:SiteStatistics"), ("advertising", ADS), ("social_media", ADS)])
def test_md_25_is_broken_by_a_tracker_that_is_not_named(role: str, purpose: str) -> None:
    story = customer(HOSTER).on("2019-03-01").agrees_with("tracker-one", "ledger:Cookie", purpose=purpose)

    assert story.shares("tracker-one", role, "ledger:Cookie", purpose=purpose).broken() == {("MD-25", "share-with-unnamed-recipient")}


def test_md_25_is_silent_about_permission_for_analytics_and_advertising() -> None:
    story = customer(HOSTER).agrees_with("google", "ledger:Cookie", purpose="ledger:SiteStatistics").on("2019-03-01")
    story.shares("google", "analytics", "ledger:Cookie", purpose="ledger:SiteStatistics")
    story.shares("adform", "advertising", "ledger:Cookie", purpose=ADS)

    assert story.broken() == NOTHING
    assert story.remarks("MD-25")[0] == "silent"
    assert "asks no consent for analytics and advertising" in story.remarks("MD-25")[1]
