"""The pages on deletion: what must go, goes and went, at whom, by which rule and how late; what comes due day by day; what has no term.

`overview` shows the numbers, which are tallies, `lines_of` the single ones behind them; both from answers in JSON form, fields withheld and all.
Source: docs/pages.md.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi import Query as Asked

from ledger.answers.query import Query
from ledger.web.gate import principal_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.calendars import heat_map
from ledger.web.pages.rendering import language_of, legal_day
from ledger.web.roles import Role

Json = dict[str, Any]
AHEAD_MICROS: Final = 366 * 86_400_000_000
LINES_MAX: Final = 20_000
REQUESTS_MAX: Final = 50
"""Of the latest so many requests the page says what was refused, and why."""
PAGE: Final = 100
AGES: Final = ((7, "0-6"), (30, "7-29"), (90, "30-89"))
"""Days since it was due."""
SETTLED: Final = ("MET", "CANCELLED")
_CALLED_FOR: Final = ("OPEN", "OVERDUE")
_STATES: Final = ("OVERDUE", "OPEN", "HELD_BACK", "COMING", *SETTLED, "REFUSED")


def routes(asking: PageAsking) -> APIRouter:
    """The routes of this file."""
    router = APIRouter()

    @router.get("/deletion")
    def deletion(request: Request, controller: str = "", on: str = "") -> Response:
        language, may_read_requests = language_of(request), _may_read_requests(request)
        return asking.page(
            request, "deletion.html", lambda query, who: _numbers(query, who, may_read_requests), lambda found: overview(found, language),
            controller=controller, on=on,
        )  # fmt: skip

    @router.get("/deletion/gaps")
    def gaps(request: Request, controller: str = "", on: str = "") -> Response:
        return asking.page(
            request, "deletion_gaps.html", lambda query, who: {"retention": query.retention(who, 1)},
            lambda found: {"gaps": found["retention"]["gaps"]}, controller=controller, on=on,
        )  # fmt: skip

    @router.get("/deletion/list")
    def listed(
        request: Request, controller: str = "", on: str = "", holder: str = "", rule: str = "", state: str = "", age: str = "", day: str = "",
        month: str = "", page: Annotated[int, Asked(ge=1, le=LINES_MAX)] = 1,
    ) -> Response:  # fmt: skip
        wanted = {"state": state if state in _STATES else "", "holder": holder, "rule": rule, "age": age, "day": day, "month": month}

        def show(found: Json) -> Json:
            lines = [line for line in lines_of(found) if is_wanted(line, wanted)]
            first = (page - 1) * PAGE
            return {
                "lines": lines[first : first + PAGE], "number_of_lines": len(lines), "wanted": wanted, "states": _STATES,
                "page": page, "first": first, "has_next": len(lines) > first + PAGE,
                "query": {name: value for name, value in {"controller": controller, "on": on, **wanted}.items() if value},
            }  # fmt: skip

        return asking.page(request, "deletion_list.html", _single_ones, show, controller=controller, on=on)

    return router


def _may_read_requests(request: Request) -> bool:
    """Who asked what is not for everybody who reads numbers (ledger/web/access.py, `/v1/requests`)."""
    return principal_of(request).role in (Role.AUDITOR, Role.DPO)


def _numbers(query: Query, controller: str | None, may_read_requests: bool) -> Json:
    reached = query.freshness().time_reached
    found: Json = {"deletion": query.deletion_overview(controller, reached + AHEAD_MICROS if reached else None)}
    return found | ({"requests": query.requests(controller, limit=REQUESTS_MAX)} if may_read_requests else {})


def _single_ones(query: Query, controller: str | None) -> Json:
    reached = query.freshness().time_reached
    return {
        "due": query.due(reached + AHEAD_MICROS if reached else None, controller, LINES_MAX),
        "settled": query.obligations(SETTLED, controller=controller, limit=LINES_MAX),
    }


def overview(found: Json, language: str) -> Json:
    """The numbers. found: the answer `deletion`, and `requests` for those who may read them, in JSON form."""
    deletion = found["deletion"]
    coming: Counter[str] = Counter()
    for each in deletion["coming"]:
        coming[each["day"]] += each["number"]
    months: Counter[str] = Counter()
    for day, number in coming.items():
        months[day[:7]] += number
    done_in, done_by = Counter[str](), Counter[str]()
    for each in deletion["settled"]:
        if each["state"] == "MET":
            done_in[each["month"][:7]] += each["number"]
            done_by[each["holder"]] += each["number"]
    refused = refusals(found["requests"]["requests"]) if "requests" in found else []
    today = deletion["today"] and date.fromisoformat(deletion["today"])
    return {
        "states": {
            "OVERDUE": deletion["overdue"], "OPEN": deletion["open"], "HELD_BACK": deletion["held_back"], "COMING": coming.total(),
            "MET": deletion["done"], "REFUSED": deletion["refused"],
        },
        "unsettled": [*deletion["unsettled"], *(each | {"state": "HELD_BACK", "age": ""} for each in deletion["waiting"])],
        "calendar": heat_map(coming, today, language),
        "months": sorted(months.items()),
        "days": sorted(coming.items()),
        "by_rule": deletion["coming_by_rule"],
        "done_by_month": sorted(done_in.items(), reverse=True)[:12],
        "done_by_holder": done_by.most_common(12),
        "refused": refused,
        "knows_refused": "requests" in found,
        "gaps": deletion["without_date"],
        "silent": deletion["silent"],
    }  # fmt: skip


def refusals(requests: list[Json]) -> list[Json]:
    """What was refused of these requests, with why and until when."""
    return [
        refusal | {"controller": request["controller"], "rests_on": request["rests_on"]} for request in requests for refusal in request["refusals"]
    ]


def lines_of(found: Json) -> list[Json]:
    """Each erasure that is called for, comes due, waits, is done or was refused, as one kind of line; the earliest due first of each."""
    today = legal_day(found["due"]["freshness"]["time_reached"])
    lines = [_line(line, line["state"], line["due_at"], today) for line in found["due"]["lines"] if line["kind"] == "ERASE"]
    for line in found["settled"]["obligations"]:
        if line["kind"] == "ERASE":
            lines.append(_line(line, "REFUSED" if line["reason"] == "refused" else line["state"], line["settled_at"], today))
    return lines


def _line(given: Json, state: str, at: str, today: date) -> Json:
    """day: on which it comes due, or was settled. reason: why it was called off."""
    kept = ("controller", "subject_ref", "holder", "store", "purpose", "categories", "rule", "due_at", "rests_on")
    day = legal_day(at)
    age = age_of((today - day).days) if state in _CALLED_FOR else ""
    return {name: given.get(name) for name in kept} | {"reason": given.get("reason"), "state": state, "at": at, "day": day.isoformat(), "age": age}


def age_of(days: int) -> str:
    """How long since it was due."""
    return next((name for most, name in AGES if days < most), "90+")


def is_wanted(line: Json, wanted: dict[str, str]) -> bool:
    """Whether a line is among those asked for. month: as `2026-03`."""
    if wanted["month"] and not line["day"].startswith(wanted["month"]):
        return False
    return all(not wanted[name] or wanted[name] == (line[name] or "") for name in ("state", "holder", "rule", "age", "day"))
