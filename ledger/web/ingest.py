"""Events in over HTTP: one, many, or a stream of lines; each answered by itself, after Kafka has acknowledged it.

What an item is: `{"type": "DataShared", ...}`, as JSON Lines are (docs/events.md). Controller and source are filled in from the credential; who names
others than it is bound to is refused. The same id with the same content gets the same answer, for good; with other content 409.
Must never repeat a value of an event. Sources: RFC 9457; docs/http.md, "Events".
"""

from __future__ import annotations

import hashlib
import json
import queue
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from ledger.adapters.postgres_claims import Place, PostgresClaims
from ledger.contract import codec
from ledger.contract.json_form import FieldError, from_json
from ledger.errors import DataError, LedgerError
from ledger.sdk.emit import Emitter
from ledger.sdk.line_emitting import parse_line
from ledger.sdk.pending import Pending
from ledger.web.gate import principal_of
from ledger.web.json_schemas import PROBLEM, problem_responses
from ledger.web.problems import Problem, problem_of, unavailable
from ledger.web.roles import Principal

ITEMS_MAX: Final = 5_000
DEADLINE_SECONDS: Final = 20.0
LINES: Final = "application/x-ndjson"
_FILLED_IN: Final = ("event_id", "salt", "occurred_at", "controller", "source", "by")
#: What the ledger makes when it is not given; a repeat takes what was made first.
_MADE: Final = ("salt", "occurred_at")
REGISTER_TYPES_REFUSED: Final = "expected a fact about a person; what concerns the controller is published by its officers"


class Item(NamedTuple):
    """One event as it was given. fields: raw, with controller and source. digest: of what was given, for the same id again."""

    type_name: str
    fields: dict[str, Any]
    digest: bytes


class Accepted(NamedTuple):
    """What an event is answered with. is_new: it was not on the log before."""

    event_id: str
    place: Place
    is_new: bool


Answer = Accepted | Problem


class Claims(Protocol):
    """adapters/postgres_claims.PostgresClaims."""

    def claim(self, digests: Mapping[bytes, bytes]) -> Mapping[bytes, Any]: ...
    def stored(self, event_ids: Sequence[bytes]) -> Mapping[bytes, tuple[int, int, datetime, bytes]]: ...
    def note(self, places: Mapping[bytes, Place]) -> None: ...
    def drop(self, event_ids: Sequence[bytes]) -> None: ...
    def forget_folded(self) -> int: ...
    def close(self) -> None: ...


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


def routes(emitter: Emitter, claims: ClaimsPool) -> APIRouter:
    """The route of this file."""
    router = APIRouter(prefix="/v1", tags=["events"])

    @router.post("/events", **_ABOUT)
    async def events(request: Request) -> Response:
        principal, kind = principal_of(request), request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/json", LINES):
            raise Problem(415, f"expected application/json or {LINES}, got another type of content")
        return await run_in_threadpool(_answer, emitter, claims, principal, kind, await request.body())

    return router


def _answer(emitter: Emitter, claims: ClaimsPool, principal: Principal, kind: str, body: bytes) -> Response:
    given, is_batch = _given(kind, body)
    items = [_item(principal, each) for each in given]
    with claims() as lent:
        answers = Taking(emitter, lent).take(items)
    if not is_batch:
        answer = answers[0]
        if isinstance(answer, Problem):
            raise answer
        return Response(orjson.dumps(_receipt(answer)), 201 if answer.is_new else 200, media_type="application/json")
    results = [_result(each) for each in answers]
    refused = sum(isinstance(each, Problem) for each in answers)
    is_away = any(isinstance(each, Problem) and each.status == 503 for each in answers)
    return Response(
        orjson.dumps({"accepted": len(answers) - refused, "refused": refused, "results": results}), 207 if refused else 200,
        {"Retry-After": "5"} if is_away else {}, "application/json",
    )  # fmt: skip


