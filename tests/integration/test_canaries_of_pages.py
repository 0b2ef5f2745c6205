"""Personal values typed into any field of any form, or into an address: shown again in the form they were typed into, and nowhere else.

In: every field of every form that the pages have (as they are found there), names of fields, files, headers, cookies, and every parameter and part
of the path of every GET. Out, all of it searched: the server's lines, its metrics, the traces it sends, headers of answers (Location, cookies, htmx),
pages outside the forms, problems, answers, every topic, the tables of the installation, the logs of Kafka and PostgreSQL.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition
from fastapi.routing import APIRoute

from ledger.web.app import make_app
from ledger.web.gate import COOKIE
from ledger.web.roles import Role
from tests.collector import Collector, collecting
from tests.emittable import SHARE
from tests.ledgers import TestLedger, new_ledger
from tests.reading import read_topic
from tests.serving import Server, key_of, link_of, servers_of
from tests.workers import run_ledger, wait_until, wait_until_answered, workers_of

#: Invented, and of this file alone: other tests plant others in the same Kafka and PostgreSQL.
CANARIES = ("kanarie.geel@voorbeeld.nl", "NL02ABNA0123456789", "+31687654321", "Piet Kanarie", "10.98.76.54", "order:9876XY54")
PIECES = ("kanarie", "NL02ABNA0123456789", "31687654321", "10.98.76.54", "9876XY54")
CONTROLLER, KNOWN = "hostinghuis", "subj-5f1d"
GOOD = {
    "controller": CONTROLLER, "subject_ref": KNOWN, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1", "on": "", "store": "crm",
    "breach_ref": "breach-1", "request_ref": "request-1", "hold_ref": "hold-1", "recipient": "sidn", "link": "ledger_link_", "text": "policy: x",
    "reasons-0-holder": "controller", "reasons-0-reason": "eu-gdpr:JustificationA12Complexity",
}  # fmt: skip
MOMENT = "2017-05-20T10:00"
FORMS = (
    "/subject", "/events/0/0", "/acts/breach", "/acts/authority", "/acts/answer", "/acts/hold", "/acts/release", "/policies/publish", "/sharing",
    "/deletion", "/deletion/list", "/sign-in",
)  # fmt: skip
NOT_SHOWN_BACK = ("/events/0/0", "/sharing", "/deletion", "/deletion/list", "/sign-in")
"""Pages that show nothing of what was typed."""
POLICY = "policy: x\ncontroller: hostinghuis\nversion: {canary}\ntitle: {canary}\nin_force_from: {canary}\n{canary}: {canary}\n"
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
SHOWN_BACK = re.compile(r"<form .*?</form>|<ol class=\"mistakes\">.*?</ol>", re.DOTALL)
"""Where what somebody has typed belongs: the form, and the lines of a policy that are wrong."""


@dataclass
class Form:
    """A form of a page. fields: name -> what a person would send, hidden ones included."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = ""
        self._is_inside, self._is_chosen = False, True
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._is_inside = True
            self.found.append(Form(given.get("action", ""), given.get("method", "get")))
        elif not self._is_inside:
            return
        elif tag == "select":
            self._select, self._is_chosen = name, name in GOOD
            self.found[-1].fields.setdefault(name, GOOD.get(name, ""))
        elif tag == "option" and not self._is_chosen:
            self.found[-1].fields[self._select], self._is_chosen = given.get("value", ""), True
        elif tag in ("input", "textarea", "button") and name:
            usual = {"datetime-local": MOMENT, "date": "", "checkbox": ""}.get(given.get("type", ""), GOOD.get(name, ""))
            self.found[-1].fields.setdefault(name, given["value"] if given.get("type") == "hidden" or tag == "button" else usual)

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "form"


@dataclass
class Site:
    """A real server, its ledger, and the browser of a data protection officer."""

    ledger: TestLedger
    server: Server
    browser: httpx.Client
    metrics: str
    collector: Collector

    def said(self) -> dict[str, str]:
        """All that others than the asker can read afterwards."""
        texts = {"metrics": httpx.get(self.metrics, trust_env=False).text, "lines": self.server.text()}
        assert "ledger_http" in texts["metrics"] and "signed_in" in texts["lines"]
        texts["traces"] = b"".join(self.collector.sent).decode("latin-1")  # those of before; the last test of this file waits for all
        texts |= {path.name: path.read_text(errors="replace") for path in self.ledger.postgres.log.parent.glob("*.log*")}
        with psycopg.connect(self.ledger.dsn) as connection:
            tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('ledger', 'projection', 'vault')"
            for schema, table in connection.execute(tables).fetchall():
                texts[f"table {table}"] = repr(connection.execute(f"SELECT * FROM {schema}.{table}").fetchall())  # noqa: S608
        return texts | {f"topic {name}": text for name, text in topics_of(self.ledger).items()}


