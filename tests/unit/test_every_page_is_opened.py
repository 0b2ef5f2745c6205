"""The browser's tests go through every page: what they open is held against the table of routes, and against the acts there are."""

from __future__ import annotations

import re

from ledger.web.access import BY_KEY
from ledger.web.pages.act_forms import ACTS
from tests.browser import every_answer
from tests.browser.act_forms import FILLED
from tests.browser.every_answer import ANSWERS, STEPS, answering_routes
from tests.browser.every_page import NO_PAGES, OPENED, OWN, page_routes


def test_every_page_of_the_table_is_opened_and_no_other() -> None:
    assert {*OPENED, OWN} == page_routes()
    assert {("GET", route) for route in NO_PAGES} <= set(BY_KEY), "a route that is gone is excused no longer"
    assert all(BY_KEY["GET", route].does.startswith("page: ") for route in OPENED)
    assert not [route for route in NO_PAGES if BY_KEY["GET", route].does.startswith("page: ")]


def test_what_is_opened_is_of_its_route() -> None:
    for route, paths in OPENED.items():
        assert paths and all(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path.partition("?")[0]) for path in paths), route


def test_each_act_has_its_form_opened() -> None:
    assert {f"/acts/{kind}" for kind in ACTS} == set(OPENED["/acts/{kind}"])


def test_every_page_that_answers_a_form_is_come_to_and_no_other() -> None:
    assert set(ANSWERS) == answering_routes()
    assert {("POST", route) for route in every_answer.NO_PAGES} <= set(BY_KEY), "a route that is gone is excused no longer"
    assert all(ANSWERS.values())


def test_of_each_act_what_is_refused_what_is_looked_at_again_and_the_receipt_are_come_to() -> None:
    assert set(FILLED) == set(ACTS)
    assert {f"{kind} {step}" for kind in ACTS for step in STEPS} <= set(ANSWERS["/acts/{kind}"])
