"""The first page: what there is, and what needs attention, each number leading to its page."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.web.pages.asking import PageAsking


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/")
    def home(request: Request, controller: str = "", on: str = "") -> Response:
        return asking.page(request, "home.html", _ask, _show, controller=controller, on=on)

    return router


def _ask(query: Query, controller: str | None) -> dict[str, Any]:
    return {
        "holders": query.holders(controller), "violations": query.violations(controller=controller), "breaches": query.breaches(controller),
        "recipients": query.recipients(controller),
    }  # fmt: skip


def _show(found: dict[str, Any]) -> dict[str, Any]:
    holders, counts = found["holders"]["holders"], found["violations"]["counts"]
    return {
        "holders": holders,
        "totals": {
            "holders": len({each["holder"] for each in holders}), "holdings": sum(each["holdings"] for each in holders),
            "open": sum(each["open"] for each in holders), "overdue": sum(each["overdue"] for each in holders),
            "violations": sum(each["violations"] for each in counts), "breaches": len(found["breaches"]["breaches"]),
            "uncovered": sum(each["agreement"]["state"] not in ("IN_FORCE", "NOT_NEEDED") for each in found["recipients"]["recipients"]),
        },
        "latest": sorted(counts, key=lambda each: each["latest_found_at"], reverse=True)[:8],
    }  # fmt: skip
