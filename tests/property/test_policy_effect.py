"""What publishing a policy is said to change is what changes when it is published: dates, rules, obligations, verdicts. On random histories."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.answers.policy_effects import EffectAnswer
from ledger.answers.wide_query import WideQuery
from ledger.contract import codec
from tests.histories import CONDITIONS, CONTROLLER, Event, at, collected, histories, policies, policy, project, rule, shared, tick
from tests.memory_answers import MemoryAnswers
from tests.memory_projection import MemoryProjection

ASKED = [
    *CONDITIONS,
    {"id": "SO-10", "act": "share", "needs": ["registered"]},
    {"id": "SO-07", "act": "use", "purposes": ["dpv:DirectMarketing"], "at_most": {"count": "1", "within": "P1Y"}},
]


@st.composite
def other_policies(draw: st.DrawFn) -> Event:
    """A policy with terms of its own, which asks for other things than those of the log do."""
    name, fields = draw(policies(1009))
    compiled = json.loads(fields["compiled"]) | {"conditions": draw(st.lists(st.sampled_from(ASKED), unique_by=lambda each: str(each["id"])))}
    return name, fields | {"compiled": json.dumps(compiled)}


def effect(store: MemoryProjection, new: Event, **wishes: Any) -> EffectAnswer:
    return WideQuery(MemoryAnswers(store)).effect(new[1], **{"limit": 1000} | wishes)


def differing(store: MemoryProjection) -> set[tuple[str, str, str, int | None]]:
    found = WideQuery(MemoryAnswers(store)).differences(controller=CONTROLLER, limit=1000).differences
    return {(each.change, each.promise, each.rule, each.event.offset) for each in found}


def terms_of(store: MemoryProjection) -> dict[bytes, tuple[int | None, str | None]]:
    return {row[1] + row[0]: (row[28], row[29]) for row in store.holding_rows()}


@settings(max_examples=80, deadline=None)
@given(histories(), other_policies(), st.sampled_from([None, at(0), at(40)]))
def test_dates_rules_and_outcomes_are_those_that_publishing_gives(log: list[Event], new: Event, announced_at: int | None) -> None:
    new = (new[0], new[1] | {"announced_at": announced_at})  # too late is found about the controller itself
    before = project(log)
    found = effect(before, new)
    after = project([*log, new])

    was, now = terms_of(before), terms_of(after)
    changed = Counter((was[key], now[key]) for key in now if was[key] != now[key])
    assert Counter(((e.was_due_at, e.rule_before), (e.would_be_due_at, e.rule_after)) for e in found.changed_holdings) == changed
    assert sum(each.holdings for each in found.holding_counts) == changed.total()
    for each in found.changed_holdings:
        was_due, would_be = each.was_due_at or 0, each.would_be_due_at or 0
        kinds = {"GAINS": 0 == was_due < would_be, "LOSES": was_due > would_be == 0, "RULE": was_due == would_be}
        kinds |= {"EARLIER": was_due > would_be > 0, "LATER": 0 < was_due < would_be}
        assert [kind for kind, is_so in kinds.items() if is_so] == [each.kind]
    given_by_copy = [codec.decode(row[6])[0] for (_, offset, _), row in after.outcomes.items() if offset == len(log)]
    assert {each.type: each.outcomes for each in found.outcome_counts} == Counter(given_by_copy)
    assert found.holdings == sum(1 for row in before.holding_rows() if row[3] == CONTROLLER and row[10])
    called = {(row[1], *row[6:11]) for row in after.obligation_rows() if row[17] == len(log)}
    places = {row[1] + row[0]: (row[0], *row[5:10]) for row in after.holding_rows()}
    assert sum(each.at_once for each in found.holding_counts) == sum(1 for key in now if was[key] != now[key] and places[key] in called)


@settings(max_examples=80, deadline=None)
@given(histories(), other_policies())
def test_verdicts_are_those_by_which_the_differences_grow(log: list[Event], new: Event) -> None:
    before, after = project(log), project([*log, new])

    found = effect(before, new)

    # What publishing adds to the differences; a difference that it undoes counts the other way round.
    then, now = differing(before), differing(after)
    other = {"NEW": "GONE", "GONE": "NEW"}
    grown = (now - then) | {(other[change], *rest) for change, *rest in then - now}
    assert {(each.change, each.promise, each.rule, each.event.offset) for each in found.changed_verdicts} == grown
    assert sum(each.verdicts for each in found.verdict_counts) == len(grown)


@settings(max_examples=25, deadline=None)
@given(histories(), other_policies(), st.integers(0, 30))
def test_since_leaves_out_the_verdicts_on_what_happened_before(log: list[Event], new: Event, day: int) -> None:
    store = project(log)

    every, later = effect(store, new).changed_verdicts, effect(store, new, since=at(day)).changed_verdicts

    assert later == tuple(each for each in every if each.happened_at >= at(day))


@settings(max_examples=25, deadline=None)
@given(histories(), other_policies())
def test_asking_changes_nothing_and_a_policy_that_stands_has_no_effect(log: list[Event], new: Event) -> None:
    store = project(log)
    tables = repr(store.tables())
    effect(store, new)
    assert repr(store.tables()) == tables

    again = effect(project([*log, new]), new)
    assert (again.holding_counts, again.verdict_counts, again.judged) == ((), (), 0)


@pytest.mark.parametrize(("days", "kind"), [(9, "LATER"), (1, "EARLIER"), (5, "RULE")])
def test_a_longer_term_is_a_later_date(days: int, kind: str) -> None:
    store = project([policy(1001, 0, [rule("OLD", 5)]), collected(1, 1)])

    found = effect(store, policy(1002, 0, [rule("NEW", days)]))

    assert [(each.kind, each.rule_before, each.rule_after, each.holdings) for each in found.holding_counts] == [(kind, "OLD", "NEW", 1)]
    assert [(each.was_due_at, each.would_be_due_at) for each in found.changed_holdings] == [(at(6), at(1 + days))]


def test_a_text_that_was_replaced_has_no_effect_when_it_comes_again() -> None:
    old, new = policy(1001, 0, [rule("OLD", 1)]), policy(1002, 0, [rule("NEW", 9)], conditions=[])
    store = project([old, shared(1, 1), new, tick(2001, 2)])

    again = effect(store, old)  # the ledger drops it as a repeat; `publish` refuses it

    assert (again.holding_counts, again.verdict_counts, again.outcome_counts, again.judged) == ((), (), (), 0)
    assert effect(store, policy(1003, 0, [rule("OLD", 1, holder="recipient")])).holding_counts
