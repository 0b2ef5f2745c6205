"""The first page: what there is, and what needs attention, each number leading to its page."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.duties import by_kind
from ledger.web.pages.listing import Name
from ledger.web.pages.sharing import COVERED


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/")
    def home(request: Request, controller: Name = "", on: Name = "") -> Response:
        return asking.page(request, "home.html", _ask, shown, controller=controller, on=on)

    return router


def _ask(query: Query, controller: str | None) -> dict[str, Any]:
    return {
        "sharing": query.sharing_overview(controller), "deletion": query.deletion_overview(controller),
        "promises": query.promises_overview(controller), "breaches": query.breaches(controller),
    }  # fmt: skip


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """What the template needs. found: the overviews and the breaches in JSON form."""
    sharing, deletion, broken = found["sharing"], found["deletion"], found["promises"]["broken"]
    late = late_by_holder(deletion["unsettled"])
    holders = [each | {"overdue": late[each["controller"], each["holder"]]} for each in sharing["holders"]]
    holders.sort(key=lambda each: -each["overdue"])  # who is late is seen without scrolling; the others as they come: most people first
    return {
        "holders": holders,
        "totals": {
            "people": sharing["subjects"], "holders": len({each["holder"] for each in holders}),
            "holdings": sum(each["holdings"] for each in holders), "open": deletion["open"], "overdue": deletion["overdue"],
            "violations": sum(each["number"] for each in broken), "breaches": len(found["breaches"]["breaches"]),
            "uncovered": sum(each["agreement"] not in COVERED for each in sharing["recipients"]),
        },
        "latest": broken[:8],
        "duties": by_kind(deletion["other_duties"]),
    }  # fmt: skip


def late_by_holder(unsettled: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """How many erasures each holder is late with, by (controller, holder)."""
    found: Counter[tuple[str, str]] = Counter()
    for each in unsettled:
        if each["state"] == "OVERDUE":
            found[each["controller"], each["holder"]] += each["number"]
    return found
