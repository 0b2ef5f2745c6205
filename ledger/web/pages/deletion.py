"""The pages on deletion: what must go, goes and went, at whom, by which rule and how late; what comes due day by day; what has no term.

`overview` makes the numbers, `lines_of` the single ones behind them; both from answers in JSON form, fields withheld and all. Source: docs/pages.md.
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
            request, "deletion.html", lambda query, who: _ask(query, who, may_read_requests), lambda found: overview(found, language),
            controller=controller, on=on,
        )  # fmt: skip

    @router.get("/deletion/list")
    def listed(
        request: Request, controller: str = "", on: str = "", holder: str = "", rule: str = "", state: str = "", age: str = "", day: str = "",
        month: str = "", page: Annotated[int, Asked(ge=1, le=LINES_MAX)] = 1,
    ) -> Response:  # fmt: skip
        wanted = {"state": state if state in _STATES else "", "holder": holder, "rule": rule, "age": age, "day": day, "month": month}
        may_read_requests = _may_read_requests(request)

        def show(found: Json) -> Json:
            lines = [line for line in lines_of(found) if is_wanted(line, wanted)]
            first = (page - 1) * PAGE
            return {
                "lines": lines[first : first + PAGE], "number_of_lines": len(lines), "wanted": wanted, "states": _STATES,
                "page": page, "first": first, "has_next": len(lines) > first + PAGE,
                "query": {name: value for name, value in {"controller": controller, "on": on, **wanted}.items() if value},
            }  # fmt: skip

        return asking.page(
            request, "deletion_list.html", lambda query, who: _ask(query, who, may_read_requests), show, controller=controller, on=on
        )

    return router


def _may_read_requests(request: Request) -> bool:
    """Who asked what is not for everybody who reads numbers (ledger/web/access.py, `/v1/requests`)."""
    return principal_of(request).role in (Role.AUDITOR, Role.DPO)


def _ask(query: Query, controller: str | None, may_read_requests: bool) -> Json:
    reached = query.freshness().time_reached
    found: Json = {
        "due": query.due(reached + AHEAD_MICROS if reached else None, controller, LINES_MAX),
        "settled": query.obligations(SETTLED, controller=controller, limit=LINES_MAX),
        "retention": query.retention(controller, 1),
    }
    return found | ({"requests": query.requests(controller, limit=LINES_MAX)} if may_read_requests else {})


def overview(found: Json, language: str) -> Json:
    """The numbers. found: the answers `due`, `settled`, `retention`, and `requests` for those who may read them, in JSON form."""
    lines = lines_of(found)
    states = Counter(line["state"] for line in lines)
    called_for: Counter[tuple[str, ...]] = Counter()
    oldest: dict[tuple[str, ...], str] = {}
    for line in lines:
        if line["state"] in (*_CALLED_FOR, "HELD_BACK"):
            key = (line["state"], line["controller"], line["holder"], line["rule"] or "", line["age"])
            called_for[key] += 1
            oldest[key] = min(line["due_at"], oldest.get(key, line["due_at"]))
    coming = Counter(line["day"] for line in lines if line["state"] == "COMING" and line["day"])
    done = Counter(line["day"][:7] for line in lines if line["state"] == "MET")
    today = legal_day(found["due"]["freshness"]["time_reached"])
    refused = [line for line in lines if line["state"] == "REFUSED"]
    return {
        "states": states,
        "unsettled": [
            dict(zip(("state", "controller", "holder", "rule", "age"), key, strict=True)) | {"number": number, "oldest": oldest[key]}
            for key, number in sorted(called_for.items(), key=lambda item: (item[0][0] != "OVERDUE", -item[1], item[0]))
        ],
        "calendar": heat_map(coming, today, language),
        "months": sorted(Counter(day[:7] for day in coming.elements()).items()),
        "days": sorted(coming.items()),
        "done_by_month": sorted(done.items(), reverse=True)[:12],
        "done_by_holder": Counter(line["holder"] for line in lines if line["state"] == "MET").most_common(12),
        "refused": refused[:PAGE],
        "refused_more": max(len(refused) - PAGE, 0),
        "knows_refused": "requests" in found,
        "gaps": found["retention"]["gaps"],
        "silent": found["retention"]["silent"],
        "is_cut": found["due"]["more"] or found["settled"]["more"],
    }


def lines_of(found: Json) -> list[Json]:
    """Each erasure that is called for, comes due, waits, is done or was refused, as one kind of line; the earliest due first of each."""
    today = legal_day(found["due"]["freshness"]["time_reached"])
    lines = [_line(line, line["state"], line["due_at"], today) for line in found["due"]["lines"] if line["kind"] == "ERASE"]
    lines += [_line(line, line["state"], line["settled_at"], today) for line in found["settled"]["obligations"] if line["kind"] == "ERASE"]
    for request in found.get("requests", {}).get("requests", ()):
        for refusal in request["refusals"]:
            given = {name: request.get(name) for name in ("controller", "subject_ref", "rests_on")}
            given |= {name: refusal[name] for name in ("holder", "store", "purpose", "reason", "statute", "until")}
            lines.append(_line(given | {"categories": [], "rule": None, "due_at": refusal["until"]}, "REFUSED", refusal["until"], today))
    return lines


def _line(given: Json, state: str, at: str | None, today: date | None) -> Json:
    """day: on which it comes due, was settled, or goes after a refusal. reason: why it was refused (a term), or called off (a word)."""
    kept = ("controller", "holder", "store", "purpose", "categories", "rule", "due_at", "rests_on")
    day = None if at is None else legal_day(at)
    age = age_of((today - day).days) if state in (*_CALLED_FOR, "HELD_BACK") and today and day else ""
    more = {"subject_ref": given.get("subject_ref"), "reason": given.get("reason"), "statute": given.get("statute"), "until": given.get("until")}
    return {name: given[name] for name in kept} | more | {"state": state, "at": at, "day": "" if day is None else day.isoformat(), "age": age}


def age_of(days: int) -> str:
    """How long since it was due."""
    return next((name for most, name in AGES if days < most), "90+")


def is_wanted(line: Json, wanted: dict[str, str]) -> bool:
    """Whether a line is among those asked for. month: as `2026-03`."""
    if wanted["month"] and not line["day"].startswith(wanted["month"]):
        return False
    return all(not wanted[name] or wanted[name] == (line[name] or "") for name in ("state", "holder", "rule", "age", "day"))
