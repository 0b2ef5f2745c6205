"""What an identity provider says of somebody beside the role (a name, an e-mail address, a telephone number) is shown, kept and told nowhere.

A real server and a real provider. Nothing of it may be shown: who signed in reads as a role, or where a vault seals it as an identifier.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from ledger.web.roles import Role
from tests.browser.every_page import PAGES
from tests.canaries import Site, free_port, topics_of, watched
from tests.emittable import SHARE
from tests.ledgers import new_ledger
from tests.oidc_provider import CLAIMED, CLIENT, FAULTS, SECRET, Running, running_provider
from tests.reading import read_topic
from tests.serving import key_of
from tests.workers import run_ledger, wait_until_answered, workers_of

CONTROLLER, KNOWN = "hostinghuis", "subj-5f1d"
PIECES = ("a. person", "a.person", "provider.example", "201234567")
OPAQUE = "8f14e45fceea"
SUBS = (OPAQUE, "a.person@provider.example", "0201234567", "A. Person")
"""Providers differ in what they say first of somebody; some say an address."""


@dataclass
class Known:
    site: Site
    provider: Running

    def browser(self) -> httpx.Client:
        browser = self.site.server.client(None)
        browser.headers.update({"Accept": "text/html", "Accept-Language": "en", "Origin": self.site.server.address})
        return browser

    def sign_in(self, browser: httpx.Client, role: Role, sub: str, fault: str | None = None) -> list[httpx.Response]:
        """Go, and come back with a token that has the name and the address."""
        person = {"sub": sub, "ledger_role": str(role), "ledger_controllers": [CONTROLLER], "ledger_subject_ref": KNOWN}
        self.provider.control(person=person)
        away = browser.get("/sign-in/oidc")
        back = httpx.get(away.headers["location"], trust_env=False).headers["location"]
        self.provider.control(fault=fault, person=person)
        return [away, browser.get(back)]


@pytest.fixture(scope="module")
def known(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    with ExitStack() as ending:
        ledger = ending.enter_context(new_ledger(stack, tmp_path_factory.mktemp("sign-in") / "ledger", partitions=2))
        provider, port = ending.enter_context(running_provider()), free_port()
        site = ending.enter_context(watched(
            ledger, "--port", str(port), web__public_url=f"http://127.0.0.1:{port}", web__oidc_issuer=provider.issuer, web__oidc_client_id=CLIENT,
            web__oidc_client_secret=SECRET,
        ))  # fmt: skip
        event = {"type": "DataShared", "subject_ref": KNOWN, "occurred_at": "2017-05-25T06:00:00Z", **SHARE}
        with site.server.client(key_of(ledger, Role.EMITTER, source="shop")) as shop:
            assert shop.post("/v1/events", json=event).status_code == 201
        with workers_of(ledger) as workers:
            workers.start()
            assert run_ledger(ledger, "policy", "publish", CONTROLLER, "--wait").returncode == 0
            wait_until_answered(ledger)
        yield Known(site, provider)


def seen(text: str) -> list[str]:
    return [piece for piece in PIECES if piece in text.lower()]


def all_of(answer: httpx.Response) -> str:
    """An answer with its headers; what a cookie hides in base64 too."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.multi_items())
    hidden = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in re.findall(r"[A-Za-z0-9_-]{8,}", "\n".join(
        answer.headers.get_list("set-cookie")
    ))]  # fmt: skip
    return "\n".join([headers, answer.text, *(each.decode("latin-1") for each in hidden)])


def look(browser: httpx.Client) -> Iterator[httpx.Response]:
    """Every page of an officer, a person, an event, and an act: two looks are told to the log, an act is put on it."""
    pages = [browser.get(page) for page in PAGES]
    yield from pages
    csrf = re.findall(r'name="csrf" value="([^"]+)"', pages[0].text)[0]
    why = {"csrf": csrf, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
    person = browser.post("/subject", data=why | {"controller": CONTROLLER, "subject_ref": KNOWN})
    event = browser.post("/events/0/0", data=why)
    assert person.status_code == 200, person.text
    yield from (person, event)


@pytest.mark.parametrize("sub", SUBS)
def test_who_signs_in_has_no_name_anywhere(known: Known, sub: str) -> None:
    with known.browser() as browser:
        answers = known.sign_in(browser, Role.DPO, sub)
        assert answers[-1].status_code == 200, answers[-1].text
        answers += look(browser)
        cookies = repr(list(browser.cookies.jar))
    with known.browser() as own:
        answers += [*known.sign_in(own, Role.SUBJECT, sub), own.get("/my-data"), own.get("/my-data/report")]
        assert answers[-2].status_code == 200 and answers[-1].status_code == 200

    leaks = {f"{each.request.method} {each.request.url.path}": found for each in answers[1:] if (found := seen(all_of(each)))}
    assert leaks == {}
    assert seen(cookies) == []
    told = {name: found for name, text in known.site.said().items() if (found := seen(text))}
    assert told == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_who_is_refused_has_none_either(known: Known, fault: str) -> None:
    with known.browser() as browser:
        answers = known.sign_in(browser, Role.DPO, "a.person@provider.example", fault)

    assert answers[-1].status_code == 403
    assert seen(all_of(answers[-1])) == []
    assert seen(known.site.server.text()) == []


def test_each_look_was_told_by_the_role(known: Known) -> None:
    """After the sign-ins above, and one of its own: what was searched has them."""
    with known.browser() as browser:
        known.sign_in(browser, Role.DPO, SUBS[1])
        list(look(browser))

    told = {each.fields["actor"] for each in read_topic(known.site.ledger.settings, "facts") if each.type_name == "DataConsulted"}
    assert told == {"role:dpo"}, "there is no vault here that would seal who it was"
    assert KNOWN in topics_of(known.site.ledger)["facts"] and "signed_in" in known.site.server.text(), "nothing to search: it proves nothing"
    assert seen("\n".join(CLAIMED.values())) == list(PIECES), "the provider says what is searched for"
