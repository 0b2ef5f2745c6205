"""The pages on deletion: what must go, goes and went, at whom, by which rule and how late; what comes due day by day; what has no term.

The numbers are tallies (`query.deletion_overview`); the single ones behind them are on the page of deletion_list.py. Source: docs/pages.md.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from ledger.answers.deletion_choice import AHEAD_DAYS
from ledger.answers.query import Query
from ledger.answers.shares_of_month import month_named
from ledger.web.gate import principal_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.calendars import heat_map
from ledger.web.pages.deletion_sums import months_done, sums_by, sums_by_lateness
from ledger.web.pages.duties import by_kind
from ledger.web.pages.listing import Name
from ledger.web.pages.rendering import language_of
from ledger.web.roles import Role

Json = dict[str, Any]
AHEAD_MICROS: Final = AHEAD_DAYS * 86_400_000_000
REFUSED_MAX: Final = 10
"""Of so many requests, those answered last, the page says what was refused and why; the list behind it has them all."""


def routes(asking: PageAsking) -> APIRouter:
    """The routes of this file."""
    router = APIRouter()

    @router.get("/deletion")
    def deletion(request: Request, controller: Name = "", on: Name = "", until: Name = "") -> Response:
        language, may_read_persons = language_of(request), _may_read_persons(request)
        return asking.page(
            request, "deletion.html", lambda query, who: _numbers(query, who, may_read_persons),
            lambda found: overview(found, language, until if month_named(until) else ""), controller=controller, on=on,
        )  # fmt: skip

    @router.get("/deletion/gaps")
    def gaps(request: Request, controller: Name = "", on: Name = "") -> Response:
        return asking.page(
            request, "deletion_gaps.html", lambda query, who: {"found": query.retention_gaps(who)},
            lambda found: {"gaps": found["found"]["gaps"]}, controller=controller, on=on,
        )  # fmt: skip

    return router


def _may_read_persons(request: Request) -> bool:
    """Who asked what, and what is held, is not for everybody who reads numbers (ledger/web/access.py, `/v1/requests`, `/v1/holds`)."""
    return principal_of(request).role in (Role.AUDITOR, Role.DPO)


def _numbers(query: Query, controller: str | None, may_read_persons: bool) -> Json:
    reached = query.freshness().time_reached
    found: Json = {"deletion": query.deletion_overview(controller, reached + AHEAD_MICROS if reached else None)}
    if not may_read_persons:
        return found
    return found | {"refused": query.requests(controller, is_refused=True, limit=REFUSED_MAX), "holds": query.holds_counted(controller)}


def overview(found: Json, language: str, until: str = "") -> Json:
    """The numbers. found: the answer `deletion`, and for those who may read requests `refused`: those refused, wholly or in part; in JSON form.

    until: the last month of those shown of what was done; empty: the latest.
    """
    deletion = found["deletion"]
    coming: Counter[str] = Counter()
    for each in deletion["coming"]:
        coming[each["day"]] += each["number"]
    months: Counter[str] = Counter()
    for day, number in coming.items():
        months[day[:7]] += number
    today = deletion["today"] and date.fromisoformat(deletion["today"])
    return {
        "states": {
            "OVERDUE": deletion["overdue"], "OPEN": deletion["open"], "HELD_BACK": deletion["held_back"], "COMING": coming.total(),
            "MET": deletion["done"], "REFUSED": deletion["refused"],
        },
        "unsettled": [*deletion["unsettled"], *(each | {"state": "HELD_BACK", "age": ""} for each in deletion["waiting"])],
        "duties": by_kind(deletion["other_duties"]),
        "calendar": heat_map(coming, today, language),
        "months": sorted(months.items()),
        "days": sorted(coming.items()),
        "by_rule": deletion["coming_by_rule"],
        "done": months_done(deletion, until),
        "by_lateness": sums_by_lateness(deletion),
        "sums": [(name, sums_by(deletion, name)) for name in ("holder", "rule")],
        "refused": refusals(found["refused"]) if "refused" in found else None,
        "holds": found.get("holds"),
        "gaps": deletion["without_date"],
        "silent": deletion["silent"],
    }  # fmt: skip


def refusals(requests: Json) -> Json:
    """What was refused, a line for each part that stays: why and until when; of a refusal that gives no reason (GDPR Art. 12(4))
    one line without. number: of requests they are of; is_all: there are no others."""
    lines = [
        refusal | {"controller": request["controller"], "rests_on": request["rests_on"]}
        for request in requests["requests"] for refusal in request["refusals"] or [{"reason": None}]
    ]  # fmt: skip
    return {"lines": lines, "number": len(requests["requests"]), "is_all": not requests["more"]}
