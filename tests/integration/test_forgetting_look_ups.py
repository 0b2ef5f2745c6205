"""A look-up's whole way on the real stack: sealed, told to an officer, forgotten by a worker at its term; and every byte that is left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger import Emitter
from ledger.forgetting.vaults import VaultKeys, open_vault
from ledger.sdk.event_ids import id_bytes
from ledger.sdk.validation import RefusedEventError
from ledger.topics import FACTS
from ledger.vault.sealing import UnsealError, framed, unseal
from ledger.vault.shapes import EpochMovedError, Erased
from tests.integration.test_forgetting import COLLECTED, events, find_canaries, restore, run, vault_rows
from tests.ledgers import TestLedger
from tests.workers import Workers, comes_true, run_ledger, wait_until, wait_until_answered, workers_of

MARK = "bronskanarie4482"  # in what must never be anywhere
CONTROLLER, SUBJECT, STAFF = "sohosted", "subj-7f3a9c21d4e8", f"staff-{MARK}"
START = datetime.fromisoformat("2018-10-20T12:00:00+02:00")
LOOK = {"purpose": "dpv:CustomerCare", "categories": ["pd:EmailAddress"], "ticket_ref": "ticket-1"}
# Of the day in UTC the last moment is 01:59:59.999999 of the next in Amsterdam; two weeks later the clock there has gone back.
SECOND_BEFORE, OVER = "2018-11-04T01:59:59+01:00", "2018-11-04T02:00:00+01:00"
ASK = ("report", "look-ups", "--subject", SUBJECT, "-c", CONTROLLER)


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> TestLedger:
    made = make_ledger(start=START)
    run(made, "vault", "init")
    run(made, "keys", "init", "--name", "ledger.example/test")
    return made


@pytest.fixture
def workers(ledger: TestLedger) -> Iterator[Workers]:
    with ExitStack() as ending:
        started = ending.enter_context(workers_of(ledger))
        started.start(worker__tick_seconds="0.2")
        yield started


def look(ledger: TestLedger) -> dict[str, Any]:
    """Somebody looks at a customer's address. Returns the fields as they are on the log."""
    servers = ledger.settings.kafka.bootstrap_servers
    run(ledger, "policy", "publish", CONTROLLER)
    with open_vault(ledger.settings) as vault, Emitter(controller=CONTROLLER, source="desk", bootstrap_servers=servers, vault=vault) as emitter:
        emitter.emit("DataCollected", subject=SUBJECT, **COLLECTED)
        receipt = emitter.consulted(SUBJECT, actor=STAFF, **LOOK)
    wait_until_answered(ledger)
    return next(fields for _, fields in events(ledger, FACTS, 4) if fields["event_id"] == id_bytes(receipt.event_id))


def who(ledger: TestLedger, *words: str) -> tuple[list[tuple[str, str | None]], int]:
    """(who looked, and by what name; how many are forgotten), as the report says."""
    answer = json.loads(run_ledger(ledger, *ASK, *words, "--json").stdout)
    return [(each["who"], each["actor"]) for each in answer["look_ups"]], answer["forgotten"]


def opened(ledger: TestLedger, fields: dict[str, Any]) -> object:
    with open_vault(ledger.settings) as vault:
        return vault.open("DataConsulted", fields)


def tick(ledger: TestLedger, time: str) -> None:
    run(ledger, "tick", time)
    wait_until_answered(ledger)


def test_a_worker_forgets_who_looked_at_the_second_and_no_byte_says_it_any_more(ledger: TestLedger, workers: Workers, tmp_path: Path) -> None:
    fields = look(ledger)
    assert (fields["actor"], fields["ticket_ref"]) == (None, "ticket-1")
    assert who(ledger, "--for", "officer") == ([("NAMED", STAFF)], 0)
    assert STAFF in run_ledger(ledger, *ASK, "--for", "officer").stdout
    assert who(ledger) == ([("SEALED", None)], 0)
    run(ledger, "seal", "--once")
    backup = vault_rows(ledger)

    tick(ledger, SECOND_BEFORE)
    assert not comes_true(lambda: opened(ledger, fields) != {"actor": STAFF}, seconds=1.5)
    tick(ledger, OVER)
    wait_until(lambda: isinstance(opened(ledger, fields), Erased), seconds=30, what="the worker forgets")

    assert who(ledger) == who(ledger, "--for", "officer") == ([], 1)
    assert who(ledger, "--on", "2018-10-25") == ([], 1), "nor does a question about then bring back what is forgotten now"
    assert "1 older ones are forgotten" in run(ledger, *ASK, "--for", "officer")
    assert json.loads(run(ledger, "vault", "status", "--json"))["days"] == 0
    restore(ledger, backup)
    wait_until(lambda: isinstance(opened(ledger, fields), Erased), seconds=30, what="what a backup of this epoch brings back goes again")
    run(ledger, "vault", "end-epoch", "--yes")
    wait_until_answered(ledger)
    run(ledger, "seal", "--once")

    assert find_canaries(ledger, tmp_path / "after", MARK) == []
    nothing_opens(ledger, backup, fields)
    restore(ledger, backup)
    with pytest.raises(EpochMovedError, match="at epoch 0"):
        opened(ledger, fields)
    the_search_would_have_seen_it(ledger, tmp_path / "planted")


