"""The acts of the data protection officer: filled in, looked at again, on the log once, with a receipt."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from .act_forms import fill_breach
from .conftest import OpenPage, Site, without_kafka
from .people import ask_for_erasure, new_ref
from .wcag import flaws_of, is_wider_than_screen

REASON = "eu-gdpr:JustificationA12Complexity"


def test_a_breach_is_recorded_once_however_often_the_form_is_sent(open_page: OpenPage, site: Site) -> None:
    reference = new_ref("breach")
    page = open_page("/acts/breach", javascript=False)
    fill_breach(page, reference)
    page.click("button[value=check]")
    form = _hidden(page, "/acts/breach")

    page.click("button[value=do]")
    again = page.context.request.post("/acts/breach", form=form).text()

    assert page.inner_text("dd.event-id") == form["event_id"]
    assert page.inner_text("dd.place").startswith("register 0@")
    assert form["event_id"] in again
    assert "stond al op het logboek" in again
    found = _once_folded(lambda: [each for each in site.json("report", "breaches")["breaches"] if each["breach_ref"] == reference])
    assert [event["event_id"] for event in found[0]["rests_on"]] == [form["event_id"]]


def test_a_hold_is_placed_and_released(open_page: OpenPage, site: Site) -> None:
    somebody = site.json("report", "requests")["requests"][0]
    reference = new_ref("hold")
    places = []
    for kind in ("hold", "release"):
        page = open_page(f"/acts/{kind}")
        page.select_option("select[name=controller]", somebody["controller"])
        page.fill("input[name=subject_ref]", somebody["subject_ref"])
        page.fill("input[name=hold_ref]", reference)
        page.click("button[value=check]")
        page.click("button[value=do]")
        partition, _, offset = page.inner_text("dd.place").removeprefix("facts ").partition("@")
        places.append((int(partition), int(offset)))
        site.ledger("wait", "--timeout", "60")
        known = site.json("subject", "show", somebody["subject_ref"], "--controller", somebody["controller"])
        assert [each["stands"] for each in known["holds"] if each["hold_ref"] == reference] == [kind == "hold"]
    assert places[0][0] == places[1][0] == somebody["rests_on"][0]["partition"]
    assert places[0][1] < places[1][1]


def _hidden(page: Page, address: str) -> dict[str, str]:
    """What the form of the second step would send."""
    found = page.locator(f"form[action='{address}'] input[type=hidden]").all()
    return {str(each.get_attribute("name")): str(each.get_attribute("value")) for each in found} | {"step": "do"}


def test_a_request_is_answered_and_the_page_on_requests_says_what_stays_and_why(open_page: OpenPage, site: Site) -> None:
    controller, subject_ref, reference = ask_for_erasure(site)
    page = open_page("/requests", language="en", javascript=False)
    assert "open" in page.locator("tr", has_text=reference).inner_text()
    page.click(".tabs a[href='/acts/answer']")
    page.wait_for_url("**/acts/answer")

    page.select_option("select[name=controller]", controller)
    page.fill("input[name=subject_ref]", subject_ref)
    page.fill("input[name=request_ref]", reference)
    page.select_option("select[name=outcome]", "PARTLY")
    page.click("button[value=check]")
    assert "say why something stays" in page.inner_text("#problem")
    assert page.input_value("input[name=request_ref]") == reference
    page.fill("input[name=reasons-0-holder]", controller)
    page.select_option("select[name=reasons-0-reason]", REASON)
    page.fill("input[name=reasons-0-until]", "2033-01-01")
    page.click("button[value=check]")
    page.click("button[value=do]")

    assert page.inner_text("dd.place").startswith("facts ")
    event_id = page.inner_text("dd.event-id")
    site.ledger("wait", "--timeout", "60")
    page.goto("/requests?only=all")
    row = page.locator("tr", has_text=reference).inner_text()
    assert "partly fulfilled" in row and "the request is complex" in row and "1 Jan 2033" in row.replace("\xa0", " ")
    [found] = [each for each in site.json("report", "requests")["requests"] if each["request_ref"] == reference]
    assert event_id in [each["event_id"] for each in found["rests_on"]]
    looks = site.json("report", "look-ups", "--subject", subject_ref, "--controller", controller)["look_ups"]
    assert "dpv:RightsFulfilment" in [each["purpose"]["term"] for each in looks], "to answer is to look, and that is told"


def test_the_notice_to_the_authority_stops_the_clock_on_the_page_on_breaches(open_page: OpenPage, site: Site) -> None:
    reference = new_ref("breach")
    page = open_page("/acts/breach", language="en")
    fill_breach(page, reference)
    page.click("button[value=check]")
    page.click("button[value=do]")
    _once_folded(lambda: [each for each in site.json("report", "breaches")["breaches"] if each["breach_ref"] == reference])
    page.goto("/breaches")
    assert "not told" in page.locator("section.card", has_text=reference).locator("dd").first.inner_text()

    page.click(".tabs a[href='/acts/authority']")
    page.wait_for_url("**/acts/authority")
    page.select_option("select[name=controller]", "hostinghuis")
    page.fill("input[name=breach_ref]", reference)
    page.fill("input[name=notified_at]", "2025-11-04T16:00")
    page.click("button[value=check]")
    page.click("button[value=do]")

    assert page.inner_text("dd.place").startswith("register 0@")
    site.ledger("wait", "--timeout", "60")
    page.goto("/breaches")
    assert "after 30 hours" in page.locator("section.card", has_text=reference).locator("dd").first.inner_text()


def test_with_kafka_away_the_page_says_so_keeps_the_form_and_nothing_is_recorded(open_page: OpenPage, site: Site) -> None:
    reference = new_ref("breach")
    page = open_page("/breaches", language="en", expects="503")
    with without_kafka(site) as away:
        page.goto(f"{away}/acts/breach")
        fill_breach(page, reference)
        page.click("button[value=check]")
        form = _hidden(page, "/acts/breach")
        page.click("button[value=do]")

        assert "Kafka or the database does not answer" in page.inner_text("#problem")
        assert page.input_value("input[name=breach_ref]") == reference
        assert page.input_value("input[name=aware_at]") == "2025-11-03T10:00"
        assert page.locator("dd.place").count() == 0
    site.ledger("wait", "--timeout", "60")
    assert reference not in site.ledger("report", "breaches", "--json")

    again = page.context.request.post(f"{site.address}/acts/breach", form=form).text()

    assert "Het staat op het logboek." in again and form["event_id"] in again, "pressed again once Kafka is back"


def _once_folded(look: Callable[[], Any]) -> Any:
    """What is found once the worker has come so far; what was found last when it does not come."""
    for _ in range(40):
        found = look()
        if found:
            break
        time.sleep(0.5)
    return found


def test_the_form_keeps_what_was_typed_and_names_the_field_that_is_wrong(open_page: OpenPage) -> None:
    page = open_page("/acts/hold", language="en")
    page.fill("input[name=subject_ref]", "subj-000000000000")
    page.fill("input[name=hold_ref]", "hold-2025-0001")

    page.click("button[value=check]")

    assert "Pseudonym of the person" in page.inner_text("#problem")
    assert page.input_value("input[name=hold_ref]") == "hold-2025-0001"


def test_the_forms_meet_wcag_and_fit_a_telephone(open_page: OpenPage) -> None:
    for kind, scheme, width in (("breach", "light", 1366), ("answer", "dark", 400), ("hold", "dark", 1366)):
        page = open_page(f"/acts/{kind}", scheme=scheme, width=width)
        assert flaws_of(page) == []
        assert not is_wider_than_screen(page)


def test_a_form_of_another_place_and_another_role_are_refused(open_page: OpenPage) -> None:
    form = {"step": "do", "breach_ref": "breach-2025-9999"}

    assert open_page("/breaches", role="dpo").context.request.post("/acts/breach", form=form).status == 403
    page = open_page("/breaches", role="auditor")
    assert page.context.request.get("/acts/breach").status == 403
    assert page.locator("a[href='/acts/breach']").count() == 0