class Taking:
    """Takes a batch: looks for repeats, claims ids, emits, waits, notes places."""

    def __init__(self, emitter: Emitter, claims: Claims) -> None:
        self._emitter, self._claims = emitter, claims

    def take(self, items: Sequence[Item | Problem]) -> list[Answer]:
        """An answer for each, in order. Raises: LedgerError, PostgreSQL does not answer; then nothing was sent."""
        answers: list[Answer | None] = [item if isinstance(item, Problem) else None for item in items]
        ids = {place: item.fields["event_id"] for place, item in enumerate(items) if not isinstance(item, Problem) and "event_id" in item.fields}
        digests: dict[bytes, bytes] = {}
        first: dict[bytes, int] = {}
        repeats: list[tuple[int, int]] = []
        for place, event_id in ids.items():
            item = items[place]
            assert isinstance(item, Item)  # noqa: S101  only these have an id
            if event_id not in first:
                first[event_id], digests[event_id] = place, item.digest
            elif digests[event_id] == item.digest:
                repeats.append((place, first[event_id]))
            else:
                answers[place] = _other_content(event_id)
        if digests:
            self._settle_known(items, first, digests, answers)
        waiting = {place for place, _ in repeats}
        pending: list[tuple[int, Pending]] = []
        deadline = time.monotonic() + DEADLINE_SECONDS
        for place, item in enumerate(items):
            if answers[place] is None and place not in waiting and isinstance(item, Item):
                try:
                    pending.append((place, self._emitter.emit_soon(item.type_name, **item.fields)))
                except LedgerError as error:
                    answers[place] = problem_of(error)
        for place, each in pending:
            try:
                receipt = each.result(max(deadline - time.monotonic(), 0.0))
                answers[place] = Accepted(receipt.event_id, Place(*receipt[1:]), True)
            except LedgerError as error:
                answers[place] = problem_of(error)
        self._note(first, answers, {place for place, _ in pending})
        for place, earlier in repeats:
            same = answers[earlier]
            answers[place] = same._replace(is_new=False) if isinstance(same, Accepted) else same
        return [each for each in answers if each is not None]

    def _settle_known(
        self, items: Sequence[Item | Problem], first: Mapping[bytes, int], digests: Mapping[bytes, bytes], answers: list[Answer | None]
    ) -> None:
        """Answer what came before: folded already, or claimed. Claims first: what is folded between the two is found as folded."""
        claimed = self._claims.claim(digests)
        stored = self._claims.stored(list(digests))
        for event_id, (partition, offset, recorded_at, value) in stored.items():
            item = items[first[event_id]]
            assert isinstance(item, Item)  # noqa: S101  as above
            is_same = _is_same(item, value)
            place = Place("facts", partition, offset, recorded_at)
            answers[first[event_id]] = Accepted(_text(event_id), place, False) if is_same else _other_content(event_id)
        for event_id, claim in claimed.items():
            if event_id in stored:
                continue
            if claim.digest != digests[event_id]:
                answers[first[event_id]] = _other_content(event_id)
            elif claim.place is not None:
                answers[first[event_id]] = Accepted(_text(event_id), claim.place, False)
        fresh = [event_id for event_id in stored if event_id not in claimed]
        if fresh:
            self._claims.drop(fresh)  # `fact` knows them

    def _note(self, first: Mapping[bytes, int], answers: Sequence[Answer | None], sent: set[int]) -> None:
        """What was acknowledged gets its place; what never left gives its claim up. Of what may be on the log the claim stays."""
        noted = {event_id: a.place for event_id, place in first.items() if place in sent and isinstance(a := answers[place], Accepted)}
        refused = [event_id for event_id, place in first.items() if isinstance(a := answers[place], Problem) and a.status == 422]
        if noted:
            self._claims.note(noted)
        if refused:
            self._claims.drop(refused)


