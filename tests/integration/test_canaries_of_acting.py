"""Personal values that an operator's handler prints, answers or fails with, and those that an obligation itself has: in nothing of ours.

What a command prints is the operator's own talk and goes on to standard error as it is, to nobody else (docs/acting.md). Searched: our own lines on
both streams, lists of what is parked, what the group keeps at the broker, facts, outcomes, tables, lines and metrics of the worker, logs of the
servers, command lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from ledger import Obligations
from ledger.contract import codec
from ledger.core.ids import message_key, partition_of
from ledger.sdk.acting import Step
from ledger.topics import FACTS, OBLIGATIONS
from tests.canaries import free_port, topics_of
from tests.duties_due import CONTROLLER, START, make_due, states
from tests.histories import fact
from tests.ledgers import TestLedger
from tests.past_the_sdk import BIRD, CANARIES, where_seen
from tests.workers import Worker, run_ledger, wait_until, workers_of

SELECTION = ("--controller", CONTROLLER, "--source", "crm", "--kind", "ERASE")
GROUP = "canaries-act"
PARTITIONS = 2


@dataclass
class Acting:
    ledger: TestLedger
    worker: Worker
    metrics: str

    def act(self, *arguments: str) -> tuple[str, str]:
        """(standard output, standard error), whatever it ended with."""
        done = run_ledger(self.ledger, "act", *SELECTION, "--group", GROUP, *arguments)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout, done.stderr

    def said(self) -> dict[str, str]:
        """All that others than the handler can read afterwards, but the log and what is folded of it."""
        logs = {path.name: path.read_text(errors="replace") for path in self.ledger.postgres.log.parent.glob("*.log*")}
        return logs | {"group": self.kept(), "lines": self.worker.text(), "metrics": httpx.get(self.metrics, trust_env=False).text}

    def kept(self) -> str:
        """What the group keeps at the broker."""
        consumer = Consumer({**self.ledger.settings.kafka_client_config(), "group.id": GROUP, "log_level": 0})
        try:
            return repr([each.metadata for each in consumer.committed([TopicPartition(OBLIGATIONS, each) for each in range(PARTITIONS)], timeout=20)])
        finally:
            consumer.close()

    def stands(self) -> dict[str, str]:
        """The log, and what is folded of it."""
        with psycopg.connect(self.ledger.dsn) as connection:
            known = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('ledger', 'projection', 'vault')"
            tables = connection.execute(known).fetchall()
            texts = {f"table {table}": repr(connection.execute(f"SELECT * FROM {schema}.{table}").fetchall()) for schema, table in tables}  # noqa: S608
        return texts | {f"topic {name}": text for name, text in topics_of(self.ledger).items()}


@pytest.fixture
def acting(make_ledger: Callable[..., TestLedger]) -> Iterator[Acting]:
    with ExitStack() as ending:
        ledger, port = make_ledger(start=START, partitions=PARTITIONS), free_port()
        workers = ending.enter_context(workers_of(ledger))
        worker = Worker(ledger, "acting", only=None, environment={"LEDGER__WORKER__GROUP": workers.group}, options=["--metrics-port", str(port)])
        workers.adopt(worker)
        wait_until(lambda: worker.said("worker_started"), seconds=60, what="the worker's start")
        yield Acting(ledger, worker, f"http://127.0.0.1:{port}/metrics")


def script(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\ncat > /dev/null\n" + text, encoding="utf-8")
    path.chmod(0o700)
    return str(path)


TALK = "\n".join(f"echo 'talk {canary}'; echo 'talk {canary}' >&2" for canary in CANARIES)
ANSWERS = {"RefusedEventError": json.dumps({"certificate_ref": BIRD}), "WrongAnswerError": json.dumps({BIRD: BIRD}), "UnreadableAnswerError": BIRD}
"""By what becomes of them."""


def test_what_a_command_prints_or_answers_is_in_nothing_of_ours(acting: Acting, tmp_path: Path) -> None:
    subjects = make_due(acting.ledger, 2)
    failing = script(tmp_path, "fails.sh", f"{TALK}\nexit 1\n")
    good = script(tmp_path, "good.sh", f"{TALK}\ntr '\\0' ' ' < /proc/$$/cmdline >> {tmp_path}/asked\n")
    out, err = acting.act("--once", "--attempts", "1", "--json", "--", failing)
    assert len(where_seen({"talk": err})) > 5, "the command said nothing: the search proves nothing"
    texts = {"fails": out + ours(err), "parked": "".join(acting.act("--parked"))}
    first, second = parked(acting)
    for error, text in ANSWERS.items():
        command = script(tmp_path, f"{error}.sh", f"cat > \"$LEDGER_ANSWER\" <<'END'\n{text}\nEND\n")
        out, err = acting.act("--retry", first, "--", command)
        texts[error] = out + err
        assert "answered" not in out, error
    for number, each in enumerate((first, second)):
        out, err = acting.act("--retry", each, *(["--json"] if number else []), "--", good)
        texts[f"good {number}"] = out + ours(err)

    assert "CommandFailedError" in texts["fails"]
    assert where_seen(texts) == set()
    assert states(acting.ledger) == {"MET": 2}
    assert where_seen(acting.said() | acting.stands()) == set()
    asked = (tmp_path / "asked").read_text()
    assert "good.sh" in asked and not any(subject in asked for subject in subjects), "whom it is about stands on a command line"


def ours(text: str) -> str:
    """What is not the command's own talk."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("talk "))


