"""A parameter that no route reads is refused: a filter with a slip in its name would answer about more than was asked."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi.routing import APIRoute
from pydantic import SecretStr

from ledger.settings import KafkaSettings, PostgresSettings, Settings
from ledger.web.app import make_app
from ledger.web.gate import parameters_of

OPENAPI = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())


def test_what_the_gate_knows_of_each_route_is_what_is_described() -> None:
    app = make_app(Settings(kafka=KafkaSettings(bootstrap_servers="localhost:0"), postgres=PostgresSettings(dsn=SecretStr("postgresql://localhost/x"))))
    known = {(route.path, method.lower()): parameters_of(route) for route in app.routes if isinstance(route, APIRoute) for method in route.methods}

    described = {
        (path, method): frozenset(each["name"] for each in about.get("parameters", ()) if each["in"] == "query")
        for path, methods in OPENAPI["paths"].items() for method, about in methods.items() if isinstance(about, dict)
    }  # fmt: skip

    assert {place: known[place] for place in described if place in known} == {place: each for place, each in described.items() if place in known}
    assert len(described) > 40 and sum(map(bool, described.values())) > 20
