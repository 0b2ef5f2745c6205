"""What the API says of itself: docs/openapi.json is what is served, and the running server does what it says (schemathesis)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from ledger.web.event_bodies import LINES
from ledger.web.roles import Role
from tests.everything import load_everything
from tests.ledgers import new_ledger
from tests.serving import Server, key_of, servers_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLES = 12  # of each operation: some 60 s in all
STREAMS = {"/v1/changes"}  # never ends
LOOSE = ["positive_data_acceptance"]  # a schema cannot say which terms, moments and persons there are


@schemathesis.serializer(LINES)
def lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """They are described as a text, and schemathesis does not know the type."""
    return str(value).encode()


@pytest.fixture(scope="module")
def told(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    with ExitStack() as opened:
        ledger = opened.enter_context(new_ledger(stack, tmp_path_factory.mktemp("described") / "ledger", partitions=1))
        load_everything(ledger.dsn)
        server = opened.enter_context(servers_of(ledger))()
        yield server, {
            "dpo": key_of(ledger, Role.DPO, ("mijndomein",)),
            "emitter": key_of(ledger, Role.EMITTER, ("mijndomein",), source="shop"),
        }


def test_what_is_served_is_what_the_documentation_holds(told: tuple[Server, dict[str, str]]) -> None:
    for name in ("openapi.json", "asyncapi.json"):
        served = httpx.get(f"{told[0].address}/{name}", trust_env=False)
        assert served.text == (DOCS / name).read_text(encoding="utf-8"), f"write docs/{name} again: python -m ledger.web.describe"


def test_the_server_does_what_it_says_of_itself(told: tuple[Server, dict[str, str]]) -> None:
    server, keys = told
    schema = schemathesis.openapi.from_dict(httpx.get(f"{server.address}/openapi.json", trust_env=False).json())
    schema.config.update(base_url=server.address)
    failures: list[str] = []
    seen = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in STREAMS:
            continue
        key = keys["emitter" if operation.path == "/v1/events" else "dpo"]
        excluded = schemathesis.checks.CHECKS.get_by_names(LOOSE)

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )  # fmt: skip
        @__import__("hypothesis").given(case=operation.as_strategy())
        def holds(case: schemathesis.Case) -> None:
            nonlocal seen
            seen += 1
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=excluded)  # noqa: B023  called at once

        try:
            holds()
        except BaseException as error:
            texts = [f"{each} {getattr(each, 'message', '')}" for each in getattr(error, "exceptions", [error])]
            failures.append(f"{operation.label}: " + " | ".join(texts))
    assert not failures, "\n\n".join(failures)
    assert seen > 200
