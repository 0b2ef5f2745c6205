"""The answers as a person and a script see them: command, what is printed, exit code, on one small fixed ledger.

`answers.txt` holds the transcript; what it says is what docs/answers.md promises. Write it anew with LEDGER_TEST_WRITE=1 and read the difference.
"""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest
from confluent_kafka import Producer

from ledger.adapters.postgres_projection import PostgresProjection
from ledger.cli.main import run
from ledger.folding.projecting import Projecting
from tests.histories import records
from tests.ledgers import TestLedger
from tests.small_ledger import history

TRANSCRIPT = Path(__file__).parent / "answers.txt"
COMMANDS = [
    "ledger subject show customer-1 --controller hoster",
    "ledger subject show customer-1 --controller hoster --on 2018-06-06",
    "ledger subject show customer-1 --controller hoster --known-at 14",
    "ledger subject show nobody --controller hoster",
    "ledger holders",
    "ledger holders --controller another",
    "ledger due --until 2030-01-01",
    "ledger due --limit 1",
    "ledger obligations",
    "ledger obligations --state MET --holder Registrar",
    "ledger violations",
    "ledger violations --list --limit 1",
    "ledger violations --promise X-04 --until 2018-06-10 --list --json",
    "ledger violations --since 2030-01-01",
    "ledger subject show customer-6 --controller hoster --json",
    "ledger obligations --state OVERDUE --json",
    "ledger subject show customer-1 --controller hoster --known-at 9:1",
    "ledger subject show customer-1 --controller hoster --known-at 5000",
    "ledger subject show customer-1 --controller hoster --known-at yesterday",
    "ledger subject show customer-1 --controller hoster --on soon",
    "ledger obligations --state LATE",
]


@pytest.fixture
def small_ledger(fresh_ledger: TestLedger, monkeypatch: pytest.MonkeyPatch) -> TestLedger:
    """The small ledger on a real stack: its records on Kafka, folded into PostgreSQL, and the environment pointed at it."""
    producer = Producer({"bootstrap.servers": fresh_ledger.settings.kafka.bootstrap_servers})
    for _, _, key, value, headers in records(history()):
        producer.produce("facts", value, key, partition=0, headers=headers)
    assert producer.flush(30) == 0
    projection = PostgresProjection(fresh_ledger.dsn)
    fold = Projecting(0, projection, partitions=4, progress=projection.progress("facts", 0), simulated=True)
    projection.write(fold.project(records(history())))
    projection.close()
    monkeypatch.setenv("LEDGER__HOME", str(fresh_ledger.home))
    return fresh_ledger


def test_the_transcript_is_what_the_commands_print(small_ledger: TestLedger, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for command in COMMANDS:
        code = run(shlex.split(command)[1:])
        printed = capsys.readouterr()
        found.append(f"$ {command}\n{printed.out}{printed.err}$ echo $?\n{code}\n")
    transcript = "\n".join(found)
    if os.environ.get("LEDGER_TEST_WRITE"):
        TRANSCRIPT.write_text(transcript, encoding="utf-8")

    assert transcript == TRANSCRIPT.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["subject show customer-1 -c hoster", "holders", "due", "obligations", "violations"])
def test_each_json_answer_is_one_document_and_says_how_fresh_it_is(
    small_ledger: TestLedger, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run([*shlex.split(command), "--json"]) == 0

    freshness = json.loads(capsys.readouterr().out)["freshness"]
    assert freshness["simulated"] is True
    assert freshness["time_reached"] == ("2018-08-03T22:00:00.000000Z" if "subject" in command else "1970-01-01T00:00:00.000000Z")
    assert freshness["lag"] == 0


def test_a_ledger_that_does_not_run_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LEDGER__HOME", str(tmp_path))

    assert run(["holders"]) == 2
    assert "ledger: hint: ledger up" in capsys.readouterr().err
