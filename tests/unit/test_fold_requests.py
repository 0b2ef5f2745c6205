"""Erasure requests, their answers and holds: what is called for, of whom, and when it is late. Logs of a few events, folded whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.core.entries import read_entries
from ledger.core.state import Reason
from tests.histories import CONTROLLER, Event, at, collected, erased, event_id, fact, milestone, policy, project, rule, shared, tick
from tests.property.test_order import fold_in_batches
from tests.unit.test_fold import NO_RULES, OWN, RULES, due, steps, subject_of, told

HOUR = 3_600_000_000
BOTH = ["pd:Name", "pd:EmailAddress"]
MONTH = 30 + 2 / 24
"""From day 5 on: to the end of 5 July 2018 in UTC, two hours after that day's end in Amsterdam, where these days begin."""


def asked(number: int, day: float, ref: str = "q", **fields: Any) -> Event:
    return fact("RequestReceived", number, day, **{"right": "ERASURE", "request_ref": ref} | fields)


def answered(number: int, day: float, outcome: str, **reason: Any) -> Event:
    """reason: what of the holding stays. A refusal of all names each holder, or it refuses nothing (GDPR Art. 12(4))."""
    named = [reason] if reason else [{"holder": CONTROLLER}, {"holder": "SIDN"}] if outcome == "REFUSED" else []
    reasons = [{"reason": "ledger:StatutoryTerm", "holder": CONTROLLER} | each for each in named]
    return fact("RequestAnswered", number, day, request_ref="q", outcome=outcome, reasons=reasons)


def placed(number: int, day: float, **fields: Any) -> Event:
    return fact("HoldPlaced", number, day, **{"hold_ref": "h", "kind": "LEGAL_HOLD"} | fields)


def released(number: int, day: float) -> Event:
    return fact("HoldReleased", number, day, hold_ref="h", kind="LEGAL_HOLD")


def called_for(*log: Event) -> list[tuple[int, str, list[str]]]:
    """(offset, holder, categories) of what is called for, by offset."""
    return [(offset, f["holder"], f["categories"]) for offset, name, f in told(*log) if name == "ObligationRaised"]


def overdue_days(*log: Event) -> list[float]:
    """When the open obligations to erase are late, in days."""
    found = [each for each in subject_of(project(list(log))).obligations.values() if each.kind == "ERASE"]
    return sorted((each.overdue_at - at(0)) / (at(1) - at(0)) for each in found)


# -- what a request asks for


def test_a_request_limited_to_categories_calls_for_those_alone() -> None:
    log = [NO_RULES, collected(1, 0, categories=BOTH), collected(2, 0, store="billing"), shared(3, 0, categories=BOTH)]

    found = called_for(*log, asked(4, 5, categories=["pd:EmailAddress"]))

    assert sorted(found) == [(4, "SIDN", ["pd:EmailAddress"]), (4, CONTROLLER, ["pd:EmailAddress"])]


def test_it_is_met_when_those_are_gone_though_the_rest_is_held() -> None:
    log = [NO_RULES, collected(1, 0, categories=BOTH), asked(2, 5, categories=["pd:EmailAddress"])]

    assert steps(*log, erased(3, 6, categories=["pd:Name"])) == [(2, "ObligationRaised")]
    outcomes = told(*log, erased(3, 6, categories=["pd:EmailAddress"], certificate_ref="c-1"))
    assert [(offset, name) for offset, name, _ in outcomes] == [(2, "ObligationRaised"), (3, "ObligationMet")]
    assert outcomes[1][2]["certificate_ref"] == "c-1"


def test_what_a_limited_request_leaves_goes_when_its_term_is_over() -> None:
    log = [RULES, collected(1, 0, categories=BOTH), asked(2, 5, categories=["pd:EmailAddress"]), tick(2001, 10)]

    assert called_for(*log) == [(2, CONTROLLER, ["pd:EmailAddress"]), (3, CONTROLLER, ["pd:Name"])]
    assert steps(*log, tick(2002, 11), erased(3, 12)) == [
        (2, "ObligationRaised"), (3, "ObligationRaised"), (5, "ObligationMet"), (5, "ObligationMet"),
    ]  # fmt: skip


