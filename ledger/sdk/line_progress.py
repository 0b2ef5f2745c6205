"""How far a file of JSON Lines is emitted, kept in a file beside it so that a run that was stopped can go on.

The file may grow between two runs, but what a run has seen of it may not change: ids of lines are derived from its digest at the
first run, `origin`, and a changed line would be passed over as done. Must never hold anything of a line but its number.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Self

from ledger.errors import CallerError

_CHUNK: Final = 1 << 20


class FileIdentity(NamedTuple):
    """The SHA-256 of a file's bytes, how many there are, how many lines, and whether the last one has its end."""

    sha256: bytes
    size: int
    lines: int
    is_ended: bool


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a file is emitted: every line up to `lines_done` is acknowledged or refused, and `refused` are the refused ones.

    origin: SHA-256 of the file at its first run, from which ids of lines come. file_sha256, size, lines: the file at this run.
    """

    origin: bytes = b""
    file_sha256: bytes = b""
    size: int = 0
    lines: int = 0
    lines_done: int = 0
    refused: set[int] = field(default_factory=set)

    def is_to_do(self, number: int) -> bool:
        """Say whether a line is to be emitted: not reached yet, or refused by an earlier run."""
        return number > self.lines_done or number in self.refused

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        found = {
            "origin": self.origin.hex(),
            "file_sha256": self.file_sha256.hex(),
            "bytes": self.size,
            "lines_done": self.lines_done,
            "refused": _as_ranges(self.refused),
        }
        beside = path.with_name(path.name + ".new")
        beside.write_text(json.dumps(found) + "\n", encoding="utf-8")
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. Raises: FileNotFoundError; OSError, ValueError, TypeError, KeyError when it is something else."""
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            origin=bytes.fromhex(found["origin"]),
            file_sha256=bytes.fromhex(found["file_sha256"]),
            size=int(found["bytes"]),
            lines_done=int(found["lines_done"]),
            refused={number for first, last in found["refused"] for number in range(first, last + 1)},
        )


def identify(path: Path, size: int | None = None) -> FileIdentity:
    """Read a file once, or its first `size` bytes. Raises: CallerError when it cannot be read."""
    digest, lines, read, last = hashlib.sha256(), 0, 0, b"\n"
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK if size is None else min(_CHUNK, size - read)):
                digest.update(chunk)
                lines += chunk.count(b"\n")
                read += len(chunk)
                last = chunk[-1:]
    except OSError as error:
        raise CallerError(f"cannot read the file: {os.strerror(error.errno or 0).lower()}", hint="give a file of JSON Lines, or -") from None
    is_ended = last == b"\n"
    return FileIdentity(digest.digest(), read, lines + (not is_ended), is_ended)


def begin(file: Path) -> Progress:
    """Return the progress of a file that is looked at from its first line to its last. Raises: CallerError when it cannot be read."""
    return _begin(identify(file))


def load_progress(state: Path, file: Path) -> Progress:
    """Read how far a file is emitted, and note what it is like now; a file never begun is at line 0.

    Raises:
        CallerError: the progress file is damaged, or what was seen of the file has changed.
    """
    now = identify(file)
    try:
        found = Progress.load(state)
    except FileNotFoundError:
        return _begin(now)
    except (OSError, ValueError, TypeError, KeyError):
        raise CallerError(
            f"cannot read {state.name}: expected the progress of an earlier run",
            hint="remove it to begin anew: as long as the file is as it was, its lines get the same ids and repeat harmlessly",
        ) from None
    if now.sha256 != found.file_sha256 and not _has_grown(file, found):
        raise CallerError(
            f"cannot resume: {state.name} belongs to a file with another content",
            hint="lines may be appended, not changed: undo the change, and put corrected lines into a new file",
        )
    found.file_sha256, found.size, found.lines = now.sha256, now.size, now.lines
    return found


def _begin(now: FileIdentity) -> Progress:
    return Progress(origin=now.sha256, file_sha256=now.sha256, size=now.size, lines=now.lines)


def _has_grown(file: Path, found: Progress) -> bool:
    """Say whether the file only has more behind what the last run saw of it."""
    before = identify(file, found.size)
    if before.sha256 != found.file_sha256:
        return False
    if before.is_ended or found.is_to_do(before.lines):
        return True
    with file.open("rb") as stream:  # the last line stood without its end and is emitted: it may only get that
        stream.seek(found.size)
        return stream.read(1) == b"\n"


def _as_ranges(numbers: set[int]) -> list[list[int]]:
    """Write numbers as [first, last] of each run of them: a whole file of refused lines stays short."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges
