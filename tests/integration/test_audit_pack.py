"""An erasure from request to certificate, and a pack of it, on the real stack; checked by `ledger-verify` with nothing else of ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger import Emitter
from ledger.policies.files import load_policy
from ledger.policies.publishing import publish_policy
from tests.integration.test_rebuild import run_cli
from tests.ledgers import TestLedger
from tests.workers import wait_until_answered, workers_of

ROOT = Path(__file__).resolve().parents[2]
CONTROLLER, SUBJECT = "mijndomein", "s1"
REQUEST = ("--request", "request-1", "-c", CONTROLLER)


def emitter_of(ledger: TestLedger) -> Emitter:
    return Emitter(controller=CONTROLLER, source="shop", bootstrap_servers=ledger.settings.kafka.bootstrap_servers)


def ask(emitter: Emitter) -> None:
    publish_policy(emitter, load_policy(CONTROLLER))
    mail = {"purposes": ["ledger:Newsletter"], "categories": ["pd:EmailAddress"]}
    emitter.emit("DataCollected", subject=SUBJECT, activity="newsletter", legal_basis="eu-gdpr:A6-1-a", store="crm", **mail)
    emitter.emit(
        "DataShared", subject=SUBJECT, by=CONTROLLER, recipient="mailer", recipient_role="mailing", purpose="ledger:Newsletter",
        categories=["pd:EmailAddress"], legal_basis="eu-gdpr:A6-1-a",
    )  # fmt: skip
    emitter.emit("RequestReceived", subject=SUBJECT, request_ref="request-1", right="ERASURE", identity_check="DONE")


def settle(ledger: TestLedger, emitter: Emitter) -> None:
    emitter.flush()
    wait_until_answered(ledger)
    done = run_cli(ledger, "seal", "--once")
    assert done.returncode == 0, done.stderr


def verified_alone(tmp_path: Path, *words: str) -> tuple[int, str]:
    """By the verifier copied to a folder of its own, in an environment without the rest of us."""
    alone = tmp_path / "alone"
    if not alone.exists():
        (alone / "ledger").mkdir(parents=True)
        (alone / "ledger/__init__.py").write_text("")
        shutil.copytree(ROOT / "ledger/verify", alone / "ledger/verify")
    environment = {"PYTHONPATH": str(alone), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-m", "ledger.verify", *words], cwd=alone, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def check_again(ledger: TestLedger, tmp_path: Path, *certificates: str) -> None:
    """Each is the one that follows from the log; a date, a category or a line that somebody forged is named."""
    proven = run_cli(ledger, "audit", "prove", "--subject", SUBJECT, "-c", CONTROLLER).stdout
    file = tmp_path / "held.json"
    for text in (*certificates, proven):
        file.write_text(text)
        same = run_cli(ledger, "audit", "check", str(file))
        assert (same.returncode, same.stdout.startswith(f"SAME  {CONTROLLER} / {SUBJECT}")) == (0, True), same.stdout + same.stderr
    forged = json.loads(certificates[0])
    forged["answer"]["erasures"][0]["erased_at"] = "2024-01-01T00:00:00.000000Z"
    forged["answer"]["erasures"][1]["categories"].append({"term": "pd:Name", "label": "name"})
    file.write_text(json.dumps(forged))
    found = run_cli(ledger, "audit", "check", str(file), "--json")
    assert found.returncode == 1
    assert {each["path"] for each in json.loads(found.stdout)["differences"]} == {"erasures[0].erased_at", "erasures[1].categories"}
    file.write_text("{}")
    assert run_cli(ledger, "audit", "check", str(file)).returncode == 2


def test_an_erasure_from_request_to_certificate_and_pack(make_ledger: Callable[..., TestLedger], tmp_path: Path) -> None:
    ledger = make_ledger(partitions=2, start=datetime(2026, 1, 1, tzinfo=UTC))
    assert run_cli(ledger, "keys", "init", "--name", "ledger.example").returncode == 0
    key = run_cli(ledger, "keys", "show").stdout.strip()
    with emitter_of(ledger) as emitter, workers_of(ledger) as workers:
        workers.start()
        ask(emitter)
        settle(ledger, emitter)

        early = run_cli(ledger, "audit", "certificate", *REQUEST)
        assert early.returncode == 1
        assert "not acknowledged yet" in early.stderr and "ERASE by mailer" in early.stderr

        emitter.emit("DataErased", subject=SUBJECT, by=CONTROLLER, act="ERASED", categories=["pd:EmailAddress"], request_ref="request-1")
        emitter.emit("DataErased", subject=SUBJECT, by="mailer", act="ERASED", categories=["pd:EmailAddress"], certificate_ref="paper-7")
        emitter.emit("RequestAnswered", subject=SUBJECT, request_ref="request-1", outcome="FULFILLED", identity_check="DONE")
        emitter.flush()
        wait_until_answered(ledger)
        unsealed = run_cli(ledger, "audit", "certificate", *REQUEST)
        assert (unsealed.returncode, "not sealed yet" in unsealed.stderr) == (1, True)
        settle(ledger, emitter)

    bundle = tmp_path / "certificate.json"
    bundle.write_text(run_cli(ledger, "audit", "certificate", *REQUEST).stdout)
    code, said = verified_alone(tmp_path, "bundle", str(bundle), "--key", key)
    assert (code, "each event that it names is among them" in said) == (0, True), said
    answer: Any = json.loads(bundle.read_text())["answer"]
    assert {each["holder"] for each in answer["erasures"]} == {CONTROLLER, "mailer"}
    assert {each["met"]["topic"] for each in answer["erasures"]} == {"obligations"}
    theirs = next(each for each in answer["erasures"] if each["holder"] == "mailer")
    assert theirs["acknowledged"][0]["certificate_ref"] == "paper-7"

    one = run_cli(ledger, "audit", "certificate", theirs["obligation_id"])
    assert one.returncode == 0, one.stderr
    check_again(ledger, tmp_path, bundle.read_text(), one.stdout)
    assert run_cli(ledger, "audit", "certificate", "--subject", SUBJECT, "-c", CONTROLLER).returncode == 0
    text = run_cli(ledger, "audit", "certificate", *REQUEST, "--text", "--lang", "nl")
    assert "Verklaring van wissing" in text.stdout and "paper-7" in text.stdout
    assert run_cli(ledger, "audit", "certificate").returncode == 2

    folder = tmp_path / "pack"
    counted = run_cli(ledger, "audit", "pack", "--output", str(folder), "--dry-run", "--json")
    assert counted.returncode == 0, counted.stderr
    assert not folder.exists()
    killed = run_cli(ledger, "audit", "pack", "--output", str(folder), failpoint="pack_before_rename:1")
    assert killed.returncode == -9, killed.stderr
    assert not folder.exists(), "nothing that looks like a pack"
    done = run_cli(ledger, "audit", "pack", "--output", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    said_of_it = json.loads(done.stdout)
    assert said_of_it["certificates"] == 2
    assert said_of_it["files"] == json.loads(counted.stdout)["files"]
    code, said = verified_alone(tmp_path, "pack", str(folder), "--key", key)
    assert code == 0, said
    assert "3 bundles are in this pack, each checked" in said
    for name in ("register", "recipients", "requests", "violations", "erasures"):
        assert "freshness" in json.loads((folder / f"registers/{CONTROLLER}/{name}.json").read_text())
    early = tmp_path / "early"  # registers of a moment before the request
    assert run_cli(ledger, "audit", "pack", "--output", str(early), "--known-at", "0:0", "--known-at", "1:0", "--on", "2026-01-01").returncode == 0
    assert verified_alone(tmp_path, "pack", str(early), "--key", key)[0] == 0
    register = json.loads((early / f"registers/{CONTROLLER}/requests.json").read_text())
    assert (register["requests"], register["freshness"]["known_at"]) == ([], "0:0, 1:0")
    assert "as known at 0:0, 1:0 of facts, what was so on 2026-01-01T22:59:59Z" in (early / "index.html").read_text()
    again = run_cli(ledger, "audit", "pack", "--output", str(folder))
    assert (again.returncode, "not there or empty" in again.stderr) == (4, True)
