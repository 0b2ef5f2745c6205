"""Files of an archive: written whole or not at all, and on the disk before anybody is told of them.

A file is written beside its place, flushed, and renamed; then its folder is flushed. Whoever dies in between leaves a file without a name in any
checkpoint, which the next sealer writes again. Must never change a file that a checkpoint needs: full tiles and bundles are written once.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from ledger.errors import OperatorError

FLUSHERS: Final = 8
_HINT: Final = "look at the disk and at the rights of the folder; what was sealed before is untouched"


class Archive:
    """One folder. Paths are relative to it, with `/`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, or None when there is none.

        Raises:
            OperatorError: it is there and cannot be read.
        """
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OperatorError(f"cannot read {path} of the archive: {error.strerror}", hint=_HINT) from error

    def write(self, files: Iterable[tuple[str, bytes]]) -> int:
        """Write files, each whole and flushed before it has its name, then flush their folders; return the number of bytes.

        All are written before the first is flushed: the disk then does most of the flushing at once. Dying in between leaves some of them.

        Raises:
            OperatorError: the disk is full, or nobody may write there.
        """
        written, places, folders = 0, dict[Path, Path](), set[Path]()
        try:
            for path, data in files:
                place = self.root / path
                folders.update(self._make(place.parent), [place.parent])
                places[place] = beside = place.with_name(f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}")
                beside.write_bytes(data)
                written += len(data)
            with ThreadPoolExecutor(FLUSHERS) as flushers:  # the disk takes several at once, and the interpreter does not wait for it
                for done in [flushers.submit(_flush, beside, os.O_RDONLY) for beside in places.values()]:
                    done.result()
            for place, beside in places.items():
                beside.rename(place)
            for folder in sorted(folders, key=lambda each: -len(each.parts)):
                flush_folder(folder)
        except OSError as error:
            for beside in places.values():
                beside.unlink(missing_ok=True)
            raise OperatorError(f"cannot write to the archive: {error.strerror}", hint=_HINT) from error
        return written

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return (self.root / path).is_file()

    def names(self, path: str) -> list[str]:
        """Names in a folder, sorted; none when there is no such folder."""
        try:
            return sorted(each.name for each in (self.root / path).iterdir())
        except FileNotFoundError:
            return []

    def remove(self, path: str) -> None:
        """Take away a file; nothing happens when there is none."""
        (self.root / path).unlink(missing_ok=True)

    def remove_folder(self, path: str) -> None:
        """Take away a folder with the files in it; nothing happens when there is none."""
        shutil.rmtree(self.root / path, ignore_errors=True)

    def _make(self, folder: Path) -> list[Path]:
        """Make a folder; return those in which a new name stands."""
        if folder.is_dir():
            return []
        above = self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        return [*above, folder.parent]


def flush_folder(path: Path) -> None:
    """Let the names in a folder be on the disk."""
    _flush(path, os.O_RDONLY | os.O_DIRECTORY)


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
