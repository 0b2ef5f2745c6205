"""`ledger doctor` on the real stack: each check once ok and once wrong, by really making it so; and with half of the ledger away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from ledger.adapters.postgres_vault import PostgresVault
from ledger.adapters.postgres_watching import PostgresWatching
from ledger.doctoring import machine, work
from ledger.doctoring.all_checks import CHECKS
from ledger.doctoring.checks import Check, Finding, Found, run
from ledger.settings import read_settings
from ledger.stack.identity import LEDGER_FILE
from ledger.vault.shapes import Mark
from tests.integration.test_rebuild import fold_live, lives, produce
from tests.ledgers import TestLedger
from tests.workers import run_ledger, wait_until_answered, workers_of

ROOT = Path(__file__).resolve().parents[2]


def said(ledger: TestLedger, name: str) -> Finding:
    """What one check finds."""
    return run(CHECKS[name], ledger.settings)


def verdict(ledger: TestLedger, name: str) -> str:
    found = said(ledger, name)
    assert found.verdict == "ok" or (found.remedy and found.runbook), found
    return found.verdict


def change(ledger: TestLedger, statement: str) -> None:
    with psycopg.connect(ledger.dsn, autocommit=True) as connection:
        connection.execute(statement)


def set_topic(ledger: TestLedger, topic: str, key: str, value: str | None) -> None:
    """With Kafka's own tools; None: as it was when the cluster was made."""
    admin = AdminClient(ledger.settings.kafka_client_config())
    how = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[ConfigEntry(key, value, incremental_operation=how)])
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> Iterator[TestLedger]:
    yield make_ledger(partitions=2)


def test_every_entry_of_the_runbook_that_a_check_names_exists() -> None:
    headings = {line[3:].strip() for line in (ROOT / "docs/runbook.md").read_text().splitlines() if line.startswith("## ")}

    assert {check.runbook for check in CHECKS.values()} - headings == set()


def test_a_check_that_stops_is_a_finding_without_what_its_error_said(ledger: TestLedger) -> None:
    def stops(_: object) -> Found:
        raise ValueError("jan.jansen@voorbeeld.nl")

    found = run(Check("x", "Dead letters", stops), ledger.settings)

    assert (found.verdict, found.said) == ("wrong", "stopped with ValueError")


