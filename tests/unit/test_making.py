"""What is made in the background: each once, one at a time, in order; with a folding that is not one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from ledger.adapters.postgres_as_of import Kept
from ledger.errors import DependencyError, OperatorError, RefusedError
from ledger.replaying.as_of_then import Wanted
from ledger.replaying.making import FORGOTTEN_SECONDS, Makings
from ledger.replaying.rebuild import Stage

SECONDS_MAX = 60.0


class Folding:
    """One that goes on when it is told to. `stages` are reported at its begin."""

    def __init__(self, *stages: Stage, error: Exception | None = None) -> None:
        self.times, self.begun, self.go_on = 0, threading.Event(), threading.Event()
        self._stages, self._error = stages, error

    def __call__(self, report: Callable[[Stage], None]) -> None:
        self.times += 1
        for each in self._stages:
            report(each)
        self.begun.set()
        while not self.go_on.wait(0.01):
            report(self._stages[-1] if self._stages else Stage("folding", 0, 1))
        if self._error is not None:
            raise self._error


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def makings(clock: Clock) -> Iterator[Makings]:
    made = Makings(waiting_max=2, now=clock)
    yield made
    made.close()


def test_the_same_is_made_once_however_many_ask(makings: Makings) -> None:
    folding = Folding(Stage("folding", 34, 100))
    assert makings.wait("a", folding, 0) == Stage("waiting")
    assert folding.begun.wait(SECONDS_MAX)
    other = Folding()
    assert [makings.wait("a", other, 0) for _ in range(3)] == [Stage("folding", 34, 100)] * 3

    folding.go_on.set()

    after = Folding()
    after.go_on.set()
    assert makings.wait("b", after, SECONDS_MAX) is None
    assert (folding.times, other.times) == (1, 0)


def test_one_at_a_time_in_the_order_in_which_they_were_asked_for(makings: Makings) -> None:
    first, second = Folding(), Folding()
    makings.wait("a", first, 0)
    assert first.begun.wait(SECONDS_MAX)
    assert makings.wait("b", second, 0) == Stage("waiting")
    assert not second.begun.is_set()

    first.go_on.set()

    assert second.begun.wait(SECONDS_MAX)
    second.go_on.set()
    assert makings.wait("b", second, SECONDS_MAX) is None


def test_more_than_may_wait_are_refused_but_not_the_same(makings: Makings) -> None:
    first, second = Folding(), Folding()
    makings.wait("a", first, 0)
    makings.wait("b", second, 0)

    with pytest.raises(RefusedError, match="too many other moments"):
        makings.wait("c", Folding(), 0)
    assert makings.wait("b", second, 0) == Stage("waiting")


def test_who_asks_later_waits_only_until_it_was_first_asked_for_so_long_ago(makings: Makings, clock: Clock) -> None:
    folding = Folding(Stage("folding", 1, 2))
    makings.wait("a", folding, 0)
    assert folding.begun.wait(SECONDS_MAX)
    clock.seconds = 3600.0
    found: queue.SimpleQueue[Stage | None] = queue.SimpleQueue()

    threading.Thread(target=lambda: found.put(makings.wait("a", folding, 3600.0)), daemon=True).start()

    assert found.get(timeout=20) == Stage("folding", 1, 2), "an hour is over"


def test_a_failure_is_told_once_and_then_it_is_begun_anew(makings: Makings) -> None:
    failing, better = Folding(error=OperatorError("cannot fold")), Folding()
    failing.go_on.set()
    with pytest.raises(OperatorError, match="cannot fold"):
        makings.wait("a", failing, SECONDS_MAX)

    better.go_on.set()
    assert makings.wait("a", better, SECONDS_MAX) is None
    assert (failing.times, better.times) == (1, 1)


def test_what_nobody_asks_for_any_more_is_not_begun(makings: Makings, clock: Clock) -> None:
    first, left, last = Folding(), Folding(), Folding()
    makings.wait("a", first, 0)
    assert first.begun.wait(SECONDS_MAX)
    makings.wait("b", left, 0)
    clock.seconds = FORGOTTEN_SECONDS + 1
    makings.wait("c", last, 0)

    first.go_on.set()

    last.go_on.set()
    assert makings.wait("c", last, clock.seconds) is None
    assert left.times == 0


def test_records_stay_told_while_indexes_are_made(makings: Makings) -> None:
    folding = Folding(Stage("folding", 90, 100), Stage("indexing"))
    makings.wait("a", folding, 0)
    assert folding.begun.wait(SECONDS_MAX)

    assert makings.wait("a", folding, 0) == Stage("indexing", 100, 100)


def test_at_the_end_of_the_server_it_is_stopped_and_who_waits_is_told(makings: Makings) -> None:
    folding, told = Folding(Stage("folding", 1, 2)), list[Exception]()

    def ask() -> None:
        try:
            makings.wait("a", folding, SECONDS_MAX)
        except DependencyError as error:
            told.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert folding.begun.wait(SECONDS_MAX)

    makings.close()

    asking.join(SECONDS_MAX)
    assert ["the server ends" in str(each) for each in told] == [True]


def test_what_is_done_first_may_fail(makings: Makings) -> None:
    def fail() -> None:
        raise DependencyError("cannot connect")

    folding = Folding()
    folding.go_on.set()
    makings.start(fail)

    assert makings.wait("a", folding, SECONDS_MAX) is None


def asked(*, on: int | None = 7, ends: dict[int, int], is_open: set[int], subject: tuple[int, bytes] | None = None, generation: int = 1) -> Wanted:
    rests_on = {"generation": generation, "release": "1", "mode": "real"}
    return Wanted(on=on, ends=ends, open=frozenset(is_open), subject=subject, rests_on=rests_on, partitions=len(ends), now=0, is_place=False)


KEPT = asked(ends={0: 10, 1: 20}, is_open={0, 1})


@pytest.mark.parametrize(
    ("wanted", "age", "is_met"),
    [
        (asked(ends={0: 10, 1: 20}, is_open=set()), 1e6, True),  # the very same, for good
        (asked(ends={0: 11, 1: 20}, is_open={0, 1}), 59.0, True),  # the log went on
        (asked(ends={0: 11, 1: 20}, is_open={0, 1}), 60.0, False),  # too long ago
        (asked(ends={0: 11, 1: 20}, is_open={1}), 1.0, False),  # this place was asked for
        (asked(ends={0: 10, 1: 30}, is_open={1}), 1.0, True),
        (asked(ends={0: 9, 1: 20}, is_open={0, 1}), 1.0, False),  # another log
        (asked(ends={0: 10}, is_open={0}), 1.0, False),
        (asked(on=8, ends={0: 11, 1: 20}, is_open={0, 1}), 1.0, False),
        (asked(ends={0: 11, 1: 20}, is_open={0, 1}, generation=2), 1.0, False),  # rebuilt
        (asked(ends={0: 11, 1: 20}, is_open={0, 1}, subject=(0, b"s")), 1.0, False),
    ],
)
def test_which_one_that_is_kept_answers(wanted: Wanted, age: float, is_met: bool) -> None:
    assert wanted.is_met_by(Kept("s", KEPT.made_from, age), 60.0) is is_met


def test_what_was_made_for_a_place_does_not_answer_who_asked_for_none() -> None:
    place = asked(ends={0: 6, 1: 0}, is_open=set())
    half = asked(ends={0: 6, 1: 20}, is_open={1})
    now = asked(ends={0: 10, 1: 20}, is_open={0, 1})

    for kept in (place, half):
        assert not now.is_met_by(Kept("s", kept.made_from, 0.0), 60.0)
    assert now.is_met_by(Kept("s", asked(ends={0: 10, 1: 20}, is_open=set()).made_from, 0.0), 60.0)  # that place was all there is


def test_two_that_ask_at_different_ends_of_a_live_log_ask_for_the_same() -> None:
    later = asked(ends={0: 99, 1: 20}, is_open={0, 1})
    place = asked(ends={0: 99, 1: 20}, is_open={1})

    assert later.key == KEPT.key
    assert len({KEPT.key, place.key, asked(ends={0: 98, 1: 20}, is_open={1}).key, asked(on=None, ends={0: 99, 1: 20}, is_open={0, 1}).key}) == 4