def topics_of(ledger: TestLedger) -> dict[str, str]:
    """Every record of every topic, with key and headers, as it stands there."""
    consumer = Consumer({**ledger.settings.kafka_client_config(), "group.id": "canaries", "enable.auto.commit": False, "log_level": 0})
    found: dict[str, str] = {}
    try:
        for name, about in consumer.list_topics(timeout=10).topics.items():
            if name.startswith("__"):
                continue
            ends = {number: consumer.get_watermark_offsets(TopicPartition(name, number), timeout=10)[1] for number in about.partitions}
            consumer.assign([TopicPartition(name, number, 0) for number in ends])
            read: list[Any] = []
            while len(read) < sum(ends.values()):
                read += consumer.consume(1000, timeout=1.0)
            found[name] = repr([(each.key(), each.value(), each.headers()) for each in read])
    finally:
        consumer.close()
    return found


@pytest.fixture(scope="module")
def site(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One person is known; the officer has signed in."""
    with ExitStack() as ending:
        collector, wanted = ending.enter_context(collecting()), ending.enter_context(pytest.MonkeyPatch.context())
        # as somebody may have set them for all Python processes of a machine: FastAPI must not add its own
        for name, value in {
            "FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100",
        }.items():  # fmt: skip
            wanted.setenv(name, value)
        ledger = ending.enter_context(new_ledger(stack, tmp_path_factory.mktemp("canaries") / "ledger", partitions=2))
        start = ending.enter_context(servers_of(ledger))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = start(options=("--metrics-port", str(port)), traces__endpoint=collector.endpoint)
        event = {"type": "DataShared", "subject_ref": KNOWN, "occurred_at": "2017-05-25T06:00:00Z", **SHARE}
        with server.client(key_of(ledger, Role.EMITTER, source="shop")) as shop:
            told = shop.post("/v1/events", json=event)
            assert told.status_code == 201, told.text
        with workers_of(ledger) as workers:
            workers.start()
            assert run_ledger(ledger, "policy", "publish", CONTROLLER, "--wait").returncode == 0  # forms name controllers that have one
            wait_until_answered(ledger)
        with server.client(None) as browser:
            browser.headers.update({"Accept": "text/html", "Accept-Language": "en", "Origin": server.address})
            assert browser.post("/sign-in", data={"link": link_of(ledger, Role.DPO), "step": "do"}).status_code == 303
            yield Site(ledger, server, browser, f"http://127.0.0.1:{port}/metrics", collector)


def seen(text: str) -> list[str]:
    return [piece for piece in PIECES if piece.lower() in text.lower()]


def leaks_of(answer: httpx.Response) -> list[str]:
    """Where an answer has a canary that does not belong there. What was asked with is not the answer's."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.multi_items())
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    text = SHOWN_BACK.sub("", answer.text) if is_page else answer.text
    about = f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
    return [f"{about}: {piece} in {where}" for where, part in (("a header", headers), ("the text", text)) for piece in seen(part)]


def form_of(site: Site, page: str) -> Form:
    answer = site.browser.get(page)
    assert answer.status_code == 200, answer.text
    return next(each for each in Forms(answer.text).found if each.action != "/sign-out")


def send(site: Site, page: str, form: Form, changed: dict[str, str], **more: Any) -> httpx.Response:
    typed = form.fields | changed
    if form.method == "get":
        return site.browser.get(page, params=typed)
    return site.browser.post(form.action, data=typed, **more)


def assert_nothing_leaked(site: Site, answers: list[httpx.Response]) -> None:
    leaks = sorted({leak for answer in answers for leak in leaks_of(answer)})
    assert leaks == [], "\n".join(leaks)
    assert {name: seen(text) for name, text in site.said().items() if seen(text)} == {}
    assert [f"{answer.request.url.path} {answer.status_code}" for answer in answers if answer.status_code >= 500] == []


@pytest.mark.parametrize("page", FORMS)
def test_what_is_typed_into_a_form_comes_back_in_it_alone(site: Site, page: str) -> None:
    form = form_of(site, page)
    answers = [send(site, page, form, {name: canary}) for canary in CANARIES for name in (*form.fields, "step", "nonsense")]
    answers += [send(site, page, form, {canary: canary}) for canary in CANARIES]
    answers += [send(site, page, form, {name: canary for name in form.fields if name != "csrf"}) for canary in CANARIES]

    assert_nothing_leaked(site, answers)
    if page not in NOT_SHOWN_BACK:
        assert any(seen(answer.text) for answer in answers), "nothing came back: the search proves nothing"


@pytest.mark.parametrize("kind", ["breach", "authority", "answer", "hold", "release"])
def test_what_was_looked_at_again_takes_no_other_value_along(site: Site, kind: str) -> None:
    page = f"/acts/{kind}"
    checked = next(each for each in Forms(send(site, page, form_of(site, page), {}).text).found if "seal" in each.fields)
    assert checked.fields["seal"], "the form as it was filled in is good"

    answers = [send(site, page, checked, {"step": "do", name: canary}) for canary in CANARIES for name in checked.fields if name != "step"]

    assert_nothing_leaked(site, answers)


def test_a_file_a_preview_and_a_form_in_parts_leave_nothing_behind(site: Site) -> None:
    form = form_of(site, "/policies/publish")
    answers = []
    for canary in CANARIES:
        for name, content in ((canary, "policy: x"), ("new.yaml", canary), ("new.yaml", f"policy: {canary}\ncontroller: [{canary}\n")):
            answers.append(send(site, form.action, form, {}, files={"file": (name, content.encode(), "text/yaml")}))
        answers.append(send(site, form.action, form, {"text": POLICY.format(canary=canary)}))
        answers.append(site.browser.post("/acts/hold", content=f"csrf={canary}&{canary}".encode(), headers=FORM_HEADERS))
        answers.append(site.browser.post("/subject", content=f"csrf={canary}".encode(), headers={"Content-Type": f"multipart/form-data; {canary}"}))

    assert_nothing_leaked(site, answers)


def test_what_stands_in_an_address_or_a_header_comes_back_nowhere_else(site: Site) -> None:
    """Each GET there is, with a canary as each of its parameters, as one more, and as each part of its path."""
    answers = []
    for path, parameters in gets_of(site.ledger):
        parts = re.findall(r"\{(\w+)(?::\w+)?\}", path)
        plain = re.sub(r"\{[^}]+\}", "0", path)
        for canary in CANARIES[:3]:
            answers += [site.browser.get(plain, params={name: canary}) for name in (*parameters, "nonsense", "lang")]
            answers.append(site.browser.get(plain, params={canary: canary}))
            for part in parts:
                if part in ("partition", "offset") and canary.lstrip("+").isdigit():
                    continue  # read as a number it is a place on the log, and the page says which
                filled = re.sub(rf"\{{{part}[^}}]*\}}", quote(canary, safe=""), path)
                answers.append(site.browser.get(re.sub(r"\{[^}]+\}", "0", filled)))
            answers.append(site.browser.get(f"{plain.rstrip('/')}/{canary}"))
    for canary in CANARIES:
        text = canary.replace(" ", "-")
        for headers in (
            {"Cookie": f"{COOKIE}={text}; ledger_lang={text}"}, {"Authorization": f"Bearer {text}"}, {"Authorization": f"Bearer {text}.b.c"},
            {"Accept-Language": text}, {"User-Agent": text, "Referer": f"http://{text}/", "X-Forwarded-For": text, "X-Request-Id": text},
            {"HX-Current-URL": text, "HX-Request": "true", "HX-Target": text}, {"Origin": f"http://{text}"},
        ):  # fmt: skip
            answers += [site.browser.get(path, headers=headers) for path in ("/sharing", "/v1/holders", "/sign-in")]
            answers.append(site.browser.post("/sign-in", data={"link": text}, headers=headers))

    assert len(answers) > 1000
    assert_nothing_leaked(site, answers)


def gets_of(ledger: TestLedger) -> list[tuple[str, list[str]]]:
    """(path, names of its parameters) of every GET that the server has."""
    found: list[tuple[str, list[str]]] = []
    waiting: list[Any] = list(make_app(ledger.settings).routes)
    while waiting:
        route = waiting.pop()
        if hasattr(route, "original_router"):
            waiting += route.original_router.routes
        elif isinstance(route, APIRoute) and "GET" in route.methods and route.path != "/v1/changes":  # one that never ends
            found.append((route.path, [each.alias for each in route.dependant.query_params]))
    assert len(found) > 40
    return found


def test_traces_name_routes_and_nothing_that_was_sent(site: Site) -> None:
    """Of this test, and of all before it."""
    for canary in CANARIES:
        text = quote(canary, safe="")
        headers = {"traceparent": canary, "tracestate": f"a={text}", "baggage": f"who={text}", "User-Agent": text}
        site.browser.get(f"/{text}", params={text: canary}, headers=headers)
        site.browser.get("/v1/holders", params={"store": canary}, headers=headers)
        site.browser.post("/subject", data={canary: canary}, headers=headers)
    assert site.browser.get("/sharing").status_code == 200
    assert site.browser.get("/health").status_code == 200  # nothing else of this file asks it

    wait_until(lambda: bool(site.collector.named("GET /health")), seconds=30, what="the spans of all that was asked")

    assert seen(b"".join(site.collector.sent).decode("latin-1")) == []
    assert {each.service for each in site.collector.spans()} == {"ledger-web"}, "FastAPI sends spans of its own"
    names = {each.name for each in site.collector.spans()}
    assert {"GET unknown", "GET /v1/holders", "POST /subject", "POST /sign-in", "read"} <= names
    assert {"http.request.method", "http.route", "http.response.status_code"} <= {key for each in site.collector.spans() for key in each.attributes}


def test_what_was_typed_and_is_no_personal_value_goes_on_the_log(site: Site) -> None:
    """The same ways lead to Kafka: what is searched there would be found."""
    page = "/acts/hold"
    checked = next(each for each in Forms(send(site, page, form_of(site, page), {}).text).found if "seal" in each.fields)

    assert re.search(r"facts \d@\d+", send(site, page, checked, {"step": "do"}).text)

    assert [each.fields["hold_ref"] for each in read_topic(site.ledger.settings, "facts") if each.type_name == "HoldPlaced"] == ["hold-1"]
    assert "hold-1" in topics_of(site.ledger)["facts"]
