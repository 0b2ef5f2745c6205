"""Two versions of a statement side by side: each difference of the texts is told once, with both sides, and nothing else is."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.core.policy import Policy
from ledger.policies.comparing import FieldChange, compare
from ledger.policies.files import canonical_json, compile_policy, load_policy, shipped_policies

BAKERY: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "docs/policies.md").read_text().partition("```yaml\n")[2].partition("```")[0])
BAKERY["in_force_from"] = "2025-01-01"


def bakery(**wishes: Any) -> Policy:
    """The bakery's policy, with whole parts of it replaced."""
    return compile_policy(canonical_json(deepcopy(BAKERY) | wishes).encode(), file="bakery.yaml").policy


def told(new: Policy, old: Policy | None = None) -> list[tuple[str, str, str, tuple[FieldChange, ...]]]:
    return [(each.how, each.part, each.name, each.fields) for each in compare(old or bakery(), new)]


def retention(*rules: dict[str, Any]) -> Policy:
    return bakery(retention=list(rules))


ORDER = BAKERY["retention"][0]
OTHER = {"id": "BK-05", "holder": "recipient", "roles": ["payment_provider"], "anchors": ["COLLECTION"], "after": "P30D"}


@pytest.mark.parametrize("name", shipped_policies())
def test_a_policy_says_the_same_as_itself(name: str) -> None:
    assert compare(load_policy(name).policy, load_policy(name).policy) == ()


def test_another_version_and_day_are_told_of_the_statement() -> None:
    (change,) = told(bakery(version="2", in_force_from="2026-01-01"))

    assert change == (
        "changed", "statement", "bakery-privacy",
        (FieldChange("version", "1", "2"), FieldChange("in_force_from", "2025-01-01", "2026-01-01")),
    )  # fmt: skip


def test_what_an_activity_gains_and_loses_is_told_field_by_field() -> None:
    activity = BAKERY["activities"]["order"] | {"categories": ["pd:Name", "pd:EmailAddress"], "stores": {"shop": "DE"}}
    (change,) = told(bakery(activities={"order": activity}))

    assert change[:3] == ("changed", "activity", "order")
    assert change[3] == (
        FieldChange("categories", ("pd:Name", "pd:PhysicalAddress", "pd:TelephoneNumber"), ("pd:EmailAddress", "pd:Name")),
        FieldChange("stores", ("shop (NL)",), ("shop (DE)",)),
    )


def test_a_recipient_that_is_added_or_removed_comes_with_all_it_says() -> None:
    more = bakery(recipients=BAKERY["recipients"] | {"mailing": {"promises": ["BK-06"]}})

    assert told(more) == [("added", "recipient", "mailing", (FieldChange("promises", None, ("BK-06",)),))]
    assert told(bakery(), more) == [("removed", "recipient", "mailing", (FieldChange("promises", ("BK-06",), None),))]


def test_a_term_is_told_in_the_form_of_the_file() -> None:
    assert told(retention(ORDER | {"after": "P24M"})) == [("changed", "retention", "BK-03", (FieldChange("after", "P1Y", "P2Y"),))]


def test_a_term_that_the_law_sets_and_whom_it_is_for() -> None:
    by_law = ORDER | {"after": "statute", "statute": "nl-awr-52", "when": {"customer": True}}
    (change,) = told(retention(by_law))

    assert change[:3] == ("changed", "retention", "BK-03")
    assert set(change[3]) == {
        FieldChange("after", "P1Y", "P7Y"), FieldChange("rounding", "none", "calendar_year_end"), FieldChange("statute", None, "nl-awr-52"),
        FieldChange("customer", None, "yes"), FieldChange("in_law", None, ("always: P7Y, calendar_year_end",)),
    }  # fmt: skip


def test_rules_of_one_id_are_paired_with_the_ones_that_stayed() -> None:
    first, second = ORDER, ORDER | {"id": "BK-03", "holder": "recipient", "activities": [], "roles": ["payment_provider"]}
    del second["activities"]
    both = retention(first, second)

    assert [change[:3] for change in told(both)] == [("added", "retention", "BK-03")]
    changed = retention(first | {"after": "P2Y"}, second)
    assert told(changed, both) == [("changed", "retention", "BK-03", (FieldChange("after", "P1Y", "P2Y"),))]


def test_the_order_of_retention_rules_counts() -> None:
    (change,) = told(retention(OTHER, ORDER), retention(ORDER, OTHER))

    assert change == ("changed", "retention", "order of rules", (FieldChange("first that covers", ("BK-03", "BK-05"), ("BK-05", "BK-03")),))


def test_prohibitions_conditions_and_statuses() -> None:
    cap = {"id": "BK-07", "act": "use", "purposes": ["dpv:Marketing"], "at_most": {"count": 6, "within": "P1Y"}}
    found = told(bakery(prohibitions=[], conditions=[cap], promises={"BK-08": {"status": "silent", "note": "no term is stated"}}))

    assert found == [
        ("removed", "prohibition", "BK-04", (FieldChange("acts", ("share",), None), FieldChange("purposes", ("dpv:Marketing",), None))),
        (
            "added", "condition", "BK-07",
            (FieldChange("act", None, "use"), FieldChange("purposes", None, ("dpv:Marketing",)), FieldChange("at_most", None, "6 within P1Y")),
        ),
        ("added", "promise", "BK-08", (FieldChange("status", None, "silent"), FieldChange("note", None, "no term is stated"))),
    ]  # fmt: skip


def test_duties_and_the_time_to_act() -> None:
    duty = {"id": "BK-09", "on": "request", "do": "answer", "acts_within": "P14D"}
    found = told(bakery(duties=[duty], acts_within="P3D"))

    assert [change[:3] for change in found] == [
        ("changed", "statement", "bakery-privacy"), ("changed", "retention", "BK-03"), ("added", "duty", "BK-09"),
    ]  # fmt: skip
    assert found[0][3] == found[1][3] == (FieldChange("acts_within", "P7D", "P3D"),)
    assert found[2][3] == (FieldChange("on", None, "request"), FieldChange("do", None, "answer"), FieldChange("acts_within", None, "P14D"))


def test_another_version_of_the_law_is_told_with_the_entries_that_judge_otherwise() -> None:
    old = bakery()
    law = deepcopy(dict(old.law))
    law["version"] = "2027-01-01"
    law["statutes"]["nl-awr-52"]["term"] = "P8Y"
    law["statutes"]["nl-awr-52"]["note"] = "read again"
    del law["adequacy"]["ar-2003"]

    (change,) = told(replace(old, law=law), old)

    assert change[:3] == ("changed", "law", "nl-eu")
    assert [field.field for field in change[3]] == ["version", "adequacy.ar-2003", "statutes.nl-awr-52"]
    assert change[3][1] == FieldChange("adequacy.ar-2003", "countries AR; from 2003-06-30", None)
    assert "term P8Y" in str(change[3][2].new) and "term P7Y" in str(change[3][2].old)
