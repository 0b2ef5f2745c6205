"""What each event means for a subject: holdings, dates, obligations, judgements. Logs of a few events, folded whole."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.contract import codec
from ledger.core import rows
from ledger.core.ids import subject_id
from ledger.core.state import Holding
from ledger.core.subject import Subject
from tests.histories import (
    CONTROLLER,
    Event,
    at,
    collected,
    erased,
    event_id,
    fact,
    milestone,
    policy,
    project,
    records,
    rule,
    shared,
    tick,
)
from tests.memory_projection import MemoryProjection

OWN = (CONTROLLER, "crm", "dpv:ServiceProvision", None, None)
SIDN = ("SIDN", None, "dpv:ServiceRegistration", None, CONTROLLER)
NO_RULES = policy(1001, 0, [])


def subject_of(store: MemoryProjection, subject: str = "s1") -> Subject:
    found = store.load([subject_id(CONTROLLER, subject)])[subject_id(CONTROLLER, subject)]
    return rows.subject_of(CONTROLLER, subject, found.subject, found.holdings, found.obligations, found.entries)


def fold(*log: Event) -> Subject:
    return subject_of(project(list(log)))


def told(*log: Event) -> list[tuple[int, str, dict[str, Any]]]:
    """(offset, type, fields) of the outcomes about erasure, and of the verdicts on facts. The other duties are told in tests/promises."""
    found = [(offset, *codec.decode(row[6])) for (_, offset, _), row in sorted(project(list(log)).outcomes.items())]
    return [each for each in found if each[2].get("kind", "ERASE") == "ERASE" and not each[2].get("rule", "").startswith("overdue-")]


def steps(*log: Event) -> list[tuple[int, str]]:
    return [(offset, name) for offset, name, _ in told(*log)]


def violations(*log: Event) -> list[tuple[str, str]]:
    return [(fields["promise"], fields["rule"]) for _, name, fields in told(*log) if name == "ViolationFound"]


def held(holding: Holding) -> dict[str, int]:
    return {category: evidence.at for category, evidence in holding.categories.items()}


# -- holdings


def test_a_collection_makes_a_holding_for_each_purpose() -> None:
    found = fold(collected(1, 1, purposes=["dpv:ServiceProvision", "dpv:DirectMarketing"]))

    assert {key[2] for key in found.holdings} == {"dpv:ServiceProvision", "dpv:DirectMarketing"}
    assert all(key[0] == CONTROLLER and key[4] is None for key in found.holdings)


def test_a_share_makes_the_recipients_holding_and_keeps_who_passed_it_on() -> None:
    found = fold(collected(1, 0), shared(2, 1, country="NL"), shared(3, 2, by="SIDN", recipient="escrow agent", recipient_role="escrow_agent"))

    assert {(key[0], key[4]) for key in found.holdings} == {(CONTROLLER, None), ("SIDN", CONTROLLER), ("escrow agent", "SIDN")}
    assert found.holdings[SIDN].attributes.country == "NL"


def test_since_is_the_first_acquisition_of_each_category() -> None:
    found = fold(collected(1, 5, categories=["pd:Name"]), collected(2, 3, categories=["pd:Name", "pd:EmailAddress"]))

    assert held(found.holdings[OWN]) == {"pd:Name": at(3), "pd:EmailAddress": at(3)}
    assert found.holdings[OWN].latest.at == at(5)


def test_the_latest_acquisition_says_basis_and_country_whatever_came_last() -> None:
    found = fold(shared(1, 5, country="US"), shared(2, 3, country="NL"))

    assert found.holdings[SIDN].attributes.country == "US"


def test_an_erasure_without_scope_ends_all_of_that_holder_alone() -> None:
    found = fold(collected(1, 0), collected(2, 0, store="billing"), shared(3, 1), erased(4, 2))

    assert len(found.holdings) == 3
    assert [key for key, holding in found.holdings.items() if holding.categories] == [SIDN]
    assert found.holdings[OWN].erased == {"pd:Name": at(2)}


def test_an_erasure_covers_only_its_store_categories_purposes_and_ref() -> None:
    both = ["pd:Name", "pd:EmailAddress"]
    log = [collected(1, 0, categories=both), collected(2, 0, categories=both, store="billing"), collected(3, 0, categories=both, ref="r1")]

    def left(**scope: Any) -> list[tuple[str | None, str | None, list[str]]]:
        return [(h.key[1], h.key[3], sorted(h.categories)) for h in fold(*log, erased(4, 1, **scope)).holdings.values() if h.categories]

    whole = sorted(both)
    assert sorted(left(store="crm"), key=str) == [("billing", None, whole)]
    assert sorted(left(ref="r1"), key=str) == [("billing", None, whole), ("crm", None, whole)]
    assert {tuple(line[2]) for line in left(categories=["pd:Name"])} == {("pd:EmailAddress",)}
    assert len(left(purposes=["dpv:DirectMarketing"])) == 3


def test_what_is_collected_again_after_an_erasure_is_held_since_then() -> None:
    found = fold(collected(1, 0), erased(2, 5), collected(3, 8))

    assert held(found.holdings[OWN]) == {"pd:Name": at(8)}
    assert found.holdings[OWN].erased == {}


def test_an_erasure_covers_what_was_acquired_at_its_own_moment() -> None:
    assert not fold(collected(1, 5), erased(2, 5)).holdings[OWN].categories
    assert not fold(erased(1, 5), collected(2, 5)).holdings[OWN].categories


def test_a_late_acquisition_from_before_the_erasure_is_not_held() -> None:
    found = fold(erased(1, 5), collected(2, 3))

    assert found.holdings[OWN].categories == {}
    assert found.holdings[OWN].erased == {"pd:Name": at(5)}


def test_a_late_erasure_between_two_acquisitions_leaves_the_later_one() -> None:
    found = fold(collected(1, 0), collected(2, 8), erased(3, 5))

    assert held(found.holdings[OWN]) == {"pd:Name": at(8)}


def test_a_late_erasure_is_placed_by_the_history_even_after_a_restart() -> None:
    store = project([collected(1, 0, categories=["pd:Name", "pd:IPAddress"]), collected(2, 8)])

    project(records([erased(3, 5)], first_offset=2), store)

    assert held(subject_of(store).holdings[OWN]) == {"pd:Name": at(8)}
    assert subject_of(store).holdings[OWN].erased == {"pd:IPAddress": at(5)}


# -- terms


def due(*log: Event) -> int | None:
    return fold(*log).holdings[OWN].due_at


def test_without_a_policy_or_a_rule_there_is_no_date() -> None:
    assert due(collected(1, 0)) is None
    assert due(policy(1001, 0, [rule("R", 5, holder="recipient")]), collected(1, 0)) is None


def test_a_term_from_collection_counts_from_the_latest_one() -> None:
    assert due(policy(1001, 0, [rule("R", 10)]), collected(1, 5), collected(2, 3)) == at(15)


def test_a_term_waits_for_its_milestone_and_rests_on_it() -> None:
    rules = policy(1001, 0, [rule("R", 10, ["SERVICE_ENDED"])])

    assert due(rules, collected(1, 0)) is None
    assert fold(rules, collected(1, 0)).holdings[OWN].rule == "R"
    ended = fold(rules, collected(1, 0), milestone(2, 4, "SERVICE_ENDED")).holdings[OWN]
    assert ended.due_at == at(14)
    assert [anchor.event_id for anchor in ended.anchors] == [event_id(2)]


def test_a_service_that_starts_again_takes_the_date_away() -> None:
    rules = policy(1001, 0, [rule("R", 10, ["SERVICE_ENDED"])])
    log = [rules, collected(1, 0), milestone(2, 4, "SERVICE_ENDED"), milestone(3, 5, "SERVICE_STARTED")]

    assert due(*log) is None
    assert due(*log, milestone(4, 9, "SERVICE_ENDED")) == at(19)


def test_another_service_still_running_keeps_a_rule_per_subject_waiting_but_not_one_per_ref() -> None:
    log = [milestone(2, 1, "SERVICE_STARTED", "r1"), milestone(3, 1, "SERVICE_STARTED", "r2"), milestone(4, 5, "SERVICE_ENDED", "r1")]

    def due_of(per: str) -> int | None:
        found = fold(policy(1001, 0, [rule("R", 10, ["SERVICE_ENDED"], per=per)]), collected(1, 0, ref="r1"), *log)
        return found.holdings[OWN[0], OWN[1], OWN[2], "r1", None].due_at

    assert due_of("subject") is None
    assert due_of("ref") == at(15)


def test_all_anchors_wait_for_the_last_any_takes_the_first() -> None:
    log = [collected(1, 0), milestone(2, 4, "SERVICE_ENDED"), milestone(3, 6, "CEASED_CUSTOMER")]
    anchors = ["SERVICE_ENDED", "CEASED_CUSTOMER"]

    assert due(policy(1001, 0, [rule("R", 10, anchors, mode="ALL")]), *log) == at(16)
    assert due(policy(1001, 0, [rule("R", 10, anchors, mode="ANY")]), *log) == at(14)


def test_what_is_held_is_judged_by_the_statement_in_force_when_it_was_acquired() -> None:
    old, new = policy(1001, 0, [rule("OLD", 10)]), policy(1002, 20, [rule("NEW", 50)])

    assert fold(old, new, collected(1, 5)).holdings[OWN].rule == "OLD"
    assert fold(old, new, collected(1, 25)).holdings[OWN].rule == "NEW"
    assert fold(collected(1, 25), old, new).holdings[OWN].rule == "NEW"


# -- obligations


RULES = policy(1001, 0, [rule("R", 10)])


def test_a_tick_raises_what_is_due_and_not_a_microsecond_earlier() -> None:
    assert steps(RULES, collected(1, 0), tick(2001, 10 - 1e-9)) == []
    assert steps(RULES, collected(1, 0), tick(2001, 10)) == [(2, "ObligationRaised")]


def test_a_late_fact_is_judged_against_the_last_tick() -> None:
    assert steps(RULES, tick(2001, 30), collected(1, 0)) == [(2, "ObligationRaised")]


def test_the_holders_erasure_meets_the_obligation_with_its_certificate() -> None:
    outcomes = told(RULES, collected(1, 0), tick(2001, 10), erased(2, 11, certificate_ref="c-1"))

    assert [(offset, name) for offset, name, _ in outcomes] == [(2, "ObligationRaised"), (3, "ObligationMet")]
    assert outcomes[1][2]["certificate_ref"] == "c-1"
    assert event_id(2) in outcomes[1][2]["rests_on"]


def test_an_erasure_of_a_part_does_not_meet_it() -> None:
    log = [RULES, collected(1, 0, categories=["pd:Name", "pd:IPAddress"]), tick(2001, 10), erased(2, 11, categories=["pd:Name"])]

    assert steps(*log) == [(2, "ObligationRaised")]
    assert steps(*log, erased(3, 12, categories=["pd:IPAddress"])) == [(2, "ObligationRaised"), (4, "ObligationMet")]


def test_another_holders_erasure_does_not_meet_it() -> None:
    assert steps(RULES, collected(1, 0), tick(2001, 10), erased(2, 11, by="SIDN")) == [(2, "ObligationRaised")]


def test_an_obligation_is_overdue_once_and_may_still_be_met() -> None:
    log = [RULES, collected(1, 0), tick(2001, 10), tick(2002, 17 - 1e-9), tick(2003, 17), tick(2004, 30), erased(2, 31)]

    assert steps(*log) == [(2, "ObligationRaised"), (4, "ObligationOverdue"), (6, "ObligationMet")]


def test_a_date_that_moves_cancels_and_the_next_date_raises_again() -> None:
    log = [RULES, collected(1, 0), tick(2001, 10), collected(2, 9), tick(2002, 19)]

    assert steps(*log) == [(2, "ObligationRaised"), (3, "ObligationCancelled"), (4, "ObligationRaised")]


def test_an_erasure_request_calls_for_all_that_no_statute_keeps() -> None:
    rules = policy(1001, 0, [rule("TAX", 2555, purposes=["dpv:PaymentManagement"], statute="AWR-52"), rule("R", 100)])
    log = [rules, collected(1, 0), collected(2, 0, purposes=["dpv:PaymentManagement"]), shared(3, 0)]

    outcomes = told(*log, fact("RequestReceived", 4, 5, right="ERASURE", request_ref="q1"))

    assert {(fields["holder"], fields["purpose"]) for _, name, fields in outcomes if name == "ObligationRaised"} == {
        (CONTROLLER, "dpv:ServiceProvision"),
        ("SIDN", "dpv:ServiceRegistration"),
    }


def test_while_a_hold_stands_nothing_is_called_for_and_its_release_asks_again() -> None:
    held_back = [RULES, collected(1, 0), fact("HoldPlaced", 2, 1, hold_ref="h", kind="LEGAL_HOLD"), tick(2001, 10)]
    asked = fact("RequestReceived", 3, 11, right="ERASURE", request_ref="q")
    released = fact("HoldReleased", 4, 12, hold_ref="h", kind="LEGAL_HOLD")

    assert steps(*held_back, asked, tick(2002, 20)) == []
    assert steps(*held_back, tick(2002, 20), released) == [(5, "ObligationRaised")]
    by_request = told(NO_RULES, *held_back[1:], asked, released)
    assert [fields["rule"] for _, _, fields in by_request] == ["GDPR-17"]


@pytest.mark.parametrize(
    ("reason", "asked"), [("eu-gdpr:JustificationA17LegalClaims", []), ("ledger:LegalHold", [(5, "ObligationRaised")])],
)  # fmt: skip
def test_a_request_that_was_refused_is_asked_again_when_its_reason_was_the_hold_alone(reason: str, asked: list[tuple[int, str]]) -> None:
    log = [NO_RULES, collected(1, 0), fact("HoldPlaced", 2, 1, hold_ref="h", kind="LEGAL_HOLD")]
    log += [
        fact("RequestReceived", 3, 2, right="ERASURE", request_ref="q"),
        fact("RequestAnswered", 4, 3, request_ref="q", outcome="REFUSED", reasons=[{"holder": CONTROLLER, "reason": reason}]),
    ]

    assert steps(*log, fact("HoldReleased", 5, 4, hold_ref="h", kind="LEGAL_HOLD")) == asked


def test_an_answer_that_comes_before_its_request_leaves_the_request_whole() -> None:
    received = fact("RequestReceived", 1, 9, right="ACCESS", request_ref="q")
    answered = fact("RequestAnswered", 2, 3, request_ref="q", outcome="REFUSED")

    for log in ([received, answered], [answered, received]):
        request = fold(*log).requests["q"]
        assert (request.right, request.received and request.received.at, request.outcome) == ("ACCESS", at(9), "REFUSED")


# -- judgements


def test_a_share_without_the_service_it_is_needed_for_is_a_violation() -> None:
    assert violations(NO_RULES, shared(1, 0)) == [("MD-13", "share-without-ref")]
    assert violations(NO_RULES, shared(1, 0, ref="r1")) == []


def test_what_the_statement_does_not_declare_is_a_violation() -> None:
    assert violations(NO_RULES, collected(1, 0, activity="profiling")) == [("X-04", "undeclared-activity")]
    assert violations(NO_RULES, collected(1, 0, categories=["pd:Religion"])) == [("X-04", "undeclared-category")]
    assert violations(NO_RULES, shared(1, 0, recipient_role="data_broker")) == [("X-04", "undeclared-recipient-role")]


def test_a_mail_needs_consent_at_that_moment() -> None:
    rules = policy(1001, 0, [], conditions=[{"id": "SO-05", "act": "use", "needs": ["consent"], "purposes": ["dpv:DirectMarketing"]}])
    given = fact("ConsentChanged", 1, 1, purpose="dpv:DirectMarketing", state="GIVEN")
    withdrawn = fact("ConsentChanged", 2, 5, purpose="dpv:DirectMarketing", state="WITHDRAWN")

    def mail(number: int, day: float) -> Event:
        return fact("DataUsed", number, day, by=CONTROLLER, purpose="dpv:DirectMarketing", channel="email", categories=[])

    assert violations(rules, given, withdrawn, mail(3, 3)) == []
    assert violations(rules, given, withdrawn, mail(3, 6)) == [("SO-05", "use-without-consent")]
    assert violations(rules, mail(3, 0), given) == [("SO-05", "use-without-consent")]


def test_two_rules_of_one_promise_give_one_violation() -> None:
    twice = [{"id": "SO-05", "act": "use", "needs": ["consent"], "purposes": ["dpv:DirectMarketing"]}] * 2
    mail = fact("DataUsed", 1, 1, by=CONTROLLER, purpose="dpv:DirectMarketing", channel="email", categories=[])

    assert violations(policy(1001, 0, [], conditions=twice), mail) == [("SO-05", "use-without-consent")]


def test_a_mail_after_an_objection_is_a_violation() -> None:
    rules = policy(1001, 0, [], conditions=[{"id": "MD-20", "act": "use", "needs": ["no_objection"], "purposes": ["dpv:DirectMarketing"]}])
    raised = fact("ObjectionChanged", 1, 1, purpose="dpv:DirectMarketing", state="RAISED")
    mail = fact("DataUsed", 2, 2, by=CONTROLLER, purpose="dpv:DirectMarketing", channel="email", categories=[])

    assert violations(rules, raised, mail) == [("MD-20", "use-after-objection")]
    assert violations(rules, mail) == []
