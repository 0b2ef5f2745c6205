"""`ledger token sign-in` on a home: its link leads to the server that runs there, whatever its port; without one it says what to set."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable

import httpx
import pytest

from tests.ledgers import TestLedger
from tests.serving import servers_of
from tests.workers import run_ledger

USUAL = "http://127.0.0.1:8480/sign-in#"


def linked(ledger: TestLedger, *options: str) -> tuple[str, str]:
    """(link, what was said beside it)."""
    done = run_ledger(ledger, "token", "sign-in", *options)
    assert done.returncode == 0, done.stderr
    return (json.loads(done.stdout)["link"] if options else done.stdout.strip()), done.stderr


@pytest.mark.parametrize("options", [(), ("--processes", "2")], ids=["one process", "two"])
def test_the_link_leads_to_the_server_that_runs(make_ledger: Callable[..., TestLedger], options: tuple[str, ...]) -> None:
    ledger = make_ledger(partitions=1)
    link, said = linked(ledger)
    assert link.startswith(USUAL) and "no server of this home runs" in said and "LEDGER__WEB__PORT" in said and "\n" in said

    with servers_of(ledger) as start:
        server = start(options=options)
        for asked in ((), ("--json",)):
            link, said = linked(ledger, *asked)
            assert link.startswith(f"{server.address}/sign-in#") and said == ""
            shown = httpx.post(link, data={"link": link}, headers={"Origin": server.address}, trust_env=False)
            assert shown.status_code == 200, "its server knows it"
        server.end(signal.SIGKILL)
        assert linked(ledger)[0].startswith(USUAL)
        after = start()
        link, said = linked(ledger)
        assert link.startswith(f"{after.address}/sign-in#") and said == ""
        after.end()
        assert "no server of this home runs" in linked(ledger)[1]
