"""The single shares behind a month's number on sharing: when, by whom, to whom, which data, and the event of each. Source: docs/pages.md."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.deletion_overview import day_of
from ledger.answers.query import Query
from ledger.answers.shapes_behind import SharesWanted
from ledger.answers.shares_of_month import month_named
from ledger.web.pages import listing
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import After, Name
from ledger.web.pages.rendering import legal_day

Json = dict[str, Any]


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/sharing/shares")
    def listed(
        request: Request, controller: Name = "", on: Name = "", month: Name = "", recipient: Name = "", role: Name = "", onward: bool = False,
        after: After = "",
    ) -> Response:  # fmt: skip
        def ask(query: Query, who: str | None) -> Json:
            with query.one_moment():
                now = day_of(query.freshness().time_reached).replace(day=1)
                wanted = SharesWanted(
                    month=month_named(month) or now, controller=who, recipient=recipient or None, role=role or None, is_onward=onward
                )
                return {"found": query.shares_behind(wanted, listing.PAGE, after or None)}

        def show(found: Json) -> Json:
            listed_month = month if month_named(month) else legal_day(found["found"]["freshness"]["time_reached"]).isoformat()[:7]
            asked = {"controller": controller, "on": on, "month": listed_month, "recipient": recipient, "role": role, "onward": onward}
            return {
                "lines": found["found"]["shares"], "asked_month": listed_month, "wanted": {"recipient": recipient, "role": role}, "is_onward": onward,
                **listing.going_on(found["found"], after),
                "query": {name: value for name, value in asked.items() if value},
            }  # fmt: skip

        return asking.page(request, "sharing_shares.html", ask, show, controller=controller, on=on)

    return router