def test_two_limited_requests_call_for_their_own_categories() -> None:
    log = [NO_RULES, collected(1, 0, categories=BOTH), asked(2, 5, "q1", categories=["pd:Name"]), asked(3, 6, "q2")]

    assert called_for(*log) == [(2, CONTROLLER, ["pd:Name"]), (3, CONTROLLER, ["pd:EmailAddress"])]


def test_a_share_from_before_a_request_that_is_told_after_it_is_called_for() -> None:
    outcomes = told(NO_RULES, collected(1, 0), asked(2, 5), shared(3, 4))

    assert [(offset, fields["holder"]) for offset, _, fields in outcomes if fields["holder"] == "SIDN" and "due_at" in fields] == [(3, "SIDN")]
    late = next(fields for _, name, fields in outcomes if name == "ObligationRaised" and fields["holder"] == "SIDN")
    assert {event_id(2), event_id(3)} <= set(late["rests_on"])
    assert late["due_at"] == at(5)


def test_a_late_told_collection_is_called_for_and_one_after_the_request_is_not() -> None:
    log = [NO_RULES, asked(1, 5)]

    assert called_for(*log, collected(2, 4)) == [(2, CONTROLLER, ["pd:Name"])]
    assert called_for(*log, collected(2, 6)) == []
    assert called_for(NO_RULES, collected(2, 6), asked(1, 5)) == []


def test_what_is_collected_after_a_request_is_not_needed_to_meet_it() -> None:
    log = [NO_RULES, collected(1, 0), asked(2, 5), collected(3, 6, categories=["pd:EmailAddress"]), erased(4, 7, categories=["pd:Name"])]

    assert steps(*log) == [(2, "ObligationRaised"), (4, "ObligationMet")]


def test_a_fulfilled_request_still_calls_for_what_becomes_known_later() -> None:
    assert called_for(NO_RULES, asked(1, 5), answered(2, 6, "FULFILLED"), shared(3, 4)) == [(3, "SIDN", ["pd:Name"])]


# -- answers


def test_a_refusal_cancels_what_was_called_for_and_says_so() -> None:
    outcomes = told(NO_RULES, collected(1, 0), shared(2, 0), asked(3, 5), answered(4, 6, "REFUSED"))

    assert [(offset, fields["reason"]) for offset, name, fields in outcomes if name == "ObligationCancelled"] == [(4, "refused"), (4, "refused")]
    assert all(event_id(4) in fields["rests_on"] for _, name, fields in outcomes if name == "ObligationCancelled")


@pytest.mark.parametrize(
    ("reason", "left"),
    [
        ({"store": "crm"}, ["billing", None]),
        ({"purpose": "dpv:ServiceProvision"}, [None]),
        ({"ref": "r1"}, ["crm", None]),
        ({"holder": "SIDN"}, ["billing", "crm"]),
        ({"store": "archive"}, ["billing", "crm", None]),
    ],
)
def test_a_partial_refusal_cancels_what_its_reasons_name(reason: dict[str, Any], left: list[str | None]) -> None:
    log = [NO_RULES, collected(1, 0), collected(2, 0, store="billing", ref="r1"), shared(3, 0), asked(4, 5), answered(5, 6, "PARTLY", **reason)]

    found = subject_of(project(log)).obligations.values()

    assert sorted((each.holding[1] for each in found), key=str) == sorted(left, key=str)


def test_an_answer_that_stands_before_its_request_counts_as_well() -> None:
    assert called_for(NO_RULES, collected(1, 0), answered(2, 6, "REFUSED"), asked(3, 5)) == []
    assert called_for(NO_RULES, collected(1, 0), shared(2, 0), answered(3, 6, "PARTLY", store="crm"), asked(4, 5)) == [(4, "SIDN", ["pd:Name"])]


def test_what_was_refused_because_of_its_term_is_called_for_when_the_term_is_over() -> None:
    log = [RULES, collected(1, 0), asked(2, 5), answered(3, 6, "REFUSED", statute="nl-awr-52")]

    assert steps(*log, tick(2001, 10 - 1e-9)) == [(2, "ObligationRaised"), (3, "ObligationCancelled")]
    outcomes = told(*log, tick(2001, 10))
    assert [(offset, name, fields["rule"]) for offset, name, fields in outcomes][2:] == [(4, "ObligationRaised", "R")]


