"""What becomes of obligations: retries, parking, order, answers, cancellations; on the log in memory, by the code that runs on Kafka.

Each test runs over both, `Obligations` and `AsyncObligations`. Where a service stands on the log: test_acting_positions.py; what only the asyncio one
can do: test_acting_asyncio.py.
"""

from __future__ import annotations

import pytest

from ledger.adapters.memory_duty_log import MemoryDutyLog
from ledger.errors import DependencyError
from ledger.sdk.event_ids import answer_id, is_event_id
from ledger.sdk.receipts import KafkaUnreachableError
from ledger.sdk.validation import instant
from tests.acting_services import ABOUT, HOLDING, Handler, again, duties_of_either, either_service, raised  # noqa: F401  two are fixtures


def test_a_failing_one_is_tried_again_with_growing_pauses_then_parked_and_the_others_go_on(duties):
    raised(duties, "subj-1", "subj-2", "subj-3")
    handler = Handler("subj-2")

    duties.run(handler)

    assert sorted(handler.called) == ["subj-1", "subj-2", "subj-2", "subj-2", "subj-2", "subj-3"]
    failed = [(step.state, step.error, step.retry_in_seconds) for step in duties.steps if step.duty.subject_ref == "subj-2"]
    assert failed == [("failed", "ValueError", 1.0), ("failed", "ValueError", 2.0), ("failed", "ValueError", 4.0), ("parked", "ValueError", None)]
    assert [step.duty.attempt for step in duties.steps if step.duty.subject_ref == "subj-2"] == [1, 2, 3, 4]
    assert len(duties.recorder.of_type("DataErased")) == 2


def test_those_of_one_partition_are_handled_in_the_order_of_the_log(duties):
    ids = raised(duties, *["subj-1"] * 5, ref="order-1")
    called = []

    duties.run(lambda duty: called.append(duty.obligation_id))

    assert called == ids


def test_of_an_error_only_the_name_of_its_type_is_kept(duties):
    raised(duties, "subj-1")

    duties.run(Handler("subj-1", error=ValueError("jan@example.org")))

    kept = "".join(text for _, text in duties.topic.committed.values())
    assert "ValueError" in kept
    assert "example" not in kept


def test_what_is_parked_survives_a_restart_and_is_tried_again_when_asked(duties):
    bad, _ = raised(duties, "subj-1", "subj-2")
    duties.run(Handler("subj-1"))

    later, handler = again(duties), Handler()
    later.run(handler)
    assert handler.called == []
    assert [(duty.obligation_id, error) for duty, error in later.parked()] == [(bad, "ValueError")]
    later.unpark(bad)
    later.run(handler)

    assert handler.called == ["subj-1"]
    assert later.parked() == []


def test_one_that_is_being_tried_again_stays_noted_as_parked_until_it_is_answered(duties):
    bad, = raised(duties, "subj-1")
    duties.run(Handler("subj-1"))
    later = again(duties)
    raised(later, "subj-1", ref="order-2")
    later.unpark(bad)

    def dies(duty):
        if duty.obligation_id == bad:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        later.run(dies)

    assert len(later.recorder.events) == 1, "the position was stored meanwhile"
    assert [duty.obligation_id for duty, _ in again(duties).parked()] == [bad]


def test_a_cancelled_or_met_one_is_not_handled(duties):
    first, second, _ = raised(duties, "subj-1", "subj-2", "subj-3")
    duties.cancel(first)
    duties.meet(second)
    handler = Handler()

    duties.run(handler)

    assert handler.called == ["subj-3"]


def test_one_that_is_cancelled_while_another_is_handled_is_not_handled(duties):
    ids = dict(zip(("subj-1", "subj-5"), raised(duties, "subj-1", "subj-5"), strict=True))
    called = []

    def cancels_the_other(duty):
        called.append(duty.subject_ref)
        for subject, obligation_id in ids.items():
            if subject != duty.subject_ref:
                duties.cancel(obligation_id)

    duties.run(cancels_the_other)

    assert len(called) == 1


def test_one_that_failed_and_is_then_cancelled_is_not_tried_again(duties):
    bad, = raised(duties, "subj-1")
    called = []

    def fails(duty):
        called.append(duty.attempt)
        duties.cancel(bad)
        raise OSError

    duties.run(fails)

    assert called == [1]
    assert duties.parked() == []


