"""The examples of the API are real: made again they are the same, and each request that docs/openapi.json shows gets the answer that it shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.stack.lifecycle import Running
from ledger.web.examples import FILE
from tests.ledgers import new_database
from tests.unit.test_api_examples import OPERATIONS, OURS, contents_of, named
from tests.web_examples import ASKED, PARAMETERS, STREAM, Asked, ask, example_world, made_on, who
from tests.web_world import WebWorld


@pytest.fixture(scope="module")
def world(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebWorld]:
    with new_database(stack) as dsn, example_world(dsn, tmp_path_factory.mktemp("examples")) as made:
        yield made


def shown(name: str) -> Iterator[tuple[Asked, str, str, Any]]:
    """(what is asked, status, media type, answer), as the description has it."""
    operation = OPERATIONS[name]
    parameters = {each["name"]: each["example"] for each in operation.get("parameters", ()) if "example" in each and each["name"] not in PARAMETERS}
    answers = {example: (what, kind, value) for what, kind, content in contents_of(operation) if what.startswith("2")
               for example, value in named(content).items()}  # fmt: skip
    bodies = [(kind, content) for what, kind, content in contents_of(operation) if what == "request"]
    if not bodies:
        yield Asked("answer", parameters), *answers["answer"]
    for kind, content in bodies:
        for example, body in named(content).items():
            yield Asked(example, parameters, body, kind), *answers[example]


def test_made_again_they_are_the_same(database: str, tmp_path: Path) -> None:
    assert made_on(database, tmp_path) == FILE.read_text(encoding="utf-8"), "make it again: python -m tests.web_examples"


@pytest.mark.parametrize("name", OURS)
def test_what_the_description_asks_is_answered_as_it_shows(world: WebWorld, name: str) -> None:
    for asked, status, kind, answer in shown(name):
        got = ask(world, name, asked)
        assert got[:2] == (int(status), kind), (asked.name, got[2])
        assert got[2] == answer or name == "POST /v1/events", asked.name  # a receipt says where: that is another place each time


@pytest.mark.parametrize("name", [name for name in OURS if name.startswith("GET /v1/") and name != STREAM])
def test_what_has_a_tag_may_be_unchanged_and_says_so(world: WebWorld, name: str) -> None:
    route, asked = name.removeprefix("GET "), ASKED[name][0].parameters
    query = {each: str(value).lower() if isinstance(value, bool) else value for each, value in asked.items() if f"{{{each}}}" not in route}
    for each, value in asked.items():
        route = route.replace(f"{{{each}}}", str(value))
    client, key = world.client(), world.key(who(name))

    tag = client.get(route, params=query, headers=key).headers.get("ETag")
    again = client.get(route, params=query, headers=key | {"If-None-Match": tag or "W/"})

    may_be_unchanged = "304" in OPERATIONS[name]["responses"]
    assert may_be_unchanged == (tag is not None) or (may_be_unchanged and "{name}" in name)
    assert again.status_code == (200 if tag is None else 304)


@pytest.mark.parametrize("name", [name for name in OURS if any(each["name"] in PARAMETERS for each in OPERATIONS[name].get("parameters", ()))])
def test_the_other_moment_that_it_shows_can_be_asked_too(world: WebWorld, name: str) -> None:
    (asked,) = ASKED[name]
    status, _, answer = ask(world, name, asked._replace(parameters={**asked.parameters, **PARAMETERS}))

    assert status == 200, answer
    assert "{name}" in name or (answer["freshness"]["known_at"] is not None and json.dumps(answer) != json.dumps(ask(world, name, asked)[2]))
    assert name != STREAM
