"""Traces of the real stack: a caller's trace goes through a request to PostgreSQL and Kafka, a worker tells its batches; away, nobody notices."""

from __future__ import annotations

import socket
from collections.abc import Callable

import httpx

from ledger.adapters.kafka_log import KafkaLog
from ledger.topics import FACTS
from ledger.web.roles import Role
from tests.collector import Received, collecting
from tests.emittable import SHARE
from tests.ledgers import TestLedger
from tests.serving import key_of, servers_of
from tests.workers import wait_until, wait_until_answered, workers_of

CONTROLLER, SUBJECT = "hostinghuis", "subj-5f1d"
EVENT = {"type": "DataShared", "subject_ref": SUBJECT, "occurred_at": "2017-05-25T06:00:00Z", **SHARE}
LOOK = {"controller": CONTROLLER, "subject_ref": SUBJECT, "purpose": "dpv:CustomerCare"}
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
CANARY = "kanarie"


def test_a_request_is_followed_to_the_log_and_the_database_and_a_worker_tells_its_batches(make_ledger: Callable[..., TestLedger]) -> None:
    ledger = make_ledger(partitions=2)
    with collecting() as collector, servers_of(ledger) as start:
        server = start(options=("--processes", "2"), traces__endpoint=collector.endpoint)
        with server.client(key_of(ledger, Role.EMITTER, source="shop")) as shop:
            assert shop.post("/v1/events", json=EVENT).status_code == 201
        with workers_of(ledger) as workers:
            worker = workers.start(traces__endpoint=collector.endpoint)
            wait_until_answered(ledger)
            with server.client(key_of(ledger, Role.AUDITOR)) as auditor:
                headers = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": f"x={CANARY}", "baggage": f"who={CANARY}"}
                assert auditor.post("/v1/subjects/show", json=LOOK, headers=headers).status_code == 200
                assert auditor.get(f"/{CANARY}", params={CANARY: CANARY}).status_code == 404
            wait_until_answered(ledger)
            worker.stop()
        auditors = key_of(ledger, Role.AUDITOR)

        def processes() -> set[str]:
            return {each.process for each in collector.spans() if each.service == "ledger-web"}

        def asked() -> bool:
            with server.client(auditors) as client:  # a new connection, maybe to the other process
                client.get("/health")
            return len(processes()) == 2

        wait_until(asked, seconds=60, what="spans of both processes")
        assert server.end() == 0
        with KafkaLog(ledger.settings) as log:
            folded = {partition: log.bounds(FACTS, partition)[1] for partition in range(2)}

    found = collector.spans()
    (request,) = collector.named("POST /v1/events")
    (ingest,), (append,) = within(found, request, "ingest"), within(found, within(found, request, "ingest")[0], "append")
    assert request.attributes == {"http.request.method": "POST", "http.route": "/v1/events", "http.response.status_code": 201}
    assert (request.kind, request.service, request.parent) == (SERVER, "ledger-web", "")
    assert ingest.attributes == append.attributes == {"ledger.events": 1}

    (look,) = collector.named("POST /v1/subjects/show")
    assert (look.trace_id, look.parent) == (TRACE, SPAN)
    assert [each.kind for each in within(found, look, "read")] == [CLIENT]
    (told,) = within(found, look, "append")
    assert (told.kind, told.attributes) == (PRODUCER, {"ledger.events": 1, "messaging.destination.name": FACTS})
    assert 0 < told.nanoseconds < look.nanoseconds
    assert [each.attributes["http.response.status_code"] for each in collector.named("GET unknown")] == [404]

    folds = collector.named("fold")
    assert {(each.service, each.kind) for each in folds} == {("ledger-worker", CONSUMER)}
    told_of = [(each.attributes["ledger.partition"], each.attributes["ledger.events"]) for each in folds]
    assert {partition: sum(events for told, events in told_of if told == partition) for partition in folded} == folded
    assert all(each.attributes["ledger.fold_seconds"] > 0 and each.attributes["ledger.write_seconds"] > 0 for each in folds)
    assert sum(folded.values()) > 3

    sent = b"".join(collector.sent)
    assert [word for word in (CANARY, SUBJECT, CONTROLLER, "shop", "5f1d") if word.encode() in sent] == []


def within(found: list[Received], parent: Received, name: str) -> list[Received]:
    return [each for each in found if each.name == name and each.parent == parent.span_id and each.trace_id == parent.trace_id]


def test_with_the_collector_away_requests_are_answered_and_one_line_says_so(make_ledger: Callable[..., TestLedger]) -> None:
    ledger = make_ledger(partitions=1)
    with socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.bind(("127.0.0.1", 0))
        nobody, port = (each.getsockname()[1] for each in (first, second))
    with servers_of(ledger) as start:
        server = start(options=("--metrics-port", str(port)), traces__endpoint=f"http://127.0.0.1:{nobody}")

        def dropped() -> float:
            text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
            return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("ledger_spans_dropped_total "))

        with server.client(key_of(ledger, Role.AUDITOR)) as client:
            for times in (1, 2):
                before = dropped()
                assert client.get("/v1/freshness").status_code == 200
                wait_until(lambda now=before: dropped() > now, seconds=60, what=f"spans to be dropped, time {times}")  # type: ignore[misc]
        server.end()
        lines = [line for line in server.lines() if "trac" in str(line) or "span" in str(line) or line.get("library")]

    assert [(line["event"], line["level"], line["part"]) for line in lines] == [("spans_not_taken", "warning", "traces")]
    assert str(nobody) not in server.text()
