"""The holders of the demo: they erase what they were told to, one of them late, one never."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.demo.holders import Erased, Holder, Holders
from ledger.demo.hosters import ANSWERS_LATE, NEVER_ANSWERS
from ledger.testing import RecordingEmitter

NOW = 1_600_000_000_000_000


class Said:
    """Outcomes as a test wants them."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, dict[str, Any]]] = []

    def new(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from self.outcomes
        self.outcomes = []


def raised(holder: str, number: int = 1, rule: str = "WH-04") -> tuple[str, dict[str, Any]]:
    return "ObligationRaised", {
        "obligation_id": number.to_bytes(16, "big"), "controller": "webhoster", "subject_ref": "subj-1", "holder": holder, "store": None,
        "purpose": "ledger:DomainRegistration", "ref": "order-1", "categories": ["pd:Name"], "rule": rule, "overdue_at": NOW + 10,
    }  # fmt: skip


def answers(holders: Holders, now: int = NOW) -> list[Erased]:
    found: list[Erased] = []
    holders.listen()
    count = holders.answer(now, found.append)
    assert count == len(found)
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
    said.outcomes = [raised("sidn", rule="GDPR-17")]

    (erased,) = answers(Holders(said))

    assert erased.fields["because_of"] == "REQUEST"


def test_an_obligation_that_was_cancelled_is_not_acted_on() -> None:
    said = Said()
    said.outcomes = [raised("sidn"), ("ObligationCancelled", raised("sidn")[1])]

    assert answers(Holders(said)) == []


def test_the_late_one_answers_once_it_is_overdue() -> None:
    said = Said()
    holders = Holders(said)
    said.outcomes = [raised(ANSWERS_LATE)]

    assert answers(holders, NOW) == []
    assert len(answers(holders, NOW + 11)) == 1


def test_one_never_answers() -> None:
    said = Said()
    holders = Holders(said)
    said.outcomes = [raised(NEVER_ANSWERS)]

    assert answers(holders, NOW + 10**15) == []
    assert holders.by_name[NEVER_ANSWERS].to_do == 1


def test_certificates_are_numbered_by_holder() -> None:
    said = Said()
    said.outcomes = [raised("sidn", 1), raised("eurid", 2), raised("sidn", 3)]

    found = answers(Holders(said))

    assert sorted(each.fields["certificate_ref"] for each in found) == ["certificate-eurid-1", "certificate-sidn-1", "certificate-sidn-2"]


def test_the_tally_counts_outcomes_by_holder_rule_and_type() -> None:
    said = Said()
    holders = Holders(said)
    said.outcomes = [raised("sidn", 1), raised("sidn", 2)]

    answers(holders)

    assert holders.tally == {("sidn", "WH-04", "ObligationRaised"): 2}
    assert holders.count("ObligationRaised") == 2
    assert Holder("sidn").to_do == 0
