"""Sohosted's promises, each kept and broken in a customer's life under the statement of 25 May 2018."""

from __future__ import annotations

import pytest

from tests.promises.stories import ADVERTISING, KEPT_BY_LAW, Story, customer

HOSTER = "sohosted"
REGISTRATION = "ledger:DomainRegistration"
NEWSLETTER, NEWS, SALE = "ledger:Newsletter", "ledger:ProductNews", "dpv:SellDataToThirdParties"
NOTHING: set[tuple[str, str]] = set()


def with_mailer() -> Story:
    """A customer, and a supplier that sends the newsletter under an agreement."""
    return customer(HOSTER).registers("mailer-one", "mailing").agrees_with("mailer-one", "pd:Name", "pd:EmailAddress", purpose=NEWSLETTER)


def with_google() -> Story:
    """A customer, and Google under an agreement that is generous about categories."""
    story = customer(HOSTER).registers("google", "analytics")
    return story.agrees_with("google", "ledger:AnonymisedIPAddress", "pd:IPAddress", "ledger:SiteUse", purpose="ledger:SiteStatistics")


def told_six_times() -> Story:
    """A customer who got six mails in half a year, the first at noon on 1 February 2019."""
    story = customer(HOSTER).collects("marketing")
    for month in range(2, 8):
        story.on(f"2019-{month:02}-01").mails(NEWS)
    return story


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


def test_so_05_is_kept_by_a_newsletter_after_consent() -> None:
    story = customer(HOSTER).on("2019-03-01").consents(NEWSLETTER, channel="email").collects("newsletter").on("2019-03-02").mails(NEWSLETTER)

    assert story.broken() == NOTHING


def test_so_05_is_broken_by_a_newsletter_that_nobody_asked_for() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("newsletter")
    assert story.broken() == {("SO-05", "collection-without-consent")}

    assert story.mails(NEWSLETTER).broken() == {("SO-05", "collection-without-consent"), ("SO-05", "use-without-consent")}


def test_so_05_is_broken_by_a_subscription_to_a_list_that_one_has_left() -> None:
    story = customer(HOSTER).consents(NEWSLETTER, channel="email").on("2019-03-01").consents(NEWSLETTER, "WITHDRAWN")

    assert story.on("2019-03-02").collects("newsletter").broken() == {("SO-05", "collection-without-consent")}


def test_so_05_is_broken_by_an_address_that_is_listed_by_a_consent_to_somebody_else() -> None:
    story = customer(HOSTER).consents(NEWSLETTER, recipient="mailer-one").on("2019-03-01").collects("newsletter")

    assert story.broken() == {("SO-05", "collection-without-consent")}


def test_so_05_is_broken_by_a_newsletter_after_the_link_was_clicked() -> None:
    story = customer(HOSTER).consents(NEWSLETTER).collects("newsletter").on("2019-03-01").consents(NEWSLETTER, "WITHDRAWN", method="link")
    story.on("2019-03-01T12:00:01").mails(NEWSLETTER)

    assert story.broken() == {("SO-05", "use-without-consent")}


def given_to_a_mailer(story: Story) -> Story:
    """The list of the newsletter goes to the processor that sends it, on 3 March 2019."""
    story.registers("mailer-one", "mailing").agrees_with("mailer-one", "pd:EmailAddress", purpose=NEWSLETTER)
    return story.on("2019-03-03").shares("mailer-one", "mailing", "pd:EmailAddress", purpose=NEWSLETTER)


@pytest.mark.parametrize("given", [{"channel": "email"}, {}, {"channel": "email", "recipient": "mailer-one"}])
def test_so_05_is_kept_by_a_list_of_those_who_agreed_on_some_channel(given: dict[str, str]) -> None:
    assert given_to_a_mailer(customer(HOSTER).consents(NEWSLETTER, **given)).broken() == NOTHING


def test_so_05_is_broken_by_a_list_with_somebody_who_never_agreed() -> None:
    story = given_to_a_mailer(customer(HOSTER))

    assert (story.broken(), story.severities()) == ({("SO-05", "share-without-consent")}, {"share-without-consent": "BREACH"})


