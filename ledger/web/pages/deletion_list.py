"""The single ones behind each number on deletion: erasures called for, done or refused, and holdings that come due or are held back.

`choice_of` turns what a number is of into what is asked; it is pure. Source: docs/pages.md.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from ledger.answers.deletion_overview import AGES, age_of, day_of
from ledger.answers.query import Query
from ledger.answers.shapes_behind import DatedWanted, ErasuresWanted
from ledger.core.calendar import start_of_day
from ledger.web.pages import listing
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.deletion import AHEAD_DAYS
from ledger.web.pages.listing import After, Name
from ledger.web.pages.rendering import legal_day

Json = dict[str, Any]
YEARS: Final = range(1900, 9000)
"""A day of another year is as one that cannot be read: at the ends of the calendar there is no day before or after."""
DATED: Final = ("HELD_BACK", "COMING")
STATES: Final = ("OVERDUE", "OPEN", "HELD_BACK", "COMING", "MET", "REFUSED", "CANCELLED")
_ZONE: Final = ZoneInfo("Europe/Amsterdam")


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/deletion/list")
    def listed(
        request: Request, controller: Name = "", on: Name = "", holder: Name = "", rule: Name = "", state: Name = "", age: Name = "",
        day: Name = "", month: Name = "", after: After = "",
    ) -> Response:  # fmt: skip
        wanted = {"state": state if state in STATES else STATES[0], "holder": holder, "rule": rule, "age": age, "day": day, "month": month}

        def ask(query: Query, who: str | None) -> Json:
            choice = choice_of(wanted, who, day_of(query.freshness().time_reached))
            if isinstance(choice, DatedWanted):
                return {"found": query.dated_behind(choice, listing.PAGE, after or None)}
            return {"found": query.erasures_behind(choice, listing.PAGE, after or None)}

        def show(found: Json) -> Json:
            answer = found["found"]
            return {
                "lines": lines_of(answer, wanted["state"]), "wanted": wanted, "states": STATES,
                **listing.going_on(answer, after),
                "query": {name: value for name, value in {"controller": controller, "on": on, **wanted}.items() if value},
            }  # fmt: skip

        return asking.page(request, "deletion_list.html", ask, show, controller=controller, on=on)

    return router


def choice_of(wanted: dict[str, str], controller: str | None, today: date) -> DatedWanted | ErasuresWanted:
    """What is asked. wanted: state (one of STATES), holder, rule, age, day (ISO), month (`2026-03`), each empty for any; what cannot be read, too."""
    since, until = days_of(wanted, today)
    state, holder, rule = wanted["state"], wanted["holder"] or None, wanted["rule"] or None
    if state == "COMING":
        since, until = max(since or today, today), min(until or date.max, today + timedelta(days=AHEAD_DAYS))
    first = None if since is None else start_of_day(since, _ZONE)
    before = None if until is None else start_of_day(until + timedelta(days=1), _ZONE)
    if state in DATED:
        return DatedWanted(controller=controller, holder=holder, rule=rule, is_held_back=state == "HELD_BACK", since=first, until=before)
    reason = "refused" if state == "REFUSED" else None
    return ErasuresWanted(
        state="CANCELLED" if reason else state, controller=controller, holder=holder, rule=rule, reason=reason, since=first, until=before
    )


def days_of(wanted: dict[str, str], today: date) -> tuple[date | None, date | None]:
    """The first and the last day that are asked for, None: no bound. The day counts before the month, the month before the age."""
    try:
        if wanted["day"]:
            return (day := _day(wanted["day"])), day
        if wanted["month"]:
            first = _day(wanted["month"] + "-01")
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        least, most = AGES[wanted["age"]] if wanted["age"] else (None, None)
    except (ValueError, KeyError):
        return None, None
    return None if most is None else today - timedelta(days=most), None if least is None else today - timedelta(days=least)


def _day(text: str) -> date:
    """Raises: ValueError."""
    if (found := date.fromisoformat(text)).year not in YEARS:
        raise ValueError
    return found


def lines_of(answer: Json, state: str) -> list[Json]:
    """Holdings or erasures as one kind of line. day: on which it comes due, was due or was settled."""
    today = legal_day(answer["freshness"]["time_reached"])
    if state in DATED:
        return [line | {"state": state, "at": line["due_at"], "age": ""} for line in answer["holdings"]]
    is_settled = state not in ("OPEN", "OVERDUE")
    return [
        line | {
            "at": line["settled_at"] if is_settled else line["due_at"], "state": state,
            "age": "" if is_settled else age_of(legal_day(line["due_at"]), today),
        }
        for line in answer["erasures"]
    ]  # fmt: skip
