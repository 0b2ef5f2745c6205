"""Duties hold to the fold's contract too: any order of the facts ends in the same state, and no cut, restart or late commit changes a row."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.events import REGISTER_TYPES
from tests.duty_pools import REASONS as REASONS_TOLD
from tests.histories import CATEGORIES, CONTROLLER, REFS, SOME_CATEGORIES, Event, at, fact, policy, project, register_event, rule, tick
from tests.property.test_order import fold_in_batches, state_of

DAYS = st.integers(0, 40)
MOMENTS = DAYS.map(at)
RIGHTS = ["ERASURE", "ERASURE", "PORTABILITY", "ACCESS", "COMPLAINT"]
REASONS = st.fixed_dictionaries(
    {
        "holder": st.sampled_from([CONTROLLER, "SIDN"]), "store": st.sampled_from([None, "crm"]),
        "reason": st.sampled_from(REASONS_TOLD),
        "until": st.none() | MOMENTS,
    }
)  # fmt: skip
FACTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "DataCollected": st.fixed_dictionaries(
        {
            "activity": st.just("customers"), "categories": CATEGORIES, "purposes": st.just(["dpv:ServiceProvision"]),
            "legal_basis": st.just("eu-gdpr:A6-1-b"), "store": st.sampled_from(["crm", "billing"]), "ref": REFS,
        }
    ),
    "DataShared": st.fixed_dictionaries(
        {
            "by": st.just(CONTROLLER), "recipient": st.sampled_from(["SIDN", "Adyen"]), "recipient_role": st.just("registry"),
            "categories": CATEGORIES, "purpose": st.sampled_from(["dpv:ServiceProvision", "dpv:ServiceRegistration"]),
            "legal_basis": st.just("eu-gdpr:A6-1-b"), "ref": REFS,
        }
    ),
    "DataErased": st.fixed_dictionaries(
        {"by": st.sampled_from([CONTROLLER, "SIDN"]), "act": st.just("ERASED"), "categories": SOME_CATEGORIES, "ref": REFS}
    ),
    "DataRectified": st.fixed_dictionaries({"by": st.sampled_from([CONTROLLER, CONTROLLER, "SIDN"]), "categories": SOME_CATEGORIES, "ref": REFS}),
    "MilestoneReached": st.fixed_dictionaries({"kind": st.sampled_from(["SERVICE_STARTED", "SERVICE_ENDED"]), "ref": REFS}),
    "RequestReceived": st.fixed_dictionaries(
        {
            "right": st.sampled_from(RIGHTS), "request_ref": st.sampled_from(["q1", "q2"]), "categories": SOME_CATEGORIES,
            "identity_check": st.sampled_from(["UNKNOWN", "NOT_DONE", "DONE"]),
        }
    ),
    "RequestAnswered": st.fixed_dictionaries(
        {
            "request_ref": st.sampled_from(["q1", "q2"]), "outcome": st.sampled_from(["FULFILLED", "REFUSED", "PARTLY", "EXTENDED"]),
            "reasons": st.lists(REASONS, max_size=2),
        }
    ),
    "NoticeGiven": st.fixed_dictionaries(
        {
            "to": st.just("subject"), "about": st.sampled_from(["breach", "disclosure", "disclosure_request"]),
            "ref": st.sampled_from(["b1", "d1"]),
        }
    ),
    "DisclosureRequested": st.fixed_dictionaries(
        {"disclosure_ref": st.just("d1"), "requester_kind": st.just("police"), "ground": st.just("police_demand"), "categories": CATEGORIES}
    ),
    "DisclosureDecided": st.fixed_dictionaries(
        {
            "disclosure_ref": st.just("d1"), "decision": st.sampled_from(["GRANTED", "REFUSED"]), "notice": st.sampled_from(["DUE", "BARRED"]),
            "barred_until": st.none() | MOMENTS, "categories": CATEGORIES,
        }
    ),
    "HoldPlaced": st.fixed_dictionaries({"hold_ref": st.just("h1"), "kind": st.just("LEGAL_HOLD"), "until": st.none() | MOMENTS}),
    "HoldReleased": st.fixed_dictionaries({"hold_ref": st.just("h1"), "kind": st.just("LEGAL_HOLD")}),
}  # fmt: skip
REGISTER: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "BreachRecorded": st.fixed_dictionaries(
        {
            "breach_ref": st.sampled_from(["b1", "b1", "b2"]), "aware_at": MOMENTS, "store": st.sampled_from([None, "crm"]),
            "recipient": st.sampled_from([None, None, "SIDN"]), "window_from": st.integers(0, 10).map(at),
            "window_until": st.integers(11, 30).map(at),
            "categories": SOME_CATEGORIES, "risk": st.sampled_from(["UNLIKELY", "RISK", "HIGH"]),
        }
    ),
    "AuthorityNotified": st.fixed_dictionaries({"breach_ref": st.sampled_from(["b1", "b2"]), "authority": st.just("ap"), "notified_at": MOMENTS}),
    "StatementRequested": st.fixed_dictionaries({"statement_ref": st.just("p1"), "requester_kind": st.just("customer")}),
    "StatementGiven": st.fixed_dictionaries({"statement_ref": st.just("p1")}),
    "AgreementChanged": st.fixed_dictionaries(
        {
            "recipient": st.just("SIDN"), "agreement": st.sampled_from(["a1", "a2"]), "state": st.just("IN_FORCE"), "in_force_from": MOMENTS,
            "until": st.none() | MOMENTS, "categories": CATEGORIES, "purposes": st.just(["dpv:ServiceProvision"]),
        }
    ),
}  # fmt: skip
DUTIES = [
    {"id": "HH-02", "on": "erasure", "do": "end_service"}, {"id": "HH-19", "on": "erasure", "do": "export_first"},
    {"id": "HH-13", "on": "breach", "do": "notify_subject", "risks": ["RISK"]}, {"id": "SH-07", "on": "disclosure_request", "do": "notify_subject"},
    {"id": "WH-13", "on": "statement_request", "do": "answer"},
]  # fmt: skip
POLICY = policy(1001, 0, [rule("R", 20), rule("S", 25, ["SERVICE_ENDED"], "recipient")], duties=DUTIES)


@st.composite
def facts(draw: st.DrawFn, max_size: int = 12) -> list[Event]:
    """Facts of one subject, each id once."""
    names = draw(st.lists(st.sampled_from([*FACTS, "DataCollected", "DataShared", "RequestReceived"]), min_size=3, max_size=max_size))
    return [fact(name, number, draw(DAYS), **draw(FACTS[name])) for number, name in enumerate(names, start=1)]


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """A policy, then facts of two subjects, register events and ticks in any order, and a late tick."""
    log = draw(facts(14))
    for event in log:
        event[1]["subject_ref"] = draw(st.sampled_from(["s1", "s1", "s2"]))
    for number, name in enumerate(draw(st.lists(st.sampled_from([*REGISTER, "BreachRecorded"]), max_size=5)), start=3001):
        log.insert(draw(st.integers(0, len(log))), register_event(name, number, draw(DAYS), **draw(REGISTER[name])))
    places = sorted(draw(st.lists(st.integers(0, len(log)), max_size=6)), reverse=True)
    days = sorted(draw(st.lists(st.integers(0, 70), min_size=len(places), max_size=len(places))), reverse=True)
    for number, (place, day) in enumerate(zip(places, days, strict=True), start=2001):
        log.insert(place, tick(number, day))
    return [POLICY, *log, tick(2999, draw(st.integers(70, 200)))]


@settings(max_examples=150, deadline=None)
@given(facts(), st.lists(st.sampled_from(sorted(REGISTER)), max_size=3), st.data())
def test_any_order_and_repeats_end_in_the_same_state(told: list[Event], register: list[str], data: st.DataObject) -> None:
    known = [register_event(name, number, 5, **data.draw(REGISTER[name])) for number, name in enumerate(register, start=3001)]
    other, repeats = data.draw(st.permutations(told)), data.draw(st.lists(st.sampled_from(told), max_size=3))

    assert state_of(project([POLICY, *known, *told])) == state_of(project([POLICY, *known, *other, *repeats]))


@settings(max_examples=150, deadline=None)
@given(logs(), st.sets(st.integers(0, 30), max_size=6))
def test_cuts_restarts_and_late_commits_change_no_row(log: list[Event], cuts: set[int]) -> None:
    whole = project(log).tables()

    assert fold_in_batches(log, cuts).tables() == whole
    assert fold_in_batches(log, cuts, restart=True).tables() == whole
    assert fold_in_batches(log, cuts, commit_late=True, cache=0).tables() == whole


@settings(max_examples=100, deadline=None)
@given(logs())
def test_repeats_of_register_events_and_facts_change_no_duty(log: list[Event]) -> None:
    twice = [each for event in log for each in ([event, event] if event[0] not in REGISTER_TYPES else [event])]

    def duties(of: list[Event]) -> list[tuple[Any, ...]]:
        return sorted((row[5:10] + row[11:17] + row[19:21] for row in project(of).obligation_rows()), key=repr)

    assert duties(twice) == duties(log)
