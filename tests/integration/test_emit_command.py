"""`ledger emit` on the real broker: exit codes, streams, and a kill in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.register import publish_time
from tests.emittable import SHARE
from tests.ledgers import TestLedger
from tests.reading import read_topic

LINE = {
    "type": "DataShared",
    "controller": "hostinghuis",
    "source": "shop",
    "by": "hostinghuis",
    "occurred_at": "2017-05-25T06:00:00Z",
    **SHARE,
}
COMMAND = [sys.executable, "-m", "ledger", "emit"]


def write_lines(path: Path, count: int, **changed_by_line) -> Path:
    """A file of `count` events; `line_3={...}` changes the third."""
    lines = [{**LINE, "subject_ref": f"subj-{number % 50}", "ref": f"order-{number}"} for number in range(1, count + 1)]
    for name, change in changed_by_line.items():
        lines[int(name.removeprefix("line_")) - 1].update(change)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def run(ledger: TestLedger, *arguments, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], env=ledger.environment, capture_output=True, text=True, timeout=120, check=False, **more)


def test_every_line_gets_a_receipt_on_stdout_and_talk_goes_to_stderr(fresh_ledger, tmp_path):
    done = run(fresh_ledger, write_lines(tmp_path / "e.jsonl", 300), "--json")

    receipts = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "ledger: 300 emitted, 0 refused, done up to line 300\n")
    assert [receipt["line"] for receipt in receipts] == list(range(1, 301))
    logged = {(each.topic, each.partition, each.offset): each.headers["ce_id"].decode() for each in read_topic(fresh_ledger.settings, "facts")}
    assert {(each["topic"], each["partition"], each["offset"]): each["event_id"] for each in receipts} == logged


def test_refused_lines_are_named_by_number_the_others_are_emitted_and_it_ends_with_1(fresh_ledger, tmp_path):
    file = write_lines(tmp_path / "e.jsonl", 5, line_2={"purpose": "dpv:DirectMarketin"}, line_4={"subject_ref": "jan@voorbeeld.nl"})

    done = run(fresh_ledger, file)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "ledger: error: line 2: cannot emit DataShared, field purpose: expected a term of the code list purposes, got an unknown one",
        "ledger: hint: line 2: did you mean dpv:DirectMarketing?",
        "ledger: error: line 4: cannot emit DataShared, field subject_ref: expected a reference, got what looks like an e-mail address",
        "ledger: hint: line 4: use an opaque reference such as order-2018-000417; what must stay readable goes into a sealed field",
        "ledger: 3 emitted, 2 refused, done up to line 5",
        "ledger: hint: the next run tries refused lines again; put corrected ones into a new file",
    ]
    assert len(read_topic(fresh_ledger.settings, "facts")) == 3


def test_a_dry_run_checks_every_line_by_the_ledgers_time_and_emits_nothing(fresh_ledger, tmp_path):
    file = write_lines(tmp_path / "e.jsonl", 5, line_2={"occurred_at": "2019-01-01T00:00:00Z"})

    done = run(fresh_ledger, file, "--dry-run")

    assert (done.returncode, done.stdout) == (1, "")
    assert "line 2: cannot emit DataShared, field occurred_at" in done.stderr
    assert done.stderr.endswith("ledger: 4 correct, 1 refused, nothing emitted\n")
    assert read_topic(fresh_ledger.settings, "facts") == []
    assert not file.with_name("e.jsonl.progress").exists()


def test_standard_input_is_read_and_takes_controller_and_source_from_the_options(fresh_ledger):
    line = {name: value for name, value in LINE.items() if name not in ("controller", "source", "by")}

    done = run(fresh_ledger, "-", "--json", "--controller", "sohosted", "--source", "dns", input=json.dumps({**line, "subject_ref": "subj-1"}) + "\n")

    assert done.returncode == 0
    logged = read_topic(fresh_ledger.settings, "facts")[0]
    assert (logged.fields["controller"], logged.fields["source"], logged.fields["by"]) == ("sohosted", "dns", "sohosted")


def test_killed_in_the_middle_and_run_again_nothing_is_lost_and_nothing_counts_twice(fresh_ledger, tmp_path):
    file, state = write_lines(tmp_path / "e.jsonl", 60_000), tmp_path / "state"
    first = subprocess.Popen([*COMMAND, str(file), "--resume", str(state)], env=fresh_ledger.environment, stderr=subprocess.DEVNULL)
    wait_for(lambda: state.exists() and json.loads(state.read_text())["lines_done"] > 0)
    assert first.poll() is None
    os.kill(first.pid, signal.SIGKILL)
    first.wait(20)
    begun = json.loads(state.read_text())
    assert 0 < begun["lines_done"] < 60_000

    done = run(fresh_ledger, file, "--resume", state)

    assert done.returncode == 0
    assert f"going on after line {begun['lines_done']}" in done.stderr
    logged = read_topic(fresh_ledger.settings, "facts")
    by_ref: dict[str, set[bytes]] = {}
    for each in logged:
        by_ref.setdefault(each.fields["ref"], set()).add(each.fields["event_id"])
    assert len(by_ref) == 60_000
    assert {len(ids) for ids in by_ref.values()} == {1}
    repeats = {}
    for each in logged:
        repeats.setdefault(each.fields["event_id"], set()).add(each.fields["salt"])
    assert {len(salts) for salts in repeats.values()} == {1}

    again = run(fresh_ledger, file, "--resume", state)
    assert again.returncode == 0
    assert len(read_topic(fresh_ledger.settings, "facts")) == len(logged)


def wait_for(is_so) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_an_unreachable_broker_ends_with_3_and_says_how_far_it_got(fresh_ledger, tmp_path):
    file = write_lines(tmp_path / "e.jsonl", 3)
    environment = {**fresh_ledger.environment, "LEDGER__KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1"}

    done = subprocess.run([*COMMAND, str(file), "--deadline", "1"], env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 3
    assert "done up to line 0" in done.stderr
    assert "ledger: error: cannot" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.jsonl"], "no such file"),
        (["-", "--resume", "state"], "standard input"),
        ([], "argument"),
        (["e.jsonl", "--resume", "./e.jsonl"], "the file itself"),
    ],
)
def test_misuse_ends_with_2(fresh_ledger, tmp_path, arguments, message):
    write_lines(tmp_path / "e.jsonl", 1)

    done = run(fresh_ledger, *arguments, cwd=tmp_path)

    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("ledger: error: ")


def test_lines_that_were_refused_are_tried_again_and_what_is_appended_is_emitted(fresh_ledger, tmp_path):
    file = write_lines(tmp_path / "e.jsonl", 3, line_2={"occurred_at": "2019-01-01T00:00:00Z"})
    assert run(fresh_ledger, file).returncode == 1
    publish_time(fresh_ledger.settings, datetime(2019, 1, 1, tzinfo=UTC), "simulated")

    again = run(fresh_ledger, file, "--json")

    assert [json.loads(line)["line"] for line in again.stdout.splitlines()] == [2]
    assert (again.returncode, again.stderr.splitlines()) == (
        0,
        ["ledger: going on after line 3, and trying 1 refused line again", "ledger: 1 emitted, 0 refused, done up to line 3"],
    )

    write_lines(file, 4, line_2={"occurred_at": "2019-01-01T00:00:00Z"})
    more = run(fresh_ledger, file, "--json")
    assert ([json.loads(line)["line"] for line in more.stdout.splitlines()], more.returncode) == ([4], 0)
    assert len({each.fields["event_id"] for each in read_topic(fresh_ledger.settings, "facts")}) == 4


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_controller_that_was_forgotten_stops_it_before_the_first_line(fresh_ledger, tmp_path, more):
    file = write_lines(tmp_path / "e.jsonl", 3)
    file.write_text("".join(line.replace('"controller": "hostinghuis", ', "") + "\n" for line in file.read_text().splitlines()))

    forgotten = run(fresh_ledger, file, *more)
    assert (forgotten.returncode, forgotten.stderr.splitlines()) == (
        2,
        ["ledger: error: cannot emit: expected a controller for line 1, got none", "ledger: hint: name it with --controller, or in each line"],
    )
    by_pipe = run(fresh_ledger, "-", *more, input=file.read_text())
    assert (by_pipe.returncode, by_pipe.stderr) == (2, forgotten.stderr)

    named = run(fresh_ledger, file, "--controller", "hostinghuis", *more)
    assert named.returncode == 0
    assert "3 correct" in named.stderr if more else "3 emitted, 0 refused" in named.stderr


def test_a_changed_file_is_not_taken_for_the_one_that_was_begun(fresh_ledger, tmp_path):
    file = write_lines(tmp_path / "e.jsonl", 2)
    assert run(fresh_ledger, file).returncode == 0
    write_lines(file, 2, line_2={"ref": "order-2b"})

    done = run(fresh_ledger, file)

    assert done.returncode == 2
    assert "another content" in done.stderr
    assert "put corrected lines into a new file" in done.stderr


def test_help_ends_with_an_example(fresh_ledger):
    done = run(fresh_ledger, "--help")

    assert done.returncode == 0
    assert done.stdout.rstrip().splitlines()[-1].strip() == "Example: ledger emit events.jsonl --dry-run"
