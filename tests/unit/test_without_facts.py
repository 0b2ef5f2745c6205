"""Holders and the retention schedule from tallies: the same but for the facts, since when, and when the next is due."""

from __future__ import annotations

import pytest

from ledger.answers.query import Query
from tests.histories import collected, erased, milestone, policy, project, rule, shared, tick
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story
from tests.waiting_lives import KINDS, lives
from tests.without_facts import without_facts

RULES = [rule("OWN", 5), rule("TOLD", 5, holder="recipient"), rule("LATER", 90, ("SERVICE_ENDED",), categories=["pd:EmailAddress"])]


class Refusing(MemoryAnswers):
    """Must not be asked for what reads all holdings or all that is open."""

    def holders(self, controller: str | None) -> list[tuple[object, ...]]:
        raise AssertionError("read all holdings")

    unsettled_of_holders = subjects_of_holders = holders


def test_what_holders_have_and_must_do_is_told_from_tallies_alone() -> None:
    log = [policy(1001, 0, RULES), collected(1, 0), collected(2, 0, subject="s2"), shared(3, 1), shared(4, 1, subject="s2", ref="d"), erased(5, 2)]
    store = project([*log, tick(2001, 8), tick(2002, 20)])
    whole, fast = Query(MemoryAnswers(store)).holders(), Query(Refusing(store)).holders(with_facts=False)

    assert without_facts(whole) == without_facts(fast)
    assert {(each.holder, each.open, each.overdue) for each in fast.holders} == {("hoster", 0, 1), ("SIDN", 0, 2)}
    assert all(each.oldest_since is each.next_due is None and each.rests_on == () and each.more == each.holdings for each in fast.holders)
    assert all(each.oldest_since and each.rests_on for each in whole.holders)


@pytest.mark.parametrize("is_gone", [False, True])
def test_what_must_be_done_in_one_role_is_not_told_of_another(is_gone: bool) -> None:
    log = [policy(1001, 0, RULES), shared(1, 0), shared(2, 12, subject="s2", recipient_role="intermediary", purpose="dpv:PaymentManagement")]
    gone = [erased(3, 13, subject="s2", by="SIDN")] if is_gone else []
    query = Query(MemoryAnswers(project([*log, *gone, tick(2001, 14)])))

    fast = query.holders(with_facts=False)

    assert without_facts(query.holders()) == without_facts(fast)
    expected = {("registry", 1)} | (set() if is_gone else {("intermediary", 0)})
    assert {(each.role and each.role.term, each.open + each.overdue) for each in fast.holders} == expected


def held_back() -> Story:
    story = Story("sohosted").on("2019-01-01").collects("look_up_log").tell("HoldPlaced", hold_ref="h", kind="LEGAL_HOLD")
    story.of("s2").collects("look_up_log").collects("newsletter").of("s3").on("2019-02-25").collects("look_up_log")
    return story.clock("2019-01-16").clock("2019-03-01")


def test_the_schedule_and_what_is_past_its_date_are_told_without_reading_what_has_a_date() -> None:
    query = Query(MemoryAnswers(project(held_back().log)))
    whole, fast = query.retention(), query.retention(with_facts=False)

    assert without_facts(whole) == without_facts(fast)
    (line,) = [each for each in fast.schedule if each.rule == "SO-12"]
    assert (line.holdings, line.called_for, line.held_back, line.next_due) == (6, 2, 2, None)
    assert [event.offset for event in line.rests_on] == [0] and line.more == line.holdings, "the policy alone"
    assert {(each.state, each.number) for each in fast.overruns} == {("HELD_BACK", 2), ("OVERDUE", 2)}
    assert fast.due == whole.due != () and fast.gaps == whole.gaps


@pytest.mark.parametrize("hoster", sorted(KINDS))
def test_what_never_starts_is_told_with_its_facts_all_the_same(hoster: str) -> None:
    query = Query(MemoryAnswers(project(lives(hoster, 1, 150).log)))
    whole, fast = query.retention(), query.retention(with_facts=False)

    assert without_facts(whole) == without_facts(fast) and fast.gaps == whole.gaps != ()
    assert sum(line.never_starts for line in fast.schedule) > 0
    assert without_facts(query.holders()) == without_facts(query.holders(with_facts=False))


def test_what_follows_the_same_rule_elsewhere_in_the_policy_is_told_apart() -> None:
    rules = [rule("R", 5, categories=["pd:Name"]), rule("R", 9, ("SERVICE_ENDED",), categories=["pd:IPAddress"])]
    log = [policy(1001, 0, rules), collected(1, 0), collected(2, 0, categories=["pd:IPAddress"], ref="r"), milestone(3, 1, "SERVICE_ENDED")]
    log.append(tick(2001, 2))
    query = Query(MemoryAnswers(project(log)))

    fast = query.retention(with_facts=False)

    assert without_facts(query.retention()) == without_facts(fast)
    assert [(line.rule, line.holdings) for line in fast.schedule] == [("R", 1), ("R", 1)]
