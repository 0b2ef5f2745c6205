"""Stories of what the hosters promised to do when something happens: answer, tell, correct, export, end. Specification: docs/duties.md."""

from __future__ import annotations

from datetime import datetime

import pytest

from ledger.policies.files import load_policy
from tests.promises.stories import AMSTERDAM, KEPT_BY_LAW, Story, customer

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


# -- rectification


def test_md_18_is_kept_when_every_recipient_corrects() -> None:
    story = customer("mijndomein").on("2019-02-01").shares("sidn", "registry", "pd:Name", ref="order-1").shares("psp", "payment_provider", "pd:Name")
    story.on("2020-03-02").rectifies()

    assert story.duties() == {("RECTIFY", "MD-18", "sidn"), ("RECTIFY", "MD-18", "psp")}
    story.on("2020-03-03").rectifies("sidn").rectifies("psp").clock("2020-05-01")
    assert story.duties("MET") == {("RECTIFY", "MD-18", "sidn"), ("RECTIFY", "MD-18", "psp")}
    assert story.overdue() == set()


def test_md_18_is_broken_by_a_recipient_that_keeps_the_old_name() -> None:
    story = customer("mijndomein").on("2019-02-01").shares("sidn", "registry", "pd:Name", ref="order-1").on("2020-03-02").rectifies()

    assert story.clock("2020-03-09T11:59:59").overdue() == set()
    assert story.clock("2020-03-09T12:00").overdue() == {("MD-18", "overdue-rectification")}


def test_x_05_is_kept_when_what_was_to_be_corrected_is_gone() -> None:
    story = customer("webhoster").on("2019-02-01").shares("sidn", "registry", "pd:Name", ref="order-1").on("2020-03-02").rectifies()

    assert story.duties() == {("RECTIFY", "GDPR-19", "sidn")}
    story.on("2020-03-03").erases("pd:Name", by="sidn")
    assert story.duties("MET") == {("RECTIFY", "GDPR-19", "sidn")}


def test_x_05_is_broken_by_a_share_from_before_the_correction_that_is_told_later() -> None:
    story = customer("webhoster").on("2020-03-02").rectifies().on("2019-02-01").shares("sidn", "registry", "pd:Name", ref="order-1")

    assert story.duties() == {("RECTIFY", "GDPR-19", "sidn")}
    story.on("2020-03-05").shares("openprovider", "supplier", "pd:Name", ref="order-2")
    assert story.duties() == {("RECTIFY", "GDPR-19", "sidn")}, "who got it afterwards got the corrected one"
    assert story.clock("2020-04-01").overdue() == {("GDPR-19", "overdue-rectification")}


def test_sh_03_is_kept_by_correcting_only_what_was_corrected() -> None:
    story = customer("smallhold").on("2019-02-01").shares("sidn", "registry", "pd:PhysicalAddress", ref="order-1", product="nl")

    assert story.on("2020-03-02").rectifies(None, "pd:Name").duties() == set()
    assert story.rectifies(None, "pd:PhysicalAddress").duties() == {("RECTIFY", "SH-03", "sidn")}


# -- what was erased or is restricted is passed on


def _gone_after_its_term() -> Story:
    """A customer whose registrar had the name leaves; after two years the hoster erases it (HH-15)."""
    story = customer("hostinghuis").shares("openprovider", "registrar", "pd:Name", ref="domain-1").on("2019-02-01").leaves()
    return story.clock("2021-02-01T12:00").on("2021-02-02").erases(because_of="RETENTION")


def test_x_05_is_kept_by_telling_a_registrar_of_an_account_that_goes() -> None:
    story = _gone_after_its_term()

    assert story.duties() == {("NOTIFY_RECIPIENT", "GDPR-19", "openprovider")}
    story.on("2021-02-03").tell("NoticeGiven", to="openprovider", about="erasure", ref="openprovider", method="email").clock("2021-04-01")
    assert story.duties("MET") == {("NOTIFY_RECIPIENT", "GDPR-19", "openprovider")}
    assert ("GDPR-19", "overdue-notice") not in story.overdue()


