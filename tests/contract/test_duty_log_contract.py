"""One contract for the topic `obligations` in memory and on the real broker: what a service's own test proves on the one, holds on the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from ledger.adapters.kafka_duty_log import KafkaDutyLog
from ledger.adapters.kafka_sender import KafkaSender
from ledger.adapters.memory_duty_log import MemoryDutyLog, MemoryTopic
from ledger.errors import OperatorError
from ledger.folding.ports import Assigned, DutyLog, Revoked, Told
from ledger.topics import OBLIGATIONS

SECONDS_MAX = 30.0


class Topic:
    """A new, empty topic of four partitions, and members of one group on it, one after the other."""

    def __init__(self, append: Callable[[int, bytes], None], join: Callable[[], DutyLog]) -> None:
        self.append = append
        self.join = join


@pytest.fixture(params=["memory", "kafka"])
def topic(request: pytest.FixtureRequest) -> Iterator[Topic]:
    if request.param == "memory":
        memory = MemoryTopic(4)
        yield Topic(lambda partition, value: memory.append(partition, value) and None, lambda: MemoryDutyLog(memory))
        return
    ledger = request.getfixturevalue("fresh_ledger")
    sender = KafkaSender(ledger.settings, client_id="test")
    client = {**ledger.settings.kafka_client_config(), "session.timeout.ms": 6000}

    def append(partition: int, value: bytes) -> None:
        sender.send(OBLIGATIONS, partition, key=b"k", value=value, headers=())
        sender.finish(seconds=SECONDS_MAX)

    with ExitStack() as ending:
        ending.callback(sender.close)

        def join() -> DutyLog:
            log = KafkaDutyLog(client, group="contract-test", handling_seconds_max=60)
            ending.callback(log.close)
            return log

        yield Topic(append, join)


def heard(log: DutyLog, until: Callable[[list[Assigned | Revoked | Told]], bool]) -> list[Assigned | Revoked | Told]:
    found: list[Assigned | Revoked | Told] = []
    deadline = time.monotonic() + SECONDS_MAX
    while not until(found):
        assert time.monotonic() < deadline, found
        found += log.poll(0.1)
    return found


def all_assigned(found: list[Assigned | Revoked | Told]) -> bool:
    return sum(isinstance(each, Assigned) for each in found) == 4


def told(count: int) -> Callable[[list[Assigned | Revoked | Told]], bool]:
    return lambda found: sum(isinstance(each, Told) for each in found) >= count


def test_a_new_group_is_given_every_partition_without_a_place(topic):
    log = topic.join()
    assert not log.has_joined

    found = heard(log, all_assigned)

    assert sorted(found, key=lambda each: each.partition) == [Assigned(number, None, "") for number in range(4)]
    assert log.has_joined


def test_records_come_in_order_from_the_beginning_after_their_partition_was_assigned(topic):
    for number in range(5):
        topic.append(2, b"early %d" % number)
    log = topic.join()
    found = heard(log, lambda found: told(5)(found) and all_assigned(found))
    topic.append(2, b"late")

    found += heard(log, told(1))

    of_2 = [each for each in found if each.partition == 2]
    assert of_2 == [Assigned(2, None, ""), *(Told(2, number, b"early %d" % number) for number in range(5)), Told(2, 5, b"late")]


def test_what_was_committed_comes_back_with_its_text_and_the_records_go_on_there(topic):
    for number in range(4):
        topic.append(1, b"%d" % number)
    first = topic.join()
    heard(first, lambda found: told(4)(found) and all_assigned(found))
    text = '{"parked":{"ValueError":[1]}}' * 100
    assert first.commit(1, 3, text) is True
    first.close()

    second = topic.join()
    assert second.committed()[1] == Assigned(1, 3, text)
    found = heard(second, lambda found: told(1)(found) and all_assigned(found))

    assert [each for each in found if each.partition == 1] == [Assigned(1, 3, text), Told(1, 3, b"3")]


def test_what_is_committed_can_be_looked_at_without_joining(topic):
    log = topic.join()

    assert log.committed() == [Assigned(number, None, "") for number in range(4)]
    assert not log.has_joined


def test_the_end_is_the_brokers_and_moves_at_once(topic):
    log = topic.join()
    heard(log, all_assigned)

    assert log.end(0) == 0
    topic.append(0, b"x")
    assert log.end(0) == 1


def test_single_records_can_be_read_again(topic):
    for number in range(5):
        topic.append(3, b"%d" % number)
    log = topic.join()

    assert list(log.read(3, 1, 3)) == [Told(3, 1, b"1"), Told(3, 2, b"2")]
    assert list(log.read(3, 4, 5)) == [Told(3, 4, b"4")]
    assert list(log.read(3, 2, 2)) == []
    with pytest.raises(OperatorError):
        list(log.read(3, 4, 6))


def test_a_commit_without_the_partition_is_not_taken(topic):
    log = topic.join()

    assert log.commit(0, 0, "") is False
    assert log.committed()[0] == Assigned(0, None, "")
