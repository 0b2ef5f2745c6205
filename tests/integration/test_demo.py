"""`ledger demo` as somebody runs it: it tells all without a terminal, and leaves nothing running, however it ends."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

SECONDS_MAX = 180
POLL_SECONDS = 0.1
ENDING_SECONDS = 5  # Python's own tracker of a process pool ends by itself, a moment after the process that had the pool


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: a socket's path must fit."""
    made = Path(tempfile.mkdtemp(prefix="demo-"))
    try:
        yield made
    finally:
        for process in left_running(made):
            process.kill()
        shutil.rmtree(made, ignore_errors=True)


def left_running(folder: Path) -> list[psutil.Process]:
    """Every process that was started for this folder: it stands in the command line, the environment, or is where it works."""
    found = []
    for process in psutil.process_iter():
        try:
            about = [*process.cmdline(), process.environ().get("LEDGER__HOME", ""), process.cwd()]
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE and any(str(folder) in text for text in about):
                found.append(process)
        except psutil.Error:
            continue
    return found


def still_running(folder: Path) -> list[list[str]]:
    """The command line of every process that goes on running for this folder, after a moment to end in."""
    deadline = time.monotonic() + ENDING_SECONDS
    while (left := commands_running(folder)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return [command for _, command in left]


def commands_running(folder: Path) -> list[tuple[int, list[str]]]:
    """Process number and command line; one that ends while it is looked at is not running."""
    found = []
    for process in left_running(folder):
        with contextlib.suppress(psutil.Error):
            found.append((process.pid, process.cmdline()))
    return found


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    """The demo, without a terminal; its output in files, so that nobody has to read along."""
    with (folder / "out.txt").open("w") as out, (folder / "err.txt").open("w") as err:
        command = [sys.executable, "-m", "ledger", "demo", "--size", "10", *options]
        return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True, text=True)


