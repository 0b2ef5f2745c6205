"""A policy as pages show it: what differs, in the words of the language; where no rule says until when; which lines of the text are others."""

from __future__ import annotations

from importlib import resources
from typing import Any, get_args

import pytest

from ledger.core.policy import Policy
from ledger.policies.checks import PolicyFileError
from ledger.policies.comparing import How
from ledger.policies.files import compile_policy, shipped_policies
from ledger.web.pages import policy_shown
from ledger.web.pages.rendering import words

OLD = (resources.files("ledger.policies") / "hostinghuis.yaml").read_text(encoding="utf-8")


def policy_of(text: str) -> Policy:
    return compile_policy(text.encode(), file="policy.yaml").policy


def test_a_term_is_told_in_the_language_beside_the_text_of_its_promise() -> None:
    old, new = policy_of(OLD), policy_of(OLD.replace("after: P2Y", "after: P1Y6M"))

    first = policy_shown.changes(old, new, "nl")[0]

    assert (first["how"], first["part"], first["name"]) == ("changed", "retention", "HH-15")
    assert "twee jaar" in first["text"] and "two years after the last service" in policy_shown.changes(old, new, "en")[0]["text"]
    assert first["fields"] == [{"field": "termijn", "old": "2 jaar", "new": "1 jaar en 6 maanden"}]
    assert policy_shown.changes(old, new, "en")[0]["fields"][0]["new"] == "1 year and 6 months"
    assert policy_shown.changes(None, new, "en") == []


def test_of_a_list_only_what_is_gone_and_what_is_new_is_told() -> None:
    old = policy_of(OLD)
    new = policy_of(OLD.replace("activities: [order, domain_registration, invoice, payment, support, newsletter]", "activities: [order, cookies]"))

    [field] = [field for change in policy_shown.changes(old, new, "en") for field in change["fields"] if field["field"] == "activities"]

    assert field == {"field": "activities", "old": "domain_registration, invoice, newsletter, payment, support", "new": "cookies"}


def test_gaps_are_new_stay_or_are_closed() -> None:
    old = policy_of(OLD)
    rule = "  - {id: HH-15, holder: controller, activities: [cookies], anchors: [COLLECTION], after: P1Y}\n"
    new = policy_of(OLD.replace(", support, newsletter]\n", "]\n").replace("\nretention:\n", f"\nretention:\n{rule}"))

    found = {(each["activity"], each["change"]) for each in policy_shown.gaps(old, new, "en")}

    titles = {name: activity.title for name, activity in new.activities.items()}
    assert {(titles["support"], "NEW"), (titles["cookies"], "CLOSED"), (titles["server_logs"], "STAYS")} <= found
    assert (titles["order"], "NEW") not in found
    assert {change for _, change in {(e["activity"], e["change"]) for e in policy_shown.gaps(None, new, "nl")}} == {"NEW"}


def test_lines_that_differ_stand_between_those_around_them() -> None:
    old = [f"line {number}" for number in range(1, 21)]
    new = [*old[:9], "another", *old[10:]]

    found = policy_shown.line_changes("\n".join(old), "\n".join(new))

    assert found is not None
    assert [(each["kind"], each["text"]) for each in found] == [
        ("place", "7"), ("same", "line 7"), ("same", "line 8"), ("same", "line 9"), ("gone", "line 10"), ("new", "another"), ("same", "line 11"),
        ("same", "line 12"), ("same", "line 13"),
    ]  # fmt: skip
    assert policy_shown.line_changes("a", "a") == []
    assert policy_shown.line_changes("a", "a\n" * (policy_shown.LINES_MAX + 1)) is None


def test_a_mistake_comes_with_its_line() -> None:
    text = OLD.replace("after: P2Y", "after: P2Q", 1)
    with pytest.raises(PolicyFileError) as caught:
        policy_of(text)

    [found] = policy_shown.mistakes(caught.value, text)

    assert text.splitlines()[found["line"] - 1].strip() == found["text"] == "after: P2Q"
    assert found["field"].endswith(".after") and found["hint"]


def test_a_field_that_is_missing_shows_no_line_of_another() -> None:
    text = OLD.replace("policy: hostinghuis-privacy\n", "")
    with pytest.raises(PolicyFileError) as caught:
        policy_of(text)

    assert [(each["field"], each["text"]) for each in policy_shown.mistakes(caught.value, text)] == [("policy", "")]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", shipped_policies())
def test_every_part_of_every_shipped_statement_has_its_word(name: str, language: Any) -> None:
    policy = compile_policy((resources.files("ledger.policies") / f"{name}.yaml").read_bytes(), file=name).policy
    other = policy_of(OLD)
    parts = {each["part"] for pair in ((policy, other), (other, policy)) for each in policy_shown.changes(*pair, language)}

    assert {f"part_{part}" for part in parts} | {f"change_{how}" for how in get_args(How)} <= words().keys()
