"""Why a new version changes nothing of what is held, and what the fields of a policy are called where two versions differ."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any, get_args

import pytest

from ledger.core.conditions import Condition, Prohibition, Scope
from ledger.core.policy import Activity, Duty, Policy, Promise, RecipientRule
from ledger.core.retention_rule import RetentionRule
from ledger.core.stated_record import Contacts, Security
from ledger.law.library import load_law
from ledger.policies.comparing import ORDER, compare
from ledger.web.pages import policy_shown
from ledger.web.pages.labels import words
from ledger.web.pages.policy_effect import Why, is_only_text, why_nothing
from tests.unit.test_policy_shown import OLD, policy_of

HELD: dict[str, Any] = {"subjects": 3, "judged": 0, "holding_counts": [], "outcome_counts": [], "verdict_counts": []}
OLD_POLICY = policy_of(OLD)
OTHER_TERM = OLD.replace("after: P2Y", "after: P1Y6M")
DAY = date.fromisoformat(OLD_POLICY.in_force_from)


def title_of(text: str) -> str:
    return text.replace(f"title: {OLD_POLICY.title}", "title: Another title").replace(f'title: "{OLD_POLICY.title}"', "title: Another title")


@pytest.mark.parametrize(("text", "effect", "day", "why"), [
    (OTHER_TERM, HELD | {"subjects": 0}, DAY, "none_there"),
    (title_of(OLD), HELD, DAY, "only_text"),
    (OTHER_TERM, HELD, date.fromordinal(DAY.toordinal() - 1), "later"),
    (OTHER_TERM, HELD, DAY, "nothing_since"),
    (OTHER_TERM, HELD | {"judged": 7}, DAY, "nobody"),
    (OTHER_TERM, HELD | {"holding_counts": [{"kind": "EARLIER"}]}, DAY, None),
    (OTHER_TERM, HELD | {"outcome_counts": [{"type": "ObligationRaised"}]}, DAY, None),
    (OTHER_TERM, HELD | {"subjects": 0, "verdict_counts": [{"change": "NEW"}]}, DAY, None),
])  # fmt: skip
def test_the_first_reason_that_is_true_is_given_and_none_where_something_changes(text: str, effect: Any, day: date, why: str | None) -> None:
    assert why_nothing(OLD_POLICY, policy_of(text), effect, day) == why


def test_a_first_version_is_never_only_text() -> None:
    assert why_nothing(None, OLD_POLICY, HELD, DAY) == "nothing_since"


def test_a_term_or_a_rule_that_is_gone_is_more_than_text_and_a_note_is_not() -> None:
    assert title_of(OLD) != OLD and is_only_text(compare(OLD_POLICY, policy_of(title_of(OLD))))
    assert not is_only_text(compare(OLD_POLICY, policy_of(OTHER_TERM)))
    assert not is_only_text(compare(policy_of(OTHER_TERM), OLD_POLICY))


def test_every_reason_is_said() -> None:
    assert {f"no_effect_{why}" for why in get_args(Why)} == {key for key in words() if key.startswith("no_effect_")}


def test_every_field_in_which_two_versions_can_differ_has_a_name_and_the_english_one_is_the_files() -> None:
    head = {field.name for field in fields(Policy) if field.type in ("str", "str | None", "Duration")} - {"name"}
    head |= {"policy", "contacts", "data_subjects", "law"}
    parts = (Activity, RecipientRule, RetentionRule, Prohibition, Condition, Duty, Promise, Scope, Security, Contacts)
    names = head | {field.name for part in parts for field in fields(part) if field.name not in ("id", "name", "role", "scope", "security")}
    names |= {"promise", "safeguards", "first that covers", ORDER, *load_law()} - {"title"}
    named = {key.removeprefix("diff_"): said for key, said in words().items() if key.startswith("diff_")}

    assert names - set(named) == set()
    assert {name for name, said in named.items() if said["en"] != name.replace("_", " ")} == set()


def test_what_differs_is_named_in_dutch_and_entries_keep_their_own_id() -> None:
    change = policy_shown.changes(OLD_POLICY, policy_of(OTHER_TERM), "nl")[0]
    [of_law] = policy_shown.changes(OLD_POLICY, replace(OLD_POLICY, law={**OLD_POLICY.law, "statutes": {}}), "nl")

    assert [field["field"] for field in change["fields"]] == ["termijn"]
    assert {field["field"].partition(":")[0] for field in of_law["fields"]} == {"wetten"}
    assert "wetten: nl-awr-52" in {field["field"] for field in of_law["fields"]}


def test_yes_and_no_are_said_in_dutch() -> None:
    asked = replace(OLD_POLICY, retention=(replace(OLD_POLICY.retention[0], customer=True), *OLD_POLICY.retention[1:]))
    told = [field for change in policy_shown.changes(OLD_POLICY, asked, "nl") for field in change["fields"]]

    assert [(field["field"], field["new"]) for field in told] == [("klant", "ja")]


def test_the_policy_is_what_the_test_thinks() -> None:
    assert isinstance(OLD_POLICY, Policy) and OTHER_TERM != OLD
