"""Makes the table of docs/access.md from ledger/web/access.py.

    python -m tests.access_page

What stands between the two marks is made; the rest of the page is written by hand. A test fails when it is stale.
"""

from __future__ import annotations

from pathlib import Path

from ledger.web.access import RULES, Rule
from ledger.web.roles import Role

TARGET = Path(__file__).resolve().parents[1] / "docs" / "access.md"
BEGIN, END = "<!-- made by python -m tests.access_page -->", "<!-- end of what is made -->"


def table() -> str:
    """A line for each route, a column for each role."""
    roles = list(Role)
    lines = ["| route | what for | " + " | ".join(roles) + " |", "|---|---|" + "---|" * len(roles)]
    return "\n".join([*lines, *(_line(rule, roles) for rule in RULES)])


def _line(rule: Rule, roles: list[Role]) -> str:
    if rule.is_open:
        marks = ["all"] * len(roles)
    else:
        marks = [("yes, no persons" if role in rule.withheld else "told" if rule.is_look_up and role is not Role.SUBJECT else "yes")
                 if role in rule.roles else "" for role in roles]  # fmt: skip
    return f"| `{rule.method} {rule.route}` | {rule.does} | " + " | ".join(marks) + " |"


def page(text: str) -> str:
    """The page with the table of now."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
