"""Makes the tables of docs/access.md from ledger/web/access.py.

    python -m tests.access_page

What stands between marks is made; the rest of the page is written by hand. A test fails when it is stale.
"""

from __future__ import annotations

from pathlib import Path

from ledger.web.access import EXPORTS, RULES, Rule
from ledger.web.roles import Role

TARGET = Path(__file__).resolve().parents[1] / "docs" / "access.md"
BEGIN, END = "<!-- made by python -m tests.access_page -->", "<!-- end of what is made -->"
EXPORTS_BEGIN, EXPORTS_END = "<!-- exports, made by the same -->", "<!-- end of exports -->"


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


def exports() -> str:
    """A line for each file."""
    roles = [role for role in Role if any(role in allowed for allowed in EXPORTS.values())]
    lines = ["| file | " + " | ".join(roles) + " |", "|---|" + "---|" * len(roles)]
    for name, allowed in EXPORTS.items():
        lines.append(f"| `{name}` | " + " | ".join("yes" if role in allowed else "" for role in roles) + " |")
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the tables of now."""
    for begin, end, made in ((BEGIN, END, table()), (EXPORTS_BEGIN, EXPORTS_END, exports())):
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{made}\n{end}{rest.split(end)[1]}"
    return text


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
