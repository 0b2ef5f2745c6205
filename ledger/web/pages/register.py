"""The register of processing (verwerkingsregister): what the policy declares beside what was seen. Source: GDPR Art. 30(1) and 30(2).

It reads tallies; which facts each line rests on is asked for apart (`facts`), since finding them reads all holdings.
"""

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
    def register(request: Request, controller: Name = "", on: Name = "", facts: bool = False) -> Response:
        chosen = controller or asking.first_controller(principal_of(request))

        def ask(query: Query, who: str | None) -> dict[str, Any]:
            about = who or chosen
            return {
                "register": query.processing_register(about, with_facts=facts), "statement": query.processor_statement(about, with_facts=False)
            }  # fmt: skip

        def show(found: dict[str, Any]) -> dict[str, Any]:
            return {**found, "query": {"controller": chosen, "on": on}, "with_facts": facts}

        return asking.page(request, "register.html", ask, show, controller=chosen, on=on)

    return router
