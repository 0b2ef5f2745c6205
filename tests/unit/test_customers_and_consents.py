"""What a term can depend on besides milestones: who was a customer when the data was collected, and when the last consent ended."""

from __future__ import annotations

from itertools import permutations

import pytest

from ledger.core.customer import customer_at
from ledger.core.state import Evidence
from ledger.core.subject import Subject
from tests.histories import CONTROLLER, Event, at, collected, event_id, fact, milestone, policy, project, projecting, records, rule, shared, tick
from tests.memory_projection import MemoryProjection
from tests.property.test_order import state_of
from tests.unit.test_answering import only

MARKETING = "dpv:DirectMarketing"
FOR_CUSTOMERS = policy(1001, 0, [rule("C", 5, when={"customer": True}), rule("O", 9)], format=3)
AT_THE_END = policy(1001, 0, [rule("E", 2, ["CONSENT_ENDED"])])


def consent(number: int, day: float, state: str = "GIVEN", purpose: str = MARKETING, **bounds: str) -> Event:
    return fact("ConsentChanged", number, day, purpose=purpose, state=state, **bounds)


def dates(*log: Event) -> set[tuple[str, int | None]]:
    """(rule, when due in whole days) of what is held."""
    return {(row[29], None if row[28] is None else (row[28] - at(0)) // (at(1) - at(0))) for row in project(list(log)).holding_rows()}


def steps(*told: tuple[int, str, str | None]) -> list[Event]:
    return [milestone(number, day, kind, ref) for number, (day, kind, ref) in enumerate(told, start=100)]


@pytest.mark.parametrize(
    ("told", "when_customer"),
    [
        ((), set()),
        (((2, "ACCOUNT_OPENED", "a"),), {2, 3, 4, 5, 6, 7}),
        (((2, "BECAME_CUSTOMER", None), (5, "CEASED_CUSTOMER", None)), {2, 3, 4}),
        # two accounts: until the last one is closed; an account that is opened again
        (((1, "ACCOUNT_OPENED", "a"), (2, "ACCOUNT_OPENED", "b"), (3, "ACCOUNT_CLOSED", "a"), (5, "ACCOUNT_CLOSED", "b")), {1, 2, 3, 4}),
        (((1, "ACCOUNT_OPENED", "a"), (2, "ACCOUNT_CLOSED", "a"), (5, "ACCOUNT_OPENED", "a"), (6, "ACCOUNT_CLOSED", "a")), {1, 5}),
        # the last account that closes ends it, also for who was named a customer; ceasing ends it whatever accounts there are
        (((1, "BECAME_CUSTOMER", None), (1, "ACCOUNT_OPENED", "a"), (4, "ACCOUNT_CLOSED", "a")), {1, 2, 3}),
        (((1, "ACCOUNT_OPENED", "a"), (3, "CEASED_CUSTOMER", None)), {1, 2}),
        (((1, "ACCOUNT_OPENED", "a"), (3, "ACCOUNT_CLOSED", "a"), (5, "BECAME_CUSTOMER", None)), {1, 2, 5, 6, 7}),
        # at an equal moment the end wins; a service alone makes nobody a customer
        (((2, "ACCOUNT_OPENED", "a"), (2, "ACCOUNT_CLOSED", "a")), set()),
        (((2, "SERVICE_STARTED", "s"), (2, "CONTRACT_STARTED", "c")), set()),
    ],
)
def test_who_was_a_customer_on_which_day_in_any_order_of_arrival(told: tuple[tuple[int, str, str | None], ...], when_customer: set[int]) -> None:
    for order in permutations(steps(*told)):
        found = {day for day in range(8) if dates(FOR_CUSTOMERS, *order, collected(1, day)) == {("C", day + 5)}}
        assert found == when_customer


def test_a_customer_from_the_instant_it_begins_and_no_longer_at_the_instant_it_ends() -> None:
    subject = Subject(CONTROLLER, "s1", b"", b"")
    subject.reach("ACCOUNT_OPENED", "a", Evidence(at(1), b"", 0))
    subject.reach("ACCOUNT_CLOSED", "a", Evidence(at(2), b"", 0))

    assert [customer_at(subject, moment) for moment in (at(1) - 1, at(1), at(2) - 1, at(2))] == [False, True, True, False]


def test_the_latest_collection_says_who_the_person_was() -> None:
    log = [FOR_CUSTOMERS, collected(1, 1), *steps((2, "ACCOUNT_OPENED", "a"))]

    assert dates(*log) == {("O", 10)}
    assert dates(*log, collected(2, 3, categories=["pd:EmailAddress"])) == {("C", 8)}


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ((), None),
        ((consent(1, 1),), None),
        # withdrawn without ever having been given, as far as is known
        ((consent(2, 3, "WITHDRAWN"),), None),
        ((consent(1, 1), consent(2, 3, "WITHDRAWN")), 3),
        ((consent(1, 1, "RENEWED"), consent(2, 3, "EXPIRED")), 3),
        # a second end moves nothing; consent given again cancels, and ends again
        ((consent(1, 1), consent(2, 3, "WITHDRAWN"), consent(3, 5, "WITHDRAWN")), 3),
        ((consent(1, 1), consent(2, 3, "WITHDRAWN"), consent(3, 5)), None),
        ((consent(1, 1), consent(2, 3, "WITHDRAWN"), consent(3, 5), consent(4, 6, "REVOKED")), 6),
        # asking ends nothing, a refusal does
        ((consent(1, 1), consent(2, 3, "REQUESTED")), None),
        ((consent(1, 1), consent(2, 3, "REQUESTED"), consent(3, 4, "REFUSED")), 4),
        # channels: one that is left is enough; an end without a channel is for all; an end on a channel leaves a consent for all the others
        ((consent(1, 1, channel="email"), consent(2, 1, channel="sms"), consent(3, 3, "WITHDRAWN", channel="email")), None),
        ((consent(1, 1, channel="email"), consent(2, 1, channel="sms"), consent(3, 3, "WITHDRAWN")), 3),
        ((consent(1, 1), consent(2, 3, "WITHDRAWN", channel="email")), None),
        ((consent(1, 1, channel="email"), consent(2, 3, "WITHDRAWN", channel="sms")), None),
        # recipients: the controller's data rests on all of them
        ((consent(1, 1, recipient="SIDN"), consent(2, 3, "WITHDRAWN", recipient="Adyen")), None),
        ((consent(1, 1, recipient="SIDN"), consent(2, 3, "WITHDRAWN", recipient="SIDN")), 3),
        # another purpose
        ((consent(1, 1), consent(2, 3, "WITHDRAWN", purpose="dpv:ServiceProvision")), None),
    ],
)
def test_when_consent_has_ended_in_any_order_of_arrival(told: tuple[Event, ...], day: int | None) -> None:
    held = collected(9, 0, purposes=[MARKETING])

    for order in permutations((*told, held)):
        assert dates(AT_THE_END, *order) == {("E", None if day is None else day + 2)}


