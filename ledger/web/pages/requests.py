"""The page on requests of people: their clocks, what became of each holder's part, what was refused and until when. GDPR Art. 12, 15-22."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.web.pages.asking import PageAsking

LIMIT = 500


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/requests")
    def requests(request: Request, controller: str = "", on: str = "", only: str = "open") -> Response:
        is_open = only != "all"
        return asking.page(
            request, "requests.html", lambda query, who: {"requests": query.requests(who, is_open=is_open, limit=LIMIT)},
            lambda found: _show(found["requests"], is_open, {"controller": controller, "on": on}), controller=controller, on=on,
        )  # fmt: skip

    return router


def _show(found: dict[str, Any], is_open: bool, query: dict[str, str]) -> dict[str, Any]:
    states = Counter(each["state"] for each in found["requests"])
    return {
        "requests": found["requests"], "more": found["more"], "is_open": is_open, "states": states, "query": query,
        "late": sum(bool(each["clock"]["late_by_seconds"]) for each in found["requests"]),
        "refused": sum(bool(each["refusals"]) for each in found["requests"]),
    }  # fmt: skip
