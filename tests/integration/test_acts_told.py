"""An act about a person looks at that person: told before the answer, and once; nothing goes on the log but what was looked at again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest

from ledger.stack.lifecycle import Running
from ledger.web.gate import CSRF_FIELD
from ledger.web.pages.person import USUAL, purposes
from ledger.web.roles import Role
from tests.histories import CONTROLLER
from tests.ledgers import new_database
from tests.small_ledger import ANNA
from tests.web_world import Browser, WebWorld, hidden, load_small_ledger, web_world


@pytest.fixture(scope="module")
def dsn(stack: Running) -> Iterator[str]:
    with new_database(stack) as made:
        load_small_ledger(made)
        yield made


@pytest.fixture
def world(dsn: str) -> Iterator[WebWorld]:
    with web_world(dsn) as made:
        yield made


def hold_of(subject_ref: str, **changed: str) -> dict[str, str]:
    return {
        "step": "check", "event_id": str(uuid4()), "controller": CONTROLLER, "subject_ref": subject_ref, "hold_ref": "hold-1", "kind": "LEGAL_HOLD"
    } | changed  # fmt: skip


def test_whether_a_person_is_known_is_told_before_it_is_answered(world: WebWorld) -> None:
    answer = Browser(world).post("/acts/hold", **hold_of(ANNA))

    assert 'name="seal"' in answer.text
    told = world.told.look_ups
    assert [(each["subject_ref"], each["actor"], each["purpose"], each["ticket_ref"]) for each in told] == [
        (ANNA, "role:dpo", "dpv:LegalCompliance", "hold-1")
    ]


def test_without_telling_there_is_no_answer(world: WebWorld) -> None:
    world.told.is_away = True

    answer = Browser(world).post("/acts/hold", **hold_of(ANNA))

    assert answer.status_code == 503 and 'name="seal"' not in answer.text
    assert 'value="hold-1"' in answer.text


def test_unknown_and_out_of_reach_are_one_answer_and_no_event(world: WebWorld) -> None:
    own, stranger = Browser(world), Browser(world, Role.DPO, "elsewhere")
    answers = [
        own.post("/acts/answer", **hold_of("subj-000000000000", request_ref="req-1", outcome="FULFILLED", identity_check="DONE")),
        own.post("/acts/answer", **hold_of(ANNA, controller="elsewhere", request_ref="req-1", outcome="FULFILLED", identity_check="DONE")),
        stranger.post("/acts/answer", **hold_of(ANNA, request_ref="req-1", outcome="FULFILLED", identity_check="DONE")),
    ]

    banners = [re.search(r'id="problem">(.+?)</div>', each.text, re.DOTALL) for each in answers]
    assert {(answer.status_code, banner and banner[1]) for answer, banner in zip(answers, banners, strict=True)} == {
        (200, banners[0] and banners[0][1])
    }
    assert banners[0] and "this person is not known" in banners[0][1]
    assert world.told.look_ups == []


@pytest.mark.parametrize("changed", [{"seal": "0" * 64}, {"hold_ref": "hold-2"}, {"subject_ref": "subj-000000000000"}])
def test_what_was_not_looked_at_again_does_not_go_on_the_log(world: WebWorld, changed: dict[str, str]) -> None:
    officer = Browser(world)
    form = hidden(officer.post("/acts/hold", **hold_of(ANNA)).text, "do")

    answer = officer.post("/acts/hold", **form | changed)

    assert world.told.tried == []
    assert ('name="seal"' in answer.text) == ("subject_ref" not in changed)


def test_what_was_looked_at_again_leaves_and_is_no_second_look(world: WebWorld) -> None:
    officer = Browser(world)
    form = hidden(officer.post("/acts/hold", **hold_of(ANNA)).text, "do")

    officer.post("/acts/hold", **form)

    assert [(name, fields["hold_ref"], fields["actor"]) for name, fields in world.told.tried] == [("HoldPlaced", "hold-1", "role:dpo")]
    assert len(world.told.look_ups) == 1


def test_another_sessions_seal_is_none(world: WebWorld) -> None:
    form = hidden(Browser(world).post("/acts/hold", **hold_of(ANNA)).text, "do")
    form.pop(CSRF_FIELD)

    Browser(world).post("/acts/hold", **form)

    assert world.told.tried == []


def test_a_field_that_is_wrong_is_named_before_anybody_is_looked_at(world: WebWorld) -> None:
    answer = Browser(world).post("/acts/hold", **hold_of(ANNA, hold_ref="somebody@example.org"))

    assert "Reference:" in answer.text and "e-mail address" in answer.text
    assert world.told.look_ups == []


def test_the_usual_purposes_of_a_look_are_terms_and_stand_first() -> None:
    assert [term for term, _ in purposes("en")[: len(USUAL)]] == list(USUAL)
