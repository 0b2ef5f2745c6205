"""The page on requests of people: their clocks, what became of each holder's part, what was refused and until when. GDPR Art. 12, 15-22."""

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

    @router.get("/requests")
    def requests(request: Request, controller: Name = "", on: Name = "", only: Name = "open", after: After = "") -> Response:
        chosen = only if only in ("all", "refused") else "open"
        of, asked = {"is_open": chosen == "open", "is_refused": chosen == "refused"}, {"controller": controller, "on": on, "only": chosen}

        def ask(query: Query, who: str | None) -> dict[str, Any]:
            listed = query.requests(who, **of, limit=LIMIT, after=after or None)
            return {"requests": listed, "counted": query.requests_counted(who, **of)}

        def show(found: dict[str, Any]) -> dict[str, Any]:
            listed = found["requests"]
            return {"requests": listed["requests"], "counted": found["counted"], "chosen": chosen, "query": asked, **going_on(listed, after)}

        return asking.page(request, "requests.html", ask, show, controller=controller, on=on)

    return router

