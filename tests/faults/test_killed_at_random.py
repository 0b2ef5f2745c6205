"""kill -9 at moments that nobody chose, again and again: the sealer while events come in, and `ledger subject forget`. The seed is printed.

`test_sealer_killed` and `test_forgetting_killed` die at each named step; here the steps are whatever the process was at.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger import Emitter, ToSeal
from ledger.contract import codec
from ledger.forgetting.vaults import open_vault
from ledger.sdk.event_ids import id_bytes
from ledger.topics import FACTS, SEALED, partitions_by_topic
from ledger.vault.identities import identity
from ledger.vault.shapes import Erased
from tests.faults.life import CONTROLLER, Life
from tests.faults.oracles import end_of, read_all
from tests.faults.test_sealer_killed import checkpoints, command, sealed_calmly, verify
from tests.ledgers import TestLedger
from tests.workers import Workers, comes_true, wait_until_answered

KILLS = 9
PERSONS = 6
KILLS_OF_ONE = 4


@pytest.fixture
def chance() -> random.Random:
    """LEDGER_TEST_SEED repeats a run as far as clocks allow: the moments are the same, what the process does in them need not be."""
    seed = int(os.environ.get("LEDGER_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"LEDGER_TEST_SEED={seed}")
    return random.Random(seed)  # noqa: S311  moments, not secrets


def test_a_sealer_killed_again_and_again_while_events_come_in_seals_as_one_that_was_left_alone(
    fresh_ledger: TestLedger, workers: Workers, life: Life, tmp_path: Path, chance: random.Random
) -> None:
    command(fresh_ledger, "keys", "init", "--name", "ledger.example/test")
    life.begin()
    rounds: list[int] = []
    for turn in range(KILLS):
        # In turns: soon after it wrote the first file of a round, soon after it finished a round, and some time later.
        mark, later = ((files_of, 0.15), (sealed_rounds, 0.15), (files_of, 1.0))[turn % 3]
        sealer, before = workers.start("sealer", sealing__seconds="0.1"), mark(fresh_ledger)
        while not comes_true(lambda mark=mark, before=before: mark(fresh_ledger) != before, seconds=0.05) and sealer.exit_code is None:  # type: ignore[misc]
            life.emit(10)
        until = time.monotonic() + chance.uniform(0, later)
        while time.monotonic() < until:
            life.emit(chance.randrange(1, 30))
        assert sealer.exit_code is None, sealer.text()
        sealer.kill()
        rounds.append(sealed_rounds(fresh_ledger))
    print(f"checkpoints of the seals after each kill: {rounds}")
    assert len(set(rounds)) > KILLS // 3, "every third one had made a round"
    command(fresh_ledger, "seal", "--once")

    ends = {
        (topic, number): end_of(fresh_ledger, topic, number)
        for topic, partitions in partitions_by_topic(fresh_ledger.identity.partitions).items() if topic in SEALED
        for number in range(partitions)
    }  # fmt: skip
    assert f"VERIFIED  {sum(ends.values()):,} events, {len(ends)} partitions" in verify(fresh_ledger), "every offset once"
    assert all(entry.offset < ends[entry.topic, entry.partition] for entry in life.acknowledged())
    assert checkpoints(fresh_ledger.settings.archive) == sealed_calmly(fresh_ledger, tmp_path / "calm")


def test_a_forgetting_killed_anywhere_ends_as_forgotten_and_is_told_once(fresh_ledger: TestLedger, workers: Workers, chance: random.Random) -> None:
    command(fresh_ledger, "vault", "init")
    sealed = {person(number): registered(fresh_ledger, person(number)) for number in range(PERSONS)}
    worker = workers.start()
    died_in: Counter[str] = Counter()
    wait_until_answered(fresh_ledger)
    took = forget(fresh_ledger, sealed[person(0)][0], None)
    for number in range(1, PERSONS):
        ref = sealed[person(number)][0]
        for attempt in range(KILLS_OF_ONE):
            wait_until_answered(fresh_ledger)
            # Most of the time is the start of Python: every second one is killed in the instants around the destruction.
            near = attempt % 2 == 1 and is_there(fresh_ledger, ref)
            moment = chance.uniform(0, 0.02) if near else chance.uniform(took / 2, took)
            died = "not at all" if forget(fresh_ledger, ref, moment, near=near) is not None else state_of(fresh_ledger, ref)
            died_in[died] += 1
            if died in ("not at all", "after it told"):
                break
        if is_there(fresh_ledger, ref):
            wait_until_answered(fresh_ledger)
            forget(fresh_ledger, ref, None)
        command(fresh_ledger, "vault", "announce")
    wait_until_answered(fresh_ledger)
    assert worker.stop() == 0
    print(f"died: {dict(died_in)}")
    assert died_in.total() - died_in["not at all"] > 0, "some were killed"

    told = [(at, fields) for at, (kind, fields) in facts(fresh_ledger) if kind == "KeyDestroyed"]
    for ref, (kind, fields) in sealed.values():
        of_one = [each for _, each in told if each["subject_ref"] == ref]
        assert {each["key_id"] for each in of_one} == {fields["sealed"]["key_id"]}
        assert len({each["event_id"] for each in of_one}) == 1, "a repeat has the same id"
        with open_vault(fresh_ledger.settings) as vault:
            assert vault.open(kind, fields) == Erased(of_one[0]["key_id"], of_one[0]["occurred_at"])
            assert vault.identities(CONTROLLER, ref) == []
    with open_vault(fresh_ledger.settings) as vault:
        assert [vault.resolve(CONTROLLER, identity("email", address)) for address in sealed] == [None] * PERSONS
    with psycopg.connect(fresh_ledger.dsn) as connection:
        ids = [event_id.bytes for (event_id,) in connection.execute("SELECT event_id FROM projection.fact WHERE subject_id IS NOT NULL")]
        left = connection.execute("SELECT (SELECT count(*) FROM vault.subject), (SELECT count(*) FROM vault.identity)").fetchone()
    assert left == (0, 0)
    assert Counter(ids)[told[0][1]["event_id"]] == 1
    assert sum(each in {fields["event_id"] for _, fields in told} for each in ids) == PERSONS, "folded once each"


def files_of(ledger: TestLedger) -> int:
    """How many there are of the logs, half-written ones too."""
    return sum(len(files) for _, _, files in os.walk(ledger.settings.archive / "logs"))


def sealed_rounds(ledger: TestLedger) -> int:
    return len(list((ledger.settings.archive / "seals/checkpoints").glob("*")))


def person(number: int) -> str:
    return f"person-{number}@voorbeeld.example"


def registered(ledger: TestLedger, address: str) -> tuple[str, tuple[str, dict[str, Any]]]:
    """A person in the vault, and an event that is sealed under the person's key."""
    with open_vault(ledger.settings) as vault:
        ref = vault.register(CONTROLLER, identity("email", address))
        servers = ledger.settings.kafka.bootstrap_servers
        with Emitter(controller=CONTROLLER, source="shop", bootstrap_servers=servers, vault=vault) as emitter:
            receipt = emitter.emit("MilestoneReached", subject=ref, kind="LOGGED_IN", sealed=ToSeal(name=address))
    return ref, next(each for _, each in facts(ledger) if each[1]["event_id"] == id_bytes(receipt.event_id))


