"""A disk that is really full: a file system of a few hundred kilobytes in memory, mounted for one test. ENOSPC comes from the kernel.

As root it is mounted in its place; else in a mount namespace of one's own, that is seen through the process which holds it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

BALLAST = "ballast"


class SmallDisk:
    """root: where it is."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def free(self) -> int:
        """Bytes that can still be written."""
        said = os.statvfs(self.root)
        return said.f_bavail * said.f_frsize

    def fill(self, *, leave: int) -> None:
        """Write a file that leaves so many bytes, in whole pages."""
        with (self.root / BALLAST).open("wb") as file:
            while self.free > leave:
                file.write(bytes(min(4096, self.free - leave)))
                file.flush()

    def empty(self) -> None:
        """Take that file away."""
        (self.root / BALLAST).unlink()


@contextmanager
def small_disk(kilobytes: int) -> Iterator[SmallDisk]:
    """A disk of that size, gone at the end. Fails where neither root nor a user namespace is to be had: nothing is skipped."""
    place = Path(tempfile.mkdtemp(prefix="ledger-disk-"))
    place.chmod(0o755)  # PostgreSQL may have an account of its own
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0777", "ledger-test", str(place)]
    with ExitStack() as ending:
        ending.callback(place.rmdir)
        if os.geteuid() == 0:
            subprocess.run(mount, check=True)
            ending.callback(subprocess.run, ["umount", "--lazy", str(place)], check=True)
            yield SmallDisk(place)
            return
        words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", '"$@" && echo mounted && exec cat', "sh", *mount]
        holder = ending.enter_context(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        ending.callback(holder.kill)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "mounted\n", "a user namespace, or root, is needed for a file system of this test's own"
        yield SmallDisk(Path(f"/proc/{holder.pid}/root{place}"))
