"""Mijndomein's promises, each kept and broken in a customer's life under the statement that ships."""

from __future__ import annotations

import pytest

from ledger.policies.files import load_policy
from tests.promises.stories import CONSENT, KEPT_BY_LAW, Story, customer, outcomes

HOSTER = "mijndomein"
NEWS, SALE, ADS = "ledger:Newsletter", "dpv:SellDataToThirdParties", "dpv:PersonalisedAdvertising"
SHIELD = {"country": "US", "safeguard": "ledger:PrivacyShield"}
NOTHING: set[tuple[str, str]] = set()


def with_supplier() -> Story:
    """A customer, and a supplier of software under a processing agreement."""
    story = customer(HOSTER).registers("software-one", "software_supplier")
    return story.agrees_with("software-one", "pd:Name", "pd:EmailAddress", purpose="dpv:RequestedServiceProvision")


def test_md_02_is_kept_by_an_order_with_contact_and_bank_data_and_its_history() -> None:
    story = customer(HOSTER).collects("order", ref="order-1").collects("payment", ref="order-1").collects("invoice", ref="invoice-1")

    assert story.broken() == NOTHING


def test_md_02_is_broken_by_asking_for_a_birth_date() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("order", "pd:Name", "pd:BirthDate", ref="order-1")

    assert story.broken() == {("MD-02", "undeclared-category")}


def test_md_02_is_broken_by_an_account_for_another_purpose() -> None:
    story = customer(HOSTER).collects("account", "pd:Name", purposes=["dpv:AccountManagement", "dpv:CustomerSolvencyMonitoring"])

    assert story.broken() == {("MD-02", "undeclared-purpose")}


def test_md_03_is_kept_by_a_conversation_with_the_helpdesk() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("support", "ledger:ContactMoment", "ledger:ConversationContent", ref="ticket-1")

    assert story.broken() == NOTHING


def test_md_03_is_broken_by_the_helpdesk_noting_somebodys_health() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("support", "ledger:ContactMoment", "pd:Health", ref="ticket-1")

    assert story.broken() == {("MD-03", "undeclared-category")}


def test_md_04_is_kept_by_data_about_communication() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("traffic", "ledger:TrafficData", "pd:CommunicationsMetadata")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("content", ["pd:EmailContent", "ledger:CommunicationContent", "ledger:MailboxContent"])
def test_md_04_is_broken_by_the_content_of_what_was_said(content: str) -> None:
    story = customer(HOSTER).on("2019-03-01").collects("traffic", "pd:CommunicationsMetadata", content)

    assert story.broken() == {("MD-04", "prohibited-collection"), ("MD-04", "undeclared-category")}


def test_md_05_is_kept_by_observing_devices_and_the_response_to_mail() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("site_use", "pd:UID", "ledger:SiteUse", "ledger:MailResponse", origin="OBSERVED")

    assert story.broken() == NOTHING


def test_md_05_is_broken_by_site_use_bought_from_another_party() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("site_use", "ledger:SiteUse", origin="THIRD_PARTY")

    assert story.broken() == {("MD-05", "other-origin")}
    assert story.severities() == {"other-origin": "WARNING"}


def test_md_06_is_kept_by_combining_until_and_again_after_an_objection() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("data_combination")
    story.on("2019-04-01").objects("ledger:DataCombination").on("2019-05-01").objects("ledger:DataCombination", "LIFTED")
    story.on("2019-06-01").collects("data_combination").uses("ledger:DataCombination", "ledger:GeographicSegment")

    assert story.broken() == NOTHING


def test_md_06_is_broken_by_combining_after_an_objection() -> None:
    story = customer(HOSTER).on("2019-04-01").objects("ledger:DataCombination").on("2019-04-02").collects("data_combination")

    assert story.broken() == {("MD-06", "collection-after-objection")}


