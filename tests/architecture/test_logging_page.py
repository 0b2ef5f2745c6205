"""docs/logging.md lists every key and every event of our lines and no other, and each row on a standard names a test that is there."""

from __future__ import annotations

import ast
from pathlib import Path

from ledger.diagnostics import KEYS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/logging.md").read_text()
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def calls() -> list[tuple[str, ast.Call]]:
    """Every call of a structlog logger: in a module that uses ledger.diagnostics, on something with `log` in its name."""
    found = []
    for path in [*ROOT.glob("ledger/**/*.py"), *ROOT.glob("processors/**/*.py")]:
        text = path.read_text()
        if "diagnostics" not in text and path.name != "diagnostics.py":
            continue
        for node in ast.walk(ast.parse(text)):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS
            if is_call and "log" in ast.unparse(node.func.value):
                found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node))
    return found


def rows(heading: str) -> list[list[str]]:
    """Rows of the table whose first column has this heading."""
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table]


def test_every_line_is_a_constant_event_with_keys_that_are_listed() -> None:
    wrong = []
    for where, call in calls():
        if not (len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)):
            wrong.append(f"{where}: the event is no constant")
        wrong += [f"{where}: {each.arg or '**'}" for each in call.keywords if each.arg not in KEYS]

    assert len(calls()) > 10, "hardly a line is found: the pattern is out of date"
    assert wrong == []


def test_the_page_lists_the_keys_and_no_other() -> None:
    assert {row[0].strip("`") for row in rows("key")} == KEYS


def test_the_page_lists_the_events_with_their_level_and_no_other() -> None:
    said = {(call.args[0].value, call.func.attr) for _, call in calls()}  # type: ignore[attr-defined]

    assert {(row[0].strip("`"), row[1]) for row in rows("event")} == said


def test_each_row_on_a_standard_names_a_test_that_is_there_or_says_no() -> None:
    table = rows("asked")

    assert len(table) > 15
    assert [row for row in table if row[2] != "no" and not (ROOT / row[2].strip("`")).is_file()] == []
    assert [row for row in table if row[2] == "no" and "no" not in row[1]] == []
