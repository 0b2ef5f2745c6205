"""The pool of the web: connections are used again, few sets of controllers keep some, and no set in use loses its own."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import Any

import pytest

from ledger.web import pool
from ledger.web.pool import SETS_MAX, Pool
from ledger.web.problems import Problem


class Store:
    """A connection that can be closed."""

    def __init__(self, controllers: tuple[str, ...]) -> None:
        self.controllers, self.is_closed = controllers, False

    def close(self) -> None:
        self.is_closed = True


class Made:
    """A pool, and every store that it made."""

    def __init__(self, size: int = 2) -> None:
        self.stores: list[Store] = []
        self.pool = Pool(self._make, lambda partitions: [0] * partitions, size)

    def _make(self, controllers: tuple[str, ...], schema: str | None) -> Any:
        self.stores.append(Store(controllers))
        return self.stores[-1]

    def ask(self, *names: str) -> None:
        for name in names:
            with self.pool.query((name,)):
                pass

    def open_sets(self) -> list[str]:
        return [each.controllers[0] for each in self.stores if not each.is_closed]


NAMES = [f"c{number}" for number in range(SETS_MAX)]


def test_a_connection_is_used_again() -> None:
    made = Made()
    made.ask("a", "a", "b", "a")

    assert made.open_sets() == ["a", "b"]


def test_the_set_that_was_asked_about_longest_ago_is_closed() -> None:
    made = Made()
    made.ask(*NAMES, NAMES[0], "one more")

    assert made.open_sets() == [NAMES[0], *NAMES[2:], "one more"]
    made.ask(NAMES[1])
    assert made.stores[-1].controllers == (NAMES[1],), "and it opens again when it is asked about"
    assert len(made.open_sets()) == SETS_MAX


def test_all_connections_of_a_set_are_closed() -> None:
    made = Made()
    with made.pool.query(("a",)), made.pool.query(("a",)):
        pass
    made.ask(*NAMES)

    assert made.open_sets() == NAMES


def test_what_is_in_use_stays_until_it_is_given_back() -> None:
    made = Made()
    with ExitStack() as opened:
        for name in [*NAMES, "one more", "and another"]:
            opened.enter_context(made.pool.query((name,)))
        assert len(made.open_sets()) == SETS_MAX + 2

    assert len(made.open_sets()) == SETS_MAX
    made.ask(*NAMES)
    assert sorted(made.open_sets()) == NAMES


def test_who_waits_gets_a_connection_that_is_open() -> None:
    made, was_closed = Made(size=1), list[bool]()

    def wait() -> None:
        with made.pool.query(("a",)) as query:
            was_closed.append(query._histories.is_closed)  # type: ignore[attr-defined]

    with made.pool.query(("a",)):
        waiting, until = threading.Thread(target=wait), time.monotonic() + 4.0
        waiting.start()
        while made.pool._sets[("a",)].asking < 2 and time.monotonic() < until:
            threading.Event().wait(0.001)
        made.ask(*NAMES)
    waiting.join(5.0)

    assert was_closed == [False] and len(made.stores) == SETS_MAX + 1
    assert made.open_sets() == ["a", *NAMES[1:]], "another had to go: somebody waited for this one"


def test_who_waits_too_long_is_told_so_and_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WAIT_SECONDS", 0.01)
    made = Made(size=1)
    with made.pool.query(("a",)), pytest.raises(Problem, match="too many questions"), made.pool.query(("a",)):
        pass
    made.ask(*NAMES)

    assert made.open_sets() == NAMES, "a set that nobody waits for any more can be closed"


def test_a_store_that_cannot_be_made_leaves_its_place() -> None:
    made = Made(size=1)
    fails = Pool(lambda *_: (_ for _ in ()).throw(ValueError()), lambda partitions: [0], 1)
    for _ in range(2):
        with pytest.raises(ValueError), fails.query(("a",)):  # and not that all are busy
            pass
    made.ask("a")
    assert made.open_sets() == ["a"]
