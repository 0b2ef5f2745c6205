"""What only the recorder has: failures on demand, questions, assertions, the pytest fixture."""

from __future__ import annotations

import pytest

from ledger.sdk.receipts import KafkaUnreachableError, UnflushedError
from ledger.testing import RecordingEmitter
from tests.emittable import SHARE

pytest_plugins = ["ledger.pytest_plugin"]


@pytest.fixture
def recorder():
    return RecordingEmitter(controller="hostinghuis", source="shop")


def outage() -> KafkaUnreachableError:
    return KafkaUnreachableError("emit", "no answer")


def test_a_told_failure_comes_once_and_leaves_no_event(recorder):
    recorder.fail_next(outage())

    with pytest.raises(KafkaUnreachableError):
        recorder.shared("subj-1", **SHARE)

    recorder.assert_nothing_emitted()
    assert recorder.shared("subj-1", **SHARE).offset == 0


def test_a_told_failure_of_emit_soon_comes_with_result_or_flush(recorder):
    recorder.fail_next(outage(), times=2)
    asked, unasked = recorder.soon.shared("subj-1", **SHARE), recorder.soon.shared("subj-1", **SHARE)

    with pytest.raises(KafkaUnreachableError):
        asked.result()
    with pytest.raises(UnflushedError) as caught:
        recorder.flush()

    assert caught.value.event_ids == (unasked.event_id,)
    recorder.flush()


def test_events_can_be_asked_by_type_and_subject(recorder):
    recorder.shared("subj-1", **SHARE)
    recorder.milestone("subj-2", kind="SERVICE_ENDED")

    assert [event.type_name for event in recorder.events] == ["DataShared", "MilestoneReached"]
    assert [event.fields["kind"] for event in recorder.of_type("MilestoneReached")] == ["SERVICE_ENDED"]
    assert [event.type_name for event in recorder.about("subj-1")] == ["DataShared"]


def test_an_assertion_that_fails_tells_types_and_counts_but_no_value(recorder):
    recorder.shared("subj-1", **SHARE)
    recorder.assert_emitted("DataShared", recipient="sidn")

    with pytest.raises(AssertionError) as caught:
        recorder.assert_emitted("DataShared", recipient="other-recipient")
    assert str(caught.value) == "expected 1 DataShared with recipient as given, got 0; recorded: DataShared 1"
    with pytest.raises(AssertionError, match="expected no event, got 1"):
        recorder.assert_nothing_emitted()


def test_the_time_of_a_recorder_can_be_moved():
    recorder = RecordingEmitter(controller="hostinghuis", source="shop", now="2018-01-01T00:00:00Z")
    with pytest.raises(ValueError, match="offset"):
        recorder.tick("2019-01-01T00:00:00")
    recorder.tick("2019-01-01T00:00:00Z")

    recorder.shared("subj-1", occurred_at="2018-12-31T00:00:00Z", **SHARE)


def test_the_fixture_records(ledger_recorder):
    ledger_recorder.shared("subj-1", **SHARE)

    assert ledger_recorder.assert_emitted("DataShared")[0].fields["controller"] == "test-controller"
