"""docs/access.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from ledger.web.access import PERSONS
from ledger.web.roles import Role
from tests.access_page import TARGET, page

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_on_the_page_is_the_table_in_the_code() -> None:
    text = TARGET.read_text(encoding="utf-8")

    assert page(text) == text, "make it again: python -m tests.access_page"


def test_the_page_explains_every_role_and_every_field_that_is_withheld() -> None:
    text = TARGET.read_text(encoding="utf-8")

    assert {role for role in Role if f"| **{role}** |" not in text} == set()
    assert {name for name in PERSONS if f"`{name}`" not in text} == set()


def test_every_threat_names_a_test_that_is_there() -> None:
    section = TARGET.read_text(encoding="utf-8").partition("\n## Threats\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    tests = {name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)}

    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named and set(named) <= tests, row
