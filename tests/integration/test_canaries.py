"""Personal values sent through every way into the ledger come out where answers about a person are asked for, and nowhere else.

In: `ledger emit` (refused), and past the SDK, as somebody with write rights could: as bytes, keys, header names and values, fields, register events.
Out, all of it searched: errors, lines of a worker, metrics, traces, dead letters as table, topic and command, and every command that watches or
checks.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator

import psycopg
import pytest

from ledger.adapters.kafka_log import KafkaLog
from ledger.topics import DEAD_LETTERS
from tests.collector import collecting
from tests.ledgers import TestLedger
from tests.past_the_sdk import BIRD, CANARIES, send_past_the_sdk, where_seen
from tests.workers import Worker, run_ledger, wait_until, wait_until_answered, workers_of

WATCHING = [
    ("status",), ("wait", "--timeout", "30"), ("dead-letters", "list"), ("doctor",), ("reconcile",), ("keys", "init", "--name", "ledger.example"),
    ("seal", "--once"), ("audit", "verify", "--kafka"), ("audit", "replay", "--workers", "1"), ("dead-letters", "retry", "--all"),
    ("rebuild", "--workers", "1"),
]  # fmt: skip


def refused(ledger: TestLedger, field: str, value: object) -> str:
    """What `ledger emit` says to a line with this value in a field."""
    line = {"type": "DataCollected", "subject_ref": "subj-7f3a9c21d4e8", "activity": "order", "purposes": ["dpv:CustomerOrderManagement"],
            "categories": ["pd:Name"], "legal_basis": "eu-gdpr:A6-1-b", "store": "shop", "ref": "order-1"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "ledger", "emit", "--controller", "hoster-a", "--source", "shop", "-"], env=ledger.environment, capture_output=True,
        text=True, check=False, input=json.dumps(line | {field: value}) + "\n", timeout=120,
    )  # fmt: skip
    assert done.returncode != 0, f"{field} was taken"
    return done.stdout + done.stderr


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> Iterator[TestLedger]:
    yield make_ledger(partitions=2)


@pytest.mark.parametrize("field", ["ref", "subject_ref", "nonsense"])
def test_a_refusal_names_the_field_and_not_the_value(ledger: TestLedger, field: str) -> None:
    assert where_seen({field: refused(ledger, field, BIRD)}) == set()


def test_what_came_in_is_in_no_line_metric_dead_letter_or_check(ledger: TestLedger) -> None:
    sent = send_past_the_sdk(ledger)
    texts: dict[str, str] = {}
    with collecting() as collector, workers_of(ledger) as workers:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {"LEDGER__WORKER__GROUP": workers.group, "LEDGER__TRACES__ENDPOINT": collector.endpoint}
        worker = Worker(ledger, "canaries", only=None, environment=environment, options=["--metrics-port", str(port)])
        workers.adopt(worker)
        wait_until_answered(ledger)

        def scraped() -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                return str(answer.read().decode())

        wait_until(lambda: "ledger_source_latest_timestamp_seconds{" in scraped(), seconds=60, what="the sources")
        texts["metrics"] = scraped()
        for words in WATCHING[:5]:
            texts[" ".join(words)] = told(ledger, words)
        worker.stop()
        texts["lines"] = worker.text()
        texts["traces"] = b"".join(collector.sent).decode("latin-1")
        assert sum(each.attributes["ledger.events"] for each in collector.named("fold")) > sent
    for words in WATCHING[5:]:
        texts[" ".join(words)] = told(ledger, words)
    with KafkaLog(ledger.settings) as log:
        end = log.bounds(DEAD_LETTERS, 0)[1]
        texts["topic of dead letters"] = repr(list(log.read(DEAD_LETTERS, 0, 0, end, batch_records_max=1000))).replace("built-in method", "")
    with psycopg.connect(ledger.dsn) as connection:
        letters = connection.execute("SELECT * FROM projection.dead_letter").fetchall()
        texts["table of dead letters"] = repr(letters)
        texts["what is noted"] = repr(
            [connection.execute(f"SELECT * FROM ledger.{table}").fetchall() for table in ("source_heard", "reconcile_mismatch", "check_done")]  # noqa: S608
        )
        held = repr(connection.execute("SELECT * FROM projection.holding").fetchall())

    assert sent > 80
    assert len(letters) >= 2 * len(CANARIES), "what cannot be read was put aside"
    assert BIRD in held, "nothing came in: the test proves nothing"
    assert where_seen({"held": held}), "the search finds what is there"
    assert where_seen(texts) == set()


def told(ledger: TestLedger, words: tuple[str, ...]) -> str:
    done = run_ledger(ledger, *words)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout + done.stderr, words
    return done.stdout + done.stderr
