"""A worker that a killed demo has left is found again, and nobody else's process is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.demo.child import left_children
from ledger.settings import child_environment

END_SECONDS_MAX = 30
#: Stands for `ledger work`: same command line, other `ledger`. It says that it runs, and stays.
STAND_IN = "print('running', flush=True)\nimport signal\nsignal.pause()\n"

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `python -m ledger ...` of a home; it runs when this returns, and is gone after the test."""
    package = tmp_path / "stand_in" / "ledger"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(STAND_IN)
    started: list[subprocess.Popen[str]] = []

    def run(home: Path, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ledger", *arguments]
        process = subprocess.Popen(command, cwd=package.parent, env=child_environment(home), stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate(timeout=END_SECONDS_MAX)


def test_workers_and_servers_of_this_home_are_found_without_any_note_of_them(start: Start, tmp_path: Path) -> None:
    left = [start(tmp_path / "demo", "work"), start(tmp_path / "demo", "serve", "--port", "0")]

    assert {process.pid for process in left_children(tmp_path / "demo")} == {process.pid for process in left}


def test_a_worker_of_another_home_and_another_command_are_not_taken_for_one(start: Start, tmp_path: Path) -> None:
    """Asked, not ended: a mistake in the answer must not end workers of somebody else on this machine."""
    others = [start(tmp_path / "mine", "work"), start(tmp_path / "demo", "wait"), start(tmp_path / "demo2", "work")]

    assert not {process.pid for process in left_children(tmp_path / "demo")} & {process.pid for process in others}
