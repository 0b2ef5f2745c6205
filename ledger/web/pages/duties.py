"""What must be done beside erasing, one by one: answers, notices, corrections; who must, until when, how it went, on which events.

The numbers that lead here are on `/` and `/deletion`. Source: docs/pages.md; docs/duties.md.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from ledger.answers.due import OTHER_KINDS, STATES
from ledger.answers.query import Query
from ledger.core.ids import REGISTER_REF
from ledger.web.pages import listing
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import After, Name
from ledger.web.pages.rendering import Words, language_of

Json = dict[str, Any]
UNSETTLED: Final = ("OVERDUE", "OPEN")


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/duties")
    def listed(
        request: Request, controller: Name = "", on: Name = "", kind: Name = "", state: Name = "", holder: Name = "", after: After = "",
    ) -> Response:  # fmt: skip
        kinds = (kind,) if kind in OTHER_KINDS else OTHER_KINDS
        states = (state,) if state in STATES else UNSETTLED
        wanted = {"kind": kind if kind in OTHER_KINDS else "", "state": state if state in STATES else "", "holder": holder}

        words = Words(language_of(request)).enum

        def ask(query: Query, who: str | None) -> Json:
            found = query.obligations(states, holder=holder or None, controller=who, limit=listing.PAGE, after=after or None, kinds=kinds)
            return {"found": found, "named": query.named(who)}

        def show(found: Json) -> Json:
            asked = {"controller": controller, "on": on, **wanted}
            return {
                "lines": [line_of(each) for each in found["found"]["obligations"]], "wanted": wanted, "named": found["named"],
                "kinds": [(each, words("duty", each)) for each in OTHER_KINDS], "states": [(each, words("duty", each)) for each in STATES],
                **listing.going_on(found["found"], after), "query": {name: value for name, value in asked.items() if value},
            }  # fmt: skip

        return asking.page(request, "duties.html", ask, show, controller=controller, on=on)

    return router


def line_of(duty: Json) -> Json:
    """A duty, with until when it must be done, or when it was settled; of one about the register there is no person to look at."""
    at = duty["settled_at"] if duty["state"] not in UNSETTLED else duty["overdue_at"]
    return duty | {"at": at, "person": None if (ref := duty.get("subject_ref")) == REGISTER_REF else ref}


def by_kind(other_duties: list[Json]) -> list[Json]:
    """`other_duties` of the overview of deletion as a line for each kind: how many are late, how many have time; most late first."""
    numbers: dict[str, Counter[str]] = {}
    oldest: dict[str, str] = {}
    for each in other_duties:
        numbers.setdefault(each["kind"], Counter())[each["state"]] += each["number"]
        oldest[each["kind"]] = min(oldest.get(each["kind"], each["oldest"]), each["oldest"])
    lines = [{"kind": kind, "late": found["OVERDUE"], "open": found["OPEN"], "oldest": oldest[kind]} for kind, found in numbers.items()]
    return sorted(lines, key=lambda line: (-line["late"], -line["open"], line["kind"]))
