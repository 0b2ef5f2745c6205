"""An export on the disk: the file whole or not at all, then its manifest; and whether a file is still what its manifest says.

1 a hidden file is written and flushed  2 an older manifest goes  3 the file gets its name  4 the manifest gets its own, whole. Dying before 2 leaves
what was there; between 2 and 4 a file, the old or the new one, without a manifest, which `check` calls unfinished. A file with a manifest that fits
is whole, always. Dying leaves a hidden file at most. Files are for their owner alone (0600): they hold references of people.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.errors import CallerError, OperatorError
from ledger.exporting.exporting import Export
from ledger.exporting.manifest import ENDING, as_bytes, read_manifest
from ledger.failpoints import pass_by

_HINT: Final = "look at the disk and at the rights of the folder; no file was left half"
_READ: Final = 1024 * 1024


class Written(NamedTuple):
    """Where the file and its manifest are, and what the manifest says."""

    file: Path
    manifest: Path
    said: dict[str, Any]


def manifest_of(file: Path) -> Path:
    """Where the manifest of a file stands."""
    return file.with_name(file.name + ENDING)


def write_export(export: Export, folder: Path, *, force: bool = False, progress: Callable[[int], None] = lambda rows: None) -> Written:
    """Write an export into a folder, which is made when it is not there. progress: is told the rows so far.

    Raises:
        CallerError: the file or its manifest is there and `force` is not given. OperatorError: nobody may write there, or the disk is full.
        Whatever reading the export raises.
    """
    file = folder / export.name
    manifest = manifest_of(file)
    if not force and (file.exists() or manifest.exists()):
        raise CallerError(f"cannot write {file.name}: expected no such file or manifest in the folder, got one", hint="--force writes over it")
    hidden = _hidden(file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(hidden, export.chunks(), lambda: progress(export.rows))
        said = export.manifest()
        pass_by("export_before_rename")
        manifest.unlink(missing_ok=True)  # it speaks of the file that was here before
        _name(hidden, file)
        pass_by("export_before_manifest")
        hidden = _hidden(manifest)
        _write(hidden, [as_bytes(said)], lambda: None)
        _name(hidden, manifest)
    except OSError as error:
        raise OperatorError(f"cannot write the export: {error.strerror}", hint=_HINT) from error
    finally:
        with suppress(OSError):  # it has its name by now, or there is no such folder
            hidden.unlink()
    return Written(file, manifest, said)


def check(file: Path) -> list[str]:
    """What is not as the manifest says, in words; nothing when all is. Takes the manifest's own path too.

    Raises:
        CallerError: there is no such file. DataError: the manifest is none of ours. OperatorError: it cannot be read.
    """
    if file.name.endswith(ENDING):
        file = file.with_name(file.name.removesuffix(ENDING))
    try:
        if not file.is_file():
            raise CallerError("cannot check the export: expected a file, got none there", hint="name the file, not its folder")
        if not manifest_of(file).is_file():
            return ["there is no manifest: the export was cut off, or is older than its file; make it again"]
        said = read_manifest(manifest_of(file).read_bytes())["files"][0]
        size, hashed = _hashed(file)
    except OSError as error:
        raise OperatorError(f"cannot read the export: {error.strerror}", hint="look at the disk and at the rights of the folder") from error
    found = []
    if said["name"] != file.name:
        found.append("the manifest is of a file with another name")
    if said["bytes"] != size:
        found.append(f"the file has {size:,} bytes, the manifest says {said['bytes']:,}")
    if said["sha256"] != hashed:
        found.append("the SHA-256 of the file is not the one in the manifest")
    return found


def _hidden(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def _write(path: Path, chunks: Iterable[bytes], told: Callable[[], None]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for chunk in chunks:
            out.write(chunk)
            told()
        out.flush()
        os.fsync(out.fileno())


def _name(hidden: Path, path: Path) -> None:
    hidden.rename(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _hashed(file: Path) -> tuple[int, str]:
    hashed, size = hashlib.sha256(), 0
    with file.open("rb") as data:
        while part := data.read(_READ):
            hashed.update(part)
            size += len(part)
    return size, hashed.hexdigest()
