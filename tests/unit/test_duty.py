"""Which fact answers which kind of obligation, and that it names exactly what the obligation names."""

from __future__ import annotations

import pytest

from ledger.core.events import FACT_TYPES
from ledger.core.holdings import covers, scope_of
from ledger.sdk.duty import KINDS, Duty
from ledger.sdk.duty_errors import MissingAnswerError, WrongAnswerError
from ledger.testing import RecordingObligations

HOLDING = {"store": "crm", "purpose": "dpv:AccountManagement", "ref": "order-1", "categories": ["pd:EmailAddress", "pd:Name"]}
ANSWERS = {
    "ERASE": ("DataErased", {}, HOLDING),
    "RECTIFY": ("DataRectified", {}, HOLDING),
    "NOTIFY_SUBJECT": ("NoticeGiven", {"method": "email"}, {"ref": "breach-1", "about": "breach"}),
    "NOTIFY_RECIPIENT": ("NoticeGiven", {"about": "erasure"}, {"ref": "sidn"}),
    "ANSWER": ("RequestAnswered", {"outcome": "FULFILLED", "identity_check": "DONE"}, {"ref": "request-1"}),
    "EXPORT_FIRST": ("RequestAnswered", {"outcome": "PARTLY"}, {"ref": "request-1"}),
    "END_SERVICE": ("MilestoneReached", {}, {"ref": "service-1"}),
}


def answered(kind: str, subject: str, details: dict, fields: dict) -> tuple[Duty, dict]:
    """Let a handler answer one obligation of this kind, and return it with the fact."""
    duties = RecordingObligations(source="crm", controller="hostinghuis")
    duties.raise_duty(kind, subject, **fields)
    seen: list[Duty] = []

    def handle(duty: Duty):
        seen.append(duty)
        return duty.done(**details)

    duties.run(handle)
    (event,) = duties.recorder.events
    return seen[0], event.fields | {"type": event.type_name, "key": event.headers["ce_partitionkey"].decode()}


@pytest.mark.parametrize("kind", ANSWERS)
def test_each_kind_is_answered_with_its_fact(kind):
    type_name, details, fields = ANSWERS[kind]

    _, fact = answered(kind, "subj-1", details, fields)

    assert fact["type"] == type_name
    assert fact["key"] == "hostinghuis/subj-1"
    match type_name:
        case "DataErased":
            assert (fact["by"], fact["store"], fact["purposes"], fact["ref"]) == ("hostinghuis", "crm", ["dpv:AccountManagement"], "order-1")
            assert (fact["act"], fact["because_of"]) == ("ERASED", "OBLIGATION")
        case "DataRectified":
            assert (fact["by"], fact["categories"], fact["ref"]) == ("hostinghuis", ["pd:EmailAddress", "pd:Name"], "order-1")
        case "NoticeGiven":
            to = "subject" if kind == "NOTIFY_SUBJECT" else "sidn"
            assert (fact["to"], fact["about"], fact["ref"]) == (to, {"subject": "breach"}.get(to, "erasure"), fields["ref"])
        case "RequestAnswered":
            assert (fact["request_ref"], fact["outcome"]) == ("request-1", details["outcome"])
        case _:
            assert (fact["kind"], fact["ref"]) == ("SERVICE_ENDED", "service-1")


@pytest.mark.parametrize(
    ("kind", "details", "fact"),
    [
        ("NOTIFY_AUTHORITY", {"authority": "nl:DPA-NL"}, ("AuthorityNotified", {"breach_ref": "thing-1", "authority": "nl:DPA-NL"})),
        ("ANSWER", {"method": "email"}, ("StatementGiven", {"statement_ref": "thing-1", "method": "email"})),
    ],
)
def test_what_concerns_the_controller_alone_is_answered_with_a_register_event(kind, details, fact):
    duty, found = answered(kind, "register", details, {"ref": "thing-1"})

    assert duty.is_controllers_own
    assert (found["type"], {name: found[name] for name in fact[1]}) == fact
    assert found["key"] == "hostinghuis"
    assert fact[0] not in FACT_TYPES


def test_every_kind_of_the_schema_has_an_answer():
    from ledger.contract import schema_store

    field = next(each for each in schema_store.schema("ObligationRaised")["fields"] if each["name"] == "kind")

    assert set(field["type"]["symbols"]) - {"UNKNOWN"} == set(KINDS) == {*ANSWERS, "NOTIFY_AUTHORITY"}


@pytest.mark.parametrize(
    "other",
    [
        ("sidn", "crm", "dpv:AccountManagement", "order-1", None),
        ("hostinghuis", "billing", "dpv:AccountManagement", "order-1", None),
        ("hostinghuis", "crm", "dpv:DirectMarketing", "order-1", None),
        ("hostinghuis", "crm", "dpv:AccountManagement", "order-2", None),
    ],
)
def test_an_erasure_reports_what_the_obligation_names_and_nothing_beside_it(other):
    _, fact = answered("ERASE", "subj-1", {}, HOLDING)
    named = ("hostinghuis", "crm", "dpv:AccountManagement", "order-1", None)

    assert all(covers(scope_of(fact), named, category) for category in HOLDING["categories"])
    assert not covers(scope_of(fact), named, "pd:PhysicalAddress")
    assert not covers(scope_of(fact), other, "pd:Name")


def test_an_erasure_carries_the_certificate_the_act_the_obligation_and_its_request():
    _, fact = answered("ERASE", "subj-1", {"certificate_ref": "certificate-1", "act": "ANONYMISED"}, HOLDING | {"request_ref": "request-1"})

    assert (fact["certificate_ref"], fact["act"], fact["request_ref"]) == ("certificate-1", "ANONYMISED", "request-1")
    assert fact["obligation_id"] is not None


@pytest.mark.parametrize("kind", ["ANSWER", "EXPORT_FIRST", "NOTIFY_SUBJECT"])
def test_nothing_is_reported_that_the_handler_has_not_said(kind):
    duties = RecordingObligations(source="crm", controller="hostinghuis", attempts=1)
    duties.raise_duty(kind, "subj-1", ref="request-1")

    duties.run(lambda duty: None)

    duties.recorder.assert_nothing_emitted()
    assert [name for _, name in duties.parked()] == ["MissingAnswerError"]


def a_duty(kind: str) -> Duty:
    duties = RecordingObligations(source="crm", controller="hostinghuis")
    duties.raise_duty(kind, "subj-1", ref="request-1")
    return duties.open()[0]


def test_an_answer_of_another_kind_is_refused():
    with pytest.raises(WrongAnswerError, match="cannot answer RECTIFY with DataErased"):
        a_duty("RECTIFY").erased()
    with pytest.raises(WrongAnswerError, match="final outcome"):
        a_duty("ANSWER").answered("EXTENDED")
    with pytest.raises(WrongAnswerError, match="StatementGiven"):
        a_duty("ANSWER").statement_given()
    with pytest.raises(WrongAnswerError, match="only details"):
        a_duty("ERASE").done(certificat_ref="c-1")
    with pytest.raises(MissingAnswerError) as missing:
        a_duty("ANSWER").done()
    assert missing.value.hint == "return duty.answered(outcome=...)"


def test_its_json_form_has_every_part_and_no_python_type():
    shown = a_duty("ERASE").as_json()

    assert shown["kind"] == "ERASE"
    assert shown["due_at"].endswith("Z")
    assert set(shown) == set(Duty.__dataclass_fields__)
    assert all(isinstance(value, str | bool | int | list | None) for value in shown.values())