def test_x_05_is_broken_by_an_account_that_goes_and_a_registrar_that_is_not_told() -> None:
    story = _gone_after_its_term()

    assert ("GDPR-19", "overdue-notice") not in story.clock("2021-02-09T11:59:59").overdue()
    assert ("GDPR-19", "overdue-notice") in story.clock("2021-02-09T12:00").overdue()


def test_x_05_is_broken_by_an_erasure_of_the_controllers_own_accord_that_is_not_passed_on() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01").erases("pd:Name")

    assert story.duties() == {("NOTIFY_RECIPIENT", "GDPR-19", "sidn")}
    assert story.clock("2019-03-08T12:00").overdue() >= {("GDPR-19", "overdue-notice")}


def test_x_05_is_kept_by_a_recipient_that_has_it_no_more() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01").erases("pd:Name")

    assert story.on("2019-03-02").erases("pd:Name", by="sidn").duties("MET") == {("NOTIFY_RECIPIENT", "GDPR-19", "sidn")}


def test_x_05_is_kept_while_the_controller_has_it_for_another_purpose() -> None:
    story = customer("smallhold").collects("order", "pd:Name").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01")

    assert story.erases("pd:Name", purposes=["dpv:AccountManagement"]).duties() == set()


def test_x_05_is_kept_without_a_notice_to_who_has_been_asked_to_erase() -> None:
    story = customer("smallhold").leaves().shares("sidn", "registry", "pd:Name", ref="domain-1")
    story.on("2019-03-01").asks("ERASURE", identity_check="DONE")

    story.on("2019-03-02").erases("pd:Name").answers("FULFILLED")

    assert ("GDPR-17", "sidn") in story.obligations("OPEN")
    assert story.duties() == set()


def test_x_05_is_kept_by_telling_recipients_of_a_restriction() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01")
    story.tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION", categories=["pd:Name"])

    assert story.duties() == {("NOTIFY_RECIPIENT", "GDPR-19", "sidn")}
    story.on("2019-03-03").tell("NoticeGiven", to="sidn", about="restriction", ref="sidn", method="email").clock("2019-04-01")
    assert (story.duties(), story.overdue()) == (set(), set())


def test_x_05_is_broken_by_a_restriction_that_a_recipient_is_not_told_of() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01")
    story.tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION").clock("2019-03-08T12:00")

    assert story.overdue() == {("GDPR-19", "overdue-notice")}


def test_x_05_is_kept_by_no_notice_of_a_legal_hold_and_of_a_restriction_that_has_ended() -> None:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01")

    assert story.tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD").duties() == set()
    story.tell("HoldPlaced", hold_ref="hold-2", kind="RESTRICTION").on("2019-03-02").tell("HoldReleased", hold_ref="hold-2", kind="RESTRICTION")
    assert story.duties("CANCELLED") == {("NOTIFY_RECIPIENT", "GDPR-19", "sidn")}


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


# -- the controller's own


def test_wh_13_is_kept_by_giving_the_statement() -> None:
    story = customer("webhoster").on("2020-03-02").tell("StatementRequested", statement_ref="statement-1", requester_kind="customer")

    assert story.duties() == {("ANSWER", "WH-13", "statement-1")}
    story.on("2020-03-20").tell("StatementGiven", statement_ref="statement-1", method="email").clock("2020-05-01")
    assert (story.duties("MET"), story.overdue()) == ({("ANSWER", "WH-13", "statement-1")}, set())


def test_wh_13_is_broken_by_not_giving_it() -> None:
    story = customer("webhoster").on("2020-03-02").tell("StatementRequested", statement_ref="statement-1", requester_kind="customer")

    assert story.clock("2020-04-02T12:00").overdue() == {("WH-13", "overdue-answer")}


