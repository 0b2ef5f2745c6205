"""The page on disclosures (verstrekkingen): who outside asked, what was decided, whether the person may know. Source: HH-11, SH-07."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import After, Name, going_on

LIMIT = 200


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/disclosures")
    def disclosures(request: Request, controller: Name = "", on: Name = "", after: After = "") -> Response:
        return asking.page(
            request, "disclosures.html", lambda query, who: {"found": query.disclosures(who, limit=LIMIT, after=after or None)},
            lambda found: _show(found["found"], after), controller=controller, on=on,
        )  # fmt: skip

    return router


def _show(of: dict[str, Any], after: str) -> dict[str, Any]:
    return {
        "disclosures": of["disclosures"], "unasked": of["without_request"], "unasked_total": of["shares_without_request"], **going_on(of, after),
        "notices": Counter(each["notice"] for each in of["disclosures"]), "beyond": sum(bool(each["beyond"]) for each in of["disclosures"]),
    }  # fmt: skip
