"""The second reading of docs/duties.md read by hand: small stories whose dates were counted on a calendar, one or more for each kind of duty."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.core.events import REGISTER_TYPES
from tests.duty_histories import with_duties
from tests.duty_pools import duty
from tests.histories import Event
from tests.hoster_histories import made, shipped_policy
from tests.naive_duties import dutch_calendar as calendar
from tests.naive_duties import naive_duties

ZONE = "Europe/Amsterdam"
HH, WH, SO = "hostinghuis", "webhoster", "sohosted"
END, EXPORT = duty("HH-02", "erasure", "end_service"), duty("HH-19", "erasure", "export_first")
Told = tuple[int, str, str | None, str, str, str, str | None]


def at(wall: str) -> int:
    return int(datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(ZONE)).timestamp()) * 1_000_000


def log_of(controller: str, duties: tuple[dict[str, Any], ...], *steps: tuple[str, str, dict[str, Any]]) -> list[Event]:
    """The hoster's policy with these duties, then the steps: (type, wall-clock time, fields)."""
    log = [with_duties(shipped_policy(controller), duties)]
    for number, (name, wall, fields) in enumerate(steps, start=1):
        of_subject = {} if name in REGISTER_TYPES else {"subject_ref": "s1"}
        log.append(made(name, number, at(wall), controller, **of_subject | fields))
    return log


def told(log: list[Event], kind: str) -> list[Told]:
    """(place, step, reason, due and overdue when raised on the wall, ref, rule) of the duties of one kind."""
    found = []
    for s in sorted(naive_duties(log)[0]):
        if s.kind == kind:
            due, late = (calendar.on_the_clock(moment, ZONE).isoformat(timespec="minutes") for moment in (s.due_at, s.overdue_at))
            found.append((s.place, s.what, s.reason, due, late, s.rule, s.ref))
    return found


def steps(log: list[Event], kind: str) -> list[tuple[int, str, str | None]]:
    return [each[:3] for each in told(log, kind)]


def found(log: list[Event]) -> list[tuple[int, str, str, str]]:
    return [(f.place, f.promise, f.rule, f.severity) for f in naive_duties(log)[1]]


