"""One question as it is asked over HTTP and as it is typed: which commands answer what a route answers, and what the words of each are.

Nothing here is a list of questions: the routes come from the application's OpenAPI, the commands from the table that ties them
(tests/unit/test_commands_over_http.py), what is asked from the examples of the API (tests/web_examples.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import typer
from pydantic import SecretStr

from ledger.cli.main import app, register_groups
from ledger.exporting.exporting import FORMS, formats
from ledger.settings import KafkaSettings, PostgresSettings, Settings
from ledger.web.app import make_app, openapi_of
from tests.unit.test_commands_over_http import OVER_HTTP
from tests.web_examples import ANNA, ASKED, PARAMETERS, WHOSE

MOMENT = frozenset(PARAMETERS)
WHY_LOOKED = frozenset({"purpose", "ticket_ref", "incident_ref", "permission_ref", "plain"})
"""What a look over HTTP must say, and how a file is wrapped: the command line has no such thing."""


class Both(NamedTuple):
    """A route and a command that answer the same. operation: `GET /v1/holders`; command: as typed, without `ledger`."""

    operation: str
    command: str


def taken() -> dict[str, dict[str, Any]]:
    """What each operation of `/v1` takes, in its address or its body: name -> default, or None."""
    nowhere = Settings(kafka=KafkaSettings(bootstrap_servers="localhost:0"), postgres=PostgresSettings(dsn=SecretStr("postgresql://localhost/none")))
    described = openapi_of(make_app(nowhere))
    schemas = described["components"]["schemas"]
    found = {}
    for route, path in described["paths"].items():
        for method, operation in path.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            fields = schemas.get(body.get("$ref", "").rpartition("/")[2], body).get("properties", {})
            given = {each["name"]: each["schema"] for each in operation.get("parameters", ())} | fields
            found[f"{method.upper()} {route}"] = {name: schema.get("default") for name, schema in given.items()}
    return {name: names for name, names in found.items() if "/v1/" in name}


@cache
def _whole() -> Any:
    register_groups()
    return typer.main.get_command(app)


def parameters_of(command: str) -> list[Any]:
    """The parameters of a command, as click has them."""
    found = _whole()
    for word in command.split():
        found = found.commands[word]
    return list(found.params)


def default_of(command: str, name: str) -> Any:
    """Of the option that is called as over HTTP; None: it has none, or there is no such option."""
    return next((each.default for each in parameters_of(command) if option_of(name) in each.opts), None)


def options_of(command: str) -> frozenset[str]:
    """`--on` and so on."""
    return frozenset(option for each in parameters_of(command) for option in each.opts)


def commands_of(operation: str) -> list[str]:
    """Those that the table ties to it and that can be asked of another day."""
    return sorted(command for command, routes in OVER_HTTP.items() if operation in routes and "--on" in options_of(command))


def questions(both: Both) -> Iterator[dict[str, Any]]:
    """What is asked, without a moment: by its example, and of all else that it takes the default; of a file each format."""
    (example, *_) = ASKED[both.operation]
    given = {**example.parameters, **(example.body or {})}
    asked = {name: value for name, value in given.items() if name not in MOMENT | WHY_LOOKED}
    whose = WHOSE | ({"subject_ref": ANNA} if "subject_ref" in asked else {})
    if not both.command.startswith("export "):
        yield asked
        yield whose
        return
    name = both.command.removeprefix("export ")
    for form in formats()[name]:
        is_labelled = form == "csv" and "--labels" in options_of(both.command) and form in FORMS
        yield whose | {"name": name, "format": form, "language": "en", **({"labels": True} if is_labelled else {})}


def words_of(command: str, asked: Mapping[str, Any]) -> list[str]:
    """As it is typed, without `ledger`."""
    options = options_of(command)
    words = command.split()
    for name, value in asked.items():
        if name == "name":
            continue  # of a file: it is the command's own
        if name == "subject_ref" and "--subject" not in options:
            words.append(value)
        elif name == "facts":
            words += [] if value else ["--without-facts"]
        elif isinstance(value, bool):
            words += [option_of(name)] if value else []
        else:
            words += ["--list"] if name == "limit" and "--list" in options else []  # with a number over HTTP, one by one
            each_value = value if isinstance(value, list) else [value]
            words += [word for each in each_value for word in (option_of("subject" if name == "subject_ref" else name), str(each))]
    return words


def option_of(name: str) -> str:
    """As it is typed."""
    return f"--{name.replace('_', '-')}"
