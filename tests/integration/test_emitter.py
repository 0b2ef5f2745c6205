"""The emitter on the real broker: stopped brokers, full queues, forks, event loops, and the time of the ledger."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ledger import AsyncEmitter, Emitter
from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.kafka_time import read_last_tick
from ledger.core.instants import CLOCK_SKEW_SECONDS
from ledger.errors import DependencyError, RefusedError
from ledger.register import publish_time
from ledger.sdk.receipts import ClockAheadError, KafkaUnreachableError, NoLedgerError, NotAcknowledgedError, QueueFullError, UnflushedError
from ledger.sdk.validation import RefusedEventError
from ledger.topics import MARKER_TOPICS, REGISTER
from tests.emittable import SHARE
from tests.ledgers import TestLedger
from tests.reading import read_topic

NOW = datetime(2018, 1, 1, tzinfo=UTC)
SLACK_SECONDS = 5.0  # two busy cores; a call that ignored its deadline would hang for minutes


def make_emitter(ledger: TestLedger, **more) -> Emitter:
    return Emitter(controller="hostinghuis", source="shop", bootstrap_servers=ledger.settings.kafka.bootstrap_servers, **more)


@contextmanager
def stopped(ledger: TestLedger) -> Iterator[None]:
    ledger.kafka.pause()
    try:
        yield
    finally:
        ledger.kafka.resume()


def test_recorded_at_is_the_brokers_own_timestamp(fresh_ledger):
    with make_emitter(fresh_ledger) as emitter:
        receipt = emitter.shared("subj-1", **SHARE)

    logged = read_topic(fresh_ledger.settings, "facts")[0]
    assert logged.timestamp[0] == 2  # LogAppendTime
    assert (logged.partition, logged.offset) == (receipt.partition, receipt.offset)
    assert datetime.fromtimestamp(logged.timestamp[1] / 1000, UTC) == receipt.recorded_at


def test_a_stopped_broker_ends_the_call_at_its_deadline_and_the_same_id_again_is_harmless(fresh_ledger):
    with make_emitter(fresh_ledger, deadline_seconds=2.0) as emitter:
        emitter.shared("subj-1", **SHARE)
        began = time.monotonic()
        with stopped(fresh_ledger), pytest.raises(NotAcknowledgedError) as caught:
            emitter.shared("subj-1", **SHARE)

        assert 1.9 < time.monotonic() - began < 2.0 + SLACK_SECONDS
        assert caught.value.exit_code == 3
        receipt = emit_until_acknowledged(emitter, caught.value.event_id)
        assert receipt.event_id == caught.value.event_id

    logged = [each for each in read_topic(fresh_ledger.settings, "facts") if each.fields["event_id"].hex() == receipt.event_id.replace("-", "")]
    assert 1 <= len(logged) <= 2
    assert {each.fields["source"] for each in logged} == {"shop"}


def emit_until_acknowledged(emitter: Emitter, event_id: str):
    """What the error tells a caller to do: emit the same event id again."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return emitter.shared("subj-1", event_id=event_id, **SHARE)
        except DependencyError:
            assert time.monotonic() < deadline


def test_with_no_broker_the_first_call_ends_at_its_deadline():
    with Emitter(controller="hostinghuis", source="shop", bootstrap_servers="127.0.0.1:1", deadline_seconds=1.0) as emitter:
        began = time.monotonic()
        with pytest.raises(KafkaUnreachableError):
            emitter.shared("subj-1", **SHARE)
        assert time.monotonic() - began < 1.0 + SLACK_SECONDS


def test_a_full_queue_is_an_error_at_the_deadline_never_a_block(fresh_ledger):
    emitter = make_emitter(fresh_ledger, deadline_seconds=1.0, queue_max=10)
    emitter.shared("subj-1", **SHARE)
    with stopped(fresh_ledger):
        began = time.monotonic()
        with pytest.raises(QueueFullError, match="among 10"):
            for _ in range(1000):
                emitter.emit_soon("DataShared", subject="subj-1", **SHARE)
        assert time.monotonic() - began < 1.0 + SLACK_SECONDS
        with pytest.raises(UnflushedError):
            emitter.close()


def test_a_flush_that_leaves_something_behind_raises_with_the_number(fresh_ledger):
    emitter = make_emitter(fresh_ledger, deadline_seconds=20.0)
    emitter.shared("subj-1", **SHARE)
    with stopped(fresh_ledger):
        pending = [emitter.emit_soon("DataShared", subject="subj-1", **SHARE) for _ in range(7)]
        with pytest.raises(UnflushedError) as caught:
            emitter.flush(0.5)
        assert (caught.value.left, caught.value.failed) == (7, 0)
    emitter.flush()

    assert all(each.is_done for each in pending)
    emitter.close()


