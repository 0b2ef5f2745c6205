"""The pages with keys alone: everything is reached in the order in which it is read, and seen; links, forms and what unfolds work."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import Browser, Page, expect

from .conftest import OpenPage, Site
from .keys import focus_of, tab_to, walk
from .people import look_at, one_person

SECONDS_MAX = 60
"""Until the ledger as of a day is made."""
PAGES = [
    "/", "/sharing", "/deletion", "/deletion/list?state=OVERDUE", "/deletion/gaps", "/deletion/holds?only=all",
    "/duties", "/sharing/list", "/sharing/shares",
    "/subject", "/requests", "/breaches", "/disclosures", "/violations", "/register?controller=hostinghuis",
    "/policies", "/policies?controller=hostinghuis&version=2023-05-01",
    "/policies/publish", "/health-of-ledger", "/acts/answer", "/acts/breach", "/events/0/0",
]  # fmt: skip


def assert_walkable(page: Page, path: str) -> None:
    found = walk(page)
    assert found["missed"] == [], f"{path}: expected the first, came to the second"
    assert found["back"] == [], f"{path}: the focus goes back up"
    assert found["unseen"] == [], f"{path}: nobody sees the focus"
    assert found["is_out"], f"{path}: nobody comes out"
    assert len(found["names"]) > 10


def test_tab_comes_to_everything_in_the_order_of_reading_and_is_seen(open_page: OpenPage) -> None:
    page = open_page(PAGES[0])
    for path in PAGES:
        page.goto(path)
        assert_walkable(page, path)


def test_so_it_does_on_a_telephone_in_the_dark_and_on_a_person(open_page: OpenPage, site: Site) -> None:
    page = open_page("/", scheme="dark", width=400)
    for path in ("/", "/sharing", "/requests"):
        page.goto(path)
        assert_walkable(page, path)
    page.goto("/subject")
    look_at(page, *one_person(site))
    assert_walkable(page, "a person")


def test_one_signs_in_and_goes_past_the_menu_with_keys_alone(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.address, locale="nl-NL")
    try:
        page = context.new_page()
        page.goto(site.link("dpo"))
        page.wait_for_selector("button[value=do]")
        tab_to(page, "button[value=do]")
        page.keyboard.press("Enter")
        page.wait_for_selector("form[action='/sign-out']")

        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches('a.skip')"), "what skips the menu comes first"
        box = page.locator("a.skip").bounding_box()
        assert box is not None and box["x"] >= 0 and box["y"] >= 0, "and is seen"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null"), "what comes next stands in the page itself"

        page.goto("/")
        tab_to(page, ".menu a[href='/deletion']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/deletion")
    finally:
        context.close()


def test_a_hold_is_placed_and_released_with_keys_alone(open_page: OpenPage, site: Site) -> None:
    somebody = site.json("report", "requests")["requests"][0]
    reference = f"hold-{uuid4().hex[:10]}"
    for kind in ("hold", "release"):
        page = open_page(f"/acts/{kind}")
        tab_to(page, "select[name=controller]")
        page.keyboard.type(somebody["controller"])
        for name, value in (("subject_ref", somebody["subject_ref"]), ("hold_ref", reference)):
            tab_to(page, f"input[name={name}]")
            page.keyboard.type(value)
        page.keyboard.press("Enter")
        page.wait_for_selector("button[value=do]")
        tab_to(page, "button[value=do]")
        page.keyboard.press("Space")

        expect(page.locator("dd.place")).to_contain_text("facts ")
    site.ledger("wait", "--timeout", "60")
    known = site.json("subject", "show", somebody["subject_ref"], "--controller", somebody["controller"])
    [placed] = [each for each in known["holds"] if each["hold_ref"] == reference]
    assert placed["placed"] and placed["released"] and not placed["stands"]


def test_what_is_folded_opens_with_enter_and_space_and_lets_one_in(open_page: OpenPage) -> None:
    page = open_page("/sharing")
    for key, path, summary in (("Enter", "/sharing", "#months summary"), ("Space", "/sharing/list", "tbody tr:first-child .evidence summary")):
        page.goto(path)
        tab_to(page, summary)

        page.keyboard.press(key)

        inside = page.locator(f"{summary} ~ * a").first
        expect(inside).to_be_visible()
        assert page.evaluate("selector => document.activeElement.matches(selector)", summary), "the focus stays"
        tab_to(page, f"{summary} ~ * a")
        page.keyboard.press("Shift+Tab")
        if path == "/sharing":
            page.keyboard.press("Shift+Tab")  # past what scrolls
        page.keyboard.press(key)
        expect(inside).to_be_hidden()


def test_an_answer_that_htmx_puts_in_place_does_not_lose_the_focus(open_page: OpenPage) -> None:
    page = open_page("/deletion")
    # Days that read the same with the month first: which of them the browser asks first is its own business.
    for at, day in (("input[name=on]", "03032024"), ("form.asked button", "04042024")):
        tab_to(page, "main input[name=on]")
        page.keyboard.type(day)
        while not page.evaluate("selector => document.activeElement.matches(selector)", at):
            page.keyboard.press("Tab")
        before = focus_of(page)
        page.evaluate("() => { document.getElementById('main').isOld = true; }")
        page.keyboard.press("Enter")

        answered = "() => !document.getElementById('main').isOld && !document.querySelector('[data-working]')"
        page.wait_for_function(answered, timeout=SECONDS_MAX * 1000)
        assert page.input_value("input[name=on]") == f"2024-{day[:2]}-{day[2:4]}"
        assert focus_of(page) == before
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")


def test_where_what_had_the_focus_is_gone_it_is_at_the_answer(open_page: OpenPage) -> None:
    page = open_page("/deletion")
    short = "<main id=main tabindex=-1><h1>short</h1></main>"
    page.route("**/deletion?*", lambda route: route.fulfill(status=200, content_type="text/html", body=short))
    tab_to(page, "form.asked button")

    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("short")
    page.wait_for_function("() => document.activeElement.id === 'main'")
