"""The core's verdicts are those of a naive second judge, on random histories of each hoster.

LEDGER_TEST_EXAMPLES: how many histories per hoster, for a long run; a failing one prints the blob that makes it again.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.corners.life import log_of
from tests.corners.verdicts import VERDICTS
from tests.hoster_histories import HOSTERS, histories
from tests.judged import verdicts_of
from tests.naive_judging import naive_verdicts

PHASES = [phase for phase in Phase if os.environ.get("LEDGER_TEST_SHRINK") or phase != Phase.explain]
EXAMPLES = int(os.environ.get("LEDGER_TEST_EXAMPLES", "200"))


@pytest.mark.parametrize("controller", HOSTERS)
@settings(max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(data=st.data())
def test_the_core_judges_as_the_second_judge_does(controller: str, data: st.DataObject) -> None:
    history = data.draw(histories(controller))

    core, naive = verdicts_of(history), naive_verdicts(history)

    assert {"only the core says": core - naive, "only the second judge says": naive - core} == {
        "only the core says": set(), "only the second judge says": set(),
    }  # fmt: skip


@pytest.mark.parametrize("name", VERDICTS)
def test_the_core_judges_the_same_at_rare_moments(name: str) -> None:
    log = log_of(VERDICTS[name])

    assert verdicts_of(log) == naive_verdicts(log)
