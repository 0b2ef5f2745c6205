"""A policy on its way to the log: put in, looked at with what differs and what it does, published; refused with its mistakes; not for everybody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import OpenPage, Site, without_kafka
from .policy_texts import CONTROLLER, version
from .wcag import flaws_of, is_wider_than_screen


def test_an_officer_sees_what_a_changed_term_does_publishes_it_and_it_is_in_force(open_page: OpenPage, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(version("2025-12-01", ("after: P6M", "after: P3M")), encoding="utf-8")
    would = json.loads(site.ledger("policy", "diff", str(file), "--json"))
    earlier = sum(each["holdings"] for each in would["effect"]["holding_counts"] if each["kind"] == "EARLIER")
    page = open_page("/policies", language="en", javascript=False)
    page.click(".tabs a[href='/policies/publish']")

    page.set_input_files("input[type=file]", file)
    page.click("button[value=look]")

    change = page.locator("article.change", has_text="SO-04")
    assert change.locator("del").inner_text() == "6 months" and change.locator("ins").inner_text() == "3 months"
    assert page.locator("article.change").count() == len(would["changes"])
    assert page.locator(".figure", has_text="holdings due earlier").locator("dd").inner_text() == str(earlier)
    assert earlier > 0
    assert "2025-12-01" not in site.ledger("policy", "show", "--published", CONTROLLER), "nothing is published yet"

    page.click("button[value=publish]")

    assert page.inner_text("dd.place").startswith("register 0@")
    again = site.ledger("policy", "publish", str(file))
    assert "already published, nothing changes" in again, "the very event that the command would send"
    site.ledger("wait", "--timeout", "60")
    page.click("main a.button")
    row = page.locator("tbody tr", has_text="2025-12-01")
    assert "in force" in row.inner_text()
    row.locator("a").click()
    assert "after: P3M" in page.inner_text("pre.text")
    assert page.locator("article.change", has_text="SO-04").locator("ins").inner_text() == "3 months"


@pytest.mark.parametrize(("scheme", "width", "language"), [("light", 1366, "nl"), ("dark", 400, "en")])
def test_each_step_meets_wcag_and_fits_the_screen(open_page: OpenPage, scheme: str, width: int, language: str) -> None:
    page = open_page("/policies/publish", scheme=scheme, width=width, language=language)
    for text in ("", version("2099-01-01", ("after: P6M", "after: P6Q")), version("2099-01-01", ("after: P6M", "after: P1D"))):
        if text:
            page.fill("textarea[name=text]", text)
            page.click("button[value=look]")
            page.wait_for_selector(".mistakes" if "P6Q" in text else "button[value=publish]")
        assert flaws_of(page) == []
        assert not is_wider_than_screen(page)
        assert page.get_attribute("html", "lang") == language


def test_a_file_with_mistakes_shows_each_of_them_and_keeps_what_was_typed(open_page: OpenPage, site: Site) -> None:
    before = site.ledger("policy", "show", "--published", CONTROLLER)
    page = open_page("/policies/publish", language="en")
    text = version("2099-01-01", ("after: P6M", "after: half a year"), ("[ENQUIRY_RESOLVED]", "[ENQUIRY_RESOLVD]"))
    page.fill("textarea[name=text]", text)

    page.click("button[value=look]")

    mistakes = page.locator(".mistakes li")
    assert mistakes.count() == 2
    for line, said, remedy in (("half a year", "not a duration", "P6M"), ("ENQUIRY_RESOLVD", "expected one of", "did you mean ENQUIRY_RESOLVED")):
        found = mistakes.filter(has_text=said).inner_text()
        number = next(place for place, each in enumerate(text.splitlines(), 1) if line in each)
        assert f"Line {number}" in found and line in found and remedy in found
    assert page.input_value("textarea[name=text]") == text
    assert page.locator("button[value=publish]").count() == 0
    assert site.ledger("policy", "show", "--published", CONTROLLER) == before


def test_with_kafka_away_nothing_is_published_and_what_was_typed_stays(open_page: OpenPage, site: Site) -> None:
    text = version("2099-01-02", ("after: P6M", "after: P2M"))
    page = open_page("/policies", language="en", expects="503")
    with without_kafka(site) as away:
        page.goto(f"{away}/policies/publish")
        page.fill("textarea[name=text]", text)
        page.click("button[value=look]")

        assert "Nothing was published" in page.inner_text("#problem")
        assert page.input_value("textarea[name=text]") == text


def test_nobody_but_the_officer_publishes(open_page: OpenPage, site: Site) -> None:
    for role in ("auditor", "manager"):
        page = open_page("/policies", role=role)
        assert page.locator("a[href='/policies/publish']").count() == 0
        assert page.context.request.get("/policies/publish").status == 403
        assert page.context.request.post("/policies/publish", form={"step": "look", "text": version("2099-01-03")}).status == 403
