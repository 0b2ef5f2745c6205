"""Looking at data is for what it is held for, as using it is (docs/judging.md section 9)."""

from __future__ import annotations

import pytest

from tests.promises.stories import Story, customer

NOTHING: set[tuple[str, str]] = set()
ADS, MARKETING, HELP = "dpv:PersonalisedAdvertising", "dpv:Marketing", "dpv:CustomerCare"
OTHER = "look-up-for-other-purpose"
CALLED_FOR = [
    {"purpose": HELP, "ticket_ref": "ticket-1"}, {"purpose": HELP, "incident_ref": "incident-1"},
    {"purpose": "ledger:AbuseInvestigation", "incident_ref": "incident-1"}, {"purpose": MARKETING, "permission_ref": "permission-1"},
    {"purpose": "dpv:RightsFulfilment"}, {"purpose": "ledger:BreachInvestigation"}, {"purpose": "ledger:LegalDisclosure"},
]  # fmt: skip


def logged(hoster: str, activity: str = "server_logs") -> Story:
    return customer(hoster).on("2019-03-01").collects(activity).on("2019-03-02")


def test_md_07_is_broken_by_looking_at_the_account_for_advertising() -> None:
    assert customer("mijndomein").on("2019-03-01").looks_at("pd:Name", purpose=ADS).broken() == {("MD-07", OTHER)}


def test_md_07_is_kept_by_helping_a_customer_with_what_is_held_for_the_service() -> None:
    assert customer("mijndomein").on("2019-03-01").looks_at("pd:Name").broken() == NOTHING


def test_md_09_is_kept_by_looking_at_logins_for_a_ticket() -> None:
    """What the overview is for says nothing of help, but it was the customer who asked."""
    story = logged("mijndomein", "portal_session").looks_at("pd:IPAddress", ticket_ref="ticket-1")
    assert story.broken() == NOTHING

    assert story.looks_at("pd:IPAddress").broken() == {("MD-07", OTHER)}


def test_md_22_is_broken_by_looking_for_customers_in_the_suppression_list() -> None:
    story = logged("mijndomein", "suppression").looks_at("ledger:SuppressionEntry", purpose=MARKETING)

    assert story.broken() == {("MD-22", OTHER), ("MD-07", OTHER)}


def test_md_22_is_kept_by_answering_why_no_offer_comes() -> None:
    assert logged("mijndomein", "suppression").looks_at("ledger:SuppressionEntry", ticket_ref="ticket-1").broken() == NOTHING


def test_hh_07_is_broken_by_looking_somebody_up_for_marketing_whatever_ticket_is_named() -> None:
    story = customer("hostinghuis").on("2019-03-01").looks_at("pd:Name", purpose=MARKETING, ticket_ref="ticket-1")

    assert story.broken() == {("HH-07", OTHER)}
    assert story.severities() == {OTHER: "BREACH"}


@pytest.mark.parametrize("why", CALLED_FOR)
def test_hh_22_is_kept_by_looking_at_server_logs_when_the_law_or_somebody_asks(why: dict[str, str]) -> None:
    assert ("HH-22", OTHER) not in logged("hostinghuis").looks_at("ledger:ServerLog", **why).broken()


def test_hh_22_is_broken_by_looking_at_server_logs_for_marketing() -> None:
    story = logged("hostinghuis").looks_at("ledger:ServerLog", purpose=MARKETING, ticket_ref="ticket-1")

    assert story.broken() == {("HH-22", OTHER), ("HH-07", OTHER)}


def test_wh_08_is_broken_by_looking_at_traffic_of_visitors_for_a_ticket_of_somebody() -> None:
    """Visitors are nobody's customers: whoever asked, it was not they."""
    story = Story("webhoster", "dataset-1").on("2019-03-01").collects("visitor_traffic").looks_at("ledger:VisitorTraffic", ticket_ref="ticket-1")

    assert story.broken() == {("WH-08", OTHER)}


def test_wh_08_is_kept_by_looking_at_traffic_after_a_leak() -> None:
    story = Story("webhoster", "dataset-1").on("2019-03-01").collects("visitor_traffic")

    assert story.looks_at("ledger:VisitorTraffic", purpose="ledger:BreachInvestigation").broken() == NOTHING


def test_sh_08_is_broken_by_looking_at_server_logs_for_marketing() -> None:
    assert logged("smallhold").looks_at("pd:UserAgent", purpose=MARKETING).broken() == {("SH-08", OTHER)}


def test_sh_08_is_kept_by_looking_for_errors() -> None:
    assert logged("smallhold").looks_at("pd:UserAgent", purpose="ledger:ErrorAnalysis").broken() == NOTHING


@pytest.mark.parametrize("hoster", ["webhoster", "smallhold", "sohosted"])
def test_gdpr_5_1_b_is_asked_of_look_ups_where_the_statement_says_nothing_of_them(hoster: str) -> None:
    story = customer(hoster).on("2019-03-01").looks_at("pd:Name").looks_at("pd:Name", purpose="dpv:AccountManagement")
    story.looks_at("pd:PhysicalAddress", purpose=MARKETING)  # nobody has it
    assert story.broken() == NOTHING

    assert story.looks_at("pd:Name", purpose=MARKETING).broken() == {("GDPR-5-1-b", OTHER)}


def test_gdpr_5_1_b_allows_a_look_up_that_one_agreed_to() -> None:
    story = customer("sohosted").on("2019-03-01").consents("ledger:Newsletter", channel="email").on("2019-03-02")

    assert story.looks_at("pd:Name", purpose="ledger:Newsletter").broken() == NOTHING