def test_a_parked_one_that_is_settled_is_forgotten(duties):
    bad, = raised(duties, "subj-1")
    duties.run(Handler("subj-1"))
    duties.meet(bad)

    later = again(duties)
    later.run(Handler())

    assert later.parked() == []
    assert all("ValueError" not in text for _, text in duties.topic.committed.values())


def test_a_cancelled_one_that_the_relay_sends_again_does_not_come_back_to_life(duties):
    first, = raised(duties, "subj-1")
    duties.cancel(first)
    (partition,) = [number for number, records in enumerate(duties.topic.records) if records]
    records = duties.topic.records[partition]
    handler = Handler()
    duties.run(handler)

    records.append(records[0])  # the relay died and began again: the first is there twice, the second not yet
    duties.run(handler)
    again(duties).run(handler)

    assert handler.called == []


def test_only_what_the_selection_names_is_handled(service):
    duties = service(**ABOUT, stores=["crm"], kinds=["ERASE"])
    raised(duties, "subj-1")
    raised(duties, "subj-2", store="billing")
    raised(duties, "subj-3", holder="sidn")
    raised(duties, "subj-4", controller="sohosted")
    raised(duties, "subj-5", store=None)
    duties.raise_duty("RECTIFY", "subj-6", **HOLDING)
    handler = Handler()

    duties.run(handler)

    assert handler.called == ["subj-1"]


def test_a_recipient_acts_for_all_controllers(service):
    duties = service(source="registry", controller=None, holder="sidn")
    raised(duties, "subj-1", controller="sohosted", store=None)
    raised(duties, "subj-2", controller="hostinghuis", store=None)

    duties.run(lambda duty: None)

    answered = sorted((event.fields["controller"], event.fields["by"]) for event in duties.recorder.events)
    assert answered == [("hostinghuis", "sidn"), ("sohosted", "sidn")]


def test_an_answer_that_is_refused_counts_as_a_failure(duties):
    raised(duties, "subj-1")

    duties.run(lambda duty: duty.erased(certificate_ref="jan@example.org"))

    duties.recorder.assert_nothing_emitted()
    assert [error for _, error in duties.parked()] == ["RefusedEventError"]


def test_an_answer_that_kafka_does_not_take_is_given_again_and_the_handler_is_not_called_again(duties):
    raised(duties, "subj-1")
    duties.recorder.fail_next(KafkaUnreachableError("emit", "no answer"), times=2)
    handler = Handler()

    duties.run(handler)

    assert handler.called == ["subj-1"]
    assert len(duties.recorder.events) == 1


def test_when_kafka_stays_away_nothing_is_passed_and_the_next_run_handles_it_again(duties):
    raised(duties, "subj-1")
    duties.recorder.fail_next(KafkaUnreachableError("emit", "no answer"))
    handler = Handler()
    impatient = again(duties)
    impatient.recorder.fail_next(KafkaUnreachableError("emit", "no answer"))
    object.__setattr__(impatient._patience, "outage_seconds", 0)

    with pytest.raises(DependencyError):
        impatient.run(handler)
    impatient.run(handler)

    assert handler.called == ["subj-1", "subj-1"]
    assert len(impatient.recorder.events) == 1


class AwayLog(MemoryDutyLog):
    """The broker is away when it is asked for an end, as often as the test says."""

    away = 0

    def end(self, partition):
        if self.away:
            self.away -= 1
            raise KafkaUnreachableError("read the end", "no answer")
        return super().end(partition)


def test_one_whose_turn_had_come_when_kafka_went_away_is_handled_by_the_next_run(duties):
    raised(duties, "subj-1")
    duties._log = log = AwayLog(duties.topic)
    object.__setattr__(duties._patience, "outage_seconds", 0)
    handler = Handler()
    log.away = 1

    with pytest.raises(DependencyError):
        duties.run(handler)
    assert handler.called == []
    log.poll = within(log.poll, calls=50)
    duties.run(handler)

    assert handler.called == ["subj-1"]


