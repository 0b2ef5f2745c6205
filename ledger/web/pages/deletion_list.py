"""The single ones behind each number on deletion: erasures called for, done or refused, and holdings that come due or are held back.

What a number is of becomes what is asked in ledger/answers/deletion_choice.py. Source: docs/pages.md.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from ledger.answers import deletion_listed
from ledger.answers.deletion_choice import DATED, STATES, unreadable
from ledger.answers.deletion_overview import AGES, IN_TIME, age_of, lateness_of
from ledger.answers.query import Query
from ledger.contract.json_form import text_to_instant
from ledger.web.pages import listing
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import After, Name
from ledger.web.pages.rendering import Words, language_of, legal_day

Json = dict[str, Any]
MOMENTS: Final = ("due_at", "overdue_at", "settled_at")
"""Of an erasure that was done: what says how late that was."""


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/deletion/list")
    def listed(
        request: Request, controller: Name = "", on: Name = "", holder: Name = "", rule: Name = "", state: Name = "", age: Name = "",
        day: Name = "", month: Name = "", after: After = "",
    ) -> Response:  # fmt: skip
        wanted = {"state": state if state in STATES else STATES[0], "holder": holder, "rule": rule, "age": age, "day": day, "month": month}
        if unreadable(wanted) == "age":  # of another state, or of none: then it is not asked for, and not named
            wanted["age"] = ""
        words = Words(language_of(request))

        def ask(query: Query, who: str | None) -> Json:
            return {"found": deletion_listed.listed(query, wanted, who, listing.PAGE, after or None), "named": query.named(who)}

        def show(found: Json) -> Json:
            answer = found["found"]
            return {
                "lines": lines_of(answer, wanted["state"]), "wanted": wanted, "states": STATES, "named": found["named"],
                "ages": [(each, words(f"age_{each}")) for each in ((IN_TIME, *AGES) if wanted["state"] == "MET" else AGES)],
                **listing.going_on(answer, after),
                "query": {name: value for name, value in {"controller": controller, "on": on, **wanted}.items() if value},
            }  # fmt: skip

        return asking.page(request, "deletion_list.html", ask, show, controller=controller, on=on)

    return router


def lines_of(answer: Json, state: str) -> list[Json]:
    """Holdings or erasures as one kind of line. at: when it comes due, was due or was settled. age: of what is to be done how long ago it was due, of
    what is done how late that was."""
    today = legal_day(answer["freshness"]["time_reached"])
    if state in DATED:
        return [line | {"state": state, "at": line["due_at"], "age": ""} for line in answer["holdings"]]
    is_settled = state not in ("OPEN", "OVERDUE")
    return [
        line | {"at": line["settled_at"] if is_settled else line["due_at"], "state": state, "age": _age(line, state, today)}
        for line in answer["erasures"]
    ]


def _age(line: Json, state: str, today: date) -> str:
    if state == "MET":
        return lateness_of(*(text_to_instant(line[each]) for each in MOMENTS))
    return age_of(legal_day(line["due_at"]), today) if state in ("OPEN", "OVERDUE") else ""
