"""The page on requests of people: their clocks, what became of each holder's part, what was refused and until when. GDPR Art. 12, 15-22."""

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

    @router.get("/requests")
    def requests(request: Request, controller: Name = "", on: Name = "", only: Name = "open", after: After = "") -> Response:
        is_open = only != "all"
        asked = {"controller": controller, "on": on, "only": "open" if is_open else "all"}
        return asking.page(
            request, "requests.html",
            lambda query, who: {"requests": query.requests(who, is_open=is_open, limit=LIMIT, after=after or None)},
            lambda found: _show(found["requests"], is_open, asked, after), controller=controller, on=on,
        )  # fmt: skip

    return router


def _show(found: dict[str, Any], is_open: bool, query: dict[str, str], after: str) -> dict[str, Any]:
    states = Counter(each["state"] for each in found["requests"])
    return {
        "requests": found["requests"], "is_open": is_open, "states": states, "query": query,
        "late": sum(bool(each["clock"]["late_by_seconds"]) for each in found["requests"]),
        "refused": sum(bool(each["refusals"]) for each in found["requests"]), **going_on(found, after),
    }  # fmt: skip