def test_md_06_is_broken_by_segments_for_something_else_after_an_objection() -> None:
    """Who wants no data from outside wants none, whatever it is then called for."""
    segment, purpose = "ledger:DemographicSegment", "dpv:ServicePersonalisation"
    story = customer(HOSTER).collects("data_combination").on("2019-04-01").objects("ledger:DataCombination").on("2019-04-02")
    assert story.uses(purpose, segment).broken() == {("MD-06", "use-after-objection")}

    story.collects("data_combination", segment, purposes=[purpose])
    assert story.broken() == {("MD-06", "use-after-objection"), ("MD-06", "collection-after-objection")}


def test_md_06_is_kept_by_personal_pages_without_data_from_outside_after_an_objection() -> None:
    story = customer(HOSTER).collects("site_use").on("2019-04-01").objects("ledger:DataCombination").on("2019-04-02")

    assert story.uses("dpv:ServicePersonalisation", "ledger:SiteUse").broken() == NOTHING


def test_md_06_is_silent_about_how_to_object() -> None:
    """The text refers to paragraph 4, which is about third parties; paragraph 5 knows an objection to targeted information alone."""
    status, note = customer(HOSTER).remarks("MD-06")

    assert status == "silent"
    assert note.startswith("how to object to the combination is missing")


def test_md_06_is_broken_by_using_the_combination_after_an_objection() -> None:
    story = customer(HOSTER).collects("data_combination").on("2019-04-01").objects("ledger:DataCombination")
    story.on("2019-04-02").uses("ledger:DataCombination", "ledger:DemographicSegment")

    assert story.broken() == {("MD-06", "use-after-objection")}


def test_md_07_is_kept_by_using_the_account_for_the_account() -> None:
    story = customer(HOSTER).on("2019-03-01").uses("dpv:AccountManagement", "pd:Name", "pd:EmailAddress")

    assert story.broken() == NOTHING


def test_md_07_is_kept_by_an_offer_that_one_agreed_to() -> None:
    story = customer(HOSTER).on("2019-03-01").consents("dpv:DirectMarketing", channel="email").mails("dpv:DirectMarketing")

    assert story.broken() == NOTHING


def test_md_07_is_broken_by_using_the_account_for_advertisements() -> None:
    story = customer(HOSTER).on("2019-03-01").mails("dpv:PersonalisedAdvertising")

    assert story.broken() == {("MD-07", "use-for-other-purpose")}


def test_md_07_is_broken_by_using_what_was_erased_the_day_before() -> None:
    story = customer(HOSTER).on("2019-03-01").erases("pd:EmailAddress", store="crm").on("2019-03-02").uses("dpv:AccountManagement")

    assert story.broken() == {("MD-07", "use-for-other-purpose")}


def test_md_09_is_kept_by_an_overview_of_logins() -> None:
    story = customer(HOSTER).on("2019-03-01").reaches("LOGGED_IN", "session-1").collects("portal_session", "pd:IPAddress", ref="session-1")

    assert story.broken() == NOTHING


def test_md_09_is_broken_by_keeping_the_ip_address_for_marketing() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("portal_session", "pd:IPAddress", purposes=["dpv:DirectMarketing"], ref="session-1")

    assert story.broken() == {("MD-09", "undeclared-purpose")}


def test_md_09_is_silent_about_how_long_the_logins_are_kept() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("portal_session", ref="session-1").leaves()

    assert ("portal", "pd:IPAddress") in story.held()
    assert "portal" not in {where for _, where in story.due("2059-12-31")}
    assert story.why("portal") == {"no term stated"}
    assert story.remarks("MD-09") == ("silent", "no term is stated for the IP addresses of logins and changes")


def test_md_10_is_silent_about_how_long_traffic_data_is_kept() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("traffic").leaves()

    assert story.broken() == NOTHING
    assert "logs" not in {where for _, where in story.due("2059-12-31")}
    assert story.why("logs") == {"no term stated"}
    assert story.remarks("MD-10") == ("silent", "no term is stated for traffic and location data")


