"""Whole lives of each hoster's customers, told in another order, with repeats, end in the same state: terms, customer state, consent ends and all.

What was called for and when is a function of the log as it stands, and may differ; what is known may not.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.events import REGISTER_TYPES
from tests.duty_histories import lives
from tests.histories import Event, project
from tests.hoster_histories import HOSTERS, Log
from tests.property.test_order import state_of


@pytest.mark.parametrize("controller", HOSTERS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_a_life_told_in_another_order_ends_in_the_same_state(controller: str, data: st.DataObject) -> None:
    log = data.draw(lives(controller))
    facts = [event for event in log if event[0] not in REGISTER_TYPES]
    other = Log(data.draw(st.permutations(facts)))
    if facts:
        other += data.draw(st.lists(st.sampled_from(facts), max_size=2))
    for event in (event for event in log if event[0] in REGISTER_TYPES):  # in their own order, among the facts
        other.insert(data.draw(st.integers(_after_the_last_register_event(other), len(other))), event)

    one, two = project(log), project(other)

    for subject in ("s1", "s2", "dataset-1"):
        assert state_of(one, subject, controller) == state_of(two, subject, controller)


def _after_the_last_register_event(log: list[Event]) -> int:
    return max((place + 1 for place, event in enumerate(log) if event[0] in REGISTER_TYPES), default=0)