def test_a_recipients_data_rests_on_what_was_consented_for_it() -> None:
    rules = policy(1001, 0, [rule("E", 2, ["CONSENT_ENDED"], "recipient")])
    held = [shared(number, 2, recipient=name, purpose=MARKETING) for number, name in ((10, "SIDN"), (11, "Adyen"))]

    def due(*log: Event) -> dict[str, bool]:
        return {row[5]: row[28] is not None for row in project([rules, *held, *log]).holding_rows()}

    assert due(consent(1, 1, recipient="SIDN"), consent(2, 3, "WITHDRAWN", recipient="SIDN")) == {"SIDN": True, "Adyen": False}
    assert due(consent(1, 1), consent(2, 3, "WITHDRAWN", recipient="SIDN")) == {"SIDN": True, "Adyen": False}
    assert due(consent(1, 1), consent(2, 3, "WITHDRAWN")) == {"SIDN": True, "Adyen": True}


def test_the_consent_of_another_purpose_counts_where_the_rule_names_it() -> None:
    rules = policy(1001, 0, [rule("E", 2, ["CONSENT_ENDED"], consent_to="dpv:ServiceProvision")])
    told = [consent(1, 1, purpose="dpv:ServiceProvision"), consent(2, 3, "WITHDRAWN", purpose="dpv:ServiceProvision")]

    assert dates(rules, collected(9, 0, purposes=[MARKETING]), *told) == {("E", 5)}


