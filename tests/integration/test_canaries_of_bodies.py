"""Personal values in any place of any body that a program may send: in no answer, and in nothing that others than the asker can read.

In: every POST that is described for programs, by the table of who may; its examples with a value in each place, in each field that it describes, in
one that it does not know, in all at once, as part of a longer text; bodies that cannot be read; events of every type. Out: as tests/canaries.py.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from ledger.contract import schema_store
from ledger.core.events import FACT_TYPES
from ledger.web.access import RULES, Rule
from ledger.web.event_bodies import LINES
from ledger.web.roles import Role
from tests.canaries import CANARIES, Site, assert_nothing_leaked, leaks_of, topics_of, watched
from tests.example_ledger import ANNA, CONTROLLER
from tests.ledgers import new_ledger
from tests.serving import key_of
from tests.unit.test_api_examples import DESCRIBED, OPERATIONS
from tests.web_examples import ASKED, JSON, Asked, fill, who

POSTS = [rule for rule in RULES if rule.method == "POST" and f"POST {rule.route}" in OPERATIONS]
KNOWN = "subj-7f3a9c21d4e8"
EVENTS = "/v1/events"
PIECES_MAX = 24
NOW = datetime(2026, 6, 1, tzinfo=UTC)  # what the examples tell has come
SHOWN_BACK = {"/v1/policies/coverage": ("version",), "/v1/policies/diff": ("new", "version"), "/v1/policies/explain": ("text",)}
"""Fields of good answers in which the asker's own text is told of: what it calls itself, what it says otherwise; the milestone of a holding."""
Place = tuple[Any, ...]


