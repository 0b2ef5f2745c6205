"""Makes ledger/web/examples.json: each operation of the API asked of a fixed ledger (tests/example_ledger.py), and what it answered.

    python -m tests.web_examples

Starts a PostgreSQL of its own. Here stands what is asked; the answers are those of the application. A test fails when the file is stale.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg

from ledger.adapters.postgres_reconcile import Counts, Cursor, PostgresReconcile
from ledger.contract import codec, schema_store
from ledger.errors import DependencyError
from ledger.sealing.keys import write_keys
from ledger.topics import FACTS, OBLIGATIONS, VIOLATIONS
from ledger.web.access import rule_of
from ledger.web.event_bodies import ITEMS_MAX, LINES
from ledger.web.examples import FILE
from ledger.web.limits import Bounded
from ledger.web.roles import Role
from tests.example_ledger import ANNA, CARO, CONTROLLER, FixedEmitter, log, sealed
from tests.sealing_world import KEY
from tests.web_world import TestClient, WebWorld, load_small_ledger

JSON: Final = "application/json"
EVENT: Final = "DataShared"
SCHEMA: Final = f"facts-ledger.{EVENT}"
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


TEXT: Final = """\
policy: hoster
controller: hoster
version: "2020"
title: Privacy statement of the hoster, 2020
time_zone: UTC
in_force_from: 2018-06-01
activities:
  customers:
    title: Customers
    promises: [HH-01]
    purposes: [dpv:ServiceProvision, dpv:PaymentManagement]
    legal_basis: [eu-gdpr:A6-1-b]
    categories: [pd:Name, pd:EmailAddress, pd:IPAddress]
    necessity: REQUIRED
    stores: {crm: NL, billing: NL}
recipients:
  registry: {promises: [MD-13]}
retention:
  - {id: HH-15, holder: controller, activities: [customers], anchors: [SERVICE_ENDED], after: P6M}
