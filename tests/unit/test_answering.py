"""What an answer says, and the events it rests on: small logs, asked in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.answers.not_begun import THINGS
from ledger.answers.query import Position, Query
from ledger.answers.shapes import as_json
from ledger.answers.shapes_subject import HoldingAnswer, SubjectAnswer
from ledger.core.retention_rule import CONSENT_ENDED, STARTS_OF
from ledger.errors import CallerError, OperatorError
from tests.histories import CONTROLLER, Event, at, collected, erased, event_id, fact, milestone, policy, project, rule, shared, tick
from tests.memory_answers import MemoryAnswers


def ask(*log: Event, **wishes: Any) -> SubjectAnswer:
    return Query(MemoryAnswers(project(list(log)))).subject(CONTROLLER, "s1", **wishes)


def only(*log: Event) -> HoldingAnswer:
    (holding,) = ask(*log).holdings
    return holding


# -- a line and what it rests on


def test_each_category_names_the_event_it_rests_on_by_its_place_on_the_log() -> None:
    held = only(collected(1, 1, categories=["pd:EmailAddress"]), collected(2, 3, categories=["pd:Name"]))

    assert [(c.category.label, c.since, c.event.topic, c.event.partition, c.event.offset, c.event.event_id) for c in held.categories] == [
        ("e-mail address", at(1), "facts", 0, 0, event_id(1)),
        ("name", at(3), "facts", 0, 1, event_id(2)),
    ]
    assert held.since == at(1)


def test_a_chain_leads_from_the_controller_to_the_last_holder() -> None:
    log = [
        collected(1, 0),
        shared(2, 1, recipient="Registrar", ref="r1"),
        shared(3, 1, by="Registrar", recipient="SIDN", ref="r1"),
        shared(4, 1, by="SIDN", recipient="Escrow", ref="r1"),
    ]

    chains = {holding.holder: holding.chain for holding in ask(*log).holdings}

    assert chains["Escrow"] == (CONTROLLER, "Registrar", "SIDN", "Escrow")
    assert chains[CONTROLLER] == (CONTROLLER,)


def test_of_two_givers_the_one_with_the_same_reference_is_in_the_chain() -> None:
    log = [
        shared(1, 1, recipient="A-registrar", ref="other"),
        shared(2, 1, by="Z-reseller", recipient="A-registrar", ref="r1"),
        shared(3, 1, by="A-registrar", recipient="SIDN", ref="r1"),
    ]

    assert {h.holder: h.chain for h in ask(*log).holdings}["SIDN"] == ("Z-reseller", "A-registrar", "SIDN")


def test_a_circle_of_shares_ends_the_chain() -> None:
    log = [shared(1, 1, by="A", recipient="B"), shared(2, 1, by="B", recipient="A")]

    assert {h.holder: h.chain for h in ask(*log).holdings} == {"A": ("B", "A"), "B": ("A", "B")}


def test_what_was_erased_names_the_erasure() -> None:
    held = only(collected(1, 1), erased(2, 5, store="crm"))

    assert held.categories == () and held.since is None and held.until is None
    assert [(gone.category.term, gone.at, gone.event and gone.event.offset) for gone in held.erased] == [("pd:Name", at(5), 1)]
    assert held.why.text == "nothing is held any more"


# -- why


def why(*log: Event) -> str:
    return only(*log).why.text


def test_without_a_statement_or_a_rule_the_answer_says_so() -> None:
    assert why(collected(1, 0)) == "no statement of the controller is published"
    assert why(policy(1001, 0, []), collected(1, 0)) == "no term stated"


def test_a_term_that_has_not_started_says_what_it_waits_for() -> None:
    anchors = ["SERVICE_ENDED", "CONTRACT_ENDED"]
    both, one = (policy(1001, 0, [rule("R", 10, anchors, mode=mode)]) for mode in ("ALL", "ANY"))
    start = [collected(1, 0), milestone(2, 0, "SERVICE_STARTED"), milestone(3, 0, "CONTRACT_STARTED")]

    assert why(both, *start) == "term has not started: waits for SERVICE_ENDED and CONTRACT_ENDED"
    assert why(both, *start, milestone(4, 1, "SERVICE_ENDED")) == "term has not started: waits for CONTRACT_ENDED"
    assert why(one, *start) == "term has not started: waits for SERVICE_ENDED or CONTRACT_ENDED"
    assert not only(one, *start).why.never_starts


def test_a_term_that_waits_for_the_end_of_what_never_began_says_that_it_will_not_start_by_itself() -> None:
    anchors = ["SERVICE_ENDED", "CONTRACT_ENDED"]
    both, one = (policy(1001, 0, [rule("R", 10, anchors, mode=mode)]) for mode in ("ALL", "ANY"))
    contract = milestone(2, 0, "CONTRACT_STARTED")

    assert why(both, collected(1, 0)) == (
        "term has not started: waits for SERVICE_ENDED and CONTRACT_ENDED; no service and no contract of this person was ever recorded, so this term "
        "will not start by itself"
    )
    assert why(both, collected(1, 0), contract).endswith("; no service of this person was ever recorded, so this term will not start by itself")
    assert why(one, collected(1, 0), contract) == "term has not started: waits for SERVICE_ENDED or CONTRACT_ENDED", "the contract may end"
    assert only(both, collected(1, 0)).why.never_starts


def test_an_end_before_the_data_came_is_no_end_that_its_term_starts_at() -> None:
    rules = policy(1001, 0, [rule("R", 1, ["SERVICE_ENDED"])])
    ended = [milestone(1, 1, "SERVICE_STARTED"), milestone(2, 2, "SERVICE_ENDED"), collected(3, 9)]

    assert why(rules, *ended).endswith("; no service of this person has gone on since this was collected, so this term will not start by itself")
    assert why(rules, *ended, milestone(4, 10, "SERVICE_STARTED")) == "term has not started: waits for SERVICE_ENDED"


def test_of_a_term_for_each_reference_only_what_has_that_reference_counts() -> None:
    rules = policy(1001, 0, [rule("R", 1, ["ORDER_COMPLETED"], per="ref")])

    assert why(rules, collected(1, 0, ref="o-2"), milestone(2, 0, "ORDER_PLACED", "o-1")).endswith(
        "; no order with this reference was ever recorded, so this term will not start by itself"
    )
    assert why(rules, collected(1, 0, ref="o-1"), milestone(2, 0, "ORDER_PLACED", "o-1")) == "term has not started: waits for ORDER_COMPLETED"


def test_each_end_that_a_term_can_wait_for_has_a_word_for_what_it_is_the_end_of() -> None:
    assert set(THINGS) == {*STARTS_OF, CONSENT_ENDED}


def test_a_date_says_its_term_its_anchors_and_its_statute() -> None:
    rules = policy(1001, 0, [rule("R", 10, ["SERVICE_ENDED"], statute="AWR-52", rounding="calendar_year_end")], title="Our statement")

    holding = only(rules, collected(1, 0), milestone(2, 4, "SERVICE_ENDED"))

    assert holding.why.text == "10 days, to the end of that calendar year after service ended on 2018-06-04, as AWR-52 demands"
    assert (holding.why.rule, holding.why.statement, holding.why.version, holding.why.statute) == ("R", "Our statement", "1001", "AWR-52")
    assert [(a.kind.term, a.at, a.event.offset) for a in holding.why.anchors] == [("SERVICE_ENDED", at(4), 2)]


def test_a_term_from_collection_rests_on_the_latest_acquisition() -> None:
    holding = only(policy(1001, 0, [rule("R", 10)]), collected(1, 0), collected(2, 3))

    assert holding.why.text == "10 days after collection on 2018-06-03"
    assert [(anchor.kind.term, anchor.event.event_id) for anchor in holding.why.anchors] == [("COLLECTION", event_id(2))]


def test_at_once_is_said_in_words() -> None:
    rules = policy(1001, 0, [rule("R", 0, ["SERVICE_ENDED"])])

    assert why(rules, collected(1, 0), milestone(2, 4, "SERVICE_ENDED")) == "at once: service ended on 2018-06-04"


def test_a_hold_is_told_where_it_covers_what_is_held_and_until_it_ends() -> None:
    log = [policy(1001, 0, [rule("R", 10)]), collected(1, 0)]

    def told(day: float, **hold: Any) -> bool:
        placed = fact("HoldPlaced", 2, 1, hold_ref="h", kind="LEGAL_HOLD", **hold)
        return "a legal hold stands" in why(*log, placed, tick(2001, day))

    assert told(2)
    assert told(2, categories=["pd:Name"], store="crm", until=at(9))
    assert not told(2, store="billing")
    assert not told(2, categories=["pd:EmailAddress"])
    assert not told(9, until=at(9))


# -- obligations and the rest


def test_an_obligation_is_as_old_and_as_late_as_the_ledgers_time_says() -> None:
    (found,) = ask(policy(1001, 0, [rule("R", 10)]), collected(1, 0), tick(2001, 10), tick(2002, 20)).obligations

    assert (found.state, found.age_seconds, found.late_by_seconds) == ("OVERDUE", 10 * 86_400, 3 * 86_400)
    assert [(event.offset, event.event_id) for event in found.rests_on] == [(1, event_id(1))]
    assert (found.partition, found.raised_offset) == (0, 2)


def test_a_settled_obligation_stays_in_the_answer_with_its_certificate() -> None:
    log = [policy(1001, 0, [rule("R", 10)]), collected(1, 0), tick(2001, 10), erased(2, 12, certificate_ref="c-1"), tick(2002, 90)]

    (found,) = ask(*log).obligations

    assert (found.state, found.certificate_ref, found.settled_at) == ("MET", "c-1", at(12))
    assert (found.age_seconds, found.late_by_seconds) == (2 * 86_400, 0)


def test_a_consent_shows_its_state_now_and_every_step() -> None:
    given = fact("ConsentChanged", 1, 1, purpose="dpv:DirectMarketing", channel="email", state="GIVEN")
    withdrawn = fact("ConsentChanged", 2, 5, purpose="dpv:DirectMarketing", channel="email", state="WITHDRAWN")

    (consent,) = ask(withdrawn, given).consents

    assert (consent.state, consent.since) == ("WITHDRAWN", at(5))
    assert [(step.state, step.event.offset) for step in consent.steps] == [("GIVEN", 1), ("WITHDRAWN", 0)]


def test_a_fact_that_changes_nothing_is_still_something_known() -> None:
    looked_at = fact("DataConsulted", 1, 1, purpose="dpv:CustomerCare", categories=["pd:Name"])

    assert ask(looked_at).known
    assert not ask(collected(1, 0, subject="s2")).known


# -- as of


LOG = [
    policy(1001, 0, [rule("R", 10)]),
    collected(1, 0),
    tick(2001, 10),
    fact("HoldPlaced", 2, 11, hold_ref="h", kind="LEGAL_HOLD"),
    tick(2002, 12),
    erased(3, 5),
    collected(4, 13),
    tick(2003, 30),
]


@pytest.mark.parametrize(
    ("place", "state", "until"),
    [(0, [], None), (1, [], at(10)), (2, ["OPEN"], at(10)), (4, ["OPEN"], at(10)), (5, ["MET"], None), (7, ["MET"], at(23))],
)
def test_as_known_at_a_place(place: int, state: list[str], until: int | None) -> None:
    answer = ask(*LOG, known_at=Position(None, place))

    assert [each.state for each in answer.obligations] == state
    assert [holding.until for holding in answer.holdings] == ([until] if place else [])


def test_on_a_day_leaves_out_what_happened_later_whenever_it_was_recorded() -> None:
    assert [h.since for h in ask(*LOG, on=at(3)).holdings] == [at(0)]
    assert [h.since for h in ask(*LOG, on=at(6)).holdings] == [None]
    assert [h.since for h in ask(*LOG, on=at(6), known_at=Position(None, 4)).holdings] == [at(0)]
    assert [h.since for h in ask(*LOG, on=at(30)).holdings] == [at(13)]


def test_a_place_in_another_partition_or_beyond_what_is_folded_is_refused() -> None:
    with pytest.raises(CallerError, match="expected partition 0"):
        ask(*LOG, known_at=Position(1, 0))
    with pytest.raises(CallerError, match="below 8, got 8"):
        ask(*LOG, known_at=Position(None, 8))


# -- freshness and JSON


def test_a_broker_with_fewer_records_than_were_folded_gives_a_lag_below_zero() -> None:
    query = Query(MemoryAnswers(project(LOG)), lambda partitions: [3])

    assert query.subject(CONTROLLER, "s1").freshness.lag == -5


@pytest.mark.parametrize("mode", ["real", "simulated"])
def test_every_answer_says_whether_the_ledger_is_simulated(mode: str) -> None:
    query = Query(MemoryAnswers(project(LOG), mode=mode))

    answers = [query.subject(CONTROLLER, "s1"), query.holders(), query.due(), query.obligations()]

    assert {answer.freshness.simulated for answer in answers} == {mode == "simulated"}


def test_a_database_of_no_ledger_gives_no_answer() -> None:
    store = MemoryAnswers(project(LOG))
    store._identity = None  # type: ignore[assignment]

    with pytest.raises(OperatorError, match="belongs to no ledger yet"):
        Query(store).holders()


def test_json_has_terms_with_labels_instants_as_text_and_ids_as_uuids() -> None:
    found = json.loads(json.dumps(as_json(ask(*LOG[:3]))))

    (holding,) = found["holdings"]
    assert holding["categories"] == [
        {
            "category": {"term": "pd:Name", "label": "name"},
            "since": "2018-05-31T22:00:00.000000Z",
            "event": {"topic": "facts", "partition": 0, "offset": 1, "event_id": "0190c2a4-0001-7000-8000-000000000001"},
        }
    ]
    assert holding["until"] == "2018-06-10T22:00:00.000000Z"
    assert found["obligations"][0]["due_at"] == "2018-06-10T22:00:00.000000Z"
    assert found["obligations"][0]["age_seconds"] == 0


# -- the lists


def test_due_lists_what_is_no_erasure_too() -> None:
    log = [policy(1001, 0, []), fact("RequestReceived", 1, 1, right="ACCESS", request_ref="req-1"), tick(2001, 2)]

    (line,) = Query(MemoryAnswers(project(log))).due(at(90)).lines

    assert (line.kind, line.state, line.purpose, line.ref, line.rule) == ("ANSWER", "OPEN", None, "req-1", "GDPR-12-3")


def test_due_lists_what_comes_what_is_called_for_and_what_a_hold_keeps_back() -> None:
    log = [
        policy(1001, 0, [rule("R", 10)]),
        collected(1, 0),
        collected(2, 0, subject="held"),
        fact("HoldPlaced", 3, 1, "held", hold_ref="h", kind="LEGAL_HOLD"),
        collected(4, 5, subject="later"),
        tick(2001, 12),
    ]

    due = Query(MemoryAnswers(project(log))).due()

    assert [line.due_at for line in due.lines] == [at(10), at(10), at(15)]
    lines = sorted(due.lines, key=lambda line: (line.due_at, line.subject_ref))  # two at one moment: by the ids of the lines
    assert [(line.subject_ref, line.state) for line in lines] == [("held", "HELD_BACK"), ("s1", "OPEN"), ("later", "COMING")]
    assert due.until == at(12 + 30)
    assert [[event.event_id for event in line.rests_on] for line in lines] == [[event_id(2)], [event_id(1)], [event_id(4)]]
    assert all(event.offset is not None for line in due.lines for event in line.rests_on)


def test_due_names_what_brought_the_data_and_what_started_its_term() -> None:
    log = [policy(1001, 0, [rule("R", 10, anchors=("SERVICE_ENDED",))]), collected(1, 0), milestone(2, 5, "SERVICE_ENDED"), tick(2001, 6)]

    (line,) = Query(MemoryAnswers(project(log))).due(at(90)).lines

    assert [(event.offset, event.event_id) for event in line.rests_on] == [(1, event_id(1)), (2, event_id(2))]


def test_holders_are_told_apart_by_role_and_counted_by_people() -> None:
    log = [collected(1, 0), collected(2, 0, store="billing"), collected(3, 4, subject="s2", categories=["pd:IPAddress"], country="NL")]

    (own,) = Query(MemoryAnswers(project(log))).holders().holders

    assert (own.subjects, own.holdings, own.countries, own.oldest_since) == (2, 3, ("NL",), at(0))
    assert [category.term for category in own.categories] == ["pd:IPAddress", "pd:Name"]
    assert ([event.event_id for event in own.rests_on], own.more) == ([event_id(1), event_id(3)], 1)
    assert Query(MemoryAnswers(project(log))).holders("another").holders == ()


def test_an_unknown_state_of_obligations_is_refused() -> None:
    with pytest.raises(CallerError, match="OVERDUE, OPEN, MET, CANCELLED") as caught:
        Query(MemoryAnswers(project(LOG))).obligations(("LATE",))
    assert "OVERDUE" in caught.value.hint
