"""The register of processing (verwerkingsregister): what the policy declares beside what was seen. Source: GDPR Art. 30(1) and 30(2)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.web.gate import principal_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import Name


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/register")
    def register(request: Request, controller: Name = "", on: Name = "") -> Response:
        chosen = controller or asking.first_controller(principal_of(request))

        def ask(query: Query, who: str | None) -> dict[str, Any]:
            return {"register": query.processing_register(who or chosen), "statement": query.processor_statement(who or chosen)}

        return asking.page(
            request, "register.html", ask, lambda found: {**found, "query": {"controller": chosen, "on": on}}, controller=chosen, on=on
        )

    return router
