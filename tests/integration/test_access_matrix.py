"""Every route by every kind of caller: allowed exactly where ledger/web/access.py says so. Driven by that table; a route without a row fails here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.adapters.postgres_reader import PostgresReader
from ledger.exporting.exporting import formats
from ledger.stack.lifecycle import Running
from ledger.web import changes
from ledger.web.access import PERSONS, RULES, SINGLE, Rule, may_export
from ledger.web.claims import ClaimNames
from ledger.web.gate import COOKIE, CSRF_FIELD, CSRF_HEADER, csrf_token, parameters_of
from ledger.web.limits import SECURITY_HEADERS
from ledger.web.roles import Role
from ledger.web.tokens import JwtTokens, KeyRing
from tests.histories import CONTROLLER
from tests.ledgers import new_database
from tests.oidc_provider import AUDIENCE, Provider
from tests.small_ledger import ANNA, BRAM
from tests.web_examples import TEXT
from tests.web_world import ADDRESS, WebWorld, load_small_ledger, web_world

ISSUER = "https://provider.example"
MOUNTS = {"/static"}
ENDS_ITSELF = "/sign-out"
ANSWERED = [rule for rule in RULES if rule.route not in MOUNTS and rule.route != ENDS_ITSELF]
SHOW = "/v1/subjects/show"
OF_NOBODY = {"/v1/changes", "/v1/freshness", "/v1/dead-letters", "/v1/exports", "/health-of-ledger", "/v1/doctor", "/v1/reconcile", "/v1/keys"}
"""They say how the ledger does, or what can be asked: of no controller."""
FORMS = {
    ("GET", "/subject"), ("GET", "/events/{partition}/{offset}"), ("GET", "/acts/{kind}"), ("POST", "/acts/{kind}"), ("GET", "/policies/publish"),
    ("POST", "/policies/publish"),
}  # fmt: skip
"""They ask whom it is about, and say nothing yet."""
NEEDED = {"/v1/subjects/export": {"name": "access"}, "/subject/file": {"name": "access"}, "/v1/facts/show": {"partition": 0, "offset": 2}}
INSTEAD: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/policies/diff"): {"text": TEXT}, ("POST", "/v1/policies/coverage"): {"text": TEXT}, ("POST", "/v1/policies/explain"): {},
}  # fmt: skip
"""Sent in place of what a question about a person has."""
NO_ANSWER = {
    ("GET", "/v1/changes"), ("GET", "/v1/keys"), ("POST", "/v1/policies/explain"), ("GET", "/v1/policies/coverage"), ("GET", "/v1/policies/diff"),
}  # fmt: skip
"""A stream without end; keys, which this server does not have; published versions of a policy, of which this ledger has none."""
SAID: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", "/v1/overview/sharing/shares"): {"controller": CONTROLLER, "month": "2018-05"}, ("POST", "/v1/policies/diff"): {"text_only": False},
    ("POST", "/v1/policies/coverage"): {},
}  # fmt: skip
"""What a route must be told before it answers, where that is not a controller alone."""
LOOK = {"controller": CONTROLLER, "subject_ref": ANNA, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
OIDC = {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "c", "oidc_client_secret": "s"}


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider(ISSUER)


@pytest.fixture(scope="module")
def one_world(stack: Running, provider: Provider) -> Iterator[WebWorld]:
    tokens = JwtTokens(ISSUER, AUDIENCE, KeyRing("", lambda _: provider.jwks()), ClaimNames())
    with new_database(stack) as dsn:
        load_small_ledger(dsn)
        with web_world(dsn, tokens, **OIDC) as world:
            yield world


@pytest.fixture
def world(one_world: WebWorld, monkeypatch: pytest.MonkeyPatch) -> WebWorld:
    monkeypatch.setattr(changes, "LISTENERS_MAX", 0)  # a stream that does not end is no answer to wait for
    one_world.told.look_ups.clear()
    one_world.told.is_away = False
    return one_world


def routes_of(world: WebWorld) -> tuple[dict[tuple[str, str], Any], set[str]]:
    """({(method, path): route}, {mounts}) of the application."""
    found: dict[tuple[str, str], Any] = {}
    mounts, waiting = set(), list(world.app.routes)
    while waiting:
        route: Any = waiting.pop()
        if hasattr(route, "original_router"):
            assert route.include_context.prefix == "", "a prefix of an inclusion is not in the rows"
            waiting += route.original_router.routes
        elif getattr(route, "methods", None):
            found |= {(method, route.path): route for method in route.methods if method != "HEAD"}
        else:
            mounts.add(route.path)
    return found, mounts


def ask(world: WebWorld, rule: Rule, headers: dict[str, str], cookie: str | None = None, **changed: Any) -> Any:
    path = rule.route.replace("/exports/{name}", "/exports/recipients").replace("{schema_id}", "1").replace("{name}", "facts-DataShared")
    path = path.replace("{kind}", "hold").replace("{version}", "1").replace("{partition}", "0").replace("{offset}", "2")
    client = world.client()
    if cookie is not None:
        client.cookies.set(COOKIE, cookie, domain="ledger.test", path="/")
    is_form = rule.method == "POST" and not rule.route.startswith(("/v1/", "/subjects/"))
    sent = INSTEAD.get(rule.key, LOOK | NEEDED.get(rule.route, {})) | changed
    known = {name: value for name, value in changed.items() if name in parameters_of(routes_of(world)[0][rule.key])}  # others are refused
    body: dict[str, Any] = {"data": sent} if is_form else {"json": sent} if rule.method == "POST" else {"params": known}
    return client.request(rule.method, path, headers=headers, **body)


def test_every_route_has_a_row_and_every_row_a_route(world: WebWorld) -> None:
    routes, mounts = routes_of(world)
    rows = [rule.key for rule in RULES]

    assert set(routes) - set(rows) == set()
    assert set(rows) - set(routes) - {("GET", mount) for mount in MOUNTS} == set()
    assert mounts <= MOUNTS
    assert len(rows) == len(set(rows)) and len(routes) > 30


def test_every_look_up_is_a_post_that_is_told_and_no_open_route_is_one() -> None:
    for rule in RULES:
        is_of_person = rule.route.startswith(("/v1/subjects/", "/v1/facts/", "/my-data")) or (
            rule.method == "POST" and rule.route in ("/subject", "/subject/file", "/events/{partition}/{offset}")
        )
        assert rule.is_look_up == is_of_person
        is_own = rule.roles == {Role.SUBJECT}  # whom nothing has to be asked
        assert not rule.is_look_up or ((rule.method == "POST" or is_own) and not rule.is_open)
        assert not rule.is_look_up or not rule.roles & {Role.EMITTER, Role.MANAGER, Role.OPERATOR}


@pytest.mark.parametrize("rule", ANSWERED, ids=lambda rule: f"{rule.method} {rule.route}")
def test_a_caller_may_exactly_what_the_table_says(world: WebWorld, provider: Provider, rule: Rule) -> None:
    revoked, expired = world.make("KEY", Role.DPO), world.make("KEY", Role.DPO, seconds=-1.0)
    world.credentials.revoke(revoked.credential_id)
    provider.fault, provider.person = None, {"sub": "8f14e45fceea", "ledger_controllers": [CONTROLLER]}
    nobodies = {
        "nobody": "", "expired": expired.text, "revoked": revoked.text, "link": world.make("LINK", Role.DPO).text,
        "session as key": world.session(Role.DPO),
        "wrong audience": provider.sign("another", {"ledger_role": "dpo"}), "no role": provider.sign(AUDIENCE, {}),
        "noise": "x.y.z",
    }  # fmt: skip
    for who, text in nobodies.items():
        status = ask(world, rule, {"Authorization": f"Bearer {text}"} if text else {}).status_code
        assert (status == 401) != rule.is_open, (who, status)
    assert (ask(world, rule, {}, world.make("KEY", Role.DPO).text).status_code == 401) != rule.is_open  # a key is no cookie
    for role in Role:
        token = provider.sign(AUDIENCE, {"ledger_role": str(role), "ledger_subject_ref": ANNA, "ledger_source": "shop"})
        session = world.session(role)
        csrf, is_safe = {CSRF_HEADER: csrf_token(session)}, rule.method == "GET"
        may = rule.is_open or role in rule.roles
        callers = {
            "key": (world.key(role), None, may), "token": ({"Authorization": f"Bearer {token}"}, None, may),
            "session": (csrf | {"Origin": ADDRESS}, session, may), "session without csrf": ({}, session, may and (is_safe or rule.is_open)),
            "session of a foreign page": (csrf | {"Origin": "https://evil.example"}, session, may and is_safe),
            "session of no page": (csrf | {"Origin": "null"}, session, may and is_safe),
            "session with another's csrf": ({CSRF_HEADER: csrf_token("another")}, session, may and (is_safe or rule.is_open)),
        }  # fmt: skip
        for who, (headers, cookie, expected) in callers.items():
            answer = ask(world, rule, headers, cookie)
            if rule.route == "/sign-in/callback":
                assert answer.status_code == 403 and answer.json()["hint"] == "/sign-in"  # open, and of no use without the provider
                continue
            assert (answer.status_code not in (401, 403)) == expected, (role, who, answer.status_code)
            for name, text in SECURITY_HEADERS.items():
                assert answer.headers[name] == text
            assert "no-store" in answer.headers["cache-control"] or answer.status_code == 200


@pytest.mark.parametrize("rule", [rule for rule in ANSWERED if rule.withheld and rule.key not in NO_ANSWER], ids=lambda rule: rule.route)
def test_what_is_withheld_from_a_role_is_in_no_answer_of_it(world: WebWorld, rule: Rule) -> None:
    asked = SAID.get(rule.key, {"controller": CONTROLLER})
    for role, names in rule.withheld.items():
        for more in ({}, {"limit": "100"}) if rule.method == "GET" else ({},):
            answer = ask(world, rule, world.key(role), None, **asked, **more)
            assert answer.status_code == 200, answer.text
            assert {name for name in names if f'"{name}":' in answer.text} == set()
            assert ANNA not in answer.text and BRAM not in answer.text
    assert set(PERSONS) >= {"subject_ref", "actor"}


FILES = [(name, form) for name, forms in formats().items() if may_export(Role.MANAGER, name) for form in forms]


@pytest.mark.parametrize(("name", "form"), FILES, ids=str)
def test_no_file_of_a_manager_names_a_person(world: WebWorld, name: str, form: str) -> None:
    answer = world.client().get(
        f"/v1/exports/{name}", params={"controller": CONTROLLER, "format": form, "plain": "true"}, headers=world.key(Role.MANAGER)
    )

    assert answer.status_code == 200, answer.text
    assert ANNA.encode() not in answer.content and BRAM.encode() not in answer.content
    if form == "csv":
        assert not {*PERSONS, *SINGLE} & set(answer.text.lstrip("\ufeff").partition("\r\n")[0].split(","))
    if form in ("ndjson", "json", "jsonld"):
        assert [each for each in (*PERSONS, *SINGLE) if f'"{each}":' in answer.text] == []


def test_a_file_of_an_officer_names_them(world: WebWorld) -> None:
    asked = {"controller": CONTROLLER, "format": "csv", "plain": "true"}

    assert ANNA in world.client().get("/v1/exports/holdings", params=asked, headers=world.key(Role.DPO)).text


@pytest.mark.parametrize("rule", [rule for rule in ANSWERED if Role.DPO in rule.roles and not rule.is_open], ids=lambda rule: rule.route)
def test_another_controllers_dpo_learns_nothing(world: WebWorld, rule: Rule) -> None:
    if rule.route in OF_NOBODY or rule.key in FORMS:
        return
    asked = {} if rule.key in INSTEAD else LOOK | ({"known_at": "0:1"} if rule.route.endswith("as-of") else {})
    answer = ask(world, rule, world.key(Role.DPO, "elsewhere"), None, **asked)

    assert answer.status_code == 404 and ANNA not in answer.text
    assert world.told.look_ups == []


def test_an_event_of_another_controller_is_not_there_also_where_it_is_about_nobody(world: WebWorld) -> None:
    of_whom = set[bool]()
    for offset in range(40):
        body = {"partition": 0, "offset": offset, "purpose": LOOK["purpose"]}
        own, elsewhere = (world.client().post("/v1/facts/show", json=body, headers=world.key(Role.DPO, *bound)) for bound in ((), ("elsewhere",)))
        if own.status_code != 200:
            continue
        fields = own.json()["event"]
        of_whom.add("subject_ref" in fields)
        assert ("controller" not in fields) or (elsewhere.status_code, CONTROLLER in elsewhere.text) == (404, False), fields
    assert of_whom == {True, False}, "there was some of both"
    world.told.look_ups.clear()


def test_unknown_and_out_of_reach_are_the_same_answer_by_the_same_reads(world: WebWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    run = PostgresReader._run
    monkeypatch.setattr(PostgresReader, "_run", lambda self, query, arguments: (reads.append(query), run(self, query, arguments))[1])
    client, stranger = world.client(), world.key(Role.DPO, "elsewhere")
    for route in [rule.route for rule in ANSWERED if rule.is_look_up and rule.route.startswith("/v1/subjects/")]:
        more = NEEDED.get(route, {}) | ({"known_at": "0:1"} if route.endswith("as-of") else {})
        client.post(route, json=LOOK | more | {"controller": "elsewhere", "subject_ref": "nobody-1"}, headers=stranger)  # the rules are read once
        seen = []
        for body in ({"controller": "elsewhere", "subject_ref": "nobody-1"}, {"subject_ref": "nobody-1"}, {}, {"controller": "never-heard-of"}):
            reads.clear()
            answer = client.post(route, json=LOOK | more | body, headers=stranger)
            seen.append((answer.status_code, {k: v for k, v in answer.headers.items() if k != "date"}, answer.content, tuple(reads)))
        assert seen[0][0] == 404 and seen[0][3] != () and all(each == seen[0] for each in seen), route
    assert world.told.look_ups == []
    assert client.get("/v1/holders", params={"controller": CONTROLLER}, headers=stranger).content == client.get(
        "/v1/holders", params={"controller": "never-heard-of"}, headers=stranger
    ).content  # fmt: skip


def test_a_look_is_told_before_the_answer_and_without_that_there_is_none(world: WebWorld) -> None:
    client = world.client()

    assert client.post(SHOW, json=LOOK, headers=world.key(Role.AUDITOR)).status_code == 200
    told = world.told.look_ups.pop()
    assert (told["subject_ref"], told["actor"], told["purpose"], told["ticket_ref"]) == (ANNA, "role:auditor", "dpv:CustomerCare", "ticket-1")
    world.told.is_away = True
    looks = [rule for rule in ANSWERED if rule.is_look_up and Role.AUDITOR in rule.roles]
    assert {rule.route for rule in looks} >= {SHOW, "/subject", "/subject/file", "/events/{partition}/{offset}"}
    for rule in looks:
        asked = {"known_at": "0:1"} if rule.route.endswith("as-of") else {}
        answer = ask(world, rule, world.key(Role.AUDITOR), None, **asked)
        assert answer.status_code == 503 and "retry-after" in answer.headers and "pd:" not in answer.text, rule.route
    world.told.is_away = False
    for rule in looks:
        if not rule.route.startswith("/v1/"):
            assert ask(world, rule, world.key(Role.AUDITOR), None).status_code == 200, "a page that was refused for something else proves nothing"
    assert len(world.told.look_ups) == 3


def test_a_person_sees_what_is_their_own_and_is_no_look_up(world: WebWorld) -> None:
    client, own = world.client(), world.key(Role.SUBJECT)

    for route in [rule.route for rule in ANSWERED if Role.SUBJECT in rule.roles and rule.is_look_up and rule.method == "POST"]:
        assert client.post(route, json=NEEDED.get(route, {}), headers=own).status_code == 200
        for other in ({"subject_ref": BRAM}, {"controller": "elsewhere"}):
            assert client.post(route, json=NEEDED.get(route, {}) | other, headers=own).status_code == 404
    assert world.told.look_ups == []


def test_a_credential_that_was_taken_back_stops_at_once_in_its_own_server(world: WebWorld) -> None:
    made = world.make("KEY", Role.AUDITOR)
    client, header = world.client(), {"Authorization": f"Bearer {made.text}"}
    assert client.get("/v1/holders", headers=header).status_code == 200

    world.credentials.revoke(made.credential_id)

    assert client.get("/v1/holders", headers=header).status_code == 401


def test_a_form_may_carry_its_token_in_a_field(world: WebWorld) -> None:
    session = world.session(Role.DPO)
    client = world.client()
    client.cookies.set(COOKIE, session, domain="ledger.test", path="/")

    assert client.post(SHOW, data={CSRF_FIELD: csrf_token("another")}).status_code == 403
    assert client.post(SHOW, data={CSRF_FIELD: csrf_token(session)}).status_code == 422  # past the gate; no JSON
    assert session not in csrf_token(session)


def test_without_the_providers_keys_tokens_wait_and_what_is_open_stays_open(stack: Running, provider: Provider) -> None:
    tokens = JwtTokens(ISSUER, AUDIENCE, KeyRing("http://127.0.0.1:9/jwks"), ClaimNames())
    provider.fault, provider.person = None, {"sub": "8f14e45fceea", "ledger_role": "dpo", "ledger_controllers": [CONTROLLER]}
    with new_database(stack) as dsn:
        load_small_ledger(dsn)
        with web_world(dsn, tokens) as world:
            client, header = world.client(), {"Authorization": f"Bearer {provider.sign(AUDIENCE, {})}"}

            assert client.get("/v1/holders", headers=header).status_code == 503
            assert client.get("/health", headers=header).status_code == 200
            assert client.get("/v1/holders", headers=world.key(Role.DPO)).status_code == 200
            assert json.loads(client.get("/openapi.json").text)["openapi"]
