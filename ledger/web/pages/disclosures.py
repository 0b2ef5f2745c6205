"""The page on disclosures (verstrekkingen): who outside asked, what was decided, whether the person may know. Source: HH-11, SH-07."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import After, Name, going_on

LIMIT = 100


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/disclosures")
    def disclosures(request: Request, controller: Name = "", on: Name = "", after: After = "") -> Response:
        def ask(query: Query, who: str | None) -> dict[str, Any]:
            return {"found": query.disclosures(who, limit=LIMIT, after=after or None), "counted": query.disclosures_counted(who)}

        def show(found: dict[str, Any]) -> dict[str, Any]:
            listed = found["found"]
            return {
                "disclosures": listed["disclosures"], "unasked": listed["without_request"], "unasked_total": listed["shares_without_request"],
                "counted": found["counted"], **going_on(listed, after),
            }  # fmt: skip

        return asking.page(request, "disclosures.html", ask, show, controller=controller, on=on)

    return router