def test_settings_services_topics_tables_and_identity(ledger: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["settings", "kafka", "kafka is this ledger's", "topic settings", "postgres", "tables", "identity"]
    assert {name: verdict(ledger, name) for name in names} == dict.fromkeys(names, "ok")

    set_topic(ledger, "facts", "retention.ms", "1000000000")
    found = said(ledger, "topic settings")
    assert (found.verdict, "facts has retention.ms=1000000000, not -1" in found.said) == ("wrong", True)
    set_topic(ledger, "facts", "retention.ms", "-1")
    set_topic(ledger, "register", "max.message.bytes", "1000")
    assert verdict(ledger, "topic settings") == "warning"

    change(ledger, "UPDATE ledger.identity SET cluster_id = 'another'")
    assert (verdict(ledger, "kafka is this ledger's"), verdict(ledger, "identity")) == ("wrong", "wrong")
    change(ledger, "UPDATE ledger.identity SET topic_ids = topic_ids || '{\"facts\": \"x\"}'")
    assert "topic facts was made again" in said(ledger, "kafka is this ledger's").said

    change(ledger, "DELETE FROM ledger.migration WHERE number = 7")
    assert "0007_watching" in said(ledger, "tables").said
    change(ledger, "INSERT INTO ledger.migration VALUES (99, '0099_later', '')")
    assert "0099_later" in said(ledger, "tables").said
    change(ledger, "DELETE FROM ledger.migration; UPDATE ledger.generation SET layout_sha256 = ''")
    assert verdict(ledger, "tables") == "wrong"

    (ledger.home / LEDGER_FILE).write_text("{}")
    assert verdict(ledger, "identity") == "wrong"
    away = ledger.settings.model_copy(update={"kafka": ledger.settings.kafka.model_copy(update={"bootstrap_servers": "127.0.0.1:1"})})
    assert run(CHECKS["kafka"], away).verdict == "wrong"
    nowhere = "postgresql://nobody:hidden@127.0.0.1:1/x"
    gone = ledger.settings.model_copy(update={"postgres": type(ledger.settings.postgres)(dsn=nowhere)})
    found = run(CHECKS["postgres"], gone)
    assert (found.verdict, "hidden" in str(found)) == ("wrong", False)
    assert run(CHECKS["settings"], read_settings(home=ledger.home / "elsewhere")).verdict == "wrong"


def test_workers_and_lag(ledger: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(ledger, "workers") == "wrong"
    with workers_of(ledger) as workers:
        workers.start()
        wait_until_answered(ledger)
        deadline = time.monotonic() + 30
        while verdict(ledger, "workers") != "ok" and time.monotonic() < deadline:
            time.sleep(0.1)
        assert verdict(ledger, "workers") == "ok"
        assert verdict(ledger, "lag") == "ok"
    with workers_of(ledger) as workers:
        workers.start("relay")
        deadline = time.monotonic() + 30
        while verdict(ledger, "workers") != "warning" and time.monotonic() < deadline:
            time.sleep(0.1)
        assert "broadcaster" in said(ledger, "workers").said

    producer = Producer(ledger.settings.kafka_client_config())
    producer.produce("facts", b"x", key=b"k", partition=0)
    producer.flush(30)
    assert said(ledger, "lag").said == "1 record is not folded"
    monkeypatch.setattr(work, "LAG_SECONDS_MAX", 0.0)  # a few records that wait for long are as wrong as many: nobody gets on
    assert said(ledger, "lag").said == "1 record is not folded, the oldest since 0 minutes"
    assert verdict(ledger, "lag") == "wrong"
    monkeypatch.undo()
    for _ in range(10_100):
        producer.produce("facts", b"x", key=b"k", partition=0)
    producer.flush(30)
    assert verdict(ledger, "lag") == "warning"
    change(ledger, "UPDATE projection.progress SET next_offset = 999999 WHERE topic = 'facts'")
    assert verdict(ledger, "lag") == "wrong"


def test_what_is_pending_unsent_unreadable_overdue_or_differs(ledger: TestLedger) -> None:
    names = ["pending", "outbox", "dead letters", "overdue"]
    assert {name: verdict(ledger, name) for name in names} == dict.fromkeys(names, "ok")
    assert verdict(ledger, "log and database") == "warning"
    with PostgresWatching(ledger.dsn) as watching:
        watching.note_check("reconcile", "good")
    assert verdict(ledger, "log and database") == "ok"

    produce(ledger, lives())
    fold_live(ledger)
    change(ledger, "INSERT INTO ledger.reconcile_mismatch VALUES ('missing_row', 'facts', 0, 1, 1)")
    change(ledger, "UPDATE projection.progress SET pending_offset = 1, pending_after = gen_random_uuid(), pending_steps = '[[1]]'")
    found = {name: verdict(ledger, name) for name in [*names, "log and database"]}
    assert found == {"pending": "warning", "outbox": "warning", "dead letters": "warning", "overdue": "wrong", "log and database": "wrong"}
    assert said(ledger, "dead letters").said == "1 bad_magic"


def test_seals_and_checks(ledger: TestLedger) -> None:
    assert (verdict(ledger, "seals"), verdict(ledger, "verification")) == ("warning", "warning")
    produce(ledger, lives())
    fold_live(ledger)
    for words in (("keys", "init", "--name", "ledger.example"), ("seal", "--once"), ("audit", "verify")):
        done = run_ledger(ledger, *words)
        assert done.returncode == 0, done.stderr
    assert (verdict(ledger, "seals"), verdict(ledger, "verification")) == ("ok", "ok")

    change(ledger, "UPDATE ledger.log_head SET state = state || '{\"at\": 1000}' WHERE state IS NOT NULL")
    change(ledger, "UPDATE projection.progress SET next_offset = next_offset + 5 WHERE topic = 'facts'")
    change(ledger, "UPDATE ledger.check_done SET checked_at = now() - interval '3 days'")
    assert (verdict(ledger, "seals"), verdict(ledger, "verification")) == ("warning", "warning")
    with PostgresWatching(ledger.dsn) as watching:
        watching.note_check("verify", "undecided")
    assert verdict(ledger, "verification") == "wrong"


def test_clocks_archive_keys_and_disk(ledger: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["clocks", "archive", "key files", "disk"]
    assert {name: verdict(ledger, name) for name in names} == dict.fromkeys(names, "ok")

    with PostgresVault(ledger.dsn) as store:
        store.begin(Mark(0, "00000000"))
    assert "its key is not on this machine" in said(ledger, "key files").said
    ledger.settings.vault_key_file.parent.mkdir(parents=True)
    ledger.settings.vault_key_file.write_text("x")
    ledger.settings.vault_key_file.chmod(0o640)
    assert "the vault key has mode 0640" in said(ledger, "key files").said
    ledger.settings.vault_key_file.chmod(0o600)
    assert verdict(ledger, "key files") == "ok"

    ledger.settings.archive.write_text("a file where a folder must be")
    assert verdict(ledger, "archive") == "wrong"
    ledger.settings.archive.unlink()

    real = time.time
    monkeypatch.setattr(machine.time, "time", lambda: real() - 20)
    assert verdict(ledger, "clocks") == "wrong"  # the newest record of the broker is younger than now
    monkeypatch.setattr(machine.time, "time", lambda: real() + 20)
    assert verdict(ledger, "clocks") == "warning"
    monkeypatch.setattr(machine.time, "time", real)

    usage = type(machine.shutil.disk_usage("/"))
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 10**10, 10**10))
    assert verdict(ledger, "disk") == "warning"
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 10**6, 10**6))
    assert verdict(ledger, "disk") == "wrong"


