"""What a published policy says: compiled, and what it does to one holding in words: `ledger policy show` and `explain` over HTTP.

Without a version it is the one in force: now, or at the end of a day; with both, that version where it was in force then. A question about one
holding is a POST, since a milestone may name something of a person. Must never say anything of a controller out of reach. Source:
docs/policies.md sections 4 and 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi import Query as Parameter
from pydantic import BaseModel, ConfigDict, Field

from ledger.answers.published_policies import ShownPolicy
from ledger.answers.wide_query import WideQuery
from ledger.core.policy import Policy
from ledger.explaining import questions
from ledger.explaining.explaining import explain
from ledger.explaining.json_form import explanation_json
from ledger.explaining.questions import Question, QuestionError
from ledger.moments import read_moment
from ledger.web.gate import principal_of
from ledger.web.json_schemas import answers
from ledger.web.persons import Text
from ledger.web.policies import Version
from ledger.web.problems import Problem, not_known
from ledger.web.reads import NAME, Controller
from ledger.web.replying import Replying

MANY: Final = 100
ALL_TERMS: Final = "GET /v1/terms/{}"
THEN: Final = (
    "The one in force at the end of that day, or at an RFC 3339 time, as is known now; before the first, the first. Left out: the one in force."
)
InForceOn = Annotated[str | None, Parameter(description=THEN, examples=["2020-01-31"], **NAME)]


class Explaining(BaseModel):
    """Which holding, under which policy; without an activity or a role: all data. As the options of `ledger policy explain`."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    controller: Text | None = Field(None, description="Whose policy; may be left out where one alone is in reach.")
    version: Text | None = Field(None, description="A version that its controller has published; left out, the one in force.")
    in_force_on: Text | None = Field(None, description=THEN, examples=["2020-01-31"])
    activity: Text | None = Field(None, description="Data of the controller from this activity.")
    role: Text | None = Field(None, description="Data at recipients in this role.")
    purpose: Text | None = Field(None, description="Only what is held for this purpose.", examples=["dpv:ServiceProvision"])
    category: list[Text] = Field([], max_length=MANY, description="Only these categories.")
    customer: bool | None = Field(None, description="Collected while the person was a customer, or was none; left out, both.")
    collected: Text | None = Field(None, alias="from", description="When it was collected: a day or a time.")
    when: list[Text] = Field([], max_length=MANY, description="Milestones that have come: KIND[:REF]=TIME.", examples=[["SERVICE_ENDED=2020-06-30"]])
    lang: Literal["en", "nl"] = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyExplained:
    """What a policy does to one holding, or to all data, and when. As `ledger policy explain --json`; freshness is in the headers."""

    policy: str
    controller: str
    version: str
    title: str
    in_force_from: str
    language: str
    holdings: tuple[dict[str, Any], ...]
    general: tuple[dict[str, Any], ...]


def routes(replying: Replying) -> APIRouter:
    """The routes of this file."""
    router = APIRouter(prefix="/v1/policies", tags=["answers"])

    @router.get("/show", **answers(ShownPolicy, "What a published policy declares, compiled, as it is judged by"))
    def show(request: Request, controller: Controller = None, version: Version = None, in_force_on: InForceOn = None) -> Response:
        who, at = replying.one_controller_of(principal_of(request), controller), read_moment(in_force_on, field="in_force_on")

        def ask(query: WideQuery) -> ShownPolicy:
            found = query.policy_shown(who, version, at)
            if found is None:
                raise not_known()
            return found

        return replying.reply(request, ask)

    @router.post("/explain", **answers(PolicyExplained, "What a published policy does to one holding and when, in words"))
    def explained(request: Request, given: Explaining) -> Response:
        who, at = replying.one_controller_of(principal_of(request), given.controller), read_moment(given.in_force_on, field="in_force_on")
        return replying.reply(request, lambda query: _explained(_standing(query, who, given.version, at), given))

    return router


def _standing(query: WideQuery, controller: str, version: str | None, at: int | None) -> Policy:
    """The same one that `policy_shown` finds. Raises: Problem 404."""
    found = query.policy_standing(controller, at, version)
    if found is None:
        raise not_known()
    return found.policy


def _explained(policy: Policy, given: Explaining) -> PolicyExplained:
    """Raises: Problem 422, and what `explain` raises."""
    zone = ZoneInfo(policy.time_zone)
    question = Question(
        activity=given.activity, role=given.role, purpose=given.purpose, category=tuple(given.category), customer=given.customer,
        collected=given.collected, when=tuple(given.when),
    )  # fmt: skip
    try:
        found = explain(
            policy, questions.asked(question, _field, ALL_TERMS), given.lang, zone, questions.happened(question, zone, _field)
        )
    except QuestionError as error:
        raise Problem(422, str(error), field=error.field and _field(error.field), hint=error.hint) from None
    return PolicyExplained(**explanation_json(found, zone))


def _field(name: str) -> str:
    return "from" if name == "collected" else name