@pytest.mark.parametrize("end", [{"channel": "email"}, {}, {"recipient": "mailer-one"}])
def test_so_05_is_broken_by_a_list_with_somebody_who_has_left_it(end: dict[str, str]) -> None:
    """The end on all channels, or for this recipient, is one of the only channel that there was."""
    story = customer(HOSTER).consents(NEWSLETTER, channel="email").on("2019-03-01").consents(NEWSLETTER, "WITHDRAWN", **end)

    assert given_to_a_mailer(story).broken() == {("SO-05", "share-without-consent")}


def test_so_05_is_kept_by_a_list_when_consent_is_left_on_another_channel() -> None:
    story = customer(HOSTER).consents(NEWSLETTER, channel="email").consents(NEWSLETTER, channel="sms").on("2019-03-01")

    assert given_to_a_mailer(story.consents(NEWSLETTER, "WITHDRAWN", channel="sms")).broken() == NOTHING


def test_so_05_is_broken_by_a_list_on_a_consent_to_somebody_else() -> None:
    story = customer(HOSTER).consents(NEWSLETTER, channel="email", recipient="mailer-two")

    assert given_to_a_mailer(story).broken() == {("SO-05", "share-without-consent")}


def subscribed() -> Story:
    """A subscriber whose account was closed on 1 May 2019."""
    return customer(HOSTER).consents(NEWSLETTER).collects("newsletter").on("2019-05-01").leaves()


def test_so_06_is_kept_by_an_address_that_goes_with_the_account() -> None:
    story = subscribed()
    assert story.due("2019-05-01T11:59:59") == NOTHING
    assert story.due("2019-05-01T12:00:00") == {("SO-06", "mailing")}

    story.clock("2019-05-01").on("2019-05-02").erases(store="mailing").clock("2019-06-01")

    assert story.obligations("MET") == {("SO-06", "mailing")}
    assert story.late() == story.broken() == NOTHING


def test_so_06_is_broken_by_an_address_that_stays() -> None:
    story = subscribed().clock("2019-05-01T12:00:00").clock("2019-05-08T12:00:00")

    assert story.late() == {("SO-06", "mailing")}


def subscribed_only() -> Story:
    """Somebody without an account who subscribed on 7 January 2019."""
    return Story(HOSTER).on("2019-01-07").consents(NEWSLETTER, channel="email").collects("newsletter")


def test_so_06_is_kept_by_the_address_of_no_customer_that_goes_at_the_unsubscription() -> None:
    story = subscribed_only()
    assert story.due("2059-12-31") == NOTHING
    assert story.why("mailing") == {"term has not started: waits for CONSENT_ENDED"}

    story.on("2019-05-01").consents(NEWSLETTER, "WITHDRAWN", channel="email", method="link")
    assert story.why("mailing") == {"at once: consent ended on 2019-05-01"}
    assert story.due("2019-05-01T11:59:59") == NOTHING
    assert story.due("2019-05-01T12:00:00") == {("SO-06", "mailing")}

    story.clock("2019-05-01").on("2019-05-02").erases(store="mailing").clock("2019-06-01")

    assert story.obligations("MET") == {("SO-06", "mailing")}
    assert story.late() == story.broken() == NOTHING


def test_so_06_is_broken_by_the_address_of_no_customer_that_stays_after_the_unsubscription() -> None:
    story = subscribed_only().on("2019-05-01").consents(NEWSLETTER, "WITHDRAWN", channel="email").clock("2019-05-01").clock("2019-05-08")

    assert story.late() == {("SO-06", "mailing")}


@pytest.mark.parametrize("end", ["REFUSED", "WITHDRAWN", "REVOKED", "EXPIRED", "INVALIDATED"])
def test_so_06_is_kept_by_an_address_that_stays_when_somebody_subscribes_again(end: str) -> None:
    story = subscribed_only().on("2019-05-01").consents(NEWSLETTER, end, channel="email").clock("2019-05-01")
    assert story.obligations("OPEN") == {("SO-06", "mailing")}

    story.on("2019-05-02").consents(NEWSLETTER, channel="email").clock("2019-06-01")

    assert story.obligations("CANCELLED") == {("SO-06", "mailing")}
    assert story.late() == NOTHING


def test_so_06_is_kept_by_an_address_that_stays_while_one_channel_is_left() -> None:
    story = subscribed_only().consents(NEWSLETTER, channel="sms").on("2019-05-01").consents(NEWSLETTER, "WITHDRAWN", channel="email")
    assert story.due("2059-12-31") == NOTHING

    story.on("2019-06-01").consents(NEWSLETTER, "WITHDRAWN")

    assert story.due("2019-06-01T11:59:59") == NOTHING
    assert story.due("2019-06-01T12:00:00") == {("SO-06", "mailing")}