def with_ends() -> Story:
    """A customer of a later version of the statement that gives two of the purposes of traffic data a term each."""
    story = customer(HOSTER)
    text = str(story.log[0][1]["text"]).replace("version: undated", 'version: "2019"\nin_force_from: 2019-01-01')
    rules = "".join(
        f"  - {{id: MD-10, holder: controller, activities: [traffic], purposes: ['{purpose}'], anchors: [COLLECTION], after: {after}}}\n"
        for purpose, after in (("ledger:TrafficManagement", "P1M"), ("ledger:Invoicing", "P1Y"))
    )
    return story.publishes(text.replace("\nretention:\n", f"\nretention:\n{rules}"))


def test_md_10_is_kept_by_traffic_data_that_goes_for_one_purpose_and_stays_for_another() -> None:
    purposes = ["ledger:TrafficManagement", "ledger:Invoicing"]
    story = with_ends().on("2019-03-31").collects("traffic", "ledger:TrafficData", purposes=purposes)
    assert story.due("2019-04-30T11:59:59+02:00") == NOTHING
    assert story.due("2019-04-30T12:00:00+02:00") == {("MD-10", "logs")}

    story.clock("2019-04-30").on("2019-05-01").erases(store="logs", purposes=["ledger:TrafficManagement"])
    story.uses("ledger:Invoicing", "ledger:TrafficData").clock("2020-03-31T11:59:59+02:00")
    assert story.obligations("OPEN") == story.broken() == story.late() == NOTHING
    assert ("logs", "ledger:TrafficData") in story.held()

    story.clock("2020-03-31T12:00:00+02:00").erases(store="logs", purposes=["ledger:Invoicing"]).clock("2020-05-01")

    assert "logs" not in {where for where, _ in story.held()}
    assert story.obligations("MET") == {("MD-10", "logs")}
    assert story.late() == NOTHING


def test_md_10_is_broken_by_keeping_traffic_data_for_a_purpose_that_is_over() -> None:
    story = with_ends().on("2019-03-31").collects("traffic", purposes=["ledger:TrafficManagement", "ledger:Invoicing"])
    story.clock("2019-04-30").on("2019-05-01").erases(store="logs", purposes=["ledger:Invoicing"]).clock("2019-05-07T12:00:00+02:00")

    assert story.late() == {("MD-10", "logs")}


def test_md_10_is_broken_by_a_use_for_a_purpose_that_has_gone() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("traffic").on("2019-05-01").erases(store="logs", purposes=["ledger:Invoicing"])
    story.on("2019-05-02").uses("ledger:TrafficManagement", "ledger:TrafficData").uses("ledger:Invoicing", "ledger:TrafficData")

    assert story.broken() == {("MD-07", "use-for-other-purpose")}
    (found,) = [fields["purpose"] for name, fields in outcomes(story.log) if name == "ViolationFound"]
    assert found == "ledger:Invoicing"


def test_md_11_is_kept_by_advertisements_from_use_of_the_site() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("site_use").on("2019-03-02").uses(ADS, "ledger:SiteUse", channel="social_media")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("purpose", [ADS, "dpv:TargetedAdvertising", "dpv:SocialMediaMarketing"])
def test_md_11_is_broken_by_advertisements_after_an_objection(purpose: str) -> None:
    story = customer(HOSTER).collects("site_use").on("2019-03-01").objects(purpose).on("2019-03-02").uses(purpose, "ledger:SiteUse")

    assert ("MD-11", "use-after-objection") in story.broken()


@pytest.mark.parametrize("against", [ADS, "dpv:Advertising", "dpv:Marketing"])
def test_md_11_is_broken_by_passing_site_use_on_for_advertisements_after_an_objection(against: str) -> None:
    story = customer(HOSTER).collects("site_use").on("2019-03-01").objects(against)

    assert story.on("2019-03-02").shares("adform", "advertising", "ledger:Cookie", purpose=ADS).broken() == {("MD-11", "share-after-objection")}


