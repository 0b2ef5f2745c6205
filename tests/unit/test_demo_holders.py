"""The holders of the demo: each obligation gets its matching fact; one holder is late, one never answers, one person is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.core.ids import REGISTER_REF
from ledger.demo.deeds import Deed
from ledger.demo.holders import Holder, Holders
from ledger.demo.hosters import CA_TWO, PSP_ONE, REGISTRAR_ONE
from ledger.testing import RecordingEmitter

NOW = 1_600_000_000_000_000


class Said:
    """Outcomes as a test wants them."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, dict[str, Any]]] = []

    def new(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from self.outcomes
        self.outcomes = []


def raised(holder: str, number: int = 1, rule: str = "WH-04", kind: str = "ERASE", **fields: Any) -> tuple[str, dict[str, Any]]:
    return "ObligationRaised", {
        "obligation_id": number.to_bytes(16, "big"), "kind": kind, "controller": "webhoster", "subject_ref": "subj-1", "holder": holder,
        "store": None, "purpose": "ledger:DomainRegistration", "ref": "order-1", "categories": ["pd:Name"], "rule": rule,
        "overdue_at": NOW + 10, "about": None,
    } | fields  # fmt: skip


def answers(holders: Holders, now: int = NOW) -> list[Deed]:
    found: list[Deed] = []
    holders.listen()
    calls_for_more = holders.act(now, found.append)
    assert calls_for_more is any(
        deed.type == "MilestoneReached" or (deed.type == "DataErased" and deed.fields["by"] == deed.fields["controller"]) for deed in found
    )
    return found


def test_a_holder_erases_what_the_obligation_names_and_says_so_once() -> None:
    said = Said()
    holders = Holders(said)
    said.outcomes = [raised("sidn")]

    (erased,) = answers(holders)

    assert answers(holders) == []
    recorder = RecordingEmitter(now="2026-01-01T00:00:00Z")
    recorder.emit("DataErased", subject=erased.subject, **erased.fields)
    fields = recorder.events[0].fields
    assert (fields["by"], fields["purposes"], fields["ref"], fields["categories"]) == ("sidn", ["ledger:DomainRegistration"], "order-1", ["pd:Name"])
    assert fields["obligation_id"] == (1).to_bytes(16, "big")
    assert fields["because_of"] == "OBLIGATION"
    assert fields["certificate_ref"] == "certificate-sidn-1"


def test_an_obligation_of_a_request_is_answered_as_one() -> None:
    said = Said()
    said.outcomes = [raised("sidn", rule="GDPR-17", request_ref="request-1")]

    (erased,) = answers(Holders(said))

    assert erased.fields["because_of"] == "REQUEST"


def test_an_obligation_that_was_cancelled_is_not_acted_on() -> None:
    said = Said()
    said.outcomes = [raised("sidn"), ("ObligationCancelled", raised("sidn")[1])]

    assert answers(Holders(said)) == []


def test_the_late_one_answers_once_it_is_overdue() -> None:
    said = Said()
    holders = Holders(said)
    said.outcomes = [raised(CA_TWO.name)]

    assert answers(holders, NOW) == []
    assert len(answers(holders, NOW + 11)) == 1


def test_one_never_answers() -> None:
    said = Said()
    holders = Holders(said)
    said.outcomes = [raised(REGISTRAR_ONE.name)]

    assert answers(holders, NOW + 10**15) == []
    assert holders.by_name[REGISTRAR_ONE.name].to_do == 1


EACH_KIND: list[tuple[str, dict[str, Any], str, str | None, dict[str, Any]]] = [
    ("RECTIFY", {}, "DataRectified", "subj-1", {"by": "webhoster", "categories": ["pd:Name"], "ref": "order-1"}),
    ("NOTIFY_SUBJECT", {"about": "breach"}, "NoticeGiven", "subj-1", {"to": "subject", "about": "breach", "ref": "order-1"}),
    ("END_SERVICE", {}, "MilestoneReached", "subj-1", {"kind": "SERVICE_ENDED", "ref": "order-1"}),
    ("NOTIFY_AUTHORITY", {"subject_ref": REGISTER_REF}, "AuthorityNotified", None, {"breach_ref": "order-1", "notified_at": NOW}),
    ("ANSWER", {"subject_ref": REGISTER_REF}, "StatementGiven", None, {"statement_ref": "order-1"}),
]


@pytest.mark.parametrize(("kind", "of", "type_name", "subject", "expected"), EACH_KIND)
def test_each_kind_is_answered_with_its_fact(
    kind: str, of: dict[str, Any], type_name: str, subject: str | None, expected: dict[str, Any]
) -> None:
    said = Said()
    said.outcomes = [raised("webhoster", kind=kind, **{"purpose": None, **of})]

    (deed,) = answers(Holders(said))

    assert (deed.type, deed.subject) == (type_name, subject)
    assert deed.fields.items() >= expected.items()
    recorder = RecordingEmitter(now="2026-01-01T00:00:00Z")
    recorder.emit(deed.type, **({} if subject is None else {"subject": subject}), **deed.fields)  # it keeps its contract


@pytest.mark.parametrize("kind", ["ANSWER", "EXPORT_FIRST"])
def test_the_requests_of_people_are_left_to_those_who_write_the_answer(kind: str) -> None:
    said = Said()
    holders = Holders(said)
    said.outcomes = [raised("webhoster", kind=kind)]

    assert answers(holders) == []
    assert holders.by_name["webhoster"].to_do == 1


def test_one_erases_but_never_corrects() -> None:
    said = Said()
    said.outcomes = [raised(PSP_ONE.name, 1, kind="RECTIFY"), raised(PSP_ONE.name, 2)]

    assert [deed.type for deed in answers(Holders(said), NOW + 10**15)] == ["DataErased"]


def test_a_person_who_is_forgotten_is_told_nothing_and_still_erased() -> None:
    said = Said()
    holders = Holders(said, forgotten={"subj-2"})
    notice, second = {"kind": "NOTIFY_SUBJECT", "about": "breach"}, {"subject_ref": "subj-2"}
    said.outcomes = [raised("webhoster", 1, **notice), raised("webhoster", 2, **second, **notice), raised("webhoster", 3, **second)]

    assert [(deed.type, deed.subject) for deed in answers(holders)] == [("NoticeGiven", "subj-1"), ("DataErased", "subj-2")]


def test_certificates_are_numbered_by_holder() -> None:
    said = Said()
    said.outcomes = [raised("sidn", 1), raised("eurid", 2), raised("sidn", 3)]

    found = answers(Holders(said))

    assert sorted(each.fields["certificate_ref"] for each in found) == ["certificate-eurid-1", "certificate-sidn-1", "certificate-sidn-2"]


def test_the_tally_counts_outcomes_by_holder_kind_rule_and_type() -> None:
    said = Said()
    holders = Holders(said)
    said.outcomes = [raised("sidn", 1), raised("sidn", 2)]

    answers(holders)

    assert holders.tally == {("sidn", "ERASE", "WH-04", "ObligationRaised"): 2}
    assert holders.count("ObligationRaised") == 2
    assert Holder("sidn").to_do == 0
