"""Files of an archive: written whole or not at all, and on the disk before anybody is told of them.

A file is written beside its place, flushed, and renamed; then its folder is flushed. Whoever dies in between leaves a file without a name in any
checkpoint, which the next sealer writes again. Must never change a file that a checkpoint needs: full tiles and bundles are written once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from ledger.errors import OperatorError

_HINT = "look at the disk and at the rights of the folder; what was sealed before is untouched"


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
        """Write files, each whole and flushed, then their folders; return the number of bytes.

        Raises:
            OperatorError: the disk is full, or nobody may write there.
        """
        written, folders = 0, set[Path]()
        try:
            for path, data in files:
                place = self.root / path
                for folder in self._make(place.parent):
                    folders.add(folder)
                self._write_one(place, data)
                folders.add(place.parent)
                written += len(data)
            for folder in sorted(folders, key=lambda each: -len(each.parts)):
                _flush_folder(folder)
        except OSError as error:
            raise OperatorError(f"cannot write to the archive: {error.strerror}", hint=_HINT) from error
        return written

    def names(self, path: str) -> list[str]:
        """Names in a folder, sorted; none when there is no such folder."""
        try:
            return sorted(each.name for each in (self.root / path).iterdir())
        except FileNotFoundError:
            return []

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

    def _write_one(self, place: Path, data: bytes) -> None:
        beside = place.with_name(f".{place.name}.{os.getpid()}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        beside.rename(place)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
