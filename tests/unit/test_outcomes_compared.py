"""Derived outcomes against published ones: what is missing, extra, different, not yet sent, and what cannot be decided."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ledger.contract import codec
from ledger.contract.cloudevents import cloudevents_headers
from ledger.replaying.outcome_check import Due, Findings, Place, Published, compare_outcomes
from tests.histories import collected, policy, project, rule, tick

ROWS = [
    row
    for _, row in sorted(
        project([policy(1, 0, [rule("R-1", 5)]), *(collected(10 + n, 0, subject=f"s{n}") for n in range(4)), tick(50, 6), tick(51, 60)])
        .outcomes.items()
    )
    if row[3] == "obligations"
]  # fmt: skip
DERIVED = [((row[1], row[7], row[2]), row[4], row[5], row[6]) for row in ROWS]
KEY = {row[6]: row[5] for row in ROWS}


def sent(values: Sequence[bytes]) -> list[Published]:
    return [Published(offset, KEY.get(value), value, cloudevents_headers(*codec.decode(value))) for offset, value in enumerate(values)]


VALUES = [row[6] for row in ROWS]
FORGED = codec.encode(codec.decode(VALUES[0])[0], codec.decode(VALUES[0])[1] | {"event_id": bytes(16)})
ALL = Due(sent_up_to=DERIVED[-1][0])


def compare(published: Sequence[Published], due: Due = ALL, *, derived: int = len(DERIVED)) -> Findings:
    return compare_outcomes("obligations", 2, DERIVED[:derived], published, due)


def counts(found: Findings) -> dict[str, int]:
    return {name: getattr(found, name) for name in ("missing", "extra", "different", "unsent", "later") if getattr(found, name)}


def test_there_are_outcomes_to_compare() -> None:
    assert len(VALUES) >= 8
    assert counts(compare(sent(VALUES))) == {}
    assert counts(compare(sent([*VALUES[:3], *VALUES[1:]]))) == {}, "sent again after a crash"


def test_a_key_or_a_header_that_is_another_is_found_where_the_value_is_the_same() -> None:
    right = sent(VALUES)
    headers = list(right[1].headers or ())
    wrong = [
        right[1]._replace(key=b"other"), right[1]._replace(key=None), right[1]._replace(headers=headers[1:]), right[1]._replace(headers=None),
        right[1]._replace(headers=[*headers, ("more", b"")]), right[1]._replace(headers=[*headers[::-1]]),
    ]  # fmt: skip
    for each in wrong:
        found = compare([right[0], each, *right[2:]])
        assert counts(found) == {"different": 1}, each
        (example,) = found.examples
        assert (example.topic, example.partition, example.offset, example.fact_offset) == ("obligations", 2, 1, DERIVED[1][0][0])
        assert example.what == "message key or headers"


def test_a_value_that_was_written_over_is_found_with_its_places() -> None:
    name, fields = codec.decode(VALUES[1])
    found = compare(sent([VALUES[0], codec.encode(name, fields | {"rule": "another"}), *VALUES[2:]]))

    assert counts(found) == {"different": 1}
    assert (found.examples[0].what, found.examples[0].offset, found.examples[0].fact_offset) == ("value", 1, DERIVED[1][0][0])


@pytest.mark.parametrize("due", [Due(), Due(is_whole=False), Due(before=0)])
def test_what_lies_before_one_that_is_there_is_missing_whatever_anybody_noted(due: Due) -> None:
    assert counts(compare(sent([VALUES[0], *VALUES[2:]]), due)) == {"missing": 1}


def test_the_end_that_is_not_there_is_not_yet_sent_unless_somebody_saw_it_sent_or_it_is_old() -> None:
    published = sent(VALUES[:-2])
    place: Place = DERIVED[-2][0]

    found = compare(published, Due())
    assert (counts(found), found.unsent_from, found.is_clean) == ({"unsent": 2}, {2: place[0]}, True)
    assert counts(compare(published, Due(sent_up_to=place))) == {"missing": 1, "unsent": 1}
    assert counts(compare(published, Due(before=place[0]))) == {"unsent": 2}
    assert counts(compare(published, Due(before=DERIVED[-1][0][0] + 1))) == {"missing": 2}
    assert counts(compare([], Due())) == {"unsent": len(VALUES)}


def test_until_an_earlier_place_what_is_published_behind_is_not_judged_and_a_forgery_before_is() -> None:
    early = len(DERIVED) - 3
    until = Due(is_whole=False)

    assert counts(compare(sent(VALUES), until, derived=early)) == {"later": 3}
    assert counts(compare(sent([VALUES[0], FORGED, *VALUES[1:]]), until, derived=early)) == {"extra": 1, "later": 3}
    assert counts(compare(sent([*VALUES, FORGED]), until, derived=early)) == {"later": 4}, "it may be of a later record: nobody can say here"
    assert counts(compare(sent([*VALUES, FORGED]), ALL)) == {"extra": 1}
    assert counts(compare(sent([*VALUES, VALUES[0]]), until, derived=early)) == {"later": 3}


def test_findings_of_partitions_are_added_up() -> None:
    one, other = compare(sent(VALUES[:-1]), Due()), compare(sent([*VALUES, FORGED]))
    one.add(other)

    assert counts(one) == {"unsent": 1, "extra": 1}
    assert (one.derived, one.published, len(one.examples)) == (2 * len(VALUES), 2 * len(VALUES), 1)
