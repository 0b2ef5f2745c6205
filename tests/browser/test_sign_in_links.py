"""Signing in by a link: opening it shows as whom, pressing the button does it; with scripts and without; nobody is lured into another's session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from .conftest import OpenPage, Site
from .wcag import flaws_of, is_wider_than_screen

SIGNED_IN = "form[action='/sign-out']"


@contextmanager
def _stranger(browser: Browser, site: Site, **more: object) -> Iterator[Page]:
    """A browser that nobody has signed in."""
    context = browser.new_context(base_url=site.address, **{"locale": "en-GB", **more})  # type: ignore[arg-type]
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.mark.parametrize(
    ("scheme", "width", "locale", "said"),
    [
        ("light", 1366, "nl-NL", "U wordt aangemeld als auditor voor hostinghuis, mijndomein."),
        ("dark", 400, "en-GB", "You will be signed in as auditor for hostinghuis, mijndomein."),
    ],
)
def test_the_page_of_a_link_says_as_whom_and_its_button_signs_in(
    browser: Browser, site: Site, scheme: str, width: int, locale: str, said: str
) -> None:
    link = site.link("auditor", "--controller", "hostinghuis", "--controller", "mijndomein")
    with _stranger(browser, site, color_scheme=scheme, viewport={"width": width, "height": 900}, locale=locale) as page:
        page.goto(link)
        page.wait_for_selector("button[value=do]")

        assert page.inner_text(".lead") == said
        assert "ledger_link_" not in page.url and page.locator(SIGNED_IN).count() == 0 and page.context.cookies() == []
        assert flaws_of(page) == [] and not is_wider_than_screen(page)
    with _stranger(browser, site) as page:  # whoever looked before has used nothing up
        page.goto(link)
        page.click("button[value=do]")
        page.wait_for_selector(SIGNED_IN)
        assert page.inner_text(".role") == "auditor"
    with _stranger(browser, site) as page:
        page.goto(link)
        page.wait_for_selector("[role=alert]:not([hidden])")
        assert page.locator("button[value=do]").count() == 0, "it is good once"


def test_without_scripts_the_link_is_pasted(browser: Browser, site: Site) -> None:
    link = site.link("auditor")
    with _stranger(browser, site, java_script_enabled=False) as page:
        page.goto(link)
        page.fill("input[name=link]", link)
        page.click("main button")
        assert page.locator(SIGNED_IN).count() == 0

        page.click("button[value=do]")

        assert page.inner_text(".role") == "auditor"


def test_who_is_lured_reads_that_the_own_session_ends(open_page: OpenPage, site: Site) -> None:
    page = open_page("/sharing", language="en")

    page.goto(site.link("manager"))

    page.wait_for_selector("button[value=do]")
    assert "You are signed in already, as data protection officer" in page.inner_text("main [role=alert]")
    page.goto("/sharing")
    assert page.inner_text(".role") == "data protection officer"


def test_who_signs_in_comes_to_a_page_that_they_may_see(browser: Browser, site: Site) -> None:
    with _stranger(browser, site) as page:
        page.goto(site.link("operator"))
        page.click("button[value=do]")
        page.wait_for_url("**/health-of-ledger")
        page.goto("/")  # also who types the address, or comes from a provider
        assert page.url.endswith("/health-of-ledger") and page.locator("h1").count() == 1
        answer = page.goto("/sharing")
        assert answer is not None and answer.status == 403
        assert page.get_attribute("main a.button", "href") == "/health-of-ledger"
