"""Where a service that acts stands: its group and position, looking, stopping, partitions that go to another; on the log in memory.

Each test runs over both, `Obligations` and `AsyncObligations`.
"""

from __future__ import annotations

import pytest

from ledger.errors import CallerError
from ledger.sdk.duty_errors import GroupInUseError, LogChangedError, NewerLedgerError, NoSuchDutyError
from ledger.sdk.duty_position import METADATA_BYTES_MAX, Position, read_position
from tests.acting_services import ABOUT, HOLDING, Handler, again, duties_of_either, either_service, raised  # noqa: F401  two are fixtures


def test_an_obligation_that_is_not_ours_or_is_settled_cannot_be_tried(duties):
    met, = raised(duties, "subj-1")
    duties.meet(met)

    with pytest.raises(NoSuchDutyError):
        duties.retry(met, Handler())
    with pytest.raises(CallerError, match="as a UUID"):
        duties.retry("subj-1", Handler())


def test_looking_changes_nothing(duties):
    raised(duties, "subj-1", "subj-2")

    assert sorted(duty.subject_ref for duty in duties.open()) == ["subj-1", "subj-2"]
    assert duties.parked() == []
    assert duties.topic.committed == {}
    assert sum(duties.read_up_to.values()) == 2


def test_a_stopped_run_ends_after_the_one_under_way(duties):
    raised(duties, *(f"subj-{number}" for number in range(5)))
    called = []

    def stops(duty):
        called.append(duty.subject_ref)
        duties.stop()

    duties.run(stops)

    assert len(called) == 1
    assert len(again(duties).open()) == 4


def test_a_group_is_for_one_selection_and_for_obligations_alone(service, duties):
    raised(duties, "subj-1")
    named = service(**ABOUT, topic=duties.topic)
    named.run(Handler())
    other = service(**ABOUT, stores=["billing"], topic=duties.topic)
    with pytest.raises(GroupInUseError, match="acts on other obligations"):
        other.run(Handler())

    duties.topic.committed = dict.fromkeys(range(4), (0, ""))
    with pytest.raises(GroupInUseError, match="not of obligations"):
        service(**ABOUT, topic=duties.topic).run(Handler())


def test_a_topic_that_was_made_again_and_a_newer_schema_are_said(service, duties):
    raised(duties, "subj-1")
    duties.run(Handler())
    for records in duties.topic.records:
        records.clear()
    with pytest.raises(LogChangedError):
        again(duties).run(Handler())

    newer = service(**ABOUT)
    newer.topic.append(0, b"\0\0\0\xff\xffwhatever")
    with pytest.raises(NewerLedgerError) as caught:
        newer.run(Handler())
    assert "upgrade" in (caught.value.hint or "")


def test_bytes_that_are_no_event_are_passed_over_and_counted(duties):
    duties.topic.append(0, b"\xff")
    raised(duties, "subj-1")
    handler = Handler()

    duties.run(handler)

    assert handler.called == ["subj-1"]
    assert duties.counts()["unreadable"] == 1


def test_a_partition_that_is_taken_away_is_left_alone_and_taken_up_where_the_group_stands(duties):
    raised(duties, *(f"subj-{number}" for number in range(12)))
    log = duties._open_log()
    called = []

    def loses_all(duty):
        called.append(duty.subject_ref)
        if len(called) == 3:
            for partition in range(4):
                log.take_away(partition)

    duties.run(loses_all)
    assert len(called) == 3
    for partition in range(4):
        log.give_back(partition)
    duties.run(lambda duty: called.append(duty.subject_ref))

    assert set(called) == {f"subj-{number}" for number in range(12)}
    assert len(called) == 13, "the one under way when its partition was taken away is handled again"


def test_when_no_more_can_be_parked_the_position_stays_and_nothing_is_lost(service):
    duties = service(**ABOUT, attempts=1)
    count = 100
    for number in range(count):
        duties.raise_duty("ERASE", "subj-1", **HOLDING, ref=f"order-{number}")
    attempts = 0

    def fails(duty):
        nonlocal attempts
        attempts += 1
        if attempts > count:
            duties.stop()
        raise type("AnExceptionWithAVeryLongNameOfItsOwnThatTakesPlace" + duty.ref.removeprefix("order-"), (Exception,), {})

    duties.run(fails)

    later = service(**ABOUT, topic=duties.topic)
    parked, left = later.parked(), later.open()
    assert 50 < len(parked) < count
    assert len({duty.ref for duty, _ in parked} | {duty.ref for duty in left}) == count
    assert all(len(text) <= METADATA_BYTES_MAX for _, text in duties.topic.committed.values())


@pytest.mark.parametrize("position", [Position(), Position(7, 3, {1: "ValueError", 5: "OSError", 900: "ValueError"}, "abc")])
def test_a_position_can_be_read_again(position):
    assert read_position(position.offset, position.metadata()) == position


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"v":2}', '{"v":1,"for":"x","floor":0,"parked":[1]}', "7"])
def test_the_text_of_somebody_else_is_no_position(text):
    with pytest.raises(ValueError):
        read_position(0, text)


@pytest.mark.parametrize(
    "wishes", [{"controller": None}, {"kinds": ["ERASURE"]}, {"stores": []}, {"stores": "crm"}, {"attempts": 0}, {"controller": "Jan de Vries"}]
)
def test_what_makes_no_sense_is_refused_at_once(service, wishes):
    from ledger.errors import LedgerError

    with pytest.raises(LedgerError):
        service(**ABOUT | wishes)
