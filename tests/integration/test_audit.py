"""Audits on the real stack: replayed from Kafka and from the archive, proven bundles, and each kind of tampering found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from ledger.adapters.postgres_connection import connect
from ledger.adapters.postgres_shadow import Shadow
from ledger.adapters.postgres_tables import KEPT
from tests.histories import collected
from tests.integration.test_rebuild import fold_live, ledger, lives, produce, run_cli, schemas
from tests.ledgers import TestLedger

__all__ = ["ledger"]  # the fixture: a ledger of two partitions


@pytest.fixture
def sealed(ledger: TestLedger) -> TestLedger:
    """Lives, folded and sealed."""
    produce(ledger, lives())
    fold_live(ledger)
    for words in (("keys", "init", "--name", "ledger.example"), ("seal", "--once")):
        done = run_cli(ledger, *words)
        assert done.returncode == 0, done.stderr
    return ledger


def replayed(audited: TestLedger, *words: str) -> tuple[int, dict[str, Any]]:
    done = run_cli(audited, "audit", "replay", "--workers", "1", "--json", *words)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("source", [(), ("--from-archive",)])
def test_the_log_gives_what_is_live_and_published(sealed: TestLedger, source: tuple[str, ...]) -> None:
    code, said = replayed(sealed, *source)

    assert code == 0, said
    assert [each["table"] for each in said["tables"] if (each["sha256"], each["rows"]) != (each["live_sha256"], each["live_rows"])] == []
    assert [each["table"] for each in said["tables"] if each["rows"] == 0] == [], "a table that stays empty proves nothing"
    assert said["outcomes"]["derived"] > 0
    assert schemas(sealed) == ["projection", "projection_web"]


TAMPERED = {
    "a date": ("UPDATE projection.holding SET due_at = due_at + interval '1 day' WHERE due_at IS NOT NULL", "holding", {"due_at"}),
    "a row less": ("DELETE FROM projection.violation WHERE ctid = (SELECT min(ctid) FROM projection.violation)", "violation", None),
    "a fact that never was": (
        "INSERT INTO projection.fact SELECT partition, log_offset + 1000000, subject_id, gen_random_uuid(), schema_id, recorded_at, value"
        " FROM projection.fact LIMIT 1", "fact", None,
    ),
    "an obligation that was met": ("UPDATE projection.obligation SET state = 'MET' WHERE state = 'OVERDUE'", "obligation", {"state"}),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_done_to_the_tables_is_found_with_both_sides(sealed: TestLedger, what: str) -> None:
    statement, table, columns = TAMPERED[what]
    with connect(sealed.dsn) as connection:
        changed = connection.execute(statement)
    assert changed.rowcount >= 1, what

    code, said = replayed(sealed)

    assert code == 1
    differing = {each["table"]: each for each in said["differences"]}
    found = differing.pop(table)
    assert differing.keys() <= {table.name for table in KEPT}, "kept by triggers, they went along"
    assert found["key"]
    assert found["events"]
    if columns is not None:
        assert set(found["live"]) == set(found["replayed"]) == columns
    else:
        assert bool(found["live"]) != bool(found["replayed"])
    assert schemas(sealed) == ["projection", "projection_web"]


def test_an_outcome_that_somebody_else_published_is_found(sealed: TestLedger) -> None:
    producer = Producer(sealed.settings.kafka_client_config())
    producer.produce("violations", b"forged", partition=0)
    assert producer.flush(30) == 0

    code, said = replayed(sealed)
    assert (code, said["outcomes"]["extra"]) == (1, 1)
    assert said["differences"] == []


def test_an_archive_that_is_behind_says_what_to_do(sealed: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    from ledger.errors import OperatorError
    from ledger.replaying import audit

    produce(sealed, [collected(3000, 61, subject="s1")], poison=False)
    fold_live(sealed)
    monkeypatch.setattr(audit, "SETTLE_SECONDS_MAX", 0.1)

    with pytest.raises(OperatorError, match="the log ends before") as caught:
        audit.replay_and_compare(sealed.settings, workers=1, archive=sealed.settings.archive)
    assert caught.value.hint == "ledger seal --once, then again"
    assert schemas(sealed) == ["projection", "projection_web"]


def test_a_replay_and_a_rebuild_are_not_made_at_once(sealed: TestLedger) -> None:
    with Shadow(sealed.dsn):
        done = run_cli(sealed, "audit", "replay")
    assert (done.returncode, "a rebuild or a replay is going on" in done.stderr) == (4, True)


def ledger_verify(*words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "ledger.verify", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_subject_s_answer_is_proven_on_another_machine(sealed: TestLedger, tmp_path: Path) -> None:
    key = run_cli(sealed, "keys", "show").stdout.strip()
    with connect(sealed.dsn) as connection:
        controller, subject = connection.execute("SELECT controller, subject_ref FROM projection.holding ORDER BY 2 LIMIT 1").fetchone() or ("", "")
    done = run_cli(sealed, "audit", "prove", "--subject", subject, "-c", controller)
    assert done.returncode == 0, done.stderr
    path = tmp_path / "bundle.json"
    path.write_text(done.stdout)

    code, said = ledger_verify("bundle", str(path), "--key", key)
    assert code == 0, said
    assert "each event that it names is among them" in said

    bundle = json.loads(done.stdout)
    assert bundle["answer"]["known"]
    holding = bundle["answer"]["holdings"][0]
    event_id = next(each["event_id"] for each in _events(holding))
    one = run_cli(sealed, "audit", "prove", event_id)
    path.write_text(one.stdout)
    assert ledger_verify("bundle", str(path), "--key", key)[0] == 0, one.stderr
    assert len(json.loads(one.stdout)["records"]) == 1


def _events(answer: Any) -> list[dict[str, Any]]:
    if isinstance(answer, dict):
        return [answer] if "event_id" in answer else [found for each in answer.values() for found in _events(each)]
    return [found for each in answer for found in _events(each)] if isinstance(answer, list) else []


def test_what_is_unknown_or_unsealed_is_not_proven(sealed: TestLedger) -> None:
    unknown = run_cli(sealed, "audit", "prove", "0190c2a4-7b00-7000-8000-00000000ffff")
    assert (unknown.returncode, "no fact with that id" in unknown.stderr) == (1, True)
    assert run_cli(sealed, "audit", "prove").returncode == 2
    assert run_cli(sealed, "audit", "prove", "--subject", "nobody", "-c", "nobody").returncode == 1


def test_the_broker_is_held_against_the_archive(sealed: TestLedger, tmp_path: Path) -> None:
    done = run_cli(sealed, "audit", "verify", "--kafka")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kafka   same" in done.stdout
    for words, code, said in (
        (("--level", "L1"), 2, "L1"), (("--max-age", "0.000001"), 2, "old"), (("--resume", str(sealed.home / "done")), 0, "VERIFIED"),
        (("--witness", "no-vkey"), 3, ""),
    ):  # fmt: skip
        told = run_cli(sealed, "audit", "verify", *words)
        assert (told.returncode, said in told.stdout) == (code, True), (words, told.stdout, told.stderr)

    payload = next(sealed.settings.archive.glob("logs/facts/0/tile/entries/*.p/*"))
    data = payload.read_bytes()
    payload.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    done = run_cli(sealed, "audit", "verify", "--kafka", "--json")
    assert done.returncode == 1
    reasons = {json.loads(line).get("reason") for line in done.stdout.splitlines()}
    assert {"entry-changed", "record-changed"} <= reasons


def test_our_own_keys_are_those_that_ever_signed(sealed: TestLedger) -> None:
    for words in (("keys", "rotate"), ("seal", "--once"), ("keys", "retire", "--yes"), ("seal", "--once"), ("audit", "verify")):
        done = run_cli(sealed, *words)
        assert done.returncode == 0, (words, done.stdout + done.stderr)


def test_a_rebuild_that_waits_to_go_on_is_not_thrown_away(sealed: TestLedger) -> None:
    killed = run_cli(sealed, "rebuild", "--workers", "1", failpoint="rebuild_before_indexes:1")
    assert killed.returncode in (3, -9)

    refused = run_cli(sealed, "audit", "replay")
    assert (refused.returncode, "unfinished rebuild" in refused.stderr) == (4, True)
    assert json.loads(run_cli(sealed, "rebuild", "--workers", "1", "--json").stdout)["continued"] == 2
    assert replayed(sealed)[0] == 0
