"""Personal values typed into any field of any form, or into an address: shown again in the form they were typed into, and nowhere else.

In: every field of every form that the pages have (as they are found there), names of fields, files, headers, cookies, and every parameter and part
of the path of every GET. Out, all of it searched: the server's lines, its metrics, the traces it sends, headers of answers (Location, cookies, htmx),
pages outside the forms, problems, answers, every topic, the tables of the installation, the logs of Kafka and PostgreSQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import APIRoute

from ledger.web.access import RULES, Rule
from ledger.web.app import make_app
from ledger.web.gate import COOKIE
from ledger.web.pages.act_forms import ACTS
from ledger.web.roles import Role
from tests.browser import every_page
from tests.canaries import CANARIES, Site, assert_nothing_leaked, seen, topics_of, watched
from tests.emittable import SHARE
from tests.ledgers import TestLedger, new_ledger
from tests.reading import read_topic
from tests.serving import key_of, link_of
from tests.unit.test_api_examples import OPERATIONS
from tests.web_examples import TEXT
from tests.workers import run_ledger, wait_until_answered, workers_of

CONTROLLER, KNOWN = "hostinghuis", "subj-5f1d"
GOOD = {
    "controller": CONTROLLER, "subject_ref": KNOWN, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1", "on": "", "store": "crm",
    "breach_ref": "breach-1", "request_ref": "request-1", "hold_ref": "hold-1", "recipient": "sidn", "link": "ledger_link_",
    "text": TEXT.replace("hoster", CONTROLLER),
    "reasons-0-holder": "controller", "reasons-0-reason": "eu-gdpr:JustificationA12Complexity",
}  # fmt: skip
MOMENT = "2017-05-20T10:00"
PAGES = [page.replace("WH-04", "HH-04") for page in every_page.PAGES]
"""Of a promise that is known here."""
SIGN_OUT = "/sign-out"
"""On every page, and ends the session: a test of its own."""
OF_A_FILE = "/subject/file"
"""On the page of a person, which a form asks for: a test of its own."""
SHOWN_BACK = ("/subject", "/policies/publish", *(f"/acts/{kind}" for kind in ACTS))
"""Forms that show again what was typed."""
FORMS_MIN = {"/sharing", "/sharing/list", "/sharing/shares", "/deletion", "/deletion/list", "/deletion/holds", "/duties"}
"""Pages that a form asks again; a page that has one more is tried without being named here."""
POLICY = "policy: x\ncontroller: hostinghuis\nversion: {canary}\ntitle: {canary}\nin_force_from: {canary}\n{canary}: {canary}\n"
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


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
class Signed:
    """A watched server, and the browsers of a data protection officer and of the person that is known."""

    site: Site
    browser: httpx.Client
    own: httpx.Client

    def may(self, rule: Rule) -> httpx.Client:
        """The browser of one who may ask that."""
        return self.own if rule.roles == {Role.SUBJECT} else self.browser


@pytest.fixture(scope="module")
def signed(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    """One person is known; the officer has signed in."""
    with ExitStack() as ending:
        ledger = ending.enter_context(new_ledger(stack, tmp_path_factory.mktemp("canaries") / "ledger", partitions=2))
        site = ending.enter_context(watched(ledger))
        event = {"type": "DataShared", "subject_ref": KNOWN, "occurred_at": "2017-05-25T06:00:00Z", **SHARE}
        with site.server.client(key_of(ledger, Role.EMITTER, source="shop")) as shop:
            told = shop.post("/v1/events", json=event)
            assert told.status_code == 201, told.text
        with workers_of(ledger) as workers:
            workers.start()
            assert run_ledger(ledger, "policy", "publish", CONTROLLER, "--wait").returncode == 0  # forms name controllers that have one
            wait_until_answered(ledger)
        yield Signed(site, ending.enter_context(browser_of(site, Role.DPO)), ending.enter_context(browser_of(site, Role.SUBJECT)))
        assert "signed_in" in site.server.text(), "no lines: the search proves nothing"


@contextmanager
def browser_of(site: Site, role: Role) -> Iterator[httpx.Client]:
    """One that has signed in."""
    with site.server.client(None) as browser:
        browser.headers.update({"Accept": "text/html", "Accept-Language": "en", "Origin": site.server.address})
        link = link_of(site.ledger, role, subject_ref=KNOWN if role is Role.SUBJECT else None)
        assert browser.post("/sign-in", data={"link": link, "step": "do"}).status_code == 303
        yield browser


def forms_of(signed: Signed, page: str) -> list[Form]:
    """Every form of a page, and of what answers one that is filled in; alike ones once. Those whose next step is final have a test of their own."""
    answer = signed.browser.get(page)
    assert answer.status_code == 200, answer.text
    found = _of_text(answer.text, page)
    answered = [form for each in found if each.method == "post" for form in _of_text(send(signed, each, {}).text, each.action)]
    unlike = {(each.action, each.method, *sorted(each.fields)): each for each in (*found, *answered) if "seal" not in each.fields}
    return list(unlike.values())


def _of_text(text: str, page: str) -> list[Form]:
    return [Form(each.action or page.partition("?")[0], each.method, each.fields) for each in Forms(text).found if each.action != SIGN_OUT]


def form_of(signed: Signed, page: str) -> Form:
    """The first, where there is one alone."""
    return next(each for each in forms_of(signed, page) if each.action == page)


def send(signed: Signed, form: Form, changed: dict[str, str], **more: Any) -> httpx.Response:
    typed = form.fields | changed
    if form.method == "get":
        return signed.browser.get(form.action, params=typed)
    return signed.browser.post(form.action, data=typed, **more)


def test_every_form_there_is_is_tried_here(signed: Signed) -> None:
    """By the table of who may, to which the pages that are opened are held: a POST that is not described for programs is a page's."""
    forms = {page: forms_of(signed, page) for page in PAGES}
    posted = [rule.route for rule in RULES if rule.method == "POST" and f"POST {rule.route}" not in OPERATIONS]

    tried = {SIGN_OUT, OF_A_FILE, *(each.action for found in forms.values() for each in found if each.method == "post")}
    assert [route for route in posted if not any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), action) for action in tried)] == []
    assert len(posted) >= 6 and "/acts/{kind}" in posted
    assert {each.action for found in forms.values() for each in found if each.method == "get"} >= FORMS_MIN


