"""Sohosted's promises on how long accounts, orders, actions and questions stay, kept and broken under the statement of 25 May 2018."""

from __future__ import annotations

import pytest

from tests.promises.stories import Story, customer

HOSTER = "sohosted"
NOTHING: set[tuple[str, str]] = set()


def test_so_01_is_kept_by_an_account_that_goes_after_closing_and_the_statutory_term() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves()
    assert story.due("2026-12-31T23:59:59+01:00") == NOTHING
    assert story.due("2027-01-01T00:00:00+01:00") == {("SO-01", "crm")}

    story.clock("2027-01-01").on("2027-01-02").erases(store="crm").clock("2027-02-01")

    assert story.obligations("MET") == {("SO-01", "crm")}
    assert story.late() == story.broken() == NOTHING


def test_so_01_is_kept_as_long_as_the_account_is_open() -> None:
    assert customer(HOSTER).due("2059-12-31") == NOTHING


def test_so_01_is_kept_by_a_request_that_does_not_shorten_the_statutory_term() -> None:
    assert customer(HOSTER).on("2019-05-01").leaves().asks("ERASURE", identity_check="DONE").obligations("OPEN") == NOTHING


def test_so_01_is_broken_by_an_account_that_stays() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves().clock("2027-01-01T00:00:00+01:00").clock("2027-01-08T00:00:00+01:00")

    assert story.late() == {("SO-01", "crm")}


def test_so_01_is_broken_by_an_account_that_asks_for_a_birth_date() -> None:
    assert customer(HOSTER).on("2019-03-01").collects("account", "pd:BirthDate").broken() == {("SO-01", "undeclared-category")}


def ordered() -> Story:
    """Two orders; the first was completed in 2019, the second in 2020."""
    story = customer(HOSTER)
    for order, placed, completed in (("order-1", "2019-02-01", "2019-02-02"), ("order-2", "2019-12-30", "2020-01-01")):
        story.on(placed).reaches("ORDER_PLACED", order).collects("order", ref=order).on(completed).reaches("ORDER_COMPLETED", order)
    return story


def test_so_02_is_kept_by_each_order_that_goes_in_its_own_year() -> None:
    story = ordered()
    assert story.due("2026-12-31T23:59:59+01:00") == NOTHING
    assert story.due("2027-01-01T00:00:00+01:00") == {("SO-02", "shop")}

    story.clock("2027-01-01").on("2027-01-02").erases(store="shop", ref="order-1").clock("2027-12-31T23:59:59+01:00")
    assert story.obligations("OPEN") == story.late() == story.broken() == NOTHING

    assert story.clock("2028-01-01T00:00:00+01:00").obligations("OPEN") == {("SO-02", "shop")}


@pytest.mark.parametrize(("activity", "store"), [("domain_registration", "dns"), ("invoice", "billing"), ("payment", "billing")])
def test_so_02_is_kept_by_all_that_goes_with_the_order(activity: str, store: str) -> None:
    story = customer(HOSTER).collects(activity, ref="order-1").on("2019-05-01").reaches("ORDER_COMPLETED", "order-1")
    story.asks("ERASURE", identity_check="DONE")

    assert story.due("2026-12-31T23:59:59+01:00") == NOTHING
    assert story.due("2027-01-01T00:00:00+01:00") == {("SO-02", store)}


def test_so_02_is_broken_by_an_order_that_stays() -> None:
    story = ordered().clock("2027-01-01T00:00:00+01:00").clock("2027-01-08T00:00:00+01:00")

    assert story.late() == {("SO-02", "shop")}


def test_so_02_is_broken_by_an_order_that_asks_for_a_profile() -> None:
    assert customer(HOSTER).on("2019-03-01").collects("order", "pd:Name", "pd:Profile").broken() == {("SO-02", "undeclared-category")}


def acted() -> Story:
    """Actions in the portal, and the account closed on 1 May 2019."""
    return customer(HOSTER).on("2019-03-01").collects("portal_actions").on("2019-05-01").leaves()


def test_so_03_is_kept_by_actions_that_go_two_years_and_the_statutory_term_after_closing() -> None:
    story = acted()
    assert ("SO-03", "portal") not in story.due("2028-12-31T23:59:59+01:00")
    assert ("SO-03", "portal") in story.due("2029-01-01T00:00:00+01:00")

    story.clock("2029-01-01").on("2029-01-02").erases().clock("2029-02-01")

    assert ("SO-03", "portal") in story.obligations("MET")
    assert story.late() == story.broken() == NOTHING


def test_so_03_is_kept_by_a_request_that_does_not_shorten_the_statutory_term() -> None:
    assert acted().asks("ERASURE", identity_check="DONE").obligations("OPEN") == NOTHING


def test_so_03_is_broken_by_actions_that_stay() -> None:
    story = acted().clock("2029-01-01T00:00:00+01:00").clock("2029-01-08T00:00:00+01:00")

    assert ("SO-03", "portal") in story.late()