"""


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
        "transfers", "overview/sharing", "overview/promises", "policies",
    )), _one(**WHOSE)),
    **dict.fromkeys(("GET /v1/holders", "GET /v1/recipients", "GET /v1/register"), _one(**WHOSE, facts=True)),
    "GET /v1/policies/coverage": _one(**WHOSE, version="1009", status="checked"),
    "POST /v1/policies/coverage": [Asked("answer", body={"text": TEXT})],
    "GET /v1/policies/diff": _one(**WHOSE, old="1001", new="1009"),
    "POST /v1/policies/diff": [Asked("answer", body={"text": TEXT, "old": "1001", "since": "2018-06-01", "sample": 100, "limit": 2})],
    "GET /v1/policies/show": _one(**WHOSE, version="1001", in_force_on="2018-07-31"),
    "POST /v1/policies/explain": [Asked("answer", body=WHOSE | {
        "version": "1009", "activity": "customers", "purpose": "dpv:ServiceProvision", "category": ["pd:Name"], "from": "2018-06-01",
        "when": ["SERVICE_ENDED=2018-07-31"], "lang": "en",
    })],
    "GET /v1/keys": _one(),
    "GET /v1/terms": _one(),
    "GET /v1/terms/{code_list}": _one(code_list="refusal_reasons"),
    "GET /v1/doctor": _one(only=["dead letters", "log and database", "overdue"]),
    "GET /v1/retention": _one(**WHOSE, facts=True, limit=5),
    "GET /v1/violations": _one(**WHOSE, promise="SO-05", since="2018-06-01", until="2018-12-31", limit=5),
    "GET /v1/overview/sharing": _one(**WHOSE, until="2018-06"),
    "GET /v1/overview/deletion": _one(**WHOSE, until="2018-12-31"),
    "GET /v1/overview/sharing/list": _one(
        **WHOSE, holder="Mailer", role="mailing", giver=CONTROLLER, country="NL", category="pd:EmailAddress", purpose="dpv:ServiceProvision",
        rule="-", activity="-", undated=True, limit=2,
    ),
    "GET /v1/overview/sharing/shares": _one(
        **WHOSE, month="2018-06", recipient="Mailer", role="mailing", giver=CONTROLLER, country="NL", onward=False, not_recipient=["SIDN"], limit=2,
    ),
    "GET /v1/overview/deletion/list": _one(
        **WHOSE, state="OVERDUE", holder="SIDN", rule="REG-1", age="7-29", day="2018-07-21", month="2018-07", limit=2,
    ),
    "GET /v1/due": _one(**WHOSE, until="2030-12-31", limit=5),
    "GET /v1/obligations": _one(**WHOSE, holder="SIDN", state=["OPEN", "OVERDUE", "MET"], kind=["ERASE"], limit=5),
    "GET /v1/requests": _one(**WHOSE, open=True, refused=False, limit=5),
    "GET /v1/breaches": _one(**WHOSE, limit=5),
    "GET /v1/disclosures": _one(**WHOSE, limit=5),
    "GET /v1/holds": _one(**WHOSE, all=True, limit=5),
    "GET /v1/suppression": _one(**WHOSE, limit=5),
    "GET /v1/processor-statement": _one(**WHOSE, processor="Mailer", facts=True),
    "GET /v1/differences": _one(**WHOSE, promise="SO-05", limit=5),
    **dict.fromkeys((f"GET /v1/{name}" for name in ("freshness", "dead-letters", "exports", "changes", "reconcile")), _one()),
    "GET /v1/exports/{name}": _one(name="recipients", **WHOSE, format="csv", language="en", labels=True, plain=True),
    **dict.fromkeys((f"POST /v1/subjects/{name}" for name in ("show", "portable")), _of_person()),
    "POST /v1/subjects/as-of": _of_person(on="2018-06-05", known_at="0:5"),
    "POST /v1/subjects/access": _of_person(**{"for": "subject"}),
    "POST /v1/subjects/look-ups": _of_person(**{"for": "officer"}),
    "POST /v1/subjects/export": _of_person(name="portable", format="json", language="en", labels=False, plain=True),
    "POST /v1/subjects/explain": _of_person(holder=CONTROLLER, store="billing", lang="en"),
    "POST /v1/subjects/prove": _of_person(subject_ref=CARO),
    "POST /v1/subjects/certificate": _of_person(subject_ref=CARO),
    **dict.fromkeys((f"GET /{name}" for name in ("health", "schemas/types", "subjects", "config", "mode")), _one()),
    "GET /schemas/ids/{schema_id}": _one(schema_id=schema_store.latest(EVENT).schema_id),
    "GET /subjects/{name}/versions": _one(name=SCHEMA),
    "GET /subjects/{name}/versions/{version}": _one(name=SCHEMA, version="latest"),
    "POST /subjects/{name}": [Asked("answer", {"name": SCHEMA}, {"schema": json.dumps(schema_store.schema(EVENT, 1))})],
    "POST /v1/facts/show": [Asked("answer", body=WHY | {"partition": 0, "offset": 2})],
}  # fmt: skip


@contextmanager
def example_world(dsn: str, home: Path, **web: Any) -> Iterator[WebWorld]:
    """The application on the ledger of the examples. dsn: of a database without a ledger. home: an empty folder."""
    fill(dsn, home)
    with closing(WebWorld(dsn, web, emitter=FixedEmitter(), home=home, log_ends=len(log()))) as world:
        yield world


def fill(dsn: str, home: Path) -> None:
    """Put the ledger of the examples into a database without a ledger, or with an empty one; its archive and its key beneath the home."""
    load_small_ledger(dsn, log())
    compared(dsn)
    sealed(home / "archive")
    write_keys(home / "keys" / "sealing.key", [KEY], is_new=True)


def compared(dsn: str) -> None:
    """As a round of `ledger reconcile` leaves it that found an outcome missing from its topic, at a time that is always the same."""
    with PostgresReconcile(dsn) as database:
        database.take()
        number = database.begin_round().number
        counts = Counts(len(log()), 0, 1, 0, 4, Counter(codec.decode(value or b"")[0] for _, _, _, value, _ in log()[:-1]))
        database.note(FACTS, 0, Cursor(next_offset=len(log())), number, [], counts)
        database.note(OBLIGATIONS, 0, Cursor(next_offset=9), number, [("missing_outcome", FACTS, 0, 20)], counts._replace(outcomes=9))
        database.note(VIOLATIONS, 0, Cursor(next_offset=1), number, [], counts._replace(outcomes=10))
        database.end_round(number)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE ledger.reconcile_round SET begun_at = '2018-08-08 03:00Z', done_at = '2018-08-08 03:02Z'")
        connection.execute("UPDATE ledger.reconcile_run SET begun_at = '2018-08-08 03:00Z', done_at = '2018-08-08 03:02Z'")
        connection.execute("UPDATE ledger.reconcile_mismatch SET found_at = '2018-08-08 03:01Z'")
        connection.execute("INSERT INTO ledger.check_done (name, checked_at, result) VALUES ('reconcile', '2018-08-08 03:02Z', 'findings')")


def ask(world: WebWorld, operation: str, asked: Asked) -> tuple[int, str, Any]:
    """(status, media type, answer: JSON or text)."""
    method, _, route = operation.partition(" ")
    query = {name: str(each).lower() if isinstance(each, bool) else each for name, each in asked.parameters.items() if f"{{{name}}}" not in route}
    for name, each in asked.parameters.items():
        route = route.replace(f"{{{name}}}", str(each))
    key = world.key(who(operation))
    if operation == STREAM:
        return first_of_stream(world, route, key)
    body = None if asked.body is None else asked.body if isinstance(asked.body, str) else json.dumps(asked.body)
    answer = world.client().request(method, route, params=query, content=body, headers=key | ({} if body is None else {"Content-Type": asked.type}))
    kind = answer.headers["content-type"].partition(";")[0]
    return answer.status_code, kind, answer.json() if kind.endswith("json") else answer.text


def who(operation: str) -> Role:
    """The data protection officer, where that one may."""
    rule = rule_of(*operation.split(" ", 1))
    assert rule is not None
    return next(role for role in (Role.DPO, Role.OPERATOR, Role.EMITTER) if rule.is_open or role in rule.roles)


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
        client.post(events, json=UNKNOWN_TERM, headers=emitter), _too_often(hurried.client()), _too_late(),
    ]  # fmt: skip
    world.told.fail_next(DependencyError("cannot emit: Kafka does not answer"))  # type: ignore[attr-defined]
    answers.append(client.post(events, json=SHARE | {"event_id": "0190a000-0000-7000-8000-000000000004"}, headers=emitter))
    return {str(each.status_code): each.json() for each in answers}


def _too_often(client: TestClient) -> Any:
    while (answer := client.get("/health")).status_code != 429:
        pass
    return answer


def _too_late() -> Any:
    """What bounds every request, around one that has no end."""

    async def endless(_: Any, receive: Any, __: Any) -> None:
        await receive()
        await asyncio.sleep(60)

    return TestClient(Bounded(endless, seconds=0.01)).get("/")


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
