"""What holds to promises, and what another text would change: `ledger policy coverage` and `ledger policy diff` over HTTP. Publishes nothing.

Two published versions are compared as texts: what the later one changed has happened. Of a text that is not published the effect is counted too,
on so many people as fit into a request, one question at a time. Must never say anything of a controller out of reach. Source: docs/policies.md
sections 8 and 10.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Request, Response
from fastapi import Query as Parameter
from pydantic import BaseModel, ConfigDict, Field

from ledger.answers.histories import Report
from ledger.answers.shapes import Freshness
from ledger.answers.wide_query import WideQuery
from ledger.core.policy import Policy
from ledger.moments import read_moment
from ledger.policies.checks import PolicyFileError
from ledger.policies.coverage import STATUSES, coverage, rows_of
from ledger.policies.files import FILE_BYTES_MAX, CompiledPolicy, compile_policy
from ledger.policies.publishing import decoded_event
from ledger.policies.shapes import BY_LAW, CoveredPromise, DiffAnswer, covered, difference
from ledger.web.gate import principal_of
from ledger.web.json_schemas import answers
from ledger.web.limits import alone
from ledger.web.persons import Text
from ledger.web.problems import Problem, not_known, too_long
from ledger.web.reads import LIMIT_MAX, NAME, Controller
from ledger.web.replying import JSON, Replying, seen_by
from ledger.web.roles import Principal

FILE: Final = "policy.yaml"
FINDINGS_MAX: Final = 100
PEOPLE_LOOKED_AT: Final = 1_000
"""Of a larger ledger the effect is that on a sample of so many; `ledger policy diff` looks at everybody."""
PEOPLE_MAX: Final = 10_000
WALKING: Final = "all histories are being read for another question"
BOTH_PUBLISHED: Final = "both texts are published: publishing one again changes nothing"
TEXTS_ALONE: Final = "the texts alone were asked for"
Version = Annotated[str | None, Parameter(description="A version that its controller has published: /v1/policies names them.", **NAME)]


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    text: Annotated[str, Field(min_length=1, max_length=FILE_BYTES_MAX, description="The policy file, YAML (docs/policies.md).")]


class TextToCover(_Text):
    """A text of which the promises are wanted."""

    status: Text | None = Field(None, description=f"Only what stands so: {', '.join(STATUSES)}.")


class UnpublishedText(_Text):
    """A text to hold against what is published, and how far to look."""

    old: Text | None = Field(None, description="A published version; left out, the one in force on the day on which the text begins.")
    controller: Text | None = Field(None, description="Whose published one; left out, the text's own.")
    text_only: bool = Field(False, description="Compare the texts; count no effect.")
    since: Text | None = Field(None, description="Judge again only facts that happened then or later.", examples=["2018-06-01"])
    sample: Annotated[int, Field(ge=1, le=PEOPLE_MAX, description="Look at so many people, the first by id.")] = PEOPLE_LOOKED_AT
    limit: Annotated[int, Field(ge=0, le=LIMIT_MAX, description="Name so many changes one by one; 0: three of each kind.")] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageAnswer:
    """Promises with what holds the hoster to them. version: of a text; null of the statements that ship. freshness: of a text that is published."""

    controller: str | None
    version: str | None
    promises: tuple[CoveredPromise, ...]
    freshness: Freshness | None


def routes(replying: Replying, walking: threading.Lock, seconds: float) -> APIRouter:
    """The routes of this file. walking: held while histories are read. seconds: how long one question may take."""
    router = APIRouter(prefix="/v1/policies", tags=["answers"])

    @router.get("/coverage", **answers(CoverageAnswer, "Each promise: how it stands, which rules hold to it, which tests prove it"))
    def covering(
        request: Request, controller: Controller = None, version: Version = None,
        status: Annotated[str | None, Parameter(description=f"Only what stands so: {', '.join(STATUSES)}.", **NAME)] = None,
    ) -> Response:  # fmt: skip
        principal = principal_of(request)
        _require_status(status)
        if version is not None:
            who = replying.one_controller_of(principal, controller)
            return replying.reply(request, lambda query: _of_version(query, who, version, status))
        found = CoverageAnswer(controller=controller, version=None, promises=_shipped(principal, controller, status), freshness=None)
        return Response(orjson.dumps(seen_by(request, found)), media_type=JSON)

    @router.post("/coverage", **answers(CoverageAnswer, "The promises of a text that is not published, how each stands, and its rules under each"))
    def covering_text(request: Request, asked: TextToCover) -> Response:
        _require_status(asked.status)
        policy = _compiled(asked.text).policy
        if not principal_of(request).may_see(policy.controller):
            raise not_known()
        promises = covered(rows_of(policy), None, asked.status)
        found = CoverageAnswer(controller=policy.controller, version=policy.version, promises=promises, freshness=None)
        return Response(orjson.dumps(seen_by(request, found)), media_type=JSON)

    @router.get("/diff", **answers(DiffAnswer, "What one published version says otherwise than another"))
    def published(request: Request, controller: Controller = None, old: Version = None, new: Version = None) -> Response:
        who = replying.one_controller_of(principal_of(request), controller)
        missing = next((name for name, given in (("old", old), ("new", new)) if given is None), None)
        if old is None or new is None:
            raise Problem(422, "expected two versions, got fewer", field=missing, hint="?old=VERSION&new=VERSION; post a text that is not published")
        return replying.reply(request, lambda query: difference(version_of(query, who, old), version_of(query, who, new), None, BOTH_PUBLISHED))

    @router.post("/diff", **answers(DiffAnswer, "What a text that is not published says otherwise, and what publishing it would change"))
    def unpublished(request: Request, asked: UnpublishedText) -> Response:
        principal, new, since = principal_of(request), _compiled(asked.text), read_moment(asked.since, is_first=True, field="since")
        if not principal.may_see(new.policy.controller):
            raise not_known()
        who = replying.one_controller_of(principal, asked.controller or new.policy.controller)

        def ask(query: WideQuery) -> DiffAnswer:
            old = _in_force(query, who, new) if asked.old is None else version_of(query, who, asked.old)
            if asked.text_only:
                return difference(old, new.policy, None, TEXTS_ALONE)
            effect = query.effect(decoded_event(new), since=since, sample=asked.sample, limit=asked.limit or None, report=ending(seconds))
            return difference(old, new.policy, effect, "")

        if asked.text_only:
            return replying.reply(request, ask)
        with alone(walking, WALKING):
            return replying.reply(request, ask)

    return router


def ending(seconds: float, clock: Callable[[], float] = time.monotonic) -> Report:
    """Told how far a walk is, it ends one that nobody waits for any more. Raises: Problem 504."""
    until = clock() + seconds

    def report(_: float) -> None:
        if clock() > until:
            raise too_long("a smaller sample; `ledger policy diff` takes the time that it needs")

    return report


def _require_status(status: str | None) -> None:
    """Raises: Problem 422."""
    if status is not None and status not in STATUSES:
        raise Problem(422, f"expected a status of {', '.join(STATUSES)}, got another", field="status")


def _shipped(principal: Principal, controller: str | None, status: str | None) -> tuple[CoveredPromise, ...]:
    """Of the statements that ship: those in reach, and the law's. Raises: Problem 404, out of reach; 422, none of that name ships."""
    if controller not in (None, BY_LAW) and not principal.may_see(str(controller)):
        raise not_known()
    rows = [row for row in coverage() if row.controller is None or principal.may_see(row.controller)]
    if controller is not None and controller not in {row.controller or BY_LAW for row in rows}:
        raise Problem(422, "no statement of that controller ships", field="controller", hint="name a version that it has published: ?version=")
    return covered(rows, controller, status)