def test_md_11_is_broken_by_a_newsletter_that_asks_for_a_bank_account() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("newsletter", "pd:EmailAddress", "pd:BankAccount")

    assert story.broken() == {("MD-11", "undeclared-category")}


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


def test_md_20_is_kept_by_mail_before_an_objection_and_on_another_channel_after_it() -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-01").mails(NEWS)
    story.on("2019-03-02").objects(NEWS, channel="email").on("2019-03-03").uses(NEWS, channel="sms")

    assert story.broken() == NOTHING


def test_md_20_is_broken_by_mail_after_an_objection_to_mail() -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-02").objects(NEWS, channel="email").on("2019-03-03").mails(NEWS)

    assert story.broken() == {("MD-20", "use-after-objection")}


@pytest.mark.parametrize("purpose", ["dpv:DirectMarketing", "dpv:Marketing", "ledger:ProductNews", "dpv:Advertising"])
def test_md_20_is_broken_by_any_kind_of_marketing_after_an_objection(purpose: str) -> None:
    story = customer(HOSTER).collects("newsletter", purposes=[purpose]).on("2019-03-02").objects(purpose).on("2019-03-03").mails(purpose)

    assert ("MD-20", "use-after-objection") in story.broken()


@pytest.mark.parametrize("wider", ["dpv:DirectMarketing", "dpv:Marketing"])
def test_md_20_is_broken_by_a_newsletter_after_an_objection_to_all_marketing(wider: str) -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-02").objects(wider).on("2019-03-03").mails(NEWS)

    assert story.broken() == {("MD-20", "use-after-objection")}


def test_md_20_is_broken_on_every_channel_after_an_objection_to_all() -> None:
    for channel in ("email", "phone", "post", "sms", "whatsapp"):
        story = customer(HOSTER).collects("newsletter").on("2019-03-02").objects(NEWS).on("2019-03-03").uses(NEWS, channel=channel)

        assert story.broken() == {("MD-20", "use-after-objection")}


