"""A parameter that no route reads is refused: a filter with a slip in its name would answer about more than was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.routing import Route

from ledger.settings import KafkaSettings, PostgresSettings, Settings
from ledger.web.access import RULES
from ledger.web.app import make_app
from ledger.web.gate import parameters_of
from ledger.web.pages.labels import words
from ledger.web.short_way import METHOD, PATH
from tests.web_world import TestClient

OPENAPI = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())
OF_PAGES = [rule for rule in RULES if rule.does.startswith("page: ") or rule.route.startswith(("/acts", "/sign-in"))]
OF_THE_FORM = {"step", "form"}
"""Which button was pressed: no field that anybody fills in."""


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """With nothing behind it: what is open needs nothing."""
    return make_app(Settings(kafka=KafkaSettings(bootstrap_servers="localhost:0"), postgres=PostgresSettings(dsn=SecretStr("postgresql://localhost/x"))))


def routes_of(app: FastAPI) -> Mapping[tuple[str, str], Any]:
    """(path, method) -> route."""
    found, waiting = {}, list(app.routes)
    while waiting:
        route: Any = waiting.pop()
        if hasattr(route, "original_router"):
            waiting += route.original_router.routes
        elif isinstance(route, Route):
            found |= {(route.path, method.lower()): route for method in route.methods or ()}
    return found


def test_what_the_gate_knows_of_each_route_is_what_is_described(app: FastAPI) -> None:
    described = {
        (path, method): frozenset(each["name"] for each in about.get("parameters", ()) if each["in"] == "query")
        for path, methods in OPENAPI["paths"].items() for method, about in methods.items() if isinstance(about, dict)
    }  # fmt: skip

    found = routes_of(app)

    assert {place: parameters_of(found[place]) for place in described} == described
    assert len(described) > 40 and sum(map(bool, described.values())) > 20


def test_the_short_way_reads_no_parameter_and_neither_does_the_long_one(app: FastAPI) -> None:
    short = Route(PATH, lambda request: None, methods=[METHOD])

    assert parameters_of(short) == parameters_of(routes_of(app)[PATH, METHOD.lower()]) == frozenset()


@pytest.mark.parametrize(("asked", "field"), [
    ("langage=canary", "langage"), ("langage", "langage"), ("Jansen=canary", "*"), ("j.jansen=canary", "*"), ("a@example.nl=canary", "*"),
    ("x" * 41 + "=canary", "*"), ("order_4711=canary", "*"), ("=canary", "*"), ("j.jansen=canary&langage=canary", "langage"),
])  # fmt: skip
def test_a_parameter_that_is_not_known_is_named_where_it_looks_like_a_name_and_never_with_its_value(app: FastAPI, asked: str, field: str) -> None:
    answer = TestClient(app).get(f"/v1/terms?{asked}")

    said = answer.json()
    assert (answer.status_code, said["status"], said["field"], said["rule"]) == (422, 422, field, "unknown_parameter")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canary" not in answer.text and not any(part in answer.text for part in ("ansen", "example.nl", "4711", "xxxx"))
    assert (field in said["detail"]) == (field != "*") and said["hint"] == "it takes no parameters"


def test_a_page_is_shown_whatever_hangs_on_its_address(app: FastAPI) -> None:
    assert TestClient(app).get("/sign-in?utm_source=x", headers={"Accept": "text/html"}).status_code == 200
    assert TestClient(app).get("/v1/terms").status_code == 200


def test_every_field_of_a_page_has_a_name_in_the_readers_language(app: FastAPI) -> None:
    """What the page of a 422 calls it."""
    found, named = routes_of(app), set[str]()
    for rule in OF_PAGES:
        if (route := found.get((rule.route, rule.method.lower()))) is not None and hasattr(route, "dependant"):
            takes = route.dependant
            named |= {each.alias for of in (takes.path_params, takes.query_params, takes.body_params) for each in of}

    assert {name for name in named - OF_THE_FORM if f"field_{name}" not in words()} == set()
    assert named >= {"controller", "on", "subject_ref", "offset", "undated"} and named >= OF_THE_FORM
