"""Mijndomein's promises on what it takes, uses and combines, kept and broken under the statement that ships."""

from __future__ import annotations

import pytest

from tests.promises.stories import Story, customer, outcomes

HOSTER = "mijndomein"
ADS = "dpv:PersonalisedAdvertising"
NOTHING: set[tuple[str, str]] = set()


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
