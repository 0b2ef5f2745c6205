"""The core's obligations, of every kind, are those of a naive second reading of docs/duties.md, on random lives of each hoster's customers.

LEDGER_TEST_EXAMPLES: how many lives per hoster, for a long run; a failing one prints the blob that makes it again.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.corners.agreements import AGREEMENTS
from tests.corners.duties import DUTIES
from tests.corners.life import log_of
from tests.duty_histories import lives
from tests.hoster_histories import HOSTERS
from tests.naive_duties import naive_duties
from tests.obligation_steps import core_duties

PHASES = [phase for phase in Phase if os.environ.get("LEDGER_TEST_SHRINK") or phase != Phase.explain]
EXAMPLES = int(os.environ.get("LEDGER_TEST_EXAMPLES", "40"))
NOTHING_TO_DO = (
    "a breach without risk", "a moment before the GDPR", "unsubscribed from one of two channels",
    "told at the erasure", "erased for one of two purposes", "a legal hold",
    "a restriction of what a recipient has not", "a minimum that nobody asked to end",
    "a first text without an announcement", "a change without an announcement", *AGREEMENTS,
)  # fmt: skip
IS_LONG = "LEDGER_TEST_EXAMPLES" in os.environ
"""The ordinary run takes the same lives every time; a long one takes new ones."""


@pytest.mark.parametrize("controller", HOSTERS)
@settings(
    max_examples=EXAMPLES, derandomize=not IS_LONG, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], phases=PHASES,
)  # fmt: skip
@given(data=st.data())
def test_the_core_raises_and_settles_what_the_second_reading_does(controller: str, data: st.DataObject) -> None:
    log = data.draw(lives(controller))

    core, naive = core_duties(log), naive_duties(log)

    assert {"only the core": only(core, naive), "only the second reading": only(naive, core)} == {
        "only the core": [], "only the second reading": [],
    }  # fmt: skip


@pytest.mark.parametrize("name", DUTIES)
def test_the_core_does_the_same_at_rare_moments(name: str) -> None:
    log = log_of(DUTIES[name])

    core, naive = core_duties(log), naive_duties(log)

    assert bool(core[0]) == (name not in NOTHING_TO_DO)
    assert (only(core, naive), only(naive, core)) == ([], [])


def only(one: tuple[list, list], other: tuple[list, list]) -> list:
    """What the first has and the second has not; what it has twice counts twice."""
    found = []
    for mine, theirs in zip(one, other, strict=True):
        rest = list(theirs)
        for each in mine:
            if each in rest:
                rest.remove(each)
            else:
                found.append(each)
    return found
