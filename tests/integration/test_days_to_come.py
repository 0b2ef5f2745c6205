"""A day that has not come, over HTTP and on the pages: refused by its name for every question that takes one, and then nobody has looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.web.access import RULES, Rule
from ledger.web.gate import parameters_of
from ledger.web.roles import Role
from tests.histories import CONTROLLER
from tests.small_ledger import ANNA
from tests.unit.test_known_parameters import routes_of
from tests.web_world import WebWorld, load_small_ledger, web_world

REACHED, NEXT, NEVER = "2018-08-04", "2018-08-05", "2199-01-01"
"""The day that it is on this ledger, the one after, and one that has not come anywhere."""
LOOK = {"controller": CONTROLLER, "subject_ref": ANNA, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
LISTS = [rule for rule in RULES if rule.method == "GET" and rule.route.startswith("/v1/") and not rule.is_open]
PAGES = [rule for rule in RULES if rule.method == "GET" and rule.does.startswith("page: ")]
NEEDED = {"/v1/overview/sharing/shares": {"month": "2018-05"}, "/sharing/shares": {"month": "2018-05"}}
OF_A_PERSON = {
    "/v1/subjects/show": {}, "/v1/subjects/as-of": {"known_at": "0:1"}, "/v1/subjects/access": {}, "/v1/subjects/portable": {},
    "/v1/subjects/look-ups": {}, "/v1/subjects/export": {"name": "access"},
}  # fmt: skip
OF_NOW = {"/v1/subjects/explain": {}, "/v1/subjects/certificate": {}, "/v1/subjects/prove": {}, "/v1/facts/show": {"partition": 0, "offset": 2}}


@pytest.fixture(scope="module")
def world(stack: Any) -> Iterator[WebWorld]:
    from tests.ledgers import new_database

    with new_database(stack) as dsn:
        load_small_ledger(dsn)
        with web_world(dsn) as made:
            yield made


def taking(world: WebWorld, rules: list[Rule], name: str) -> list[Rule]:
    """Those that have such a parameter."""
    routes = routes_of(world.app)
    return [rule for rule in rules if (rule.route, "get") in routes and name in parameters_of(routes[rule.route, "get"])]


@pytest.mark.parametrize(("name", "day", "latest"), [("on", NEXT, REACHED), ("on", NEVER, REACHED), ("known_at", NEVER, None)])
def test_every_question_about_everybody_refuses_it_by_its_name(world: WebWorld, name: str, day: str, latest: str | None) -> None:
    asked = taking(world, LISTS, name)
    for rule in asked:
        path = rule.route.replace("{name}", "recipients")
        answer = world.client().get(path, params=NEEDED.get(path, {}) | {name: day}, headers=world.key(Role.DPO))
        said = answer.json()
        assert (answer.status_code, said["field"], said["rule"]) == (422, name, "not-come"), (path, said)
        assert said["latest"] == (latest or said["latest"]) < day and said["hint"] and day not in answer.text
    assert len(asked) > 15


@pytest.mark.parametrize(("name", "day"), [("on", NEXT), ("on", "never"), ("known_at", NEVER), ("known_at", "soon")])
def test_of_a_person_it_is_refused_before_anybody_has_looked(world: WebWorld, name: str, day: str) -> None:
    world.told.look_ups.clear()
    for path, needed in OF_A_PERSON.items():
        answer = world.client().post(path, json=LOOK | needed | {name: day}, headers=world.key(Role.DPO))
        assert (answer.status_code, answer.json()["field"]) == (422, name), (path, answer.text)
    assert world.told.look_ups == []


def test_what_is_answered_of_now_alone_takes_no_moment_at_all(world: WebWorld) -> None:
    world.told.look_ups.clear()
    for path, needed in OF_NOW.items():
        for more, field in (({"on": REACHED}, "on"), ({"known_at": "0:1"}, "known_at")):
            answer = world.client().post(path, json=LOOK | needed | more, headers=world.key(Role.DPO))
            assert (answer.status_code, answer.json()["field"]) == (422, field), (path, answer.text)
    assert world.told.look_ups == []


SAID = {
    "nl": ("hij is nog niet aangebroken. De laatste dag die al kan, is", "4&nbsp;aug&nbsp;2018", "Het gaat om: Zoals op."),
    "en": ("it has not begun. The latest day that can is", "4&nbsp;Aug&nbsp;2018", "It is about: As it was on."),
}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_says_so_in_the_readers_language(world: WebWorld, language: str) -> None:
    headers = world.key(Role.DPO) | {"Accept": "text/html", "Accept-Language": language}
    asked = taking(world, PAGES, "on")
    answers = {rule.route: world.client().get(rule.route, params=NEEDED.get(rule.route, {}) | {"on": NEXT}, headers=headers) for rule in asked}
    world.told.look_ups.clear()
    answers["/subject"] = world.client().post("/subject", data=LOOK | {"on": NEXT}, headers=headers)

    for path, answer in answers.items():
        assert answer.status_code == 422, path
        assert all(each in answer.text for each in SAID[language]), path
    assert len(answers) > 8 and world.told.look_ups == []


def test_the_page_of_a_wrong_field_names_it_and_never_what_stood_there(world: WebWorld) -> None:
    for language, named in (("nl", "Het gaat om: Gever."), ("en", "It is about: Giver.")):
        headers = world.key(Role.DPO) | {"Accept": "text/html", "Accept-Language": language}
        shown = world.client().get("/sharing/list", params={"giver": "canary" * 30}, headers=headers)
        assert shown.status_code == 422 and named in shown.text
        assert "canary" not in shown.text.partition("<main")[2]
    other = world.client().post("/v1/subjects/show", json=LOOK | {"canary": 1}, headers=world.key(Role.DPO))
    assert (other.status_code, other.json()["field"]) == (422, "*")


def test_today_of_the_ledger_and_what_comes_due_later_are_answered_as_before(world: WebWorld) -> None:
    client, key = world.client(), world.key(Role.DPO)

    assert client.post("/v1/subjects/show", json=LOOK | {"on": REACHED}, headers=key).status_code == 200
    assert client.post("/subject", data=LOOK | {"on": REACHED}, headers=key | {"Accept": "text/html"}).status_code == 200
    for path, asked in (
        ("/v1/due", {"until": NEVER}), ("/v1/overview/deletion", {"until": NEVER}), ("/v1/violations", {"until": NEVER}),
        ("/v1/policies/show", {"in_force_on": NEVER}), ("/v1/overview/deletion/list", {"state": "COMING", "day": NEVER}),
    ):  # fmt: skip
        assert client.get(path, params=asked, headers=key).status_code == 200, path
