"""One person, oneself, one event: nothing is shown before it is told what for; unknown and out of reach are one page."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .conftest import OpenPage, Site
from .people import look_at, one_person, own_view, say_why


def test_a_look_is_told_before_it_is_answered_and_no_address_has_the_reference(open_page: OpenPage, site: Site) -> None:
    controller, subject_ref = one_person(site)
    told = len(site.json("report", "look-ups", "--subject", subject_ref, "--controller", controller)["look_ups"])
    page = open_page("/subject", javascript=False)

    look_at(page, controller, subject_ref)

    site.ledger("wait", "--timeout", "60")
    page.wait_for_url(f"{site.address}/subject")
    assert subject_ref in page.inner_text("main")
    assert page.locator("svg.flows").count() == 1
    assert page.locator(".timeline li").count() > 0
    assert len(site.json("report", "look-ups", "--subject", subject_ref, "--controller", controller)["look_ups"]) == told + 1


def test_without_a_purpose_nothing_is_shown(open_page: OpenPage, site: Site) -> None:
    controller, subject_ref = one_person(site)
    page = open_page("/subject", javascript=False)
    page.eval_on_selector("select[name=purpose]", "each => each.removeAttribute('required')")
    page.select_option("main select[name=controller]", controller)
    page.fill("main input[name=subject_ref]", subject_ref)

    page.click("main form button")

    assert page.locator("main input[name=subject_ref]").input_value() == subject_ref
    assert page.locator("#holdings").count() == 0


def test_the_unknown_and_those_out_of_reach_are_one_page(open_page: OpenPage, site: Site) -> None:
    controller, subject_ref = one_person(site)
    other = next(each for each in ("smallhold", "webhoster") if each != controller)
    page = open_page("/subject", options=("--controller", other), expects="404")
    statuses: list[int] = []
    page.on("response", lambda response: statuses.append(response.status) if response.request.method == "POST" else None)

    shown = []
    for whom in ((other, "subj-nobody"), (controller, subject_ref)):
        page.goto("/subject")
        page.eval_on_selector("select[name=controller]", "(each, name) => each.replaceChildren(new Option(name, name, true, true))", whom[0])
        look_at(page, *whom)
        shown.append(page.inner_text("main"))

    assert statuses == [404, 404]
    assert shown[0] == shown[1]


def test_people_see_their_own(open_page: OpenPage, site: Site) -> None:
    page = open_page("/my-data", role="subject", options=own_view(site))

    assert page.locator("main select[name=purpose]").count() == 0
    assert page.locator("#looks").count() == 1


def test_an_event_is_shown_once_it_is_told_what_for_and_has_a_proof_once_it_is_sealed(open_page: OpenPage, site: Site, tmp_path: Path) -> None:
    page = open_page("/deletion/list?state=MET", javascript=False)
    place = re.search(r"/events/(\d+)/(\d+)", page.content())
    assert place
    page.goto(place[0])
    assert page.locator(".fields").count() == 0
    say_why(page)
    page.wait_for_url(f"**{place[0]}")
    assert "subj-" in page.inner_text(".fields")
    assert page.locator("#proof .empty").count() == 1  # nobody has sealed yet

    site.ledger("keys", "init", "--name", "ledger.example")
    site.ledger("seal", "--once")
    page.goto(place[0])
    say_why(page)
    with page.expect_download() as download:
        page.click("#proof button")
    download.value.save_as(tmp_path / "proof.json")

    proof = json.loads((tmp_path / "proof.json").read_text())
    assert [each["offset"] for each in proof["records"]] == [int(place[2])]
