"""Every way out to a person over HTTP, of a person of whom an order bars a disclosure: nothing tells of it (SH-07)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing

import pytest

from ledger.stack.lifecycle import Running
from ledger.web.access import RULES
from ledger.web.roles import Role
from tests.histories import records
from tests.ledgers import new_database
from tests.unit.test_report_subject import barred
from tests.web_world import WebWorld, load_small_ledger

TRACES = ("police", "laboratory", "disclosure-1", "law_enforcement", "security_researcher", "LegalDisclosure", "Legal disclosure")
OWN = [rule.key for rule in RULES if Role.SUBJECT in rule.roles and rule.is_look_up]
LOOKED = next(number for number, (name, _) in enumerate(barred().log) if name == "DisclosureRequested") + 3
"""The offset of the last look-up for it, before anybody decided."""
FILES = ("access", "portable", "consents", "look-ups")


@pytest.fixture(scope="module")
def world(stack: Running) -> Iterator[WebWorld]:
    with new_database(stack) as dsn:
        story = barred().clock("2019-05-31")
        load_small_ledger(dsn, records(story.log))
        with closing(WebWorld(dsn, {}, log_ends=len(story.log))) as made:
            yield made


def text_of(answer: object) -> str:
    content: bytes = answer.content  # type: ignore[attr-defined]
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
    return content.decode(errors="replace")


def traces(text: str) -> set[str]:
    return {trace for trace in TRACES if trace in text}


@pytest.mark.parametrize("method, route", OWN, ids=[f"{method} {route}" for method, route in OWN])
def test_sh_07_nothing_that_is_barred_leaves_by_any_way_to_the_person(world: WebWorld, method: str, route: str) -> None:
    key = world.key(Role.SUBJECT, "smallhold", subject_ref="s1")
    bodies = [{"name": name, "format": form} for name in FILES for form in ("json", None)] if route.endswith("export") else [{}]
    for body in bodies:
        for when in ({}, {"on": "2019-02-01"}, {"known_at": f"0:{LOOKED}"}) if method == "POST" else ({},):
            sent = {name: value for name, value in (body | when).items() if value is not None}
            answer = world.client().request(method, route, headers=key | {"Accept-Language": "en"}, **({"json": sent} if method == "POST" else {}))
            if answer.status_code == 422 and body.get("format"):
                continue  # not a form of this file
            assert answer.status_code == 200, (sent, answer.text)
            assert traces(text_of(answer)) == set(), sent


def test_an_officer_sees_all_of_it_and_the_person_may_not_ask_as_one(world: WebWorld) -> None:
    asked = {"controller": "smallhold", "subject_ref": "s1", "purpose": "dpv:CustomerCare", "for": "officer"}
    officer, own = world.key(Role.DPO, "smallhold"), world.key(Role.SUBJECT, "smallhold", subject_ref="s1")

    assert "LegalDisclosure" in world.client().post("/v1/subjects/look-ups", json=asked, headers=officer).text
    assert "the-police" in world.client().post("/subject", data=asked, headers=officer).text
    assert traces(world.client().post("/v1/subjects/look-ups", json={"for": "officer"}, headers=own).text) == set()
    assert world.client().post("/v1/subjects/show", json={}, headers=own).status_code == 403
