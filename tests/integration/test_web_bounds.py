"""What one caller may ask of the process, and what no answer, log line or header ever says: real ASGI, real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI, Request

from ledger.adapters.postgres_credentials import PostgresCredentials
from ledger.adapters.postgres_reader import PostgresReader
from ledger.errors import DependencyError
from ledger.web import limits
from ledger.web.gate import COOKIE, CSRF_HEADER, csrf_token
from ledger.web.limits import BODY_BYTES_MAX, SECURITY_HEADERS, Bounded, Rates
from ledger.web.roles import Role
from tests.histories import CONTROLLER
from tests.small_ledger import ANNA
from tests.web_world import WebWorld, load_small_ledger, web_world

CANARIES = ("kanarie4482@person.example", "Kanariestraat-17", "0612344482", "NL91ABNA0417164300")
LOOK = {"controller": CONTROLLER, "subject_ref": ANNA, "purpose": "dpv:CustomerCare"}


@pytest.fixture
def world(database: str) -> Iterator[WebWorld]:
    load_small_ledger(database)
    with web_world(database) as made:
        yield made


def run(app: Any, scope: dict[str, Any], messages: list[dict[str, Any]], pause: float = 0.0) -> list[dict[str, Any]]:
    """One request to an ASGI application, its body in parts with a pause before each."""
    sent: list[dict[str, Any]] = []
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause)
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "http_version": "1.1", "query_string": b"", "headers": [], **scope}, receive, send))
    return sent


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def slow_app(**bounds: Any) -> Any:
    app = FastAPI()

    @app.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @app.post("/json")
    async def parsed(body: dict[str, str]) -> int:
        return len(body)

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError(CANARIES[0])

    app.add_middleware(Bounded, **bounds)
    return app


def status_and_body(sent: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    assert [each["type"] for each in sent] == ["http.response.start", "http.response.body"]
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert all(headers[name.lower()] == text for name, text in SECURITY_HEADERS.items()) and headers["cache-control"] == "no-store"
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize("path", ["/read", "/json"])
def test_a_body_that_is_too_long_ends_whether_it_says_so_or_not(path: str) -> None:
    app = slow_app(bytes_max=1000)
    scope = {"method": "POST", "path": path, "headers": [(b"content-type", b"application/json")]}

    assert status_and_body(run(app, scope, [part(b'{"a": "' + b"b" * 600, more=True), part(b"b" * 600 + b'"}')]))[0] == 413
    said = scope | {"headers": [*scope["headers"], (b"content-length", b"1001")]}  # type: ignore[misc]
    assert status_and_body(run(app, said, []))[0] == 413
    assert run(app, scope, [part(b'{"a": "' + b"b" * 900 + b'"}')])[0]["status"] == 200


def test_a_body_that_comes_too_slowly_and_an_answer_that_takes_too_long_end() -> None:
    app = slow_app(seconds=0.2)

    assert status_and_body(run(app, {"method": "GET", "path": "/slow"}, [part(b"")]))[0] == 504
    sent = run(app, {"method": "POST", "path": "/read"}, [part(b"x", more=True)] * 50, pause=0.05)
    assert status_and_body(sent)[0] == 408 and (b"connection", b"close") in sent[0]["headers"]


def test_a_bug_is_an_answer_with_all_headers_and_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    status, problem = status_and_body(run(slow_app(), {"method": "GET", "path": "/bug"}, [part(b"")]))

    said = capsys.readouterr()
    assert status == 500 and CANARIES[0] not in str(problem) + said.out + said.err and "ZeroDivisionError" in said.out + said.err


def test_the_question_in_the_database_ends_too(database: str) -> None:
    load_small_ledger(database)
    reader = PostgresReader(database, seconds=0.2)
    with pytest.raises(DependencyError, match="57014"), reader.snapshot():
        reader._run("SELECT pg_sleep(60)", {})
    reader.close()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active'"
                                  " AND pid <> pg_backend_pid()").fetchall() == [(0,)]  # fmt: skip


def test_a_request_whose_question_hangs_is_answered_in_time(database: str) -> None:
    load_small_ledger(database)
    with web_world(database, request_seconds=0.5) as world, psycopg.connect(database) as blocking:
        client, key = world.client(), world.key(Role.DPO)
        assert client.get("/v1/holders", headers=key).status_code == 200
        blocking.execute("LOCK TABLE projection.progress IN ACCESS EXCLUSIVE MODE")
        assert client.get("/v1/holders", headers=key).status_code in (503, 504)
        blocking.rollback()
        deadline = time.monotonic() + 10
        while client.get("/v1/holders", headers=key).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_who_asks_too_often_waits_and_others_do_not(database: str) -> None:
    load_small_ledger(database)
    with web_world(database, requests_per_second=0.5) as world:
        client, key, other = world.client(), world.key(Role.DPO), world.key(Role.DPO)
        answers = [client.get("/v1/holders", headers=key) for _ in range(6)]

        assert [each.status_code for each in answers] == [200] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) >= 1 and answers[-1].headers["content-security-policy"]
        assert client.get("/v1/holders", headers=other).status_code == 200
    rates = Rates(1.0, 1.0)
    assert rates.take("a") == 0.0 and rates.take("a") > 0 and rates.take("b") == 0.0


def test_who_guesses_keys_waits_before_the_database_is_asked_and_others_go_on(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load_small_ledger(database)
    clock = [1000.0]
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    asked: list[str] = []
    with_secret = PostgresCredentials.with_secret
    monkeypatch.setattr(PostgresCredentials, "with_secret", lambda self, *which: (asked.append(which[0]), with_secret(self, *which))[1])
    with web_world(database, requests_per_second=4.0) as world:  # forty questions at once: four guesses
        client, known, unseen, session = world.client(), world.key(Role.DPO), world.key(Role.DPO), world.session(Role.DPO)
        client.get("/v1/holders", headers=known)
        asked.clear()
        bad = [{"Authorization": f"Bearer ledger_key_{number:012x}_{'0' * 64}"} for number in range(12)]
        answers = [client.get("/v1/holders", headers=each) for each in bad]

        assert [each.status_code for each in answers] == [401] * 4 + [429] * 8 and len(asked) == 4
        assert answers[-1].headers["retry-after"] == "3"
        client.cookies.set(COOKIE, session[:-4] + "0000", domain="ledger.test", path="/")
        assert client.get("/v1/holders").status_code == 429 and client.get("/health").status_code == 200 and len(asked) == 4
        client.cookies.clear()
        assert client.get("/v1/holders", headers=unseen).status_code == 429  # nobody can tell it from a guess
        elsewhere = world.client(client=("192.0.2.1", 50_000))
        assert elsewhere.get("/v1/holders", headers=bad[5]).status_code == 401
        assert elsewhere.get("/v1/holders", headers=unseen).status_code == 200
        remembered = world.credentials._remembered
        remembered.update({text: (0.0, whose) for text, (_, whose) in remembered.items()})
        asked.clear()
        assert client.get("/v1/holders", headers=known).status_code == 200 and len(asked) == 1  # it was good before
        clock[0] += 3.0
        assert client.get("/v1/holders", headers=bad[5]).status_code == 401 and len(asked) == 2


def test_signing_out_ends_sessions_and_never_a_key(world: WebWorld) -> None:
    client, key, session = world.client(), world.key(Role.DPO), world.session(Role.DPO)
    refused = client.post("/sign-out", headers=key)

    assert (refused.status_code, refused.json()["hint"]) == (422, "a key is taken back by ledger token revoke")
    world.credentials._remembered.clear()
    assert client.get("/v1/holders", headers=key).status_code == 200
    client.cookies.set(COOKIE, session, domain="ledger.test", path="/")
    assert client.post("/sign-out", headers=key).status_code == 422  # a browser with both signs out without the key
    assert client.post("/sign-out", headers={CSRF_HEADER: csrf_token(session)}).status_code == 303
    client.cookies.set(COOKIE, session, domain="ledger.test", path="/")
    assert client.get("/v1/holders").status_code == 401 and client.get("/v1/holders", headers=key).status_code == 200


def test_every_error_has_the_headers_of_every_answer(world: WebWorld) -> None:
    client, key = world.client(), world.key(Role.DPO)
    answers = [
        client.get("/nowhere"), client.put("/v1/holders", headers=key), client.get("/v1/holders"),
        client.get("/v1/holders?limit=x&on=y", headers=key),
        client.post("/v1/subjects/show", content=b"{", headers=key), client.post("/v1/events", headers=key),
        client.post("/v1/subjects/show", content=b"x" * (BODY_BYTES_MAX + 1), headers=key),
        client.post("/v1/subjects/show", content=iter([b"x" * BODY_BYTES_MAX, b"x"]), headers=key),
    ]  # fmt: skip

    assert [each.status_code for each in answers] == [404, 405, 401, 422, 422, 403, 413, 413]
    for each in answers:
        assert all(each.headers[name] == text for name, text in SECURITY_HEADERS.items()) and each.headers["cache-control"] == "no-store"
        assert each.headers["content-type"] == "application/problem+json"


def test_personal_values_come_back_nowhere(world: WebWorld, capsys: pytest.CaptureFixture[str]) -> None:
    client, dpo, emitter = world.client(), world.key(Role.DPO), world.key(Role.EMITTER)
    answers: list[Any] = []
    for canary in CANARIES:
        event = {"type": "DataCollected", "subject_ref": canary, "categories": ["pd:Name"], "purposes": ["dpv:ServiceProvision"], "store": "crm"}
        for body in (event, event | {"subject_ref": "subj-1", "store": canary}, {"type": canary}, event | {canary: 1}):
            answers.append(client.post("/v1/events", json=body, headers=emitter))
        answers.append(client.post("/v1/events", content=f'{{"a": "{canary}'.encode(), headers=emitter | {"Content-Type": "application/json"}))
        answers.append(client.post("/v1/events", content=f"{canary}\n".encode(), headers=emitter | {"Content-Type": "application/x-ndjson"}))
        for more in ({"subject_ref": canary}, {"purpose": canary}, {"controller": canary}, {canary: canary}, {"on": canary}, {"known_at": canary},
                     {"ticket_ref": canary}, {"ticket_ref": [canary]}, {"subject_ref": {canary: canary}}):  # fmt: skip
            answers.append(client.post("/v1/subjects/show", json=LOOK | more, headers=dpo))
        answers.append(client.post("/v1/subjects/access", json=LOOK | {"for": canary}, headers=dpo))
        answers.append(client.post("/v1/subjects/show", content=f'{{"subject_ref": "{canary}'.encode(), headers=dpo))
        for name in ("controller", "on", "known_at", "limit", "state", "holder", canary):
            for route in ("/v1/obligations", "/v1/holders", "/nowhere"):
                answers.append(client.get(route, params={name: canary}, headers=dpo))
        answers.append(client.get(f"/{canary}", headers=dpo))
        answers.append(client.get(f"/subjects/{canary}/versions/{canary}"))
        answers.append(client.get("/v1/holders", headers={"Authorization": f"Bearer {canary}"}))
        answers.append(client.get("/v1/holders", headers={"Authorization": f"Bearer {canary}.b.c", "X-Request-Id": canary, "Origin": canary}))
        answers.append(client.get("/v1/holders", headers=dpo | {"If-None-Match": canary, "Accept": canary, "Accept-Language": canary}))
        answers.append(client.get("/v1/holders", headers={"Cookie": f"{COOKIE}={canary}"}))
    said = capsys.readouterr()

    for canary in CANARIES:
        name = canary.lower()
        assert name not in (said.out + said.err).lower()
        for each in answers:
            about = f"{each.request.method} {each.request.url.path} {each.status_code}"
            assert name not in str(each.headers).lower() + str(each.next_request).lower(), about
            if each.status_code != 200:
                assert name not in each.text.lower(), f"{about} {each.text}"
    assert len(answers) > 100 and {each.status_code for each in answers} >= {400, 401, 404, 422}
