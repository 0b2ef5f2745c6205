"""The broker's jars: exactly those of `kafka-jars.lock`, fetched once into a cache that all homes share.

Must never hand out a jar whose SHA-256 is not the lock's, and never let jgo resolve dependencies: it picks versions of its
own, and the broker does not start with them. Each jar is fetched beside the cache, checked, then moved in by one rename, so
a download that dies half-way leaves no jar, and two downloads at once do no harm. With all jars in the cache there is no
network.
"""

from __future__ import annotations

import hashlib
import shutil
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ledger.errors import DataError, DependencyError, OperatorError
from ledger.stack.disk import explain_full_disk, is_full_disk

PARALLEL_DOWNLOADS = 8  # 44 MB came in 11 s on 8 threads; more gained nothing
FETCH_ATTEMPTS = 4  # a connection that breaks, a server that is busy: ordinary
HASH_ATTEMPTS = 2  # a wrong hash twice is not
RETRY_SECONDS = 0.25  # before the second attempt; doubled each time, so under 2 s in all

SCRATCH_SECONDS_MAX = 3600  # no download of 44 MB takes an hour; what is older was killed
_SCRATCH = ".fetching-"

Fetch = Callable[["Jar", Path], Path]
Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    """One line of the lock. `sha256` is lower-case hex of the whole file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Unique over the lock: no two groups there share an artifact name (checked when it is read)."""
        return f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


def read_lock(text: str | None = None) -> tuple[Jar, ...]:
    """Parse the lock: `group:artifact:version sha256:hex` per line, `#` for comments. Without text: the one that ships.

    Raises:
        DataError: a line does not parse, or two jars would have the same file name.
    """
    if text is None:
        text = files("ledger.stack").joinpath("kafka-jars.lock").read_text(encoding="utf-8")
    jars: list[Jar] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        coordinates, _, digest = line.strip().partition(" sha256:")
        parts = coordinates.split(":")
        if len(parts) != 3 or len(digest) != 64:
            raise DataError(
                f"cannot read the jar lock: line {number}: expected `group:artifact:version sha256:<64 hex>`"
            )
        jars.append(Jar(group=parts[0], artifact=parts[1], version=parts[2], sha256=digest))
    if len({jar.file_name for jar in jars}) != len(jars):
        raise DataError("cannot read the jar lock: two jars have the same file name")
    return tuple(jars)


def ensure_jars(
    cache: Path, *, jars: tuple[Jar, ...] | None = None, fetch: Fetch | None = None, report: Report = lambda *_: None
) -> tuple[Path, ...]:
    """Return the checked paths of all jars, in the lock's order, fetching what is missing or damaged.

    cache: the shared folder; jars live in `<cache>/jars`. fetch: downloads one jar below a folder and returns its path.
    report: called with (done, total) after each jar that had to be fetched. Safe to repeat and to run twice at once.

    Raises:
        DependencyError: a jar cannot be downloaded.
        OperatorError: a freshly downloaded jar has a wrong hash (it is named, and not kept), or the disk is full.
    """
    jars = read_lock() if jars is None else jars
    folder = cache / "jars"
    with explain_full_disk(folder), ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        folder.mkdir(parents=True, exist_ok=True)
        is_good = list(pool.map(lambda jar: _digest(folder / jar.file_name) == jar.sha256, jars))
        missing = [jar for jar, good in zip(jars, is_good, strict=True) if not good]
        if missing:
            with _scratch(folder) as scratch:
                fetch_one = fetch or fetch_from_central
                futures = [pool.submit(_obtain, jar, folder, scratch, fetch_one) for jar in missing]
                _await_all(futures, report)
    return tuple(folder / jar.file_name for jar in jars)


def fetch_from_central(jar: Jar, folder: Path) -> Path:
    """Download one jar from Maven Central below folder, itself alone, without its dependencies."""
    from jgo.maven import MavenContext  # 0.2 s to import, and only needed once per machine

    context = MavenContext(repo_cache=folder, local_repos=[], timeout=30)
    return context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()


def _obtain(jar: Jar, folder: Path, scratch: Path, fetch: Fetch) -> None:
    """Fetch, check, move in. If the process dies before the rename, the cache has not changed."""
    digest, wrong = "", 0
    for attempt in range(FETCH_ATTEMPTS):
        attempt_folder = scratch / f"{jar.artifact}-{attempt}"
        try:
            path = fetch(jar, attempt_folder)
        except OSError as error:  # the errors of requests are OSErrors too; a full disk must stay what it is
            if is_full_disk(error):
                raise
            failure: Exception = error
        except RuntimeError as error:  # jgo: no repository has it
            failure = error
        else:
            digest = _digest(path)
            if digest == jar.sha256:
                path.replace(folder / jar.file_name)
                return
            wrong += 1
            if wrong == HASH_ATTEMPTS:
                break
            continue
        if attempt + 1 == FETCH_ATTEMPTS:
            raise DependencyError(f"cannot download {jar}: {type(failure).__name__}", hint=_hint(failure)) from failure
        time.sleep(RETRY_SECONDS * 2**attempt)
    raise OperatorError(
        f"refusing {jar}: expected sha256 {jar.sha256}, got {digest or 'no file'}",
        hint="something between Maven Central and this machine changes files; do not go on before you know what",
    )


def _hint(failure: Exception) -> str:
    if "SSLError" not in type(failure).__name__:
        return "check the network and run `ledger up` again; what has arrived is kept"
    known = ssl.get_default_verify_paths().cafile or "its file"  # requests looks at the authorities that it brings along alone
    return f"your network signs with an authority of its own: set REQUESTS_CA_BUNDLE={known} and run `ledger up` again; what has arrived is kept"


def _await_all(futures: list[Future[None]], report: Report) -> None:
    """Wait for all, so that what did arrive is kept; then raise the first failure."""
    failure: BaseException | None = None
    for done, future in enumerate(as_completed(futures), start=1):
        failure = failure or future.exception()
        report(done, len(futures))
    if failure is not None:
        raise failure


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    for left_over in folder.glob(f"{_SCRATCH}*"):  # of a download that was killed
        if time.time() - left_over.stat().st_mtime > SCRATCH_SECONDS_MAX:
            shutil.rmtree(left_over, ignore_errors=True)
    path = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