def facts(ledger: TestLedger) -> list[tuple[tuple[int, int], tuple[str, dict[str, Any]]]]:
    return [((number, at), codec.decode(value)) for number in range(4) for at, value, _ in read_all(ledger, FACTS, number)]


def forget(ledger: TestLedger, ref: str, seconds: float | None, *, near: bool = False) -> float | None:
    """Run the command; kill it after so many seconds, near: after the key is gone. How long it took, or None when it was killed."""
    words = [sys.executable, "-m", "ledger", "subject", "forget", ref, "-c", CONTROLLER, "--yes"]
    started = time.monotonic()
    with subprocess.Popen(words, env=ledger.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        if near:
            with open_vault(ledger.settings) as vault:
                while vault.key_id(CONTROLLER, ref) is not None and process.poll() is None:
                    pass  # as often as PostgreSQL answers: what comes next takes milliseconds
        try:
            said, _ = process.communicate(timeout=120 if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return None
    assert process.returncode == 0, said
    return time.monotonic() - started


def is_there(ledger: TestLedger, ref: str) -> bool:
    with open_vault(ledger.settings) as vault:
        return vault.key_id(CONTROLLER, ref) is not None


def state_of(ledger: TestLedger, ref: str) -> str:
    """How far a killed one came."""
    if is_there(ledger, ref):
        return "before it destroyed"
    return "before it told" if json.loads(status(ledger))["announcements"] else "after it told"


def status(ledger: TestLedger) -> str:
    words = [sys.executable, "-m", "ledger", "vault", "status", "--json"]
    return subprocess.run(words, env=ledger.environment, capture_output=True, text=True, check=False).stdout
