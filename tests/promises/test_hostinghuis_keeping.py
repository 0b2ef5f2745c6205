"""HostingHuis' promises on how long data stays, erasure, export, and a customer's site, kept and broken under the statement of 4 April 2018."""

from __future__ import annotations

import pytest

from tests.promises.hostinghuis import told_of
from tests.promises.stories import Story, customer

HOSTER = "hostinghuis"
WITH_THE_ACCOUNT = (
    ("order", "shop"), ("domain_registration", "dns"), ("invoice", "billing"), ("payment", "billing"), ("support", "helpdesk"),
    ("newsletter", "mailing"),
)  # fmt: skip
NOTHING: set[tuple[str, str]] = set()


def test_hh_15_is_kept_by_an_account_that_goes_two_years_after_the_last_service() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves()
    assert story.due("2021-05-01T11:59:59+02:00") == NOTHING
    assert story.due("2021-05-01T12:00:00+02:00") == {("HH-15", "crm")}

    story.clock("2021-05-01T12:00:00+02:00").on("2021-05-02").erases(store="crm").clock("2021-06-01")

    assert story.obligations("MET") == {("HH-15", "crm")}
    assert story.late() == story.broken() == NOTHING


def test_hh_15_is_kept_by_waiting_for_the_end_of_a_new_service() -> None:
    story = customer(HOSTER).on("2019-02-28").leaves().on("2019-12-01").reaches("SERVICE_STARTED", "service-2")
    assert story.due("2059-12-31") == NOTHING

    story.on("2020-02-29").reaches("SERVICE_ENDED", "service-2")

    assert story.due("2022-02-28T11:59:59+01:00") == NOTHING
    assert story.due("2022-02-28T12:00:00+01:00") == {("HH-15", "crm")}


@pytest.mark.parametrize(("activity", "store"), WITH_THE_ACCOUNT)
def test_hh_15_is_kept_by_all_that_goes_with_the_account(activity: str, store: str) -> None:
    story = customer(HOSTER).collects(activity, ref="order-1").on("2019-05-01").leaves()

    assert story.due("2021-05-01T11:59:59+02:00") == NOTHING
    assert story.due("2021-05-01T12:00:00+02:00") == {("HH-15", "crm"), ("HH-15", store)}


def held_until_may() -> Story:
    """Nobody looked between March and May 2022; in between a legal hold ended, long after the two years."""
    story = customer(HOSTER).on("2020-03-01").leaves().on("2021-01-01").tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD")
    return story.clock("2022-03-02").on("2022-05-01").tell("HoldReleased", hold_ref="hold-1", kind="LEGAL_HOLD")


def test_hh_15_is_kept_within_a_week_of_the_release_of_a_hold_however_long_nobody_looked() -> None:
    assert held_until_may().clock("2022-05-02").clock("2022-05-08T11:59:59").overdue() == NOTHING


def test_hh_15_is_broken_a_week_after_the_release_of_a_hold() -> None:
    for story in (held_until_may(), held_until_may().clock("2022-05-02")):
        assert story.clock("2022-05-08T12:00").overdue() == {("HH-15", "overdue-erasure")}


def test_hh_15_is_broken_by_an_account_that_stays() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves().clock("2021-05-01T12:00:00+02:00").clock("2021-05-08T11:59:59+02:00")
    assert story.late() == NOTHING

    story.clock("2021-05-08T12:00:00+02:00")

    assert story.late() == {("HH-15", "crm")}


