"""Shares that are called something else than they are, or that are none: each kept and broken in a customer's life."""

from __future__ import annotations

from tests.promises.stories import Story, customer

NOTHING: set[tuple[str, str]] = set()
INSIGHTS = "dpv:SellInsightsFromData"


def told_of(recipient: str) -> Story:
    """A customer of HostingHuis who has been told that this recipient will see data."""
    return customer("hostinghuis").on("2019-02-01").tells("recipient", recipient).on("2019-03-01")


def test_md_12_is_broken_by_data_of_which_the_insights_are_sold() -> None:
    story = customer("mijndomein").on("2019-03-01").shares("builder-one", "advertising", purpose=INSIGHTS)

    assert ("MD-12", "prohibited-share") in story.broken()


def test_hh_10_is_broken_by_data_of_which_the_insights_are_sold_whoever_was_told() -> None:
    assert told_of("supplier-one").shares("supplier-one", "supplier", purpose=INSIGHTS).broken() == {("HH-10", "prohibited-share")}


def test_so_10_is_broken_by_data_of_which_the_insights_are_sold_by_a_partner() -> None:
    story = customer("sohosted").registers("counter-one", "supplier").agrees_with("counter-one", "pd:Name", purpose=INSIGHTS)

    assert story.on("2019-03-01").shares("counter-one", "supplier", purpose=INSIGHTS).broken() == {("SO-10", "prohibited-share")}


def test_hh_10_is_kept_by_a_copy_for_the_customer_himself() -> None:
    """No notice before, no ground, no login kept from him (GDPR Art. 15), and no transfer, wherever he lives."""
    story = customer("hostinghuis").on("2019-03-01")

    assert story.shares("s1", "data_subject", "pd:Name", "pd:IPAddress", purpose="dpv:RightsFulfilment", country="US").broken() == NOTHING


def test_hh_10_is_broken_by_somebody_else_who_is_called_the_customer() -> None:
    story = customer("hostinghuis").on("2019-03-01").shares("broker-one", "data_subject", purpose="dpv:RightsFulfilment")

    assert story.broken() == {("HH-10", "share-without-notice"), ("X-04", "undeclared-recipient-role")}


def test_so_10_is_kept_by_a_copy_for_the_customer_himself() -> None:
    assert customer("sohosted").on("2019-03-01").shares("s1", "data_subject", purpose="dpv:RightsFulfilment").broken() == NOTHING


def test_md_11_is_broken_by_an_advertisement_called_a_copy_after_an_objection() -> None:
    ads = "dpv:PersonalisedAdvertising"
    story = customer("mijndomein").objects(ads).on("2019-03-01").shares("s1", "data_subject", purpose=ads)

    assert story.broken() == {("MD-11", "share-after-objection")}


def test_x_05_is_kept_without_chasing_the_customer_for_his_own_copy() -> None:
    story = customer("smallhold").on("2019-03-01").shares("s1", "data_subject", purpose="dpv:RightsFulfilment")
    story.on("2019-03-02").rectifies().erases(store="crm").on("2019-03-03").asks("ERASURE", identity_check="DONE").answers("FULFILLED")
    story.clock("2019-06-01")

    assert (story.count("RECTIFY"), story.count("NOTIFY_RECIPIENT"), story.count("ERASE")) == (0, 0, 0)
    assert story.held() == NOTHING
