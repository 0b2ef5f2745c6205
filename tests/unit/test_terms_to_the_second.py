"""Terms of the shipped statements through the whole fold: nothing a second or a microsecond before, the obligation at the instant itself, and once.

Months that lack the day, leap days, the night without 02:30 and the one with two, and the end of a year, in Amsterdam. Expected values by hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.promises.stories import Story, customer, outcomes

NEWSLETTER = "ledger:Newsletter"


def left_hostinghuis(at: str) -> Story:
    return customer("hostinghuis").on(at).reaches("SERVICE_ENDED", "service-1")


def invoiced_by_hostinghuis(at: str) -> Story:
    return customer("hostinghuis").on(at).collects("fiscal_archive", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1")


def closed_at_sohosted(at: str) -> Story:
    story = Story("sohosted").on("2018-06-01").reaches("ACCOUNT_OPENED", "account-1").collects("portal_actions")
    return story.on(at).reaches("ACCOUNT_CLOSED", "account-1")


def looked_up_at_sohosted(at: str) -> Story:
    return Story("sohosted").on(at).collects("look_up_log")


def asked_at_sohosted(at: str) -> Story:
    story = Story("sohosted").on("2018-06-01")
    for purpose in ("ledger:EnquiryHandling", "dpv:CustomerCare", "ledger:SupportImprovement"):
        story.consents(purpose)
    return story.collects("enquiry", ref="enquiry-1").on(at).reaches("ENQUIRY_RESOLVED", "enquiry-1")


def unsubscribed_at_sohosted(at: str) -> Story:
    return Story("sohosted").on("2018-06-01").consents(NEWSLETTER).collects("newsletter").on(at).consents(NEWSLETTER, "WITHDRAWN")


def visited_webhoster(at: str) -> Story:
    return Story("webhoster").of("dataset-1").on(at).collects("visitor_traffic")


@pytest.mark.parametrize(
    ("life", "rule", "anchor", "due"),
    [
        # two years: an ordinary day, a leap day, a time that the clock skips two years later, one that it has twice
        (left_hostinghuis, "HH-15", "2019-06-15T12:00:00+02:00", "2021-06-15T12:00:00+02:00"),
        (left_hostinghuis, "HH-15", "2020-02-29T10:00:00+01:00", "2022-02-28T10:00:00+01:00"),
        (left_hostinghuis, "HH-15", "2019-03-28T02:30:00+01:00", "2021-03-28T03:00:00+02:00"),
        (left_hostinghuis, "HH-15", "2019-10-31T02:30:00+01:00", "2021-10-31T02:30:00+01:00"),
        (visited_webhoster, "WH-07", "2020-02-29T00:00:00+01:00", "2022-02-28T00:00:00+01:00"),
        (visited_webhoster, "WH-07", "2019-03-28T02:00:00+01:00", "2021-03-28T03:00:00+02:00"),
        (visited_webhoster, "WH-07", "2019-10-31T02:00:00+01:00", "2021-10-31T02:00:00+01:00"),
        (visited_webhoster, "WH-07", "2018-12-31T23:59:59+01:00", "2020-12-31T23:59:59+01:00"),
        # two weeks over either change of the clock, to its very hour, and over New Year
        (looked_up_at_sohosted, "SO-12", "2018-10-20T12:00:00+02:00", "2018-11-03T12:00:00+01:00"),
        (looked_up_at_sohosted, "SO-12", "2018-10-14T02:30:00+02:00", "2018-10-28T02:30:00+01:00"),
        (looked_up_at_sohosted, "SO-12", "2019-03-17T02:30:00+01:00", "2019-03-31T03:00:00+02:00"),
        (looked_up_at_sohosted, "SO-12", "2018-12-20T12:00:00+01:00", "2019-01-03T12:00:00+01:00"),
        # six months to a month that lacks the day, with and without a leap day
        (asked_at_sohosted, "SO-04", "2018-08-31T12:00:00+02:00", "2019-02-28T12:00:00+01:00"),
        (asked_at_sohosted, "SO-04", "2019-08-31T12:00:00+02:00", "2020-02-29T12:00:00+01:00"),
        # the fiscal year, by the law library: the last microsecond of a year, and the first
        (invoiced_by_hostinghuis, "HH-16", "2018-12-31T23:59:59.999999+01:00", "2026-01-01T00:00:00+01:00"),
        (invoiced_by_hostinghuis, "HH-16", "2019-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"),
        (invoiced_by_hostinghuis, "HH-16", "2020-02-29T12:00:00+01:00", "2028-01-01T00:00:00+01:00"),
        # a chain: two years, not rounded, then the fiscal term
        (closed_at_sohosted, "SO-03", "2018-12-31T23:59:59+01:00", "2028-01-01T00:00:00+01:00"),
        (closed_at_sohosted, "SO-03", "2019-01-01T00:00:00+01:00", "2029-01-01T00:00:00+01:00"),
        (closed_at_sohosted, "SO-03", "2020-02-29T12:00:00+01:00", "2030-01-01T00:00:00+01:00"),
        # at once
        (unsubscribed_at_sohosted, "SO-06", "2018-10-28T02:30:00+02:00", "2018-10-28T02:30:00+02:00"),
        (unsubscribed_at_sohosted, "SO-06", "2018-10-28T02:30:00+01:00", "2018-10-28T02:30:00+01:00"),
    ],
)  # fmt: skip
def test_nothing_is_called_for_before_its_instant_and_all_at_it(life, rule: str, anchor: str, due: str) -> None:  # type: ignore[no-untyped-def]
    story, instant = life(anchor), datetime.fromisoformat(due)
    for early in (timedelta(seconds=1), timedelta(microseconds=1)):
        story.clock((instant - early).isoformat())
        assert [name for name, _ in outcomes(story.log)] == []

    story.clock(due)
    raised = [(name, fields["rule"], fields["purpose"]) for name, fields in outcomes(story.log)]
    assert {each[:2] for each in raised} == {("ObligationRaised", rule)}
    assert len(set(raised)) == len(raised), "one for each purpose"

    assert [name for name, _ in outcomes(story.clock((instant + timedelta(hours=1)).isoformat()).log)] == ["ObligationRaised"] * len(raised)


@pytest.mark.parametrize("again", ["2021-06-15T11:59:59.999999+02:00", "2019-06-15T12:00:01+02:00"])
def test_hh_15_a_new_service_before_the_instant_moves_the_term_to_the_end_of_that_one(again: str) -> None:
    story = left_hostinghuis("2019-06-15T12:00:00+02:00").on(again).reaches("SERVICE_STARTED", "service-2").clock("2021-06-15T12:00:00+02:00")
    assert outcomes(story.log) == []

    story.on("2021-08-31T09:00:00+02:00").reaches("SERVICE_ENDED", "service-2").clock("2023-08-31T08:59:59+02:00")
    assert outcomes(story.log) == []

    assert {fields["rule"] for _, fields in outcomes(story.clock("2023-08-31T09:00:00+02:00").log)} == {"HH-15"}