@pytest.mark.parametrize("page", PAGES)
def test_what_is_typed_into_a_form_comes_back_in_it_alone(signed: Signed, page: str) -> None:
    forms = forms_of(signed, page)
    answers = [signed.browser.get(page)]
    for form in forms:
        answers += [send(signed, form, {name: canary}) for canary in CANARIES for name in (*form.fields, "step", "nonsense")]
        answers += [send(signed, form, {canary: canary}) for canary in CANARIES]
        answers += [send(signed, form, {name: canary for name in form.fields if name != "csrf"}) for canary in CANARIES]

    assert_nothing_leaked(signed.site, answers)
    if page in SHOWN_BACK:
        assert any(seen(answer.text) for answer in answers), "nothing came back: the search proves nothing"


def test_what_is_sent_instead_of_the_form_of_a_file_comes_back_nowhere(signed: Signed) -> None:
    asked = form_of(signed, "/subject")
    shown = send(signed, asked, {name: GOOD[name] for name in asked.fields if name in GOOD}).text
    form = next(each for each in Forms(shown).found if each.action == OF_A_FILE)
    assert send(signed, form, {}).headers["content-type"] == "application/zip", "the form as it stands is good"
    answers = [send(signed, form, {name: canary}) for canary in CANARIES for name in (*form.fields, "nonsense")]
    answers += [send(signed, form, {name: canary for name in form.fields if name != "csrf"}) for canary in CANARIES]

    assert len(answers) > 50
    assert_nothing_leaked(signed.site, answers)


@pytest.mark.parametrize("page", ["/policies/publish", *(f"/acts/{kind}" for kind in ACTS)])
def test_what_was_looked_at_again_takes_no_other_value_along(signed: Signed, page: str) -> None:
    checked = next(each for each in Forms(send(signed, form_of(signed, page), {}).text).found if "seal" in each.fields)
    assert checked.fields["seal"], "the form as it was filled in is good"

    answers = [send(signed, checked, {"step": "do", name: canary}) for canary in CANARIES for name in checked.fields if name != "step"]

    assert_nothing_leaked(signed.site, answers)


def test_a_file_a_preview_and_a_form_in_parts_leave_nothing_behind(signed: Signed) -> None:
    form = form_of(signed, "/policies/publish")
    answers = []
    for canary in CANARIES:
        for name, content in ((canary, "policy: x"), ("new.yaml", canary), ("new.yaml", f"policy: {canary}\ncontroller: [{canary}\n")):
            answers.append(send(signed, form, {}, files={"file": (name, content.encode(), "text/yaml")}))
        answers.append(send(signed, form, {"text": POLICY.format(canary=canary)}))
        answers.append(signed.browser.post("/acts/hold", content=f"csrf={canary}&{canary}".encode(), headers=FORM_HEADERS))
        answers.append(signed.browser.post("/subject", content=f"csrf={canary}".encode(), headers={"Content-Type": f"multipart/form-data; {canary}"}))

    assert_nothing_leaked(signed.site, answers)


