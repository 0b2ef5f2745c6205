"""HostingHuis' promises on what it takes, uses and logs, and its mail, kept and broken under the statement of 4 April 2018."""

from __future__ import annotations

import pytest

from tests.promises.hostinghuis import told_of
from tests.promises.stories import ADVERTISING, Story, customer

HOSTER = "hostinghuis"
NEWS, OUTAGES = "ledger:ProductNews", "ledger:ServiceNotice"
NOTHING: set[tuple[str, str]] = set()


def in_session() -> Story:
    """A customer who is logged in on the portal."""
    return customer(HOSTER).on("2019-03-01T10:00").reaches("LOGGED_IN", "session-1")


def test_hh_01_is_kept_by_name_address_and_bank_account() -> None:
    story = customer(HOSTER).collects("order", ref="order-1").collects("invoice", ref="invoice-1")

    assert story.broken() == NOTHING


def test_hh_01_is_broken_by_asking_for_a_birth_date() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("order", "pd:Name", "pd:BirthDate", ref="order-1")

    assert story.broken() == {("HH-01", "undeclared-category")}


def test_hh_01_is_kept_by_a_cookie_of_somebody_who_is_known() -> None:
    """Cookies have a section of their own; only address, browser and device are called anonymous (HH-05)."""
    assert customer(HOSTER).on("2019-03-01").collects("cookies").broken() == NOTHING


def test_hh_02_is_kept_by_erasing_contact_data_after_the_last_service() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves().asks("ERASURE", identity_check="DONE").on("2019-05-02").erases(store="crm")

    assert story.broken() == NOTHING


def test_hh_02_is_kept_by_erasing_what_nobody_has_to_give() -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-05-02").erases(store="mailing")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("activity", ["account", "order", "invoice", "support"])
def test_hh_02_is_broken_by_asking_as_a_choice_what_one_must_give(activity: str) -> None:
    story = customer(HOSTER).on("2019-03-01").collects(activity, "pd:Name", necessity="OPTIONAL")

    assert story.broken() == {("HH-02", "must-asked-as-choice")}
    assert story.severities() == {"must-asked-as-choice": "WARNING"}


def test_hh_02_is_kept_by_news_that_one_need_not_ask_for() -> None:
    assert customer(HOSTER).on("2019-03-01").collects("newsletter", necessity="OPTIONAL").broken() == NOTHING


def test_hh_02_is_broken_by_erasing_contact_data_while_a_service_runs() -> None:
    story = customer(HOSTER).on("2019-05-01").erases(store="crm")

    assert story.broken() == {("HH-02", "erasure-while-service-runs")}


def test_hh_02_is_broken_when_one_of_two_services_still_runs() -> None:
    story = customer(HOSTER).reaches("SERVICE_STARTED", "service-2").on("2019-05-01").leaves().on("2019-05-02").erases(store="crm")

    assert story.broken() == {("HH-02", "erasure-while-service-runs")}


def test_hh_03_is_kept_by_mail_about_outages_after_news_was_switched_off() -> None:
    story = customer(HOSTER).collects("newsletter").mails(NEWS).on("2019-03-01").objects(NEWS).on("2019-03-02").mails(OUTAGES)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("purpose", [NEWS, "ledger:Newsletter", "dpv:DirectMarketing", "dpv:Marketing", *ADVERTISING])
def test_hh_03_is_broken_by_news_of_products_after_it_was_switched_off(purpose: str) -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-01").objects(purpose).on("2019-03-02").mails(purpose)

    assert ("HH-03", "use-after-objection") in story.broken()


@pytest.mark.parametrize("wider", ["dpv:DirectMarketing", "dpv:Marketing"])
def test_hh_03_is_broken_by_news_after_an_objection_to_all_marketing(wider: str) -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-01").objects(wider, channel="email").on("2019-03-02").mails(NEWS)

    assert story.broken() == {("HH-03", "use-after-objection")}


def test_hh_04_is_kept_by_logging_between_login_and_logout() -> None:
    story = in_session().on("2019-03-01T10:05").collects("portal_session", ref="session-1").on("2019-03-01T10:30").reaches("LOGGED_OUT", "session-1")

    assert story.broken() == NOTHING


def test_hh_04_is_broken_by_logging_after_logout() -> None:
    story = in_session().on("2019-03-01T10:30").reaches("LOGGED_OUT", "session-1").on("2019-03-01T10:31").collects("portal_session", ref="session-1")

    assert story.broken() == {("HH-04", "entry-outside-session")}


@pytest.mark.parametrize("entry", ["pd:IPAddress", "ledger:SessionLog"])
def test_hh_04_is_broken_by_passing_the_log_on_whoever_was_told(entry: str) -> None:
    story = told_of("analyst-one").on("2019-03-01").shares("analyst-one", "software_supplier", entry)

    assert story.broken() == {("HH-04", "prohibited-share")}


def test_hh_04_is_kept_by_statistics_of_unknown_visitors_for_the_firm_that_counts() -> None:
    story = Story(HOSTER, "dataset-1").on("2019-02-01").collects("site_statistics").tells("recipient", "counter-one").on("2019-03-01")

    assert story.shares("counter-one", "analytics", "pd:IPAddress", purpose="ledger:SiteStatistics").broken() == NOTHING


def test_hh_04_is_silent_about_how_long_the_log_is_kept() -> None:
    story = in_session().collects("portal_session", ref="session-1").leaves()

    assert "portal" not in {where for _, where in story.due("2059-12-31")}
    assert story.why("portal") == {"no term stated"}
    assert story.remarks("HH-04") == ("silent", "no term is stated for the log itself")