def test_so_06_is_kept_by_asking_again_which_ends_nothing() -> None:
    assert subscribed_only().on("2019-05-01").consents(NEWSLETTER, "REQUESTED", channel="email").due("2059-12-31") == NOTHING


def test_so_06_is_kept_by_the_address_of_a_customer_who_unsubscribed_and_stays() -> None:
    story = customer(HOSTER).consents(NEWSLETTER).collects("newsletter").on("2019-02-01").consents(NEWSLETTER, "WITHDRAWN")
    assert story.due("2059-12-31") == NOTHING

    assert story.on("2019-05-01").leaves().due("2019-05-01T12:00:00") == {("SO-06", "mailing")}


def test_so_06_is_kept_by_a_former_customer_who_subscribes_again() -> None:
    """Asked of today's state, the account that was closed in 2019 would make the new address due before it was given."""
    story = subscribed().clock("2019-05-01").on("2019-05-02").erases(store="mailing")
    story.on("2020-03-01").consents(NEWSLETTER).collects("newsletter").clock("2020-04-01")
    assert story.obligations("OPEN") == NOTHING

    story.on("2020-05-01T12:00:00").consents(NEWSLETTER, "WITHDRAWN").clock("2020-05-01T11:59:59")
    assert story.obligations("OPEN") == NOTHING

    assert story.clock("2020-05-01T12:00:00").obligations("OPEN") == {("SO-06", "mailing")}


def test_so_06_is_kept_whatever_was_recorded_first() -> None:
    """Two accounts after each other, opened and closed, in the order of a backlog: the first steps are not lost."""
    story = Story(HOSTER).on("2019-06-01").collects("newsletter").consents(NEWSLETTER)
    for closed, opened in (("2020-02-01", "2020-01-01"), ("2019-09-01", "2019-01-07")):
        story.on(closed).reaches("ACCOUNT_CLOSED", "account-1").on(opened).reaches("ACCOUNT_OPENED", "account-1")

    assert story.due("2020-01-31") == NOTHING
    assert story.due("2020-02-01T12:00:00") == {("SO-06", "mailing")}


def test_so_07_is_kept_by_six_mails_and_a_seventh_a_year_after_the_first() -> None:
    story = told_six_times().on("2020-02-01T12:00:00").mails(NEWS)

    assert story.broken() == NOTHING


def test_so_07_is_kept_when_the_sixth_mail_is_recorded_twice() -> None:
    story = told_six_times()
    story.log.append(story.log[-1])

    assert story.broken() == NOTHING


def test_so_07_is_broken_by_a_seventh_mail_a_second_within_the_year() -> None:
    story = told_six_times().on("2020-02-01T11:59:59").mails(NEWS)

    assert story.broken() == {("SO-07", "too-many-sends")}


def test_so_07_is_kept_by_a_newsletter_every_month_beside_the_mails() -> None:
    """The newsletter has a section of its own, which names no number."""
    story = told_six_times().consents(NEWSLETTER).collects("newsletter")
    for month in range(1, 9):
        story.on(f"2020-{month:02}-02").mails(NEWSLETTER)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("channel", ["phone", "post", "sms", "whatsapp", "social_media"])
def test_so_07_is_broken_by_news_that_does_not_come_by_mail(channel: str) -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-01").uses(NEWS, channel=channel)

    assert story.broken() == {("SO-07", "prohibited-use")}


def test_so_07_is_broken_by_news_for_who_is_no_customer_any_more() -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-01").mails(NEWS).leaves().on("2019-03-02").mails(NEWS)

    assert story.broken() == {("SO-07", "use-for-non-customer")}


def test_so_07_is_broken_by_news_for_who_was_a_customer_only_later() -> None:
    story = Story(HOSTER).on("2019-03-02").opens_account().collects("marketing").on("2019-03-01").mails(NEWS)

    assert ("SO-07", "use-for-non-customer") in story.broken()