def within(call, calls):
    """As `call`, but that a run that goes on for ever fails."""
    left = iter(range(calls))

    def counted(*arguments):
        if next(left, None) is None:
            pytest.fail(f"called more than {calls} times")
        return call(*arguments)

    return counted


def test_the_same_answer_has_the_same_id_and_another_source_another(duties):
    raised(duties, "subj-1")
    first, second = again(duties), again(duties)
    first.run(Handler())
    duties.topic.committed.clear()
    second.run(Handler())

    (one,), (two,) = first.recorder.events, second.recorder.events
    assert one.fields["event_id"] == two.fields["event_id"]
    assert is_event_id(one.fields["event_id"])
    assert answer_id("crm", b"o" * 16, "DataErased", 10**15) != answer_id("shop", b"o" * 16, "DataErased", 10**15)
    assert answer_id("crm", b"o" * 16, "DataErased", 10**15) != answer_id("crm", b"p" * 16, "DataErased", 10**15)


@pytest.mark.parametrize(("kind", "at"), [("ERASE", b"2020-01-01"), ("RECTIFY", b"2020-01-01"), ("NOTIFY_SUBJECT", b"2020-03-01")])
def test_an_erasure_counts_as_of_the_handlers_beginning_and_a_notice_as_of_its_end(service, monkeypatch, kind, at):
    duties = service(**ABOUT, now="2019-01-01T00:00:00Z")
    duties.raise_duty(kind, "subj-1", **HOLDING, ref="order-1", about="breach")
    duties.recorder.tick("2020-03-01T00:00:00Z")
    moments = [instant("2020-01-01T00:00:00Z"), instant("2020-03-01T00:00:00Z")]
    monkeypatch.setattr(duties.recorder, "ledger_time", lambda: moments.pop(0))

    duties.run(lambda duty: None)

    assert duties.recorder.events[0].headers["ce_time"].startswith(at)


def test_an_answer_is_never_earlier_than_its_obligation(service, monkeypatch):
    """A tick raises it; the clock of the service may have read the tick before."""
    duties = service(**ABOUT, now="2020-06-01T00:00:00Z")
    raised(duties, "subj-1")
    monkeypatch.setattr(duties.recorder, "ledger_time", lambda: instant("2018-01-01T00:00:00Z"))

    duties.run(lambda duty: None)

    assert duties.recorder.events[0].headers["ce_time"].startswith(b"2020-06-01")


class SlowLog(MemoryDutyLog):
    """Gives one record a poll, as a broker does that is far away."""

    def __init__(self, topic):
        super().__init__(topic)
        self._held = []

    @property
    def has_joined(self):
        return super().has_joined and not self._held

    def poll(self, seconds):
        self._held += super().poll(seconds)
        given, self._held = self._held[:1], self._held[1:]
        return given


def test_everything_that_is_on_the_log_is_read_before_the_first_is_handled(service):
    duties = service(**ABOUT)
    ids = raised(duties, *["subj-1"] * 6, ref="order-1")
    for obligation_id in ids[:5]:
        duties.cancel(obligation_id)
    duties._log = SlowLog(duties.topic)
    called = []

    duties.run(lambda duty: called.append(duty.obligation_id))

    assert called == ids[5:]


def test_one_that_was_answered_and_is_open_all_the_same_gets_an_answer_of_its_own(duties):
    done, = raised(duties, "subj-1")
    duties.run(Handler())

    receipt = duties.retry(done, lambda duty: None)

    first, second = duties.recorder.events
    assert first.receipt.event_id != second.receipt.event_id == receipt.event_id


def test_a_retry_of_a_parked_one_has_the_usual_id_and_an_error_is_raised_as_it_is(duties):
    bad, = raised(duties, "subj-1")
    duties.run(Handler("subj-1"))
    with pytest.raises(ValueError, match="about somebody"):
        duties.retry(bad, Handler("subj-1"))

    receipt = duties.retry(bad, Handler())

    fields = duties.recorder.events[0].fields
    assert fields["event_id"] == answer_id("crm", fields["obligation_id"], "DataErased", raised_micros(duties))
    assert receipt.topic == "facts"


def raised_micros(duties) -> int:
    from ledger.contract import codec

    return next(codec.decode(value)[1]["occurred_at"] for records in duties.topic.records for value in records)
