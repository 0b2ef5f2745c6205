"""Signing in by a link, and out: only from a page of ours, never beside another session, and without harm to what else the browser keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.web.credentials import LINK, SESSION
from ledger.web.gate import COOKIE, CSRF_HEADER, csrf_token
from ledger.web.pages.labels import words
from ledger.web.roles import Role
from tests.web_world import ADDRESS, TestClient, WebWorld, load_small_ledger, web_world


@pytest.fixture
def world(database: str) -> Iterator[WebWorld]:
    load_small_ledger(database)
    with web_world(database) as made:
        yield made


def sign_in(world: WebWorld, client: TestClient, **headers: str) -> Any:
    return client.post("/sign-in", data={"link": world.make(LINK, Role.DPO).text}, headers=headers)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://ledger.test.evil.example", "null"])
def test_another_site_signs_nobody_in(world: WebWorld, origin: str) -> None:
    client, link = world.client(), world.make(LINK, Role.DPO).text

    refused = client.post("/sign-in", data={"link": link}, headers={"Origin": origin, "Accept": "text/html"})

    assert (refused.status_code, refused.headers["content-type"].partition(";")[0]) == (403, "text/html")
    assert "set-cookie" not in refused.headers and words()["problem_own_page"]["nl"] in refused.text
    assert client.post("/sign-in", data={"link": link}, headers={"Origin": ADDRESS}).status_code == 303, "the link was not used up"


def test_who_says_no_origin_signs_in(world: WebWorld) -> None:
    client = world.client()

    assert sign_in(world, client).status_code == 303
    assert client.get("/sharing").status_code == 200


def test_signing_in_ends_the_session_that_the_browser_had(world: WebWorld) -> None:
    client, planted = world.client(), world.session(Role.MANAGER)
    client.cookies.set(COOKIE, planted, domain="ledger.test", path="/")

    assert client.post("/sign-in", data={"link": "no link"}).status_code == 403
    assert world.credentials.principal(SESSION, planted) is not None, "a link that is no good ends nothing"
    answer = sign_in(world, client, Origin=ADDRESS)

    assert answer.status_code == 303 and planted not in answer.headers["set-cookie"]
    assert world.credentials.principal(SESSION, planted) is None


def test_a_cookie_that_is_no_session_hinders_nobody(world: WebWorld) -> None:
    for text in ("x", world.make("KEY", Role.DPO).text):
        client = world.client()
        client.cookies.set(COOKIE, text, domain="ledger.test", path="/")
        assert sign_in(world, client).status_code == 303


def test_signing_out_clears_no_cookies_of_other_applications(world: WebWorld) -> None:
    client, session = world.client(), world.session(Role.DPO)
    client.cookies.set(COOKIE, session, domain="ledger.test", path="/")

    answer = client.post("/sign-out", headers={CSRF_HEADER: csrf_token(session)})

    assert (answer.status_code, answer.headers["clear-site-data"]) == (303, '"cache", "storage"')
    assert f'{COOKIE}=""' in answer.headers["set-cookie"] and "Max-Age=0" in answer.headers["set-cookie"]