def test_what_stands_in_an_address_or_a_header_comes_back_nowhere_else(signed: Signed) -> None:
    """Each GET there is, with a canary as each of its parameters, as one more, and as each part of its path."""
    answers = []
    for rule, parameters in gets_of(signed.site.ledger):
        path, browser = rule.route, signed.may(rule)
        parts = re.findall(r"\{(\w+)(?::\w+)?\}", path)
        plain = re.sub(r"\{[^}]+\}", "0", path)
        for canary in CANARIES:
            answers += [browser.get(plain, params={name: canary}) for name in (*parameters, "nonsense", "lang")]
            answers.append(browser.get(plain, params={canary: canary}))
            answers.append(browser.get(plain, params=dict.fromkeys(parameters, canary) | {"nonsense": canary}))
            for part in parts:
                if part in ("partition", "offset") and canary.lstrip("+").isdigit():
                    continue  # read as a number it is a place on the log, and the page says which
                filled = re.sub(rf"\{{{part}[^}}]*\}}", quote(canary, safe=""), path)
                answers.append(browser.get(re.sub(r"\{[^}]+\}", "0", filled)))
            answers.append(browser.get(f"{plain.rstrip('/')}/{canary}"))
    for canary in CANARIES:
        text = canary.replace(" ", "-")
        for headers in (
            {"Cookie": f"{COOKIE}={text}; ledger_lang={text}"}, {"Authorization": f"Bearer {text}"}, {"Authorization": f"Bearer {text}.b.c"},
            {"Accept-Language": text}, {"User-Agent": text, "Referer": f"http://{text}/", "X-Forwarded-For": text, "X-Request-Id": text},
            {"HX-Current-URL": text, "HX-Request": "true", "HX-Target": text}, {"Origin": f"http://{text}"},
        ):  # fmt: skip
            answers += [signed.browser.get(path, headers=headers) for path in ("/sharing", "/v1/holders", "/sign-in")]
            answers.append(signed.browser.post("/sign-in", data={"link": text}, headers=headers))

    assert len(answers) > 3000
    assert_nothing_leaked(signed.site, answers)


def gets_of(ledger: TestLedger) -> list[tuple[Rule, list[str]]]:
    """(row, names of its parameters) of every GET that there is; of one that this server does not have, none."""
    parameters: dict[str, list[str]] = {}
    waiting: list[Any] = list(make_app(ledger.settings).routes)
    while waiting:
        route = waiting.pop()
        if hasattr(route, "original_router"):
            waiting += route.original_router.routes
        elif isinstance(route, APIRoute) and "GET" in route.methods:
            parameters[route.path] = [each.alias for each in route.dependant.query_params]
    rules = [rule for rule in RULES if rule.method == "GET"]
    assert parameters.keys() <= {rule.route for rule in rules} and len(parameters) > 40
    return [(rule, parameters.get(rule.route, [])) for rule in rules]


def test_a_way_out_takes_nothing_along(signed: Signed) -> None:
    answers = []
    for canary in CANARIES:
        with browser_of(signed.site, Role.AUDITOR) as browser:
            form = next(each for each in Forms(browser.get("/sharing").text).found if each.action == SIGN_OUT)
            answers += [browser.post(SIGN_OUT, data=form.fields | changed) for changed in ({"csrf": canary}, {"csrf": "", canary: canary})]
            answers.append(browser.post(SIGN_OUT, data=form.fields | {"nonsense": canary, canary: canary}))

    assert_nothing_leaked(signed.site, answers)
    assert [each.status_code for each in answers] == [403, 403, 303] * len(CANARIES)


def test_traces_name_routes_and_nothing_that_was_sent(signed: Signed) -> None:
    """Of this test, and of all before it."""
    for canary in CANARIES:
        text = quote(canary, safe="")
        headers = {"traceparent": canary, "tracestate": f"a={text}", "baggage": f"who={text}", "User-Agent": text}
        signed.browser.get(f"/{text}", params={text: canary}, headers=headers)
        signed.browser.get("/v1/holders", params={"store": canary}, headers=headers)
        signed.browser.post("/subject", data={canary: canary}, headers=headers)
    assert signed.browser.get("/sharing").status_code == 200

    assert seen(signed.site.traces()) == []
    spans = signed.site.collector.spans()
    assert {each.service for each in spans} == {"ledger-web"}, "FastAPI sends spans of its own"
    assert {"GET unknown", "GET /v1/holders", "POST /subject", "POST /sign-in", "read"} <= {each.name for each in spans}
    assert {"http.request.method", "http.route", "http.response.status_code"} <= {key for each in spans for key in each.attributes}


def test_what_was_typed_and_is_no_personal_value_goes_on_the_log(signed: Signed) -> None:
    """The same ways lead to Kafka: what is searched there would be found."""
    page = "/acts/hold"
    checked = next(each for each in Forms(send(signed, form_of(signed, page), {}).text).found if "seal" in each.fields)

    assert re.search(r"facts \d@\d+", send(signed, checked, {"step": "do"}).text)

    assert [each.fields["hold_ref"] for each in read_topic(signed.site.ledger.settings, "facts") if each.type_name == "HoldPlaced"] == ["hold-1"]
    assert "hold-1" in topics_of(signed.site.ledger)["facts"]
