"""Over HTTP and on the pages: an auditor does not read who looked, a manager finds no single disclosure; the officer finds both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from ledger.stack.lifecycle import Running
from ledger.web.access import RULES
from ledger.web.roles import Role
from tests.histories import records
from tests.ledgers import new_database
from tests.unit.test_report_subject import barred
from tests.web_world import WebWorld, load_small_ledger

STAFF = "role:helpdesk-night"
WHY = {"purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
LISTS = [rule.route for rule in RULES if Role.MANAGER in rule.roles and not rule.is_open and rule.method == "GET" and "{" not in rule.route]
MONTH = "2019-02"
"""In which the police got something."""
TRACES = ("the-police", "law_enforcement", "LegalDisclosure")


@pytest.fixture(scope="module")
def world(stack: Running) -> Iterator[WebWorld]:
    story = barred().looks_at("pd:Name", actor=STAFF, ticket_ref="ticket-2").clock("2019-05-31")
    with new_database(stack) as dsn:
        load_small_ledger(dsn, records(story.log))
        with closing(WebWorld(dsn, {}, log_ends=len(story.log))) as made:
            made.look_at = len(story.log) - 2  # type: ignore[attr-defined]
            yield made


def ask(world: WebWorld, role: Role, method: str, path: str, **sent: Any) -> str:
    header = world.key(role, "smallhold") | {"Accept-Language": "en"}
    answer = world.client().request(method, path, headers=header, **sent)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_an_auditor_does_not_read_who_looked_in_an_event_or_on_its_page(world: WebWorld) -> None:
    place = {"partition": 0, "offset": world.look_at}  # type: ignore[attr-defined]
    path = f"/events/0/{place['offset']}"
    shown = {role: ask(world, role, "POST", "/v1/facts/show", json=WHY | place) for role in (Role.DPO, Role.AUDITOR)}
    pages = {role: ask(world, role, "POST", path, data=WHY) for role in (Role.DPO, Role.AUDITOR)}

    assert [STAFF in text for text in (shown[Role.DPO], pages[Role.DPO])] == [True, True]
    assert [STAFF in text for text in (shown[Role.AUDITOR], pages[Role.AUDITOR])] == [False, False]
    assert '"withheld":["actor"]' in shown[Role.AUDITOR] and "not told to this role" in pages[Role.AUDITOR]
    assert '"withheld":[]' in shown[Role.DPO] and "not told to this role" not in pages[Role.DPO]
    assert "ticket-2" in shown[Role.AUDITOR]


@pytest.mark.parametrize("asked", ["holder=the-police", "role=law_enforcement", "purpose=ledger:LegalDisclosure"])
def test_a_managers_list_has_no_line_on_a_disclosure_to_an_authority(world: WebWorld, asked: str) -> None:
    address = f"/sharing/list?{asked}"
    manager, officer = ask(world, Role.MANAGER, "GET", address), ask(world, Role.DPO, "GET", address)

    assert "<td" in officer and "the-police<small>" in officer
    assert "the-police<small>" not in manager and "are not listed here one by one" in manager
    assert "the-police<small>" not in ask(world, Role.MANAGER, "GET", "/sharing/list")
    assert "nic<small>" in ask(world, Role.MANAGER, "GET", "/sharing/list")


@pytest.mark.parametrize(("address", "line"), [
    ("/sharing/shares", "the-police<small>"), ("/v1/overview/sharing/shares", '"recipient":"the-police"'),
])  # fmt: skip
def test_a_managers_shares_of_a_month_have_no_line_on_a_disclosure_to_an_authority(world: WebWorld, address: str, line: str) -> None:
    manager, officer = (ask(world, role, "GET", f"{address}?month={MONTH}") for role in (Role.MANAGER, Role.DPO))

    assert line in officer and line not in manager
    assert "nic" in ask(world, Role.MANAGER, "GET", f"{address}?month=2019-01")


@pytest.mark.parametrize("route", LISTS)
def test_a_manager_gets_every_page_and_answer_without_what_points_at_one_act(world: WebWorld, route: str) -> None:
    asked = {"controller": "smallhold"} | ({"limit": "100"} if route in ("/v1/due", "/v1/obligations", "/v1/violations", "/v1/breaches") else {})
    if route in ("/v1/changes", "/v1/exports"):
        return
    if route == "/v1/freshness":
        asked = {}
    if route == "/v1/due":
        asked["until"] = "2060-01-01"
    if route == "/v1/policies/diff":
        [published] = json.loads(ask(world, Role.MANAGER, "GET", "/v1/policies", params=asked))["policies"]
        asked |= {"old": published["version"], "new": published["version"]}
    if route == "/v1/overview/sharing/shares":
        asked["month"] = MONTH
    text = ask(world, Role.MANAGER, "GET", route, params=asked)

    assert not [name for name in ("obligation_id", "certificate_ref", "event_id") if f'"{name}":' in text]
    if route in ("/v1/due", "/v1/obligations", "/v1/violations"):
        assert not [trace for trace in TRACES if trace in text]
