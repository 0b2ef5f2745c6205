"""Stories of who is told when data has leaked or somebody asks for it: the people, the authority (docs/duties.md sections 5 to 7)."""

from __future__ import annotations

from datetime import datetime

import pytest

from ledger.policies.files import load_policy
from tests.promises.stories import AMSTERDAM, Story, customer


def in_amsterdam(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


# -- breaches


@pytest.mark.parametrize("risk", ["UNLIKELY", "RISK", "HIGH"])
def test_hh_13_is_kept_by_telling_whatever_the_risk(risk: str) -> None:
    story = customer("hostinghuis").on("2020-03-02").breached(risk)

    assert ("NOTIFY_SUBJECT", "HH-13", "breach-1") in story.duties()
    story.on("2020-03-03").tells("breach", "breach-1").tells_authority().clock("2020-05-01")
    assert ("NOTIFY_SUBJECT", "HH-13", "breach-1") in story.duties("MET")
    assert story.overdue() == set()


def test_hh_13_is_broken_by_not_telling() -> None:
    story = customer("hostinghuis").on("2020-03-02").breached("UNLIKELY")

    assert story.clock("2020-03-09T11:59:59").overdue() == set()
    assert story.clock("2020-03-09T12:00").overdue() == {("HH-13", "overdue-notice")}


@pytest.mark.parametrize(
    ("what", "is_affected"),
    [
        ({}, True),
        ({"store": "crm"}, True),
        ({"store": "billing"}, False),
        ({"recipient": "sidn"}, False),
        ({"categories": ["pd:BankAccount"]}, False),
        ({"since": "2018-01-01", "until": "2018-12-31"}, False),
    ],
)
def test_hh_13_is_kept_for_those_alone_whose_data_was_there(what: dict[str, object], is_affected: bool) -> None:
    story = customer("hostinghuis").on("2020-03-02").breached("HIGH", **what)

    assert (("NOTIFY_SUBJECT", "HH-13", "breach-1") in story.duties()) is is_affected


@pytest.mark.parametrize(
    ("collected", "erased", "again", "is_affected"),
    [
        ("2019-02-01", None, None, True),
        ("2019-02-01", "2019-02-20", None, False),  # gone before the window
        ("2019-02-01", "2019-03-01T00:00", None, False),  # at its first moment it was gone
        ("2019-02-01", "2019-03-01T00:00:01", None, True),
        ("2019-02-01", "2019-06-01", None, True),
        ("2019-03-31T00:00", None, None, True),  # its last moment counts
        ("2019-03-31T00:00:01", None, None, False),
        ("2019-02-01", "2019-02-20", "2019-06-01", False),  # between two times
        ("2019-03-10", "2019-06-01", "2019-07-01", True),
    ],
)
def test_x_03_is_kept_by_working_out_who_was_there_in_the_window(collected: str, erased: str | None, again: str | None, is_affected: bool) -> None:
    story = Story("smallhold").on(collected).collects("order", "pd:Name")
    if erased:
        story.on(erased).erases("pd:Name")
    if again:
        story.on(again).collects("order", "pd:Name")

    story.on("2020-03-02").breached("HIGH", since="2019-03-01T00:00", until="2019-03-31T00:00")

    assert story.duties() >= {("NOTIFY_AUTHORITY", "GDPR-33", "breach-1")}
    assert (("NOTIFY_SUBJECT", "GDPR-34", "breach-1") in story.duties()) is is_affected


def test_x_03_is_kept_when_it_becomes_known_later_that_data_was_there_or_was_not() -> None:
    story = Story("smallhold").on("2020-03-02").breached("HIGH").on("2019-02-01").collects("order", "pd:Name")

    assert ("NOTIFY_SUBJECT", "GDPR-34", "breach-1") in story.duties()
    story.on("2018-12-30").erases("pd:Name").on("2018-12-31").collects("order", "pd:EmailAddress")
    story.on("2019-02-01T13:00").erases("pd:Name")
    assert ("NOTIFY_SUBJECT", "GDPR-34", "breach-1") in story.duties(), "it was there for an hour"


def test_x_03_is_kept_by_no_notice_where_the_risk_is_not_high_and_none_at_all_where_it_is_unlikely() -> None:
    assert customer("smallhold").on("2020-03-02").breached("RISK").duties() == {("NOTIFY_AUTHORITY", "GDPR-33", "breach-1")}
    assert customer("smallhold").on("2020-03-02").breached("UNLIKELY").duties() == set()


def test_x_03_is_broken_by_not_telling_those_at_high_risk() -> None:
    story = customer("smallhold").on("2020-03-02").breached("HIGH").tells_authority().clock("2020-04-01")

    assert story.overdue() == {("GDPR-34", "overdue-notice")}


def test_wh_10_is_kept_by_telling_authority_and_customers() -> None:
    story = customer("webhoster").on("2020-03-06T10:00").breached("HIGH")

    assert story.duties() == {("NOTIFY_SUBJECT", "WH-10", "breach-1"), ("NOTIFY_AUTHORITY", "WH-10", "breach-1")}
    assert story.late_from("NOTIFY_AUTHORITY") == in_amsterdam("2020-03-09T10:00"), "72 hours, over the weekend"
    story.on("2020-03-09T09:59:59").tells_authority().tells("breach", "breach-1").clock("2020-04-01")
    assert story.overdue() == set()
    assert story.broken() == set()


def test_wh_10_is_broken_by_telling_the_authority_after_72_hours() -> None:
    story = customer("webhoster").on("2020-03-06T10:00").breached("HIGH").tells("breach", "breach-1")

    assert story.clock("2020-03-09T09:59:59").overdue() == set()
    assert story.clock("2020-03-09T10:00").overdue() == {("WH-10", "overdue-notice")}


def test_wh_10_is_broken_by_a_late_notice_that_no_tick_has_seen() -> None:
    story = customer("webhoster").on("2020-03-06T10:00").breached("HIGH").on("2020-03-09T10:00:01").tells_authority()

    assert ("WH-10", "authority-notified-late") in story.broken()


def test_x_03_is_kept_by_one_clock_for_the_authority_however_many_people_there_are() -> None:
    story = customer("webhoster").of("s2").opens_account().of("s3").opens_account().on("2020-03-06").breached("HIGH")

    assert [kind for kind, _, _ in sorted(story.duties())] == ["NOTIFY_AUTHORITY", "NOTIFY_SUBJECT"]
    assert story.count("NOTIFY_SUBJECT") == 3
    assert story.count("NOTIFY_AUTHORITY") == 1


# -- disclosures


def test_sh_07_is_kept_by_telling_of_the_request_and_of_the_disclosure() -> None:
    story = customer("smallhold").on("2020-03-02").discloses()

    assert story.duties() == {("NOTIFY_SUBJECT", "SH-07", "disclosure-1")}
    story.tells("disclosure_request", "disclosure-1").on("2020-03-04").decides("GRANTED")
    assert story.duties() == {("NOTIFY_SUBJECT", "SH-07", "disclosure-1")}
    story.tells("disclosure", "disclosure-1").clock("2020-05-01")
    assert (story.duties(), story.overdue()) == (set(), set())


def test_sh_07_is_broken_by_not_telling_that_somebody_asked() -> None:
    story = customer("smallhold").on("2020-03-02").discloses().clock("2020-03-09T12:00")

    assert story.overdue() == {("SH-07", "overdue-notice")}


def test_sh_07_is_kept_by_saying_nothing_until_the_bar_ends() -> None:
    story = customer("smallhold").on("2020-03-02").discloses().on("2020-03-03")
    story.decides("GRANTED", notice="BARRED", barred_until="2020-06-01T00:00:00+02:00")

    assert story.duties("CANCELLED") == {("NOTIFY_SUBJECT", "SH-07", "disclosure-1")}
    assert story.clock("2020-05-31T23:59:59").duties() == set()
    story.clock("2020-06-01T00:00")
    assert story.count("NOTIFY_SUBJECT", "OPEN") == 2, "of the request and of the disclosure"
    assert story.clock("2020-06-08T00:00").overdue() == {("SH-07", "overdue-notice")}


def test_sh_07_is_kept_by_a_bar_without_an_end() -> None:
    story = customer("smallhold").on("2020-03-02").discloses().decides("GRANTED", notice="BARRED").clock("2035-01-01")

    assert (story.duties(), story.overdue()) == (set(), set())


def test_hh_11_is_kept_by_telling_when_the_decision_says_so() -> None:
    story = customer("hostinghuis").on("2020-03-02").discloses()

    assert story.duties() == set(), "of the request itself the statement promises nothing"
    assert story.decides("PARTLY").duties() == {("NOTIFY_SUBJECT", "GDPR-14", "disclosure-1")}
    assert story.on("2020-03-03").decides("REFUSED").duties() == set()


def test_hh_13_is_broken_by_telling_a_year_after_the_breach_was_recorded() -> None:
    """No tick came between: it is late all the same."""
    story = customer("hostinghuis").clock("2019-03-01").on("2019-03-02").breached(risk="HIGH").on("2020-03-02").tells("breach", "breach-1")

    assert ("HH-13", "overdue-notice") in story.overdue()


@pytest.mark.parametrize("is_told_first", [False, True])
def test_wh_10_is_broken_by_a_late_notice_in_whatever_order_both_are_recorded(is_told_first: bool) -> None:
    story = Story("webhoster").clock("2020-01-01")
    tell = [lambda: story.on("2020-01-05").breached(risk="RISK"), lambda: story.on("2020-01-10").tells_authority()]
    for each in tell[::-1] if is_told_first else tell:
        each()

    assert story.broken() == {("WH-10", "authority-notified-late")}
    story.on("2020-02-01").publishes(load_policy("webhoster").text.replace("2018-06-01", "2020-02-01"))
    assert story.count_found("authority-notified-late") == 1


def test_wh_10_is_kept_by_counting_from_the_corrected_moment() -> None:
    """Aware on 1 January, corrected to 2 January: the 72 hours run from there, for the authority and for the people."""
    story = customer("webhoster").clock("2020-01-01").on("2020-01-01").breached(risk="HIGH")
    story.on("2020-01-02").breached(risk="HIGH")

    assert story.clock("2020-01-04T18:00").overdue() == set()
    assert ("WH-10", "overdue-notice") in story.clock("2020-01-05T12:00").overdue()
    assert story.count("NOTIFY_AUTHORITY", "OPEN", "OVERDUE") == story.count("NOTIFY_SUBJECT", "OPEN", "OVERDUE") == 1


def test_wh_10_is_broken_by_a_notice_that_is_late_by_the_corrected_moment() -> None:
    story = Story("webhoster").clock("2020-01-01").on("2020-01-10").breached(risk="RISK").on("2020-01-11").tells_authority()
    assert story.broken() == set()

    assert story.on("2020-01-12").breached(risk="RISK", aware_at="2020-01-01T12:00:00+01:00").broken() == {("WH-10", "authority-notified-late")}
