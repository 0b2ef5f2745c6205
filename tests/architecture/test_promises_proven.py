"""Every promise is proven: kept and broken where something holds the hoster to it, silent, outdated or witnessed where that is so; and
`ledger policy coverage` says the same.

Reads docs/promises.md, the policies, and the names of the tests in tests/promises; runs none of them.
"""

from __future__ import annotations

import json
import re
from collections import Counter

from ledger.policies.coverage import STATUSES, coverage, remarks_on, rules_by_promise, statuses
from ledger.policies.files import load_policy, shipped_policies
from tests.coverage import ROOT, TARGET, Line, current, missing, proofs, table, told

ROWS = table((ROOT / "docs/promises.md").read_text())
POLICIES = [load_policy(name).policy for name in shipped_policies()]


def test_every_promise_has_its_row_and_a_status_that_is_known() -> None:
    counted = Counter(row.id.partition("-")[0] for row in ROWS)

    assert counted == {"MD": 26, "HH": 22, "WH": 13, "SH": 11, "SO": 15, "X": 7}, "87 promises and X-01 to X-07"
    assert len({row.id for row in ROWS}) == 94
    assert [row.id for row in ROWS if not row.today.startswith(STATUSES)] == []
    assert {row.controller for row in ROWS} == {policy.controller for policy in POLICIES} | {None}


def test_every_promise_that_is_held_is_proven_kept_and_broken_and_every_gap_is_shown() -> None:
    assert missing(ROWS, told()) == []


def test_every_story_is_about_a_promise_that_stands_in_the_table() -> None:
    named = {match[1].upper().replace("_", "-") for name in told() if (match := re.match(r".*::test_([a-z]{1,2}_\d\d)_", name))}

    assert named <= {row.id for row in ROWS}
    assert proofs(told()).keys() <= named


def test_no_two_stories_have_the_same_name() -> None:
    names = [name.partition("::")[2] for name in told()]

    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_what_ships_is_what_the_table_and_the_tests_say_now() -> None:
    assert TARGET.read_text(encoding="utf-8") == current(), "run: python -m tests.coverage"


def test_every_test_that_coverage_names_exists() -> None:
    named = {test for row in json.loads(TARGET.read_text(encoding="utf-8"))["promises"] for tests in row["proven"].values() for test in tests}

    assert len(named) > 200
    assert named - set(told()) == set()


def test_the_table_and_the_policies_agree_on_what_is_silent_outdated_and_checked() -> None:
    stated = {(promise.id, each.replace("_", " ")) for policy in POLICIES for promise in policy.promises for each in (promise.status, *promise.also)}
    table_says = {(row.id, status) for row in ROWS for status in statuses(row.today)}

    assert {(promise, status) for promise, status in table_says if status in ("silent", "outdated")} == {
        (promise, status) for promise, status in stated if status in ("silent", "outdated")
    }
    assert stated <= table_says


def test_each_policy_says_of_every_promise_of_its_hoster_how_it_stands_as_the_table_does() -> None:
    for policy in POLICIES:
        stated = {promise.id: {each.replace("_", " ") for each in (promise.status, *promise.also)} for promise in policy.promises}

        assert stated == {row.id: set(statuses(row.today)) for row in ROWS if row.controller == policy.controller}
        assert remarks_on(policy) == []


def test_a_promise_is_called_checked_exactly_when_a_rule_judges_it() -> None:
    judged = {promise for policy in POLICIES for promise, rules in rules_by_promise(policy).items() if any(rule.judges for rule in rules)}

    assert {row.id for row in ROWS if "checked" in statuses(row.today)} == judged


def test_every_promise_that_a_rule_or_the_code_names_stands_in_the_table() -> None:
    ruled = {promise for policy in POLICIES for promise in rules_by_promise(policy)}
    used = {name for path in (ROOT / "ledger").rglob("*.py") for name in re.findall(r"\b(?:MD|HH|WH|SH|SO|X)-\d\d\b", path.read_text())}

    assert (ruled | used) - {row.id for row in ROWS} == set()


def test_coverage_gives_every_promise_that_is_held_its_rules() -> None:
    rows = coverage()

    assert [row.id for row in rows] == [row.id for row in ROWS]
    assert [row.id for row in rows if {"checked", "by law"} & {*row.status} and not any(rule.judges for rule in row.rules)] == []
    assert [row.id for row in rows if not any(row.proven.values())] == []


def test_a_promise_without_its_stories_is_found() -> None:
    rows = [
        Line("MD-12", "mijndomein", "", "checked"), Line("MD-14", "mijndomein", "", "checked by the law of the day; outdated: an old act"),
        Line("MD-10", "mijndomein", "", "silent: no term"), Line("MD-01", "mijndomein", "", "witnessed"), Line("MD-19", "mijndomein", "", "not yet"),
    ]  # fmt: skip
    names = ("md_12_is_kept_by_x", "md_14_is_kept_by_x", "md_14_is_broken_by_x", "md_14_is_silent_about_x")
    tests = [f"a.py::test_{name}" for name in names]

    assert missing(rows, tests) == [
        "MD-01 anything", "MD-01 witnessed", "MD-10 anything", "MD-10 silent", "MD-12 broken", "MD-14 outdated", "MD-19 anything",
    ]  # fmt: skip
