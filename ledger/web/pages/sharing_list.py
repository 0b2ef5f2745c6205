"""The single ones behind each number on sharing: who holds what of whom, with the events that brought it there. Source: docs/pages.md."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi import Query as Asked

from ledger.answers.query import Query
from ledger.answers.shapes_behind import HeldWanted
from ledger.web.pages.asking import PageAsking

Json = dict[str, Any]
PAGE: Final = 100
PAGES_MAX: Final = 200


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/sharing/list")
    def listed(
        request: Request, controller: str = "", on: str = "", holder: str = "", role: str = "", giver: str = "", country: str = "",
        category: str = "", purpose: str = "", rule: str = "", undated: bool = False, page: Annotated[int, Asked(ge=1, le=PAGES_MAX)] = 1,
    ) -> Response:  # fmt: skip
        wanted = {"holder": holder, "role": role, "giver": giver, "country": country, "category": category, "purpose": purpose, "rule": rule}
        first = (page - 1) * PAGE

        def ask(query: Query, who: str | None) -> Json:
            asked = {name: value or None for name, value in wanted.items()}
            return {"found": query.held_behind(HeldWanted(controller=who, is_without_date=undated, **asked), PAGE, first)}

        def show(found: Json) -> Json:
            return {
                "lines": found["found"]["holdings"], "wanted": wanted, "page": page, "first": first, "has_next": found["found"]["more"],
                "query": {name: value for name, value in {"controller": controller, "on": on, **wanted, "undated": undated}.items() if value},
            }  # fmt: skip

        return asking.page(request, "sharing_list.html", ask, show, controller=controller, on=on)

    return router
