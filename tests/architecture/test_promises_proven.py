"""Every promise that is said to be held has the stories that prove it: one in which it is kept and one in which it is broken, or what is missing.

Reads docs/promises.md and the names of the tests in tests/promises; runs none of them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORIES = ROOT / "tests" / "promises"
PROVEN_BY = {"checked": ("kept", "broken"), "by law": ("kept", "broken"), "silent": ("silent",), "outdated": ("outdated",)}
"""A word in the column `today` -> what its tests are called. A row can have several, one after each semicolon."""
NOT_PROVEN_HERE = ("witnessed", "not yet")


def statuses() -> dict[str, str]:
    """Promise id -> what stands in the column `today`."""
    rows = re.findall(r"^\| ([A-Z]{1,2}-\d\d) \|.*\| ([^|]+) \|$", (ROOT / "docs/promises.md").read_text(), re.MULTILINE)
    return dict(rows)


def needed(today: str) -> set[str]:
    """What must be proven of a promise with this status: kept, broken, silent, outdated."""
    return {proof for part in today.split(";") for word, proofs in PROVEN_BY.items() if part.strip().startswith(word) for proof in proofs}


def missing(rows: dict[str, str], tests: Iterable[str]) -> list[str]:
    """`ID proof` for each proof that no test gives, sorted."""
    found = {match.groups() for name in tests if (match := re.match(r"test_([a-z]+_\d\d)_is_(kept|broken|silent|outdated)_", name))}
    wanted = {(promise, proof) for promise, today in rows.items() for proof in needed(today)}
    return sorted(f"{promise} {proof}" for promise, proof in wanted if (promise.lower().replace("-", "_"), proof) not in found)


def told() -> list[str]:
    """The names of all tests below tests/promises."""
    trees = [ast.parse(path.read_text()) for path in sorted(STORIES.glob("test_*.py"))]
    return [node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def test_every_status_is_one_that_this_test_understands() -> None:
    rows = statuses()
    words = (*PROVEN_BY, *NOT_PROVEN_HERE)

    assert len(rows) == 94, "87 promises and X-01 to X-07"
    assert [promise for promise, today in rows.items() if not today.startswith(words)] == []


def test_every_promise_that_is_held_is_proven_kept_and_broken_and_every_gap_is_shown() -> None:
    assert missing(statuses(), told()) == []


def test_every_story_is_about_a_promise_that_stands_in_the_table() -> None:
    named = {match[1].upper().replace("_", "-") for name in told() if (match := re.match(r"test_([a-z]{1,2}_\d\d)_", name))}

    assert named <= statuses().keys()


def test_no_two_stories_of_a_file_have_the_same_name() -> None:
    names = told()

    assert sorted(names) == sorted(set(names))


def test_a_promise_without_its_stories_is_found() -> None:
    rows = {"MD-12": "checked", "MD-14": "checked by the law of the day; outdated: an old act", "MD-10": "silent: no term", "MD-01": "witnessed"}
    tests = ["test_md_12_is_kept_by_x", "test_md_14_is_kept_by_x", "test_md_14_is_broken_by_x", "test_md_14_is_silent_about_x"]

    assert missing(rows, tests) == ["MD-10 silent", "MD-12 broken", "MD-14 outdated"]
