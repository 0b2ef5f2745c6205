"""However much a holding has come to hold, what is said about it fits into a message; and what carries too much by itself is put aside."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.contract import codec, schema_store, vocabulary
from ledger.core.events import FACT_TYPES
from ledger.core.limits import LIST_ENTRIES_MAX, TEXT_BYTES_MAX
from ledger.sdk.field_rules import TOKEN_LENGTH_MAX
from ledger.sdk.validation import RefusedEventError
from ledger.testing import RecordingEmitter
from tests.emittable import SHARE
from tests.histories import Event, collected, erased, event_id, fact, policy, project, rule, shared, tick
from tests.memory_projection import MemoryProjection

LONG = TEXT_BYTES_MAX - 6
WORST = [f"{number:06}" + "x" * LONG for number in range(LIST_ENTRIES_MAX)]


def outcomes(store: MemoryProjection) -> list[tuple[str, dict[str, Any], bytes]]:
    return [(*codec.decode(row[6]), row[6]) for _, row in sorted(store.outcomes.items()) if row[3] != "dead-letters"]


def reasons(store: MemoryProjection) -> list[str]:
    return [row[3] for _, row in sorted(store.dead_letters.items())]


def acquisitions(count: int) -> list[Event]:
    """As large as one fact may be, each with other categories, into one holding."""
    return [
        collected(number, 0, categories=[f"{number:03}" + category[3:] for category in WORST], store="s" * TEXT_BYTES_MAX, ref="r" * TEXT_BYTES_MAX)
        for number in range(1, count + 1)
    ]


def test_outcomes_about_a_holding_of_very_many_categories_fit_into_a_message() -> None:
    request = fact("RequestReceived", 100, 1, right="ERASURE", request_ref="request-1")

    store = project([*acquisitions(8), request, tick(101, 400), erased(102, 401, certificate_ref="c" * TEXT_BYTES_MAX)])

    told = [each for each in outcomes(store) if each[1].get("kind") != "ANSWER" and each[1].get("rule") != "overdue-answer"]
    raised, _, broken, _ = told
    assert reasons(store) == []
    assert [each[0] for each in told] == ["ObligationRaised", "ObligationOverdue", "ViolationFound", "ObligationMet"]
    assert broken[1]["rule"] == "overdue-erasure"
    assert max(len(value) for _, _, value in told) < codec.MESSAGE_BYTES_MAX // 3
    assert [row[10] for row in store.holding_rows()] == [()]
    every = sorted(f"{number:03}" + category[3:] for number in range(1, 9) for category in WORST)
    assert raised[1]["categories"] == every[:LIST_ENTRIES_MAX]


def test_a_cut_outcome_still_rests_on_the_facts_that_made_it_due() -> None:
    kept = policy(90, 0, [rule("HH-15", 10, ("COLLECTION", "SERVICE_ENDED"))])
    ended = fact("MilestoneReached", 91, 2, kind="SERVICE_ENDED", ref=None)
    last = collected(92, 1, categories=["zzz"], store="s" * TEXT_BYTES_MAX, ref="r" * TEXT_BYTES_MAX)

    store = project([kept, *acquisitions(3), last, ended, tick(93, 30)])

    raised = next(fields for name, fields, _ in outcomes(store) if name == "ObligationRaised")
    assert {event_id(1), event_id(91), event_id(92)} == set(raised["rests_on"])


def test_a_violation_of_the_largest_fact_fits_into_a_message() -> None:
    store = project([policy(90, 0, []), collected(1, 1, categories=WORST)])

    (name, fields, value), *_ = outcomes(store)
    assert (name, len(fields["categories"])) == ("ViolationFound", LIST_ENTRIES_MAX)
    assert len(value) < codec.MESSAGE_BYTES_MAX // 3


TOO_MUCH = {
    "categories": (collected(1, 0, categories=[str(number) for number in range(LIST_ENTRIES_MAX + 1)]), "list_too_long"),
    "purposes": (collected(1, 0, purposes=[str(number) for number in range(LIST_ENTRIES_MAX + 1)]), "list_too_long"),
    "erased categories": (erased(1, 0, categories=["pd:Name"] * (LIST_ENTRIES_MAX + 1)), "list_too_long"),
    "one category": (collected(1, 0, categories=["é" * (TEXT_BYTES_MAX // 2 + 1)]), "text_too_long"),
    "store": (collected(1, 0, store="s" * (TEXT_BYTES_MAX + 1)), "text_too_long"),
    "ref": (shared(1, 0, ref="é" * (TEXT_BYTES_MAX // 2 + 1)), "text_too_long"),
    "certificate": (erased(1, 0, certificate_ref="c" * 1_000_000), "text_too_long"),
    "reason": (
        fact("RequestAnswered", 1, 0, request_ref="r", outcome="PARTLY", reasons=[{"holder": "h" * (TEXT_BYTES_MAX + 1), "reason": "x"}]),
        "text_too_long",
    ),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_fact_that_carries_too_much_is_put_aside_and_what_follows_goes_on(what: str) -> None:
    event, reason = TOO_MUCH[what]

    store = project([event, collected(2, 1)])

    assert reasons(store) == [reason]
    assert len(store.facts) == 1


def test_a_sealed_value_may_be_long() -> None:
    sealed = {"key_id": "k", "ciphertext": bytes(100_000)}

    assert reasons(project([collected(1, 0, sealed=sealed)])) == []


@pytest.mark.parametrize("kind", vocabulary.KINDS)
def test_every_code_list_fits_with_room_to_spare(kind: str) -> None:
    terms = vocabulary.terms(kind)

    assert 2 * len(terms) < LIST_ENTRIES_MAX
    assert 2 * max(map(len, terms)) < TEXT_BYTES_MAX


def test_what_the_emitter_lets_through_is_never_put_aside_for_its_size() -> None:
    """Every list of a fact is of terms, each once, and there are fewer; other texts are tokens."""
    emitter = RecordingEmitter(controller="hostinghuis", source="shop")

    with pytest.raises(RefusedEventError) as caught:
        emitter.emit("DataShared", subject="subj-1", **SHARE | {"categories": ["pd:Name"] * (LIST_ENTRIES_MAX + 1)})
    assert caught.value.field == "categories"
    assert TOKEN_LENGTH_MAX < TEXT_BYTES_MAX
    for name in FACT_TYPES:
        lists = [field for field in schema_store.schema(name)["fields"] if isinstance(field["type"], dict) and field["type"].get("items") == "string"]
        assert all("terms" in field for field in lists)
