"""The page on requests of people: their clocks, what became of each holder's part, what was refused and until when. GDPR Art. 12, 15-22."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
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

        def ask(query: Query, who: str | None) -> dict[str, Any]:
            with query.one_moment():  # the figures are of the list
                listed = query.requests(who, is_open=is_open, limit=LIMIT, after=after or None)
                return {"requests": listed, "counted": query.requests_counted(who, is_open=is_open)}

        def show(found: dict[str, Any]) -> dict[str, Any]:
            listed = found["requests"]
            return {"requests": listed["requests"], "counted": found["counted"], "is_open": is_open, "query": asked, **going_on(listed, after)}

        return asking.page(request, "requests.html", ask, show, controller=controller, on=on)

    return router

