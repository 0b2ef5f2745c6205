"""What changes while a page is open: news, a ledger that does not answer, an answer that takes its time."""

from __future__ import annotations

import json
import re
from uuid import uuid4

from playwright.sync_api import Page, Route, expect

from .conftest import OpenPage, Site, served, without_kafka

NEWS, STALE = "[data-news]", "[data-stale]"
SOON = 20_000.0
"""Milliseconds: the worker folds, and the server looks once a second."""
QUIET = 3_000.0
"""Milliseconds: longer than two looks of the server."""


def _people(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".figure").first.locator("dd").inner_text()))


def _share_of_somebody_new(page: Page, site: Site) -> None:
    key = site.ledger("token", "create", "--role", "emitter", "--source", "shop", "--controller", "hostinghuis").strip()
    event = {"type": "DataShared", "subject_ref": f"subj-{uuid4().hex[:12]}", "recipient": "sidn", "recipient_role": "registry", "ref": "order-1",
             "categories": ["pd:Name"], "purpose": "dpv:ServiceRegistration", "legal_basis": "eu-gdpr:A6-1-b"}  # fmt: skip
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    answer = page.context.request.post("/v1/events", headers=headers, data=json.dumps(event))
    assert answer.status == 201, answer.text()


def _once_all_is_folded(page: Page) -> None:
    """Load the page until nothing new comes for a while: what the test before this one told may still be on its way into the ledger."""
    for _ in range(20):
        page.wait_for_timeout(QUIET)
        if page.locator(NEWS).is_hidden():
            return
        page.reload()
    raise AssertionError("there is news without end")


def test_news_is_told_and_a_click_loads_the_new_numbers(open_page: OpenPage, site: Site) -> None:
    page = open_page("/")
    _once_all_is_folded(page)
    before = _people(page)

    _share_of_somebody_new(page, site)

    expect(page.locator(NEWS)).to_be_visible(timeout=SOON)
    assert _people(page) == before, "what somebody reads does not change under their eyes"
    page.click(f"{NEWS} a")
    page.wait_for_load_state()
    assert _people(page) == before + 1
    with page.expect_event("requestfinished", lambda request: "ledger.js" in request.url):
        page.reload()
    expect(page.locator(NEWS)).to_be_hidden()


def test_of_a_day_in_the_past_there_is_no_news(open_page: OpenPage, site: Site) -> None:
    past, today = open_page("/?on=2024-03-01"), open_page("/")

    _share_of_somebody_new(today, site)

    expect(today.locator(NEWS)).to_be_visible(timeout=SOON)
    expect(past.locator(NEWS)).to_be_hidden()


def test_a_server_that_goes_away_is_told(open_page: OpenPage, site: Site) -> None:
    with served(site.home) as address:
        page = open_page(f"{address}/sharing", expects=("net::ERR_", "htmx:"))
        expect(page.locator(STALE)).to_be_hidden()

    expect(page.locator(STALE)).to_be_visible(timeout=SOON)
    expect(page.locator(STALE)).to_have_text("Het grootboek antwoordt nu niet. Wat hier staat kan verouderd zijn.")
    assert page.locator(".figure").first.is_visible(), "what was there stays"
    page.locator("form.asked button").click()
    expect(page.locator(".figure").first).to_be_visible()


def test_an_answer_that_cannot_say_how_fresh_it_is_says_so(open_page: OpenPage, site: Site) -> None:
    with without_kafka(site) as address:
        page = open_page(f"{address}/sharing", language="en", expects="net::ERR_")

        assert "unknown how far the log is" in page.inner_text(".fresh")


def test_while_an_answer_takes_its_time_the_page_shows_it(open_page: OpenPage) -> None:
    page, held = open_page("/deletion"), list[Route]()
    page.route("**/deletion?*", lambda route: held.append(route))
    page.fill("input[name=on]", "2024-03-01")

    page.locator("form.asked button").click()

    main = page.locator("#main")
    expect(main).to_have_attribute("aria-busy", "true")
    expect(main).to_have_css("opacity", "0.55")
    assert page.locator(".figure").first.is_visible(), "and what was there can be read meanwhile"
    held[0].continue_()
    page.wait_for_url("**on=2024-03-01*")
    expect(page.locator("#main")).to_have_css("opacity", "1")
    expect(page.locator("#main[aria-busy=true]")).to_have_count(0)


def test_a_problem_instead_of_an_answer_gets_its_page(open_page: OpenPage) -> None:
    page = open_page("/deletion", expects="503")
    page.route("**/deletion?*", lambda route: route.fulfill(status=503, content_type="text/html", body="<main id=main><h1>away</h1></main>"))
    page.fill("input[name=on]", "2024-03-01")

    page.locator("form.asked button").click()

    page.wait_for_url("**on=2024-03-01*")
    expect(page.locator("h1")).to_have_text("away")