def test_a_result_may_be_waited_for_shorter_than_the_deadline_and_asked_again(fresh_ledger):
    with make_emitter(fresh_ledger, deadline_seconds=60.0) as emitter:
        emitter.shared("subj-1", **SHARE)
        began = time.monotonic()
        with stopped(fresh_ledger):
            pending = emitter.emit_soon("DataShared", subject="subj-1", **SHARE)
            with pytest.raises(NotAcknowledgedError):
                pending.result(0.3)
            assert time.monotonic() - began < 0.3 + SLACK_SECONDS

        assert pending.result().event_id == pending.event_id


def test_a_failure_that_nobody_asks_about_is_told_by_flush_once_and_by_id(fresh_ledger):
    emitter = make_emitter(fresh_ledger, deadline_seconds=1.0)
    emitter.shared("subj-1", **SHARE)
    with stopped(fresh_ledger):
        asked, unasked = (emitter.emit_soon("DataShared", subject="subj-1", **SHARE) for _ in range(2))
        with pytest.raises(NotAcknowledgedError):
            asked.result(20)
        with pytest.raises(UnflushedError) as caught:
            emitter.flush(20)

    assert (caught.value.left, caught.value.failed, caught.value.event_ids) == (0, 1, (unasked.event_id,))
    emitter.flush()
    emitter.close()


def test_an_error_inside_the_with_block_is_not_hidden_by_what_could_not_be_flushed(fresh_ledger):
    with pytest.raises(ZeroDivisionError) as caught, stopped_after_one(fresh_ledger) as emitter:
        emitter.emit_soon("DataShared", subject="subj-1", **SHARE)
        raise ZeroDivisionError

    assert "cannot flush" in caught.value.__notes__[0]


@contextmanager
def stopped_after_one(ledger: TestLedger) -> Iterator[Emitter]:
    emitter = make_emitter(ledger, deadline_seconds=1.0)
    emitter.shared("subj-1", **SHARE)
    with stopped(ledger), emitter:
        yield emitter


def test_a_broker_killed_and_started_again_loses_nothing_that_was_acknowledged(fresh_ledger):
    receipts, stop = [], threading.Event()

    def emit_on() -> None:
        while not stop.is_set():
            receipts.append(emit_until_acknowledged(emitter, str(uuid.uuid4())))

    with make_emitter(fresh_ledger, deadline_seconds=3.0) as emitter:
        thread = threading.Thread(target=emit_on)
        thread.start()
        wait_for(lambda: len(receipts) > 50)
        fresh_ledger.kafka.kill()
        assert fresh_ledger.kafka.start()
        count = len(receipts)
        wait_for(lambda: len(receipts) > count + 50)
        stop.set()
        thread.join(30)

    assert not thread.is_alive()
    logged = {each.fields["event_id"] for each in read_topic(fresh_ledger.settings, "facts")}
    assert {uuid.UUID(receipt.event_id).bytes for receipt in receipts} <= logged


