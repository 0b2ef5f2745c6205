"""The single ones behind the numbers of the overviews, a GET each, in pages. What they mean: docs/answers.md section 11; as asked: docs/http.md.

What the pages `/sharing/list` and `/deletion/list` show; but what cannot be read as a state, a day, a month or an age is refused here.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Query as Parameter

from ledger.answers.asking import LIMIT
from ledger.answers.deletion_choice import STATES, unreadable
from ledger.answers.deletion_listed import listed
from ledger.answers.deletion_overview import AGES, IN_TIME
from ledger.answers.shapes_behind import DeletionListAnswer, HeldWanted, HoldingsAnswer, SharesAnswer, SharesWanted
from ledger.answers.shares_of_month import month_named
from ledger.web.gate import principal_of
from ledger.web.json_schemas import answers
from ledger.web.problems import Problem
from ledger.web.reads import NAME, After, Controller, KnownAt, Limit, On
from ledger.web.replying import Replying

OTHERS_MAX = 20
AGE = f"How many days since they were due: {', '.join(AGES)}. Of what was done how late that was, and `{IN_TIME}`: before it was overdue."
HINTS = {"age": ", ".join(AGES), "day": "2018-05-25", "month": "2018-05"}
Name = Annotated[str | None, Parameter(**NAME)]
Rule = Annotated[str | None, Parameter(description="Of this rule; `-`: of none.", **NAME)]


def routes(replying: Replying) -> APIRouter:
    """The routes of this file."""
    router = APIRouter(prefix="/v1/overview", tags=["answers"])

    @router.get("/sharing/list", **answers(HoldingsAnswer, "The holdings behind a number on sharing, each with the events that it rests on"))
    def sharing(
        request: Request, controller: Controller = None, holder: Name = None,
        role: Annotated[str | None, Parameter(description="Of the holder; `-`: the controller itself, which has none.", **NAME)] = None,
        giver: Annotated[str | None, Parameter(description="Who gave it.", **NAME)] = None,
        country: Annotated[str | None, Parameter(description="Where the share says that it went; `-`: it says no country.", **NAME)] = None,
        category: Annotated[str | None, Parameter(description="Held among others.", **NAME)] = None, purpose: Name = None, rule: Rule = None,
        activity: Annotated[str | None, Parameter(description="For this activity; `-`: of none.", **NAME)] = None,
        undated: Annotated[bool, Parameter(description="Those without a date on which they must go.")] = False,
        limit: Limit = LIMIT, after: After = None, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        wanted = HeldWanted(
            controller=replying.controller_of(principal_of(request), controller), holder=holder, role=role, giver=giver, country=country,
            category=category, purpose=purpose, rule=rule, activity=activity, is_without_date=undated,
        )  # fmt: skip
        return replying.reply(request, lambda query: query.held_behind(wanted, limit, after), on=on, known_at=known_at)

    @router.get("/sharing/shares", **answers(SharesAnswer, "The shares behind a month's number on sharing, each with its event"))
    def shares(
        request: Request, month: Annotated[str | None, Parameter(description="In Dutch legal time.", examples=["2018-05"], **NAME)] = None,
        controller: Controller = None, recipient: Name = None, role: Name = None,
        giver: Annotated[str | None, Parameter(description="Who gave it.", **NAME)] = None,
        country: Annotated[str | None, Parameter(description="Where the share says that it went; `-`: it says no country.", **NAME)] = None,
        onward: Annotated[bool, Parameter(description="Those that somebody else than the controller passed on.")] = False,
        not_recipient: Annotated[list[str] | None, Parameter(description="Without these recipients.", max_length=OTHERS_MAX)] = None,
        limit: Limit = LIMIT, after: After = None, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who, found = replying.controller_of(principal_of(request), controller), month_named(month or "")
        if found is None:
            raise Problem(422, "expected a readable month, got " + ("none" if month is None else "another text"), field="month", hint=HINTS["month"])
        wanted = SharesWanted(
            month=found, controller=who, recipient=recipient, role=role, giver=giver, country=country, is_onward=onward,
            others_than=tuple(not_recipient or ()),
        )  # fmt: skip
        return replying.reply(request, lambda query: query.shares_behind(wanted, limit, after), on=on, known_at=known_at)

    @router.get("/deletion/list", **answers(DeletionListAnswer, "The erasures or holdings behind a number on deletion; the earliest first"))
    def deletion(
        request: Request, controller: Controller = None, holder: Name = None, rule: Rule = None,
        state: Annotated[str, Parameter(description=f"One of {', '.join(STATES)}.", **NAME)] = STATES[0],
        age: Annotated[str | None, Parameter(description=AGE, **NAME)] = None,
        day: Annotated[str | None, Parameter(description="Due then; of what is settled: settled then. Counts before `month`.", **NAME)] = None,
        month: Annotated[str | None, Parameter(description="As `day`, of a whole month. Counts before `age`, but of what was done.", **NAME)] = None,
        limit: Limit = LIMIT, after: After = None, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who = replying.controller_of(principal_of(request), controller)
        wanted = {"state": state, "holder": holder or "", "rule": rule or "", "age": age or "", "day": day or "", "month": month or ""}
        if state not in STATES:
            raise Problem(422, "expected the state of a list, got another", field="state", hint=", ".join(STATES))
        if (wrong := unreadable(wanted)) is not None:
            raise Problem(422, f"expected a readable {wrong}, got another text", field=wrong, hint=HINTS[wrong])
        return replying.reply(request, lambda query: listed(query, wanted, who, limit, after), on=on, known_at=known_at)

    return router
