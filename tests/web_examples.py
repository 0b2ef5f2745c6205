"""Makes ledger/web/examples.json: each operation of the API asked of a fixed ledger (tests/example_ledger.py), and what it answered.

    python -m tests.web_examples

Starts a PostgreSQL of its own. Here stands what is asked; the answers are those of the application. A test fails when the file is stale.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.errors import DependencyError
from ledger.web.event_bodies import ITEMS_MAX, LINES
from ledger.web.examples import FILE
from ledger.web.roles import Role
from tests.example_ledger import ANNA, CARO, CONTROLLER, FixedEmitter, log, sealed
from tests.web_world import TestClient, WebWorld, load_small_ledger

JSON: Final = "application/json"
WHOSE: Final = {"controller": CONTROLLER}
WHY: Final = {"purpose": "dpv:CustomerCare", "ticket_ref": "ticket-4711"}
ON_ANNA: Final = {"controller": CONTROLLER, "subject_ref": ANNA, **WHY}
SHARE: Final = {
    "type": "DataShared", "event_id": "0190a000-0000-7000-8000-000000000001", "occurred_at": "2018-08-07T12:00:00Z",
    "subject_ref": "subj-7f3a9c21d4e8", "recipient": "Mailer", "recipient_role": "mailing", "categories": ["pd:EmailAddress"],
    "purpose": "dpv:ServiceProvision", "country": "NL", "legal_basis": "eu-gdpr:A6-1-b",
}  # fmt: skip
NEXT: Final = SHARE | {"event_id": "0190a000-0000-7000-8000-000000000002"}
UNKNOWN_TERM: Final = SHARE | {"event_id": "0190a000-0000-7000-8000-000000000003", "purpose": "dpv:NotATerm"}
STREAM: Final = "GET /v1/changes"
PARAMETERS: Final[dict[str, Any]] = {"on": "2018-07-31", "known_at": ["0:20"]}
"""Of every question that takes them; the examples themselves ask about now."""


class Asked(NamedTuple):
    """One example. parameters: of path and query. body: sent as its type says."""

    name: str
    parameters: Mapping[str, Any] = {}
    body: Any = None
    type: str = JSON


def _one(**parameters: Any) -> list[Asked]:
    return [Asked("answer", parameters)]


def _of_person(**more: Any) -> list[Asked]:
    return [Asked("answer", body=ON_ANNA | more)]


ASKED: Final[Mapping[str, list[Asked]]] = {
    "POST /v1/events": [
        Asked("one", body=SHARE), Asked("again", body=SHARE), Asked("several", body=[NEXT, UNKNOWN_TERM]),
        Asked("lines", body=json.dumps(SHARE) + "\n" + json.dumps(NEXT) + "\n", type=LINES),
    ],
    **dict.fromkeys((f"GET /v1/{name}" for name in (
        "holders", "recipients", "transfers", "register", "overview/sharing", "overview/promises", "policies",
    )), _one(**WHOSE)),
    "GET /v1/retention": _one(**WHOSE, limit=5),
    "GET /v1/violations": _one(**WHOSE, promise="SO-05", since="2018-06-01", until="2018-12-31", limit=5),
    "GET /v1/overview/deletion": _one(**WHOSE, until="2018-12-31"),
    "GET /v1/due": _one(**WHOSE, until="2030-12-31", limit=5),
    "GET /v1/obligations": _one(**WHOSE, holder="SIDN", state=["OPEN", "OVERDUE", "MET"], limit=5),
    "GET /v1/requests": _one(**WHOSE, open=True, limit=5),
    "GET /v1/breaches": _one(**WHOSE, limit=5),
    "GET /v1/disclosures": _one(**WHOSE, limit=5),
    "GET /v1/suppression": _one(**WHOSE, limit=5),
    "GET /v1/processor-statement": _one(**WHOSE, processor="Mailer"),
    "GET /v1/differences": _one(**WHOSE, promise="SO-05", limit=5),
    **dict.fromkeys((f"GET /v1/{name}" for name in ("freshness", "dead-letters", "exports", "changes")), _one()),
    "GET /v1/exports/{name}": _one(name="recipients", **WHOSE, format="csv", language="en", plain=True),
    **dict.fromkeys((f"POST /v1/subjects/{name}" for name in ("show", "portable")), _of_person()),
    "POST /v1/subjects/as-of": _of_person(on="2018-06-05", known_at="0:5"),
    "POST /v1/subjects/access": _of_person(**{"for": "subject"}),
    "POST /v1/subjects/look-ups": _of_person(**{"for": "officer"}),
    "POST /v1/subjects/export": _of_person(name="portable", format="json", language="en", plain=True),
    "POST /v1/subjects/explain": _of_person(holder=CONTROLLER, store="billing", lang="en"),
    "POST /v1/subjects/certificate": _of_person(subject_ref=CARO),
    "POST /v1/facts/show": [Asked("answer", body=WHY | {"partition": 0, "offset": 2})],
}  # fmt: skip


@contextmanager
def example_world(dsn: str, home: Path, **web: Any) -> Iterator[WebWorld]:
    """The application on the ledger of the examples. dsn: of a database without a ledger. home: an empty folder."""
    load_small_ledger(dsn, log())
    sealed(home / "archive")
    with closing(WebWorld(dsn, web, emitter=FixedEmitter(), home=home, log_ends=len(log()))) as world:
        yield world


def ask(world: WebWorld, operation: str, asked: Asked) -> tuple[int, str, Any]:
    """(status, media type, answer: JSON or text)."""
    method, _, route = operation.partition(" ")
    query = {name: str(each).lower() if isinstance(each, bool) else each for name, each in asked.parameters.items() if f"{{{name}}}" not in route}
    for name, each in asked.parameters.items():
        route = route.replace(f"{{{name}}}", str(each))
    key = world.key(Role.EMITTER if route == "/v1/events" else Role.DPO)
    if operation == STREAM:
        return first_of_stream(world, route, key)
    body = None if asked.body is None else asked.body if isinstance(asked.body, str) else json.dumps(asked.body)
    answer = world.client().request(method, route, params=query, content=body, headers=key | ({} if body is None else {"Content-Type": asked.type}))
    kind = answer.headers["content-type"].partition(";")[0]
    return answer.status_code, kind, answer.json() if kind.endswith("json") else answer.text


def first_of_stream(world: WebWorld, route: str, headers: Mapping[str, str]) -> tuple[int, str, str]:
    """What a stream says first; then the listener goes away."""
    said: list[dict[str, Any]] = []
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": route, "raw_path": route.encode(), "query_string": b"", "scheme": "http",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }  # fmt: skip

    async def listen() -> None:
        heard, is_sent = asyncio.Event(), False

        async def receive() -> dict[str, Any]:
            nonlocal is_sent
            if not is_sent:
                is_sent = True
                return {"type": "http.request", "body": b""}
            await heard.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)
            if message.get("body"):
                heard.set()

        await world.app(scope, receive, send)

    asyncio.run(listen())
    kind = dict(said[0]["headers"])[b"content-type"].decode().partition(";")[0]
    return said[0]["status"], kind, next(each["body"] for each in said if each.get("body")).decode()


def problems(world: WebWorld, hurried: WebWorld) -> dict[str, Any]:
    """A real problem for each status, by status. hurried: the same, where one question is too many."""
    client, dpo, emitter = world.client(), world.key(Role.DPO), world.key(Role.EMITTER)
    emitter |= {"Content-Type": JSON}
    show, events = "/v1/subjects/show", "/v1/events"
    answers = [
        client.post(events, content='{"type": "DataShared"', headers=emitter), client.get("/v1/holders"),
        client.get("/v1/requests", headers=world.key(Role.MANAGER)), client.post(show, json=ON_ANNA | {"subject_ref": "nobody-1"}, headers=dpo),
        client.post(events, json=SHARE | {"country": "BE"}, headers=emitter), client.post(events, json=[0] * (ITEMS_MAX + 1), headers=emitter),
        client.post(events, content="type", headers=emitter | {"Content-Type": "text/plain"}),
        client.post(events, json=UNKNOWN_TERM, headers=emitter), _too_often(hurried.client()),
    ]  # fmt: skip
    world.told.fail_next(DependencyError("cannot emit: Kafka does not answer"))  # type: ignore[attr-defined]
    answers.append(client.post(events, json=SHARE | {"event_id": "0190a000-0000-7000-8000-000000000004"}, headers=emitter))
    return {str(each.status_code): each.json() for each in answers}


def _too_often(client: TestClient) -> Any:
    while (answer := client.get("/health")).status_code != 429:
        pass
    return answer


def made(world: WebWorld, hurried: WebWorld) -> dict[str, Any]:
    """The whole file."""
    operations: dict[str, list[dict[str, Any]]] = {}
    for operation, all_asked in ASKED.items():
        for each in all_asked:
            status, kind, answer = ask(world, operation, each)
            request = {"parameters": each.parameters} if each.parameters else {}
            if each.body is not None:
                request |= {"type": each.type, "body": each.body}
            operations.setdefault(operation, []).append({"name": each.name, **request, "status": status, "answer_type": kind, "answer": answer})
    return {"operations": operations, "parameters": PARAMETERS, "problems": problems(world, hurried)}


def as_text(found: Mapping[str, Any]) -> str:
    """As it is kept: two spaces, a line at the end."""
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def made_on(dsn: str, home: Path) -> str:
    """The file, made on a database without a ledger."""
    with example_world(dsn, home) as world, closing(WebWorld(dsn, {"requests_per_second": 0.1})) as hurried:
        return as_text(made(world, hurried))


if __name__ == "__main__":
    from tests.ledgers import new_database, running_stack

    with running_stack() as stack, new_database(stack) as database, tempfile.TemporaryDirectory() as folder:
        FILE.write_text(made_on(database, Path(folder)), encoding="utf-8")
