"""What `AsyncObligations` alone can do: several handlers under way at once, questions while it runs, being cancelled; on the log in memory."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import pytest

from ledger.adapters.memory_duty_log import MemoryDutyLog
from ledger.errors import CallerError
from ledger.testing import AsyncRecordingObligations

HOLDING = {"store": "crm", "purpose": "dpv:AccountManagement", "categories": ["pd:Name"]}
ABOUT = {"source": "crm", "controller": "hostinghuis"}
SECONDS_MAX = 20


def raised(duties, *subjects, **fields):
    return [duties.raise_duty("ERASE", subject, **HOLDING | fields) for subject in subjects]


def driven(scene):
    """Run a scene in an event loop; one that hangs fails."""
    asyncio.run(asyncio.wait_for(scene, SECONDS_MAX))


async def until(is_so):
    """Let the loop go on until it is so."""
    while not is_so():
        await asyncio.sleep(0.001)


class Gates:
    """A handler whose calls each wait until the test lets them end."""

    def __init__(self):
        self.under_way: list[str] = []
        self.most = 0
        self._gates: dict[str, asyncio.Event] = {}

    async def __call__(self, duty):
        self.under_way.append(duty.ref)
        self.most = max(self.most, len(self.under_way))
        try:
            await self._gate(duty.ref).wait()
        finally:
            self.under_way.remove(duty.ref)

    def open(self, *refs):
        for ref in refs:
            self._gate(ref).set()

    def _gate(self, ref):
        return self._gates.setdefault(ref, asyncio.Event())


def one_partition(*refs, **wishes):
    """Obligations about one subject, so that they share a partition and its position; and that partition."""
    duties = AsyncRecordingObligations(**ABOUT, **wishes)
    for ref in refs:
        raised(duties, "subj-1", ref=ref)
    (partition,) = [number for number, records in enumerate(duties.topic.records) if records]
    return duties, partition


def committed(duties, partition):
    return duties.topic.committed.get(partition, (0, ""))[0]


def left(duties):
    """What a member that took over now would handle."""
    return [duty.ref for duty in asyncio.run(AsyncRecordingObligations(**ABOUT, topic=duties.topic).open())]


def test_two_slow_handlers_overlap_and_no_more_than_asked_for():
    duties, _ = one_partition("order-1", "order-2", "order-3", at_once=2)
    gates = Gates()

    async def scene():
        running = asyncio.create_task(duties.run(gates))
        await until(lambda: gates.under_way == ["order-1", "order-2"])
        gates.open("order-2")
        await until(lambda: gates.under_way == ["order-1", "order-3"])
        gates.open("order-1", "order-3")
        await running

    driven(scene())

    assert gates.most == 2
    assert [event.fields["ref"] for event in duties.recorder.of_type("DataErased")] == ["order-2", "order-1", "order-3"]


def test_what_comes_while_it_runs_is_handled_until_it_is_stopped():
    duties = AsyncRecordingObligations(**ABOUT, at_once=2)
    gates = Gates()
    gates.open("order-1", "order-2")

    async def scene():
        running = asyncio.create_task(duties.run(gates, once=False))
        for number in (1, 2):
            raised(duties, "subj-1", ref=f"order-{number}")
            await until(lambda: len(duties.steps) == number)  # noqa: B023  awaited here
            await until(lambda: duties._engine().is_idle())
        assert not running.done()
        duties.stop()
        await running

    driven(scene())

    assert [(step.duty.ref, step.state) for step in duties.steps] == [("order-1", "answered"), ("order-2", "answered")]


def test_by_default_one_is_handled_after_the_other():
    duties, _ = one_partition("order-1", "order-2")
    gates = Gates()
    engine, listened = duties._engine(), []
    listen = engine.listen
    engine.listen = lambda seconds: (listened.append(seconds), listen(seconds))

    async def scene():
        running = asyncio.create_task(duties.run(gates))
        await until(lambda: gates.under_way)
        listened.clear()
        await until(lambda: len(listened) > 5)
        assert gates.under_way == ["order-1"]
        gates.open("order-1", "order-2")
        await running

    driven(scene())

    assert gates.most == 1


def test_when_the_later_one_ends_first_the_position_waits_for_the_earlier_one():
    duties, partition = one_partition("order-1", "order-2", at_once=2)
    gates = Gates()
    seen = {}

    async def scene():
        running = asyncio.create_task(duties.run(gates))
        await until(lambda: len(gates.under_way) == 2)
        gates.open("order-2")
        await until(lambda: [step.duty.ref for step in duties.steps] == ["order-2"])
        await until(lambda: partition in duties.topic.committed)
        seen["while one is under way"] = committed(duties, partition)
        seen["left"] = await AsyncRecordingObligations(**ABOUT, topic=duties.topic).open()
        gates.open("order-1")
        await running

    driven(scene())

    assert seen["while one is under way"] == 0, "a member that takes over must find order-1"
    assert [duty.ref for duty in seen["left"]] == ["order-1", "order-2"], "answered, not yet met: handled again rather than lost"
    assert committed(duties, partition) == 2
    assert left(duties) == []


def test_when_the_earlier_one_fails_while_the_later_is_answered_only_it_is_left():
    duties, partition = one_partition("order-1", "order-2", at_once=2, attempts=1)

    async def handle(duty):
        if duty.ref == "order-1":
            await until(lambda: duties.steps)
            raise OSError

    driven(duties.run(handle))

    assert [(step.duty.ref, step.state) for step in duties.steps] == [("order-2", "answered"), ("order-1", "parked")]
    assert committed(duties, partition) == 2
    parked = asyncio.run(AsyncRecordingObligations(**ABOUT, topic=duties.topic).parked())
    assert [(duty.ref, error) for duty, error in parked] == [("order-1", "OSError")]


def test_one_that_is_cancelled_while_two_are_under_way_is_not_handled():
    duties, _ = one_partition("order-1", "order-2", at_once=2)
    (last,) = raised(duties, "subj-1", ref="order-3")
    gates = Gates()
    handled = []

    async def handle(duty):
        handled.append(duty.ref)
        await gates(duty)

    async def scene():
        running = asyncio.create_task(duties.run(handle))
        await until(lambda: len(gates.under_way) == 2)
        duties.cancel(last)
        gates.open("order-1", "order-2", "order-3")
        await running

    driven(scene())

    assert sorted(handled) == ["order-1", "order-2"]


def test_one_that_keeps_failing_does_not_hold_up_the_slow_ones_beside_it():
    duties, _ = one_partition("order-1", "order-2", at_once=2, attempts=3)
    gates = Gates()
    attempts = []

    async def handle(duty):
        if duty.ref == "order-1":
            attempts.append(duty.attempt)
            raise OSError
        await gates(duty)

    async def scene():
        running = asyncio.create_task(duties.run(handle))
        await until(lambda: duties.steps and duties.steps[-1].state == "parked")
        assert gates.under_way == ["order-2"]
        gates.open("order-2")
        await running

    driven(scene())

    assert attempts == [1, 2, 3]
    assert [(step.state, step.retry_in_seconds) for step in duties.steps] == [("failed", 1.0), ("failed", 2.0), ("parked", None), ("answered", None)]


class Noticed(threading.Event):
    """Tells when somebody has seen that it is set."""

    was_seen = False

    def is_set(self):
        self.was_seen = super().is_set()
        return self.was_seen


def test_a_stopped_run_lets_those_under_way_end_and_takes_no_other():
    duties, partition = one_partition("order-1", "order-2", "order-3", at_once=2)
    gates = Gates()
    duties._engine().stopping = stopping = Noticed()

    async def scene():
        running = asyncio.create_task(duties.run(gates, once=False))
        await until(lambda: len(gates.under_way) == 2)
        duties.stop()
        await until(lambda: stopping.was_seen)
        gates.open("order-1", "order-2", "order-3")
        await running

    driven(scene())

    assert sorted(step.duty.ref for step in duties.steps) == ["order-1", "order-2"]
    assert left(duties) == ["order-3"]
    assert committed(duties, partition) == 2


def test_a_run_that_is_cancelled_cancels_its_handlers_and_the_next_one_handles_them_again():
    duties, partition = one_partition("order-1", "order-2", at_once=2)
    gates = Gates()

    async def scene():
        running = asyncio.create_task(duties.run(gates))
        await until(lambda: len(gates.under_way) == 2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert gates.under_way == []
        assert committed(duties, partition) == 0
        gates.open("order-1", "order-2")
        await duties.run(gates)

    driven(scene())

    assert sorted(step.duty.ref for step in duties.steps) == ["order-1", "order-2"]
    assert len(duties.recorder.events) == 2


class SlowToEnd(MemoryDutyLog):
    """Answers where a partition ends when the test lets it, once it has been asked."""

    def __init__(self, topic):
        super().__init__(topic)
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def end(self, partition):
        self.asked.set()
        self.may_answer.wait(SECONDS_MAX)
        return super().end(partition)


def test_one_whose_turn_had_come_when_the_run_was_cancelled_is_handled_by_the_next():
    """The broker is asked for the end of its partition just then, in a thread."""
    duties, _ = one_partition("order-1")
    duties._log = log = SlowToEnd(duties.topic)
    gates = Gates()
    gates.open("order-1")

    async def scene():
        running = asyncio.create_task(duties.run(gates))
        await until(log.asked.is_set)
        running.cancel()
        await asyncio.sleep(0)
        log.may_answer.set()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert duties.steps == []
        await duties.run(gates)

    driven(scene())

    assert [step.state for step in duties.steps] == ["answered"]


def test_a_handler_in_which_something_of_its_own_was_cancelled_has_failed_and_the_others_go_on():
    duties, _ = one_partition("order-1", "order-2", at_once=2, attempts=2)

    async def handle(duty):
        if duty.ref == "order-1":
            call = asyncio.create_task(asyncio.sleep(SECONDS_MAX))
            call.cancel()
            await call

    driven(duties.run(handle))

    assert sorted((step.duty.ref, step.state) for step in duties.steps) == [
        ("order-1", "failed"), ("order-1", "parked"), ("order-2", "answered"),
    ]  # fmt: skip


class OneCallerAtATime(MemoryDutyLog):
    """Not for two threads at once, as its port says; tells when they are."""

    def __init__(self, topic):
        super().__init__(topic)
        self._held = threading.Lock()
        self.clashes: list[str] = []

    @contextmanager
    def _alone(self, name):
        if not self._held.acquire(blocking=False):
            self.clashes.append(name)
            yield
            return
        try:
            yield
        finally:
            self._held.release()

    def poll(self, seconds):
        with self._alone("poll"):
            threading.Event().wait(0.002)  # as long as a broker may take
            return super().poll(seconds)

    def end(self, partition):
        with self._alone("end"):
            return super().end(partition)

    def committed(self):
        with self._alone("committed"):
            threading.Event().wait(0.002)
            return super().committed()


def test_what_is_open_and_parked_can_be_asked_while_it_runs():
    duties, _ = one_partition("order-1", "order-2", attempts=1)
    duties._log = log = OneCallerAtATime(duties.topic)
    gates = Gates()

    async def handle(duty):
        if duty.ref == "order-1":
            raise OSError
        await gates(duty)

    async def scene():
        running = asyncio.create_task(duties.run(handle))
        await until(lambda: gates.under_way == ["order-2"])
        for _ in range(10):
            assert [duty.ref for duty in await duties.open()] == ["order-2"]
            assert [duty.ref for duty, _ in await duties.parked()] == ["order-1"]
        gates.open("order-2")
        await running

    driven(scene())

    assert log.clashes == []


def test_a_number_at_once_that_makes_no_sense_is_refused():
    with pytest.raises(CallerError, match="at_once of at least 1"):
        AsyncRecordingObligations(**ABOUT, at_once=0)