@pytest.mark.parametrize("purpose", ["dpv:DirectMarketing", "dpv:Marketing", *ADVERTISING])
def test_so_07_is_broken_by_seven_mails_of_different_kinds(purpose: str) -> None:
    story = told_six_times().consents(purpose).on("2019-08-01").mails(purpose)

    assert story.broken() == {("SO-07", "too-many-sends")}


def test_so_08_is_kept_by_news_until_somebody_opts_out() -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-01").mails(NEWS).on("2019-03-02").objects(NEWS, method="link")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("purpose", ["dpv:DirectMarketing", "dpv:Marketing", *ADVERTISING])
def test_so_08_is_broken_by_any_kind_of_marketing_after_an_opt_out(purpose: str) -> None:
    story = customer(HOSTER).consents(purpose).on("2019-03-02").objects(purpose).on("2019-03-03").mails(purpose)

    assert story.broken() == {("SO-08", "use-after-objection")}


@pytest.mark.parametrize("wider", ["dpv:DirectMarketing", "dpv:Marketing"])
def test_so_08_is_broken_by_news_after_an_opt_out_of_all_marketing(wider: str) -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-02").objects(wider).on("2019-03-03").mails(NEWS)

    assert story.broken() == {("SO-08", "use-after-objection")}


def test_so_08_is_kept_by_news_after_an_opt_out_of_the_newsletter_alone() -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-02").objects(NEWSLETTER).on("2019-03-03").mails(NEWS)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("method", ["link", "block", "portal"])
def test_so_08_is_broken_by_news_after_an_opt_out(method: str) -> None:
    story = customer(HOSTER).collects("marketing").on("2019-03-02").objects(NEWS, method=method).on("2019-03-03").mails(NEWS)

    assert story.broken() == {("SO-08", "use-after-objection")}


def test_so_09_is_kept_by_a_supplier_under_agreement() -> None:
    story = with_mailer().consents(NEWSLETTER).on("2019-03-01").shares("mailer-one", "mailing", "pd:EmailAddress", purpose=NEWSLETTER)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("role", ["mailing", "data_processor", "hosting", "software_supplier", "supplier"])
def test_so_09_is_broken_by_a_supplier_without_agreement(role: str) -> None:
    story = customer(HOSTER).registers("supplier-one", role).consents(NEWSLETTER).on("2019-03-01").shares("supplier-one", role, purpose=NEWSLETTER)

    assert story.broken() == {("SO-09", "share-without-agreement")}


@pytest.mark.parametrize("role", ["registry", "registrar", "certificate_authority", "payment_provider"])
def test_so_09_is_broken_by_any_company_without_agreement(role: str) -> None:
    """The text says it of all companies that it works with; of those that decide for themselves it is a warning."""
    story = customer(HOSTER).registers("company-one", role).on("2019-03-01").shares("company-one", role, ref="order-1")

    assert story.broken() == {("SO-09", "share-without-agreement")}
    assert story.severities() == {"share-without-agreement": "WARNING"}


def test_so_09_is_kept_by_a_registry_that_a_registrar_works_with() -> None:
    story = customer(HOSTER).registers("openprovider", "registrar").agrees_with("openprovider", "pd:Name", purpose=REGISTRATION)
    story.registers("verisign", "registry", country="US", safeguard="eu-gdpr:A49-1-b").on("2019-03-01")
    story.shares("openprovider", "registrar", ref="order-1", product="com", purpose=REGISTRATION)

    assert story.shares("verisign", "registry", by="openprovider", ref="order-1", product="com", purpose=REGISTRATION).broken() == NOTHING


def test_so_09_is_broken_by_more_than_was_agreed() -> None:
    story = with_mailer().consents(NEWSLETTER).on("2019-03-01").shares("mailer-one", "mailing", "pd:TelephoneNumber", purpose=NEWSLETTER)

    assert story.broken() == {("SO-09", "share-beyond-agreement")}


def test_so_10_is_kept_by_a_partner_on_the_list() -> None:
    story = customer(HOSTER).registers("sidn", "registry").agrees_with("sidn", "pd:Name", purpose=REGISTRATION)

    assert story.on("2019-03-01").shares("sidn", "registry", ref="order-1", product="nl", purpose=REGISTRATION).broken() == NOTHING


@pytest.mark.parametrize("ground", ["legal_obligation", "court_order", "police_demand", "government_demand"])
def test_so_10_is_kept_by_disclosing_what_the_law_demands(ground: str) -> None:
    story = customer(HOSTER).on("2019-03-01").shares("police-one", "law_enforcement", disclosure_ground=ground)

    assert story.broken() == NOTHING


