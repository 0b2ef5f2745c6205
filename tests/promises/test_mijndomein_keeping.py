"""Mijndomein's promises on objections, how long data stays, refusals, and a changed statement, kept and broken under the statement that ships."""

from __future__ import annotations

import pytest

from ledger.policies.files import load_policy
from tests.promises.stories import KEPT_BY_LAW, Story, customer

HOSTER = "mijndomein"
NEWS, ADS = "ledger:Newsletter", "dpv:PersonalisedAdvertising"
NOTHING: set[tuple[str, str]] = set()


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
