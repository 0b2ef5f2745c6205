"""Runs `ledger work` as a child, and ends it; finds those that an earlier demo has left.

The child has a session of its own: Ctrl-C at the terminal reaches us alone, and we end it in good order. Its lines go to a file in the home.
Nothing is written down about it: a demo that dies, at any moment, leaves a worker that the next one knows by its command and its LEDGER__HOME.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psutil

from ledger.errors import OperatorError
from ledger.settings import child_environment

STOP_SECONDS_MAX = 10.0
LOG_FILE = "logs/work.log"


class Worker:
    """One worker of the ledger in this home. As a context manager it is ended, whatever happens inside."""

    def __init__(self, home: Path) -> None:
        self.log, self._is_kept = home / LOG_FILE, False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as lines:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ledger", "work"],
                env=child_environment(home),
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                start_new_session=True,
            )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self._is_kept:
            self.stop()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def check(self) -> None:
        """Raise OperatorError when it has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise OperatorError(f"the worker ended by itself with {code}", hint=f"read {self.log}")

    def keep(self) -> None:
        """Leave it running when this process ends."""
        self._is_kept = True

    def stop(self) -> None:
        """End it: politely, then not. Safe to repeat."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def left_workers(home: Path) -> list[psutil.Process]:
    """Every worker of this home that runs. Ends nothing: what is to be ended can be looked at first."""
    return [process for process in psutil.process_iter() if _is_worker_of(process, home)]


def end_left_workers(home: Path) -> None:
    """End every worker of this home, whoever has started it: politely, then not."""
    found = left_workers(home)
    for process in found:
        with suppress(psutil.Error):
            process.terminate()
    for process in psutil.wait_procs(found, STOP_SECONDS_MAX)[1]:
        with suppress(psutil.Error):
            process.kill()
            process.wait(STOP_SECONDS_MAX)


def _is_worker_of(process: psutil.Process, home: Path) -> bool:
    try:
        return process.cmdline()[1:] == ["-m", "ledger", "work"] and process.environ().get("LEDGER__HOME") == str(home)
    except (OSError, psutil.Error):  # it has ended, or is somebody else's
        return False