def test_an_answer_names_the_step_that_ended_the_consent() -> None:
    held = only(AT_THE_END, collected(1, 0, purposes=[MARKETING]), consent(2, 1), consent(3, 4, "WITHDRAWN"), consent(4, 6, "WITHDRAWN"))

    (anchor,) = held.why.anchors
    assert (anchor.kind.term, anchor.at, anchor.event.event_id, anchor.event.offset) == ("CONSENT_ENDED", at(4), event_id(3), 3)
    assert held.why.text == "2 days after consent ended on 2018-06-04"


def test_an_answer_says_what_a_term_waits_for_and_why_there_is_none() -> None:
    waits = only(AT_THE_END, collected(1, 0, purposes=[MARKETING]), consent(2, 1)).why
    never = only(policy(1001, 0, [rule("N", 2, ["NOT_STATED"])]), collected(1, 0)).why

    assert (waits.text, [each.term for each in waits.waits_for]) == ("term has not started: waits for CONSENT_ENDED", ["CONSENT_ENDED"])
    assert (never.rule, never.text) == ("N", "no date: 2 days, but not stated from when")
    assert [each.term for each in never.waits_for] == ["NOT_STATED"]


def test_an_obligation_rests_on_the_end_of_the_consent_and_is_taken_back_when_it_is_given_again() -> None:
    log = [AT_THE_END, collected(1, 0, purposes=[MARKETING]), consent(2, 1), consent(3, 4, "WITHDRAWN"), tick(2001, 6)]
    (row,) = project(log).obligation_rows()
    assert (row[12], row[15], event_id(3) in row[18]) == (at(6), "OPEN", True)

    (row,) = project([*log, consent(4, 7)]).obligation_rows()
    assert (row[15], row[24]) == ("CANCELLED", "re-anchored")


def test_an_earlier_step_of_a_customers_life_survives_being_stored_and_loaded() -> None:
    log = [FOR_CUSTOMERS, *steps((1, "ACCOUNT_OPENED", "a"), (2, "ACCOUNT_CLOSED", "a"), (5, "ACCOUNT_OPENED", "a"), (6, "ACCOUNT_CLOSED", "a"))]
    log += [collected(1, 1)]
    store = MemoryProjection()
    for record in records(log):
        store.write(projecting(store).project([record]))

    assert [row[29] for row in store.holding_rows()] == ["C"]
    assert store.tables() == project(log).tables()
    assert state_of(store)["customer_before"] == {("ACCOUNT_CLOSED", "a"): [at(2)], ("ACCOUNT_OPENED", "a"): [at(1)]}


def test_a_late_step_asks_for_the_dates_again_only_where_a_term_depends_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy without such terms pays nothing: nobody is asked who was a customer, and no row is written again."""
    plain = policy(1001, 0, [rule("P", 5)])
    lives = [*steps((3, "ACCOUNT_OPENED", "a")), collected(1, 1), consent(2, 1)]
    late = [milestone(200, 1, "ACCOUNT_OPENED", "a"), consent(3, 4, "WITHDRAWN")]

    def written(rules: Event) -> int:
        store = project([rules, *lives])
        return len(projecting(store).project(records(late, first_offset=1 + len(lives), register_offset=1)).changed_holdings)

    assert written(FOR_CUSTOMERS) == written(AT_THE_END) == 1
    monkeypatch.setattr("ledger.core.retention.customer_at", None)
    monkeypatch.setattr("ledger.core.retention.consent_end", None)
    assert written(plain) == 0


def test_subjects_without_a_second_account_keep_nothing_more() -> None:
    once = steps((1, "ACCOUNT_OPENED", "a"), (2, "ACCOUNT_CLOSED", "a"))
    assert state_of(project([FOR_CUSTOMERS, *once, collected(1, 1)]))["customer_before"] == {}
    many = [milestone(number, number, kind, "s") for number, kind in enumerate(("SERVICE_STARTED", "SERVICE_ENDED") * 3, start=1)]
    assert state_of(project([FOR_CUSTOMERS, *many, collected(10, 1)]))["customer_before"] == {}