def _given(kind: str, body: bytes) -> tuple[list[Any], bool]:
    """(items, whether there may be several). Raises: Problem."""
    if kind == LINES:
        lines = [line for line in body.split(b"\n") if line.strip()]
        return _few(lines), True
    found = _parsed(body)
    if isinstance(found, dict) and set(found) == {"events"} and isinstance(found["events"], list):
        return _few(found["events"]), True
    if isinstance(found, list):
        return _few(found), True
    if not isinstance(found, dict):
        raise Problem(422, "expected one event, a list of events, or {\"events\": [...]}, got something else")
    return [found], False


def _few(items: list[Any]) -> list[Any]:
    if not items:
        raise Problem(422, "expected at least one event, got none")
    if len(items) > ITEMS_MAX:
        raise Problem(413, f"expected at most {ITEMS_MAX} events at once, got more", hint="send less at a time")
    return items


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise Problem(400, "expected UTF-8") from None
    except json.JSONDecodeError as error:
        raise Problem(400, f"expected JSON, got a fault in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Problem(400, "expected JSON, got it nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Problem(400, "expected each name once in an object, got one twice")
    return found


def _refuse_constant(_: str) -> Any:
    raise Problem(400, "expected JSON, got NaN or Infinity")


def _item(principal: Principal, given: Any) -> Item | Problem:
    """One event, bound to who sends it."""
    try:
        if isinstance(given, bytes):
            type_name, fields = parse_line(given, 0, None)
        elif isinstance(given, dict):
            type_name, fields = from_json(given, may_lack=_FILLED_IN)
        else:
            return Problem(422, "expected an object, got something else")
    except LedgerError as error:
        return problem_of(error)
    controller = fields.setdefault("controller", principal.only_controller)
    if controller is None:
        return problem_of(FieldError("emit", type_name, "controller", "expected a value, got none"))
    if not isinstance(controller, str) or not principal.may_see(controller):
        return Problem(403, "this credential may not speak for that controller", event=type_name, field="controller")
    if fields.setdefault("source", principal.source) != principal.source:
        return Problem(403, "this credential is bound to another source", event=type_name, field="source", hint="leave it out")
    if "subject_ref" not in fields:
        return Problem(422, REGISTER_TYPES_REFUSED, event=type_name, field="subject_ref")
    if "by" in fields and fields["by"] is None:
        del fields["by"]
    return Item(type_name, fields, _digest(type_name, fields))


def _digest(type_name: str, fields: Mapping[str, Any]) -> bytes:
    given = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()}
    return hashlib.sha256(json.dumps([type_name, given], sort_keys=True, default=repr).encode()).digest()


def _is_same(item: Item, value: bytes) -> bool:
    """Whether what is stored is what is given; what the ledger made at the first time counts as given."""
    try:
        type_name, stored = codec.decode(value)
    except DataError:
        return False
    if type_name != item.type_name:
        return False
    return all(_plain(stored.get(name)) == _plain(given) for name, given in item.fields.items() if name not in _MADE or given is not None)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _other_content(event_id: bytes) -> Problem:
    return Problem(409, "this id was used for an event with other content", event_id=_text(event_id), hint="a new event needs a new id")


def _text(event_id: bytes) -> str:
    digits = event_id.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _result(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Problem):
        return {"status": answer.status, "problem": answer.members()}
    return {"status": 201 if answer.is_new else 200, **_receipt(answer)}


def _receipt(answer: Accepted) -> dict[str, Any]:
    topic, partition, offset, recorded_at = answer.place
    return {"event_id": answer.event_id, "topic": topic, "partition": partition, "offset": offset, "recorded_at": recorded_at}


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
_EXAMPLE: Final = {
    "type": "DataShared", "subject_ref": "subj-7f3a9c21d4e8", "recipient": "sidn", "recipient_role": "registry", "product": "nl",
    "ref": "order-7f3a9c21", "country": "NL", "categories": ["pd:Name"], "purpose": "ledger:DomainRegistration", "legal_basis": "eu-gdpr:A6-1-b",
}  # fmt: skip
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
                    "example": _EXAMPLE,
                },
                LINES: {"schema": {"type": "string"}},
            },
        }
    },
}
