"""Programs that only tests need, installed where they are missing: one at a time, since two test processes may want one at once."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from pathlib import Path


def installed(package: str, *names: str, is_alone: bool = False) -> str:
    """Where the first of these programs is that is there; after installing Debian's package where none is, is_alone: without what it recommends.

    Raises:
        AssertionError: it is not there, and could not be installed.
    """
    with (Path(tempfile.gettempdir()) / "ledger-tests-install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (found := _first(names)) is None:
            options = ["--no-install-recommends"] if is_alone else []
            subprocess.run(["apt-get", "install", "--yes", "--quiet", *options, package], check=True, capture_output=True)
            found = _first(names)
    assert found, f"the test needs {names[0]}"
    return found


def _first(names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := shutil.which(name)) is not None), None)
