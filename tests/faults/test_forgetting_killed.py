"""kill -9 of `ledger subject forget` and `ledger vault end-epoch` at each step, on the real stack: the next run finishes, and the log never lied."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from ledger.contract import codec
from ledger.forgetting.vaults import VaultKeys, open_vault
from ledger.topics import FACTS, REGISTER
from ledger.vault.identities import identity
from tests.faults.oracles import read_all
from tests.ledgers import TestLedger

CONTROLLER = "hostinghuis"
ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"


def run(ledger: TestLedger, *words: str, given: str = "", failpoint: str = "", count: int = 1, code: int = 0) -> str:
    environment = ledger.environment | ({"LEDGER__FAILPOINT": f"{failpoint}:{count}"} if failpoint else {})
    command = [sys.executable, "-m", "ledger", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120, input=given)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def told(ledger: TestLedger, topic: str, partitions: int) -> list[dict[str, object]]:
    found = [codec.decode(value) for number in range(partitions) for _, value, _ in read_all(ledger, topic, number)]
    return [fields for kind, fields in found if kind in ("KeyDestroyed", "KeyEpochEnded")]


@pytest.mark.parametrize("place", ["forget_before_commit", "forget_after_commit", "forget_before_note"])
def test_killed_while_it_forgets(fresh_ledger: TestLedger, place: str) -> None:
    run(fresh_ledger, "vault", "init")
    ref = run(fresh_ledger, "subject", "register", "-c", CONTROLLER, given=ANNA).strip()
    with open_vault(fresh_ledger.settings) as vault:
        key_id = vault.key_id(CONTROLLER, ref)
    forget = ("subject", "forget", ref, "-c", CONTROLLER, "--yes")
    run(fresh_ledger, *forget, failpoint=place, code=-signal.SIGKILL)

    is_there = place == "forget_before_commit"
    run(fresh_ledger, "subject", "resolve", "-c", CONTROLLER, given=ANNA, code=0 if is_there else 1)
    assert len(told(fresh_ledger, FACTS, 4)) == (place == "forget_before_note"), "the log says it only of what is gone"
    run(fresh_ledger, "vault", "status", code=0 if is_there else 1)
    run(fresh_ledger, *(forget if is_there else ("vault", "announce")))

    run(fresh_ledger, "subject", "resolve", "-c", CONTROLLER, given=ANNA, code=1)
    run(fresh_ledger, "vault", "status")
    assert {(each["subject_ref"], each["key_id"]) for each in told(fresh_ledger, FACTS, 4)} == {(ref, key_id)}
    assert len({each["event_id"] for each in told(fresh_ledger, FACTS, 4)}) == 1


@pytest.mark.parametrize("place", ["epoch_after_key", "epoch_before_commit", "epoch_after_commit", "epoch_after_destruction", "forget_before_note"])
def test_killed_while_it_ends_an_epoch(fresh_ledger: TestLedger, place: str) -> None:
    run(fresh_ledger, "vault", "init")
    refs = [run(fresh_ledger, "subject", "register", "-c", CONTROLLER, given=each).strip() for each in (ANNA, BRAM)]
    run(fresh_ledger, "vault", "end-epoch", "--yes", failpoint=place, code=-signal.SIGKILL)

    if place != "forget_before_note":
        assert told(fresh_ledger, REGISTER, 1) == []
    assert [run(fresh_ledger, "subject", "resolve", "-c", CONTROLLER, given=each).strip() for each in (ANNA, BRAM)] == refs
    run(fresh_ledger, "vault", "end-epoch", "--yes")

    state = json.loads(run(fresh_ledger, "vault", "status", "--json"))
    assert (state["epoch"], state["keys_of_epochs"], state["announcements"]) == (1, [1], 0)
    assert {(each["controller"], each["epoch"]) for each in told(fresh_ledger, REGISTER, 1)} == {(CONTROLLER, 0)}
    assert len({each["event_id"] for each in told(fresh_ledger, REGISTER, 1)}) == 1
    with open_vault(fresh_ledger.settings) as vault:
        assert [vault.resolve(CONTROLLER, identity("email", each)) for each in (ANNA, BRAM)] == refs
    assert [path.name for path in fresh_ledger.settings.vault_key_file.parent.iterdir() if path.name.startswith(".")] == []
    assert len(VaultKeys(fresh_ledger.settings).epochs()) == 1
