"""The system account PostgreSQL runs as when we are root: it refuses to run as root itself.

An ordinary user needs none of this. As root a system user `ledger-postgres` is made once (or `nobody` is taken where users
cannot be added), and folders on the way to the binaries and the data get the right to pass through (`x`), never to read.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_NAME = "ledger-postgres"
FALLBACK_NAME = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A system user to run a server as."""

    name: str
    uid: int
    gid: int


def postgres_account(data: Path) -> Account | None:
    """Return the account to run PostgreSQL as, or None to run it as ourselves. Makes the account when it is missing.

    data: the data folder; once it is there, its owner decides, for good.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(name=str(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid)
    for name in (ACCOUNT_NAME, FALLBACK_NAME):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            if name == FALLBACK_NAME or not _add_user(name):
                continue
            entry = pwd.getpwnam(name)
        return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
    return Account(name="65534", uid=65534, gid=65534)  # a container without a user table: the number is enough


def _add_user(name: str) -> bool:
    program = shutil.which("useradd")
    if program is None:
        return False
    command = [program, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - constant arguments


def let_pass(path: Path) -> list[Path]:
    """Let other accounts pass through every folder above path. Returns the folders that had to be changed."""
    changed = []
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            changed.append(folder)
    return changed


def let_read(programs: Path) -> list[Path]:
    """Let other accounts pass to a folder of installed programs and use all in it (root may install with a tight umask).

    Returns the folders above it that had to be changed.
    """
    everything = stat.S_IXOTH | stat.S_IROTH
    if programs.stat().st_mode & everything != everything:
        for path in (programs, *programs.rglob("*")):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode):
                path.chmod(stat.S_IMODE(mode) | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
    return let_pass(programs)


def give(path: Path, account: Account | None) -> None:
    """Make the folder the account's own and closed to everybody else."""
    path.chmod(0o700)
    if account is not None:
        os.chown(path, account.uid, account.gid)
