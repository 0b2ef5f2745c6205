"""No address of a page is answered by 5xx: every parameter of every page, with what no name, day or number is. Driven by the routes themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.web.access import RULES, Rule
from ledger.web.roles import EVERY_CONTROLLER
from tests.histories import CONTROLLER
from tests.small_ledger import ANNA
from tests.web_world import WebWorld, load_small_ledger, web_world

NUL, LONG = "a\0b", "x" * 5_000
BAD = [NUL, LONG, "9" * 400, "\uffff", "%", "-1", "9999-12-31", "9999-12", "0001-01-01", "0001-01"]
OF_THE_LOG = ("on", "known_at")
"""A moment is answered from the log, and there is none here: so only what is no moment."""
LOOK = {"controller": CONTROLLER, "subject_ref": ANNA, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
PAGES = [rule for rule in RULES if rule.does.startswith("page: ") or rule.route.startswith("/acts")]


def parameters_of(world: WebWorld, rule: Rule) -> tuple[list[str], list[str], list[str]]:
    """Names of what a route takes in its path, its query and its form."""
    waiting = list(world.app.routes)
    while waiting:
        route: Any = waiting.pop()
        if hasattr(route, "original_router"):
            waiting += route.original_router.routes
        elif rule.method in (getattr(route, "methods", None) or ()) and route.path == rule.route:
            takes = route.dependant
            return tuple([each.alias for each in of] for of in (takes.path_params, takes.query_params, takes.body_params))  # type: ignore[return-value]
    raise AssertionError(rule.route)


@pytest.fixture
def world(database: str) -> Iterator[WebWorld]:
    load_small_ledger(database)
    with web_world(database) as made:
        yield made


def test_what_is_no_name_no_day_and_no_number_is_no_fault_of_the_server(world: WebWorld) -> None:
    client, answers = world.client(), []
    for rule in PAGES:
        key = world.key(sorted(rule.roles)[0], EVERY_CONTROLLER) | {"Accept": "text/html"}
        in_path, in_query, in_form = parameters_of(world, rule)
        path = rule.route.replace("{kind}", "hold").replace("{partition}", "0").replace("{offset}", "2")
        for name in (*in_query, *in_form):
            for bad in BAD[:5] if name in OF_THE_LOG else BAD:
                sent: dict[str, Any] = {"params": {name: bad}} if rule.method == "GET" else {"data": LOOK | {name: bad}}
                answers.append((rule.key, name, bad[:12], client.request(rule.method, path, headers=key, **sent).status_code))
        for name in in_path:
            for bad in ("%00", "x" * 5_000, "9" * 400, "-1"):
                path = rule.route.replace("{" + name + "}", bad).replace("{partition}", "0").replace("{offset}", "2")
                answers.append((rule.key, name, bad[:12], client.request(rule.method, path, headers=key).status_code))

    assert [each for each in answers if each[-1] >= 500] == []
    assert {each[-1] for each in answers} >= {200, 404, 422} and len(answers) > 300
    asked = {(key[1], name) for key, name, *_ in answers}
    assert {("/violations", "promise"), ("/deletion/list", "rule"), ("/sharing/list", "giver"), ("/sharing", "controller")} <= asked


@pytest.mark.parametrize("state", ["OVERDUE", "MET", "COMING", "HELD_BACK"])
@pytest.mark.parametrize("asked", [{"day": "9999-12-31"}, {"month": "9999-12"}, {"day": "0001-01-01"}, {"month": "0001-01"}])
def test_a_day_at_the_end_of_the_calendar_is_as_one_that_cannot_be_read(world: WebWorld, state: str, asked: dict[str, str]) -> None:
    client, key = world.client(), world.key(sorted(PAGES[0].roles)[0], EVERY_CONTROLLER)

    assert client.get("/deletion/list", params={"state": state, **asked}, headers=key).status_code == 200
