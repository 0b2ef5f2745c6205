"""Every bug of the lists is found by the naive readings, in lives drawn with fixed seeds: who agrees with a wrong core has judged nothing.

The lives are the same in every run; nothing is random here. LEDGER_TEST_BUG_LIVES: how many lives of each hoster.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.corners.duties import DUTIES
from tests.corners.life import Corner, log_of
from tests.corners.verdicts import VERDICTS
from tests.duty_histories import lives
from tests.histories import Event
from tests.hoster_histories import HOSTERS, histories
from tests.judged import verdicts_of
from tests.mutations import declarations, duties, verdicts
from tests.mutations.planting import Bug, Change, function_at, planted
from tests.naive_duties import naive_duties
from tests.naive_judging import naive_verdicts
from tests.obligation_steps import core_duties

LIVES = int(os.environ.get("LEDGER_TEST_BUG_LIVES", "60"))
Drawn = list[tuple[list[Event], Any]]


def drawn(
    rare: Iterable[Callable[[], Corner]], make: Callable[[str], st.SearchStrategy[list[Event]]], naive: Callable[[list[Event]], Any],
    core: Callable[[list[Event]], Any],
) -> Drawn:  # fmt: skip
    """Rare moments, then logs of all hosters in turn, the same every time: those that both readings agree on, and how."""
    of_each = [drawn_of_one(make(controller), 4000 + number) for number, controller in enumerate(HOSTERS)]
    logs = [*map(log_of, rare), *(log for of_all in zip(*of_each, strict=False) for log in of_all)]
    return [(log, said) for log in logs if core(log) == (said := naive(log))]


def drawn_of_one(logs: st.SearchStrategy[list[Event]], number: int) -> list[list[Event]]:
    """The logs that this seed gives."""
    found: list[list[Event]] = []

    @seed(number)
    @settings(max_examples=LIVES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(log=logs)
    def gather(log: list[Event]) -> None:
        found.append(log)

    gather()
    return found


@cache
def drawn_lives() -> Drawn:
    return drawn(DUTIES.values(), lives, naive_duties, core_duties)


@cache
def drawn_histories() -> Drawn:
    return drawn(VERDICTS.values(), histories, naive_verdicts, verdicts_of)


def is_found(bug: Bug, logs: Drawn, core: Callable[[list[Event]], Any]) -> bool:
    """Whether one of the logs gives the planted core away: it says something else. One that stops is a bug planted badly."""
    with planted(bug.changes):
        for log, said in logs:
            try:
                if core(log) != said:
                    return True
            except AssertionError:  # what the reading itself holds: one verdict of each kind
                return True
    return False


@pytest.mark.parametrize("bug", duties.BUGS, ids=lambda bug: bug.name.replace(" ", "-"))
def test_a_bug_in_duties_is_found(bug: Bug) -> None:
    assert is_found(bug, drawn_lives(), core_duties)


@pytest.mark.parametrize("bug", (*verdicts.BUGS, *declarations.BUGS), ids=lambda bug: bug.name.replace(" ", "-"))
def test_a_bug_in_verdicts_is_found(bug: Bug) -> None:
    assert is_found(bug, drawn_histories(), verdicts_of)


def test_what_is_planted_is_gone_again_and_a_change_that_changes_nothing_is_not_found() -> None:
    where = "ledger.core.request_clock:clock_of"
    before = function_at(where).__code__
    same = Change(where, "start, is_paused = received.at, False", "is_paused, start = False, received.at")

    assert not is_found(Bug("none", (same,)), drawn_lives()[:50], core_duties)
    assert function_at(where).__code__ is before
