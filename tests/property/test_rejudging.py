"""Facts judged again with all that is known: on random histories of each hoster, held against the fold, an ordered log and the second judge.

LEDGER_TEST_EXAMPLES: how many histories per hoster, for a long run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.events import REGISTER_TYPES
from ledger.core.fold import JUDGED
from ledger.core.judging.causes import Recorded, Register, because_of
from ledger.core.judging.rejudging import rejudge, rejudge_one
from tests.histories import Event
from tests.hoster_histories import HOSTERS, histories
from tests.judged import Verdict, verdicts_of
from tests.naive_judging import naive_verdicts

EXAMPLES = int(os.environ.get("LEDGER_TEST_EXAMPLES", "60"))
ON_HISTORIES = settings(max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
each_hoster = pytest.mark.parametrize("controller", HOSTERS)


def once_each(log: Sequence[Event]) -> list[Event]:
    """The log without repeats, as the fold takes it in."""
    return list({fields["event_id"]: (name, fields) for name, fields in reversed(log)}.values())[::-1]


def recorded(log: Sequence[Event]) -> list[Recorded]:
    return [(offset, name, fields) for offset, (name, fields) in enumerate(log) if name != "TimeReached"]


def by_subject(log: Sequence[Event]) -> dict[str, list[Recorded]]:
    found: dict[str, list[Recorded]] = {}
    for record in recorded(log):
        if "subject_ref" in record[2]:
            found.setdefault(record[2]["subject_ref"], []).append(record)
    return found


def register_of(log: Sequence[Event]) -> Register:
    return Register(ZoneInfo, [record for record in recorded(log) if "subject_ref" not in record[2]])


def judged_again(controller: str, log: Sequence[Event]) -> set[Verdict]:
    """(event id, promise, rule) with all that the log says."""
    ids = {offset: fields["event_id"] for offset, _, fields in recorded(log)}
    return {
        (ids[offset], verdict.promise, verdict.rule)
        for subject, facts in by_subject(log).items()
        for offset, verdicts in rejudge(register_of(log).rules(), controller, subject, facts).items()
        for verdict in verdicts
    }


def at_instants_of_their_own(log: Sequence[Event]) -> list[Event]:
    """The same log, of which no two events happened at one instant: a log can only say one after the other.

    Two microseconds apart, since moments of the pool lie on a second or one microsecond before it.
    """
    return [(name, fields | {"occurred_at": fields["occurred_at"] + 2 * number}) for number, (name, fields) in enumerate(log)]


def in_order(log: Sequence[Event]) -> list[Event]:
    """The register, then every fact in order of happening."""
    copies = [event for event in log if event[0] in REGISTER_TYPES]
    facts = [event for event in log if event[0] not in REGISTER_TYPES]
    return [*copies, *sorted(facts, key=lambda event: event[1]["occurred_at"])]


@each_hoster
@ON_HISTORIES
@given(data=st.data())
def test_a_log_in_order_of_happening_is_judged_again_as_it_was(controller: str, data: st.DataObject) -> None:
    log = in_order(at_instants_of_their_own(once_each(data.draw(histories(controller)))))

    assert judged_again(controller, log) == verdicts_of(log)


@each_hoster
@ON_HISTORIES
@given(data=st.data())
def test_whatever_the_order_of_the_log_the_verdicts_with_all_knowledge_are_those_of_the_ordered_log(controller: str, data: st.DataObject) -> None:
    log = at_instants_of_their_own(once_each(data.draw(histories(controller))))
    other = data.draw(st.permutations(log))

    assert judged_again(controller, other) == verdicts_of(in_order(log))


@each_hoster
@ON_HISTORIES
@given(data=st.data())
def test_the_second_judge_says_the_same_of_all_that_is_known(controller: str, data: st.DataObject) -> None:
    log = once_each(data.draw(histories(controller)))

    naive: set[Verdict] = set()
    for place, event in enumerate(log):
        if event[0] in JUDGED:
            # All else stands before the fact; the other acts need not be judged again.
            everything = [*log[:place], *log[place + 1 :], event]
            naive |= {verdict for verdict in naive_verdicts(everything) if verdict[0] == event[1]["event_id"]}

    assert judged_again(controller, log) == naive


@each_hoster
@ON_HISTORIES
@given(data=st.data())
def test_with_what_stood_before_it_each_fact_is_judged_as_the_fold_did(controller: str, data: st.DataObject) -> None:
    log = once_each(data.draw(histories(controller)))
    register, published = register_of(log), verdicts_of(log)

    for subject, facts in by_subject(log).items():
        for fact in (each for each in facts if each[1] in JUDGED):
            early = [each for each in facts if each[0] < fact[0]]
            rules = register.rules([each for each in register.copies if each[0] < fact[0]])
            found = rejudge_one(rules, controller, subject, early, fact)
            assert {(each.promise, each.rule) for each in found} == {each[1:] for each in published if each[0] == fact[2]["event_id"]}


@each_hoster
@ON_HISTORIES
@given(data=st.data())
def test_told_before_the_fact_the_causes_make_the_verdict_and_not_one_of_them_can_be_left_out(controller: str, data: st.DataObject) -> None:
    log = once_each(data.draw(histories(controller)))
    published, now, register = verdicts_of(log), judged_again(controller, log), register_of(log)
    place_of = {event[1]["event_id"]: place for place, event in enumerate(log)}
    for event_id, promise, rule in sorted(published ^ now)[:3]:
        place = place_of[event_id]
        name, fields = log[place]
        is_found = (event_id, promise, rule) in now
        facts = by_subject(log)[fields["subject_ref"]]
        fact = (place, name, fields)
        found = because_of(register, controller, fields["subject_ref"], facts, fact, (promise, rule), is_found=is_found)

        assert found
        assert all(offset > place for offset, _, _ in found)
        for left_out in (None, *found):
            told = [(other, more) for offset, other, more in found if left_out is None or offset != left_out[0]]
            with_causes = [*log[:place], *told, log[place]]
            assert ((event_id, promise, rule) in verdicts_of(with_causes)) == (is_found if left_out is None else not is_found)