def invoiced() -> Story:
    """An invoice of February 2019, that is to be kept until 2027."""
    return customer(HOSTER).on("2019-02-01").collects("invoice", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1")


def test_md_21_is_kept_by_an_invoice_that_stays_seven_years_and_then_goes_or_stays() -> None:
    """The text says "at least": after that it says nothing."""
    story = invoiced()
    assert story.due("2027-01-01T00:00:00+01:00") == story.clock("2040-01-01").late() == NOTHING
    assert story.why("billing") == {
        "not before 2027-01-01: 7 years, to the end of that calendar year after invoice issued on 2019-02-01, as nl-awr-52 demands; until when is not"
        " stated"
    }

    assert invoiced().on("2027-01-01T00:00:00+01:00").erases(store="billing").broken() == NOTHING


@pytest.mark.parametrize("asks", [False, True], ids=["nobody asked", "asked for"])
def test_md_21_is_broken_by_erasing_an_invoice_a_second_too_early(asks: bool) -> None:
    story = invoiced()
    if asks:
        story.on("2019-06-03").asks("ERASURE", identity_check="DONE")

    assert story.on("2026-12-31T23:59:59+01:00").erases(store="billing").broken() == {("MD-21", "erased-too-early")}


def test_md_21_is_kept_by_moving_an_invoice_to_another_store() -> None:
    story = invoiced().on("2020-02-01").collects("invoice", ref="invoice-1", store="billing-new").on("2020-02-02").erases(store="billing")

    assert ("MD-21", "erased-too-early") not in story.broken()


def test_md_21_is_kept_by_calling_when_the_seven_years_end_for_what_was_asked_for_before() -> None:
    story = invoiced().on("2019-06-03").asks("ERASURE", identity_check="DONE", categories=["pd:BankAccount"])
    assert story.due("2026-12-31T23:59:59+01:00") == NOTHING
    assert story.due("2027-01-01T00:00:00+01:00") == {("MD-21", "billing")}

    story.clock("2027-01-01T00:00:00+01:00").on("2027-01-02").erases("pd:BankAccount", store="billing").clock("2027-02-01")

    assert story.obligations("MET") == {("MD-21", "billing")}
    assert ("billing", "pd:Name") in story.held()


def test_md_21_is_kept_by_calling_for_what_is_asked_for_after_the_seven_years() -> None:
    story = invoiced().clock("2027-03-01").on("2027-03-02").asks("ERASURE", identity_check="DONE")

    assert ("GDPR-17", "billing") in story.obligations("OPEN")


def test_md_21_is_broken_by_keeping_after_the_seven_years_what_was_asked_for() -> None:
    story = invoiced().on("2019-06-03").asks("ERASURE", identity_check="DONE").erases(store="crm")
    story.clock("2027-01-01T00:00:00+01:00").clock("2027-01-07T23:59:59+01:00")
    assert story.late() == NOTHING

    assert story.clock("2027-01-08T00:00:00+01:00").late() == {("MD-21", "billing")}


def test_md_21_is_silent_about_when_agreements_go() -> None:
    assert Story(HOSTER).remarks("MD-21")[0] == "silent"


def test_md_21_is_kept_by_an_erasure_that_leaves_agreements_and_invoices() -> None:
    story = customer(HOSTER).collects("agreement", ref="contract-1").collects("invoice", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1")
    story.on("2019-06-01").leaves().asks("ERASURE", identity_check="DONE")
    assert story.obligations("OPEN") == {("GDPR-17", "crm")}

    story.on("2019-06-02").erases(store="crm", purposes=sorted(load_policy(HOSTER).policy.activities["account"].purposes))
    story.answers("PARTLY", reasons=[{**KEPT_BY_LAW, "holder": HOSTER}])

    assert story.obligations("OPEN") == NOTHING
    assert {store for store, _ in story.held()} == {"crm", "billing"}
    assert story.due("2026-12-31T23:59:59+01:00") - {("GDPR-17", "crm")} == NOTHING
    assert story.due("2027-01-01T00:00:00+01:00") - {("GDPR-17", "crm")} == {("MD-21", "crm"), ("MD-21", "billing")}


def test_md_21_is_kept_by_each_invoice_and_agreement_that_goes_in_its_own_year() -> None:
    story = customer(HOSTER).on("2019-01-20").erases(store="crm")
    for year in ("2019", "2020"):
        story.on(f"{year}-02-01").collects("invoice", ref=f"invoice-{year}").reaches("INVOICE_ISSUED", f"invoice-{year}")
        story.collects("agreement", ref=f"contract-{year}").reaches("CONTRACT_ENDED", f"contract-{year}")
    story.asks("ERASURE", identity_check="DONE")
    assert story.obligations("OPEN") == NOTHING

    story.clock("2027-01-01T00:00:00+01:00").erases(ref="invoice-2019").erases(ref="contract-2019").clock("2027-12-31T23:59:59+01:00")
    assert story.obligations("MET") == {("MD-21", "billing"), ("MD-21", "crm")}
    assert story.obligations("OPEN") == NOTHING

    assert story.clock("2028-01-01T00:00:00+01:00").obligations("OPEN") == {("MD-21", "billing"), ("MD-21", "crm")}


def test_md_22_is_broken_by_erasing_the_list_while_an_objection_stands() -> None:
    story = customer(HOSTER).on("2019-03-01").objects(NEWS).collects("suppression").on("2019-03-02").erases(store="suppression")

    assert story.broken() == {("MD-22", "suppression-erased")}


def test_md_22_is_kept_by_remembering_an_objection_without_a_list() -> None:
    """The text says what an erasure leaves, not that a list is made; whoever mails all the same breaks MD-20, whatever has gone meanwhile."""
    story = customer(HOSTER).on("2019-03-01").objects(NEWS).clock("2019-06-01")
    assert (story.broken(), story.duties()) == (NOTHING, set())

    story.on("2019-06-02").leaves().asks("ERASURE", identity_check="DONE").erases(request_ref="request-1").clock("2019-06-03")
    assert (story.broken(), story.held()) == (NOTHING, set())
    assert ("MD-20", "use-after-objection") in story.on("2020-03-01").mails(NEWS).broken()


def test_md_22_is_kept_by_erasing_the_list_when_the_objection_was_lifted() -> None:
    story = customer(HOSTER).on("2019-03-01").objects(NEWS).collects("suppression").on("2019-03-02").objects(NEWS, "LIFTED")

    assert story.on("2019-03-03").erases(store="suppression").broken() == NOTHING


def test_md_22_is_kept_by_using_the_suppression_list_to_leave_somebody_out() -> None:
    story = customer(HOSTER).on("2019-03-01").objects(NEWS).collects("suppression")
    story.on("2019-03-02").uses("ledger:MarketingSuppression", "pd:EmailAddress", "ledger:SuppressionEntry")

    assert story.broken() == NOTHING


def test_md_22_is_kept_by_an_erasure_that_leaves_the_suppression_list() -> None:
    story = customer(HOSTER).on("2019-03-01").objects(NEWS).collects("suppression")
    story.on("2019-06-01").leaves().asks("ERASURE", identity_check="DONE")

    assert story.obligations("OPEN") == {("GDPR-17", "crm")}


def test_md_22_is_broken_by_mailing_from_the_suppression_list() -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-01").collects("suppression")
    story.on("2019-03-02").uses(NEWS, "pd:EmailAddress", "ledger:SuppressionEntry", channel="email")

    assert story.broken() == {("MD-22", "prohibited-use"), ("MD-07", "use-for-other-purpose")}


def test_md_22_is_broken_by_passing_the_suppression_list_on_for_advertisements() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("suppression").shares("adform", "advertising", "ledger:SuppressionEntry", purpose=ADS)

    assert story.broken() == {("MD-22", "prohibited-share")}


def test_md_22_is_kept_by_telling_who_mails_whom_to_leave_out() -> None:
    purpose = "ledger:MarketingSuppression"
    story = customer(HOSTER).registers("mailer-one", "mailing").agrees_with("mailer-one", "ledger:SuppressionEntry", purpose=purpose)
    story.on("2019-03-01").collects("suppression").shares("mailer-one", "mailing", "ledger:SuppressionEntry", purpose=purpose)

    assert story.broken() == NOTHING


def test_md_23_is_kept_by_a_refusal_with_its_reason() -> None:
    story = customer(HOSTER).on("2019-03-01").asks("ERASURE").on("2019-03-20").answers("REFUSED", reasons=[{**KEPT_BY_LAW, "holder": HOSTER}])

    assert story.broken() == NOTHING


@pytest.mark.parametrize("outcome", ["REFUSED", "PARTLY"])
def test_md_23_is_broken_by_a_refusal_without_a_reason(outcome: str) -> None:
    story = customer(HOSTER).on("2019-03-01").asks("ERASURE").on("2019-03-20").answers(outcome)

    assert story.broken() == {("MD-23", "refusal-without-reason")}


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


def changed() -> Story:
    """A customer whose hoster, from 2020 on, asks for birth dates too."""
    story = customer(HOSTER).on("2019-12-01")
    text = str(story.log[0][1]["text"]).replace("version: undated", 'version: "2020"\nannounced_on: 2019-12-01\nin_force_from: 2020-01-01')
    return story.publishes(text.replace("categories: [pd:Name,", "categories: [pd:BirthDate, pd:Name,"))


def test_md_26_is_kept_by_a_fact_that_the_version_of_its_day_allows() -> None:
    story = changed().on("2020-01-01T00:00:00").collects("account", "pd:BirthDate")

    assert story.broken() == NOTHING


def test_md_26_is_broken_by_acting_on_the_new_version_before_it_is_in_force() -> None:
    story = changed().on("2019-12-31T23:59:59").collects("account", "pd:BirthDate")

    assert story.broken() == {("MD-02", "undeclared-category")}