def test_a_refusal_leaves_what_is_due_by_its_term() -> None:
    assert steps(RULES, collected(1, 0), tick(2001, 10), asked(2, 11), answered(3, 12, "REFUSED")) == [(2, "ObligationRaised")]


def test_a_refusal_that_is_taken_back_calls_again() -> None:
    log = [NO_RULES, collected(1, 0), asked(2, 5), answered(3, 6, "REFUSED"), answered(4, 8, "FULFILLED")]

    assert steps(*log) == [(2, "ObligationRaised"), (3, "ObligationCancelled"), (4, "ObligationRaised")]


def test_a_refusal_that_was_stored_before_reasons_were_kept_with_it_is_read() -> None:
    subject = subject_of(project([NO_RULES, collected(1, 0)]))
    told = ["q", "ERASURE", None, "UNKNOWN", None, [], "REFUSED", None, [[CONTROLLER, None, None, None, at(20), None]], None]

    read_entries(subject, [(b"", b"", 0, "requests", json.dumps(told))])

    assert subject.requests["q"].reasons == (Reason(CONTROLLER, None, None, None, at(20), None, seen=None),)


# -- the clock of a request


def test_the_clock_of_a_late_told_request_runs_from_its_receipt() -> None:
    log = [NO_RULES, collected(1, 0), tick(2001, 50), asked(2, 5)]

    raised = [fields for _, _, fields in told(*log)]
    assert [(fields["due_at"], fields["overdue_at"]) for fields in raised] == [(at(5), at(35) + HOUR * 2)]
    assert steps(*log, tick(2002, 51)) == [(3, "ObligationRaised"), (4, "ObligationOverdue")]


def test_an_earlier_receipt_that_is_told_later_moves_the_clock() -> None:
    log = [NO_RULES, collected(1, 0), asked(2, 8), asked(3, 5)]

    assert steps(*log) == [(2, "ObligationRaised"), (3, "ObligationCancelled"), (3, "ObligationRaised")]
    assert overdue_days(*log) == pytest.approx([5 + MONTH])


# -- starts and ends at one moment


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("SERVICE_STARTED", "SERVICE_ENDED"),
        ("CONTRACT_STARTED", "CONTRACT_ENDED"),
        ("ACCOUNT_OPENED", "ACCOUNT_CLOSED"),
        ("ORDER_PLACED", "ORDER_COMPLETED"),
        ("DOMAIN_REGISTERED", "DOMAIN_ENDED"),
        ("CERTIFICATE_ISSUED", "CERTIFICATE_EXPIRED"),
        ("CERTIFICATE_RENEWED", "CERTIFICATE_EXPIRED"),
        ("BECAME_CUSTOMER", "CEASED_CUSTOMER"),
    ],
)
@pytest.mark.parametrize("per", ["subject", "ref"])
def test_at_an_equal_moment_the_end_wins_whatever_the_ids(start: str, end: str, per: str) -> None:
    rules = policy(1001, 0, [rule("R", 10, [end], per=per)])

    for first, second in ((2, 3), (3, 2)):
        assert due(rules, collected(1, 0), milestone(first, 4, start), milestone(second, 4, end)) == at(14)


def test_a_hold_placed_and_released_at_one_moment_does_not_stand() -> None:
    for first, second in ((2, 3), (3, 2)):
        assert steps(RULES, collected(1, 0), placed(first, 4), released(second, 4), tick(2001, 10)) == [(4, "ObligationRaised")]


# -- holds


def test_a_hold_keeps_only_its_categories_and_its_store() -> None:
    log = [RULES, collected(1, 0, categories=BOTH), collected(2, 0, store="billing")]

    assert called_for(*log, placed(3, 1, categories=["pd:Name"]), tick(2001, 10)) == [(4, CONTROLLER, ["pd:EmailAddress"])]
    by_store = told(*log, placed(3, 1, store="crm"), tick(2001, 10))
    assert [(fields["store"], fields["categories"]) for _, _, fields in by_store] == [("billing", ["pd:Name"])]
    by_request = told(NO_RULES, *log[1:], placed(3, 1, store="billing", categories=["pd:Name"]), asked(4, 5))
    assert [(fields["store"], fields["categories"]) for _, _, fields in by_request] == [("crm", sorted(BOTH))]