def collect(wall: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    given = {"activity": "account", "categories": ["pd:Name"], "purposes": ["dpv:AccountManagement"], "legal_basis": "eu-gdpr:A6-1-b", "store": "crm"}
    return "DataCollected", wall, given | fields


def share(wall: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    given = {"by": HH, "recipient": "acme", "recipient_role": "supplier", "categories": ["pd:Name"], "purpose": "dpv:CustomerCare"}
    return "DataShared", wall, given | {"legal_basis": "eu-gdpr:A6-1-b"} | fields


def ask(wall: str, right: str = "ERASURE", **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return "RequestReceived", wall, {"right": right, "request_ref": "q1", "identity_check": "DONE"} | fields


def answer(wall: str, outcome: str = "FULFILLED", **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return "RequestAnswered", wall, {"request_ref": "q1", "outcome": outcome} | fields


def erase(wall: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return "DataErased", wall, {"by": HH, "act": "ERASED"} | fields


def reached(kind: str, wall: str, ref: str = "v1") -> tuple[str, str, dict[str, Any]]:
    return "MilestoneReached", wall, {"kind": kind, "ref": ref}


def tick(wall: str) -> tuple[str, str, dict[str, Any]]:
    return "TimeReached", wall, {"time": at(wall), "mode": "SIMULATED"}


# -- the calendar


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        ("2019-06-03T12:00", 1, "2019-07-04T00:00"),
        ("2019-01-31T09:00", 1, "2019-03-01T00:00"),  # no 31 February
        ("2018-06-15T10:00", 1, "2018-07-17T00:00"),  # the 15th is a Sunday
        ("2019-03-19T10:00", 1, "2019-04-24T00:00"),  # Good Friday, Easter, Easter Monday
        ("2019-11-25T10:00", 1, "2019-12-28T00:00"),  # both days of Christmas
        ("2019-03-27T10:00", 1, "2019-04-30T00:00"),  # King's Day on a Saturday
        ("2014-03-26T10:00", 1, "2014-04-29T00:00"),  # King's Day on the Saturday before a Sunday
        ("2013-03-30T10:00", 1, "2013-05-02T00:00"),  # Queen's Day
        ("2019-04-30T10:00", 1, "2019-06-01T00:00"),  # Ascension
        ("2019-11-30T10:00", 3, "2020-03-03T00:00"),  # 29 February 2020 is a Saturday
    ],
)
def test_a_month_for_an_answer_ends_with_a_working_day(start: str, months: int, due: str) -> None:
    assert calendar.on_the_clock(calendar.months_for_an_answer(at(start), months, ZONE), ZONE).isoformat(timespec="minutes") == due


@pytest.mark.parametrize(
    ("start", "term", "utc"),
    [
        ("2019-03-30T02:30", "P1D", "2019-03-31T01:00+00:00"),  # 02:30 is skipped: 03:00 in summer
        ("2019-10-26T02:30", "P1D", "2019-10-27T01:30+00:00"),  # comes twice: the second
        ("2020-02-29T12:00", "P1Y", "2021-02-28T11:00+00:00"),
        ("2019-03-30T12:00", "PT24H", "2019-03-31T11:00+00:00"),  # real hours
    ],
)
def test_terms_run_in_legal_time(start: str, term: str, utc: str) -> None:
    assert calendar.after(at(start), term, ZONE) == int(datetime.fromisoformat(utc).timestamp()) * 1_000_000


# -- requests


def test_a_request_is_answered_late_after_its_month_and_never_a_microsecond_earlier() -> None:
    early = ("TimeReached", "2019-07-03T23:59", {"time": at("2019-07-04T00:00") - 1, "mode": "SIMULATED"})
    log = log_of(HH, (), ask("2019-06-03T12:00", "ACCESS"), early, tick("2019-07-04T00:00"), answer("2019-07-05T00:00"))

    assert told(log, "ANSWER")[0] == (1, "RAISED", None, "2019-06-03T12:00", "2019-07-04T00:00", "GDPR-12-3", "q1")
    assert steps(log, "ANSWER")[1:] == [(3, "OVERDUE", None), (4, "MET", None)]
    assert (3, "GDPR-12-3", "overdue-answer", "BREACH") in found(log)


def test_an_extension_within_the_month_makes_it_three_and_a_later_one_nothing() -> None:
    extended = ask("2019-06-03T12:00"), answer("2019-07-03T23:59", "EXTENDED"), tick("2019-09-03T23:59"), tick("2019-09-04T00:00")
    too_late = ask("2019-06-03T12:00"), answer("2019-07-04T00:00", "EXTENDED"), tick("2019-07-04T00:00")

    assert steps(log_of(HH, (), *extended), "ANSWER") == [(1, "RAISED", None), (4, "OVERDUE", None)]
    assert steps(log_of(HH, (), *too_late), "ANSWER") == [(1, "RAISED", None), (3, "OVERDUE", None)]


def test_the_clock_stands_still_until_the_requester_is_known() -> None:
    log = log_of(
        HH, (), tick("2019-06-03T12:00"), ask("2019-06-03T12:00", "ACCESS", identity_check="NOT_DONE"), tick("2019-08-01T00:00"),
        ask("2019-08-05T12:00", "ACCESS"), tick("2019-09-05T23:59"), tick("2019-09-06T00:00"),
    )  # fmt: skip

    assert steps(log, "ANSWER") == [(2, "RAISED", None), (6, "OVERDUE", None)]


def test_an_answer_that_came_first_leaves_nothing_to_raise_and_a_complaint_asks_nothing_by_law() -> None:
    assert steps(log_of(HH, (), answer("2019-06-04T12:00"), ask("2019-06-03T12:00")), "ANSWER") == []
    assert steps(log_of(HH, (), ask("2019-06-03T12:00", "COMPLAINT")), "ANSWER") == []
    mine = duty("SO-15", "request", "answer", rights=["COMPLAINT"])
    assert told(log_of(SO, (mine,), ask("2019-06-03T12:00", "COMPLAINT")), "ANSWER")[0][5] == "SO-15"


def test_an_earlier_receipt_that_becomes_known_later_anchors_all_of_it_anew() -> None:
    log = log_of(HH, (), collect("2019-05-01T00:00"), ask("2019-06-03T12:00"), ask("2019-05-20T12:00"))

    assert steps(log, "ANSWER") == [(2, "RAISED", None), (3, "CANCELLED", "re-anchored"), (3, "RAISED", None)]
    assert steps(log, "ERASE") == [(2, "RAISED", None), (3, "CANCELLED", "re-anchored"), (3, "RAISED", None)]
    assert told(log, "ERASE")[2][3:5] == ("2019-05-20T12:00", "2019-06-21T00:00")


# -- erasing


def test_a_term_ends_to_the_microsecond_and_a_new_service_takes_it_back() -> None:
    held, ended = collect("2018-06-10T12:00"), reached("SERVICE_ENDED", "2018-06-11T12:00")
    early = ("TimeReached", "2020-06-11T11:59", {"time": at("2020-06-11T12:00") - 1, "mode": "SIMULATED"})
    log = log_of(HH, (), held, ended, early, tick("2020-06-11T12:00"), reached("SERVICE_STARTED", "2020-06-12T12:00", "v2"))

    assert told(log, "ERASE") == [
        (4, "RAISED", None, "2020-06-11T12:00", "2020-06-18T12:00", "HH-15", None), (5, "CANCELLED", "re-anchored", "2020-06-11T12:00",
         "2020-06-18T12:00", "HH-15", None),
    ]  # fmt: skip


def test_a_chain_of_terms_is_rounded_once_at_its_end() -> None:
    kept = collect("2019-01-10T12:00", activity="portal_actions", store="portal", purposes=["ledger:EvidenceOfActions"])
    log = log_of(SO, (), kept, reached("ACCOUNT_CLOSED", "2019-03-01T12:00"), tick("2028-12-31T23:59"), tick("2029-01-01T00:00"))

    assert told(log, "ERASE")[0][:4] == (4, "RAISED", None, "2029-01-01T00:00")


def test_an_erasure_request_calls_for_everything_but_what_a_statute_keeps_and_the_suppression_list() -> None:
    log = log_of(
        HH, (), collect("2019-05-01T00:00"), collect("2019-05-01T00:00", purposes=["ledger:MarketingSuppression"], ref="r9"),
        collect("2019-05-01T00:00", activity="fiscal_archive", purposes=["ledger:FiscalRecordKeeping"], store="offline-archive"),
        share("2019-05-02T00:00"), ask("2019-06-03T12:00"), collect("2019-06-04T00:00", ref="r2"),
    )  # fmt: skip

    assert [(s.holder, s.purpose) for s in naive_duties(log)[0] if s.kind == "ERASE"] == [("acme", "dpv:CustomerCare"), (HH, "dpv:AccountManagement")]


def test_a_refusal_until_a_day_ends_by_itself_and_one_without_end_does_not() -> None:
    reason = {"holder": HH, "store": None, "purpose": None, "ref": None, "reason": "eu-gdpr:JustificationA17LegalClaims", "statute": None}
    held, asked = collect("2019-05-01T00:00"), ask("2019-06-03T12:00")
    until = reason | {"until": at("2020-01-01T00:00")}
    log = log_of(HH, (), held, asked, answer("2019-06-10T00:00", "PARTLY", reasons=[until]), tick("2019-12-31T23:59"), tick("2020-01-01T00:00"))
    for_good = log_of(HH, (), held, asked, answer("2019-06-10T00:00", "PARTLY", reasons=[until, reason | {"until": None}]), tick("2020-02-01T00:00"))

    assert steps(log, "ERASE") == [(2, "RAISED", None), (3, "CANCELLED", "refused"), (5, "RAISED", None)]
    assert steps(for_good, "ERASE") == [(2, "RAISED", None), (3, "CANCELLED", "refused")]


def test_a_refusal_without_a_reason_or_under_a_law_that_is_not_in_force_refuses_nothing() -> None:
    reason = {"holder": HH, "store": None, "purpose": None, "ref": None, "reason": "ledger:StatutoryTerm", "statute": "nl-tw-13-2a", "until": None}

    for reasons in ([], [reason], [reason | {"statute": None}]):
        log = log_of(HH, (), collect("2019-05-01T00:00"), ask("2019-06-03T12:00"), answer("2019-06-10T00:00", "REFUSED", reasons=reasons))
        assert steps(log, "ERASE") == [(2, "RAISED", None)]


def test_a_hold_stops_the_clock_and_the_calling() -> None:
    held, asked = collect("2019-05-01T00:00"), ask("2019-06-03T12:00")
    hold = ("HoldPlaced", "2019-06-10T00:00", {"hold_ref": "h1", "kind": "LEGAL_HOLD"})
    release = ("HoldReleased", "2019-06-20T00:00", {"hold_ref": "h1", "kind": "LEGAL_HOLD"})
    moved = log_of(HH, (), held, asked, hold, release, tick("2019-07-13T23:59"), tick("2019-07-14T00:00"))
    first = log_of(HH, (), held, ("HoldPlaced", "2019-06-01T00:00", hold[2]), asked, release)

    assert steps(moved, "ERASE") == [(2, "RAISED", None), (6, "OVERDUE", None)]
    assert steps(first, "ERASE") == [(4, "RAISED", None)]


def test_what_a_service_needs_waits_for_its_end_and_the_rest_does_not() -> None:
    log = log_of(
        HH, (END,), reached("SERVICE_STARTED", "2019-01-01T00:00"), collect("2019-01-01T00:00"),
        collect("2019-01-01T00:00", activity="newsletter", store="mailing", purposes=["ledger:ProductNews"]), ask("2019-06-03T12:00"),
        reached("SERVICE_ENDED", "2019-06-10T00:00"),
    )  # fmt: skip

    assert told(log, "END_SERVICE") == [
        (4, "RAISED", None, "2019-06-03T12:00", "2019-07-04T00:00", "HH-02", "v1"), (5, "MET", None, "2019-06-03T12:00", "2019-07-04T00:00", "HH-02",
         "v1"),
    ]  # fmt: skip
    assert [(s.place, s.what, s.store) for s in naive_duties(log)[0] if s.kind == "ERASE"] == [(4, "RAISED", "mailing"), (5, "RAISED", "crm")]


def test_the_end_of_a_service_is_not_asked_for_any_more_when_its_data_may_stay() -> None:
    started, held = reached("SERVICE_STARTED", "2019-01-01T00:00"), collect("2019-01-01T00:00", statute="nl-awr-52")
    reason = {"holder": HH, "store": None, "purpose": None, "ref": None, "reason": "ledger:StatutoryTerm", "statute": "nl-awr-52", "until": None}
    log = log_of(HH, (END,), started, held, ask("2019-06-03T12:00"), answer("2019-06-10T00:00", "REFUSED", reasons=[reason]))

    assert steps(log, "END_SERVICE") == [(3, "RAISED", None), (4, "CANCELLED", "refused")]


def test_the_controllers_own_data_waits_for_an_export_that_is_open_and_a_recipients_does_not() -> None:
    held, ported = collect("2019-05-01T00:00"), ask("2019-06-01T12:00", "PORTABILITY", request_ref="p1")
    log = log_of(
        HH, (EXPORT,), held, share("2019-05-01T00:00"), ported, ask("2019-06-03T12:00"), answer("2019-06-20T00:00", request_ref="p1"),
    )  # fmt: skip

    assert told(log, "EXPORT_FIRST")[0] == (4, "RAISED", None, "2019-06-01T12:00", "2019-07-02T00:00", "HH-19", "p1")
    assert steps(log, "EXPORT_FIRST")[1:] == [(5, "MET", None)]
    assert [(s.place, s.holder) for s in naive_duties(log)[0] if s.kind == "ERASE"] == [(4, "acme"), (5, HH)]


# -- corrections


def test_a_correction_reaches_who_had_the_data_by_then_and_only_an_answer_after_it_counts() -> None:
    log = log_of(
        HH, (), share("2019-05-01T00:00"), share("2019-06-05T00:00", recipient="sidn"),
        ("DataRectified", "2019-06-01T00:00", {"by": "acme", "categories": ["pd:Name"]}),
        ("DataRectified", "2019-06-03T00:00", {"by": HH, "categories": ["pd:Name"]}), tick("2019-06-10T00:00"),
        ("DataRectified", "2019-06-03T00:00", {"by": "acme", "categories": []}),
    )  # fmt: skip

    assert told(log, "RECTIFY")[0] == (4, "RAISED", None, "2019-06-03T00:00", "2019-06-10T00:00", "GDPR-19", None)
    assert steps(log, "RECTIFY")[1:] == [(5, "OVERDUE", None), (6, "MET", None)]


# -- breaches


def breach(wall: str, first: str, last: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    given = {"breach_ref": "b1", "aware_at": at(wall), "window_from": at(first), "window_until": at(last), "risk": "HIGH"}
    return "BreachRecorded", wall, given | fields


def test_who_held_data_in_the_window_is_told_ends_of_the_window_included() -> None:
    held, gone = collect("2019-05-01T00:00"), erase("2019-05-20T00:00")
    during = breach("2019-06-03T12:00", "2019-05-19T00:00", "2019-06-01T00:00")
    after = breach("2019-06-03T12:00", "2019-05-20T00:00", "2019-06-01T00:00")
    to_its_end = breach("2019-06-03T12:00", "2019-04-20T00:00", "2019-05-01T00:00")
    notice = ("NoticeGiven", "2019-06-04T00:00", {"to": "subject", "about": "breach", "ref": "b1"})

    assert told(log_of(HH, (), held, gone, during), "NOTIFY_SUBJECT") == [
        (3, "RAISED", None, "2019-06-03T12:00", "2019-06-10T12:00", "GDPR-34", "b1")
    ]  # fmt: skip
    assert steps(log_of(HH, (), held, gone, after), "NOTIFY_SUBJECT") == []
    assert steps(log_of(HH, (), held, gone, to_its_end, notice), "NOTIFY_SUBJECT") == [(3, "RAISED", None), (4, "MET", None)]


def test_what_becomes_known_later_makes_a_person_affected_or_not() -> None:
    log = log_of(HH, (), breach("2019-06-03T12:00", "2019-05-19T00:00", "2019-06-01T00:00"), collect("2019-05-01T00:00"), erase("2019-05-02T00:00"))

    assert steps(log, "NOTIFY_SUBJECT") == [(2, "RAISED", None), (3, "CANCELLED", "not-affected")]


def test_by_law_people_are_told_of_a_high_risk_and_by_a_policy_of_what_it_says() -> None:
    held, low = collect("2019-05-01T00:00"), breach("2019-06-03T12:00", "2019-05-19T00:00", "2019-06-01T00:00", risk="RISK")
    mine = duty("HH-13", "breach", "notify_subject", acts_within="P1D")

    assert steps(log_of(HH, (), held, low), "NOTIFY_SUBJECT") == []
    assert told(log_of(HH, (mine,), held, low), "NOTIFY_SUBJECT")[0][4:6] == ("2019-06-04T12:00", "HH-13")


def test_the_authority_is_told_within_72_hours_over_a_weekend_and_a_later_notice_is_late() -> None:
    recorded = breach("2019-06-07T12:00", "2019-06-01T00:00", "2019-06-02T00:00", risk="RISK")
    late = ("AuthorityNotified", "2019-06-10T13:00", {"breach_ref": "b1", "authority": "nl:DPA-NL", "notified_at": at("2019-06-10T12:00") + 1})
    log = log_of(WH, (), recorded, late)

    assert told(log, "NOTIFY_AUTHORITY")[0] == (1, "RAISED", None, "2019-06-07T12:00", "2019-06-10T12:00", "GDPR-33", "b1")
    assert steps(log, "NOTIFY_AUTHORITY")[1:] == [(2, "MET", None)]
    assert found(log) == [(2, "GDPR-33", "authority-notified-late", "BREACH")]


# -- disclosures


TOLD = duty("SH-07", "disclosure_request", "notify_subject"), duty("SH-07", "disclosure", "notify_subject")
REQUESTED = ("DisclosureRequested", "2019-06-03T12:00", {"disclosure_ref": "d1", "requester_kind": "police", "ground": "police_demand",
                                                          "categories": ["pd:Name"]})  # fmt: skip


def decided(wall: str, notice: str, decision: str = "GRANTED", **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return "DisclosureDecided", wall, {"disclosure_ref": "d1", "decision": decision, "notice": notice, "categories": ["pd:Name"]} | fields


def test_a_bar_stops_telling_until_it_ends() -> None:
    barred = decided("2019-06-04T12:00", "BARRED", barred_until=at("2019-09-01T00:00"))
    notice = ("NoticeGiven", "2019-09-02T00:00", {"to": "subject", "about": "disclosure", "ref": "d1"})
    log = log_of("smallhold", TOLD, REQUESTED, barred, tick("2019-08-31T23:59"), tick("2019-09-01T00:00"), notice)

    assert [(s.place, s.what, s.reason, s.about) for s in sorted(naive_duties(log)[0])] == [
        (1, "RAISED", None, "disclosure_request"), (2, "CANCELLED", "barred", "disclosure_request"), (4, "RAISED", None, "disclosure"),
        (4, "RAISED", None, "disclosure_request"), (5, "MET", None, "disclosure"), (5, "MET", None, "disclosure_request"),
    ]  # fmt: skip
    assert {s.due_at for s in naive_duties(log)[0] if s.place == 4} == {at("2019-09-01T00:00")}


def test_by_law_a_decision_that_says_so_must_be_told() -> None:
    assert told(log_of(HH, (), REQUESTED, decided("2019-06-04T12:00", "DUE")), "NOTIFY_SUBJECT") == [
        (2, "RAISED", None, "2019-06-04T12:00", "2019-06-11T12:00", "GDPR-14", "d1")
    ]  # fmt: skip
    assert steps(log_of(HH, (), REQUESTED, decided("2019-06-04T12:00", "UNKNOWN")), "NOTIFY_SUBJECT") == []
    assert steps(log_of(HH, (), REQUESTED, decided("2019-06-04T12:00", "DUE", "REFUSED")), "NOTIFY_SUBJECT") == []


# -- the controller's own


def test_a_processor_statement_is_given_in_time() -> None:
    asked = ("StatementRequested", "2019-06-03T12:00", {"statement_ref": "p1", "requester_kind": "customer"})
    given = ("StatementGiven", "2019-06-11T12:00", {"statement_ref": "p1"})
    log = log_of(WH, (duty("WH-13", "statement_request", "answer"),), asked, tick("2019-06-10T12:00"), given)

    assert told(log, "ANSWER")[0] == (1, "RAISED", None, "2019-06-03T12:00", "2019-06-10T12:00", "WH-13", "p1")
    assert steps(log, "ANSWER")[1:] == [(2, "OVERDUE", None), (3, "MET", None)]


def test_an_agreement_that_ends_with_no_other_in_force_has_lapsed_once() -> None:
    def agreed(wall: str, name: str, until: str | None) -> tuple[str, str, dict[str, Any]]:
        return "AgreementChanged", wall, {"recipient": "acme", "agreement": name, "state": "IN_FORCE", "in_force_from": at(wall),
                                          "until": until and at(until), "categories": [], "purposes": []}  # fmt: skip

    first = agreed("2019-06-01T00:00", "a1", "2019-07-01T00:00")
    ticks = tick("2019-06-30T23:59"), tick("2019-07-01T00:00"), tick("2019-07-02T00:00")

    assert found(log_of(SO, (), first, *ticks)) == [(3, "SO-09", "agreement-lapsed", "NOTE")]
    assert found(log_of(HH, (), first, *ticks)) == [(3, "GDPR-28", "agreement-lapsed", "NOTE")]
    assert found(log_of(SO, (), first, agreed("2019-06-20T00:00", "a2", None), *ticks)) == []


def test_a_text_announced_after_it_came_into_force_is_late() -> None:
    name, fields = shipped_policy(HH)
    late = fields | {"announced_at": fields["in_force_from"] + 1}
    promised = json.loads(fields["compiled"])
    promised["promises"].pop("HH-20", None)

    assert found([(name, late)]) == [(0, "HH-20", "announced-late", "WARNING")]
    assert found([(name, late | {"compiled": json.dumps(promised)})]) == [(0, "GDPR-13", "announced-late", "WARNING")]
    assert found([(name, fields)]) == []


def test_a_repeat_counts_once() -> None:
    log = log_of(HH, (), collect("2019-05-01T00:00"), ask("2019-06-03T12:00"))

    assert naive_duties([*log, log[-1]]) == naive_duties(log)
