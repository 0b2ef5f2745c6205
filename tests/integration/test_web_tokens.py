"""Bearer tokens of an identity provider: a real one in a process of its own, that turns its key and does everything wrong that it can."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from ledger.errors import DependencyError
from ledger.web.claims import ClaimNames
from ledger.web.roles import Role
from ledger.web.tokens import KEYS_SECONDS, LEEWAY_SECONDS, REFETCH_SECONDS, JwtTokens, KeyRing, fetch_json
from tests.oidc_provider import AUDIENCE, FAULTS, PERSON, Running, running_provider

GOOD_FOR_TOKENS = {"wrong_nonce"}  # a bearer token has none


@pytest.fixture(scope="module")
def one_provider() -> Iterator[Running]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(one_provider: Running) -> Running:
    one_provider.control(algorithm="ES256")  # RSA keys take a second to make
    return one_provider


class World:
    """Tokens checked with a clock that the test turns, and how often the keys were fetched."""

    def __init__(self, provider: Running) -> None:
        self.now, self.fetched, self.is_away = 1000.0, 0, False
        self.ring = KeyRing(f"{provider.issuer}/jwks", self._fetch, lambda: self.now)
        self.tokens = JwtTokens(provider.issuer, AUDIENCE, self.ring, ClaimNames())

    def _fetch(self, url: str) -> Mapping[str, Any]:
        self.fetched += 1
        return fetch_json("http://127.0.0.1:9/jwks" if self.is_away else url)


@pytest.fixture
def world(provider: Running) -> World:
    return World(provider)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "Ed25519"])
def test_a_good_token_says_who_asks_and_never_by_name(provider: Running, world: World, algorithm: str) -> None:
    provider.control(algorithm=algorithm)

    found = world.tokens.principal(provider.mint(name="A. Person", email="a.person@provider.example"))

    assert found is not None
    assert (found.role, found.actor, found.controllers) == (Role.DPO, f"idp:{PERSON['sub']}", ("hoster",))
    assert "person" not in repr(found).lower()


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - GOOD_FOR_TOKENS))
def test_a_token_with_one_thing_wrong_is_nobodys(provider: Running, world: World, fault: str) -> None:
    assert world.tokens.principal(provider.mint()) is not None
    provider.control(fault=fault)

    assert world.tokens.principal(provider.mint()) is None


@pytest.mark.parametrize("sub", ["a.person@provider.example", "0612345678", "x" * 500, "a person"])
def test_a_subject_identifier_that_looks_like_a_person_is_digested(provider: Running, world: World, sub: str) -> None:
    found = world.tokens.principal(provider.mint(sub=sub))

    assert found is not None
    assert sub not in found.actor and found.actor.startswith("idp:") and len(found.actor) == len("idp:") + 24


@pytest.mark.parametrize(
    ("claims", "is_somebody"),
    [
        ({"ledger_role": "admin"}, False), ({"ledger_role": ["x", "auditor"]}, True), ({"ledger_controllers": "hoster"}, True),
        ({"ledger_controllers": ["*"]}, True), ({"ledger_controllers": [1]}, False), ({"ledger_role": "emitter"}, False),
        ({"ledger_role": "emitter", "ledger_source": "shop"}, True), ({"ledger_role": "subject"}, False),
        ({"ledger_role": "subject", "ledger_subject_ref": "subj-1"}, True),
        ({"ledger_role": "subject", "ledger_subject_ref": "a@b.example"}, False),
        ({"ledger_role": "subject", "ledger_subject_ref": "subj-1", "ledger_controllers": ["*"]}, False), ({"sub": ""}, False), ({"sub": 7}, False),
    ],
)  # fmt: skip
def test_what_a_role_is_bound_to_must_be_said(provider: Running, world: World, claims: dict[str, Any], is_somebody: bool) -> None:
    assert (world.tokens.principal(provider.mint(**claims)) is not None) == is_somebody


def test_clocks_may_differ_by_the_leeway_and_no_more(provider: Running, world: World) -> None:
    token, now = provider.mint(iat=0, exp=1_000_000), 1_000_000

    def at(seconds: float) -> bool:
        return JwtTokens(provider.issuer, AUDIENCE, world.ring, ClaimNames(), lambda: now + seconds).principal(token) is not None

    assert at(-1) and at(LEEWAY_SECONDS - 1) and not at(LEEWAY_SECONDS + 1)


def test_a_turned_key_is_fetched_and_the_old_one_is_worth_nothing(provider: Running, world: World) -> None:
    old = provider.mint()
    assert world.tokens.principal(old) is not None
    provider.control(turn=True)
    new = provider.mint()

    assert world.tokens.principal(new) is None and world.fetched == 1  # a minute has not passed
    world.now += REFETCH_SECONDS
    assert world.tokens.principal(new) is not None and world.fetched == 2
    assert world.tokens.principal(old) is None


def test_unknown_keys_make_one_fetch_a_minute(provider: Running, world: World) -> None:
    provider.control(fault="unknown_kid")
    token = provider.mint()

    for _ in range(50):
        assert world.tokens.principal(token) is None

    assert world.fetched == 1


def test_without_the_provider_known_keys_go_on_and_others_wait(provider: Running, world: World) -> None:
    known = provider.mint()
    assert world.tokens.principal(known) is not None
    provider.control(turn=True)
    other = provider.mint()
    world.is_away = True
    world.now += KEYS_SECONDS

    assert world.tokens.principal(known) is not None
    with pytest.raises(DependencyError):
        world.tokens.principal(other)
    world.is_away = False
    world.now += REFETCH_SECONDS
    assert world.tokens.principal(other) is not None


@pytest.mark.parametrize("text", ["a.b.c", "..", "e30.e30.", "é.é.é", "eyJhbGciOiJSUzI1NiJ9..", "x" * 20_000 + ".x.x"])
def test_what_is_no_token_is_nobodys_and_asks_nobody(world: World, text: str) -> None:
    assert world.tokens.principal(text) is None
    assert world.fetched == 0


def test_a_set_of_keys_may_hold_what_is_not_for_us(provider: Running) -> None:
    published = httpx.get(f"{provider.issuer}/jwks").json()["keys"][0]
    strange = [{**published, "use": "enc"}, {**published, "alg": "HS256"}, {"kty": "oct", "kid": published["kid"], "k": "AAAA"}, {}, 7, {"kid": 7}]
    for each in strange:
        keys = [each]
        tokens = JwtTokens(provider.issuer, AUDIENCE, KeyRing("", lambda _, keys=keys: {"keys": keys}), ClaimNames(), time.time)  # type: ignore[misc]
        assert tokens.principal(provider.mint()) is None
