"""Start, recognise and end the servers' processes.

A pid alone proves nothing: after a crash the number may belong to a stranger. A process counts as ours only if its command
line carries the server's mark (a folder of this home) and, when we remember it, its start time is the same. Must never
signal anything else. The servers live on when we die; nothing here ends a process by itself.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from ledger.errors import DependencyError
from ledger.stack.account import Account
from ledger.stack.files import write_atomically

POLL_SECONDS = 0.01
FREEZE_SECONDS_MAX = 10.0
GONE = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
# A process's start time is whole clock ticks (10 ms) after boot; two readings may round differently.
START_TIME_SLACK_SECONDS = 0.1

# Children of this very process: without a wait() they stay behind as zombies when they end.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """What we remember about a server process. started_at: seconds since 1970, as the kernel tells."""

    pid: int
    started_at: float

    def write(self, path: Path) -> None:
        """Replace the file in one step."""
        write_atomically(path, json.dumps({"pid": self.pid, "started_at": self.started_at}))

    @classmethod
    def read(cls, path: Path) -> ProcessRecord | None:
        """Return what the file says, or None when there is none or it was cut short by a crash."""
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            return cls(pid=int(record["pid"]), started_at=float(record["started_at"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


def start_detached(
    command: Sequence[str], *, log: Path, folder: Path, account: Account | None = None, environment: dict[str, str]
) -> ProcessRecord:
    """Start a process that outlives this one, in its own session, with its output appended to log.

    environment: all of it; nothing is inherited, so that no password of ours shows in a server's environment.

    Raises:
        DependencyError: the program cannot be started.
    """
    with log.open("ab") as output:
        try:
            child = subprocess.Popen(  # noqa: S603 - a list, no shell; programs come from installed packages
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                umask=0o077,
            )
        except OSError as error:
            raise DependencyError(f"cannot start {command[0]}: {error.strerror}") from error
    _children[child.pid] = child
    try:
        started_at = psutil.Process(child.pid).create_time()
    except psutil.NoSuchProcess:
        started_at = time.time()  # ended already; the caller's wait tells why from the log
    return ProcessRecord(pid=child.pid, started_at=started_at)


def is_running(pid: int) -> bool:
    """Whether the process still runs. A zombie does not."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
        return False
    return _status_of(pid) not in GONE


def _status_of(pid: int) -> str:
    """What the kernel says of a process, or of one of its threads; dead, where there is none."""
    try:
        return psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return psutil.STATUS_DEAD


def is_ours(record: ProcessRecord, mark: str) -> bool:
    """Whether the recorded process is running and is the server we started, not a later owner of its number."""
    try:
        process = psutil.Process(record.pid)
        same_start = abs(process.create_time() - record.started_at) <= START_TIME_SLACK_SECONDS
        return same_start and is_running(record.pid) and mark in process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def find_by_mark(mark: str) -> list[ProcessRecord]:
    """Find running processes with the mark among their arguments: what a killed `ledger up` started and could not note."""
    found = []
    for process in psutil.process_iter(["cmdline", "create_time", "status"]):
        if mark in (process.info["cmdline"] or ()) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(ProcessRecord(pid=process.pid, started_at=process.info["create_time"]))
    return found


def end(pid: int, *, signals: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn and wait up to its seconds; True as soon as the process is gone. The caller knows it is ours."""
    for number, seconds in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        if wait_until(lambda: not is_running(pid), seconds=seconds):
            return True
    return False


def freeze(*pids: int) -> None:
    """Send SIGSTOP and return when every thread stands still; a process that ends meanwhile is passed over.

    The kernel hands the signal to one thread, and the others run on until that one gets a processor: on a busy machine a
    broker still acknowledges after kill() has returned.
    """
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: all(map(_stands_still, pids)), seconds=FREEZE_SECONDS_MAX)


def _stands_still(pid: int) -> bool:
    try:
        threads = [each.id for each in psutil.Process(pid).threads()] if psutil.LINUX else [pid]  # elsewhere a thread's id is no pid
    except psutil.NoSuchProcess:
        return True
    return all(_status_of(each) in (psutil.STATUS_STOPPED, *GONE) for each in threads)


def wait_until(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Ask until the answer is yes or the time is over; return the last answer."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
