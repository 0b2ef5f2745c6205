"""Fresh simulated ledgers for the benchmark, each in a home of its own, and the processes measured on them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from ledger import Emitter
from ledger.stack import Running, up
from tests.bench.shares import CATEGORIES, CONTROLLER, RECIPIENTS, START_MICROS

WAIT_SECONDS_MAX = 300.0
COPIES = 6 + 2 * len(RECIPIENTS)
"""Register events in each partition before the load: the first tick, five policies, the recipients and the agreements with them: a share
with one that is not registered, or without an agreement, breaks a promise (SO-10, SO-09)."""
REPOSITORY = Path(__file__).resolve().parents[2]


@contextmanager
def ledger(partitions: int = 4) -> Iterator[Running]:
    """A new ledger with all five policies published and the recipients registered; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder, up(Path(folder) / "home", simulated=True, partitions=partitions) as running:
        _begin(running)
        yield running


@contextmanager
def kept_ledger(home: Path, partitions: int = 4) -> Iterator[tuple[Running, bool]]:
    """A ledger that stays for the next run, and whether it is new: filling one with ten million holdings takes longer than measuring it."""
    is_new = not home.exists()
    with up(home, simulated=True, partitions=partitions) as running:
        if is_new:
            _begin(running)
        yield running, is_new


def _begin(running: Running) -> None:
    run(running, "policy", "publish", "--all")
    register_recipients(running, CONTROLLER)


def register_recipients(running: Running, controller: str) -> None:
    """Register who gets data, and the agreements: two events each in each partition."""
    servers = running.settings.kafka.bootstrap_servers
    with Emitter(controller=controller, source="bench", bootstrap_servers=servers) as emitter:
        for recipient, role, purpose in RECIPIENTS:
            emitter.emit("RecipientRegistered", recipient=recipient, role=role, country="NL")
            emitter.emit(
                "AgreementChanged", recipient=recipient, agreement=f"dpa-{recipient}", state="IN_FORCE", categories=CATEGORIES,
                purposes=[purpose], in_force_from=START_MICROS,
            )  # fmt: skip


def environment(running: Running) -> dict[str, str]:
    """The environment of a process that works on this ledger."""
    return {**os.environ, "LEDGER__HOME": str(running.settings.home), "PYTHONPATH": str(REPOSITORY)}


def run(running: Running, *arguments: str) -> str:
    """Run one `ledger` command to its end and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "ledger", *arguments], env=environment(running), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"ledger {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def worker(running: Running, *only: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `ledger work` process; stopped afterwards."""
    arguments = [sys.executable, "-m", "ledger", "work"]
    if only:
        arguments += ["--only", ",".join(only)]
    log = (running.settings.home / f"worker-{time.time_ns()}.log").open("wb")
    process = subprocess.Popen(arguments, env=environment(running), stderr=log, stdout=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def fold_policies(running: Running) -> None:
    """Let the first tick and the five policies be copied into every partition and folded, so that every event is judged."""
    with worker(running, "broadcaster", "projector"), psycopg.connect(dsn(running), autocommit=True) as connection:
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while folded(connection) < COPIES * running.identity.partitions:
            if time.monotonic() > deadline:
                raise RuntimeError("the policies were not folded")
            time.sleep(0.05)


def dsn(running: Running) -> str:
    """Where the projections are."""
    return running.settings.postgres.dsn.get_secret_value()


def folded(connection: psycopg.Connection[Any]) -> int:
    """How many records of `facts` are in the projections, over all partitions."""
    row = connection.execute("SELECT coalesce(sum(next_offset), 0) FROM projection.progress WHERE topic = 'facts'").fetchone()
    return int(row[0]) if row else 0


def memory_mib(pid: int) -> float:
    """Peak resident memory of a process so far."""
    text = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")) / 1024


def peer(*arguments: str, python: str = sys.executable) -> float:
    """Run a peer and return its events per second."""
    done = subprocess.run(
        [python, *arguments], capture_output=True, text=True, check=False, cwd=REPOSITORY, timeout=WAIT_SECONDS_MAX
    )
    if done.returncode:
        raise RuntimeError(f"peer {arguments} ended with {done.returncode}: {done.stderr[-2000:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return float(answer["events"]) / float(answer["seconds"])
