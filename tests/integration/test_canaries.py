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
from confluent_kafka import Producer

from ledger.adapters.kafka_log import KafkaLog
from ledger.contract import codec
from ledger.core.ids import message_key, partition_of
from ledger.topics import DEAD_LETTERS, FACTS, REGISTER
from tests.collector import collecting
from tests.emittable import PLANTED
from tests.histories import collected
from tests.ledgers import TestLedger
from tests.workers import Worker, run_ledger, wait_until, wait_until_answered, workers_of

CANARIES = [values[0] for values in PLANTED.values() if values[0] != "jan.jansen@voorbeeld.nl"] + ["canary.bird@voorbeeld.nl"]
BIRD = "canary.bird@voorbeeld.nl"
PIECES = [
    "canary.bird", "NL91ABNA0417164300", "612345678", "4111111111111111", "00:1A:2B:3C:4D:5E", "192.168.1.10", "123456782", "1234AB12",
    "Jan de Vries",
]  # fmt: skip
FIELDS = ("ref", "store", "activity", "source", "actor", "correlation_id", "statute", "subject_ref", "controller")
WATCHING = [
    ("status",), ("wait", "--timeout", "30"), ("dead-letters", "list"), ("doctor",), ("reconcile",), ("keys", "init", "--name", "ledger.example"),
    ("seal", "--once"), ("audit", "verify", "--kafka"), ("audit", "replay", "--workers", "1"), ("dead-letters", "retry", "--all"),
    ("rebuild", "--workers", "1"),
]  # fmt: skip


def where_seen(texts: dict[str, str]) -> set[tuple[str, str]]:
    """(which text, which piece of a canary) of all that is found."""
    return {(name, piece) for name, text in texts.items() for piece in PIECES if piece.lower() in text.lower()}


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


def send_past_the_sdk(ledger: TestLedger) -> int:
    """Every canary in every place that a writer can choose. Returns how many records were sent to `facts`."""
    producer = Producer(ledger.settings.kafka_client_config())
    sent = 0
    for canary in CANARIES:
        producer.produce(FACTS, canary.encode(), key=canary.encode(), partition=0, headers=[(canary, canary.encode())])
        producer.produce(REGISTER, canary.encode(), key=canary.encode(), headers=[(canary, canary.encode())])
        sent += 1
        for number, field in enumerate(FIELDS):
            fields = fields_of(number + sent * 100) | {field: canary}
            key = message_key(fields["controller"], fields["subject_ref"])
            headers = [("ce_source", canary.encode())]
            producer.produce(FACTS, codec.encode("DataCollected", fields), key=key, partition=partition_of(key, 2), headers=headers)
            sent += 1
        fields = fields_of(50 + sent * 100) | {"categories": [canary], "purposes": [canary]}
        key = message_key(fields["controller"], fields["subject_ref"])
        producer.produce(FACTS, codec.encode("DataCollected", fields), key=key, partition=1 - partition_of(key, 2))  # in the wrong partition
        sent += 1
    assert producer.flush(30) == 0
    return sent


def fields_of(number: int) -> dict[str, object]:
    """An event of its own, about a subject of its own."""
    return dict(collected(10_000 + number, 1, subject=f"subj-{number:08x}")[1])


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
