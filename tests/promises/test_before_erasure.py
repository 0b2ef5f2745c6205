"""Stories of what comes before an erasure: who asks is known, the service ends, an export is given (docs/duties.md section 3)."""

from __future__ import annotations

import pytest

from tests.promises.stories import KEPT_BY_LAW, Story, customer

# -- before an erasure


def _kept_by_ending_the_service(hoster: str, promise: str, store: str) -> None:
    story = customer(hoster).on("2020-03-02").asks("ERASURE", identity_check="DONE")

    assert ("END_SERVICE", promise, "service-1") in story.duties()
    assert story.obligations("OPEN") == set()
    story.on("2020-03-10").reaches("SERVICE_ENDED", "service-1")
    assert ("END_SERVICE", promise, "service-1") in story.duties("MET")
    assert store in {where for _, where in story.obligations("OPEN")}


def test_wh_12_is_kept_by_ending_the_service_before_the_data_goes() -> None:
    _kept_by_ending_the_service("webhoster", "WH-12", "administration")


def test_wh_12_is_broken_by_a_service_that_runs_on() -> None:
    story = customer("webhoster").on("2020-03-02").asks("ERASURE").on("2020-03-20").answers("FULFILLED").clock("2020-04-03T00:00")

    assert story.overdue() == {("WH-12", "overdue-service-end")}


def test_hh_02_is_kept_by_ending_the_service_that_the_data_is_for() -> None:
    _kept_by_ending_the_service("hostinghuis", "HH-02", "crm")


def test_wh_12_is_kept_by_leaving_the_service_when_the_request_is_refused() -> None:
    claim = {"holder": "webhoster", "reason": "eu-gdpr:JustificationA17LegalClaims", "statute": None}
    story = customer("webhoster").on("2020-03-02").asks("ERASURE").on("2020-03-05").answers("REFUSED", reasons=[KEPT_BY_LAW | claim])

    assert story.duties("CANCELLED") == {("END_SERVICE", "WH-12", "service-1")}
    assert story.duties() == set()


def test_hh_19_is_kept_by_exporting_before_deleting() -> None:
    story = customer("hostinghuis").on("2019-02-01").leaves().on("2021-01-20").asks("PORTABILITY").clock("2021-02-01T12:00")

    assert story.duties() >= {("EXPORT_FIRST", "HH-19", "request-1")}
    assert story.obligations("OPEN") == set()
    story.on("2021-02-05").answers("FULFILLED")
    assert story.duties("MET") >= {("EXPORT_FIRST", "HH-19", "request-1")}
    assert story.obligations("OPEN") == {("HH-15", "crm")}


def test_hh_19_is_broken_by_an_export_that_does_not_come() -> None:
    story = customer("hostinghuis").on("2019-02-01").leaves().on("2021-01-20").asks("PORTABILITY")
    story.clock("2021-02-01T12:00").clock("2021-02-23T00:00")

    assert ("HH-19", "overdue-export") in story.overdue()


def test_hh_19_is_kept_by_calling_for_the_export_while_the_service_still_runs() -> None:
    story = customer("hostinghuis").on("2019-02-01").asks("ERASURE").on("2019-02-02").asks("PORTABILITY", request_ref="request-2")

    story.clock("2019-02-03T12:00")

    assert story.duties() >= {("END_SERVICE", "HH-02", "service-1"), ("EXPORT_FIRST", "HH-19", "request-2")}


def test_hh_19_is_kept_for_what_the_request_is_about_alone() -> None:
    story = customer("hostinghuis").on("2019-02-01").leaves().on("2021-01-20")

    story.asks("PORTABILITY", categories=["pd:TelephoneNumber"]).clock("2021-02-01T12:00")

    assert story.obligations("OPEN") == {("HH-15", "crm")}


def test_x_02_is_kept_by_erasing_nothing_for_somebody_unknown() -> None:
    """GDPR Art. 12(6): a stranger can neither have data erased nor a service ended."""
    story = Story("sohosted").on("2019-01-07").collects("marketing", "pd:Name").on("2019-03-02").asks("ERASURE", identity_check="NOT_DONE")

    assert story.clock("2019-09-01").count("ERASE") == 0
    assert story.count("ANSWER", "OPEN") == 1
    story.on("2019-09-02").asks("ERASURE", identity_check="DONE")
    assert story.obligations("OPEN") == {("GDPR-17", "mailing")}
    assert story.clock("2019-10-02T23:59:59").late() == set()


def test_wh_12_is_kept_by_ending_no_service_for_somebody_unknown() -> None:
    story = customer("webhoster").on("2019-03-02").asks("ERASURE", identity_check="NOT_DONE").clock("2019-06-01")

    assert (story.count("END_SERVICE"), story.count("ERASE"), story.count("ANSWER", "OPEN")) == (0, 0, 1)
    story.on("2019-06-02").asks("ERASURE", identity_check="DONE")
    assert story.count("END_SERVICE", "OPEN") == 1


def test_hh_19_is_kept_by_letting_nobody_unknown_hold_back_an_erasure() -> None:
    story = customer("hostinghuis").on("2019-02-01").leaves().on("2021-01-20").asks("PORTABILITY", identity_check="NOT_DONE").clock("2022-01-01")

    assert story.count("EXPORT_FIRST") == 0
    assert ("HH-15", "crm") in story.obligations("OPEN")


# -- somebody who comes back


@pytest.mark.parametrize(("hoster", "store"), [("smallhold", "administration"), ("webhoster", "administration"), ("hostinghuis", "crm")])
def test_sh_11_is_kept_by_waiting_for_the_next_end_of_who_comes_back(hoster: str, store: str) -> None:
    """His data is asked for before the new service starts; the old end, long over, is not what it waits for."""
    story = customer(hoster).leaves().on("2022-01-01").erases()
    store = next(iter(story.on("2023-01-01").collects("account").held()))[0]

    assert story.clock("2023-01-10").obligations("OPEN") == set()
    story.on("2023-01-11").reaches("ACCOUNT_OPENED", "account-2").reaches("CONTRACT_STARTED", "contract-2").reaches("SERVICE_STARTED", "service-2")
    story.on("2024-01-11").reaches("SERVICE_ENDED", "service-2").reaches("CONTRACT_ENDED", "contract-2").reaches("ACCOUNT_CLOSED", "account-2")
    assert {where for _, where in story.clock("2026-02-01").due("2026-02-01")} == {store}
