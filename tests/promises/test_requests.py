"""Stories of requests: answered within a month, counted as Regulation 1182/71 says, whatever the order of recording (docs/duties.md section 2)."""

from __future__ import annotations

from datetime import datetime

import pytest

from ledger.policies.files import load_policy
from tests.promises.stories import AMSTERDAM, Story, customer

ANSWER_PROMISES = [
    ("mijndomein", "MD-17", "ACCESS"),
    ("mijndomein", "MD-19", "PORTABILITY"),
    ("hostinghuis", "HH-18", "ERASURE"),
    ("webhoster", "WH-11", "ACCESS"),
    ("smallhold", "SH-03", "ACCESS"),
    ("sohosted", "SO-13", "EXPLANATION"),
    ("sohosted", "SO-13", "CONSENT_WITHDRAWAL"),
]


def in_amsterdam(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


# -- requests are answered within a month


def _kept_by_an_answer(hoster: str, promise: str, right: str) -> None:
    story = customer(hoster).on("2020-03-02").asks(right, identity_check="DONE")

    assert ("ANSWER", promise, "request-1") in story.duties()
    story.on("2020-04-01").answers("FULFILLED").clock("2020-05-01")
    assert ("ANSWER", promise, "request-1") in story.duties("MET")
    assert (promise, "overdue-answer") not in story.overdue()


def _broken_by_silence(hoster: str, promise: str, right: str) -> None:
    story = customer(hoster).on("2020-03-02").asks(right, identity_check="DONE").clock("2020-04-02T23:59:59")

    assert story.duties() >= {("ANSWER", promise, "request-1")}
    assert (promise, "overdue-answer") in story.clock("2020-04-03T00:00").overdue()


def test_md_17_is_kept_by_showing_the_data_within_a_month() -> None:
    _kept_by_an_answer("mijndomein", "MD-17", "ACCESS")


def test_md_17_is_broken_by_letting_the_month_pass() -> None:
    _broken_by_silence("mijndomein", "MD-17", "ACCESS")


def test_md_19_is_kept_by_handing_over_the_data_within_a_month() -> None:
    _kept_by_an_answer("mijndomein", "MD-19", "PORTABILITY")


def test_md_19_is_broken_by_letting_the_month_pass() -> None:
    _broken_by_silence("mijndomein", "MD-19", "PORTABILITY")


def test_wh_11_is_kept_by_an_answer_within_a_month() -> None:
    _kept_by_an_answer("webhoster", "WH-11", "ACCESS")


def test_wh_11_is_broken_by_not_answering() -> None:
    _broken_by_silence("webhoster", "WH-11", "RECTIFICATION")


def test_sh_03_is_kept_by_showing_what_is_stored() -> None:
    _kept_by_an_answer("smallhold", "SH-03", "ACCESS")


def test_sh_03_is_broken_by_not_answering() -> None:
    _broken_by_silence("smallhold", "SH-03", "ACCESS")


@pytest.mark.parametrize("right", ["ACCESS", "EXPLANATION", "RECTIFICATION", "ERASURE", "CONSENT_WITHDRAWAL", "OBJECTION"])
def test_so_13_is_kept_by_answering_each_of_the_six_kinds(right: str) -> None:
    _kept_by_an_answer("sohosted", "SO-13", right)


@pytest.mark.parametrize("right", ["ACCESS", "EXPLANATION", "RECTIFICATION", "ERASURE", "CONSENT_WITHDRAWAL", "OBJECTION"])
def test_so_13_is_broken_by_not_answering_one_of_them(right: str) -> None:
    _broken_by_silence("sohosted", "SO-13", right)


@pytest.mark.parametrize(("hoster", "promise", "right"), ANSWER_PROMISES)
def test_the_policy_names_the_promise_of_each_right(hoster: str, promise: str, right: str) -> None:
    assert any(duty.id == promise and right in duty.rights for duty in load_policy(hoster).policy.duties)


# -- the clock of a request


@pytest.mark.parametrize(
    ("received", "late_from"),
    [
        ("2020-03-02T10:00", "2020-04-03T00:00"),  # to the end of 2 April
        ("2020-01-31T10:00", "2020-03-03T00:00"),  # 29 February is a Saturday: Monday 2 March
        ("2020-03-10T10:00", "2020-04-15T00:00"),  # 10 April is Good Friday, 13 April Easter Monday: Tuesday the 14th
        ("2020-03-27T10:00", "2020-04-29T00:00"),  # 27 April is King's Day
        ("2019-11-25T10:00", "2019-12-28T00:00"),  # both days of Christmas
    ],
)
def test_x_02_is_kept_by_a_month_that_ends_on_a_working_day(received: str, late_from: str) -> None:
    assert customer("smallhold").on(received).asks("ACCESS").late_from("ANSWER") == in_amsterdam(late_from)


def test_x_02_is_kept_by_telling_within_the_month_that_it_takes_two_more() -> None:
    story = customer("smallhold").on("2020-03-02").asks("ACCESS").on("2020-03-30").answers("EXTENDED")

    assert story.late_from("ANSWER") == in_amsterdam("2020-06-03T00:00")
    assert story.clock("2020-06-02T23:59:59").overdue() == set()
    assert story.clock("2020-06-03T00:00").overdue() == {("SH-03", "overdue-answer")}


def test_x_02_is_broken_by_an_extension_that_is_told_after_the_month() -> None:
    story = customer("smallhold").on("2020-03-02").asks("ACCESS").on("2020-04-03T00:00").answers("EXTENDED")

    assert story.clock("2020-04-03T00:00").overdue() == {("SH-03", "overdue-answer")}


def test_x_02_is_kept_by_waiting_for_who_asks() -> None:
    story = customer("smallhold").on("2020-03-02").asks("ACCESS", identity_check="NOT_DONE").clock("2020-06-01")

    assert story.overdue() == set()
    story.on("2020-06-02").asks("ACCESS", identity_check="DONE")
    assert story.late_from("ANSWER") == in_amsterdam("2020-07-03T00:00")
    assert story.clock("2020-07-03T00:00").overdue() == {("SH-03", "overdue-answer")}


def test_x_02_is_kept_by_erasing_by_the_same_clock() -> None:
    story = Story("smallhold").on("2020-01-07").collects("order", "pd:Name").on("2020-03-02").asks("ERASURE").on("2020-03-30").answers("EXTENDED")

    assert story.clock("2020-06-02T23:59:59").late() == set()
    assert story.clock("2020-06-03T00:00").late() == {("GDPR-17", "shop")}


def test_so_15_is_no_request_with_a_clock() -> None:
    assert customer("sohosted").on("2020-03-02").asks("COMPLAINT").duties() == set()


def test_x_02_is_broken_by_a_request_that_is_recorded_with_its_answer_long_after_both() -> None:
    story = customer("mijndomein")
    for day in ("2019-02-15", "2019-06-01", "2019-09-30"):
        story.clock(day)

    story.on("2019-02-01").asks("ACCESS", identity_check="DONE").on("2019-09-30").answers("FULFILLED")

    assert story.overdue() == {("MD-17", "overdue-answer")}
    assert story.duties("MET") == {("ANSWER", "MD-17", "request-1")}


def test_x_02_is_kept_by_a_request_that_is_recorded_long_after_it_was_answered_in_time() -> None:
    story = customer("mijndomein").clock("2019-09-30").on("2019-02-01").asks("ACCESS", identity_check="DONE")

    assert story.on("2019-02-27").answers("FULFILLED").overdue() == set()
