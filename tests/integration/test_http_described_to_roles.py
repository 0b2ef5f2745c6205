"""What the API says of itself is so for every role: what one may ask is answered as it shows, what one may not is a problem that it describes.

The examples of docs/openapi.json and a few cases that schemathesis makes, the same for all; many of them, for one role: test_http_described.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation.hypothesis import examples

from ledger.web.access import Rule, rule_of
from ledger.web.problems import MEDIA_TYPE
from ledger.web.roles import Role
from tests.example_ledger import ANNA, CONTROLLER
from tests.integration.test_http_described import LOOSE, STREAMS
from tests.ledgers import TestLedger, new_ledger
from tests.serving import key_of, servers_of
from tests.web_examples import fill

MADE = 2
"""Cases of each operation beside its examples: with these some 30 s in all."""
NOW = datetime(2026, 6, 1, tzinfo=UTC)  # what the examples tell has come
Described = tuple[TestLedger, list[tuple[Rule, schemathesis.Case]]]


@pytest.fixture(scope="module")
def described(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    """A server on the ledger of the examples, and what is asked of it."""
    with ExitStack() as ending:
        ledger = ending.enter_context(new_ledger(stack, tmp_path_factory.mktemp("roles") / "ledger", partitions=1, start=NOW))
        fill(ledger.dsn, ledger.home)
        server = ending.enter_context(servers_of(ledger))()
        schema = schemathesis.openapi.from_dict(httpx.get(f"{server.address}/openapi.json", trust_env=False).json())
        schema.config.update(base_url=server.address)
        yield ledger, [pair for found in schema.get_all_operations() for pair in asked_of(found.ok())]


def asked_of(operation: Any) -> list[tuple[Rule, schemathesis.Case]]:
    """Its examples, and some that are made of its description, the same each time."""
    rule = rule_of(operation.method.upper(), operation.path)
    assert rule is not None, operation.label
    cases = [examples.generate_one(each) for each in operation.get_strategies_from_examples()]

    @settings(
        max_examples=MADE, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
    )
    @given(case=operation.as_strategy())
    def made(case: schemathesis.Case) -> None:
        cases.append(case)

    made()
    return [(rule, case) for case in cases]


@pytest.mark.parametrize("role", Role)
def test_what_a_role_is_answered_is_described(described: Described, role: Role) -> None:
    ledger, asked = described
    key = key_of(ledger, role, (CONTROLLER,), source="shop" if role is Role.EMITTER else None, subject_ref=ANNA if role is Role.SUBJECT else None)
    excluded = schemathesis.checks.CHECKS.get_by_names(LOOSE)
    failures: list[str] = []
    answered: dict[str, set[int]] = {}
    refused: dict[str, set[int]] = {}
    with requests.Session() as session:
        for rule, case in asked:
            may, name = rule.is_open or role in rule.roles, f"{rule.method} {rule.route}"
            if may and rule.route in STREAMS:
                continue
            try:
                answer = case.call_and_validate(session=session, headers={"Authorization": f"Bearer {key}"}, excluded_checks=excluded)
            except (Exception, BaseExceptionGroup) as error:
                texts = [f"{each} {getattr(each, 'message', '')}" for each in getattr(error, "exceptions", [error])]
                failures.append(f"{name}: " + " | ".join(texts))
                continue
            (answered if may else refused).setdefault(name, set()).add(answer.status_code)
            if answer.headers["content-type"] == [MEDIA_TYPE] and answer.json()["status"] != answer.status_code:
                failures.append(f"{name}: a problem of another status")
    assert not failures, "\n\n".join(failures)
    assert {name: found for name, found in refused.items() if found != {403}} == {}
    assert {name: found for name, found in answered.items() if min(found) >= 400} == {}, "nothing was answered: that proves nothing"
