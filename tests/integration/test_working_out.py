"""Moments that take longer to work out than a request may: made once, with progress, each controller its own, nothing left by a killed server.

The folding is slow because it is frozen at a failpoint, until the test lets it go on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from ledger.adapters.postgres_partition_writer import AS_OF_SCHEMA
from ledger.stack import Running
from ledger.web.roles import Role
from tests.integration.test_apart import A, B, fill
from tests.ledgers import TestLedger, new_ledger
from tests.serving import Server, key_of, servers_of
from tests.workers import wait_until

SECONDS_MAX = 60.0
FROZEN = "rebuild_before_finish:1:stop"
PAGE = {"Accept": "text/html", "Accept-Language": "en"}


class World:
    """A ledger of two hosters, a server that waits for nothing, and who asks it."""

    def __init__(self, ledger: TestLedger, start: Callable[..., Server]) -> None:
        self.ledger, self._start = ledger, start
        self._folding: list[psutil.Process] = []
        self.server = self.serve(FROZEN)

    def serve(self, failpoint: str = "") -> Server:
        return self._start(failpoint, as_of__wait_seconds="0")

    def ask(self, path: str, controller: str = A, role: Role = Role.DPO, **more: Any) -> httpx.Response:
        with self.server.client(key_of(self.ledger, role, (controller,))) as client:
            return client.get(path, **more)

    def folding(self) -> list[psutil.Process]:
        """The processes of the server that are frozen."""
        with suppress(psutil.NoSuchProcess):
            for each in psutil.Process(self.server.pid).children(recursive=True):
                if each not in self._folding:
                    self._folding.append(each)
        return [each for each in self._folding if _status(each) == psutil.STATUS_STOPPED]

    def wait_until_frozen(self) -> None:
        wait_until(lambda: self.folding() != [], seconds=SECONDS_MAX, what="the folding")

    def go_on(self) -> None:
        for each in self.folding():
            os.kill(each.pid, signal.SIGCONT)

    def schemas(self) -> list[str]:
        with psycopg.connect(self.ledger.dsn) as connection:
            query = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s) AND right(nspname, 4) <> '_web' ORDER BY 1"
            return [row[0] for row in connection.execute(query, [AS_OF_SCHEMA]).fetchall()]


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return "gone"


@pytest.fixture
def world(stack: Running, tmp_path: Path) -> Iterator[World]:
    with new_ledger(stack, tmp_path / "ledger", partitions=1) as ledger, servers_of(ledger) as start:
        fill(ledger.dsn)
        made = World(ledger, start)
        try:
            yield made
        finally:
            made.go_on()


def test_a_program_is_told_how_far_it_is_and_gets_the_answer_when_it_is_there(world: World) -> None:
    path = "/v1/holders?on=2020-06-01"
    first = world.ask(path)
    assert first.status_code == 503
    world.wait_until_frozen()
    wait_until(lambda: world.ask(path).json()["records_folded"] > 0, seconds=SECONDS_MAX, what="the first chunk")

    told = world.ask(path)

    assert (told.headers["Content-Type"], told.headers["Retry-After"]) == ("application/problem+json", "5")
    problem = told.json()
    assert 0 < problem["records_folded"] <= problem["records_to_fold"]
    assert (problem["rule"], problem["detail"]) == ("as-of-then", "the ledger as of then is still being worked out")
    assert len(world.schemas()) == 1, "made once, however many ask"

    world.go_on()
    wait_until(lambda: world.ask(path).status_code == 200, seconds=SECONDS_MAX, what="the answer")
    assert world.ask(path).json()["freshness"]["on"] == "2020-06-01T21:59:59.999999Z"
    assert len(world.schemas()) == 1


def test_each_controller_sees_progress_of_its_own_question_and_in_the_end_its_own_data(world: World) -> None:
    world.ask("/v1/holders?on=2020-06-01", A)
    world.wait_until_frozen()

    waits = world.ask("/v1/holders?on=2020-06-02", B).json()
    page = world.ask("/sharing?on=2020-06-02", B, headers=PAGE)

    assert (waits["records_folded"], waits["records_to_fold"]) == (0, 0)
    assert waits.keys() == {"type", "title", "status", "detail", "hint", "rule", "records_folded", "records_to_fold"}
    assert page.status_code == 202
    assert "The ledger as of" in page.text and "0&nbsp;%" in page.text and "It waits for its turn" in page.text
    assert A not in page.text and "2020-06-01" not in page.text and "1&nbsp;Jun" not in page.text

    def answered() -> bool:
        world.go_on()
        return world.ask("/v1/holders?on=2020-06-02", B).status_code == 200

    wait_until(answered, seconds=SECONDS_MAX, what="both answers")
    for controller, other in ((A, B), (B, A)):
        text = world.ask("/v1/holders?on=2020-06-02", controller).text
        assert f'"{controller}"' in text and f'"{other}"' not in text
        shown = world.ask("/sharing?on=2020-06-02", controller, headers=PAGE)
        assert shown.status_code == 200 and other not in shown.text


def test_what_a_killed_server_has_left_is_dropped_when_the_next_starts(world: World) -> None:
    path = "/v1/holders?on=2020-06-01"
    world.ask(path)
    world.wait_until_frozen()
    (left,) = world.schemas()

    world.server.end(signal.SIGKILL)
    world.go_on()  # what was frozen finds itself alone

    world.server = world.serve()
    wait_until(lambda: left not in world.schemas(), seconds=SECONDS_MAX, what="the leftovers' end")
    wait_until(lambda: all(_status(each) == "gone" for each in world._folding), seconds=SECONDS_MAX, what="the end of what folded")
    wait_until(lambda: world.ask(path).status_code == 200, seconds=SECONDS_MAX, what="the answer")


def test_a_server_that_ends_does_not_wait_for_what_it_makes_and_leaves_nothing(world: World) -> None:
    world.ask("/v1/holders?on=2020-06-01")
    world.wait_until_frozen()
    assert len(world.schemas()) == 1
    os.kill(world.server.pid, signal.SIGTERM)
    wait_until(lambda: not _answers(world), seconds=SECONDS_MAX, what="the end of answers")
    world.go_on()

    world.server.wait()
    assert world.schemas() == []


def _answers(world: World) -> bool:
    try:
        world.ask("/health")
    except httpx.TransportError:
        return False
    return True