def _announced(day: str | None) -> Story:
    """A second version of the statement, in force from 1 June 2020."""
    announced = f"announced_on: {day}\n" if day else ""
    text = load_policy("hostinghuis").text.replace("2018-04-04", "2020-06-01").replace("announced_on: 2020-06-01\n", announced)
    return Story("hostinghuis").on("2020-05-01").publishes(text)


@pytest.mark.parametrize("day", ["2020-05-01", "2020-06-01"])
def test_hh_20_is_kept_by_announcing_before(day: str) -> None:
    assert _announced(day).broken() == set()


def test_hh_20_is_broken_by_announcing_after() -> None:
    story = _announced("2020-06-02")

    assert story.broken() == {("HH-20", "announced-late")}
    assert story.severities() == {"announced-late": "WARNING"}


def test_hh_20_is_broken_by_a_change_that_was_never_announced() -> None:
    story = _announced(None)

    assert story.broken() == {("HH-20", "never-announced")}
    assert story.severities() == {"never-announced": "WARNING"}


def test_hh_20_is_kept_by_a_first_text_without_an_announcement() -> None:
    """What nobody had read before is no change."""
    text = load_policy("hostinghuis").text.replace("2018-04-04", "2018-01-01").replace("announced_on: 2018-01-01\n", "")

    assert Story("hostinghuis").publishes(text).broken() == set()


@pytest.mark.parametrize(("hoster", "promise"), [("mijndomein", "MD-24"), ("sohosted", "SO-09"), ("smallhold", "GDPR-28")])
def test_so_09_is_broken_by_an_agreement_that_lapses(hoster: str, promise: str) -> None:
    story = Story(hoster).on("2020-01-01").agrees_with("supplier-1", "pd:Name", purpose="dpv:ServiceProvision", until="2020-06-01T00:00:00+02:00")

    assert story.clock("2020-05-31T23:59:59").broken() == set()
    assert story.clock("2020-06-01T00:00").broken() == {(promise, "agreement-lapsed")}
    assert story.clock("2020-07-01T00:00").count_found("agreement-lapsed") == 1


def test_so_09_is_kept_by_an_agreement_that_follows() -> None:
    story = Story("sohosted").on("2020-01-01").agrees_with("supplier-1", "pd:Name", purpose="dpv:ServiceProvision", until="2020-06-01T00:00:00+02:00")
    story.on("2020-05-01").agrees_with("supplier-1", "pd:Name", purpose="dpv:ServiceProvision", agreement="dpa-2")

    assert story.clock("2020-06-01T00:00").broken() == set()


# -- an answer that says more than was done


@pytest.mark.parametrize(("hoster", "promise"), [("mijndomein", "MD-18"), ("webhoster", "WH-11"), ("smallhold", "SH-03"), ("sohosted", "SO-13")])
def test_x_02_is_broken_by_an_answer_to_a_correction_that_nobody_made(hoster: str, promise: str) -> None:
    """A warning: the correction may become known later."""
    story = wanted(hoster, "RECTIFICATION").answers("FULFILLED")

    assert (story.broken(), story.severities()) == ({(promise, "answer-not-done")}, {"answer-not-done": "WARNING"})
    assert wanted(hoster, "RECTIFICATION").rectifies().answers("FULFILLED").broken() == set()


@pytest.mark.parametrize(("right", "promise"), [("OBJECTION", "SO-13"), ("CONSENT_WITHDRAWAL", "SO-13"), ("RESTRICTION", "GDPR-12-3")])
def test_so_13_is_broken_by_an_answer_after_which_all_is_as_it_was(right: str, promise: str) -> None:
    story = wanted("sohosted", right).answers("FULFILLED")

    assert (promise, "answer-not-done") in story.broken()
    assert wanted("sohosted", "ACCESS").answers("FULFILLED").broken() == set()