def wait_for(folder: Path, text: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while text not in (folder / "out.txt").read_text():
        assert process.poll() is None, (folder / "err.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


def test_without_a_terminal_it_tells_all_and_leaves_nothing_running(folder: Path) -> None:
    process = start(folder)

    assert process.wait(SECONDS_MAX) == 0, (folder / "err.txt").read_text()

    told = (folder / "out.txt").read_text()
    assert still_running(folder) == []
    assert "\x1b" not in told
    for chapter in (
        "A ledger of its own", "Five privacy statements become rules", "Their customers live", "Who holds what about", "And today, 2026-02-01",
        "What was shared with whom", "What had to be done, and was", "What was refused, and until when", "What was asked, and when it was answered",
        "who was affected, and told", "Which promises were broken by what was done", "And by what was not done in time", "from the log alone",
    ):  # fmt: skip
        assert chapter in told
    assert "verisign" in told
    assert re.search(r"certificate-mijndomein-\d+", told)
    assert re.search(r"registrar-one +webhoster +erase +WH-04", told)
    assert re.search(r"HH-04 +hostinghuis +silent", told)
    assert re.search(r"MD-14 +mijndomein +outdated", told)
    assert re.search(r"subj-\w+ of mijndomein was told so on 2018-\d\d-\d\d\. On 2026-01-01 the term was over", told)
    assert re.search(r"hostinghuis +portability .* deletion waited for it", told)
    assert re.search(r"sohosted +2021-06-25 +crm +risk +after \d+ h, late", told)
    assert re.search(r"HH-20 +hostinghuis +warning +1 ", told)
    assert re.search(r"GDPR-33 +sohosted +breach +1 ", told)
    assert len(told.splitlines()) < 250
    assert max(len(line) for line in told.splitlines() if "/sign-in#" not in line) <= 120  # a wrapped link cannot be opened
    assert re.search(r"^   http://127\.0\.0\.1:\d+/sign-in#ledger_link_[0-9a-f]{12}_[0-9a-f]{64}$", told, re.MULTILINE)
    assert "nl-awr-52" in told
    assert "are the same, byte for byte" in told
    assert "none differs" in told and "people: the same." in told
    assert "behind the log by 0 records" in told
    assert_that_the_holdings_add_up(told.partition("And today, 2026-02-01")[2].partition("\n6  ")[0])


def assert_that_the_holdings_add_up(chapter: str) -> None:
    """The lines of the table, each with what it stands for, are those that stay; with those that are gone they are all there were."""
    text = " ".join(chapter.split())
    places = re.findall(r"\d+@\d+(?: \+(\d+))?$", chapter, re.MULTILINE)
    (were, stay), = re.findall(r"There were (\d+) holdings; (\d+) stay", text)
    (gone, ended, asked), = re.findall(r"(\d+) are gone: (\d+) when their term ended, (\d+) on request", text)
    assert sum(1 + int(more or 0) for more in places) == int(stay)
    assert int(stay) + int(gone) == int(were)
    assert int(ended) + int(asked) == int(gone)


@pytest.mark.parametrize(
    ("number", "moment"),
    [(signal.SIGINT, "Their customers live"), (signal.SIGTERM, "A ledger of its own"), (signal.SIGINT, "The same again, from the log alone")],
)
def test_stopped_in_the_middle_it_leaves_nothing_running(folder: Path, number: signal.Signals, moment: str) -> None:
    process = start(folder)
    wait_for(folder, moment, process)

    os.killpg(process.pid, number)  # as a terminal does: to all in the group

    assert process.wait(SECONDS_MAX) == 128 + number
    assert still_running(folder) == []
    assert "nothing is left running" in (folder / "err.txt").read_text()


def test_kept_it_goes_on_answering_and_the_next_demo_begins_anew(folder: Path) -> None:
    kept = start(folder, "--keep")
    assert kept.wait(SECONDS_MAX) == 0, (folder / "err.txt").read_text()
    workers = [number for number, command in commands_running(folder) if command[-2:] == ["ledger", "work"]]
    assert len(workers) == 1
    asked = ["-m", "ledger", "wait", "--timeout", "60"]
    link = re.search(r"(http://127\.0\.0\.1:\d+)/sign-in#(ledger_link_\w+)", (folder / "out.txt").read_text())
    assert link is not None
    with httpx.Client(base_url=link[1], headers={"Accept": "text/html"}) as browser:
        assert browser.post("/sign-in", data={"link": link[2]}).status_code == 200, "it says as whom"
        assert browser.post("/sign-in", data={"link": link[2], "step": "do"}).status_code == 303
        assert "psp-one" in browser.get("/sharing").text, "the link signs in, and the dashboard answers"
    environment = os.environ | {"LEDGER__HOME": str(folder / ".ledger" / "demo")}
    assert subprocess.run([sys.executable, *asked], cwd=folder, env=environment, capture_output=True, check=False).returncode == 0

    again = start(folder)
    wait_for(folder, "Their customers live", again)
    assert workers[0] not in [process.pid for process in left_running(folder)]
    again.send_signal(signal.SIGTERM)

    assert again.wait(SECONDS_MAX) == 128 + signal.SIGTERM
    assert still_running(folder) == []


def test_at_a_terminal_the_dashboard_stays_until_ctrl_c(folder: Path) -> None:
    ours, its = pty.openpty()
    with (folder / "err.txt").open("w") as errors:
        command = [sys.executable, "-m", "ledger", "demo", "--size", "5"]
        process = subprocess.Popen(command, cwd=folder, stdout=its, stderr=errors, start_new_session=True)
    os.close(its)
    told = b""
    while b"Ctrl-C ends it" not in told and process.poll() is None:
        told += os.read(ours, 65536)
    assert process.poll() is None, told[-500:]

    process.send_signal(signal.SIGINT)
    with contextlib.suppress(OSError):  # a terminal whose other side is gone says so
        while os.read(ours, 65536):
            pass

    assert process.wait(SECONDS_MAX) == 130
    assert still_running(folder) == []


def test_it_never_plays_in_a_home_that_holds_a_ledger(folder: Path) -> None:
    (folder / "mine").mkdir()
    identity = '{"mode": "real", "partitions": 4, "cluster_id": "c", "topic_ids": {}, "created_at": "2026-01-01T00:00:00Z"}'
    (folder / "mine" / "ledger.json").write_text(identity)
    environment = os.environ | {"LEDGER__HOME": str(folder / "mine")}

    done = subprocess.run([sys.executable, "-m", "ledger", "demo"], cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 4
    assert "there is a ledger in it already" in done.stderr
    assert (folder / "mine" / "ledger.json").read_text() == identity


def test_it_does_not_touch_own_services(folder: Path) -> None:
    environment = os.environ | {"LEDGER__KAFKA__BOOTSTRAP_SERVERS": "localhost:1"}

    done = subprocess.run([sys.executable, "-m", "ledger", "demo"], cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "own services" in done.stderr
