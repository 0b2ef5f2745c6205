"""People sign in at a real provider, in a process of its own, that does one thing wrong at a time."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from ledger.errors import CallerError
from ledger.web.gate import COOKIE
from ledger.web.oidc import STATE_COOKIE
from ledger.web.roles import Role
from tests.histories import CONTROLLER
from tests.oidc_provider import CLIENT, FAULTS, SECRET, Running, running_provider
from tests.web_world import ADDRESS, TestClient, WebWorld, load_small_ledger, web_world

BACK = f"{ADDRESS}/sign-in/callback"


@pytest.fixture(scope="module")
def one_provider() -> Iterator[Running]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(one_provider: Running) -> Running:
    one_provider.control(person={"ledger_controllers": [CONTROLLER]})
    return one_provider


@pytest.fixture
def world(database: str, provider: Running) -> Iterator[WebWorld]:
    load_small_ledger(database)
    with web_world(database, oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_client_secret=SecretStr(SECRET)) as made:
        yield made


def begin(client: TestClient) -> str:
    """Go to the provider, which signs the person in: the address that it sends the browser back to."""
    away = client.get("/sign-in/oidc")
    assert away.status_code == 302
    back = httpx.get(away.headers["location"]).headers["location"]
    assert back.startswith(BACK)
    return str(back)


def sessions(world: WebWorld) -> int:
    with psycopg.connect(world.dsn) as connection:
        return int(connection.execute("SELECT count(*) FROM ledger.credential WHERE revoked_at IS NULL").fetchone()[0])  # type: ignore[index]


def test_a_person_signs_in_and_may_what_the_role_may(world: WebWorld) -> None:
    client = world.client()

    asked = parse_qs(urlsplit(client.get("/sign-in/oidc").headers["location"]).query)
    answer = client.get(begin(client))

    assert {"state", "nonce", "code_challenge"} <= set(asked) and asked["code_challenge_method"] == ["S256"] and asked["scope"] == ["openid"]
    assert answer.status_code == 200 and 'url=/"' in answer.text
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(COOKIE)).lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie and "secure" not in cookie
    assert client.get("/v1/holders").status_code == 200
    found = world.credentials.principal("SESSION", client.cookies[COOKIE])
    assert found is not None and (found.role, found.actor, found.controllers) == (Role.DPO, "idp:8f14e45fceea", (CONTROLLER,))
    with psycopg.connect(world.dsn) as connection:
        rows = str(connection.execute("SELECT * FROM ledger.credential").fetchall()).lower()
    assert "person" not in rows


def test_with_https_the_cookies_are_secure(database: str, provider: Running) -> None:
    load_small_ledger(database)
    more = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
    with web_world(database, public_url="https://ledger.test", **more) as world:
        client = TestClient(world.app, base_url="https://ledger.test", follow_redirects=False)
        away = client.get("/sign-in/oidc")
        answer = client.get(httpx.get(away.headers["location"]).headers["location"])

    for text in (*away.headers.get_list("set-cookie"), next(each for each in answer.headers.get_list("set-cookie") if each.startswith(COOKIE))):
        assert "; secure" in text.lower() and "httponly" in text.lower()
    assert "samesite=lax" in away.headers["set-cookie"] and "path=/sign-in/" in away.headers["set-cookie"].lower()


@pytest.mark.parametrize("fault", FAULTS)
def test_an_id_token_with_one_thing_wrong_signs_nobody_in(
    world: WebWorld, provider: Running, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client = world.client()
    back = begin(client)
    provider.control(fault=fault, person={"ledger_controllers": [CONTROLLER]})

    answer = client.get(back)

    assert answer.status_code == 403
    assert COOKIE not in client.cookies and sessions(world) == 0
    said = capsys.readouterr()
    assert "sign_in_refused" in said.out + said.err and "provider.example" not in said.out + said.err


def test_each_sign_in_makes_a_new_session_and_ends_the_one_before(world: WebWorld) -> None:
    client = world.client()
    planted = world.session(Role.MANAGER)
    client.cookies.set(COOKIE, planted, domain="ledger.test", path="/")

    client.get(begin(client))

    assert client.cookies[COOKIE] != planted
    assert world.credentials.principal("SESSION", planted) is None


@pytest.mark.parametrize("what", ["another state", "no state", "another browser", "begun again", "twice", "the provider says no"])
def test_who_comes_back_without_having_gone_is_refused(world: WebWorld, what: str) -> None:
    client = world.client()
    back = begin(client)
    if what == "another state":
        back = back.replace("state=", "state=x")
    elif what == "no state":
        back = back.partition("&state=")[0]
    elif what == "another browser":
        client = world.client()
    elif what == "begun again":
        begin(client)
    elif what == "twice":
        kept = client.cookies[STATE_COOKIE]
        assert client.get(back).status_code == 200
        client = world.client()
        client.cookies.set(STATE_COOKIE, kept, domain="ledger.test", path="/sign-in/")
    else:
        back = back.replace("code=", "error=access_denied&error_description=canary-5513&x=")

    answer = client.get(back)

    assert answer.status_code == 403 and COOKIE not in client.cookies and "canary-5513" not in answer.text


def test_emitters_are_no_people(world: WebWorld, provider: Running) -> None:
    client = world.client()
    back = begin(client)
    provider.control(person={"ledger_role": "emitter", "ledger_source": "shop", "ledger_controllers": [CONTROLLER]})

    assert client.get(back).status_code == 403


def test_without_the_provider_signing_in_waits_and_sessions_go_on(database: str) -> None:
    load_small_ledger(database)
    more = {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
    with web_world(database, **more) as world:
        client = world.client()
        answer = client.get("/sign-in/oidc")
        client.cookies.set(COOKIE, world.session(Role.DPO), domain="ledger.test", path="/")

        assert answer.status_code == 503 and "retry-after" in answer.headers
        assert client.get("/v1/holders").status_code == 200


def test_half_a_setting_is_refused(database: str) -> None:
    with pytest.raises(CallerError, match="OIDC_CLIENT_ID"), web_world(database, oidc_issuer="http://127.0.0.1:9"):
        pass
