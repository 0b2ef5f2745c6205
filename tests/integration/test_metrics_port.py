"""Metrics are for who is on the machine: on 127.0.0.1 alone, wherever the public port is, and never on the public port.

Every command that serves them is tried; a new one fails here until it is.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest
import typer

from ledger.cli.main import app, register_groups
from ledger.web.roles import Role
from tests.canaries import free_port
from tests.ledgers import TestLedger
from tests.serving import key_of, servers_of
from tests.workers import Worker, wait_until, workers_of

HOME, ANOTHER = "127.0.0.1", "127.0.0.2"
"""Two addresses of every machine: who listens on all of them listens on the second."""
OURS = "ledger_"
SERVING = ("serve", "work")


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> TestLedger:
    return make_ledger(partitions=1)


@contextmanager
def worker_of(ledger: TestLedger, port: int) -> Iterator[int]:
    """Its process id, once it works."""
    with workers_of(ledger) as workers:
        worker = Worker(ledger, "metrics", only=None, environment={"LEDGER__WORKER__GROUP": workers.group}, options=["--metrics-port", str(port)])
        workers.adopt(worker)
        wait_until(lambda: worker.said("worker_started"), seconds=60, what="the worker's start")
        yield worker.pid


def metrics_of(address: str, port: int) -> str:
    return httpx.get(f"http://{address}:{port}/metrics", trust_env=False).raise_for_status().text


def listening(pid: int) -> set[tuple[str, int]]:
    """(address, port) of everything that a process and its children listen on."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return {(each.laddr.ip, each.laddr.port) for one in family for each in one.net_connections("inet") if each.status == psutil.CONN_LISTEN}


def assert_at_home_alone(pid: int, port: int) -> None:
    """Metrics are there, and from another address of the machine nobody reaches them."""
    assert OURS in metrics_of(HOME, port)
    assert {each for each in listening(pid) if each[1] == port} == {(HOME, port)}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((ANOTHER, port), timeout=10)


def test_every_command_that_serves_metrics_is_tried_here() -> None:
    register_groups()

    def commands(group: typer.main.TyperGroup, before: str = "") -> Iterator[tuple[str, set[str]]]:
        for name, command in group.commands.items():
            if isinstance(command, typer.main.TyperGroup):
                yield from commands(command, f"{before}{name} ")
            else:
                yield before + name, {option for each in command.params for option in each.opts}

    found = dict(commands(typer.main.get_command(app)))  # type: ignore[arg-type]
    assert {name for name, options in found.items() if any("metric" in option for option in options)} == set(SERVING)


def test_a_worker_serves_them_here_and_listens_on_nothing_else(ledger: TestLedger) -> None:
    port = free_port()
    with worker_of(ledger, port) as pid:
        assert_at_home_alone(pid, port)
        assert listening(pid) == {(HOME, port)}


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_server_serves_them_here_though_it_answers_elsewhere_and_never_where_it_answers(ledger: TestLedger, processes: str) -> None:
    port = free_port()
    with servers_of(ledger) as start:
        server = start(options=("--metrics-port", str(port), "--host", ANOTHER, "--processes", processes))
        assert server.address.startswith(f"http://{ANOTHER}:")
        assert_at_home_alone(server.pid, port)
        public = int(server.address.rpartition(":")[2])
        assert listening(server.pid) == {(HOME, port), (ANOTHER, public)}
        for key in (None, key_of(ledger, Role.OPERATOR, ("*",)), key_of(ledger, Role.DPO, ("*",))):
            with server.client(key) as client:
                for path in ("/metrics", "/metrics/", "/v1/metrics", "/health"):
                    answer = client.get(path)
                    assert OURS not in answer.text and (answer.status_code in (401, 403, 404)) == (path != "/health"), (path, answer.status_code)