def nothing_opens(ledger: TestLedger, backup: dict[str, list[Any]], fields: dict[str, Any]) -> None:
    """By hand, with every row there was and all the secrets there are."""
    (epoch,) = VaultKeys(ledger.settings).epochs()
    ((_, day, key_id, wrapped, _),) = [row.decode().rstrip("\n").split("\t") for row in backup["look_up_day"]]
    assert key_id == fields["sealed"]["key_id"]
    for number in ("0", "1"):
        with pytest.raises(UnsealError, match="got another"):
            unseal(epoch.wrapping, bytes.fromhex(wrapped[3:]), framed("day-key", CONTROLLER, day, key_id, number))


def the_search_would_have_seen_it(ledger: TestLedger, folder: Path) -> None:
    """Somebody who looks without a vault is refused by name; a role with the canary in it is not, and is found wherever it went."""
    with Emitter(controller=CONTROLLER, source="desk", bootstrap_servers=ledger.settings.kafka.bootstrap_servers) as emitter:
        with pytest.raises(RefusedEventError, match="a vault"):
            emitter.consulted(SUBJECT, actor=STAFF, **LOOK)
        emitter.consulted(SUBJECT, actor=f"role:{MARK}", **LOOK)
    wait_until_answered(ledger)
    run(ledger, "seal", "--once")
    found = find_canaries(ledger, folder, MARK)

    for place in ("/base/", "/pg_wal/", "/kafka/data/facts-", f"/planted/{FACTS}-", "look-ups.json", ".avro"):
        assert [each for each in found if place in str(each)], place


def test_the_command_says_what_it_would_destroy_destroys_it_and_needs_no_secret(ledger: TestLedger) -> None:
    with workers_of(ledger) as workers:
        workers.start("projector,broadcaster,relay")
        fields = look(ledger)
        tick(ledger, SECOND_BEFORE)
        assert json.loads(run(ledger, "vault", "expire", "--json")) == {"destroyed": True, "days": [], "left": 1}
        tick(ledger, OVER)

        dry = run(ledger, "vault", "expire", "--dry-run")
        assert "sohosted 2018-10-20 (SO-12)\n1 keys of days would be destroyed; 1 are there" in dry
        assert opened(ledger, fields) == {"actor": STAFF}
        key_file = ledger.settings.vault_key_file
        key_file.rename(key_file.with_suffix(".away"))
        assert who(ledger, "--for", "officer") == ([], 1)
        done = json.loads(run(ledger, "vault", "expire", "--json"))
        assert [(each["controller"], each["day"]) for each in done["days"]] == [("sohosted", "2018-10-20")]
        assert (done["destroyed"], done["left"]) == (True, 0)
        key_file.with_suffix(".away").rename(key_file)
        assert isinstance(opened(ledger, fields), Erased)
        assert "0 keys of days destroyed" in run(ledger, "vault", "expire")


def test_a_worker_without_the_vaults_role_says_so_and_works_on(ledger: TestLedger) -> None:
    with workers_of(ledger) as workers, psycopg.connect(ledger.dsn, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON vault.look_up_day FROM ledger_vault")
        worker = workers.start(worker__tick_seconds="0.2")
        wait_until(lambda: worker.said("look_ups_not_forgotten"), seconds=30, what="it says so")
        wait_until_answered(ledger)

        assert not [line for line in worker.lines() if line.get("event") == "duty_taken" and line["part"] == "forgetter"]
        assert worker.stop() == 0
