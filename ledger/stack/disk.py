"""What a full disk looks like, said clearly and early.

Kafka and PostgreSQL both die in their own words when the disk fills; here it becomes one error that names the folder.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import OperatorError

# An empty cluster (40 MB), an empty broker with its index files, and some room to work before anybody looks again.
FREE_BYTES_MIN = 200 * 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


def is_full_disk(error: OSError) -> bool:
    """Whether the disk, or this user's share of it, is used up."""
    return error.errno in _FULL


def full_disk_error(folder: Path) -> OperatorError:
    """The one message for a full disk."""
    return OperatorError(
        f"cannot write to {folder}: no space left on the disk",
        hint=f"free at least {FREE_BYTES_MIN // 1024**2} MB or set LEDGER__HOME to another disk, then run `ledger up` again",
    )


def require_free_space(folder: Path, *, free_bytes_min: int = FREE_BYTES_MIN) -> None:
    """Refuse to start servers on a disk that is nearly full. folder: an existing one.

    Raises:
        OperatorError: fewer free bytes than asked for.
    """
    if shutil.disk_usage(folder).free < free_bytes_min:
        raise full_disk_error(folder)


@contextmanager
def explain_full_disk(folder: Path) -> Iterator[None]:
    """Turn "no space" and "quota exceeded" into the one message; everything else passes."""
    try:
        yield
    except OSError as error:
        if is_full_disk(error):
            raise full_disk_error(folder) from error
        raise


def used_bytes(folder: Path) -> int:
    """Bytes on disk below folder. Blocks, not lengths: the broker's index files are sparse and look a hundred times bigger."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512  # noqa: PTH118 - a Path per file doubles the time
            except FileNotFoundError:  # a server tidied up meanwhile
                continue
    return total