def invoiced() -> Story:
    """An invoice of the last hour of 2018 in Amsterdam, put away off-line."""
    story = Story(HOSTER).on("2018-06-07").opens_account().on("2018-12-31T23:30:00+01:00")
    return story.collects("fiscal_archive", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1")


def test_hh_15_is_broken_by_erasing_the_account_in_the_two_years() -> None:
    story = customer(HOSTER).on("2019-03-01").leaves().on("2021-03-01T11:59:59").erases(store="crm", because_of="RETENTION")

    assert story.broken() == {("HH-15", "erased-too-early")}


def test_hh_15_is_kept_by_erasing_the_account_in_the_two_years_on_request() -> None:
    story = customer(HOSTER).on("2019-03-01").leaves().asks("ERASURE", identity_check="DONE").on("2019-03-02").erases(store="crm")

    assert story.broken() == NOTHING


def test_hh_15_is_kept_by_erasing_what_is_no_account_in_the_two_years() -> None:
    """"dan blijft je klant-account in tact": of the rest it says that it goes."""
    story = customer(HOSTER).collects("support").on("2019-03-01").leaves().on("2019-03-02").erases(store="helpdesk")

    assert story.broken() == NOTHING


def test_hh_16_is_broken_by_erasing_the_archive_in_the_seven_years_even_on_request() -> None:
    story = customer(HOSTER).on("2019-02-01").collects("fiscal_archive", ref="inv-1").reaches("INVOICE_ISSUED", "inv-1").on("2019-03-01").leaves()

    story.asks("ERASURE", identity_check="DONE").on("2026-12-31T23:59:59").erases(store="offline-archive")

    assert story.broken() == {("HH-16", "erased-too-early")}


def test_hh_16_is_kept_by_invoices_that_stay_for_the_fiscal_term_and_then_go() -> None:
    story = invoiced()
    assert story.due("2025-12-31T23:59:59+01:00") == NOTHING
    assert story.due("2026-01-01T00:00:00+01:00") == {("HH-16", "offline-archive")}

    story.clock("2026-01-01").on("2026-01-03").reaches("SERVICE_ENDED", "service-1").erases(store="offline-archive").clock("2026-02-01")

    assert story.obligations("MET") == {("HH-16", "offline-archive")}
    assert story.late() == story.broken() == NOTHING


def test_hh_16_is_kept_by_each_invoice_that_stays_its_own_term() -> None:
    story = invoiced().on("2019-01-01T00:30:00+01:00").collects("fiscal_archive", ref="invoice-2").reaches("INVOICE_ISSUED", "invoice-2")
    story.clock("2026-01-01").reaches("SERVICE_ENDED", "service-1").erases(store="offline-archive", ref="invoice-1")
    story.clock("2026-12-31T23:59:59+01:00")
    assert story.obligations("MET") == {("HH-16", "offline-archive")}
    assert story.obligations("OPEN") == NOTHING

    assert story.clock("2027-01-01T00:00:00+01:00").obligations("OPEN") == {("HH-16", "offline-archive")}


def test_hh_16_is_kept_by_a_request_that_leaves_the_invoices() -> None:
    story = invoiced().on("2019-05-01").leaves().erases(store="crm").asks("ERASURE", identity_check="DONE")

    assert story.obligations("OPEN") == NOTHING


def test_hh_16_is_broken_by_invoices_that_stay_after_it() -> None:
    story = invoiced().clock("2026-01-01T00:00:00+01:00").clock("2026-01-08T00:00:00+01:00")

    assert story.late() == {("HH-16", "offline-archive")}


def test_hh_18_is_kept_by_erasing_at_once_all_but_the_invoices() -> None:
    story = invoiced().on("2019-05-01").leaves().on("2019-05-02").asks("ERASURE", identity_check="DONE")
    assert story.obligations("OPEN") == {("HH-18", "crm")}

    story.on("2019-05-02T13:00").erases(store="crm").clock("2019-08-01")

    assert story.late() == story.broken() == NOTHING
    assert {store for store, _ in story.held()} == {"offline-archive"}


def test_hh_18_is_broken_by_leaving_the_account_where_it_is() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves().asks("ERASURE", identity_check="DONE")

    assert story.clock("2019-05-08T11:59:59").late() == NOTHING
    assert story.clock("2019-05-08T12:00").late() == {("HH-18", "crm")}
    assert ("HH-18", "overdue-erasure") in story.overdue()


def test_hh_18_is_kept_by_counting_from_the_end_of_the_service() -> None:
    story = customer(HOSTER).on("2019-05-01").asks("ERASURE", identity_check="DONE").on("2019-05-20").reaches("SERVICE_ENDED", "service-1")

    assert story.clock("2019-05-27T11:59:59").late() == NOTHING
    assert story.clock("2019-05-27T12:00").late() == {("HH-18", "crm")}


def test_hh_18_is_kept_where_a_recipient_has_the_month_of_the_law() -> None:
    story = customer(HOSTER).tells("recipient", "sidn").shares("sidn", "registry", ref="order-1").on("2019-05-01").leaves()
    story.asks("ERASURE", identity_check="DONE").erases().clock("2019-05-30")

    assert story.late() == NOTHING
    assert story.obligations("OPEN") == {("GDPR-17", "sidn")}


@pytest.mark.parametrize("answered", [False, True], ids=["never answered", "said to be exported"])
def test_hh_19_is_broken_by_erasing_before_the_export(answered: bool) -> None:
    story = wants_an_export().erases()
    if answered:
        story.on("2019-06-12").answers("FULFILLED")

    assert story.broken() == {("HH-19", "erased-before-export")}


def test_hh_19_is_kept_by_erasing_what_is_left_elsewhere_or_not_asked_for() -> None:
    assert wants_an_export("pd:TelephoneNumber").erases().broken() == NOTHING
    assert wants_an_export().collects("support", "pd:Name", "pd:EmailAddress").erases(store="helpdesk").broken() == NOTHING


def test_hh_19_is_kept_by_an_export_before_the_erasure() -> None:
    assert wants_an_export().answers("FULFILLED").on("2019-06-12").erases().broken() == NOTHING


def wants_an_export(*categories: str) -> Story:
    """Who left wants the data along, and erased."""
    story = customer(HOSTER).on("2019-06-03").leaves().asks("PORTABILITY", identity_check="DONE", categories=list(categories))
    return story.asks("ERASURE", request_ref="request-2", identity_check="DONE").on("2019-06-11")


def test_hh_20_is_silent_about_what_is_in_time() -> None:
    assert customer(HOSTER).remarks("HH-20") == ("silent", '"in time" has no measure')


def test_hh_21_is_kept_by_looking_at_a_site_when_abuse_is_likely() -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at("ledger:HostedContent", purpose="ledger:AbuseInvestigation", incident_ref="abuse-1")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("content", ["ledger:HostedContent", "ledger:DatabaseContent"])
def test_hh_21_is_broken_by_looking_at_a_site_without_a_case(content: str) -> None:
    story = customer(HOSTER).on("2019-03-01")
    story.looks_at(content, purpose="ledger:AbuseInvestigation", ticket_ref="ticket-1", permission_ref="permission-1")

    assert story.broken() == {("HH-21", "look-up-without-reason")}


@pytest.mark.parametrize("purpose", ["dpv:Marketing", "dpv:CustomerCare"])
def test_hh_21_is_broken_by_looking_at_a_site_for_something_else_whatever_the_case(purpose: str) -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at("ledger:HostedContent", purpose=purpose, incident_ref="incident-1")

    assert story.broken() == {("HH-21", "prohibited-look-up")}


@pytest.mark.parametrize("mail", ["pd:EmailContent", "ledger:MailboxContent", "ledger:CommunicationContent"])
def test_hh_21_is_broken_by_reading_mail_whatever_the_reason(mail: str) -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at(mail, purpose="ledger:AbuseInvestigation", incident_ref="abuse-1")

    assert story.broken() == {("HH-21", "prohibited-look-up")}


@pytest.mark.parametrize("mail", ["pd:EmailContent", "ledger:MailboxContent", "ledger:CommunicationContent"])
def test_hh_21_is_broken_by_using_or_passing_on_what_mail_says(mail: str) -> None:
    used = customer(HOSTER).on("2019-03-01").uses("dpv:PersonalisedAdvertising", mail)
    shared = told_of("analyst-one").on("2019-03-01").shares("analyst-one", "software_supplier", mail, purpose="dpv:ServiceUsageAnalytics")

    assert ("HH-21", "prohibited-use") in used.broken()
    assert ("HH-21", "prohibited-share") in shared.broken()


@pytest.mark.parametrize("content", ["ledger:HostedContent", "ledger:DatabaseContent"])
def test_hh_21_is_broken_by_watching_what_is_on_a_site(content: str) -> None:
    used = customer(HOSTER).on("2019-03-01").uses("dpv:MisusePreventionAndDetection", content)
    shared = told_of("analyst-one").on("2019-03-01").shares("analyst-one", "software_supplier", content, purpose="dpv:Marketing")

    assert ("HH-21", "prohibited-use") in used.broken()
    assert ("HH-21", "prohibited-share") in shared.broken()


def test_hh_21_is_kept_by_keeping_mail_and_sites_for_the_customer() -> None:
    """A supplier that stores them reads nothing; an expert looks into abuse; a court may order mail."""
    story = told_of("storage-one").on("2019-03-01").shares("storage-one", "hosting", "ledger:MailboxContent", "ledger:HostedContent")
    story.shares("storage-one", "hosting", "ledger:HostedContent", purpose="ledger:AbuseInvestigation")
    story.shares("court-one", "court", "pd:EmailContent", "ledger:HostedContent", disclosure_ground="court_order")

    assert story.broken() == NOTHING


def test_hh_22_is_kept_by_server_logs_against_abuse() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs").uses("dpv:MisusePreventionAndDetection", "ledger:ServerLog")

    assert story.broken() == NOTHING


def test_hh_22_is_kept_whatever_somebody_else_does_with_logs_of_its_own() -> None:
    assert customer(HOSTER).on("2019-03-01").uses("dpv:Marketing", "ledger:ServerLog", by="nobody").broken() == {("HH-08", "use-for-other-purpose")}


def test_hh_22_is_broken_by_server_logs_for_marketing() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs").uses("dpv:Marketing", "ledger:ServerLog")

    assert story.broken() == {("HH-22", "use-for-other-purpose"), ("HH-07", "use-for-other-purpose")}


def test_hh_22_is_silent_about_how_long_server_logs_are_kept() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs").leaves()

    assert "logs" not in {where for _, where in story.due("2059-12-31")}
    assert story.why("logs") == {"no term stated"}
    assert story.remarks("HH-22") == ("silent", "no term is stated for server logs")