def test_what_a_hold_kept_is_called_for_when_it_is_released() -> None:
    log = [RULES, collected(1, 0, categories=BOTH), placed(2, 1, categories=["pd:Name"]), tick(2001, 10), released(3, 12)]

    assert called_for(*log) == [(3, CONTROLLER, ["pd:EmailAddress"]), (4, CONTROLLER, ["pd:Name"])]


def test_a_hold_ends_by_itself_at_a_tick() -> None:
    log = [RULES, collected(1, 0), placed(2, 1, until=at(20)), tick(2001, 10), tick(2002, 20 - 1e-9)]

    assert steps(*log) == []
    assert steps(*log, tick(2003, 20)) == [(5, "ObligationRaised")]


def test_a_request_that_met_a_hold_is_called_for_when_it_ends_by_itself() -> None:
    log = [NO_RULES, collected(1, 0), placed(2, 1, until=at(20)), asked(3, 5)]

    assert steps(*log, tick(2001, 19)) == []
    assert steps(*log, tick(2001, 19), tick(2002, 20)) == [(5, "ObligationRaised")]
    assert overdue_days(*log, tick(2002, 20)) == pytest.approx([20 + MONTH])


def test_an_open_obligation_waits_while_a_hold_stands_and_its_clock_runs_on_at_the_end() -> None:
    log = [RULES, collected(1, 0), tick(2001, 10), placed(2, 13), tick(2002, 30)]

    assert steps(*log) == [(2, "ObligationRaised")]
    free = [*log, released(3, 33)]
    assert overdue_days(*free) == [10 + 7 + 20]
    assert steps(*free, tick(2003, 37 - 1e-9)) == [(2, "ObligationRaised")]
    assert steps(*free, tick(2003, 37)) == [(2, "ObligationRaised"), (6, "ObligationOverdue")]


def test_a_hold_that_does_not_cover_it_leaves_the_clock_of_an_obligation() -> None:
    log = [RULES, collected(1, 0), tick(2001, 10), placed(2, 13, categories=["pd:EmailAddress"]), tick(2002, 17)]

    assert steps(*log) == [(2, "ObligationRaised"), (4, "ObligationOverdue")]


def test_holds_that_overlap_count_once() -> None:
    log = [RULES, collected(1, 0), tick(2001, 10), placed(2, 11, until=at(20)), placed(3, 15, hold_ref="other", until=at(25)), tick(2002, 26)]

    assert overdue_days(*log) == [10 + 7 + 14]


def test_a_hold_placed_after_the_obligation_was_late_does_not_help_it() -> None:
    assert steps(RULES, collected(1, 0), tick(2001, 10), placed(2, 18), tick(2002, 19)) == [(2, "ObligationRaised"), (4, "ObligationOverdue")]


def test_a_hold_placed_again_with_another_end_replaces_the_first() -> None:
    log = [RULES, collected(1, 0), placed(2, 1, until=at(5)), placed(3, 4, until=at(30)), tick(2001, 12)]

    assert steps(*log) == []
    assert steps(*log, tick(2002, 30)) == [(5, "ObligationRaised")]


def test_the_end_of_a_hold_is_known_again_after_a_restart() -> None:
    log = [NO_RULES, collected(1, 0), placed(2, 1, until=at(20)), asked(3, 5), tick(2001, 19), tick(2002, 20)]

    store = fold_in_batches(log, {4, 5}, restart=True)

    assert not subject_of(store).holdings[OWN].held_back
    assert store.tables() == project(log).tables()


def test_a_hold_that_ends_after_the_last_moment_of_the_calendar_stops_nobody() -> None:
    log = [RULES, collected(1, 0), tick(2001, 10), placed(2, 12, until=2**63 - 1), tick(2002, 100_000)]

    assert steps(*log) == [(2, "ObligationRaised")]
    assert overdue_days(*log)[0] < 366 * 4000
