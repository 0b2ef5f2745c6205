"""`Obligations` on the real stack, with a real worker: an obligation is raised, handled, answered, and met."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from ledger import AsyncObligations, Obligations
from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.kafka_duty_log import KafkaDutyLog
from ledger.errors import DependencyError
from ledger.folding.ports import Assigned
from ledger.sdk.duty_errors import GroupInUseError
from ledger.sdk.receipts import NoLedgerError
from tests.duties_due import CONTROLLER, DUE, START, STORE, emitter, erasures, make_due, obligations, states
from tests.ledgers import TestLedger
from tests.workers import wait_until, wait_until_answered, workers_of


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> Iterator[TestLedger]:
    """A simulated ledger with a worker."""
    with ExitStack() as ending:
        made = make_ledger(start=START)
        ending.enter_context(workers_of(made)).start()
        yield made


def acting(ledger: TestLedger, **wishes: Any) -> Obligations:
    return Obligations(**about(ledger) | wishes)


def about(ledger: TestLedger) -> dict[str, Any]:
    servers = ledger.settings.kafka.bootstrap_servers
    return {"source": "crm", "controller": CONTROLLER, "retry_seconds": 0.01, "bootstrap_servers": servers, "config": {"session.timeout.ms": 6000}}


def test_what_a_handler_has_done_is_met_and_it_is_called_once_for_each(ledger):
    subjects = make_due(ledger, 12)
    done: list[str] = []
    with acting(ledger, stores=[STORE], kinds=["ERASE"]) as duties:
        duties.run(lambda duty: done.append(duty.subject_ref), once=True)

    assert sorted(done) == subjects
    assert states(ledger) == {"MET": 12}
    with acting(ledger, stores=[STORE], kinds=["ERASE"]) as again:
        assert again.open() == []
        again.run(lambda duty: done.append(duty.subject_ref), once=True)
    assert len(done) == 12


def test_a_new_group_passes_over_what_the_log_says_is_met(ledger):
    make_due(ledger, 5)
    with acting(ledger) as duties:
        duties.run(lambda duty: None, once=True)
    assert states(ledger) == {"MET": 5}
    done: list[str] = []

    with acting(ledger, group="another") as duties:
        duties.run(lambda duty: done.append(duty.subject_ref), once=True)
        counts = duties.counts()

    assert done == []
    assert counts == {"open": 0, "parked": 0, "settled": 5, "unreadable": 0}


def test_one_that_fails_is_parked_and_the_others_go_on_and_it_can_be_tried_again(ledger):
    subjects = make_due(ledger, 8)
    bad = subjects[3]

    def fails_for_one(duty):
        if duty.subject_ref == bad:
            raise ConnectionError("for the person at jan@example.org")

    with acting(ledger, attempts=2) as duties:
        duties.run(fails_for_one, once=True)
    assert states(ledger) == {"MET": 7, "OPEN": 1}

    with acting(ledger) as later:
        (duty, error), = later.parked()
        assert (duty.subject_ref, error) == (bad, "ConnectionError")
        assert [each.subject_ref for each in later.open()] == []
        later.run(lambda duty: pytest.fail("it is parked"), once=True)
        later.unpark(duty.obligation_id)
        later.run(lambda duty: None, once=True)
        assert later.parked() == []
    assert states(ledger) == {"MET": 8}


def test_a_parked_one_can_be_handled_beside_a_member_that_runs_and_is_then_forgotten_by_it(ledger):
    bad, = make_due(ledger, 1)
    running = acting(ledger, attempts=1)
    thread = threading.Thread(target=running.run, args=[lambda duty: 1 / 0])
    thread.start()
    try:
        with acting(ledger) as beside:
            wait_until(lambda: len(beside.parked()) == 1, seconds=30, what="parked")
            duty, error = beside.parked()[0]
            assert (duty.subject_ref, error) == (bad, "ZeroDivisionError")
            beside.retry(duty.obligation_id, lambda duty: duty.erased(certificate_ref="certificate-1"))
            assert states(ledger) == {"MET": 1}
            wait_until(lambda: beside.parked() == [], seconds=30, what="the member hears that it is met")
    finally:
        running.stop()
        thread.join(30)
        running.close()


def test_one_that_is_cancelled_while_others_are_handled_is_not_handled(ledger):
    subjects = make_due(ledger, 6)
    done: list[str] = []

    def cancels_the_rest(duty):
        done.append(duty.subject_ref)
        if len(done) == 1:
            with emitter(ledger) as emit:
                for subject in subjects:
                    if subject != duty.subject_ref:  # a service that ended later: nothing is due any more
                        emit.milestone(subject, occurred_at="2020-06-01T00:00:00Z", kind="SERVICE_ENDED", ref="service-2")
            wait_until_answered(ledger)

    with acting(ledger) as duties:
        duties.run(cancels_the_rest, once=True)

    assert len(done) == 1
    assert states(ledger) == {"MET": 1, "CANCELLED": 5}


def test_two_members_share_the_work_and_one_takes_over_from_another(ledger):
    subjects = make_due(ledger, 24)
    lock, done = threading.Lock(), []
    both = threading.Barrier(2, timeout=30)
    waited = threading.local()

    def handle(duty):
        if not getattr(waited, "done", False):
            waited.done = True
            both.wait()
        with lock:
            done.append(duty.subject_ref)

    members = [acting(ledger) for _ in range(2)]
    threads = [threading.Thread(target=member.run, args=[handle]) for member in members]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: set(done) == set(subjects), seconds=60, what="all handled")
    finally:
        for member in members:
            member.stop()
        for thread in threads:
            thread.join(30)
        for member in members:
            member.close()
    assert states(ledger) == {"MET": 24}


def test_a_group_is_for_one_selection(ledger):
    make_due(ledger, 1)
    with acting(ledger, group="shared", stores=["crm"]) as duties:
        duties.run(lambda duty: None, once=True)

    with acting(ledger, group="shared", stores=["billing"]) as other, pytest.raises(GroupInUseError, match="other stores"):
        other.run(lambda duty: None, once=True)


def test_the_facts_name_the_obligation_and_the_same_answer_twice_counts_once(ledger):
    make_due(ledger, 1)
    with acting(ledger, group="one") as one, acting(ledger, group="two") as two:
        open_then = two.open()
        one.run(lambda duty: None, once=True)
        obligation_id = open_then[0].obligation_id
        assert states(ledger) == {"MET": 1}
        # As a member would that was cut off before it committed: it still believes that this is open.
        fact = two._fact(open_then[0], None, 0, 0)
        two._emitter.emit(**fact)

    assert states(ledger) == {"MET": 1}
    first, second = erasures(ledger)
    assert first == second
    assert list(obligations(ledger)) == [obligation_id]


def test_asyncio_handles_several_at_once(ledger):
    subjects = make_due(ledger, 12)
    most = now = 0
    done = []

    async def handle(duty):
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        if duty.subject_ref == subjects[0] and duty.attempt < 3:
            raise OSError
        done.append(duty.subject_ref)
        return duty.erased(certificate_ref="certificate-1")

    async def main():
        async with AsyncObligations(**about(ledger), at_once=4) as duties:
            await duties.run(handle, once=True)
            assert await duties.parked() == []
            assert await duties.open() == []

    asyncio.run(main())

    assert sorted(done) == subjects
    assert 1 < most <= 4
    assert states(ledger) == {"MET": 12}


def test_without_a_ledger_the_error_says_so(ledger):
    nowhere = Obligations(source="crm", controller=CONTROLLER, bootstrap_servers="127.0.0.1:1", outage_seconds=0.5)
    with nowhere, pytest.raises(DependencyError, match="cannot read the topics"):
        nowhere.run(lambda duty: None, once=True)
    KafkaAdmin(ledger.settings).delete(["obligations"])
    with acting(ledger) as duties, pytest.raises(NoLedgerError, match="expected the topic obligations"):
        duties.run(lambda duty: None, once=True)


def test_kafka_restarted_in_the_middle_is_waited_for(ledger):
    make_due(ledger, 6)
    done: list[str] = []

    def handle(duty):
        done.append(duty.subject_ref)
        if len(done) == 3:
            ledger.kafka.kill()
            threading.Timer(2, ledger.kafka.start).start()

    with acting(ledger) as duties:
        duties.run(handle, once=True)

    assert len(done) == 6
    wait_until_answered(ledger, seconds=90)
    assert states(ledger) == {"MET": 6}


def test_what_comes_while_it_runs_is_handled(ledger):
    done: list[str] = []
    running = acting(ledger)
    thread = threading.Thread(target=running.run, args=[lambda duty: done.append(duty.subject_ref)])
    thread.start()
    try:
        first = make_due(ledger, 3)
        wait_until(lambda: sorted(done) == first, seconds=30, what="the first three")
        more = make_due(ledger, 2, first=3, at=DUE + timedelta(days=1))
        wait_until(lambda: sorted(done) == first + more, seconds=30, what="two more")
    finally:
        running.stop()
        thread.join(30)
        running.close()
    assert states(ledger) == {"MET": 5}


def test_a_member_that_shares_or_gets_nothing_knows_it(make_ledger):
    """Of two partitions one goes to each of two members, and none to a third, whose single run ends."""
    ledger = make_ledger(partitions=2)
    client = {**ledger.settings.kafka_client_config(), "session.timeout.ms": 6000}
    with ExitStack() as ending:
        first, second = (KafkaDutyLog(client, group="shared", handling_seconds_max=60) for _ in range(2))
        owned: dict[int, set[int]] = {0: set(), 1: set()}
        for log in (first, second):
            ending.callback(log.close)

        def shared() -> bool:
            for number, log in enumerate((first, second)):
                for told in log.poll(0.05):
                    (owned[number].add if isinstance(told, Assigned) else owned[number].discard)(told.partition)
            return first.has_joined and second.has_joined and sorted(map(len, owned.values())) == [1, 1]

        wait_until(lambda: first.poll(0.05) == [] and first.has_joined, seconds=30, what="the first has both")
        owned[0] = {0, 1}
        wait_until(shared, seconds=60, what="one each")

        third = acting(ledger, group="shared")
        ending.callback(third.close)
        thread = threading.Thread(target=third.run, args=[lambda duty: None], kwargs={"once": True}, daemon=True)
        thread.start()
        wait_until(lambda: shared() and not thread.is_alive(), seconds=60, what="the third has nothing to do")
