"""Personal values that came in past the SDK, read by everybody who may read anything: every page, answer, stream and file that there is.

Roles without persons see none of them anywhere. An officer and an auditor see where they stand, for they must find and mend it; and even for them
no value is in an address, a header, a line, a metric or a trace, from where it could not be taken back.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from html import unescape
from typing import Any
from urllib.parse import unquote_plus

import httpx
import pyarrow.parquet
import pytest

from ledger.contract import schema_store
from ledger.exporting.exporting import formats
from ledger.web.access import NO_PERSONS, RULES, Rule, may_export
from ledger.web.roles import EVERY_CONTROLLER, Role
from tests.browser.every_page import OPENED
from tests.canaries import Site, watched
from tests.histories import CONTROLLER
from tests.ledgers import new_ledger
from tests.past_the_sdk import send_past_the_sdk, where_seen
from tests.pdf_text import text_of_pdf
from tests.serving import key_of, link_of
from tests.unit.test_api_examples import OPERATIONS
from tests.workers import run_ledger, wait_until_answered, workers_of

READERS = (Role.MANAGER, Role.OPERATOR, Role.AUDITOR, Role.DPO)
WHOSE = ((CONTROLLER,), (EVERY_CONTROLLER,))
STREAM, FILE, MOUNT = "/v1/changes", "/v1/exports/{name}", "/static"
NEEDED: dict[str, dict[str, str]] = {
    "/v1/overview/sharing/shares": {"month": "2018-06"}, "/v1/policies/show": {"version": "1"}, "/v1/policies/coverage": {"version": "1"},
    "/v1/policies/diff": {"old": "1", "new": "2"}, "/v1/due": {"until": "2030-12-31"},
}  # fmt: skip
"""What a question must be told beside whom it is about."""
IN_PATH = {
    "schema_id": str(schema_store.latest("DataCollected").schema_id), "code_list": "purposes", "name": "facts-ledger.DataCollected",
    "version": "latest", "partition": "0", "offset": "0", "kind": "hold",
}  # fmt: skip
ADDRESS = re.compile(r'\b(?:href|src|action|hx-get|content)="([^"]*)"')
UNANSWERED = {
    "/v1/keys", "/v1/policies/show", "/v1/policies/coverage", "/v1/policies/diff", "/sign-in/oidc", "/sign-in/callback",
}  # fmt: skip
"""Nothing is sealed here, no policy is published, nobody signs in elsewhere."""


@pytest.fixture(scope="module")
def site(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Everything is folded, and compared with the log."""
    with ExitStack() as ending:
        ledger = ending.enter_context(new_ledger(stack, tmp_path_factory.mktemp("read") / "ledger", partitions=2))
        send_past_the_sdk(ledger)
        with workers_of(ledger) as workers:
            workers.start()
            wait_until_answered(ledger)
        assert run_ledger(ledger, "reconcile").returncode in (0, 1)
        yield ending.enter_context(watched(ledger))


def asked_of(rule: Rule, role: Role) -> Iterator[tuple[str, dict[str, str]]]:
    """(address, parameters) of all that a reader can ask by one row."""
    if rule.route == FILE:
        for name in formats():
            if may_export(role, name):
                for form in formats()[name]:
                    yield rule.route.replace("{name}", name), {"format": form}
        return
    for path in OPENED.get(rule.route, [rule.route]):
        yield re.sub(r"\{(\w+)\}", lambda found: IN_PATH[found[1]], path), NEEDED.get(rule.route, {})


def text_of(answer: httpx.Response) -> str:
    """All that it says, whatever it is packed in."""
    content, kind = answer.content, answer.headers.get("content-type", "")
    if kind.startswith("application/zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "\n".join(unpacked(name, packed.read(name)) for name in packed.namelist())
    return unpacked("", content)


def unpacked(name: str, content: bytes) -> str:
    if content[:4] == b"PAR1":
        return name + str(pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist())
    return name + (text_of_pdf(content) if content[:4] == b"%PDF" else content.decode())


def answers_of(site: Site, role: Role, controllers: tuple[str, ...]) -> Iterator[tuple[Rule, str, httpx.Response]]:
    """(row, what was asked, answer) of every GET that the role may; pages by a browser, the rest by a program."""
    key, link = key_of(site.ledger, role, controllers), link_of(site.ledger, role, controllers)
    with site.server.client(key) as program, site.server.client(None) as browser:
        browser.headers.update({"Accept": "text/html", "Accept-Language": "en", "Origin": site.server.address})
        assert browser.post("/sign-in", data={"link": link, "step": "do"}).status_code == 303
        for rule in RULES:
            if rule.method != "GET" or role not in rule.roles or rule.route == MOUNT or rule.route == STREAM:
                continue
            client = program if f"GET {rule.route}" in OPERATIONS else browser
            for path, parameters in asked_of(rule, role):
                for whose in ({}, {"controller": CONTROLLER}, {"processor": CONTROLLER, "controller": CONTROLLER}):
                    answer = client.get(path, params=dict(httpx.QueryParams(path.partition("?")[2])) | parameters | whose)
                    yield rule, f"{path} {parameters | whose}", answer
        if any(rule.route == STREAM and role in rule.roles for rule in RULES):
            with program.stream("GET", STREAM) as stream:
                said = next(line for line in stream.iter_lines() if line.startswith("data:"))
                yield next(rule for rule in RULES if rule.route == STREAM), STREAM, httpx.Response(200, text=said, request=stream.request)


@pytest.mark.parametrize("controllers", WHOSE, ids=["one organisation", "all of them"])
@pytest.mark.parametrize("role", READERS)
def test_what_came_in_is_read_where_it_belongs_and_nowhere_else(site: Site, role: Role, controllers: tuple[str, ...]) -> None:
    texts, addresses, answered, broken = dict[str, str](), dict[str, str](), set[str](), list[str]()
    for rule, asked, answer in answers_of(site, role, controllers):
        text = text_of(answer)
        addresses[f"headers of {asked}"] = str(answer.headers.multi_items())
        addresses[f"addresses of {asked}"] = "\n".join(unquote_plus(unescape(found)) for found in ADDRESS.findall(text))
        texts[asked] = text
        answered |= {rule.route} if answer.is_success else set()
        broken += [f"{asked} {answer.status_code}"] if answer.status_code >= 500 or answer.status_code == 429 else []

    assert where_seen(addresses) == set()
    if role in NO_PERSONS:
        assert where_seen(texts) == set()
    else:
        assert len({asked for asked, _ in where_seen(texts)}) > 10, "nothing is seen by those who must find it: the search proves nothing"
    assert broken == []
    assert {rule.route for rule in RULES if rule.method == "GET" and role in rule.roles} - answered - {MOUNT} <= UNANSWERED


def test_who_read_it_left_no_trace_of_it(site: Site) -> None:
    """After all that was asked above: what operators read of the server."""
    list(answers_of(site, Role.DPO, (EVERY_CONTROLLER,)))

    metrics = httpx.get(site.metrics, trust_env=False).text
    assert where_seen({"lines": site.server.text(), "traces": site.traces(), "metrics": metrics}) == set()
    assert "signed_in" in site.server.text() and 'route="/sharing/list"' in metrics, "nothing to search: it proves nothing"
