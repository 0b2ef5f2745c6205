"""Dead letters through the CLI, on the real log and database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_connection import connect
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.contract import codec
from ledger.core.ids import message_key
from ledger.folding.projecting import Projecting
from ledger.replaying.replay import replay
from tests.histories import CONTROLLER, collected
from tests.ledgers import TestLedger

SECRET = b"\x01a-personal-value"
KEY = message_key(CONTROLLER, "s1")
GOOD = codec.encode(*collected(1, 0))
WRONGLY_KEYED = codec.encode(*collected(2, 0))


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> TestLedger:
    """A ledger with: a poison record at 0, a good one at 1 that an older version could not read, one under a wrong key at 2."""
    made = make_ledger(partitions=1)
    producer = Producer(made.settings.kafka_client_config())
    headers: Any = [("ce_type", b"DataCollected"), ("ce_id", b"secret-id")]
    for key, value in ((KEY, SECRET), (KEY, GOOD), (b"other/key", WRONGLY_KEYED)):
        producer.produce("facts", value, key=key, partition=0, headers=headers)
    assert producer.flush(30) == 0
    fold(made)
    with connect(made.dsn) as connection:  # as the older version would have left it
        connection.execute("DELETE FROM projection.fact")
        connection.execute("DELETE FROM projection.holding")
        connection.execute(
            "INSERT INTO projection.dead_letter VALUES ('facts', 0, 1, 'unknown_schema', repeat('0', 64), 10, now())"
        )
    return made


def fold(ledger: TestLedger) -> None:
    projection = PostgresProjection(ledger.dsn)
    with KafkaLog(ledger.settings) as log:
        fold = Projecting(0, projection, partitions=1, progress=projection.progress("facts", 0), simulated=True)
        for delta in replay(log, fold, log.bounds("facts", 0)[1]):
            projection.write(delta)
    projection.close()


def run(ledger: TestLedger, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ledger", "dead-letters", *arguments],
        env=ledger.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_list_and_show_tell_where_and_why_and_never_what(ledger: TestLedger, tmp_path: Path) -> None:
    listed, shown = run(ledger, "list", "--json"), run(ledger, "show", "facts/0/0", "--json")

    *letters, last = [json.loads(line) for line in listed.stdout.splitlines()]
    assert last["freshness"]["partitions"][0]["next_offset"] == 3
    assert [(each["position"], each["reason"]) for each in letters] == [
        ("facts/0/0", "bad_magic"), ("facts/0/1", "unknown_schema"), ("facts/0/2", "wrong_key"),
    ]  # fmt: skip
    about = json.loads(shown.stdout)
    assert about["size"] == len(SECRET)
    assert about["headers"] == ["ce_id", "ce_type"]
    assert about["schema_id"] is None
    everything = listed.stdout + shown.stdout + listed.stderr + shown.stderr + run(ledger, "list").stdout
    assert "personal" not in everything
    assert "secret-id" not in everything


def test_the_bytes_go_to_a_new_private_file_only_when_asked(ledger: TestLedger, tmp_path: Path) -> None:
    target = tmp_path / "raw"

    assert run(ledger, "show", "facts/0/0", "--raw-to", str(target)).returncode == 0
    assert target.read_bytes() == SECRET
    assert target.stat().st_mode & 0o077 == 0

    again = run(ledger, "show", "facts/0/1", "--raw-to", str(target))
    assert again.returncode == 2
    assert target.read_bytes() == SECRET


def test_retry_emits_what_can_be_read_by_now_once_and_says_why_not_for_the_rest(ledger: TestLedger) -> None:
    first = run(ledger, "retry", "--all", "--json")

    assert first.returncode == 1
    assert [json.loads(line) for line in first.stdout.splitlines()] == [
        {"position": "facts/0/0", "new_offset": None, "reason": "bad_magic"},
        {"position": "facts/0/1", "new_offset": 3, "reason": None},
        {"position": "facts/0/2", "new_offset": None, "reason": "wrong_key"},
    ]
    fold(ledger)
    with connect(ledger.dsn) as connection:
        facts = connection.execute("SELECT log_offset, value FROM projection.fact").fetchall()
    assert facts == [(3, GOOD)], "folded under its own event id"

    second = run(ledger, "retry", "facts/0/1")
    assert second.returncode == 0
    assert "is at offset 3" in second.stdout
    with KafkaLog(ledger.settings) as log:
        assert log.bounds("facts", 0) == (0, 4), "not emitted twice"


def test_nothing_to_retry_is_told(fresh_ledger: TestLedger) -> None:
    done = run(fresh_ledger, "retry", "--all")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "ledger: there are no dead letters to retry\n")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["show", "facts/0/9"], 2, "no dead letter at facts/0/9"),
        (["show", "nonsense"], 2, "expected topic/partition/offset"),
        (["retry"], 2, "expected either a POSITION or --all"),
        (["retry", "facts/0/1", "--all"], 2, "expected either a POSITION or --all"),
    ],
)
def test_misuse_is_told(ledger: TestLedger, arguments: list[str], code: int, told: str) -> None:
    answer = run(ledger, *arguments)

    assert (answer.returncode, answer.stdout) == (code, "")
    assert told in answer.stderr
