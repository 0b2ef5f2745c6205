"""The question that is asked most often has a way past FastAPI: the same answers and refusals as the long way, and no others."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.web.gate import COOKIE, CSRF_HEADER, csrf_token
from ledger.web.roles import Role
from ledger.web.short_way import PATH
from tests.histories import CONTROLLER
from tests.small_ledger import ANNA
from tests.web_world import ADDRESS, WebWorld, load_small_ledger, web_world

SHORT, LONG = "application/json", "application/json; charset=utf-8"
"""What says nothing else goes the long way."""
LOOK = {"controller": CONTROLLER, "subject_ref": ANNA, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
BODIES = {
    "a look": LOOK,
    "of a day": LOOK | {"on": "2018-06-01"},
    "of no day": LOOK | {"on": "never"},
    "of a day that has not come": LOOK | {"on": "2099-01-01"},
    "as known on a day that has not come": LOOK | {"known_at": "2199-01-01"},
    "of no place": LOOK | {"known_at": "99:99"},
    "nobody": LOOK | {"subject_ref": "subj-of-nobody"},
    "out of reach": LOOK | {"controller": "hostinghuis"},
    "no subject": {"purpose": "dpv:CustomerCare"},
    "no purpose": {"subject_ref": ANNA},
    "one field more": LOOK | {"name": "x"},
    "too long": LOOK | {"ticket_ref": "x" * 200},
    "no text": LOOK | {"ticket_ref": 7},
    "nul": LOOK | {"subject_ref": "a\x00b"},
    "empty": {},
    "a list": [LOOK],
    "no JSON": b'{"controller": ',
    "no UTF-8": b'{"subject_ref": "\xff"}',
    "UTF-16": json.dumps(LOOK).encode("utf-16"),
    "half a pair": b'{"controller": "mijndomein", "subject_ref": "\\ud800", "purpose": "dpv:CustomerCare"}',
    "nothing": b"",
}
FRESH = ("time_reached", "date")


@pytest.fixture
def world(database: str) -> Iterator[WebWorld]:
    load_small_ledger(database)
    with web_world(database) as made:
        yield made


def asked(world: WebWorld, kind: str, body: Any, headers: dict[str, str], cookies: dict[str, str] | None = None, query: str = "") -> Any:
    client = world.client(cookies=cookies)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post(PATH + query, content=content, headers=headers | {"content-type": kind})
    return answer.status_code, {k: v for k, v in answer.headers.items() if k not in FRESH}, answer.text


@pytest.mark.parametrize("role", list(Role))
def test_both_ways_say_the_same(world: WebWorld, role: Role) -> None:
    key = world.key(role)
    for name, body in BODIES.items():
        world.told.look_ups.clear()

        short = asked(world, SHORT, body, key)
        told = list(world.told.look_ups)
        assert short == asked(world, LONG, body, key), name
        assert world.told.look_ups == told * 2, name


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer ledger_key_abcdef_00"}, {"Authorization": "Basic eDp4"}])
def test_who_is_not_known_gets_the_same_refusal(world: WebWorld, headers: dict[str, str]) -> None:
    short = asked(world, SHORT, LOOK, headers)

    assert short[0] == 401 and short == asked(world, LONG, LOOK, headers)


def test_a_session_needs_the_token_of_its_page_on_both(world: WebWorld) -> None:
    session = world.session(Role.DPO)
    for headers, status in (({}, 403), ({CSRF_HEADER: csrf_token(session), "Origin": ADDRESS}, 200), ({CSRF_HEADER: "x", "Origin": ADDRESS}, 403)):
        short = asked(world, SHORT, LOOK, headers, {COOKIE: session})

        assert short[0] == status and short == asked(world, LONG, LOOK, headers, {COOKIE: session})


def test_a_personal_value_in_the_address_is_refused_on_both(world: WebWorld) -> None:
    key = world.key(Role.DPO)
    short = asked(world, SHORT, LOOK, key, query="?mail=a@example.nl")

    assert short[0] == 422 and short == asked(world, LONG, LOOK, key, query="?mail=a@example.nl")


@pytest.mark.parametrize(("query", "field"), [("?controler=canary", "controler"), ("?Canary=1", "*"), ("?on=2018-06-01", "on")])
def test_a_parameter_in_the_address_is_refused_on_both_and_nobody_has_looked(world: WebWorld, query: str, field: str) -> None:
    key = world.key(Role.DPO)
    short = asked(world, SHORT, LOOK, key, query=query)

    assert short[0] == 422 and json.loads(short[2])["field"] == field and "anary" not in short[2] and world.told.look_ups == []
    assert short == asked(world, LONG, LOOK, key, query=query)


def test_a_day_that_has_not_come_is_refused_and_nobody_has_looked(world: WebWorld) -> None:
    for more, field in (({"on": "2018-08-05"}, "on"), ({"known_at": "2199-01-01"}, "known_at")):
        status, _, text = asked(world, SHORT, LOOK | more, world.key(Role.DPO))

        assert (status, json.loads(text)["field"], json.loads(text)["rule"]) == (422, field, "not-come")
    assert world.told.look_ups == []
    assert asked(world, SHORT, LOOK | {"on": "2018-08-04"}, world.key(Role.DPO))[0] == 200, "on the ledger it is that day"


def test_without_kafka_there_is_no_answer_on_both(world: WebWorld) -> None:
    world.told.is_away = True
    key = world.key(Role.DPO)
    short = asked(world, SHORT, LOOK, key)

    assert short[0] == 503 and short[1]["retry-after"] and short == asked(world, LONG, LOOK, key)


def test_a_good_question_goes_the_short_way_and_any_other_the_long_one(world: WebWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    telling = world.told.consulted

    def noting(subject_ref: str, **about: Any) -> None:
        threads.append(threading.current_thread().name)
        telling(subject_ref, **about)

    monkeypatch.setattr(world.told, "consulted", noting)
    for kind in (SHORT, LONG):
        asked(world, kind, LOOK, world.key(Role.DPO))

    assert [each.startswith("ledger-persons") for each in threads] == [True, False]


def test_a_bug_is_an_answer_and_says_nothing_of_it(world: WebWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("canary-value")

    monkeypatch.setattr(world.told, "consulted", failing)
    status, _, text = asked(world, SHORT, LOOK, world.key(Role.DPO))

    assert status == 500 and "canary" not in text
