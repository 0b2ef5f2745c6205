"""Small files that survive a kill at any moment: written beside, synced, renamed."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path

from ledger.stack.disk import explain_full_disk


def write_atomically(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace the file's content in one step: a reader, or a crash, sees the old text or the new, never a part.

    Raises:
        OperatorError: the disk is full.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with explain_full_disk(path.parent):
        try:
            # opened with its mode: a chmod afterwards would leave a moment in which others can read
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def last_lines(path: Path, *, count: int = 20) -> list[str]:
    """The end of a log, for finding out why a server did not start; empty when there is none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return list(deque((line.rstrip() for line in file), maxlen=count))
    except FileNotFoundError:
        return []


def keep_small(path: Path, *, bytes_max: int = 5_000_000) -> None:
    """Start a new log when the old one is big; the one before is kept as `.1`."""
    if path.exists() and path.stat().st_size > bytes_max:
        path.replace(path.with_name(path.name + ".1"))
