"""Requests, breaches, disclosures, promises, the register of processing and the ledger's health, as people use them."""

from __future__ import annotations

import json

import pytest

from ledger.contract.term_names import Language
from ledger.web.pages.labels import label, words

from .conftest import OpenPage, Site
from .wcag import flaws_of, is_wider_than_screen

PAGES = [
    "/requests?only=all", "/breaches", "/disclosures", "/violations", "/violations?promise=WH-04", "/register?controller=hostinghuis",
    "/policies", "/policies?controller=hostinghuis&version=2023-05-01",
    "/health-of-ledger",
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "width", "language"), [("light", 1366, "nl"), ("dark", 400, "en")])
def test_the_registers_meet_wcag_and_fit_the_screen(open_page: OpenPage, scheme: str, width: int, language: str) -> None:
    page = open_page(PAGES[0], scheme=scheme, width=width, language=language)
    for path in PAGES:
        page.goto(path)
        assert flaws_of(page) == [], path
        assert not is_wider_than_screen(page), path
        assert page.get_attribute("html", "lang") == language


def test_all_requests_are_listed_with_what_became_of_them_without_javascript(open_page: OpenPage, site: Site) -> None:
    page = open_page("/requests", javascript=False)

    page.click("p.tabs a:not([aria-current]) >> nth=0")
    page.wait_for_url("**only=all**")

    asked = site.json("report", "requests")["requests"]
    assert page.locator(".list > tbody > tr").count() == len(asked) > 0


def test_a_promise_leads_to_its_single_cases(open_page: OpenPage, site: Site) -> None:
    page = open_page("/violations", language="en")
    promise = page.inner_text(".list tbody th a >> nth=0")

    page.click(".list tbody th a >> nth=0")
    page.wait_for_url("**promise=**")

    counts = site.json("violations", "--promise", promise)["counts"]
    found, following = page.locator(".list > tbody > tr").count(), page.locator(".pages a", has_text="Next")
    while following.count():
        page.goto(str(following.get_attribute("href")))
        found += page.locator(".list > tbody > tr").count()
    assert found == sum(each["violations"] for each in counts) > 0


def test_a_breach_says_whom_it_concerns_as_the_register_does(open_page: OpenPage, site: Site) -> None:
    page = open_page("/breaches", language="en")

    for breach in site.json("report", "breaches")["breaches"]:
        card = page.locator("section.card", has_text=breach["breach_ref"])
        assert f"{breach['told']} of {breach['affected']} told" in card.inner_text()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_health_says_what_the_doctor_says(open_page: OpenPage, site: Site, language: Language) -> None:
    lines = site.ledger("doctor", "--json", ends_with=(0, 1)).splitlines()  # 1: something is wrong, as a demo has it
    found = {each["name"]: each["verdict"] for each in map(json.loads, lines) if "name" in each}
    page = open_page("/health-of-ledger", role="operator", language=language)

    assert page.locator(".menu a").count() == 1, "an operator sees nothing else"
    shown = {
        row.locator("th").evaluate("cell => cell.firstChild.textContent.trim()"): row.locator(".tag").inner_text()
        for row in page.locator("section.card >> nth=0").locator("tbody tr").all()
    }
    assert shown == {label("check", name, language): words()[f"verdict_{verdict}"][language] for name, verdict in found.items()}
    assert {"lag", "seals", "verification", "dead letters"} <= set(found) and len(shown) == len(found) > 15
    if language == "en":
        assert "both say: simulated, 4 partitions" in page.inner_text("main")


def test_a_policy_has_its_text_beside_what_it_does_and_what_changed(open_page: OpenPage) -> None:
    page = open_page("/policies", language="nl")

    page.click(".list a >> text=HostingHuis >> nth=-1")
    page.wait_for_url("**version=**")

    assert "controller: hostinghuis" in page.inner_text("pre.text")
    assert "HH-15" in page.inner_text(".explained") and page.locator("ins").count() > 0
    assert page.locator(".list a[href*='promise=HH-15']").count() == 1


def test_managers_see_breaches_and_no_requests(open_page: OpenPage) -> None:
    page = open_page("/breaches", role="manager")

    assert page.locator(".menu a[href='/requests']").count() == 0
    assert page.locator(".people li").count() == 0
