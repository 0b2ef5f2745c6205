"""`POST /v1/events` of a real `ledger serve`, with real Kafka, PostgreSQL and workers. Source: docs/http.md, "Events"."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from ledger.adapters.postgres_claims import PostgresClaims
from ledger.web.roles import Role
from tests.emittable import SHARE
from tests.ledgers import TestLedger
from tests.reading import Logged, read_topic
from tests.serving import Server, key_of, servers_of
from tests.workers import wait_until, wait_until_answered, workers_of

PLANTED = "zeer-geheim-4711"
LINES = "application/x-ndjson"
PATH = "/v1/events"


@pytest.fixture
def serving(fresh_ledger: TestLedger) -> Iterator[tuple[TestLedger, Callable[..., Server], str]]:
    """A ledger, what starts its servers, and the key of a service of hostinghuis."""
    with servers_of(fresh_ledger) as start:
        yield fresh_ledger, start, key_of(fresh_ledger, Role.EMITTER, source="shop")


@pytest.fixture
def asking(serving: tuple[TestLedger, Callable[..., Server], str]) -> Iterator[tuple[TestLedger, httpx.Client]]:
    ledger, start, key = serving
    with start().client(key) as client:
        yield ledger, client


def share(**changed: Any) -> dict[str, Any]:
    return {"type": "DataShared", "subject_ref": "subj-1", "occurred_at": "2017-05-25T06:00:00Z", **SHARE, **changed}


def logged(ledger: TestLedger) -> list[Logged]:
    return [each for each in read_topic(ledger.settings, "facts") if each.type_name == "DataShared"]


def body_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def claimed(ledger: TestLedger) -> int:
    with psycopg.connect(ledger.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM ledger.ingest_claim").fetchone()
    assert row is not None
    return int(row[0])


def folded(ledger: TestLedger, events: list[dict[str, Any]]) -> list[str]:
    """Which of these the projections know, as often as they do."""
    with psycopg.connect(ledger.dsn) as connection:
        found = connection.execute(
            "SELECT event_id::text FROM projection.fact WHERE event_id = ANY(%s::uuid[]) ORDER BY 1", [[event["event_id"] for event in events]]
        ).fetchall()
    return [row[0] for row in found]


def test_each_form_of_body_gets_a_receipt_for_each_item_that_says_where_it_is(asking: tuple[TestLedger, httpx.Client]) -> None:
    ledger, client = asking

    one = body_of(client.post(PATH, json=share(ref="order-1")), 201)
    listed = body_of(client.post(PATH, json=[share(ref="order-2"), share(ref="order-3", subject_ref="subj-2")]), 200)
    named = body_of(client.post(PATH, json={"events": [share(ref="order-4")]}), 200)
    lines = "\n".join(json.dumps(share(ref=f"order-{number}", subject_ref=f"subj-{number}")) for number in range(5, 40)) + "\n\n"
    streamed = body_of(client.post(PATH, content=lines, headers={"Content-Type": LINES}), 200)

    receipts = [one, *(each for batch in (listed, named, streamed) for each in batch["results"])]
    assert [batch["accepted"] for batch in (listed, named, streamed)] == [2, 1, 35]
    there = {each.headers["ce_id"].decode(): (each.topic, each.partition, each.offset, each.fields["ref"]) for each in logged(ledger)}
    assert [(each["topic"], each["partition"], each["offset"], f"order-{number}") for number, each in enumerate(receipts, 1)] == [
        there[each["event_id"]] for each in receipts
    ]
    assert len(there) == 39
    speakers = {(each.fields["controller"], each.fields["source"], each.fields["by"]) for each in logged(ledger)}
    assert speakers == {("hostinghuis", "shop", "hostinghuis")}


def test_the_same_id_with_the_same_content_gets_the_same_answer_for_good_and_with_other_content_none(
    serving: tuple[TestLedger, Callable[..., Server], str],
) -> None:
    ledger, start, key = serving
    event = share(event_id=str(uuid4()))
    del event["occurred_at"]  # the ledger's own time, made when it first came
    others = [event | {"ref": "order-9"}, event | {"by": "sidn"}, event | {"country": "DE"}, event | {"subject_ref": "subj-9"}]
    first_server, second_server = start(), start()

    def require_same(client: httpx.Client) -> None:
        assert body_of(client.post(PATH, json=event), 200) == first
        assert body_of(client.post(PATH, json=event | {"by": "hostinghuis"}), 200) == first, "what was filled in"
        for other in others:
            refused = client.post(PATH, json=other)
            assert body_of(refused, 409)["event_id"] == event["event_id"]
        batch = body_of(client.post(PATH, json=[event, others[0], event]), 207)
        assert [each["status"] for each in batch["results"]] == [200, 409, 200]

    with first_server.client(key) as client, second_server.client(key) as beside:
        first = body_of(client.post(PATH, json=event), 201)
        require_same(client)
        require_same(beside)
        with workers_of(ledger) as workers:
            workers.start()
            wait_until_answered(ledger)
        require_same(client)
        with closing(PostgresClaims(ledger.dsn)) as claims:
            claims.forget_folded()
        assert claimed(ledger) == 0
        require_same(beside)
    first_server.end()
    with start().client(key) as client:
        require_same(client)
    assert len(logged(ledger)) == 1


def test_twice_in_one_batch_is_once_on_the_log(asking: tuple[TestLedger, httpx.Client]) -> None:
    ledger, client = asking
    event = share(event_id=str(uuid4()))

    batch = body_of(client.post(PATH, json=[event, event, event | {"ref": "order-2"}]), 207)

    assert [each["status"] for each in batch["results"]] == [201, 200, 409]
    assert batch["results"][0] | {"status": 200} == batch["results"][1]
    assert len(logged(ledger)) == 1


@pytest.mark.parametrize("failpoint", ["ingest_after_claim:1", "ingest_before_note:1"])
def test_a_server_killed_between_claim_and_answer_leaves_one_event_when_the_caller_comes_again(
    serving: tuple[TestLedger, Callable[..., Server], str], failpoint: str
) -> None:
    ledger, start, key = serving
    events = [share(event_id=str(uuid4()), subject_ref=f"subj-{number}") for number in range(20)]
    doomed = start(failpoint)

    with doomed.client(key) as client, pytest.raises(httpx.TransportError):
        client.post(PATH, json=events)
    assert doomed.wait() == -signal.SIGKILL
    with start().client(key) as client, workers_of(ledger) as workers:
        assert body_of(client.post(PATH, json=[{**events[0], "ref": "order-9"}, *events[1:]]), 207)["results"][0]["status"] == 409
        assert body_of(client.post(PATH, json=events), 200)["accepted"] == 20
        workers.start()
        wait_until_answered(ledger)

    assert len(logged(ledger)) == (20 if failpoint.startswith("ingest_after_claim") else 40)
    assert folded(ledger, events) == sorted(event["event_id"] for event in events)


def test_while_kafka_is_away_503_says_so_and_the_same_request_later_is_folded_once(serving: tuple[TestLedger, Callable[..., Server], str]) -> None:
    ledger, start, key = serving
    events = [share(event_id=str(uuid4()), subject_ref=f"subj-{number}") for number in range(300)]

    with start().client(key) as client, workers_of(ledger) as workers:
        assert client.post(PATH, json=share(ref="order-before")).status_code == 201
        ledger.kafka.stop()
        try:
            away = client.post(PATH, json=events)
            single = client.post(PATH, json=share(event_id=str(uuid4())))
        finally:
            ledger.kafka.start()
        for refused in (away, single):
            assert body_of(refused, 503)["status"] == 503
            assert int(refused.headers["Retry-After"]) > 0
            assert refused.headers["Content-Type"] == "application/problem+json"
        assert {each["status"] for each in away.json()["results"]} == {503}
        wait_until(lambda: client.post(PATH, json=events).status_code == 200, seconds=60, what="Kafka to be back")
        workers.start()
        wait_until_answered(ledger)

    assert folded(ledger, events) == sorted(event["event_id"] for event in events)


def test_while_postgresql_is_away_nothing_with_an_id_is_sent(asking: tuple[TestLedger, httpx.Client]) -> None:
    ledger, client = asking
    assert client.post(PATH, json=share(event_id=str(uuid4()))).status_code == 201
    ledger.postgres.stop()
    try:
        refused = client.post(PATH, json=share(event_id=str(uuid4())))
    finally:
        ledger.postgres.start()
    assert body_of(refused, 503)["status"] == 503 and refused.headers["Retry-After"]
    assert client.post(PATH, json=share(event_id=str(uuid4()))).status_code == 201
    assert len(logged(ledger)) == 2


BAD_BODIES = [
    pytest.param(b"{", 400, "JSON", id="no JSON"),
    pytest.param(b"", 400, "JSON", id="empty"),
    pytest.param(b'{"type":"DataShared","type":"DataShared"}', 400, "once", id="a name twice"),
    pytest.param(b'{"type":"DataShared","a":{"b":1,"b":2}}', 400, "once", id="a name twice, further in"),
    pytest.param(b'{"type":NaN}', 400, "NaN", id="NaN"),
    pytest.param(b'[-Infinity]', 400, "NaN", id="Infinity"),
    pytest.param(b"[" * 200_000, 400, "deeply", id="nested lists"),
    pytest.param(b'{"a":' * 200_000, 400, "deeply", id="nested objects"),
    pytest.param(b'{"type":"\xff"}', 400, "UTF-8", id="no UTF-8"),
    pytest.param('{"type":"DataShared"}'.encode("utf-16"), 400, "UTF-8", id="UTF-16"),
    pytest.param(b'{"type":' + b"9" * 5_000 + b"}", 400, "too long", id="a long number"),
    pytest.param(b"[]", 422, "at least one", id="no events"),
    pytest.param(b"7", 422, "something else", id="a number"),
    pytest.param(b"[" + b",".join([b"{}"] * 5_001) + b"]", 413, "5000", id="too many"),
    pytest.param(b" " * ((8 << 20) + 1), 413, "bytes", id="too long"),
]


@pytest.fixture(scope="module")
def shared_client(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestLedger, httpx.Client]]:
    """One server for the tests that put nothing on the log."""
    from tests.ledgers import new_ledger

    with ExitStack() as opened:
        ledger = opened.enter_context(new_ledger(stack, tmp_path_factory.mktemp("http") / "ledger"))
        start = opened.enter_context(servers_of(ledger))
        yield ledger, opened.enter_context(start().client(key_of(ledger, Role.EMITTER, source="shop")))


@pytest.mark.parametrize(("body", "status", "word"), BAD_BODIES)
def test_a_body_that_cannot_be_taken_is_refused_as_a_problem(
    shared_client: tuple[TestLedger, httpx.Client], body: bytes, status: int, word: str
) -> None:
    answer = shared_client[1].post(PATH, content=body, headers={"Content-Type": "application/json"})

    found = body_of(answer, status)
    assert answer.headers["Content-Type"] == "application/problem+json" and answer.headers["Cache-Control"] == "no-store"
    assert (found["status"], found["type"]) == (status, "about:blank") and word in found["detail"]
    assert found["field"] == ("events" if word in ("at least one", "5000") else "*")


def test_a_body_that_does_not_say_how_long_it_is_is_cut_off_too(shared_client: tuple[TestLedger, httpx.Client]) -> None:
    chunks = (b" " * 65_536 for _ in range(200))
    answer = shared_client[1].post(PATH, content=chunks, headers={"Content-Type": "application/json"})
    assert body_of(answer, 413)["status"] == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/jsonx", ""])
def test_another_type_of_content_is_refused(shared_client: tuple[TestLedger, httpx.Client], kind: str) -> None:
    found = body_of(shared_client[1].post(PATH, content=b"{}", headers={"Content-Type": kind}), 415)

    assert (found["status"], found["field"]) == (415, "Content-Type")


BAD_ITEMS = [
    pytest.param(share(purpose=PLANTED), 422, "purpose", id="no term"),
    pytest.param(share(subject_ref="jan@voorbeeld.nl"), 422, "subject_ref", id="an e-mail address"),
    pytest.param(share(occurred_at=PLANTED), 422, "occurred_at", id="no time"),
    pytest.param(share(occurred_at="2019-01-01T00:00:00Z"), 422, "occurred_at", id="ahead of the ledger"),
    pytest.param(share(ref="\ud800"), 422, "ref", id="half a character"),
    pytest.param(share(ref="a\x00b"), 422, "ref", id="a zero"),
    pytest.param(share(ref=["a"]), 422, "ref", id="a list for a text"),
    pytest.param(share(event_id=PLANTED), 422, "event_id", id="no id"),
    pytest.param(share(salt="zz"), 422, "salt", id="no salt"),
    pytest.param(share(**{PLANTED: 1}), 422, "*", id="an unknown field"),
    pytest.param({name: value for name, value in share().items() if name != "recipient"}, 422, "recipient", id="a field missing"),
    pytest.param({"type": PLANTED}, 422, "type", id="an unknown type"),
    pytest.param({"type": ["DataShared"]}, 422, "type", id="a list for a type"),
    pytest.param({"type": "TimeReached", "mode": "REAL"}, 422, None, id="the ledger's time"),
    pytest.param({"type": "ViolationFound"}, 422, None, id="an outcome"),
    pytest.param(share(controller="smallhold"), 403, "controller", id="another controller"),
    pytest.param(share(controller=7), 422, "controller", id="a number for a controller"),
    pytest.param(share(source="billing"), 403, "source", id="another source"),
    pytest.param([1], 422, None, id="a number in the list"),
]


@pytest.mark.parametrize(("given", "status", "field"), BAD_ITEMS)
def test_an_event_that_breaks_its_contract_is_refused_by_field_and_never_by_value(
    shared_client: tuple[TestLedger, httpx.Client], given: Any, status: int, field: str | None
) -> None:
    ledger, client = shared_client
    if isinstance(given, list):
        problem = body_of(client.post(PATH, json=given), 207)["results"][0]["problem"]
        assert problem["status"] == status
        return
    answer = client.post(PATH, content=json.dumps(given), headers={"Content-Type": "application/json"})
    problem = body_of(answer, status)
    if field is not None:
        assert problem["field"] == field
    assert PLANTED not in answer.text and "jan@" not in answer.text

    batch = body_of(client.post(PATH, content=json.dumps(given), headers={"Content-Type": LINES}), 207)
    assert [each["problem"] for each in batch["results"]] == [problem]
    assert logged(ledger) == []


def test_lines_that_cannot_be_read_are_refused_one_by_one(asking: tuple[TestLedger, httpx.Client]) -> None:
    ledger, client = asking
    lines = b"\n".join([b"{", json.dumps(share()).encode(), b'{"a":1,"a":2}', b"\xff", b"[" * 100_000, b"7"])

    batch = body_of(client.post(PATH, content=lines, headers={"Content-Type": LINES}), 207)

    assert [each["status"] for each in batch["results"]] == [400, 201, 400, 400, 400, 422]
    assert (batch["accepted"], batch["refused"], len(logged(ledger))) == (1, 5, 1)


def test_register_events_are_refused_even_from_who_may_speak_for_all(serving: tuple[TestLedger, Callable[..., Server], str]) -> None:
    ledger, start, _ = serving
    event = {"type": "RecipientRegistered", "controller": "hostinghuis", "recipient": "sidn", "role": "registry", "country": "NL"}
    with start().client(key_of(ledger, Role.EMITTER, ("*",), source="shop")) as client:
        assert client.post(PATH, json=event).status_code == 422
        assert client.post(PATH, json=share()).status_code == 422, "a controller must be named"
        assert client.post(PATH, json=share(controller="smallhold")).status_code == 201


def test_claims_of_what_is_folded_go_by_themselves(asking: tuple[TestLedger, httpx.Client]) -> None:
    ledger, client = asking
    assert client.post(PATH, json=[share(event_id=str(uuid4())) for _ in range(50)]).status_code == 200
    assert claimed(ledger) == 50
    with workers_of(ledger) as workers:
        workers.start()
        wait_until_answered(ledger)
        wait_until(lambda: claimed(ledger) == 0, seconds=40, what="the claims to go")
