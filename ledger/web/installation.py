"""How the ledger itself stands, a GET each: how fresh, what could not be read, which policies, which verdicts would be other now."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi import Query as Parameter

from ledger.answers.differences import LIMIT as DIFFERENCES
from ledger.answers.differences import DifferencesAnswer
from ledger.answers.published_policies import PoliciesAnswer
from ledger.answers.shapes import Freshness
from ledger.answers.wide_query import WideQuery
from ledger.web.gate import principal_of
from ledger.web.json_schemas import answers
from ledger.web.limits import alone
from ledger.web.policies import WALKING
from ledger.web.reads import NAME, After, Controller, KnownAt, Limit, On
from ledger.web.replying import Replying


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessAnswer:
    """How far every partition is folded."""

    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadRecord:
    """A record that could not be read. position: topic/partition/offset. fingerprint: SHA-256 of its value. new_offset: of the retry, if any."""

    position: str
    reason: str
    fingerprint: str
    size: int
    recorded_at: int
    new_offset: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLettersAnswer:
    """What could not be read, by position."""

    dead_letters: tuple[UnreadRecord, ...]
    freshness: Freshness


def routes(replying: Replying, dead_letters: Callable[[], AbstractContextManager[Any]], walking: threading.Lock) -> APIRouter:
    """The routes of this file. dead_letters: opens adapters/postgres_dead_letters.PostgresDeadLetters. walking: held while all histories are read."""
    router = APIRouter(prefix="/v1", tags=["answers"])

    @router.get("/freshness", **answers(FreshnessAnswer, "How far every partition is folded, and how far the log goes"))
    def freshness(request: Request) -> Response:
        return replying.reply(request, lambda query: FreshnessAnswer(freshness=query.freshness()))

    @router.get("/dead-letters", **answers(DeadLettersAnswer, "Records that could not be read: where, why, how large"))
    def unread(request: Request) -> Response:
        def ask(query: WideQuery) -> DeadLettersAnswer:
            with dead_letters() as table:
                found = table.all()
            rows = tuple(
                UnreadRecord(
                    position=str(each.position), reason=each.reason, fingerprint=each.fingerprint, size=each.size, recorded_at=each.recorded_at,
                    new_offset=each.new_offset,
                )
                for each in found
            )  # fmt: skip
            return DeadLettersAnswer(dead_letters=rows, freshness=query.freshness())

        return replying.reply(request, ask, is_tagged=False)  # a retry changes it, and no position

    @router.get("/policies", **answers(PoliciesAnswer, "Which policies stand published, with their text, and which is in force"))
    def policies(request: Request, controller: Controller = None, on: On = None, known_at: KnownAt = None) -> Response:
        who = replying.controller_of(principal_of(request), controller)
        return replying.reply(request, lambda query: query.policies(who), on=on, known_at=known_at)

    @router.get("/differences", **answers(DifferencesAnswer, "Which published verdicts would now be other, and because of which later records"))
    def differences(
        request: Request, controller: Controller = None, promise: Annotated[str | None, Parameter(**NAME)] = None, limit: Limit = DIFFERENCES,
        after: After = None, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        who = replying.controller_of(principal_of(request), controller)
        with alone(walking, WALKING):
            return replying.reply(
                request, lambda query: query.differences(controller=who, promise=promise, limit=limit, after=after), on=on, known_at=known_at
            )

    return router
