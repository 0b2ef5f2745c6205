"""The jar cache: nothing reaches the broker but what the lock says, whatever happened to the download or the disk."""

from __future__ import annotations

import errno
import hashlib
import threading
from pathlib import Path

import pytest

from ledger.errors import DataError, DependencyError, OperatorError
from ledger.stack.jars import FETCH_ATTEMPTS, Jar, ensure_jars, read_lock

CONTENT = {f"part-{number}": f"class files {number}".encode() * 1000 for number in range(12)}
JARS = tuple(
    Jar(group="org.example", artifact=name, version="1.0", sha256=hashlib.sha256(content).hexdigest())
    for name, content in CONTENT.items()
)


class FakeRepository:
    """Serves CONTENT. `answers` overrides what one artifact's successive fetches return; None is a broken connection."""

    def __init__(self, **answers: list[bytes | None]) -> None:
        self.answers = answers
        self.fetched: list[str] = []
        self._lock = threading.Lock()

    def fetch(self, jar: Jar, folder: Path) -> Path:
        with self._lock:
            self.fetched.append(jar.artifact)
            queue = self.answers.get(jar.artifact.replace("-", "_"))
            content = queue.pop(0) if queue else CONTENT[jar.artifact]
        if content is None:
            raise ConnectionError("connection reset by peer")
        folder.mkdir(parents=True)
        path = folder / "download.jar"
        path.write_bytes(content)
        return path


def offline(jar: Jar, folder: Path) -> Path:
    raise AssertionError(f"{jar} was fetched although it is cached")


def cached_names(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "jars").iterdir())


def test_the_shipped_lock_names_46_jars_of_kafka_4_3_1_each_with_a_hash():
    jars = read_lock()

    assert len(jars) == 46
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.3.1"}
    assert all(len(bytes.fromhex(jar.sha256)) == 32 for jar in jars)


def test_all_jars_are_fetched_once_and_then_need_no_network(tmp_path: Path):
    repository = FakeRepository()
    progress: list[tuple[int, int]] = []

    paths = ensure_jars(tmp_path, jars=JARS, fetch=repository.fetch, report=lambda *done: progress.append(done))

    assert [path.read_bytes() for path in paths] == list(CONTENT.values())
    assert progress == [(done, 12) for done in range(1, 13)]
    assert ensure_jars(tmp_path, jars=JARS, fetch=offline) == paths


def test_a_half_written_jar_in_the_cache_is_fetched_again_and_only_that_one(tmp_path: Path):
    paths = ensure_jars(tmp_path, jars=JARS, fetch=FakeRepository().fetch)
    paths[3].write_bytes(paths[3].read_bytes()[:700])
    repository = FakeRepository()

    ensure_jars(tmp_path, jars=JARS, fetch=repository.fetch)

    assert repository.fetched == ["part-3"]
    assert paths[3].read_bytes() == CONTENT["part-3"]


@pytest.mark.parametrize("first", [None, b"half a ja"])
def test_a_download_that_breaks_once_is_tried_again(first: bytes | None, tmp_path: Path):
    repository = FakeRepository(part_5=[first])

    paths = ensure_jars(tmp_path, jars=JARS, fetch=repository.fetch)

    assert repository.fetched.count("part-5") == 2
    assert paths[5].read_bytes() == CONTENT["part-5"]


def test_a_jar_with_a_wrong_hash_is_refused_by_name_and_not_kept_while_the_others_are(tmp_path: Path):
    repository = FakeRepository(part_7=[b"not the jar you locked", b"not the jar you locked"])

    with pytest.raises(
        OperatorError, match=r"refusing org\.example:part-7:1\.0: expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}"
    ):
        ensure_jars(tmp_path, jars=JARS, fetch=repository.fetch)

    assert cached_names(tmp_path) == sorted(jar.file_name for jar in JARS if jar.artifact != "part-7")


def test_without_network_the_missing_jar_is_named_and_what_arrived_is_kept(tmp_path: Path):
    with pytest.raises(DependencyError, match=r"cannot download org\.example:part-2:1\.0: ConnectionError"):
        ensure_jars(tmp_path, jars=JARS, fetch=FakeRepository(part_2=[None] * FETCH_ATTEMPTS).fetch)

    repository = FakeRepository()
    ensure_jars(tmp_path, jars=JARS, fetch=repository.fetch)
    assert repository.fetched == ["part-2"]


def test_a_network_that_signs_with_its_own_authority_is_named_with_the_remedy(tmp_path: Path):
    class SSLError(OSError):
        """As that of requests."""

    def fetch(jar: Jar, folder: Path) -> Path:
        raise SSLError

    with pytest.raises(DependencyError) as found:
        ensure_jars(tmp_path, jars=JARS[:1], fetch=fetch)
    assert "set REQUESTS_CA_BUNDLE=" in (found.value.hint or "")


def test_a_full_disk_is_called_a_full_disk(tmp_path: Path):
    def fetch(jar: Jar, folder: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OperatorError, match="no space left on the disk"):
        ensure_jars(tmp_path, jars=JARS, fetch=fetch)


def test_a_jar_swapped_in_the_cache_is_never_handed_out(tmp_path: Path):
    paths = ensure_jars(tmp_path, jars=JARS, fetch=FakeRepository().fetch)
    paths[0].write_bytes(b"evil" * 4000)

    ensure_jars(tmp_path, jars=JARS, fetch=FakeRepository().fetch)

    assert paths[0].read_bytes() == CONTENT["part-0"]


@pytest.mark.parametrize("line", ["org.example:part:1.0", "org.example:part sha256:" + "0" * 64, "a:b:1 sha256:123"])
def test_a_lock_line_that_does_not_parse_is_named_by_its_number(line: str):
    with pytest.raises(DataError, match="line 2"):
        read_lock(f"# comment\n{line}\n")
