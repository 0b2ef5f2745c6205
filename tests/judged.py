"""The core's verdicts on a small log, in the form in which the second judge gives its own."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.contract import codec
from ledger.core.ids import REGISTER_REF
from tests.histories import Event, project

Verdict = tuple[bytes, str, str]


def verdicts_of(history: Sequence[Event]) -> set[Verdict]:
    """(event id of the fact, promise, rule) of every `ViolationFound` about a fact that the fold finds on this log."""
    found: list[Verdict] = []
    for row in project(history).outcomes.values():
        name, fields = codec.decode(row[6])
        if name == "ViolationFound" and not fields["rule"].startswith("overdue-") and fields["subject_ref"] != REGISTER_REF:
            found.append((fields["rests_on"][0], fields["promise"], fields["rule"]))
    assert len(found) == len(set(found)), "one fact gives each pair of promise and rule at most once"
    return set(found)
