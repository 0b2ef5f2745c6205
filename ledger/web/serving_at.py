"""Where the servers of a home listen, as long as they do: a file for each, which its server holds locked.

The kernel frees the lock however a server dies, so a file that was left behind says nothing. Must never keep a server from serving: where the file
cannot be made, nobody is told. Says nothing of servers on other machines.
"""

from __future__ import annotations

import fcntl
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

FOLDER: Final = "serving"
_ADDRESS: Final = re.compile(r"http://[^\s/]+:\d{1,5}")
_TRIES: Final = 10
_PAUSE_SECONDS: Final = 0.01
"""Whoever looks holds the lock for less than that."""


@contextmanager
def told(home: Path, address: str) -> Iterator[None]:
    """Within it `addresses` has this one. home: as it is; nothing is made where there is none."""
    path = home / FOLDER / re.sub(r"[^0-9A-Za-z.]+", "-", address)
    file = _held(path, address) if home.is_dir() else None
    try:
        yield
    finally:
        if file is not None:
            with file, suppress(OSError):
                path.unlink()


def addresses(home: Path) -> list[str]:
    """The addresses at which servers of this home listen now, `http://host:port` each, in order of their text."""
    with suppress(OSError):
        return sorted(found for path in (home / FOLDER).iterdir() if (found := _told_in(path)) is not None)
    return []


def _held(path: Path, address: str) -> TextIO | None:
    """The file, locked, with the address in it; None: it cannot be."""
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        file = path.open("a")
        if _is_locked(file):
            file.truncate(0)
            file.write(address)
            file.flush()
            return file
        file.close()
    return None


def _is_locked(file: TextIO) -> bool:
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return True
    return False


def _told_in(path: Path) -> str | None:
    """What a file says whose server lives."""
    with suppress(OSError, UnicodeDecodeError), path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = file.read(200)
            return said if _ADDRESS.fullmatch(said) else None
    return None
