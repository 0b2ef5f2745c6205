"""Runs `ledger work` and `ledger serve` as children, and ends them; finds those that an earlier demo has left.

The child has a session of its own: Ctrl-C at the terminal reaches us alone, and we end it in good order. Its lines go to a file in the home.
Nothing is written down about them: a demo that dies, at any moment, leaves children that the next one knows by their command and LEDGER__HOME.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from ledger.errors import OperatorError
from ledger.settings import child_environment

STOP_SECONDS_MAX = 10.0
LISTENING_SECONDS_MAX = 60.0
MODULE, COMMANDS = ["-m", "ledger"], ("work", "serve")
_SERVING = re.compile(r"^serving (http\S+)$", re.MULTILINE)


class Child:
    """One command on the ledger in this home. As a context manager it is ended, whatever happens inside."""

    def __init__(self, home: Path, command: str, *arguments: str) -> None:
        self.command, self.log, self._is_kept = command, home / f"logs/{command}.log", False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as lines:
            self._process = subprocess.Popen(  # noqa: S603  our own command
                [sys.executable, "-m", "ledger", command, *arguments],
                env=child_environment(home),
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
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
            raise OperatorError(f"`ledger {self.command}` ended by itself with {code}", hint=f"read {self.log}")

    def wait(self) -> None:
        """Until it has ended."""
        self._process.wait()

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


class Worker(Child):
    """`ledger work`."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, "work")


class Server(Child):
    """`ledger serve`, on any port that is free."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, "serve", "--port", "0")

    def address(self) -> str:
        """Where it listens, once it does. Raises: OperatorError, it does not."""
        deadline = time.monotonic() + LISTENING_SECONDS_MAX
        while time.monotonic() < deadline:
            self.check()
            found = _SERVING.findall(self.log.read_text(encoding="utf-8", errors="replace"))
            if found:
                return str(found[-1])
            time.sleep(0.1)
        raise OperatorError(f"the server does not listen after {LISTENING_SECONDS_MAX:.0f} s", hint=f"read {self.log}")


def left_children(home: Path) -> list[psutil.Process]:
    """Every worker and server of this home that runs. Ends nothing: what is to be ended can be looked at first."""
    return [process for process in psutil.process_iter() if _is_child_of(process, home)]


def end_left_children(home: Path) -> None:
    """End every worker and server of this home, whoever has started it: politely, then not."""
    found = left_children(home)
    for process in found:
        with suppress(psutil.Error):
            process.terminate()
    for process in psutil.wait_procs(found, STOP_SECONDS_MAX)[1]:
        with suppress(psutil.Error):
            process.kill()
            process.wait(STOP_SECONDS_MAX)


def _is_child_of(process: psutil.Process, home: Path) -> bool:
    try:
        is_ours = process.cmdline()[1:4] in ([*MODULE, command] for command in COMMANDS)
        return is_ours and process.environ().get("LEDGER__HOME") == str(home)
    except (OSError, psutil.Error):  # it has ended, or is somebody else's
        return False
