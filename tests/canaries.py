"""Invented personal values that must come out nowhere, a server that they are sent to, and all that others than the sender can read afterwards.

Searched: headers and texts of answers, the server's lines, its metrics, the traces that it sends, every topic, the tables of the installation, the
logs of Kafka and PostgreSQL.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition

from tests.collector import Collector, collecting
from tests.ledgers import TestLedger
from tests.serving import Server, servers_of
from tests.workers import wait_until

#: Other tests plant others in the same Kafka and PostgreSQL.
CANARIES = ("kanarie.geel@voorbeeld.nl", "NL02ABNA0123456789", "+31687654321", "Piet Kanarie", "10.98.76.54", "order:9876XY54")
PIECES = ("kanarie", "NL02ABNA0123456789", "31687654321", "10.98.76.54", "9876XY54")
SHOWN_BACK = re.compile(r"<form .*?</form>|<ol class=\"mistakes\">.*?</ol>", re.DOTALL)
"""Where what somebody has typed belongs: the form, and the lines of a policy that are wrong."""
TRACED = b"GET /health"
"""Asked last: when its span has come, those of all before it have."""


@dataclass
class Site:
    """A real server, its ledger, and what it says to others than the asker."""

    ledger: TestLedger
    server: Server
    metrics: str
    collector: Collector
    _asked: int = field(default=0, init=False)

    def said(self) -> dict[str, str]:
        """All that others than the asker can read afterwards, by where."""
        texts = {"metrics": httpx.get(self.metrics, trust_env=False).text, "lines": self.server.text(), "traces": self.traces()}
        assert "ledger_http" in texts["metrics"] and "access_denied" in texts["lines"]
        texts |= {path.name: path.read_text(errors="replace") for path in self.ledger.postgres.log.parent.glob("*.log*")}
        with psycopg.connect(self.ledger.dsn) as connection:
            tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('ledger', 'projection', 'vault')"
            for schema, table in connection.execute(tables).fetchall():
                texts[f"table {table}"] = repr(connection.execute(f"SELECT * FROM {schema}.{table}").fetchall())  # noqa: S608
        return texts | {f"topic {name}": text for name, text in topics_of(self.ledger).items()}

    def traces(self) -> str:
        """Every byte of the spans of all that was asked so far."""
        self._asked += 1
        assert httpx.get(f"{self.server.address}/health", trust_env=False).status_code == 200
        wait_until(lambda: sum(each.count(TRACED) for each in self.collector.sent) >= self._asked, seconds=30, what="the spans of all that was asked")
        return b"".join(self.collector.sent).decode("latin-1")


@contextmanager
def watched(ledger: TestLedger, *options: str, **settings: str) -> Iterator[Site]:
    """A server with metrics and traces. options, settings: others, as `servers_of` takes them."""
    with ExitStack() as ending:
        collector, wanted = ending.enter_context(collecting()), ending.enter_context(pytest.MonkeyPatch.context())
        # as somebody may have set them for all Python processes of a machine: FastAPI must not add its own
        for name, value in {
            "FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100",
        }.items():  # fmt: skip
            wanted.setenv(name, value)
        start = ending.enter_context(servers_of(ledger))
        port = free_port()
        server = start(options=("--metrics-port", str(port), *options), traces__endpoint=collector.endpoint, **settings)
        assert httpx.get(f"{server.address}/v1/holders", trust_env=False).status_code == 401  # so that there are lines to search
        yield Site(ledger, server, f"http://127.0.0.1:{port}/metrics", collector)


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def topics_of(ledger: TestLedger) -> dict[str, str]:
    """Every record of every topic, with key and headers, as it stands there."""
    consumer = Consumer({**ledger.settings.kafka_client_config(), "group.id": "canaries", "enable.auto.commit": False, "log_level": 0})
    try:
        topics = {name: about for name, about in consumer.list_topics(timeout=10).topics.items() if not name.startswith("__")}
        places = [TopicPartition(name, number, 0) for name, about in topics.items() for number in about.partitions]
        ends = {place: consumer.get_watermark_offsets(place, timeout=10)[1] for place in places}
        consumer.assign(places)
        read: list[Any] = []
        deadline = time.monotonic() + 60
        while any(place.offset < ends[place] for place in consumer.position([place for place in places if ends[place]])):
            assert time.monotonic() < deadline, "the topics were not read to their ends"
            read += consumer.consume(1000, timeout=0.1)
        assert not any(each.error() for each in read)
    finally:
        consumer.close()
    return {name: repr([(each.key(), each.value(), each.headers()) for each in read if each.topic() == name]) for name in topics}


def seen(text: str) -> list[str]:
    """The pieces of canaries in a text."""
    return [piece for piece in PIECES if piece.lower() in text.lower()]


def leaks_of(answer: httpx.Response, shown_back: Collection[str] = ()) -> list[str]:
    """Where an answer has a canary that does not belong there. What was asked with is not the answer's. shown_back: fields of a good answer in JSON
    in which the text that was sent is told of.
    """
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.multi_items())
    kind, text = answer.headers.get("content-type", ""), answer.text
    if kind.startswith("text/html"):
        text = SHOWN_BACK.sub("", text)
    elif shown_back and answer.is_success:
        text = json.dumps(_without(answer.json(), shown_back), ensure_ascii=False)
    about = f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
    return [f"{about}: {piece} in {where}" for where, part in (("a header", headers), ("the text", text)) for piece in seen(part)]


def _without(value: Any, names: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, names) for name, inner in value.items() if name not in names}
    return [_without(inner, names) for inner in value] if isinstance(value, list) else value


def assert_nothing_leaked(site: Site, answers: Iterable[httpx.Response], shown_back: Collection[str] = ()) -> None:
    """In no answer, in nothing that others can read; and no answer broke, or said that it is too often: that would prove nothing."""
    answered = list(answers)
    leaks = sorted({leak for answer in answered for leak in leaks_of(answer, shown_back)})
    assert leaks == [], "\n".join(leaks)
    told = {name: seen(text) for name, text in site.said().items() if seen(text)}
    assert told == {}, told
    broken = [f"{answer.request.url.path} {answer.status_code}" for answer in answered if answer.status_code >= 500 or answer.status_code == 429]
    assert broken == [], broken
