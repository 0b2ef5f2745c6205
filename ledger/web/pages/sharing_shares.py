"""The single shares behind a month's number on sharing: when, by whom, to whom, which data, and the event of each. Source: docs/pages.md."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi import Query as Asked
from pydantic import Field

from ledger.answers.deletion_overview import day_of
from ledger.answers.query import Query
from ledger.answers.shapes_behind import SharesWanted
from ledger.answers.shares_of_month import month_named
from ledger.web.pages import listing
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.countries import countries_offered
from ledger.web.pages.listing import After, Name
from ledger.web.pages.rendering import language_of, legal_day
from ledger.web.reads import NAME
from ledger.web.reads_behind import OTHERS_MAX

Json = dict[str, Any]
Others = list[Annotated[str, Field(max_length=NAME["max_length"], pattern=NAME["pattern"])]]
NOBODY: Final = Asked(max_length=OTHERS_MAX, default_factory=list)


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/sharing/shares")
    def listed(
        request: Request, controller: Name = "", on: Name = "", month: Name = "", recipient: Name = "", role: Name = "", giver: Name = "",
        country: Name = "", onward: bool = False, not_recipient: Others = NOBODY, after: After = "",
    ) -> Response:  # fmt: skip
        wanted = {"recipient": recipient, "role": role, "giver": giver, "country": country}
        language, others = language_of(request), [each for each in not_recipient if each]

        def ask(query: Query, who: str | None) -> Json:
            now = day_of(query.freshness().time_reached).replace(day=1)
            asked = SharesWanted(
                month=month_named(month) or now, controller=who, is_onward=onward, others_than=tuple(others),
                **{name: value or None for name, value in wanted.items()},
            )  # fmt: skip
            return {"found": query.shares_behind(asked, listing.PAGE, after or None), "named": query.named(who)}

        def show(found: Json) -> Json:
            listed_month = month if month_named(month) else legal_day(found["found"]["freshness"]["time_reached"]).isoformat()[:7]
            asked = {"controller": controller, "on": on, "month": listed_month, **wanted, "onward": onward, "not_recipient": others}
            return {
                "lines": found["found"]["shares"], "asked_month": listed_month, "wanted": wanted, "is_onward": onward, "others_than": others,
                "named": found["named"], "roles": listing.terms_offered("recipient_roles", language), "countries": countries_offered(language),
                **listing.going_on(found["found"], after),
                "query": {name: value for name, value in asked.items() if value},
            }  # fmt: skip

        return asking.page(request, "sharing_shares.html", ask, show, controller=controller, on=on)

    return router
