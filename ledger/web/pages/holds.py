"""Legal holds (bewaarplicht in een zaak) and restrictions (beperking), one by one: which stand, since and until when, about what, on which events.

The number that leads here is on `/deletion`. For auditor and data protection officer: a legal hold points at a case about one person.
Source: docs/pages.md; docs/answers.md, "Holds".
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.web.pages import listing
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import After, Name

ALL: Final = "all"


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/deletion/holds")
    def listed(request: Request, controller: Name = "", on: Name = "", only: Name = "", after: After = "") -> Response:
        is_standing = only != ALL
        asked = {"controller": controller, "on": on, "only": "" if is_standing else ALL}

        def ask(query: Query, who: str | None) -> dict[str, Any]:
            return {"found": query.holds(who, is_standing=is_standing, limit=listing.PAGE, after=after or None)}

        def show(found: dict[str, Any]) -> dict[str, Any]:
            going_on = listing.going_on(found["found"], after)
            return {"holds": found["found"]["holds"], **going_on, "query": {name: value for name, value in asked.items() if value}}

        return asking.page(request, "deletion_holds.html", ask, show, controller=controller, on=on)

    return router