def test_so_10_is_broken_by_the_police_asking_friendly() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("police-one", "law_enforcement")

    assert story.broken() == {("SO-10", "share-with-unregistered-recipient"), ("SO-10", "share-without-legal-ground")}


def test_so_10_is_broken_by_the_police_asking_friendly_though_registered() -> None:
    story = customer(HOSTER).registers("police-one", "law_enforcement").on("2019-03-01").shares("police-one", "law_enforcement")

    assert story.broken() == {("SO-10", "share-without-legal-ground")}


def test_so_10_is_broken_by_giving_the_police_what_was_refused() -> None:
    story = customer(HOSTER).registers("police-one", "law_enforcement").on("2019-02-01").discloses().decides("REFUSED").on("2019-03-01")
    story.shares("police-one", "law_enforcement", disclosure_ref="disclosure-1", disclosure_ground="police_demand")

    assert story.broken() == {("SO-10", "share-after-refusal")}


def test_so_10_is_broken_by_giving_the_police_what_was_not_granted_in_part() -> None:
    story = customer(HOSTER).registers("police-one", "law_enforcement").on("2019-02-01").discloses().decides("PARTLY").on("2019-03-01")
    story.shares("police-one", "law_enforcement", "pd:TelephoneNumber", disclosure_ref="disclosure-1", disclosure_ground="police_demand")

    assert story.broken() == {("SO-10", "disclosure-beyond-decision")}


def test_so_10_is_broken_by_a_sale_to_a_partner_on_the_list() -> None:
    story = customer(HOSTER).registers("mailer-one", "supplier").agrees_with("mailer-one", "pd:Name", purpose=SALE)
    story.on("2019-03-01").shares("mailer-one", "supplier", purpose=SALE)

    assert story.broken() == {("SO-10", "prohibited-share")}


def test_so_09_is_broken_by_analytics_without_agreement() -> None:
    story = customer(HOSTER).registers("google", "analytics").on("2019-03-01").shares("google", "analytics", "ledger:SiteUse")

    assert story.broken() == {("SO-09", "share-without-agreement")}


def test_so_11_is_kept_by_an_anonymised_address() -> None:
    story = with_google().on("2019-03-01").shares("google", "analytics", "ledger:AnonymisedIPAddress", "ledger:SiteUse")

    assert story.broken() == NOTHING


def test_so_11_is_broken_by_analytics_of_another_than_google() -> None:
    story = customer(HOSTER).registers("tracker-one", "analytics").agrees_with("tracker-one", "ledger:SiteUse", purpose="ledger:SiteStatistics")

    assert story.on("2019-03-01").shares("tracker-one", "analytics", "ledger:SiteUse").broken() == {("SO-11", "share-with-unnamed-recipient")}


def test_so_11_is_broken_by_the_full_address() -> None:
    story = with_google().on("2019-03-01").shares("google", "analytics", "pd:IPAddress", "ledger:SiteUse")

    assert story.broken() == {("SO-11", "prohibited-share"), ("SO-11", "share-of-other-category")}


def test_so_11_is_broken_by_the_full_address_for_a_supplier_who_counts() -> None:
    story = customer(HOSTER).registers("counter-one", "supplier").agrees_with("counter-one", "pd:IPAddress", purpose="ledger:SiteStatistics")
    story.on("2019-03-01").shares("counter-one", "supplier", "pd:IPAddress", purpose="ledger:SiteStatistics")

    assert story.broken() == {("SO-11", "prohibited-share")}


def test_so_11_is_kept_by_statistics_and_nothing_else_at_google() -> None:
    story = with_google().on("2019-03-01").shares("google", "analytics", "ledger:AnonymisedIPAddress", "ledger:SiteUse")
    story.on("2019-03-02").uses("ledger:SiteStatistics", "ledger:SiteUse", by="google")

    assert story.broken() == NOTHING


def test_so_11_is_kept_when_it_is_the_hoster_itself_and_the_law_finds_that() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("site_statistics").uses("dpv:ServiceOptimisation", "ledger:SiteUse")

    assert story.broken() == {("GDPR-5-1-b", "use-for-other-purpose")}


