"""The single ones behind each number on sharing: who holds what of whom, with the events that brought it there. Source: docs/pages.md."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.answers.shapes_behind import HeldWanted
from ledger.web.pages import listing
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.countries import countries_offered
from ledger.web.pages.listing import After, Name
from ledger.web.pages.rendering import language_of

Json = dict[str, Any]


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/sharing/list")
    def listed(
        request: Request, controller: Name = "", on: Name = "", holder: Name = "", role: Name = "", giver: Name = "", country: Name = "",
        category: Name = "", purpose: Name = "", rule: Name = "", activity: Name = "", undated: bool = False, after: After = "",
    ) -> Response:  # fmt: skip
        language = language_of(request)
        wanted = {"holder": holder, "role": role, "giver": giver, "country": country, "category": category, "purpose": purpose, "rule": rule}
        wanted["activity"] = activity

        def ask(query: Query, who: str | None) -> Json:
            asked = {name: value or None for name, value in wanted.items()}
            found = query.held_behind(HeldWanted(controller=who, is_without_date=undated, **asked), listing.PAGE, after or None)
            return {"found": found, "named": query.named(who)}

        def show(found: Json) -> Json:
            return {
                "lines": found["found"]["holdings"], "wanted": wanted, "is_undated": undated, "named": found["named"],
                "offered": {kind: listing.terms_offered(kind, language) for kind in ("recipient_roles", "purposes", "categories")},
                "countries": countries_offered(language),
                **listing.going_on(found["found"], after),
                "query": {name: value for name, value in {"controller": controller, "on": on, **wanted, "undated": undated}.items() if value},
            }  # fmt: skip

        return asking.page(request, "sharing_list.html", ask, show, controller=controller, on=on)

    return router