def test_so_13_is_kept_by_doing_what_was_asked() -> None:
    assert wanted("sohosted", "OBJECTION").objects("ledger:ProductNews").answers("FULFILLED").broken() == set()
    assert wanted("sohosted", "CONSENT_WITHDRAWAL").consents("ledger:Newsletter", "WITHDRAWN").answers("FULFILLED").broken() == set()
    story = wanted("sohosted", "RESTRICTION").tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION")
    assert story.answers("FULFILLED").broken() == set()


def test_so_13_is_broken_by_calling_an_erasure_fulfilled_of_which_the_law_keeps_all() -> None:
    assert wanted("sohosted", "ERASURE").answers("FULFILLED").broken() == {("SO-13", "answer-not-done")}


@pytest.mark.parametrize(("hold", "is_broken"), [
    ({"kind": "LEGAL_HOLD"}, True), ({"kind": "RESTRICTION"}, True), ({"kind": "LEGAL_HOLD", "categories": ["pd:Name"]}, False),
    ({"kind": "LEGAL_HOLD", "store": "mailing"}, False), ({"kind": "LEGAL_HOLD", "until": "2019-03-04T12:00:00+01:00"}, False), (None, False),
])  # fmt: skip
def test_hh_18_is_kept_unless_an_erasure_is_called_fulfilled_while_a_hold_keeps_all(hold: dict[str, object] | None, is_broken: bool) -> None:
    """Nobody is told of what is on hold: there is no open obligation for it."""
    story = customer("hostinghuis").on("2019-03-01").leaves().asks("ERASURE", identity_check="DONE").on("2019-03-02")
    if hold is not None:
        story.tell("HoldPlaced", hold_ref="hold-1", **hold)

    story.on("2019-03-04").answers("FULFILLED")

    assert story.broken() == ({("HH-18", "answer-not-done")} if is_broken else set())
    assert story.on("2019-03-05").erases().answers("FULFILLED").count_found("answer-not-done") == is_broken


def test_hh_18_is_broken_by_calling_an_erasure_fulfilled_that_waits_for_a_hold() -> None:
    story = customer("hostinghuis").on("2019-03-01").leaves().tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD").asks("ERASURE")

    assert ("HH-18", "answer-not-done") in story.on("2019-03-04").answers("FULFILLED").broken()
    story = customer("hostinghuis").on("2019-03-01").leaves().tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD").asks("ERASURE")
    story.on("2019-03-02").tell("HoldReleased", hold_ref="hold-1", kind="LEGAL_HOLD")
    assert story.on("2019-03-04").answers("FULFILLED").broken() == set()


def test_hh_18_is_kept_by_an_answer_before_the_erasure_that_is_still_called_for() -> None:
    """What is open is late by itself: an answer that came a little early is no second finding."""
    story = customer("hostinghuis").on("2019-03-01").leaves().asks("ERASURE", identity_check="DONE").on("2019-03-04").answers("FULFILLED")

    assert story.broken() == set()
    assert story.obligations("OPEN") == {("HH-18", "crm")}


def wanted(hoster: str, right: str) -> Story:
    """A customer who agreed to a newsletter asks for this, and it is the day of the answer."""
    story = customer(hoster).consents("ledger:Newsletter").on("2019-03-01").asks(right, identity_check="DONE")
    return story.on("2019-03-10")


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


def test_x_05_is_kept_by_asking_no_erasure_of_the_police() -> None:
    """GDPR Art. 4(9): who gets data for an inquiry is no recipient."""
    story = customer("smallhold").on("2019-03-01").discloses().decides("GRANTED").tells("disclosure", "disclosure-1")
    story.shares("police-one", "law_enforcement", "pd:Name", purpose="ledger:LegalDisclosure", disclosure_ref="disclosure-1", ref="service-1")

    story.on("2019-04-01").asks("ERASURE").on("2019-04-02").erases()

    assert story.clock("2019-09-01").count("NOTIFY_RECIPIENT") == 0
    assert not any(where == "police-one" for state in ("OPEN", "OVERDUE", "MET") for _, where in story.obligations(state))


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


# -- what is recorded late, or in another order


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
