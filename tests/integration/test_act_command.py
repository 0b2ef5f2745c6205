"""`ledger act` on the real stack: what a command gets, what becomes of its exit code, streams and exit codes of our own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.duties_due import CONTROLLER, START, make_due, states
from tests.ledgers import TestLedger
from tests.reading import read_topic
from tests.workers import run_ledger, wait_until, workers_of

SELECTION = ["--controller", CONTROLLER, "--source", "crm", "--kind", "ERASE"]


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> Iterator[TestLedger]:
    with ExitStack() as ending:
        made = make_ledger(start=START)
        ending.enter_context(workers_of(made)).start()
        yield made


def script(folder: Path, text: str) -> str:
    path = folder / "erase.sh"
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(0o700)
    return str(path)


def act(ledger: TestLedger, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_ledger(ledger, "act", *SELECTION, *arguments)


def test_a_command_gets_the_obligation_and_what_it_answers_goes_into_the_fact(ledger, tmp_path):
    subject, = make_due(ledger, 1)
    command = script(
        tmp_path,
        f"""cat > {tmp_path}/input
printf '%s %s %s %s' "$LEDGER_OBLIGATION_ID" "$LEDGER_SUBJECT_REF" "$LEDGER_STORE" "$LEDGER_REF" > {tmp_path}/environment
echo "talk"
echo '{{"certificate_ref": "certificate-9", "act": "ANONYMISED"}}' > "$LEDGER_ANSWER"
""",
    )

    done = act(ledger, "--once", "--json", "--", command)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    given = json.loads((tmp_path / "input").read_text())
    assert (told["state"], told["obligation_id"], told["receipt"]["topic"]) == ("answered", given["obligation_id"], "facts")
    assert (given["subject_ref"], given["categories"], given["due_at"]) == (subject, ["pd:EmailAddress", "pd:Name"], "2020-06-02T00:00:00.000000Z")
    assert (tmp_path / "environment").read_text() == f"{given['obligation_id']} {subject} crm "
    assert "talk\n" in done.stderr
    (fact,) = [each.fields for each in read_topic(ledger.settings, "facts") if each.type_name == "DataErased"]
    assert (fact["certificate_ref"], fact["act"], fact["source"]) == ("certificate-9", "ANONYMISED", "crm")
    assert states(ledger) == {"MET": 1}


def test_what_fails_is_parked_listed_and_can_be_tried_again(ledger, tmp_path):
    subjects = make_due(ledger, 3)
    command = script(tmp_path, f'[ "$LEDGER_SUBJECT_REF" != {subjects[1]} ]\n')

    listed = act(ledger, "--dry-run")
    assert listed.returncode == 0
    assert all(subject in listed.stdout for subject in subjects)
    assert "group crm-" in listed.stdout
    assert max(map(len, listed.stdout.splitlines())) <= 100
    assert states(ledger) == {"OPEN": 3}

    failed = act(ledger, "--once", "--attempts", "2", "--", command)
    assert failed.returncode == 1
    assert "failed   ERASE" in failed.stdout
    assert "CommandFailedError, again in 1 s" in failed.stdout
    assert "1 parked" in failed.stderr
    parked = act(ledger, "--parked", "--json")
    (one, freshness) = map(json.loads, parked.stdout.splitlines())
    assert (one["subject_ref"], one["error"]) == (subjects[1], "CommandFailedError")
    assert sum(freshness["freshness"]["obligations"].values()) >= 3

    assert act(ledger, "--retry", one["obligation_id"], "--", command).returncode == 1
    again = act(ledger, "--retry", one["obligation_id"], "--", "true")
    assert again.returncode == 0, again.stderr
    assert states(ledger) == {"MET": 3}
    assert act(ledger, "--once", "--", "true").returncode == 0
    assert "nothing is parked" in act(ledger, "--parked").stdout


def test_a_command_that_hangs_is_killed_and_one_that_answers_nonsense_has_failed(ledger, tmp_path):
    make_due(ledger, 1)

    hung = act(ledger, "--once", "--attempts", "1", "--timeout", "0.5", "--json", "--", "sleep", "30")
    nonsense = act(ledger, "--group", "other", "--once", "--attempts", "1", "--json", "--", script(tmp_path, 'echo nonsense > "$LEDGER_ANSWER"\n'))

    assert [json.loads(each.stdout)["error"] for each in (hung, nonsense)] == ["CommandTimeoutError", "UnreadableAnswerError"]
    assert states(ledger) == {"OPEN": 1}


def test_a_term_signal_lets_the_command_under_way_end_first(ledger, tmp_path):
    make_due(ledger, 3)
    command = script(tmp_path, f"touch {tmp_path}/begun\nsleep 2\necho done >> {tmp_path}/ended\n")
    running = subprocess.Popen([sys.executable, "-m", "ledger", "act", *SELECTION, "--", command], env=ledger.environment)
    try:
        wait_until(lambda: (tmp_path / "begun").exists(), seconds=60, what="the first command")
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    finally:
        running.kill()
        running.wait()

    assert (tmp_path / "ended").read_text() == "done\n"
    assert states(ledger) == {"MET": 1, "OPEN": 2}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "expected a command behind --"),
        (["--", "/no/such/command"], 2, "the command is not there"),
        (["--kind", "ERASURE", "--dry-run"], 2, "expected a kind of obligation"),
        (["--parked", "--dry-run"], 2, "got several"),
        (["--retry", "subj-1", "--", "true"], 2, "expected its id as a UUID"),
    ],
)
def test_misuse_ends_with_2(ledger, arguments, code, said):
    began = time.monotonic()

    done = act(ledger, *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert time.monotonic() - began < 60
