"""The questions about everybody, a GET each. What they mean: docs/answers.md; how they are asked: docs/http.md."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi import Query as Parameter

from ledger.answers.asking import LIMIT
from ledger.answers.cursors import LENGTH_MAX
from ledger.answers.due import KINDS
from ledger.answers.shapes_holds import HoldsAnswer
from ledger.answers.shapes_lists import DueAnswer, HoldersAnswer, ObligationsAnswer, ViolationsAnswer
from ledger.answers.shapes_overviews import DeletionOverview, PromisesOverview, SharingOverview
from ledger.answers.shapes_processor import StatementAnswer
from ledger.answers.shapes_register import BreachesAnswer, RegisterAnswer, RetentionAnswer
from ledger.answers.shapes_rights import DisclosuresAnswer, RequestsAnswer, SuppressionAnswer
from ledger.answers.shapes_sharing import RecipientsAnswer, TransfersAnswer
from ledger.answers.shares_of_month import month_named
from ledger.moments import read_moment
from ledger.web.gate import principal_of
from ledger.web.json_schemas import answers
from ledger.web.problems import Problem
from ledger.web.replying import Replying

LIMIT_MAX = 1_000
NAME: Final[dict[str, Any]] = {"min_length": 1, "max_length": 128, "pattern": r"^[^\x00]*$"}
Controller = Annotated[str | None, Parameter(description="Only of this controller; may be left out where one alone is in reach.", **NAME)]
On = Annotated[str | None, Parameter(description="What was so at the end of that day, or at an RFC 3339 time.", examples=["2020-01-31"], **NAME)]
KnownAt = Annotated[
    list[str] | None, Parameter(description="As known then: a day, an RFC 3339 time, or PARTITION:OFFSET for each partition.", max_length=1000)
]
Limit = Annotated[int, Parameter(ge=1, le=LIMIT_MAX, description="At most so many single ones; counts leave nothing out.")]
After = Annotated[
    str | None,
    Parameter(
        description="The page after another: its `next`, with the same question, filters and moment. The `Link` header has it.",
        min_length=1, max_length=LENGTH_MAX, pattern="^[A-Za-z0-9_-]+$",
    ),
]  # fmt: skip
Facts = Annotated[
    bool, Parameter(description="Name facts that each line rests on, which reads all holdings; false: from tallies, at once, without them.")
]
STATES = ("OPEN", "OVERDUE", "MET", "CANCELLED")


def routes(replying: Replying) -> APIRouter:
    """The routes of this file."""
    router = APIRouter(prefix="/v1", tags=["answers"])

    def whose(request: Request, controller: str | None) -> str | None:
        return replying.controller_of(principal_of(request), controller)

    def one(request: Request, controller: str | None) -> str:
        return replying.one_controller_of(principal_of(request), controller)

    @router.get("/holders", **answers(HoldersAnswer, "Who holds data, about how many people"))
    def holders(
        request: Request, controller: Controller = None, facts: Facts = True, on: On = None, known_at: KnownAt = None
    ) -> Response:
        who = whose(request, controller)
        return replying.reply(request, lambda query: query.holders(who, with_facts=facts), on=on, known_at=known_at)

    @router.get("/recipients", **answers(RecipientsAnswer, "Who gets data, what each gets, and on which terms"))
    def recipients(
        request: Request, controller: Controller = None, facts: Facts = True, on: On = None, known_at: KnownAt = None
    ) -> Response:
        who = whose(request, controller)
        return replying.reply(request, lambda query: query.recipients(who, with_facts=facts), on=on, known_at=known_at)

    @router.get("/transfers", **answers(TransfersAnswer, "What is held outside the EU, and what that rests on now"))
    def transfers(request: Request, controller: Controller = None, on: On = None, known_at: KnownAt = None) -> Response:
        who = whose(request, controller)
        return replying.reply(request, lambda query: query.transfers(who), on=on, known_at=known_at)

    @router.get("/retention", **answers(RetentionAnswer, "How long what is kept, what has no term, what is past its date"))
    def retention(
        request: Request, controller: Controller = None, facts: Facts = True, limit: Limit = 20, after: After = None, on: On = None,
        known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who = whose(request, controller)
        return replying.reply(request, lambda query: query.retention(who, limit, after, with_facts=facts), on=on, known_at=known_at)

    @router.get("/register", **answers(RegisterAnswer, "The register of processing (verwerkingsregister), declared against observed"))
    def processing_register(
        request: Request, controller: Controller = None, facts: Facts = True, on: On = None, known_at: KnownAt = None
    ) -> Response:
        who = one(request, controller)
        return replying.reply(request, lambda query: query.processing_register(who, with_facts=facts), on=on, known_at=known_at)

    @router.get("/violations", **answers(ViolationsAnswer, "Which promises were broken; with a limit also one by one, the newest first"))
    def violations(
        request: Request, controller: Controller = None, promise: Annotated[str | None, Parameter(**NAME)] = None,
        since: Annotated[str | None, Parameter(description="Found from then on, by the ledger's time.", **NAME)] = None,
        until: Annotated[str | None, Parameter(description="Found before the end of then.", **NAME)] = None,
        limit: Annotated[int, Parameter(ge=0, le=LIMIT_MAX)] = 0, after: After = None, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who, first, last = whose(request, controller), read_moment(since, is_first=True, field="since"), read_moment(until, field="until")
        return replying.reply(
            request,
            lambda query: query.violations(promise=promise, controller=who, since=first, until=last, limit=limit, after=after),
            on=on,
            known_at=known_at,
        )

    @router.get("/overview/sharing", **answers(SharingOverview, "Sharing in numbers, from tallies: at once, however much is held"))
    def sharing_overview(
        request: Request, controller: Controller = None,
        until: Annotated[str | None, Parameter(description="The last of the 24 months of `by_month`.", examples=["2018-05"], **NAME)] = None,
        on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who, last = whose(request, controller), month_named(until or "")
        if until is not None and last is None:
            raise Problem(422, "expected a readable month, got another text", field="until", hint="2018-05")
        return replying.reply(request, lambda query: query.sharing_overview(who, last), on=on, known_at=known_at)

    @router.get("/overview/deletion", **answers(DeletionOverview, "Deletion in numbers, from tallies, with a calendar of what comes due"))
    def deletion_overview(
        request: Request, controller: Controller = None, until: Annotated[str | None, Parameter(**NAME)] = None, on: On = None,
        known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who, moment = whose(request, controller), read_moment(until, field="until")
        return replying.reply(request, lambda query: query.deletion_overview(who, moment), on=on, known_at=known_at)

    @router.get("/overview/promises", **answers(PromisesOverview, "Broken promises by month, from tallies"))
    def promises_overview(request: Request, controller: Controller = None, on: On = None, known_at: KnownAt = None) -> Response:
        who = whose(request, controller)
        return replying.reply(request, lambda query: query.promises_overview(who), on=on, known_at=known_at)

    @router.get("/due", **answers(DueAnswer, "What comes due until a moment, and what is past due; the earliest first"))
    def due(
        request: Request, controller: Controller = None, until: Annotated[str | None, Parameter(**NAME)] = None, limit: Limit = LIMIT,
        after: After = None, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who, moment = whose(request, controller), read_moment(until, field="until")
        return replying.reply(request, lambda query: query.due(moment, who, limit, after), on=on, known_at=known_at)

    @router.get("/obligations", **answers(ObligationsAnswer, "What holders must do; the earliest due first"))
    def obligations(
        request: Request, controller: Controller = None, holder: Annotated[str | None, Parameter(**NAME)] = None,
        state: Annotated[list[str] | None, Parameter(description="OPEN, OVERDUE, MET, CANCELLED. [OVERDUE and OPEN]", max_length=4)] = None,
        kind: Annotated[list[str] | None, Parameter(description=f"{', '.join(KINDS)}. [all]", max_length=len(KINDS))] = None,
        limit: Limit = LIMIT, after: After = None, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who, states = whose(request, controller), [each.upper() for each in state or ("OVERDUE", "OPEN")]
        kinds = [each.upper() for each in kind or ()]
        for name, known, asked in (("state", STATES, states), ("kind", KINDS, kinds)):
            if not set(asked) <= set(known):
                raise Problem(422, f"expected a {name} of {', '.join(known)}, got another", field=name)
        return replying.reply(
            request, lambda query: query.obligations(states, holder=holder, controller=who, limit=limit, after=after, kinds=kinds),
            on=on, known_at=known_at,
        )  # fmt: skip

    @router.get("/requests", **answers(RequestsAnswer, "Who asked what, until when it must be answered, and how it went"))
    def requests(
        request: Request, controller: Controller = None, is_open: Annotated[bool, Parameter(alias="open")] = False,
        is_refused: Annotated[bool, Parameter(alias="refused")] = False, limit: Limit = LIMIT, after: After = None, on: On = None,
        known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who = whose(request, controller)
        return replying.reply(
            request, lambda query: query.requests(who, is_open=is_open, is_refused=is_refused, limit=limit, after=after), on=on, known_at=known_at
        )

    @router.get("/breaches", **answers(BreachesAnswer, "The register of breaches (datalekregister), with whom each concerns"))
    def breaches(
        request: Request, controller: Controller = None, limit: Annotated[int, Parameter(ge=0, le=LIMIT_MAX)] = 0, after: After = None,
        on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who = whose(request, controller)
        return replying.reply(request, lambda query: query.breaches(who, limit=limit, after=after), on=on, known_at=known_at)

    @router.get("/disclosures", **answers(DisclosuresAnswer, "Who outside asked for data, what was decided, who was told"))
    def disclosures(
        request: Request, controller: Controller = None, limit: Limit = LIMIT, after: After = None, on: On = None, known_at: KnownAt = None
    ) -> Response:
        who = whose(request, controller)
        return replying.reply(request, lambda query: query.disclosures(who, limit=limit, after=after), on=on, known_at=known_at)

    @router.get("/holds", **answers(HoldsAnswer, "Which legal holds and restrictions stand, about what, since and until when; the newest first"))
    def holds(
        request: Request, controller: Controller = None,
        is_all: Annotated[bool, Parameter(alias="all", description="Those too that stand no more.")] = False, limit: Limit = LIMIT,
        after: After = None, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who = whose(request, controller)
        return replying.reply(request, lambda query: query.holds(who, is_standing=not is_all, limit=limit, after=after), on=on, known_at=known_at)

    @router.get("/suppression", **answers(SuppressionAnswer, "Whom no campaign may reach, and what else that list was used for"))
    def suppression(
        request: Request, controller: Controller = None, limit: Limit = LIMIT, after: After = None, on: On = None, known_at: KnownAt = None
    ) -> Response:
        who = whose(request, controller)
        return replying.reply(request, lambda query: query.suppression(who, limit=limit, after=after), on=on, known_at=known_at)

    @router.get("/processor-statement", **answers(StatementAnswer, "What data processors hold (verwerkersverklaring), and for whom"))
    def processor_statement(
        request: Request, controller: Controller = None, processor: Annotated[str | None, Parameter(**NAME)] = None,
        facts: Facts = True, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who = one(request, controller)
        return replying.reply(request, lambda query: query.processor_statement(who, processor, with_facts=facts), on=on, known_at=known_at)

    return router
