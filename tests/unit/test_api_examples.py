"""What docs/openapi.json shows of each operation: examples of what is asked and answered, that fit what is said of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from ledger.sdk.personal_values import EMAIL, IBAN, PHONE, personal_kind
from ledger.web.access import RULES
from ledger.web.examples import add_to, examples
from tests.example_ledger import ANNA, CARO

DOCS = Path(__file__).resolve().parents[2] / "docs"
DESCRIBED: dict[str, Any] = json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {f"{method.upper()} {route}": each for route, path in DESCRIBED["paths"].items() for method, each in path.items()}
OURS = sorted(OPERATIONS)
PROBLEM = "application/problem+json"
BY_THE_PAGES_BEFORE = {"after", "before", "cursor"}
"""Where a list goes on is what the answer before said: nobody can make it up."""
OF_ANOTHER = {"days"}
"""Of a register that is not the one of the example."""


def valid(schema: dict[str, Any], value: Any) -> list[str]:
    """What does not fit."""
    whole = schema | {"components": DESCRIBED["components"]}
    return [f"{each.json_path}: {each.message[:200]}" for each in Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value)]


def contents_of(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(what: "request" or a status, media type, content)."""
    yield from (("request", kind, content) for kind, content in operation.get("requestBody", {}).get("content", {}).items())
    for status, response in operation["responses"].items():
        yield from ((status, kind, content) for kind, content in response.get("content", {}).items())


def named(content: dict[str, Any]) -> dict[str, Any]:
    """Name -> value; a reference is followed."""
    found = {name: DESCRIBED["components"]["examples"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
             for name, each in content.get("examples", {}).items()}  # fmt: skip
    return {name: each["value"] for name, each in found.items()}


@pytest.mark.parametrize("name", OURS)
def test_each_operation_shows_what_is_asked_and_what_is_answered(name: str) -> None:
    operation = OPERATIONS[name]
    answered = {example for what, kind, content in contents_of(operation) if what.startswith("2") for example in named(content)}
    asked = {example for what, _, content in contents_of(operation) if what == "request" for example in named(content)}

    assert answered, "ask it in tests/web_examples.py, and make the file again: python -m tests.web_examples"
    assert asked == (answered if "requestBody" in operation else set())
    for parameter in operation.get("parameters", ()):
        assert "example" in parameter or parameter["name"] in BY_THE_PAGES_BEFORE | OF_ANOTHER, parameter["name"]


def test_every_route_that_the_description_has_is_among_them() -> None:
    described = {rule.key for rule in RULES if rule.route.startswith(("/v1/", "/schemas/", "/subjects"))} | {("GET", "/health")}

    assert {tuple(name.split(" ", 1)) for name in OURS} >= described


@pytest.mark.parametrize("name", OURS)
def test_what_is_shown_fits_what_is_said_of_it(name: str) -> None:
    operation, seen = OPERATIONS[name], 0
    for what, kind, content in contents_of(operation):
        for example, value in named(content).items():
            assert valid(content["schema"], value) == [], (what, kind, example)
            assert kind != PROBLEM or value["status"] == int(what)
            seen += 1
    for parameter in operation.get("parameters", ()):
        if "example" in parameter:
            assert valid(parameter["schema"], parameter["example"]) == [], parameter["name"]
    assert seen > 0


def test_each_problem_of_an_operation_is_shown_as_it_really_was() -> None:
    for name in OURS:
        for what, kind, content in contents_of(OPERATIONS[name]):
            assert kind != PROBLEM or [value["status"] for value in named(content).values()] == [int(what)], (name, what)
    assert {int(status) for status in examples()["problems"]} == {400, 401, 403, 404, 409, 413, 415, 422, 429, 503, 504}


def test_nobody_is_in_them_but_by_reference() -> None:
    texts = list(texts_of(examples()))
    people = {text for name, text in texts if name == "subject_ref"}

    assert people <= {ANNA, CARO, "customer-6", "subj-7f3a9c21d4e8"} and ANNA in people
    assert {text for name, text in texts if name == "actor"} <= {"role:care"}
    assert {personal_kind(text) for _, text in texts} & {EMAIL, IBAN, PHONE} == set()


def texts_of(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """(name of the field, text) of all texts."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from texts_of(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each, name)
    elif isinstance(value, str):
        yield name, value


def test_a_route_that_nobody_asked_gets_no_example_and_others_keep_theirs() -> None:
    described = {
        "components": {},
        "paths": {"/v1/freshness": {"get": {"responses": {"200": {"content": {"application/json": {}}}}}}, "/v1/new": {"get": {"responses": {}}}},
    }
    before = copy.deepcopy(examples())

    add_to(described)

    assert described["paths"]["/v1/new"] == {"get": {"responses": {}}}
    shown = described["paths"]["/v1/freshness"]["get"]["responses"]["200"]["content"]["application/json"]["examples"]  # type: ignore[index]
    assert shown["answer"]["value"] == before["operations"]["GET /v1/freshness"][0]["answer"] and examples() == before
