"""The page on disclosures (verstrekkingen): who outside asked, what was decided, whether the person may know. Source: HH-11, SH-07."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.web.pages.asking import PageAsking

LIMIT = 500


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/disclosures")
    def disclosures(request: Request, controller: str = "", on: str = "") -> Response:
        return asking.page(
            request, "disclosures.html", lambda query, who: {"found": query.disclosures(who, limit=LIMIT)}, _show, controller=controller, on=on
        )

    return router


def _show(found: dict[str, Any]) -> dict[str, Any]:
    of = found["found"]
    return {
        "disclosures": of["disclosures"], "unasked": of["without_request"], "unasked_total": of["shares_without_request"], "more": of["more"],
        "notices": Counter(each["notice"] for each in of["disclosures"]), "beyond": sum(bool(each["beyond"]) for each in of["disclosures"]),
    }  # fmt: skip
