"""One contract for the emitter and its recorder: what a service's unit test proves on the one, holds on the other.

The real one runs on the real broker, on a simulated ledger whose time is 2018-01-01.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import Emitter, Receipt
from ledger.core.ids import partition_of
from ledger.errors import CallerError
from ledger.sdk.receipts import ClosedEmitterError
from ledger.sdk.validation import RefusedEventError
from ledger.testing import RecordingEmitter
from tests.emittable import SHARE
from tests.ledgers import new_ledger
from tests.reading import read_topic

NOW = datetime(2018, 1, 1, tzinfo=UTC)
AnEmitter = Emitter | RecordingEmitter


class Subject:
    """What is tested, and how to see what it has put on the log."""

    def __init__(self, make: Callable[..., AnEmitter], logged: Callable[[AnEmitter, str], list[Any]]) -> None:
        self.make = make
        self.logged = logged


@pytest.fixture(params=["recording", "real"], scope="module")
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    if request.param == "recording":
        yield Subject(
            lambda **more: RecordingEmitter(now=NOW, **more),
            lambda emitter, event_id: [each for each in emitter.events if each.receipt.event_id == event_id],
        )
        return
    stack = request.getfixturevalue("stack")
    with new_ledger(stack, tmp_path_factory.mktemp("contract") / "ledger", start=NOW) as ledger:
        servers = ledger.settings.kafka.bootstrap_servers

        def logged(_: AnEmitter, event_id: str) -> list[Any]:
            every = read_topic(ledger.settings, "facts") + read_topic(ledger.settings, "register")
            return [each for each in every if each.fields["event_id"] == uuid.UUID(event_id).bytes]

        yield Subject(lambda **more: Emitter(bootstrap_servers=servers, **more), logged)


@pytest.fixture
def emitter(subject: Subject) -> Iterator[AnEmitter]:
    with subject.make(controller="hostinghuis", source="shop") as made:
        yield made


def test_a_receipt_says_where_the_event_stands(subject, emitter):
    receipt = emitter.shared("subj-1", **SHARE)

    assert isinstance(receipt, Receipt)
    assert uuid.UUID(receipt.event_id).version == 7
    assert receipt.topic == "facts"
    assert receipt.partition == partition_of(b"hostinghuis/subj-1", 4)
    assert receipt.offset >= 0
    assert receipt.recorded_at.utcoffset() == timedelta(0)
    assert abs(receipt.recorded_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert len(subject.logged(emitter, receipt.event_id)) == 1


def test_what_stands_on_the_log_is_what_was_given_and_what_is_filled_in(subject, emitter):
    receipt = emitter.shared("subj-1", **SHARE, correlation_id="order-417")
    logged = subject.logged(emitter, receipt.event_id)[0]

    assert logged.type_name == "DataShared"
    assert {name: logged.fields[name] for name in SHARE} == SHARE
    filled = {"controller": "hostinghuis", "source": "shop", "by": "hostinghuis", "subject_ref": "subj-1", "correlation_id": "order-417"}
    assert {name: logged.fields[name] for name in filled} == filled
    assert len(logged.fields["salt"]) == 16
    assert datetime.fromtimestamp(logged.fields["occurred_at"] / 1e6, UTC) == NOW
    assert logged.headers["ce_type"] == b"ledger.DataShared"
    assert logged.headers["ce_id"].decode() == receipt.event_id
    assert logged.headers["ce_partitionkey"] == b"hostinghuis/subj-1"


def test_offsets_of_one_subject_grow_in_the_order_of_the_calls(emitter):
    receipts = [emitter.shared("subj-2", **SHARE) for _ in range(5)]

    assert len({receipt.partition for receipt in receipts}) == 1
    assert [each.offset for each in receipts] == sorted({each.offset for each in receipts})
    assert [each.event_id for each in receipts] == sorted({each.event_id for each in receipts})


def test_a_register_event_goes_to_the_one_partition_of_register(subject, emitter):
    receipt = emitter.recipient_registered(recipient="sidn", role="registry", country="NL")

    assert (receipt.topic, receipt.partition) == ("register", 0)
    assert "ce_subject" not in subject.logged(emitter, receipt.event_id)[0].headers


def test_the_same_event_id_again_is_taken_and_keeps_the_id(subject, emitter):
    first = emitter.shared("subj-3", **SHARE)
    again = emitter.shared("subj-3", **SHARE, event_id=first.event_id)

    assert again.event_id == first.event_id
    assert {each.fields["source"] for each in subject.logged(emitter, first.event_id)} == {"shop"}


def test_the_general_emit_and_the_verb_say_the_same(subject, emitter):
    fields = {"activity": "order", "categories": ["pd:Name"], "purposes": ["dpv:PaymentManagement"], "legal_basis": "eu-gdpr:A6-1-b"}
    one = emitter.collected("subj-4", store="crm", **fields)
    other = emitter.emit("DataCollected", subject_ref="subj-4", store="crm", **fields)

    made = [subject.logged(emitter, receipt.event_id)[0].fields for receipt in (one, other)]
    assert [{**each, "event_id": 0, "salt": 0} for each in made] == [{**made[0], "event_id": 0, "salt": 0}] * 2


def test_an_event_may_name_its_own_controller_source_and_time(subject, emitter):
    receipt = emitter.erased(
        "subj-5", act="ERASED", by="sidn", controller="sohosted", source="dns", occurred_at="2017-05-25T06:00:00+02:00", store="registry-db"
    )
    fields = subject.logged(emitter, receipt.event_id)[0].fields

    assert receipt.partition == partition_of(b"sohosted/subj-5", 4)
    assert (fields["controller"], fields["source"], fields["by"]) == ("sohosted", "dns", "sidn")
    assert fields["occurred_at"] == 1_495_684_800_000_000


def test_a_refused_event_leaves_nothing_behind(subject, emitter):
    event_id = str(uuid.uuid4())

    with pytest.raises(RefusedEventError) as caught:
        emitter.shared("jan@voorbeeld.nl", **SHARE, event_id=event_id)

    assert (caught.value.event, caught.value.field) == ("DataShared", "subject_ref")
    assert subject.logged(emitter, event_id) == []


def test_a_verb_that_lacks_a_field_says_so_as_emit_does(emitter):
    missing = {name: value for name, value in SHARE.items() if name not in ("recipient", "purpose")}
    with pytest.raises(RefusedEventError) as by_name:
        emitter.emit("DataShared", subject="subj-1", **missing)

    for verbs in (emitter, emitter.soon):
        with pytest.raises(RefusedEventError) as by_verb:
            verbs.shared("subj-1", **missing)
        assert (by_verb.value.event, by_verb.value.field, by_verb.value.rule) == ("DataShared", "recipient", "expected a value, got none")
        assert str(by_verb.value) == str(by_name.value)
        with pytest.raises(RefusedEventError, match="field subject_ref: expected a value"):
            verbs.shared(**SHARE)
        with pytest.raises(RefusedEventError, match="BreachRecorded, field breach_ref"):
            verbs.breach_recorded()


def test_a_nil_id_is_refused(emitter):
    with pytest.raises(RefusedEventError, match="event_id"):
        emitter.shared("subj-1", **SHARE, event_id=uuid.UUID(int=0))


def test_a_time_that_has_not_come_on_this_ledger_is_refused(emitter):
    emitter.shared("subj-6", **SHARE, occurred_at=NOW + timedelta(seconds=299))

    with pytest.raises(RefusedEventError, match="occurred_at"):
        emitter.shared("subj-6", **SHARE, occurred_at=NOW + timedelta(seconds=301))


def test_the_allowed_skew_can_be_set(subject):
    with (
        subject.make(controller="hostinghuis", source="shop", clock_skew_seconds=0) as emitter,
        pytest.raises(RefusedEventError, match="occurred_at"),
    ):
        emitter.shared("subj-6", **SHARE, occurred_at=NOW + timedelta(seconds=1))


@pytest.mark.parametrize("seconds", [300.001, 3600, -1, float("nan")])
def test_a_skew_that_the_processors_do_not_allow_is_refused_at_once(subject, seconds):
    with pytest.raises(CallerError, match="clock skew"):
        subject.make(controller="hostinghuis", source="shop", clock_skew_seconds=seconds)


def test_a_check_says_what_emit_would_say_and_emits_nothing(subject, emitter):
    event_id = str(uuid.uuid4())

    emitter.check("DataShared", subject="subj-7", event_id=event_id, **SHARE)
    with pytest.raises(RefusedEventError):
        emitter.check("DataShared", subject="jan@voorbeeld.nl", **SHARE)

    assert subject.logged(emitter, event_id) == []


def test_emit_soon_gives_its_receipt_when_asked(emitter):
    pending = [emitter.emit_soon("DataShared", subject=f"subj-{number}", **SHARE) for number in range(200)]
    receipts = [each.result() for each in pending]

    assert [receipt.event_id for receipt in receipts] == [each.event_id for each in pending]
    assert len({(receipt.partition, receipt.offset) for receipt in receipts}) == 200
    assert all(each.is_done for each in pending)


def test_a_verb_may_be_emitted_soon(emitter):
    pending = emitter.soon.milestone("subj-1", kind="SERVICE_ENDED", ref="service-417")

    assert pending.result().event_id == pending.event_id


def test_flush_brings_every_receipt(emitter):
    answers = []
    for number in range(50):
        emitter.emit_soon("DataShared", subject=f"subj-{number}", on_receipt=lambda receipt, error: answers.append((receipt, error)), **SHARE)

    emitter.flush()

    assert len(answers) == 50
    assert all(error is None and receipt.topic == "facts" for receipt, error in answers)


def test_a_closed_emitter_refuses_and_may_be_closed_again(subject):
    emitter = subject.make(controller="hostinghuis", source="shop")
    emitter.shared("subj-1", **SHARE)
    emitter.close()
    emitter.close()

    for call in (emitter.emit, emitter.emit_soon, emitter.check):
        with pytest.raises(ClosedEmitterError):
            call("DataShared", subject="subj-1", **SHARE)


def test_the_end_of_the_with_block_flushes(subject):
    with subject.make(controller="hostinghuis", source="shop") as emitter:
        pending = emitter.emit_soon("DataShared", subject="subj-1", **SHARE)

    assert pending.is_done
    assert len(subject.logged(emitter, pending.event_id)) == 1


def test_a_controller_that_is_no_identifier_is_refused_at_once(subject):
    with pytest.raises(RefusedEventError, match="controller"):
        subject.make(controller="Jan de Vries", source="shop")


def test_without_a_controller_each_event_must_name_one(subject):
    with subject.make(source="shop") as emitter:
        with pytest.raises(RefusedEventError, match="field controller: expected a value"):
            emitter.shared("subj-1", by="sidn", **SHARE)
        assert emitter.shared("subj-1", by="sidn", controller="sohosted", **SHARE).topic == "facts"
