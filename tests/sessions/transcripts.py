"""Reads the sessions of a Markdown page and plays them in one shell, in order, in one folder: what the page says is what happens.

In a ```console block, `$ ` begins a command, `> ` goes on with it, other lines are its output: standard output and error as they come.
In expected output `…` stands for any text within a line, and a line of `…` alone for any number of lines. A ```python block that begins with
`# name.py` is saved under that name. Other blocks are not played.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

COMMAND_SECONDS_MAX = 240.0
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ENDED = "--command ended with "


class File(NamedTuple):
    """A block that is saved. line: where it stands on the page."""

    line: int
    name: str
    text: str


class Command(NamedTuple):
    """A command and what it prints. line: where it stands on the page."""

    line: int
    text: str
    expected: str


def steps(page: str) -> Iterator[File | Command]:
    """What the page has to play, in order."""
    for block in _FENCE.finditer(page):
        line, (kind, text) = page.count("\n", 0, block.start()) + 2, block.groups()
        if kind == "python" and text.startswith("# "):
            yield File(line, text.split("\n", 1)[0][2:], text)
        elif kind == "console":
            yield from _commands(line, text)


def _commands(first: int, text: str) -> Iterator[Command]:
    started: list[str] = []
    expected: list[str] = []
    begin = first
    for number, row in enumerate(text.rstrip("\n").split("\n"), first):
        if row.startswith("$ "):
            if started:
                yield Command(begin, "\n".join(started), "\n".join(expected))
            started, expected, begin = [row[2:]], [], number
        elif row.startswith("> ") and not expected:
            started.append(row[2:])
        else:
            expected.append(row)
    if started:
        yield Command(begin, "\n".join(started), "\n".join(expected))


def fits(expected: str, printed: str) -> bool:
    """Whether the output is the expected one; blanks at the ends of lines do not count."""
    parts = []
    for row in expected.rstrip("\n").split("\n"):
        if row.strip() == "…":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*".join(re.escape(text) for text in row.rstrip().split("…")) + "\n")
    wanted = "".join(parts) if expected.strip() else ""
    return re.fullmatch(wanted, _trimmed(printed)) is not None


def _trimmed(printed: str) -> str:
    rows = [row.rstrip() for row in printed.rstrip("\n").split("\n")]
    return "\n".join(rows) + "\n" if printed.strip() else ""


_AS_IN_A_TERMINAL = {"PYTHONUNBUFFERED": "1"}
"""Lines of both outputs come in the order in which they are written; into a file Python would keep those of one back."""


class Shell:
    """One bash that keeps its state (folder, exports, jobs) from command to command. As a context manager it ends with its jobs."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._log = folder, folder / ".shell.log"
        self._log.touch()
        with self._log.open("ab") as log:
            self._bash = subprocess.Popen(
                ["bash", "--noprofile", "--norc"], cwd=folder, env=dict(environment) | _AS_IN_A_TERMINAL,
                stdin=subprocess.PIPE, stdout=log, stderr=log, text=True,
            )  # fmt: skip

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_: object) -> None:
        self._write("kill $(jobs -p) 2> /dev/null; wait; exit\n")
        if self._bash.stdin is not None:
            self._bash.stdin.close()
        self._bash.wait(COMMAND_SECONDS_MAX)

    def run(self, command: str) -> tuple[int, str]:
        """Run one command; returns its exit code and what it printed."""
        before = self._log.stat().st_size
        self._write(f"{command}\nprintf '\\n{_ENDED}%s\\n' $?\n")
        deadline = time.monotonic() + COMMAND_SECONDS_MAX
        while True:
            with self._log.open("rb") as log:
                log.seek(before)
                printed = log.read().decode()
            if (at := printed.rfind(_ENDED)) >= 0 and printed.endswith("\n"):
                return int(printed[at + len(_ENDED) :]), printed[: max(at - 1, 0)]
            assert time.monotonic() < deadline, f"not ended in time: {command}\n{printed}"
            assert self._bash.poll() is None, printed
            time.sleep(0.05)

    def _write(self, text: str) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.write(text)
        self._bash.stdin.flush()
