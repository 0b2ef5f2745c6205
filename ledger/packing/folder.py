"""The folder of a pack: written beside its place under a hidden name, with the sum of each file, and renamed when it is whole."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ledger.errors import OperatorError, RefusedError
from ledger.failpoints import pass_by
from ledger.sealing.archive import flush_folder

MANIFEST: Final = "MANIFEST.json"
SUM: Final = "MANIFEST.sha256"
_BLOCK: Final = 1 << 20


class PackFolder:
    """Files that go in, one after the other. root None: nothing is written, only counted. files: what the manifest will say."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self.files: list[dict[str, Any]] = []

    @property
    def size(self) -> int:
        """Bytes so far."""
        return sum(int(each["size"]) for each in self.files)

    def add(self, path: str, data: bytes) -> None:
        """A file by its content."""
        if self._root is not None:
            self._place(path).write_bytes(data)
        self.files.append({"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()})

    def add_json(self, path: str, said: Any) -> None:
        """A file of JSON."""
        self.add(path, json.dumps(said, indent=1, ensure_ascii=False).encode() + b"\n")

    def copy(self, path: str, source: Path) -> None:
        """A file that lies elsewhere, block by block."""
        if self._root is None:
            self.files.append({"path": path, "size": source.stat().st_size, "sha256": ""})
            return
        digest, size = hashlib.sha256(), 0
        with source.open("rb") as read, self._place(path).open("wb") as write:
            while block := read.read(_BLOCK):
                write.write(block)
                digest.update(block)
                size += len(block)
        self.files.append({"path": path, "size": size, "sha256": digest.hexdigest()})

    def finish(self, about: dict[str, Any]) -> str:
        """Write the manifest and its sum; return the sum. Nothing can be added any more."""
        text = json.dumps({**about, "files": sorted(self.files, key=lambda each: str(each["path"]))}, indent=1, ensure_ascii=False).encode() + b"\n"
        digest = hashlib.sha256(text).hexdigest()
        if self._root is not None:
            (self._root / MANIFEST).write_bytes(text)
            (self._root / SUM).write_text(f"{digest}  {MANIFEST}\n")
        return digest

    def _place(self, path: str) -> Path:
        assert self._root is not None, "nothing is written when it is only counted"  # noqa: S101
        place = self._root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place


@contextmanager
def pack_folder(output: Path) -> Iterator[PackFolder]:
    """A folder that has its name when the block ends without an error, and else is gone. Who is killed leaves a hidden folder beside.

    Raises:
        RefusedError: there is something already, or by the end. OperatorError: the disk is full, or nobody may write there.
    """
    if output.is_symlink() or (output.exists() and (not output.is_dir() or any(output.iterdir()))):
        raise RefusedError("cannot pack: expected a folder that is not there or empty, got another", hint="name another folder with --output")
    beside = output.parent / f".{output.name}.{os.getpid()}"
    try:
        beside.mkdir(parents=True)
        yield PackFolder(beside)
        os.sync()  # all at once: a pack has many files
        pass_by("pack_before_rename")
        try:
            beside.rename(output)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            raise RefusedError("cannot pack: somebody else has made that folder meanwhile", hint="name another folder with --output") from None
        flush_folder(output.parent)
    except OSError as error:
        raise OperatorError(f"cannot pack: {error.strerror}", hint="look at the disk and at the rights of the folder") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
