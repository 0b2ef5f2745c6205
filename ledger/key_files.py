"""Files of secrets: for their owner alone, whole or not at all, never one over another by accident.

Must never show what is in them. Source: docs/evidence.md section 8, docs/vault.md section 4.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from ledger.errors import OperatorError, RefusedError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_key_file(path: Path, name: str, *, missing: OperatorError) -> str:
    """The text of a file that nobody but its owner may read. name: what it is to people. missing: the error when there is none.

    Raises:
        OperatorError: there is none, others may read it, or it cannot be read.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise missing from None
    except (OSError, ValueError) as error:
        raise OperatorError(f"cannot read the {name} {path}: {type(error).__name__}", hint="restore it from its backup") from None
    if mode & _OTHERS:
        raise OperatorError(f"cannot use the {name} {path}: others may read it (mode {stat.S_IMODE(mode):04o})", hint=f"chmod 600 {path}")
    return text


def write_key_file(path: Path, name: str, text: str, *, is_new: bool, hint: str, wipes: bool = False) -> None:
    """Write a file of mode 0600. is_new: there must be none yet; hint: what to do where there is. wipes: zeros over what was in the file before.

    Zeros reach the old bytes where the disk writes in place; not on copies, snapshots, or flash that moves what is written.

    Raises:
        RefusedError: there is one already.
        OperatorError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    before: int | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if wipes:
            for left in path.parent.glob(f".{path.name}.*"):  # of a run that was killed: it holds secrets too
                _wipe(left)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if wipes and path.exists():
            before = os.open(path, os.O_WRONLY)
        if is_new:
            try:
                os.link(beside, path)  # unlike a rename it never replaces a key
            except FileExistsError:
                raise RefusedError(f"cannot make a key: there is one at {path}", hint=hint) from None
        else:
            beside.replace(path)
        _sync_folder(path.parent)
        if before is not None:
            _zeros_over(before)
    except OSError as error:
        raise OperatorError(f"cannot write the {name} {path}: {error.strerror}", hint="look at the disk and at the rights of the folder") from error
    finally:
        with suppress(OSError):  # there is none, or the folder is none
            beside.unlink()
        if before is not None:
            os.close(before)


def _wipe(path: Path) -> None:
    opened = os.open(path, os.O_WRONLY)
    try:
        _zeros_over(opened)
    finally:
        os.close(opened)
    path.unlink()


def _zeros_over(opened: int) -> None:
    os.pwrite(opened, bytes(os.fstat(opened).st_size), 0)
    os.fsync(opened)


def _sync_folder(folder: Path) -> None:
    """What a folder lists is on the disk only when the folder is."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
