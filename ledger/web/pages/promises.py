"""The page on promises: each that was made, how it stands, and how often it was broken, with the facts. Source: docs/promises.md."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.policies.coverage import Row, coverage
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.rendering import language_of, month_of_year

LIMIT = 1_000
MONTHS = 24


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/violations")
    def promises(request: Request, controller: str = "", on: str = "", promise: str = "") -> Response:
        def ask(query: Query, who: str | None) -> dict[str, Any]:
            found = query.violations(controller=who, promise=promise or None, limit=LIMIT if promise else 0)
            return {"found": found, "all": query.violations(controller=who)}

        asked = {"controller": controller, "on": on, "promise": promise}
        language = language_of(request)
        return asking.page(request, "promises.html", ask, lambda found: _show(found, controller, asked, language), controller=controller, on=on)

    return router


def _show(found: dict[str, Any], controller: str, asked: dict[str, str], language: str) -> dict[str, Any]:
    counts, of = found["all"]["counts"], found["found"]
    broken: Counter[str] = Counter()
    latest: dict[str, str] = {}
    for each in counts:
        broken[each["promise"]] += each["violations"]
        latest[each["promise"]] = max(latest.get(each["promise"], ""), each["latest_found_at"])
    made: list[dict[str, Any]] = [
        {
            "id": row.id, "controller": row.controller, "text": row.said_in(language), "quote": row.quote if language == "nl" else "",
            "status": row.status, "broken": broken[row.id],
            "latest": latest.get(row.id),
        }
        for row in _rows()
        if not controller or row.controller in (None, controller)
    ]  # fmt: skip
    months = sorted(Counter(each["found_at"][:7] for each in of["violations"]).items())
    return {
        "counts": counts, "promises": sorted(made, key=lambda row: (-row["broken"], row["id"])), "violations": of["violations"], "more": of["more"],
        "one": next((row for row in made if row["id"] == asked["promise"]), None), "query": asked,
        "months": [(month_of_year(month, language), number, None) for month, number in months][-MONTHS:],
        "totals": {
            "made": len(made), "kept": sum(not row["broken"] for row in made), "broken": sum(bool(row["broken"]) for row in made),
            "times": sum(broken.values()), "silent": sum("silent" in row["status"] for row in made),
            "outdated": sum("outdated" in row["status"] for row in made),
        },
    }  # fmt: skip


@cache
def _rows() -> tuple[Row, ...]:
    return tuple(row for row in coverage() if row.promise)
