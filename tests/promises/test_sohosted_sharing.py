"""Sohosted's promises on who gets data, look-ups, and who must be identified, kept and broken under the statement of 25 May 2018."""

from __future__ import annotations

import pytest

from tests.promises.stories import KEPT_BY_LAW, Story, customer

HOSTER = "sohosted"
REGISTRATION = "ledger:DomainRegistration"
NEWSLETTER, SALE = "ledger:Newsletter", "dpv:SellDataToThirdParties"
NOTHING: set[tuple[str, str]] = set()


def with_mailer() -> Story:
    """A customer, and a supplier that sends the newsletter under an agreement."""
    return customer(HOSTER).registers("mailer-one", "mailing").agrees_with("mailer-one", "pd:Name", "pd:EmailAddress", purpose=NEWSLETTER)


def with_google() -> Story:
    """A customer, and Google under an agreement that is generous about categories."""
    story = customer(HOSTER).registers("google", "analytics")
    return story.agrees_with("google", "ledger:AnonymisedIPAddress", "pd:IPAddress", "ledger:SiteUse", purpose="ledger:SiteStatistics")


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
