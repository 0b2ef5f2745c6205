"""The stack under a running worker comes back: as another ledger, which is not its own, or as its own at another address."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ledger import Emitter
from ledger.settings import read_settings
from ledger.stack.lifecycle import down, up
from ledger.stack.status import reset
from tests.faults.test_services_lost import folded
from tests.ledgers import TestLedger, new_home
from tests.workers import Worker, Workers, wait_until, wait_until_answered, workers_of


class Stack:
    """A stack of its own, in one home, with its workers: it comes and goes as the test likes."""

    def __init__(self, ending: ExitStack) -> None:
        self._home = ending.enter_context(new_home())
        self.ledger = self.up()
        self.workers: Workers = ending.enter_context(workers_of(self.ledger))

    def up(self) -> TestLedger:
        """Start it, as `ledger up --simulated` does."""
        running = up(self._home, simulated=True)
        assert running.kafka is not None
        assert running.postgres is not None
        self.ledger = TestLedger(
            home=self._home, settings=running.settings, identity=running.identity, kafka=running.kafka, postgres=running.postgres
        )
        return self.ledger

    def down(self) -> None:
        """Stop it, as `ledger down` does."""
        down(self._home)

    def reset(self) -> None:
        """Delete it, as `ledger reset --yes` does."""
        reset(read_settings(home=self._home))

    def leader(self) -> Worker:
        """A worker that does all duties and has folded the first time."""
        worker = self.workers.start()
        wait_until(lambda: duties_of(worker) == 4 and folded(self.ledger) >= 4, seconds=60, what="a worker that leads and folds")
        return worker

    def emit(self, count: int) -> None:
        """Some facts."""
        with Emitter(controller="hostinghuis", source="shop", bootstrap_servers=self.ledger.settings.kafka.bootstrap_servers) as emitter:
            for number in range(count):
                ref = f"order-{number}"
                emitter.emit("MilestoneReached", subject="subj-1", occurred_at="2017-06-02T00:00:00Z", kind="ORDER_PLACED", ref=ref)


@pytest.fixture
def own_stack() -> Iterator[Stack]:
    """A stack that the test may reset."""
    with ExitStack() as ending:
        yield Stack(ending)


def duties_of(worker: Worker) -> int:
    """How often it has taken a duty."""
    return worker.text().count("duty_taken")


def test_a_worker_that_outlives_a_reset_ends_and_leaves_the_new_ledger_to_its_own_workers(own_stack: Stack) -> None:
    old = own_stack.leader()
    own_stack.reset()
    own_stack.up()

    new = own_stack.workers.start()
    wait_until(lambda: duties_of(new) == 4, seconds=30, what="the new worker leads all duties")
    own_stack.emit(20)
    wait_until_answered(own_stack.ledger)

    assert old.wait() == 1
    assert "cannot work on: this worker began on the ledger with cluster id" in old.text()
    assert "ledger: hint: the ledger was made anew" in old.text()
    assert duties_of(old) == 4
    assert new.stop() == 0
    assert "part_fenced" not in new.text()


@pytest.mark.parametrize("address", ["the same", "another"])
def test_a_worker_goes_on_when_its_ledger_comes_back(own_stack: Stack, address: str) -> None:
    worker = own_stack.leader()
    before = own_stack.ledger.settings.kafka.bootstrap_servers
    own_stack.emit(20)
    wait_until_answered(own_stack.ledger)
    own_stack.down()
    wait_until(lambda: worker.text().count("part_interrupted") > 4, seconds=60, what="parts without services")

    with ExitStack() as taken:
        if address == "another":
            taken.enter_context(socket.create_server(("127.0.0.1", int(before.rpartition(":")[2]))))
        own_stack.up()
        assert (own_stack.ledger.settings.kafka.bootstrap_servers == before) == (address == "the same")
        own_stack.emit(20)
        wait_until_answered(own_stack.ledger, seconds=90)

        assert worker.exit_code is None
        assert worker.stop() == 0
