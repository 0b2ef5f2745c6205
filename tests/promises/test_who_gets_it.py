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