def wait_for(is_so) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_many_threads_share_an_emitter(fresh_ledger):
    receipts: list = []

    def emit(number: int) -> None:
        for _ in range(50):
            receipts.append(emitter.shared(f"subj-{number}", **SHARE))
            emitter.emit_soon("DataShared", subject=f"subj-{number}", **SHARE)

    with make_emitter(fresh_ledger) as emitter:
        threads = [threading.Thread(target=emit, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    assert len({receipt.event_id for receipt in receipts}) == 400
    logged = read_topic(fresh_ledger.settings, "facts")
    assert len({each.fields["event_id"] for each in logged}) == len({each.fields["salt"] for each in logged}) == 800


FORKING = """
import gc, os, sys
from ledger import Emitter
from tests.emittable import SHARE

emitter = Emitter(controller="hostinghuis", source="shop")
print(emitter.shared("subj-parent", **SHARE).event_id, flush=True)
queued = [emitter.emit_soon("DataShared", subject="subj-parent", **SHARE) for _ in range(20)]
child = os.fork()
if child == 0:
    gc.collect()  # must not destroy the parent's client: that would wait for threads that are not here
    print(emitter.shared("subj-child", **SHARE).event_id, flush=True)
    emitter.emit_soon("DataShared", subject="subj-child", **SHARE)
    sys.exit(0)  # the whole of Python's ending, not os._exit: it must neither hang nor lose the queued event
assert os.waitpid(child, 0)[1] == 0
print(emitter.shared("subj-parent", **SHARE).event_id, flush=True)
"""


def test_a_forked_child_emits_by_itself_and_both_end_well(fresh_ledger):
    done = subprocess.run([sys.executable, "-c", FORKING], env=fresh_ledger.environment, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    logged = read_topic(fresh_ledger.settings, "facts")
    assert len(set(done.stdout.split())) == 3
    assert len([each for each in logged if each.fields["subject_ref"] == "subj-child"]) == 2
    assert len([each for each in logged if each.fields["subject_ref"] == "subj-parent"]) == 22
    assert len({each.fields["salt"] for each in logged}) == 24


FORGETTING = """
from ledger import Emitter
from ledger.stack.processes import freeze
from tests.emittable import SHARE

def work():
    emitter = Emitter(controller="hostinghuis", source="shop", deadline_seconds=3.0)
    emitter.shared("subj-1", **SHARE)
    if {stop}:
        freeze({pid})
    for _ in range(9):
        emitter.emit_soon("DataShared", subject="subj-1", **SHARE)

work()
"""


@pytest.mark.parametrize("stop", [False, True])
def test_what_is_forgotten_at_the_end_of_the_process_is_sent_or_reported(fresh_ledger, stop):
    script = FORGETTING.format(stop=stop, pid=fresh_ledger.kafka.pid)
    try:
        done = subprocess.run([sys.executable, "-c", script], env=fresh_ledger.environment, capture_output=True, text=True, timeout=60, check=False)
    finally:
        fresh_ledger.kafka.resume()

    assert done.returncode == 0
    if stop:
        assert "cannot flush" in done.stderr
        assert "9" in done.stderr
    else:
        assert done.stderr == ""
        assert len(read_topic(fresh_ledger.settings, "facts")) == 10


def test_asyncio_verbs_give_receipts_and_keep_the_order_of_a_subject(fresh_ledger):
    async def emit_all():
        async with AsyncEmitter(controller="hostinghuis", source="shop", bootstrap_servers=fresh_ledger.settings.kafka.bootstrap_servers) as emitter:
            one = await emitter.shared("subj-1", **SHARE)
            many = await asyncio.gather(*(emitter.shared(f"subj-{number % 7}", **SHARE) for number in range(300)))
            with pytest.raises(RefusedEventError):
                await emitter.shared("jan@voorbeeld.nl", **SHARE)
            await emitter.flush()
            return [one, *many]

    receipts = asyncio.run(emit_all())

    assert len({receipt.event_id for receipt in receipts}) == 301
    logged = {each.fields["event_id"]: (each.partition, each.offset) for each in read_topic(fresh_ledger.settings, "facts")}
    assert all(logged[uuid.UUID(each.event_id).bytes] == (each.partition, each.offset) for each in receipts)


def test_asyncio_calls_end_at_their_deadline_and_the_loop_never_stands_still(fresh_ledger):
    async def emit_stopped():
        emitter = AsyncEmitter(
            controller="hostinghuis",
            source="shop",
            bootstrap_servers=fresh_ledger.settings.kafka.bootstrap_servers,
            deadline_seconds=2.0,
            queue_max=5,
        )
        await emitter.shared("subj-1", **SHARE)
        with stopped(fresh_ledger):
            calls = [asyncio.ensure_future(emitter.shared("subj-1", **SHARE)) for _ in range(10)]
            turns = 0
            while not all(call.done() for call in calls):
                await asyncio.sleep(0.01)
                turns += 1
            answers = await asyncio.gather(*calls, return_exceptions=True)
        try:
            await emitter.close()
        except UnflushedError as error:
            assert error.failed == 0
        return turns, answers

    turns, answers = asyncio.run(emit_stopped())

    assert turns > 20
    kinds = {type(answer) for answer in answers}
    assert kinds <= {NotAcknowledgedError, QueueFullError}
    assert NotAcknowledgedError in kinds


def test_a_cancelled_asyncio_call_leaves_the_emitter_usable(fresh_ledger):
    faults: list[dict] = []

    async def emit_and_cancel():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context))
        async with AsyncEmitter(controller="hostinghuis", source="shop", bootstrap_servers=fresh_ledger.settings.kafka.bootstrap_servers) as emitter:
            await emitter.shared("subj-1", **SHARE)
            with stopped(fresh_ledger):
                call = asyncio.ensure_future(emitter.shared("subj-1", **SHARE))
                await asyncio.sleep(0.5)  # by now it waits for the acknowledgement; if not yet, the test is merely easier
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
            return await emitter.shared("subj-1", **SHARE)

    assert asyncio.run(emit_and_cancel()).topic == "facts"
    assert faults == []


def test_on_a_simulated_ledger_time_is_the_last_tick_and_a_new_tick_is_seen_at_once(fresh_ledger):
    with make_emitter(fresh_ledger) as emitter:
        with pytest.raises(RefusedEventError, match="occurred_at"):
            emitter.shared("subj-1", occurred_at=NOW + timedelta(days=30), **SHARE)
        publish_time(fresh_ledger.settings, NOW + timedelta(days=30), "simulated")
        emitter.shared("subj-1", occurred_at=NOW + timedelta(days=30), **SHARE)

    with make_emitter(fresh_ledger) as emitter:
        emitter.shared("subj-2", **SHARE)
    times = {each.fields["subject_ref"]: each.fields["occurred_at"] for each in read_topic(fresh_ledger.settings, "facts")}
    assert datetime.fromtimestamp(times["subj-2"] / 1e6, UTC) == NOW + timedelta(days=30)


def test_the_last_tick_is_found_behind_many_other_register_events(fresh_ledger):
    publish_time(fresh_ledger.settings, NOW + timedelta(days=1), "simulated")
    with make_emitter(fresh_ledger) as emitter:
        for number in range(500):
            emitter.soon.recipient_registered(recipient=f"recipient-{number}", role="registry")
        emitter.flush()

    tick = read_last_tick(fresh_ledger.settings.kafka_client_config(), time.monotonic() + 30)

    assert datetime.fromtimestamp(tick / 1e6, UTC) == NOW + timedelta(days=1)


def test_on_a_real_ledger_time_is_the_clock(make_ledger):
    ledger = make_ledger(simulated=False)
    with make_emitter(ledger) as emitter:
        emitter.shared("subj-1", **SHARE)
        emitter.shared("subj-1", occurred_at=datetime.now(UTC) - timedelta(days=9), **SHARE)
        with pytest.raises(RefusedEventError, match="occurred_at"):
            emitter.shared("subj-1", occurred_at=datetime.now(UTC) + timedelta(hours=1), **SHARE)

    logged = read_topic(ledger.settings, "facts")[0]
    assert abs(logged.fields["occurred_at"] / 1e6 - logged.timestamp[1] / 1e3) < 60


@pytest.mark.parametrize("make", [Emitter, AsyncEmitter])
def test_an_event_of_a_clock_ahead_of_the_brokers_gets_no_receipt(make_ledger, monkeypatch, make):
    ledger = make_ledger(simulated=False)
    ahead = timedelta(seconds=CLOCK_SKEW_SECONDS + 60)
    monkeypatch.setattr("ledger.sdk.envelope.time", SimpleNamespace(time_ns=lambda: time.time_ns() + int(ahead.total_seconds() * 1e9)))
    emitter = make(controller="hostinghuis", source="shop", bootstrap_servers=ledger.settings.kafka.bootstrap_servers)

    with pytest.raises(ClockAheadError, match="s further ahead") as told:
        if make is Emitter:
            emitter.shared("subj-1", **SHARE)
        else:
            asyncio.run(share_and_close(emitter))

    assert [event.fields["event_id"] for event in read_topic(ledger.settings, "facts")] == [uuid.UUID(told.value.event_id).bytes]


async def share_and_close(emitter):
    async with emitter:
        await emitter.shared("subj-1", **SHARE)


def test_flush_tells_of_events_of_a_clock_ahead_that_nobody_asked_about(make_ledger, monkeypatch):
    ledger = make_ledger(simulated=False)
    emitter = Emitter(controller="hostinghuis", source="shop", bootstrap_servers=ledger.settings.kafka.bootstrap_servers)
    emitter.soon.shared("subj-1", **SHARE)
    emitter.flush()
    monkeypatch.setattr("ledger.sdk.envelope.time", SimpleNamespace(time_ns=lambda: time.time_ns() + 3_600_000_000_000))
    late = emitter.soon.shared("subj-1", **SHARE)

    with pytest.raises(UnflushedError) as told:
        emitter.flush()

    assert told.value.event_ids == (late.event_id,)


def test_a_simulated_ledger_without_any_time_says_so(fresh_ledger):
    admin = KafkaAdmin(fresh_ledger.settings)
    admin.delete([REGISTER])
    admin.create({REGISTER: 1}, replication_factor=1, settings={})

    with make_emitter(fresh_ledger) as emitter, pytest.raises(RefusedError) as caught:
        emitter.shared("subj-1", **SHARE)

    assert caught.value.hint == "ledger tick TIME"


def test_topics_that_are_no_ledger_are_refused(fresh_ledger):
    KafkaAdmin(fresh_ledger.settings).delete(MARKER_TOPICS.values())

    with make_emitter(fresh_ledger) as emitter, pytest.raises(NoLedgerError, match="no ledger here") as caught:
        emitter.shared("subj-1", **SHARE)

    assert caught.value.hint == "ledger up"


def test_an_emitter_that_was_dropped_without_closing_still_sends(fresh_ledger):
    make_emitter(fresh_ledger).emit_soon("DataShared", subject="subj-1", **SHARE)
    gc.collect()

    wait_for(lambda: len(read_topic(fresh_ledger.settings, "facts")) == 1)
