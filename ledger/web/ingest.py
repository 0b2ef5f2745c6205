"""Events in over HTTP: one, many, or a stream of lines; each answered by itself, after Kafka has acknowledged it.

What an item is: `{"type": "DataShared", ...}`, as JSON Lines are (docs/events.md). Controller and source are filled in from the credential; who names
others than it is bound to is refused. Must never repeat a value of an event. Sources: RFC 9457; docs/http.md, "Events".
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any, Final, Protocol

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from ledger import diagnostics
from ledger.adapters.postgres_claims import PostgresClaims
from ledger.errors import LedgerError
from ledger.metrics.web import INGESTED_EVENTS
from ledger.sdk.emit import Emitter
from ledger.tracing.spans import span
from ledger.web.event_bodies import LINES, items_of
from ledger.web.gate import principal_of
from ledger.web.json_schemas import PROBLEM, problem_responses
from ledger.web.problems import Problem, unavailable
from ledger.web.roles import Principal
from ledger.web.taking import DEADLINE_SECONDS, Accepted, Answer, Claims, Taking

FORGET_SECONDS: Final = 10.0


class ClaimsPool:
    """A few connections for many threads."""

    def __init__(self, dsn: str, size: int) -> None:
        self._idle: queue.LifoQueue[Claims] = queue.LifoQueue()
        self._all = [PostgresClaims(dsn) for _ in range(size)]
        for each in self._all:
            self._idle.put(each)

    @contextmanager
    def __call__(self) -> Iterator[Claims]:
        """One of them. Raises: Problem, all stay busy."""
        try:
            found = self._idle.get(timeout=DEADLINE_SECONDS / 4)
        except queue.Empty:
            raise unavailable("too many events are being taken in") from None
        try:
            yield found
        finally:
            self._idle.put(found)

    def close(self) -> None:
        """Close the connections."""
        for each in self._all:
            each.close()


class ForgetsExpired(Protocol):
    """adapters/postgres_credentials.PostgresCredentials."""

    def forget_expired(self) -> int: ...
    def close(self) -> None: ...


class Forgetting:
    """Every FORGET_SECONDS, claims of folded events go, and credentials that are worth nothing: a thread of its own, with connections of its own."""

    def __init__(self, claims: Claims, credentials: ForgetsExpired, seconds: float = FORGET_SECONDS) -> None:
        self._claims, self._credentials, self._seconds = claims, credentials, seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger-claims", daemon=True)

    def start(self) -> None:
        """Begin; the first look is after one interval."""
        self._thread.start()

    def close(self) -> None:
        """End it, and wait until a look under way is done."""
        self._ended.set()
        self._thread.join(FORGET_SECONDS)
        self._claims.close()
        self._credentials.close()

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                self._claims.forget_folded()
            except LedgerError as error:  # PostgreSQL is away: next time
                diagnostics.logger("web").warning("claims_not_forgotten", error=type(error).__name__)
            try:
                self._credentials.forget_expired()
            except LedgerError as error:
                diagnostics.logger("web").warning("credentials_not_forgotten", error=type(error).__name__)


def routes(emitter: Emitter, claims: ClaimsPool) -> APIRouter:
    """The route of this file."""
    router = APIRouter(prefix="/v1", tags=["events"])

    @router.post("/events", **_ABOUT)
    async def events(request: Request) -> Response:
        principal, kind = principal_of(request), request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/json", LINES):
            raise Problem(415, f"expected application/json or {LINES}, got another type of content", field="Content-Type")
        return await run_in_threadpool(_answer, emitter, claims, principal, kind, await request.body())

    return router


def _answer(emitter: Emitter, claims: ClaimsPool, principal: Principal, kind: str, body: bytes) -> Response:
    items, is_batch = items_of(kind, body, principal)
    with span("ingest", events=len(items)), claims() as lent:
        answers = Taking(emitter, lent).take(items)
    for outcome, number in Counter(map(_counted_as, answers)).items():
        INGESTED_EVENTS.labels(outcome).inc(number)
    if not is_batch:
        answer = answers[0]
        if isinstance(answer, Problem):
            raise answer
        return Response(orjson.dumps(_receipt(answer)), 201 if answer.is_new else 200, media_type="application/json")
    results = [_result(each) for each in answers]
    refused = [each for each in answers if isinstance(each, Problem)]
    away = next((each for each in refused if each.status == 503), None)
    if away is not None and len(refused) == len(answers):
        raise Problem(503, away.detail, headers=away.headers, hint=away.more.get("hint"), results=results)
    return Response(
        orjson.dumps({"accepted": len(answers) - len(refused), "refused": len(refused), "results": results}), 207 if refused else 200,
        {} if away is None else away.headers, "application/json",
    )  # fmt: skip


def _counted_as(answer: Answer) -> str:
    if isinstance(answer, Problem):
        return "unavailable" if answer.status == 503 else "refused"
    return "accepted" if answer.is_new else "repeated"


def _result(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Problem):
        return {"status": answer.status, "problem": answer.members()}
    return {"status": 201 if answer.is_new else 200, **_receipt(answer)}


def _receipt(answer: Accepted) -> dict[str, Any]:
    topic, partition, offset, recorded_at = answer.place
    at = recorded_at.astimezone(UTC)  # as the broker says it at once, and as the database says it later
    return {"event_id": answer.event_id, "topic": topic, "partition": partition, "offset": offset, "recorded_at": at}


_RECEIPT_SCHEMA: Final = {
    "type": "object",
    "required": ["event_id", "topic", "partition", "offset", "recorded_at"],
    "properties": {
        "event_id": {"type": "string", "format": "uuid"}, "topic": {"type": "string"}, "partition": {"type": "integer"},
        "offset": {"type": "integer"}, "recorded_at": {"type": "string", "format": "date-time"},
    },
}  # fmt: skip
_EVENT_SCHEMA: Final = {
    "type": "object",
    "required": ["type"],
    "description": "An event in its form for people: docs/events.md. `type` and the fields of its schema.",
    "properties": {"type": {"type": "string"}},
}
_RESULT: Final = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "integer"}, "problem": {"$ref": f"#/components/schemas/{PROBLEM}"}},
}
_BATCH_SCHEMA: Final = {
    "type": "object",
    "required": ["accepted", "refused", "results"],
    "properties": {"accepted": {"type": "integer"}, "refused": {"type": "integer"}, "results": {"type": "array", "items": _RESULT}},
}
_ABOUT: Final[dict[str, Any]] = {
    "summary": "Put events on the log: one, a list, or lines",
    "responses": {
        200: {"description": "On the log, all of them", "content": {"application/json": {"schema": {"anyOf": [_RECEIPT_SCHEMA, _BATCH_SCHEMA]}}}},
        201: {"description": "On the log", "content": {"application/json": {"schema": _RECEIPT_SCHEMA}}},
        207: {"description": "Some are, others not: look at each", "content": {"application/json": {"schema": _BATCH_SCHEMA}}},
        **problem_responses((400, 401, 403, 409, 413, 415, 422, 429, 503)),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [_EVENT_SCHEMA, {"type": "array", "items": _EVENT_SCHEMA}, {"type": "object", "required": ["events"]}]},
                },
                LINES: {"schema": {"type": "string"}},
            },
        }
    },
}