def _of_version(query: WideQuery, controller: str, version: str, status: str | None) -> CoverageAnswer:
    rows = rows_of(version_of(query, controller, version))
    return CoverageAnswer(controller=controller, version=version, promises=covered(rows, None, status), freshness=query.freshness())


def version_of(query: WideQuery, controller: str, version: str) -> Policy:
    """What stands published under a version; of several the last, which counts. Raises: Problem 404."""
    found = query.policy_standing(controller, version=version)
    if found is None:
        raise not_known()
    return found.policy


def _in_force(query: WideQuery, controller: str, new: CompiledPolicy) -> Policy:
    """What would be in force on the day on which the text begins. Raises: Problem 404."""
    found = query.policy_standing(controller, new.in_force_from)
    if found is None:
        raise not_known()
    return found.policy


def _compiled(text: str) -> CompiledPolicy:
    """Raises: Problem 422, with the line of each mistake and never what stands there."""
    try:
        return compile_policy(text.encode("utf-8"), file=FILE)
    except PolicyFileError as error:
        found: list[dict[str, Any]] = [{"line": each.line, "message": each.message} for each in error.findings[:FINDINGS_MAX]]
        places = f"{len(error.findings)} place{'s' if len(error.findings) != 1 else ''}"
        raise Problem(422, f"the policy is wrong in {places}", field="text", rule="policy", hint=error.hint, findings=found) from None
