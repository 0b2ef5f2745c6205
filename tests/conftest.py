"""Fixtures that several kinds of tests need. What needs the real stack starts it, or fails; nothing is skipped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ledger.stack.lifecycle import Running
    from tests.ledgers import TestLedger

KEPT = ("LEDGER__CACHE",)  # jars may be cached elsewhere; everything else would let the tests touch somebody's ledger

SLOW_FIRST = ("faults", "browser", "integration", "sessions", "interop", "promises")
"""Folders whose tests take long: begun first, so that no process waits for the other at the end."""

for _name in [name for name in os.environ if name.startswith("LEDGER__") and name not in KEPT]:
    del os.environ[_name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow folders first; xdist keeps the tests of one file in one process, for the servers they share."""
    here = Path(__file__).parent
    items.sort(key=lambda item: SLOW_FIRST.index(part) if (part := item.path.relative_to(here).parts[0]) in SLOW_FIRST else len(SLOW_FIRST))


@pytest.fixture(scope="session")
def stack() -> Iterator[Running]:
    """The embedded Kafka and PostgreSQL of this test run, with a simulated ledger on them."""
    from tests.ledgers import running_stack

    with running_stack() as running:
        yield running


@pytest.fixture
def make_ledger(stack: Running, tmp_path: Path) -> Iterator[Callable[..., TestLedger]]:
    """Make a new ledger with chosen mode, partitions, start: `make_ledger(simulated=False)`. One at a time."""
    from tests.ledgers import new_ledger

    with ExitStack() as made:

        def make(**wishes: object) -> TestLedger:
            made.close()  # the topics of the one before are about to go
            return made.enter_context(new_ledger(stack, tmp_path / "ledger", **wishes))  # type: ignore[arg-type]

        yield make


@pytest.fixture
def fresh_ledger(make_ledger: Callable[..., TestLedger]) -> TestLedger:
    """A new simulated ledger with 4 partitions that holds nothing but its first `TimeReached`."""
    return make_ledger()


@pytest.fixture
def database(stack: Running) -> Iterator[str]:
    """The connection string of a new migrated database, without a ledger: for tests of PostgreSQL alone."""
    from tests.ledgers import new_database

    with new_database(stack) as dsn:
        yield dsn
