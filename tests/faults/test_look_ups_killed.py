"""kill -9 while keys of days are destroyed, by command and by worker: each goes once, none early, and the next run finishes."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta

import psycopg
import pytest

from ledger import Emitter
from ledger.forgetting.vaults import open_vault
from tests.faults.test_forgetting_killed import run
from tests.ledgers import TestLedger
from tests.workers import Workers, wait_until, wait_until_answered

CONTROLLER = "sohosted"
FIRST = datetime.fromisoformat("2018-10-20T12:00:00+02:00")
DAYS = ["2018-10-20", "2018-10-21", "2018-10-22"]


def look_on_three_days(ledger: TestLedger) -> None:
    """The first two are over, the third is not by two hours."""
    run(ledger, "vault", "init")
    run(ledger, "policy", "publish", CONTROLLER)
    servers = ledger.settings.kafka.bootstrap_servers
    with open_vault(ledger.settings) as vault, Emitter(controller=CONTROLLER, source="desk", bootstrap_servers=servers, vault=vault) as emitter:
        for number in range(3):
            at = FIRST + timedelta(days=number)
            emitter.consulted("subj-1", actor="staff-1", purpose="dpv:CustomerCare", categories=["pd:Name"], ticket_ref="t-1", occurred_at=at)


def days(ledger: TestLedger) -> tuple[list[str], dict[str, int]]:
    """Those whose key is there, and of the others when it was destroyed."""
    with psycopg.connect(ledger.dsn) as connection:
        rows = connection.execute("SELECT day, destroyed_at FROM vault.look_up_day ORDER BY day").fetchall()
    return [day.isoformat() for day, at in rows if at is None], {day.isoformat(): at for day, at in rows if at is not None}


@pytest.mark.parametrize(("by", "place", "count", "left"), [
    ("command", "look_ups_before_commit", 1, DAYS), ("command", "look_ups_after_commit", 1, DAYS[1:]),
    ("worker", "look_ups_before_commit", 2, DAYS[1:]), ("worker", "look_ups_after_commit", 2, DAYS[2:]),
])  # fmt: skip
def test_killed_while_it_forgets(fresh_ledger: TestLedger, workers: Workers, by: str, place: str, count: int, left: list[str]) -> None:
    workers.start("projector,broadcaster,relay")
    run(fresh_ledger, "tick", "2018-11-05T23:00:00+01:00")
    look_on_three_days(fresh_ledger)
    wait_until_answered(fresh_ledger)

    if by == "command":
        run(fresh_ledger, "vault", "expire", failpoint=place, code=-signal.SIGKILL, count=count)
    else:
        assert workers.start("forgetter", failpoint=f"{place}:{count}").wait() == -signal.SIGKILL
    assert days(fresh_ledger)[0] == left
    before = days(fresh_ledger)[1]
    run(fresh_ledger, "tick", "2018-11-05T23:30:00+01:00")
    wait_until_answered(fresh_ledger)
    if by == "command":
        run(fresh_ledger, "vault", "expire")
    else:
        workers.start("forgetter")
        wait_until(lambda: days(fresh_ledger)[0] == DAYS[2:], seconds=30, what="the next worker finishes")

    assert days(fresh_ledger)[0] == DAYS[2:]
    assert before.items() <= days(fresh_ledger)[1].items(), "what was destroyed is not destroyed again"
