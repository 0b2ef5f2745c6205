"""The page on breaches (datalekregister): when it was known, the 72 hours, whom it concerns and who was told. Source: GDPR Art. 33, 34.

People of a breach come PEOPLE_MAX at a time; with `after`, a breach's own cursor, the page is about that breach alone and the next of its people.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import After, Name
from ledger.web.pages.rendering import since

AUTHORITY_HOURS: Final = 72
PEOPLE_MAX: Final = 200


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/breaches")
    def breaches(request: Request, controller: Name = "", on: Name = "", after: After = "") -> Response:
        def ask(query: Query, who: str | None) -> dict[str, Any]:
            return {"breaches": query.breaches(who, limit=PEOPLE_MAX, after=after or None)}

        def show(found: dict[str, Any]) -> dict[str, Any]:
            return shown(found) | {"is_later": bool(after)}

        return asking.page(request, "breaches.html", ask, show, controller=controller, on=on)

    return router


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """Each breach with the hours that its notice took. Of a role that sees no persons, people come without a reference: they are left out."""
    lines = []
    for each in found["breaches"]["breaches"]:
        first = min(each["authority"], key=lambda notice: notice["notified_at"], default=None)
        hours = None if first is None else since(each["aware_at"], first["notified_at"]).total_seconds() / 3600
        people = [person for person in each["subjects"] if "subject_ref" in person]
        lines.append(each | {"hours": hours, "of_clock": min((hours or 0) / AUTHORITY_HOURS, 2) * 50, "people": people})
    return {
        "breaches": lines, "not_covered": found["breaches"]["not_covered"],
        "totals": {
            "breaches": len(lines), "affected": sum(each["affected"] for each in lines), "due": sum(each["still_due"] for each in lines),
            "late": sum(bool(each["authority_late_by_seconds"]) for each in lines),
        },
    }  # fmt: skip