def test_so_11_is_broken_by_another_service_of_google() -> None:
    story = with_google().on("2019-03-01").shares("google", "analytics", "ledger:AnonymisedIPAddress", "ledger:SiteUse")
    story.on("2019-03-02").uses("dpv:PersonalisedAdvertising", "ledger:SiteUse", by="google")

    assert story.broken() == {("SO-11", "use-for-other-purpose")}


def looked_up() -> Story:
    """A look-up at noon on 20 October 2018, eight days before the clock goes back an hour."""
    story = Story(HOSTER).on("2018-06-07").opens_account().on("2018-10-20T12:00:00+02:00")
    return story.looks_at("pd:Name", ticket_ref="ticket-1").collects("look_up_log")


def test_so_12_is_kept_by_a_log_that_forgets_after_two_weeks() -> None:
    story = looked_up()
    assert story.due("2018-11-03T11:59:59+01:00") == NOTHING
    assert story.due("2018-11-03T12:00:00+01:00") == {("SO-12", "logs")}

    story.clock("2018-11-03T12:00:00+01:00").erases(store="logs").clock("2018-12-01")

    assert story.obligations("MET") == {("SO-12", "logs")}
    assert story.late() == story.broken() == NOTHING


def test_so_12_is_broken_by_a_log_that_stays() -> None:
    story = looked_up().clock("2018-11-03T12:00:00+01:00").clock("2018-11-10T12:00:00+01:00")

    assert story.late() == {("SO-12", "logs")}


def test_so_13_is_silent_about_erasing_what_is_not_outdated() -> None:
    """The law gives what the statement does not: marketing data that is up to date goes on request."""
    story = customer(HOSTER).collects("marketing").on("2019-03-01").asks("ERASURE", identity_check="DONE")

    assert story.obligations("OPEN") == {("GDPR-17", "mailing")}
    assert story.remarks("SO-13") == ("silent", "erasure is offered for outdated data only; the rest of the right comes from the law")


def test_so_14_is_kept_by_an_answer_to_somebody_who_was_identified() -> None:
    story = customer(HOSTER).on("2019-03-01").asks("ACCESS", identity_check="DONE").on("2019-03-10").answers("FULFILLED")

    assert story.broken() == NOTHING


@pytest.mark.parametrize(("right", "act"), [("ERASURE", "erasure"), ("RECTIFICATION", "rectification")])
@pytest.mark.parametrize("check", ["NOT_DONE", "UNKNOWN"])
def test_so_14_is_broken_by_doing_what_anybody_asks_before_any_answer(right: str, act: str, check: str) -> None:
    assert done(right, check).broken() == {("SO-14", f"{act}-without-identity-check")}


@pytest.mark.parametrize("right", ["ERASURE", "RECTIFICATION"])
def test_so_14_is_kept_by_doing_what_somebody_asks_who_was_identified(right: str) -> None:
    assert done(right, "DONE").broken() == done(right, "NOT_NEEDED").broken() == NOTHING
    assert done(right, "NOT_DONE", then="DONE").broken() == NOTHING


def test_so_14_is_kept_by_a_correction_that_nobody_asked_for() -> None:
    story = customer(HOSTER).on("2019-03-01").asks("RECTIFICATION", identity_check="NOT_DONE").on("2019-03-02").rectifies()

    assert story.broken() == NOTHING


def done(right: str, check: str, then: str | None = None) -> Story:
    """What was asked for is done; then: what a later check of identity said."""
    story = customer(HOSTER).collects("marketing").on("2019-03-01").asks(right, identity_check=check)
    if then is not None:
        story.on("2019-03-02").asks(right, identity_check=then)
    story.on("2019-03-03")
    if right == "ERASURE":
        return story.erases(store="mailing", request_ref="request-1")
    return story.tell("DataRectified", by=HOSTER, categories=["pd:Name"], because_of="request-1")


@pytest.mark.parametrize("outcome", ["FULFILLED", "PARTLY"])
def test_so_14_is_broken_by_an_answer_to_anybody(outcome: str) -> None:
    story = customer(HOSTER).on("2019-03-01").asks("ACCESS", identity_check="NOT_DONE").on("2019-03-10")
    story.answers(outcome, reasons=[{**KEPT_BY_LAW, "holder": HOSTER}] if outcome == "PARTLY" else [])

    assert story.broken() == {("SO-14", "answer-without-identity-check")}
