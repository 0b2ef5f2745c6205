"""PostgreSQL or Kafka really away: a page in the reader's language that says what to do and tells no internals, and the answer once it is back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Response, expect

from ledger.stack.postgres import EmbeddedPostgres

from .conftest import OpenPage, Site, without_kafka
from .people import PURPOSE, one_person
from .wcag import flaws_of, is_wider_than_screen

LEAD = {
    "nl": "Een dienst achter deze pagina antwoordt niet.",
    "en": "A service behind this page does not answer.",
}
FORM = {"nl": "Terug naar het formulier", "en": "Back to the form"}
AGAIN = {"nl": "Probeer het opnieuw", "en": "Try again"}
INTERNALS = re.compile(
    r"psycopg|postgres|sql|kafka|dsn|socket|traceback|errno|localhost|127\.0\.0\.1|\.py\b|/tmp|/home|Error\b|`ledger", re.IGNORECASE
)
"""Of a connection, a program, a machine."""


@contextmanager
def without_postgres(site: Site) -> Iterator[None]:
    """The ledger's PostgreSQL is stopped meanwhile."""
    postgres = EmbeddedPostgres(site.home)
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


def assert_says_what_to_do(page: Page, answer: Response | None, site: Site, language: str) -> None:
    assert answer is not None and answer.status == 503
    assert int(answer.headers["retry-after"]) > 0 and answer.headers["cache-control"] == "no-store"
    assert page.get_attribute("html", "lang") == language
    assert page.inner_text(".lead").startswith(LEAD[language])
    said = page.inner_text("main") + "".join(page.locator("main details").all_text_contents())
    assert INTERNALS.search(said) is None
    dsn = json.loads((site.home / "run.json").read_text())["postgres"]["dsn"]
    assert str(site.home) not in page.content() and dsn not in page.content()
    assert flaws_of(page) == [] and not is_wider_than_screen(page)


def sent(page: Page) -> Response:
    """Look at one person: the form is filled in already."""
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.click("main form button")
    return answer.value


def fill(page: Page, controller: str, subject_ref: str) -> None:
    page.select_option("main select[name=controller]", controller)
    page.fill("main input[name=subject_ref]", subject_ref)
    page.select_option("main select[name=purpose]", PURPOSE)
    page.fill("main input[name=ticket_ref]", "ticket-1")


@pytest.mark.parametrize(("language", "width", "scheme"), [("nl", 1366, "light"), ("en", 400, "dark")])
def test_a_page_without_the_database_says_so_and_comes_once_it_is_back(
    open_page: OpenPage, site: Site, language: str, width: int, scheme: str
) -> None:
    page = open_page("/sharing", language=language, width=width, scheme=scheme, expects=("503", "net::ERR_"))
    before = page.locator(".figure").count()

    with without_postgres(site):
        assert_says_what_to_do(page, page.goto("/sharing"), site, language)
        again = page.get_by_role("link", name=AGAIN[language])
        expect(again).to_be_visible()

    again.click()
    expect(page.locator(".figure")).to_have_count(before)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_form_without_the_database_says_so_and_is_answered_once_it_is_back(open_page: OpenPage, site: Site, language: str) -> None:
    controller, subject_ref = one_person(site)
    page = open_page("/subject", language=language, expects=("503", "net::ERR_"))
    fill(page, controller, subject_ref)

    with without_postgres(site):
        answer = sent(page)
        assert_says_what_to_do(page, answer, site, language)
        assert subject_ref not in page.content() and subject_ref not in page.url

    page.get_by_role("link", name=FORM[language]).click()
    fill(page, controller, subject_ref)
    assert sent(page).status == 200
    assert subject_ref in page.inner_text("main")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_nobody_is_looked_at_while_no_broker_takes_the_look(open_page: OpenPage, site: Site, language: str) -> None:
    controller, subject_ref = one_person(site)
    page = open_page("/subject", language=language, expects=("503", "net::ERR_"))
    with without_kafka(site) as away:
        page.goto(f"{away}/subject")
        fill(page, controller, subject_ref)

        assert_says_what_to_do(page, sent(page), site, language)
        assert page.locator("#holdings").count() == 0

    page.goto("/subject")
    fill(page, controller, subject_ref)
    assert sent(page).status == 200
