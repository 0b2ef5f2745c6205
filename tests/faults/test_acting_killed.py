"""kill -9 of a service that acts on its obligations, at each numbered step: afterwards each is met exactly once, and none is lost.

The service is `ledger act` with a command that notes what it was called for, as an idempotent store would.
"""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ledger.topics import OBLIGATIONS
from tests.duties_due import CONTROLLER, START, erasures, make_due, met, obligations, states
from tests.ledgers import TestLedger
from tests.reading import read_topic
from tests.workers import wait_until_answered, workers_of

COUNT = 10
# Failpoint -> how often the obligation at which it died is handled in all.
STEPS = {"act_before_handling:4": 1, "act_before_answer:4": 2, "act_before_commit:4": 2}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A command that notes the id of the obligation it was called for."""
    path = tmp_path / "erase.sh"
    path.write_text(f'#!/bin/sh\ncat > /dev/null\necho "$LEDGER_OBLIGATION_ID" >> "{tmp_path}/called"\n', encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def act(ledger: TestLedger, script: Path, *options: str, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    selection = ["--controller", CONTROLLER, "--source", "crm", "--kind", "ERASE"]
    command = [sys.executable, "-m", "ledger", "act", *selection, "--once", *options, "--", str(script)]
    environment = ledger.environment | ({"LEDGER__FAILPOINT": failpoint} if failpoint else {})
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("failpoint", STEPS)
def test_a_service_killed_at_any_step_loses_no_obligation_and_answers_each_once(make_ledger, script: Path, failpoint: str) -> None:
    ledger = make_ledger(start=START)
    with workers_of(ledger) as workers:
        worker = workers.start()
        make_due(ledger, COUNT)
        worker.stop()  # so that no `ObligationMet` tells the second run what the first has done

        killed = act(ledger, script, failpoint=failpoint)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        called_before = Counter((script.parent / "called").read_text().split())
        after = act(ledger, script)
        workers.start()
        wait_until_answered(ledger)

        assert after.returncode == 0, after.stderr
        raised = obligations(ledger)
        called = Counter((script.parent / "called").read_text().split())
        assert set(called) == set(raised), "each was handled, and nothing else"
        assert sorted(called.values()) == [1] * (COUNT - 1) + [STEPS[failpoint]], "only the one at which it died was handled again"
        assert len(called_before) == 3 + (STEPS[failpoint] > 1)
        assert states(ledger) == {"MET": COUNT}
        assert len(met(ledger)) == COUNT and set(met(ledger).values()) == {1}
        assert len(set(erasures(ledger))) == COUNT, "an answer that was given twice has one id"
        assert len(erasures(ledger)) == COUNT + (failpoint.startswith("act_before_commit"))


def test_killed_over_and_over_everything_is_met_in_the_end(make_ledger, script: Path) -> None:
    ledger = make_ledger(start=START)
    with workers_of(ledger) as workers:
        workers.start()
        make_due(ledger, COUNT)
        for number in range(6):
            act(ledger, script, failpoint=f"{('act_before_commit', 'act_before_answer')[number % 2]}:2")

        assert act(ledger, script).returncode == 0
        assert states(ledger) == {"MET": COUNT}
        assert set(met(ledger).values()) == {1}


def test_what_is_parked_survives_a_kill_and_nothing_behind_it_is_lost(make_ledger, script: Path) -> None:
    ledger = make_ledger(start=START)
    with workers_of(ledger) as workers:
        workers.start()
        make_due(ledger, COUNT)
        bad = sorted(obligations(ledger))[0]
        script.write_text(script.read_text() + f'[ "$LEDGER_OBLIGATION_ID" != {bad} ]\n', encoding="utf-8")

        act(ledger, script, "--attempts", "1", failpoint="act_before_commit:8")
        after = act(ledger, script, "--attempts", "1")

        assert after.returncode == 1, after.stderr
        assert states(ledger) == {"MET": COUNT - 1, "OPEN": 1}
        listed = act(ledger, script, "--parked", "--json")
        assert f'"obligation_id": "{bad}"' in listed.stdout
        assert '"error": "CommandFailedError"' in listed.stdout
        assert all(each.type_name != "ObligationCancelled" for each in read_topic(ledger.settings, OBLIGATIONS))