def test_look_ups_past_their_term(ledger: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(ledger, "look-ups") == "ok"
    from ledger.doctoring import work

    with PostgresVault(ledger.dsn) as store:
        store.begin(Mark(0, "00000000"))
    change(ledger, "INSERT INTO vault.look_up_day (controller, day, key_id, wrapped_key) VALUES ('sohosted', '2019-01-01', 'day-x', '\\x00')")
    assert said(ledger, "look-ups").said == "1 day, not past its term"  # no policy states one
    monkeypatch.setattr(work, "days_over", lambda _, days: (0, days))  # which days are over: tests/integration/test_forgetting_look_ups.py
    assert verdict(ledger, "look-ups") == "wrong"


def test_the_command_tells_all_of_it_and_ends_with_one_when_something_is_wrong(ledger: TestLedger) -> None:
    some = run_ledger(ledger, "doctor", "--only", "kafka", "--only", "disk", "--json")
    assert some.returncode == 0, some.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in some.stdout.splitlines()]
    assert [line.get("name") for line in lines] == ["kafka", "disk", None]
    assert lines[-1] == {"ok": 2, "warning": 0, "wrong": 0}

    whole = run_ledger(ledger, "doctor")
    assert whole.returncode == 1
    assert "wrong    workers: no worker is seen\n         ledger work\n         runbook: No worker runs\n" in whole.stdout
    assert run_ledger(ledger, "doctor", "--only", "weather").returncode == 2


def test_with_all_of_it_down_each_check_says_so(ledger: TestLedger, tmp_path: Path) -> None:
    (ledger.home / "run.json").rename(tmp_path / "run.json")

    down = run_ledger(ledger, "doctor", "--json")

    found = {line["name"]: line["verdict"] for line in map(json.loads, down.stdout.splitlines()[:-1])}
    assert (down.returncode, set(found)) == (1, set(CHECKS))
    assert (found["disk"], found["archive"], found["kafka"], found["postgres"]) == ("ok", "ok", "wrong", "wrong")
    assert (found["workers"], found["lag"], found["tables"]) == ("warning",) * 3, "one cause is told once"
    waits = next(line for line in map(json.loads, down.stdout.splitlines()[:-1]) if line["name"] == "workers")
    assert (waits["said"], waits["remedy"]) == ("not looked at: it needs `kafka`", "mend `kafka`, then ask again")
    assert "Traceback" not in down.stderr
