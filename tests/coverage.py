"""Makes ledger/policies/coverage.json: how each promise stands, from docs/promises.md, and the tests that prove it, from their names.

    python -m tests.coverage

Reads the table and the names of the tests in tests/promises; runs none of them. The package that a user installs has neither, so that what is made
here ships with it, and a test fails when it is stale.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ledger.policies.coverage import PROOFS, statuses

ROOT = Path(__file__).resolve().parents[1]
STORIES = ROOT / "tests" / "promises"
TARGET = ROOT / "ledger" / "policies" / "coverage.json"
PROVEN_BY = {
    "checked": ("kept", "broken"),
    "by law": ("kept", "broken"),
    "silent": ("silent",),
    "outdated": ("outdated",),
    "witnessed": ("witnessed",),
}
"""How a promise stands -> what its tests must prove. A promise of which something is not held yet has to be proven for the rest of it."""
_ROW = re.compile(r"^\| ([A-Z]{1,2}-\d\d) \| (.*) \| ([^|]+) \|$")
_HEADING = re.compile(r"^## .*\(`[A-Z]+`(?:, \[(\w+)\.yaml\])?")
_STORY = re.compile(rf"test_([a-z]+_\d\d)_is_({'|'.join(PROOFS)})_")


class Line(NamedTuple):
    """A row of docs/promises.md. controller: None for the law."""

    id: str
    controller: str | None
    promise: str
    today: str


def table(text: str) -> list[Line]:
    """The rows of docs/promises.md, in its order."""
    heading: re.Match[str] | None = None
    lines = []
    for line in text.splitlines():
        if line.startswith("## "):
            heading = _HEADING.match(line)  # None: a section without promises
        elif heading and (row := _ROW.match(line)):
            lines.append(Line(row[1], heading[1], row[2], row[3].strip()))
    return lines


def told(folder: Path = STORIES) -> list[str]:
    """The tests below tests/promises, as `file::name`, in the order of the files' names and of their lines."""
    trees = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("test_*.py"))]
    found = [(path.name, node.name) for path, tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [f"{file}::{name}" for file, name in found if name.startswith("test_")]


def proofs(tests: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Promise id -> what is proven -> the tests, sorted."""
    found: dict[str, dict[str, list[str]]] = {}
    for test in sorted(tests):
        if story := _STORY.match(test.partition("::")[2]):
            found.setdefault(story[1].upper().replace("_", "-"), {}).setdefault(story[2], []).append(test)
    return found


def needed(today: str) -> set[str]:
    """What must be proven of a promise that stands so."""
    return {proof for status in statuses(today) for proof in PROVEN_BY.get(status, ())}


def missing(rows: Iterable[Line], tests: Iterable[str]) -> list[str]:
    """`ID proof` for each proof that no test gives, and `ID anything` where nothing at all is proven; sorted."""
    found = proofs(tests)
    lacking = {f"{row.id} {proof}" for row in rows for proof in needed(row.today) if proof not in found.get(row.id, {})}
    return sorted(lacking | {f"{row.id} anything" for row in rows if not found.get(row.id)})


def made(rows: Iterable[Line], tests: Iterable[str]) -> str:
    """The text of coverage.json."""
    found = proofs(tests)
    promises = [
        {**row._asdict(), "proven": {proof: found[row.id][proof] for proof in PROOFS if proof in found.get(row.id, {})}} for row in rows
    ]
    return json.dumps({"made_by": "python -m tests.coverage", "promises": promises}, indent=1, ensure_ascii=False) + "\n"


def current() -> str:
    """What coverage.json must be now."""
    return made(table((ROOT / "docs/promises.md").read_text(encoding="utf-8")), told())


if __name__ == "__main__":
    TARGET.write_text(current(), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)} written")
