"""Links that lead on keep what was asked: another language, the numbers behind a number and the way back are of the same organisation and day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ledger.stack.lifecycle import Running
from ledger.web.gate import COOKIE, CSRF_FIELD, csrf_token
from ledger.web.replying import Replying
from ledger.web.roles import Role
from tests.histories import CONTROLLER
from tests.ledgers import new_database
from tests.small_ledger import ANNA
from tests.web_world import TestClient, WebWorld, load_small_ledger, web_world

ASKED = {"controller": [CONTROLLER], "on": ["2018-07-31"]}
LOOK = {"controller": CONTROLLER, "subject_ref": ANNA, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
HOLD = {"controller": CONTROLLER, "event_id": "0190a000-0000-7000-8000-000000000009", "step": "check"}


@pytest.fixture(scope="module")
def world(stack: Running) -> Iterator[WebWorld]:
    with new_database(stack) as dsn:
        load_small_ledger(dsn)
        with web_world(dsn) as made:
            yield made


@pytest.fixture
def client(world: WebWorld, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A browser of the officer. A day that was is read from the log, which there is not here: the links are, so the state of now will do."""
    of_now = Replying.query
    monkeypatch.setattr(Replying, "query", lambda self, principal, on, known_at, person=None: of_now(self, principal, None, None, person))
    found = world.client()
    found.cookies.set(COOKIE, world.session(Role.DPO), domain="ledger.test", path="/")
    return found


def links(text: str, where: str = "") -> list[str]:
    return [unescape(each) for each in re.findall(rf'{where}<a[^>]* href="([^"]*)"', text, re.DOTALL)]


def asked_of(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def other_language(text: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<a href="([^"]*)" lang="(?:nl|en)"', text)]


def post(client: TestClient, path: str, **typed: str) -> Any:
    return client.post(path, data=typed | {CSRF_FIELD: csrf_token(client.cookies[COOKIE])})


def test_another_language_is_of_the_same_question(client: TestClient) -> None:
    address = f"/deletion/list?controller={CONTROLLER}&on=2018-07-31&state=MET&rule=a%26b&lang=nl"
    (link,) = other_language(client.get(address).text)

    assert link.startswith("?")
    assert asked_of(link) == ASKED | {"state": ["MET"], "rule": ["a&b"], "lang": ["en"]}
    page = client.get("/deletion/list" + link).text
    assert '<html lang="en">' in page and 'value="a&amp;b"' in page
    assert asked_of(other_language(page)[0])["lang"] == ["nl"]


def test_what_an_identity_provider_sends_along_is_in_no_link(client: TestClient) -> None:
    assert other_language(client.get("/sign-in?state=s&code=c").text) == ["?lang=en"]


@pytest.mark.parametrize(("path", "typed"), [
    ("/subject", LOOK), ("/events/0/2", LOOK), ("/acts/hold", HOLD), ("/policies/publish", {"step": "look"}),
])  # fmt: skip
def test_a_page_that_came_by_a_form_has_no_link_that_would_lose_it(client: TestClient, path: str, typed: dict[str, str]) -> None:
    asked, answered = client.get(path), post(client, path, **typed)

    assert answered.status_code == 200
    assert other_language(asked.text) == ["?lang=en"] and other_language(answered.text) == []
    assert 'href=""' not in answered.text and "data-news" not in answered.text


def test_a_page_that_was_asked_for_can_be_asked_again(client: TestClient) -> None:
    assert re.search(r'data-news><a href="">', client.get("/sharing").text)


def test_each_number_of_the_first_page_leads_to_the_same_organisation_and_day(client: TestClient) -> None:
    page = client.get("/", params=ASKED).text
    found = links(page, '<dd>')

    away = [each for each in found if not each.startswith("#")]
    assert {urlsplit(each).path for each in away} == {"/sharing", "/sharing/list", "/deletion", "/deletion/list", "/violations", "/breaches"}
    assert all(asked_of(each) | ASKED == asked_of(each) for each in away)
    fragments = {urlsplit(each).fragment for each in found if "#" in each}
    assert fragments == {"unsettled", "recipients", "holders"} and 'id="holders"' in page
    alone = [each for each in links(client.get("/").text, '<dd>') if not each.startswith("#")]
    assert all(asked_of(each)["controller"] == [CONTROLLER] and "on" not in asked_of(each) for each in alone)


@pytest.mark.parametrize(("address", "back"), [
    ("/deletion/list?state=MET", "/deletion"), ("/sharing/list?role=x", "/sharing"), ("/sharing/list?undated=true", "/deletion"),
])  # fmt: skip
def test_the_way_back_to_the_numbers_is_to_those_of_the_same_organisation_and_day(client: TestClient, address: str, back: str) -> None:
    (link,) = links(client.get(f"{address}&controller={CONTROLLER}&on=2018-07-31").text, '<p class="lead">')

    assert (urlsplit(link).path, asked_of(link)) == (back, ASKED)


def test_what_a_form_misses_is_said_in_the_language_of_the_page(client: TestClient) -> None:
    banners = [
        re.search(r'id="problem">(.*?)</div>', post(client, f"/acts/hold?lang={language}", **HOLD).text, re.DOTALL)[1].split()  # type: ignore[index]
        for language in ("nl", "en")
    ]  # fmt: skip

    assert [re.sub("<[^>]*>", "", " ".join(each)) for each in banners] == [
        "Pseudoniem van de persoon: dit moet u invullen", "Pseudonym of the person: this must be filled in",
    ]  # fmt: skip


def test_a_file_with_one_mistake_is_wrong_in_one_place(client: TestClient) -> None:
    answer = post(client, "/policies/publish?lang=en", step="look", text="policy: [")

    assert "This file is wrong in 1 place." in answer.text