def test_hh_05_is_kept_by_statistics_of_unknown_visitors() -> None:
    story = customer(HOSTER).of("dataset-2019-03-01").on("2019-03-01").collects("site_statistics")

    assert story.broken() == NOTHING


def test_hh_05_is_broken_by_statistics_linked_to_a_customer() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("site_statistics")

    assert story.broken() == {("HH-05", "anonymous-data-linked")}


def test_hh_05_is_silent_about_the_ip_address_in_its_anonymous_statistics() -> None:
    story = customer(HOSTER).of("dataset-2019-03-01").on("2019-03-01").collects("site_statistics")

    assert ("web", "pd:IPAddress") in story.held()
    assert story.remarks("HH-05") == ("silent", "the statistics are called anonymous, though an IP address is personal data")


def test_hh_06_is_kept_by_giving_the_payment_provider_what_a_payment_needs() -> None:
    story = told_of("psp-one").on("2019-03-01").collects("payment", ref="invoice-1").shares("psp-one", "payment_provider", ref="invoice-1")

    assert story.broken() == NOTHING


def test_hh_06_is_broken_by_payment_data_for_another_purpose() -> None:
    story = told_of("psp-one").on("2019-03-01").shares("psp-one", "payment_provider", purpose="dpv:CustomerSolvencyMonitoring")

    assert story.broken() == {("HH-06", "share-for-other-purpose")}


def test_hh_07_is_kept_by_using_the_account_for_the_account() -> None:
    story = customer(HOSTER).on("2019-03-01").uses("dpv:AccountManagement", "pd:Name").looks_at("pd:Name", ticket_ref="ticket-1")

    assert story.broken() == NOTHING


def test_hh_07_is_kept_by_a_look_up_that_says_who_and_why() -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at("pd:Name", actor="role:staff", ticket_ref="ticket-1")
    name, fields = story.log[-1]

    assert (name, fields["actor"], fields["purpose"], fields["ticket_ref"]) == ("DataConsulted", "role:staff", "dpv:CustomerCare", "ticket-1")
    assert story.broken() == NOTHING


def test_hh_07_is_kept_by_what_the_customer_agreed_to() -> None:
    """Consent is a ground of its own for another purpose (GDPR Art. 6(4))."""
    story = customer(HOSTER).on("2019-03-01").consents("dpv:Advertising").on("2019-03-02").uses("dpv:Advertising", "pd:Name")

    assert story.broken() == NOTHING


def test_hh_07_is_broken_by_using_the_account_for_advertising() -> None:
    story = customer(HOSTER).on("2019-03-01").uses("dpv:Advertising", "pd:Name")

    assert story.broken() == {("HH-07", "use-for-other-purpose")}


def test_hh_07_is_broken_by_an_advertisement_from_the_fiscal_archive() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("fiscal_archive", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1")
    story.on("2019-03-02").uses("dpv:Marketing", "pd:PhysicalAddress", channel="post")

    assert story.broken() == {("HH-07", "use-for-other-purpose")}


def test_hh_07_is_broken_by_marketing_from_the_session_log() -> None:
    story = in_session().on("2019-03-01T10:05").collects("portal_session", ref="session-1")
    story.on("2019-03-02").uses("dpv:Marketing", "pd:IPAddress", "ledger:SessionLog")

    assert story.broken() == {("HH-07", "use-for-other-purpose")}


def test_hh_07_is_broken_by_using_what_was_erased_whoever_agreed() -> None:
    story = customer(HOSTER).consents("dpv:Advertising").on("2019-03-01").leaves().asks("ERASURE", identity_check="DONE")
    story.on("2019-03-02").erases(store="crm").on("2019-04-02").uses("dpv:Advertising", "pd:Name").uses("dpv:AccountManagement", "pd:Name")

    assert story.broken() == {("HH-07", "use-for-other-purpose")}
    assert story.count_found("use-for-other-purpose") == 2


def test_hh_07_is_broken_by_looking_somebody_up_for_nothing() -> None:
    """The text says "in principle": it is noted, no more."""
    story = customer(HOSTER).on("2019-03-01").looks_at("pd:Name")

    assert story.broken() == {("HH-07", "look-up-without-reason")}
    assert story.severities() == {"look-up-without-reason": "NOTE"}


@pytest.mark.parametrize("purpose", ["dpv:RightsFulfilment", "dpv:LegalCompliance", "ledger:BreachInvestigation", "dpv:IdentityVerification"])
def test_hh_07_is_kept_by_using_data_for_what_the_law_asks(purpose: str) -> None:
    assert customer(HOSTER).on("2020-01-01").uses(purpose, "pd:Name").broken() == NOTHING


def test_hh_03_is_broken_by_news_on_a_channel_that_is_not_told() -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-01").objects(NEWS, channel="email").on("2019-03-02").uses(NEWS)

    assert story.broken() == {("HH-03", "use-after-objection")}


def test_hh_02_is_kept_by_tidying_up_while_the_service_runs() -> None:
    """The question goes, the account with the same name and address stays."""
    story = customer(HOSTER).on("2019-03-01").collects("support", "pd:Name", "pd:EmailAddress", ref="question-1").on("2020-03-01")

    assert story.erases(store="helpdesk", ref="question-1").broken() == NOTHING
    assert ("HH-02", "erasure-while-service-runs") in story.on("2020-03-02").erases(store="crm").broken()