@pytest.fixture(scope="module")
def site(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """On the ledger of the examples, so that each of them is answered."""
    with ExitStack() as ending:
        ledger = ending.enter_context(new_ledger(stack, tmp_path_factory.mktemp("bodies") / "ledger", partitions=1, start=NOW))
        fill(ledger.dsn, ledger.home)
        yield ending.enter_context(watched(ledger))


@pytest.fixture(scope="module")
def callers(site: Site) -> Iterator[dict[Role | None, httpx.Client]]:
    """One of each role; None: without a credential."""
    with ExitStack() as ending:
        keys: dict[Role | None, str | None] = {None: None}
        for role in Role:
            bound = {"source": "shop"} if role is Role.EMITTER else {"subject_ref": ANNA} if role is Role.SUBJECT else {}
            keys[role] = key_of(site.ledger, role, (CONTROLLER,), **bound)
        yield {role: ending.enter_context(site.server.client(key)) for role, key in keys.items()}


def encoded(asked: Asked, body: Any) -> bytes:
    """As its type says."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in body) if asked.type == LINES else json.dumps(body).encode()


def sent(client: httpx.Client, rule: Rule, asked: Asked, content: bytes, **headers: str) -> httpx.Response:
    path = re.sub(r"\{(\w+)\}", lambda found: str(asked.parameters[found[1]]), rule.route)
    return client.post(path, content=content, headers={"Content-Type": asked.type} | headers)


def body_of(asked: Asked) -> Any:
    """What is sent, as JSON: of lines a list."""
    return [json.loads(line) for line in asked.body.splitlines()] if asked.type == LINES else asked.body


def places_of(value: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """(where, what stands there) of each value that holds no others."""
    if isinstance(value, (dict, list)):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places_of(inner, (*at, name))
    else:
        yield at, value


def put(value: Any, at: Place, new: Any) -> Any:
    """A copy with something else there."""
    if not at:
        return new
    copy = value.copy()
    copy[at[0]] = put(value[at[0]], at[1:], new)
    return copy


def described(rule: Rule) -> list[str]:
    """The fields of its body that it describes."""
    schema = OPERATIONS[f"POST {rule.route}"]["requestBody"]["content"][JSON]["schema"]
    found = DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return list(found.get("properties", ()))


def everywhere(body: Any, canary: str) -> Any:
    """The body with a value in each place."""
    for at, _ in places_of(body):
        body = put(body, at, canary)
    return body


def spoilt(rule: Rule, body: Any, canary: str) -> Iterator[Any]:
    """The body with a value where it does not belong."""
    for at, _ in places_of(body):
        yield from (put(body, at, new) for new in (canary, [canary], {canary: canary}))
    if isinstance(body, dict):
        yield from (body | {name: canary} for name in (*described(rule), "nonsense", canary))
        yield from (body | {name: [canary]} for name in described(rule))


def in_texts(body: Any) -> Iterator[Any]:
    """The body with a value in place of a word of a text, and beside it: bare, and quoted as in YAML."""
    canaries = itertools.cycle(CANARIES)
    for at, text in places_of(body):
        words = list(re.finditer(r"[\w./-]+", text)) if isinstance(text, str) else []
        for word in words[:: 1 + len(words) // PIECES_MAX]:
            canary = next(canaries)
            for new in (canary, json.dumps(canary), f"{word[0]}:{canary}"):
                yield put(body, at, text[: word.start()] + new + text[word.end() :])
        for line in re.finditer(r"(?m)(?<=: ).+$", text) if "\n" in str(text) else ():
            yield put(body, at, text[: line.start()] + json.dumps(next(canaries)) + text[line.end() :])


def unreadable(body: Any, canary: str) -> Iterator[bytes]:
    """Bodies of which nobody can make anything, each with the value in it."""
    text, name = json.dumps(put(body, next(places_of(body))[0], canary)), json.dumps(canary)
    yield from (each.encode() for each in (
        canary, name, f"[{name}]", f"{{{name}", f'{{"a": "{canary}', f"{{{name}: 1, {name}: 2}}", f"{{{name}: NaN}}", f"{{{name}: {'9' * 5000}}}",
        text[:-1], text + canary, f"{canary}={canary}", "[" * 2000 + name,
    ))  # fmt: skip
    yield canary.encode("utf-16")
    yield b"\xff" + canary.encode()


def test_every_post_for_programs_is_tried_here() -> None:
    """By the table of who may; those of pages: tests/integration/test_canaries_of_pages.py."""
    assert {rule.route for rule in RULES if rule.method == "POST" and rule.route.startswith("/v1/")} <= {rule.route for rule in POSTS}
    assert len(POSTS) >= 15


@pytest.mark.parametrize("rule", POSTS, ids=lambda rule: rule.route)
def test_what_is_sent_in_a_body_comes_back_nowhere(site: Site, callers: dict[Role | None, httpx.Client], rule: Rule) -> None:
    client = callers[who(f"POST {rule.route}")]
    answers: list[httpx.Response] = []
    for asked in ASKED[f"POST {rule.route}"]:
        body = body_of(asked)
        good = sent(client, rule, asked, encoded(asked, body))
        assert good.is_success, good.text
        answers += [sent(client, rule, asked, encoded(asked, each)) for each in in_texts(body)]
        for canary in CANARIES:
            answers += [sent(client, rule, asked, encoded(asked, each)) for each in spoilt(rule, body, canary)]
            whole = encoded(asked, everywhere(body, canary))
            answers += [sent(caller, rule, asked, whole, Accept="text/html") for caller in callers.values()]
            kinds = (asked.type, "text/plain", f"text/plain; charset={canary}")
            answers += [sent(client, rule, asked, each, **{"Content-Type": kind}) for each in unreadable(body, canary) for kind in kinds]

    assert_nothing_leaked(site, answers, SHOWN_BACK.get(rule.route, ()))
    assert {each.status_code for each in answers} >= {400 if rule.route == EVENTS else 422}
    if rule.route in SHOWN_BACK:
        assert any(leaks_of(each) for each in answers), "nothing came back: the search proves nothing"


def test_no_field_of_any_event_takes_one(site: Site, callers: dict[Role | None, httpx.Client]) -> None:
    """Of every type: the example of its schema, with a value in each place."""
    rule = next(rule for rule in POSTS if rule.route == EVENTS)
    asked, client = Asked("several"), callers[Role.EMITTER]
    events = [example_of(name) for name in FACT_TYPES]
    good = sent(client, rule, asked, encoded(asked, events))
    assert {each["status"] for each in good.json()["results"]} == {201}, good.text

    answers = []
    for canary in CANARIES:
        spoilt_ones = [put(event, at, new) for event in events for at, _ in places_of(event) for new in (canary, [canary], f"a:{canary}")]
        answers.append(sent(client, rule, asked, encoded(asked, spoilt_ones + [event | {canary: canary} for event in events])))

    assert_nothing_leaked(site, answers)
    results = [each["status"] for answer in answers for each in answer.json()["results"]]
    assert len(results) > 3000 and set(results) == {403, 422}
    assert KNOWN in topics_of(site.ledger)["facts"], "nothing came in: the search proves nothing"


def example_of(type_name: str) -> dict[str, Any]:
    """As a service may send it: bound to who sends it, with an id of its own."""
    left_out = ("event_id", "salt", "source", "sealed")
    return {name: value for name, value in schema_store.example(type_name).items() if name not in left_out} | {"controller": CONTROLLER}
