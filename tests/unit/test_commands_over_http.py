"""Each command of the command line has a route over HTTP, or docs/http.md says why it has none; and the page names no other.

A command that is new fails here until somebody has decided which of the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from ledger.cli.main import app, register_groups
from ledger.web.access import EXPORTS, RULES

PAGE = Path(__file__).resolve().parents[2] / "docs/http.md"
HEADING = "## Not over HTTP, because"
SUBJECT_EXPORTS = ("access", "portable", "consents", "look-ups")
OVER_HTTP: dict[str, tuple[str, ...]] = {
    "status": ("GET /v1/freshness", "GET /v1/doctor"),
    "emit": ("POST /v1/events",),
    "holders": ("GET /v1/holders",),
    "due": ("GET /v1/due",),
    "obligations": ("GET /v1/obligations",),
    "holds": ("GET /v1/holds",),
    "violations": ("GET /v1/violations",),
    "differences": ("GET /v1/differences",),
    "doctor": ("GET /v1/doctor",),
    "reconcile": ("GET /v1/reconcile",),
    "keys show": ("GET /v1/keys",),
    "audit as-of": ("POST /v1/subjects/as-of",),
    "audit prove": ("POST /v1/subjects/prove", "POST /v1/facts/show"),
    "audit certificate": ("POST /v1/subjects/certificate",),
    "subject show": ("POST /v1/subjects/show",),
    "subject export": ("POST /v1/subjects/portable",),
    **{f"overview {name}": (f"GET /v1/overview/{name}",) for name in ("sharing", "deletion", "promises")},
    "report subject": ("POST /v1/subjects/access",),
    "report look-ups": ("POST /v1/subjects/look-ups",),
    **{
        f"report {name}": (f"GET /v1/{name}",)
        for name in (
            "recipients", "transfers", "retention", "register", "requests", "breaches", "disclosures", "suppression", "processor-statement",
        )
    },
    **{f"export {name}": ("POST /v1/subjects/export" if name in SUBJECT_EXPORTS else "GET /v1/exports/{name}",) for name in EXPORTS},
    "export list": ("GET /v1/exports",),
    "policy show": ("GET /v1/policies/show", "GET /v1/policies"),
    "policy explain": ("POST /v1/policies/explain", "POST /v1/subjects/explain"),
    "policy coverage": ("GET /v1/policies/coverage", "POST /v1/policies/coverage"),
    "policy diff": ("GET /v1/policies/diff", "POST /v1/policies/diff"),
    "policy check": ("POST /v1/policies/coverage",),
    "policy publish": ("POST /policies/publish",),
    "schema show": ("GET /subjects/{name}/versions/{version}", "GET /subjects"),
    "schema terms": ("GET /v1/terms", "GET /v1/terms/{code_list}"),
    "dead-letters list": ("GET /v1/dead-letters",),
}  # fmt: skip
"""Command -> what answers or does it over HTTP. Whoever says so here has looked at both."""


def commands() -> set[str]:
    """As they are typed, without `ledger`."""
    register_groups()
    return set(names_in(typer.main.get_command(app), ()))


def names_in(command: Any, words: tuple[str, ...]) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from names_in(each, (*words, name))
    else:
        yield " ".join(words)


def left_out() -> dict[str, str]:
    """Command -> why, as the page has it."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n{HEADING}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|$", section, re.MULTILINE)
    return {name: why.strip() for named, why in rows for name in re.findall(r"`([^`]+)`", named)}


def test_each_command_has_a_route_or_a_reason_why_not() -> None:
    there, why = commands(), left_out()

    assert sorted(there - set(OVER_HTTP) - set(why)) == [], f"a route and its row in OVER_HTTP, or a line under `{HEADING}` in docs/http.md"
    assert sorted(set(OVER_HTTP) & set(why)) == [], "both a route and a reason"
    assert sorted((set(OVER_HTTP) | set(why)) - there) == [], "no such command"
    assert len(there) > 80 and all(len(each) > 20 for each in why.values())


def test_each_route_that_is_named_for_a_command_is_there() -> None:
    routes = {f"{rule.method} {rule.route}" for rule in RULES}

    assert {route for each in OVER_HTTP.values() for route in each} - routes == set()
    assert {name for name, each in OVER_HTTP.items() if not each} == set()
