"""Signing in by a link, and out: never by opening it, only from a page of ours, never beside another session, and without harm to what else the
browser keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.web.credentials import KEY, LINK, SESSION
from ledger.web.gate import COOKIE, CSRF_HEADER, csrf_token
from ledger.web.pages.labels import words
from ledger.web.roles import Role
from tests.small_ledger import ANNA
from tests.web_world import ADDRESS, TestClient, WebWorld, load_small_ledger, web_world


@pytest.fixture
def world(database: str) -> Iterator[WebWorld]:
    load_small_ledger(database)
    with web_world(database) as made:
        yield made


def sign_in(world: WebWorld, client: TestClient, **headers: str) -> Any:
    return press(client, world.make(LINK, Role.DPO).text, **headers)


def look(client: TestClient, link: str, **headers: str) -> Any:
    """What opening a link does: its page shows whose it is."""
    return client.post("/sign-in", data={"link": link}, headers={"Origin": ADDRESS, "Accept-Language": "en"} | headers)


def press(client: TestClient, link: str, **headers: str) -> Any:
    """What the button there does."""
    return client.post("/sign-in", data={"link": link, "step": "do"}, headers=headers)


@pytest.mark.parametrize(
    ("role", "controllers", "said"),
    [
        (Role.DPO, ("hoster", "elsewhere"), "as <strong>data protection officer</strong> for <strong>hoster, elsewhere</strong>"),
        (Role.AUDITOR, ("*",), "as <strong>auditor</strong> for <strong>all organisations</strong>"),
        (Role.SUBJECT, ("hoster",), "as <strong>data subject</strong> for <strong>hoster</strong>"),
    ],
)
def test_a_link_says_as_whom_and_signs_in_by_its_button_alone(world: WebWorld, role: Role, controllers: tuple[str, ...], said: str) -> None:
    client, link = world.client(), world.make(LINK, role, controllers).text

    for _ in range(3):  # a scanner of mail, a preview, and then the person
        shown = look(client, link)
        assert shown.status_code == 200 and "set-cookie" not in shown.headers and said in shown.text
        assert client.get("/my-data").status_code == 401
    assert ANNA not in shown.text
    form = dict(re.findall(r'<(?:input type="hidden"|button) name="([^"]+)" value="([^"]*)"', shown.text))
    assert form == {"link": link, "step": "do"}

    signed_in = client.post("/sign-in", data=form, headers={"Origin": ADDRESS})
    assert signed_in.status_code == 303 and all(each in signed_in.headers["set-cookie"].lower() for each in ("samesite=strict", "httponly"))
    assert client.get("/my-data" if role is Role.SUBJECT else "/").status_code == 200


def test_a_link_is_good_once(world: WebWorld) -> None:
    link = world.make(LINK, Role.DPO).text
    assert look(world.client(), link).status_code == 200 and press(world.client(), link).status_code == 303

    for answer in (look(world.client(), link), press(world.client(), link)):
        assert answer.status_code == 403 and "set-cookie" not in answer.headers and 'name="step" value="do"' not in answer.text


@pytest.mark.parametrize("kind", [KEY, SESSION])
def test_what_is_no_link_shows_nobody(world: WebWorld, kind: str) -> None:
    answer = look(world.client(), world.make(kind, Role.DPO).text)

    assert answer.status_code == 403 and "data protection officer" not in answer.text


def test_who_is_signed_in_reads_what_the_link_ends(world: WebWorld) -> None:
    client = world.client()
    client.cookies.set(COOKIE, world.session(Role.MANAGER), domain="ledger.test", path="/")

    shown = look(client, world.make(LINK, Role.AUDITOR).text)

    assert "You are signed in already, as management" in shown.text
    assert client.get("/sharing").status_code == 200, "and looking ends nothing"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://ledger.test.evil.example", "null"])
def test_another_site_signs_nobody_in(world: WebWorld, origin: str) -> None:
    client, link = world.client(), world.make(LINK, Role.DPO).text

    for refused in (press(client, link, Origin=origin, Accept="text/html"), look(client, link, Origin=origin, Accept="text/html")):
        assert (refused.status_code, refused.headers["content-type"].partition(";")[0]) == (403, "text/html")
        assert "set-cookie" not in refused.headers and any(each in refused.text for each in words()["problem_own_page"].values())
    assert press(client, link, Origin=ADDRESS).status_code == 303, "the link was not used up"


def test_who_says_no_origin_signs_in(world: WebWorld) -> None:
    client = world.client()

    assert sign_in(world, client).status_code == 303
    assert client.get("/sharing").status_code == 200


def test_signing_in_ends_the_session_that_the_browser_had(world: WebWorld) -> None:
    client, planted = world.client(), world.session(Role.MANAGER)
    client.cookies.set(COOKIE, planted, domain="ledger.test", path="/")

    assert press(client, "no link").status_code == 403
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
