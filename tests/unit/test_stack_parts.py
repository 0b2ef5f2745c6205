"""The small parts under the stack: disk, Java, processes, files, what a server's failure is called."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ledger.errors import CallerError, DependencyError, OperatorError
from ledger.stack.disk import explain_full_disk, require_free_space, used_bytes
from ledger.stack.files import write_atomically
from ledger.stack.java import find_java, java_version
from ledger.stack.kafka import EmbeddedKafka
from ledger.stack.processes import ProcessRecord, end, find_by_mark, freeze, is_ours, is_running, start_detached, wait_until

BUSY = """
import hashlib, threading
def work():
    while True:
        hashlib.sha256(bytes(1_000_000))
for _ in range(12):
    threading.Thread(target=work).start()
print("busy", flush=True)
"""
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def java_that(tmp_path: Path, script: str) -> Path:
    """A stand-in for `java` that runs a shell script."""
    program = tmp_path / "java"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def kafka_with(tmp_path: Path, script: str) -> EmbeddedKafka:
    return EmbeddedKafka(tmp_path / "home", java=lambda: java_that(tmp_path, script), jars=lambda: ())


def test_a_disk_with_too_little_room_is_refused_before_anything_starts(tmp_path: Path):
    require_free_space(tmp_path, free_bytes_min=1)

    with pytest.raises(OperatorError, match=f"cannot write to {tmp_path}: no space left on the disk"):
        require_free_space(tmp_path, free_bytes_min=2**62)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_no_space_and_no_quota_are_one_message(number: int, tmp_path: Path):
    with pytest.raises(OperatorError, match="no space left"), explain_full_disk(tmp_path):
        raise OSError(number, os.strerror(number))


def test_other_disk_errors_stay_what_they_are(tmp_path: Path):
    with pytest.raises(PermissionError), explain_full_disk(tmp_path):
        raise PermissionError(errno.EACCES, "denied")


def test_the_size_of_a_sparse_file_is_what_it_takes_on_the_disk(tmp_path: Path):
    with (tmp_path / "index").open("wb") as file:
        file.truncate(10_000_000)

    assert used_bytes(tmp_path) < 100_000


def test_a_broker_that_dies_of_a_full_disk_says_so(tmp_path: Path):
    kafka = kafka_with(tmp_path, "echo 'java.io.IOException: No space left on device' >&2; exit 1")

    with pytest.raises(OperatorError, match="no space left on the disk"):
        kafka.start()


def test_a_broker_that_does_not_start_is_quoted(tmp_path: Path):
    kafka = kafka_with(tmp_path, "echo 'Error: Could not find or load main class' >&2; exit 1")

    with pytest.raises(
        DependencyError, match=r"cannot start Kafka: .* \(Error: Could not find or load main class\)"
    ) as caught:
        kafka.start()

    assert "kafka.out" in str(caught.value.hint)


def test_packaged_java_comes_first_and_is_new_enough():
    program = find_java(Path("/nowhere"))

    assert program.exists()
    assert int(java_version(program).split(".")[0]) >= 17


@pytest.mark.parametrize(
    ("release", "got"), [('JAVA_VERSION="1.8.0_392"', "8"), ('JAVA_VERSION="11.0.2"', "11"), ("", "none")]
)
def test_an_own_java_that_is_too_old_is_refused_with_its_version(
    release: str, got: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    (tmp_path / "release").write_text(release, encoding="utf-8")

    with pytest.raises(CallerError, match=f"expected Java 17 or newer in JAVA_HOME, got {got}"):
        find_java(tmp_path)


def test_an_own_java_that_is_new_enough_serves_where_the_packaged_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    (tmp_path / "release").write_text('IMPLEMENTOR="X"\nJAVA_VERSION="21.0.1"\n', encoding="utf-8")

    assert find_java(tmp_path) == tmp_path / "bin" / "java"


def test_a_process_is_ours_only_with_its_start_time_and_its_mark(tmp_path: Path):
    record = start_detached([*SLEEP, "mark-one"], log=tmp_path / "log", folder=tmp_path, environment={})
    try:
        assert wait_until(lambda: is_ours(record, "mark-one"), seconds=10)
        assert not is_ours(record, "mark-two")
        assert not is_ours(ProcessRecord(pid=record.pid, started_at=record.started_at - 5), "mark-one")
        assert [found.pid for found in find_by_mark("mark-one")] == [record.pid]
    finally:
        assert end(record.pid, signals=[(signal.SIGKILL, 10.0)])
    assert not is_running(record.pid)
    assert not is_ours(record, "mark-one")
    assert find_by_mark("mark-one") == []


def test_a_detached_process_inherits_neither_environment_nor_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEDGER__KAFKA__SASL_PASSWORD", "correct-horse")
    log = tmp_path / "log"
    script = "import os, sys; print(dict(os.environ), os.getsid(0) == os.getpid(), sys.stdin.read())"

    record = start_detached([sys.executable, "-c", script], log=log, folder=tmp_path, environment={"LANG": "C.UTF-8"})

    assert wait_until(lambda: not is_running(record.pid), seconds=10)
    said = log.read_text(encoding="utf-8")
    assert "correct-horse" not in said
    assert "} True " in said


def test_a_zombie_does_not_run():
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        assert wait_until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE, seconds=10)

        assert not is_running(child.pid)


def test_frozen_means_that_every_thread_stands_still():
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as busy, subprocess.Popen(SLEEP) as ended:
        end(ended.pid, signals=[(signal.SIGKILL, 5.0)])
        assert busy.stdout is not None
        busy.stdout.readline()
        try:
            for _ in range(50):
                freeze(busy.pid, ended.pid)
                threads = psutil.Process(busy.pid).threads()
                assert len(threads) == 13
                assert {psutil.Process(each.id).status() for each in threads} == {psutil.STATUS_STOPPED}
                busy.send_signal(signal.SIGCONT)
        finally:
            busy.kill()


def test_a_note_cut_short_is_no_note(tmp_path: Path):
    path = tmp_path / "process.json"
    path.write_text('{"pid": 12', encoding="utf-8")

    assert ProcessRecord.read(path) is None
    assert ProcessRecord.read(tmp_path / "none") is None


def test_a_file_is_replaced_as_a_whole_and_is_for_its_owner_only(tmp_path: Path):
    path = tmp_path / "run.json"
    path.write_text("old", encoding="utf-8")

    write_atomically(path, "new")

    assert path.read_text(encoding="utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