def test_so_03_is_broken_by_watching_more_than_actions() -> None:
    assert customer(HOSTER).on("2019-03-01").collects("portal_actions", "pd:BrowserHistory").broken() == {("SO-03", "undeclared-category")}


def form(story: Story) -> Story:
    """The contact form is filled in: consent to all that it is for."""
    for purpose in ("ledger:EnquiryHandling", "dpv:CustomerCare", "ledger:SupportImprovement"):
        story.consents(purpose)
    return story


def enquired() -> Story:
    """Somebody who is no customer asked something, and was content with the answer on 31 August 2018."""
    story = form(Story(HOSTER).on("2018-08-20")).collects("enquiry", "pd:Name", "pd:EmailAddress", ref="enquiry-1")
    return story.on("2018-08-31").reaches("ENQUIRY_RESOLVED", "enquiry-1")


def test_so_04_is_kept_by_a_question_that_goes_six_months_after_it_was_resolved() -> None:
    story = enquired()
    assert story.due("2019-02-28T11:59:59+01:00") == NOTHING
    assert story.due("2019-02-28T12:00:00+01:00") == {("SO-04", "helpdesk")}

    story.clock("2019-02-28").on("2019-03-01").erases(store="helpdesk").clock("2019-04-01")

    assert story.obligations("MET") == {("SO-04", "helpdesk")}
    assert story.late() == story.broken() == NOTHING


def test_so_04_is_kept_by_waiting_until_the_question_is_resolved() -> None:
    story = Story(HOSTER).on("2018-08-20").collects("enquiry", ref="enquiry-2").reaches("ENQUIRY_RESOLVED", "enquiry-1")

    assert story.due("2059-12-31") == NOTHING


def test_so_04_is_broken_by_a_question_that_stays() -> None:
    story = enquired().clock("2019-02-28T12:00:00+01:00").clock("2019-03-07T12:00:00+01:00")

    assert story.late() == {("SO-04", "helpdesk")}


@pytest.mark.parametrize("became", ["2018-08-20T12:00:01", "2018-09-15"])
def test_so_04_is_kept_by_a_question_of_somebody_who_became_a_customer_after_asking_it(became: str) -> None:
    story = enquired().on(became).opens_account()

    assert story.due("2019-02-28T11:59:59+01:00") == NOTHING
    assert story.due("2019-02-28T12:00:00+01:00") == {("SO-04", "helpdesk")}


def test_so_04_is_kept_by_a_question_of_somebody_whose_account_is_closed() -> None:
    story = customer(HOSTER).on("2019-03-01").leaves().collects("enquiry", ref="enquiry-1").reaches("ENQUIRY_RESOLVED", "enquiry-1")

    assert story.due("2019-09-01T11:59:59+02:00") == NOTHING
    assert story.due("2019-09-01T12:00:00+02:00") == {("SO-04", "helpdesk")}


@pytest.mark.parametrize("end", ["WITHDRAWN", "REFUSED"])
def test_so_04_is_broken_by_a_form_without_consent(end: str) -> None:
    story = form(customer(HOSTER)).on("2019-03-01").consents("dpv:CustomerCare", end).on("2019-03-02").collects("enquiry", ref="enquiry-1")

    assert story.broken() == {("SO-04", "collection-without-consent")}
    assert customer(HOSTER).collects("enquiry", ref="enquiry-1").broken() == {("SO-04", "collection-without-consent")}


def test_so_04_is_silent_about_where_the_statutory_term_of_customers_begins() -> None:
    story = form(customer(HOSTER).on("2019-03-01")).collects("enquiry", ref="enquiry-1").reaches("ENQUIRY_RESOLVED", "enquiry-1")

    assert story.broken() == story.due("2059-12-31") == NOTHING
    assert story.why("helpdesk") == {"no date: 7 years, to the end of that calendar year, but not stated from when"}
    assert story.remarks("SO-04") == ("silent", "for customers the statutory term has no stated anchor")


def test_so_04_is_silent_and_so_leaves_a_question_of_a_customer_to_a_request() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("enquiry", ref="enquiry-1").asks("ERASURE", identity_check="DONE")

    assert story.obligations("OPEN") == {("GDPR-17", "helpdesk")}


def test_so_04_is_silent_of_somebody_who_turns_out_to_have_been_a_customer() -> None:
    """The opening of the account is recorded after the term came: what was called for is taken back."""
    story = enquired().clock("2019-02-28T12:00:00+01:00")
    assert story.obligations("OPEN") == {("SO-04", "helpdesk")}

    story.on("2018-08-19").reaches("ACCOUNT_OPENED", "account-1")

    assert story.obligations("CANCELLED") == {("SO-04", "helpdesk")}
    assert story.clock("2059-12-31").obligations("OPEN") == story.late() == NOTHING
