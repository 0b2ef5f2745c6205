"""How a worker ends when a part fails: loudly, with the place of the failure and no value in it."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from structlog.testing import capture_logs

from ledger.errors import OperatorError
from ledger.settings import Settings
from processors import supervisor
from processors.log_checks import LogCheck
from processors.supervisor import Supervisor

PERSON = "somebody@example.org"


def test_an_unexpected_error_is_logged_with_its_frames_and_without_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_subject(subject: str) -> None:
        raise ValueError(f"no such subject: {subject}")

    def part(settings: Settings, check: LogCheck, stop: threading.Event) -> None:
        try:
            find_subject(PERSON)
        except ValueError as error:
            raise RuntimeError(PERSON) from error

    monkeypatch.setattr(supervisor, "_run_of", lambda _: part)

    with capture_logs() as lines, pytest.raises(OperatorError, match="the relay stopped: RuntimeError") as failure:
        Supervisor(Settings(), ["relay"]).run()

    failed = next(line for line in lines if line["event"] == "part_failed")
    assert failed["error"] == "RuntimeError"
    frames = failed["frames"]
    assert [frame for frame in frames if frame.startswith("test_supervisor.py:") and frame.endswith(" find_subject")]
    assert frames.index("caused by ValueError") < frames.index(next(frame for frame in frames if frame.endswith(" find_subject")))
    assert frames[0].startswith("supervisor.py:")
    assert not [frame for frame in frames if "/" in frame]
    assert PERSON not in str(lines) + str(failure.value)


def test_an_error_of_ours_explains_itself_and_needs_no_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    def part(settings: Settings, check: LogCheck, stop: threading.Event) -> None:
        raise OperatorError("cannot go on", hint="look")

    monkeypatch.setattr(supervisor, "_run_of", lambda _: part)

    with capture_logs() as lines, pytest.raises(OperatorError, match="cannot go on"):
        Supervisor(Settings(), ["relay"]).run()

    failed = next(line for line in lines if line["event"] == "part_failed")
    assert (failed["error"], failed["remedy"]) == ("cannot go on", "look")
    assert "frames" not in failed


SIGNALLED = """
import random, signal
from processors import supervisor
from processors.supervisor import Supervisor

supervisor.LISTEN_SECONDS = 0.001
for _ in range(3_000):
    worker = Supervisor(None, [])
    signal.signal(signal.SIGALRM, lambda *_: worker.stop())
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 150e-6))
    worker.run()
"""


def test_a_signal_ends_a_worker_at_whatever_moment_it_comes() -> None:
    done = subprocess.run([sys.executable, "-c", SIGNALLED], capture_output=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr[-1000:]