def parked(acting: Acting) -> list[str]:
    found = [json.loads(line) for line in acting.act("--parked", "--json")[0].splitlines()]
    return [each["obligation_id"] for each in found if "obligation_id" in each]


def test_of_what_a_handler_raises_the_type_alone_is_told_and_kept(acting: Acting, capfd: pytest.CaptureFixture[str]) -> None:
    make_due(acting.ledger, 1)
    steps: list[Step] = []

    def fails(duty: object) -> None:
        print(f"talk {duty}")
        raise ValueError(*CANARIES) from LookupError(BIRD)

    with Obligations(
        source="crm", controller=CONTROLLER, kinds=["ERASE"], group=GROUP, attempts=1, on_step=steps.append,
        bootstrap_servers=acting.ledger.settings.kafka.bootstrap_servers,
    ) as duties:  # fmt: skip
        duties.run(fails, once=True)
        kept = duties.parked()
    told = capfd.readouterr()

    assert [(step.state, step.error) for step in steps] == [("parked", "ValueError")] and [error for _, error in kept] == ["ValueError"]
    assert "talk" in told.out
    assert where_seen({"steps": repr(steps), "parked": repr(kept), "out": told.out, "err": told.err} | acting.said() | acting.stands()) == set()


def test_what_an_obligation_has_of_it_is_in_no_line_of_who_acts(acting: Acting, tmp_path: Path) -> None:
    """It came in past the SDK: in the person's reference, in the store, in the reference of what is held."""
    make_due(acting.ledger, 0, at=START.replace(month=7, day=2))
    producer = Producer(acting.ledger.settings.kafka_client_config())
    for number, canary in enumerate(CANARIES):
        places: list[tuple[str, dict[str, str]]] = [(canary, {}), (f"subj-{number:06x}", {"store": canary}), (f"subj-{number:05x}", {"ref": canary})]
        for place, (subject, changed) in enumerate(places):
            about = {"controller": CONTROLLER, "source": "shop"}
            account = {"activity": "account", "purposes": ["dpv:AccountManagement"], "categories": ["pd:Name"], "legal_basis": "eu-gdpr:A6-1-b"}
            ended = {"kind": "SERVICE_ENDED", "ref": "service-1"}
            held = fact("DataCollected", 100 + number * 10 + place * 2, 0, subject, **account, **{"store": "crm"} | changed, **about)
            over = fact("MilestoneReached", 101 + number * 10 + place * 2, 1, subject, **ended, **about)
            key = message_key(CONTROLLER, subject)
            for type_name, fields in (held, over):
                producer.produce(FACTS, codec.encode(type_name, fields), key=key, partition=partition_of(key, PARTITIONS))
    assert producer.flush(30) == 0
    make_due(acting.ledger, 0)
    failing, good = script(tmp_path, "fails.sh", "exit 1\n"), script(tmp_path, "good.sh", "exit 0\n")
    texts = {"fails": "".join(acting.act("--once", "--attempts", "1", "--json", "--", failing))}
    ids = parked(acting)
    texts |= {f"again {each}": "".join(acting.act("--retry", each, "--", good)) for each in ids[:3]}

    assert len(ids) > len(CANARIES) and "CommandFailedError" in texts["fails"]
    assert len(where_seen({"listed": acting.act("--parked", "--json")[0]} | acting.stands())) > len(CANARIES), "nothing came in: it proves nothing"
    assert where_seen(texts | acting.said()) == set()
