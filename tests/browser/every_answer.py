"""Every page that answers a form: the pages that have no address of their own, so going through all addresses does not come to them.

tests/unit/test_every_page_is_opened.py holds the routes and the acts against ledger/web/access.py and ledger/web/pages/act_forms.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import NamedTuple

from playwright.sync_api import Page

from ledger.web.access import RULES
from ledger.web.pages.act_forms import ACTS

from .act_forms import FILLED
from .conftest import Site
from .people import look_at, one_person, say_why
from .policy_texts import version

NO_PAGES = {"/subjects/{name}", "/sign-out", "/subject/file"}
"""Routes outside /v1/ that answer a POST with something else than a page: JSON, a way on, a file."""
STEPS = ("refused", "checked", "done")
"""What each act comes to: a form with an error, what is looked at again, and the receipt."""
_YEARS = count(2090)


class Answer(NamedTuple):
    """What is shown once a form was sent. come: goes there, through the form; `status` of the answer, and something that it alone shows."""

    come: Callable[[Page, Site], None]
    shows: str
    status: int = 200


def _unasked(page: Page, path: str, form: str = "main form", button: str = "button") -> None:
    """Send a form as it is, as a browser does that does not mind what is required."""
    page.goto(path)
    page.eval_on_selector(form, "each => { each.noValidate = true; }")
    page.locator(form).locator(button).first.click()


def _act(kind: str, *buttons: str) -> Callable[[Page, Site], None]:
    def come(page: Page, site: Site) -> None:
        page.goto(f"/acts/{kind}")
        FILLED[kind](page, site)
        for button in buttons:
            page.click(f"button[value={button}]")

    return come


def _partly_without_reasons(page: Page, site: Site) -> None:
    page.goto("/acts/answer")
    FILLED["answer"](page, site)
    page.fill("input[name=reasons-0-holder]", "")
    page.click("button[value=check]")


def _person(page: Page, site: Site) -> None:
    page.goto("/subject")
    look_at(page, *one_person(site))


def _nobody(page: Page, site: Site) -> None:
    page.goto("/subject")
    look_at(page, one_person(site)[0], "subj-000000000000")


def _event(*report: str) -> Callable[[Page, Site], None]:
    """An event that the first line of a report rests on; report: the words of the command and the name of its list."""

    @cache
    def place(site: Site) -> str:
        *words, lines = report
        event = next(line["rests_on"][0] for line in site.json(*words)[lines] if line["rests_on"])
        return f"/events/{event['partition']}/{event['offset']}"

    def come(page: Page, site: Site) -> None:
        page.goto(place(site))
        say_why(page)

    return come


def _policy(text: Callable[[], str], *buttons: str) -> Callable[[Page, Site], None]:
    def come(page: Page, site: Site) -> None:
        page.goto("/policies/publish")
        page.fill("textarea[name=text]", text())
        for button in buttons:
            page.locator(f"button[value={button}]").first.click()

    return come


def _new_version() -> str:
    """Another one each time, in force when nobody looks any more: it changes no other test."""
    year = next(_YEARS)
    return version(f"{year}-01-01", ("after: P6M", "after: P1D"), in_force_from=f"{year}-01-01")


def _sign_in(link: Callable[[Site], str]) -> Callable[[Page, Site], None]:
    def come(page: Page, site: Site) -> None:
        page.goto("/sign-in")
        page.fill("main input[name=link]", link(site))
        page.click("main form button")

    return come


ANSWERS: dict[str, dict[str, Answer]] = {
    "/acts/{kind}": {
        **{f"{kind} refused": Answer(lambda page, _, kind=kind: _unasked(page, f"/acts/{kind}", "form.fields"), "#problem") for kind in ACTS},
        **{f"{kind} checked": Answer(_act(kind, "check"), "button[value=do]") for kind in ACTS},
        **{f"{kind} done": Answer(_act(kind, "check", "do"), "dd.place") for kind in ACTS},
        **{f"{kind} changed": Answer(_act(kind, "check", "back"), "form.fields") for kind in ("answer",)},
        "answer refused, a reason": Answer(_partly_without_reasons, "#problem"),
    },
    "/policies/publish": {
        "nothing": Answer(lambda page, _: _unasked(page, "/policies/publish"), "#problem"),
        "mistakes": Answer(_policy(lambda: version("2099-01-01", ("after: P6M", "after: P6Q")), "look"), ".mistakes"),
        "looked": Answer(_policy(lambda: version("2099-01-01", ("after: P6M", "after: P1D")), "look"), "button[value=publish]"),
        "published": Answer(_policy(_new_version, "look", "publish"), "dd.place"),
    },
    "/subject": {
        "shown": Answer(_person, "#holdings"),
        "no purpose": Answer(lambda page, _: _unasked(page, "/deletion/list?state=MET", "td form"), "main select[name=purpose]"),
        "unknown": Answer(_nobody, ".lead", 404),
    },
    "/events/{partition}/{offset}": {
        "of a request": Answer(_event("report", "requests", "requests"), "#resting"),
        "of a broken promise": Answer(_event("violations", "--list", "violations"), "#resting"),
        "of a disclosure": Answer(_event("report", "disclosures", "disclosures"), "#resting"),
        "of a share": Answer(_event("obligations", "--state", "met", "obligations"), "#resting"),
        "of many": Answer(_event("report", "breaches", "breaches"), ".fields"),
        "no purpose": Answer(lambda page, _: _unasked(page, "/events/0/0"), "main select[name=purpose]"),
    },
    "/sign-in": {
        "looked": Answer(_sign_in(lambda site: site.link("auditor")), "button[value=do]"),
        "refused": Answer(_sign_in(lambda _: "ledger_link_none"), ".banner.bad", 403),
    },
}
"""Route -> what its form can come to, by name."""


def answering_routes() -> set[str]:
    """Of every page that answers a form."""
    return {rule.route for rule in RULES if rule.method == "POST" and not rule.route.startswith("/v1/")} - NO_PAGES
