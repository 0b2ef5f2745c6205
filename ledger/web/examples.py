"""Examples for OpenAPI: what was really asked of a fixed ledger, and what it really answered. The file is made: `python -m tests.web_examples`.

An operation has one or more, by name; the same name stands at a request and at its answer. Source: OpenAPI 3.1.0, "Example Object"; docs/http.md.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("examples.json")
_PROBLEM: Final = "application/problem+json"


@cache
def examples() -> dict[str, Any]:
    """{"operations": {"GET /route": [{"name", "parameters", "type", "body", "status", "answer_type", "answer"}]}, "parameters": {name: value},
    "problems": {status: problem}}; what a request does not have is left out.
    """
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def add_to(described: dict[str, Any]) -> None:
    """Put the examples into an OpenAPI document."""
    known = examples()
    named = {f"problem-{status}": {"value": problem} for status, problem in known["problems"].items()}
    described["components"]["examples"] = named
    for route, path in described["paths"].items():
        for method, operation in path.items():
            for each in known["operations"].get(f"{method.upper()} {route}", ()):
                _add_one(operation, each)
            for parameter in operation.get("parameters", ()):
                if "example" not in parameter and parameter["name"] in known["parameters"]:
                    parameter["example"] = known["parameters"][parameter["name"]]
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get(_PROBLEM)
                if content is not None and f"problem-{status}" in named:
                    content["examples"] = {f"problem-{status}": {"$ref": f"#/components/examples/problem-{status}"}}


def _add_one(operation: dict[str, Any], one: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in one.get("parameters", {}):
            parameter["example"] = one["parameters"][parameter["name"]]
    if "body" in one:
        operation["requestBody"]["content"][one["type"]].setdefault("examples", {})[one["name"]] = {"value": one["body"]}
    content = operation["responses"][str(one["status"])]["content"]
    content[one["answer_type"]].setdefault("examples", {})[one["name"]] = {"value": one["answer"]}
