"""`ledger serve --processes`: who dies is replaced and the rest goes on; whose supervisor is killed ends; what does not start says so."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ledger.stack.ports import free_ports
from ledger.web.roles import Role
from tests.ledgers import TestLedger
from tests.serving import Server, key_of, servers_of
from tests.workers import wait_until

ASKED = 40
SPAWNED = "multiprocessing.spawn"


@pytest.fixture
def serving(fresh_ledger: TestLedger) -> Iterator[tuple[TestLedger, Callable[..., Server]]]:
    with servers_of(fresh_ledger) as start:
        yield fresh_ledger, start


def answering(server: Server) -> set[int]:
    """The processes that answer: those that the supervisor has spawned, without multiprocessing's own."""
    children = [each for each in psutil.Process(server.pid).children() if each.status() != psutil.STATUS_ZOMBIE]
    return {each.pid for each in children if any(SPAWNED in part and "resource_tracker" not in part for part in each.cmdline())}


def statuses(server: Server, key: str, times: int) -> Counter[int]:
    """What so many questions on connections of their own were answered with."""
    found: Counter[int] = Counter()
    for _ in range(times):
        with server.client(key) as client:
            found[client.get("/v1/freshness").status_code] += 1
    return found


def counted(port: int) -> float:
    """Questions that were answered with 200, as the metrics say."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples if each.name == "ledger_http_requests_total"]
    return sum(each.value for each in samples if each.labels["route"] == "/v1/freshness" and each.labels["status"] == "200")


def test_one_of_several_that_is_killed_is_replaced_and_what_it_counted_stays(serving: tuple[TestLedger, Callable[..., Server]]) -> None:
    ledger, start = serving
    [port] = free_ports(1)
    server = start(options=("--processes", "3", "--metrics-port", str(port)))
    key, first = key_of(ledger, Role.AUDITOR), answering(server)
    assert len(first) == 3
    assert statuses(server, key, ASKED) == {200: ASKED}
    assert counted(port) == ASKED

    os.kill(min(first), signal.SIGKILL)
    wait_until(lambda: len(answering(server) - first) == 1, seconds=30, what="another in its place")

    assert statuses(server, key, ASKED) == {200: ASKED}
    assert len(answering(server) & first) == 2
    assert counted(port) == 2 * ASKED
    assert server.end() == 0
    assert not any(psutil.pid_exists(pid) for pid in first)


def test_nobody_answers_once_the_supervisor_was_killed(serving: tuple[TestLedger, Callable[..., Server]]) -> None:
    _, start = serving
    server = start(options=("--processes", "2"))
    pids, port = answering(server), int(server.address.rpartition(":")[2])

    server.end(signal.SIGKILL)

    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), seconds=15, what="the end of those it left behind")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 2)


def test_connections_are_dealt_out_and_nobody_else_takes_the_address(serving: tuple[TestLedger, Callable[..., Server]]) -> None:
    ledger, start = serving
    server = start(options=("--processes", "2"))
    host, port = server.address.removeprefix("http://").split(":")
    with ExitStack() as opened:
        for _ in range(64):
            opened.enter_context(socket.create_connection((host, int(port)), 5))
        wait_until(lambda: sum(connections(pid, int(port)) for pid in answering(server)) == 64, seconds=15, what="all to be taken")
        assert min(connections(pid, int(port)) for pid in answering(server)) >= 10  # by chance once in 10^8

    second = subprocess.run(
        [sys.executable, "-m", "ledger", "serve", "--port", port, "--processes", "2"], env=ledger.environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert second.returncode != 0 and "serving" not in second.stdout


def connections(pid: int, port: int) -> int:
    """How many connections to that port a process has taken."""
    return sum(1 for each in psutil.Process(pid).net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED and each.laddr.port == port)


def test_what_cannot_start_says_so_and_leaves_nothing(fresh_ledger: TestLedger) -> None:
    script = (
        "import socket\nfrom ledger.web import processes\n"
        "with socket.create_server(('127.0.0.1', 0)) as listening:\n"
        "    config = processes._config('ledger.web.no_such_module:application', '', factory=True, workers=2)\n"
        "    processes._Supervisor(config, [listening], lambda: print('serving'), print).run()\n"
    )

    done = subprocess.run([sys.executable, "-c", script], env=fresh_ledger.environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode != 0 and "cannot serve: a process did not start" in done.stderr
    assert "serving" not in done.stdout
