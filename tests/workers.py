"""`ledger work` processes for tests: started, watched through their lines on stderr, killed in every way. All are gone at the end."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from ledger import waiting
from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_positions import PostgresPositions
from tests.ledgers import TestLedger

_numbers = itertools.count(1)
END_SECONDS_MAX = 40.0
SESSION_SECONDS = "6"  # the least that the broker allows: what a test waits for after a kill -9


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Ask again and again until the answer is yes; fail when the time is over."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


def comes_true(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Whether the answer becomes yes in this time. For what must *not* happen."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_frozen(pid: int) -> bool:
    """Whether the process is stopped by a signal."""
    return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)


def wait_until_answered(ledger: TestLedger, seconds: float = 60.0) -> None:
    """As `ledger wait`."""
    positions = PostgresPositions(ledger.dsn)
    try:
        waiting.wait_until_answered(KafkaAdmin(ledger.settings), positions, partitions=ledger.identity.partitions, seconds=seconds)
    finally:
        positions.close()


class Worker:
    """One process. lines(): what it has said so far."""

    def __init__(self, ledger: TestLedger, name: str, *, only: str | None, environment: dict[str, str], options: Sequence[str] = ()) -> None:
        self._log = ledger.home / f"{name}.log"
        arguments = [sys.executable, "-m", "ledger", "work", *(["--only", only] if only else []), *options]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(arguments, env=ledger.environment | environment, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        return self._process.pid

    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines so far, in order; other lines as {"text": ...}."""
        found = []
        for line in self._log.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                found.append({"text": line})
        return found

    def said(self, event: str) -> bool:
        """Whether a line with this event name has come."""
        return any(line.get("event") == event for line in self.lines())

    def text(self) -> str:
        """All that was said."""
        return self._log.read_text(encoding="utf-8")

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    def wait(self, seconds: float = END_SECONDS_MAX) -> int:
        """Wait for its end."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the worker did not end within {seconds:g} s; it said:\n{self.text()}") from None

    def stop(self) -> int:
        """SIGTERM, once it listens to signals; returns the exit code."""
        wait_until(lambda: self.exit_code is not None or self.said("worker_started"), seconds=END_SECONDS_MAX, what="the worker's start")
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL."""
        self.signal(signal.SIGKILL)
        self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self._process.poll() is None:
            os.kill(self._process.pid, number)


class Workers:
    """Starts workers of one ledger."""

    def __init__(self, ledger: TestLedger) -> None:
        self._ledger = ledger
        self._started: list[Worker] = []
        # Of its own: Kafka remembers members that an earlier test has killed, until their session is over.
        self.group = f"test-{os.getpid()}-{next(_numbers)}"

    def start(self, only: str | None = None, *, failpoint: str = "", **settings: str) -> Worker:
        """Start a worker. settings: more of LEDGER__*, lower case without the prefix."""
        settings = {"worker__session_seconds": SESSION_SECONDS, "worker__group": self.group} | settings
        environment = {f"LEDGER__{name.upper()}": value for name, value in settings.items()}
        if failpoint:
            environment["LEDGER__FAILPOINT"] = failpoint
        worker = Worker(self._ledger, f"worker-{len(self._started)}", only=only, environment=environment)
        self._started.append(worker)
        return worker

    def adopt(self, worker: Worker) -> None:
        """Take care of a worker that was started otherwise."""
        self._started.append(worker)

    def end_all(self) -> None:
        """Kill what still runs, and print what each has said: pytest shows it when the test failed."""
        for worker in self._started:
            print(f"--- worker {worker.pid}, exit code {worker.exit_code}\n{worker.text()}")
            worker.signal(signal.SIGCONT)
            worker.kill()


@contextmanager
def workers_of(ledger: TestLedger) -> Iterator[Workers]:
    """Workers that are gone afterwards."""
    with ExitStack() as ending:
        workers = Workers(ledger)
        ending.callback(workers.end_all)
        yield workers


def run_ledger(ledger: TestLedger, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one `ledger` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "ledger", *arguments], env=ledger.environment, capture_output=True, text=True, check=False, timeout=120, cwd=path
    )
