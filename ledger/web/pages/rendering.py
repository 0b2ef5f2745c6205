"""From an answer in JSON form to a page: templates, words, dates, the language, the way around.

Templates get what the API would answer to the same person, fields withheld and all: a page cannot show what the API does not. Must never put a value
of an event into an address. Sources: WCAG 2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final, cast
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse

from ledger.contract.term_names import Language, spelt
from ledger.legal_time import DUTCH_TIME
from ledger.web.access import rule_of
from ledger.web.gate import COOKIE, csrf_token, is_personal
from ledger.web.pages.addresses import without_personal
from ledger.web.pages.countries import country_name, names
from ledger.web.pages.files import beside
from ledger.web.pages.labels import anywhere, label, words
from ledger.web.pages.reasons import not_covered, reason, term_of_rule
from ledger.web.pages.refusals import refusal
from ledger.web.pages.stacking import stacked
from ledger.web.problems import BeingWorkedOut, Problem
from ledger.web.roles import Principal

LANGUAGES: Final = ("nl", "en")
LANGUAGE_COOKIE: Final = "ledger_lang"
WAYS: Final = (
    "/", "/my-data", "/sharing", "/deletion", "/subject", "/requests", "/breaches", "/disclosures", "/violations", "/policies", "/register",
    "/health-of-ledger",
)  # fmt: skip
"""The pages in the menu, in order; each is named by the words `menu_...`."""
_MONTHS: Final = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_WEEKDAYS: Final = ("ma", "di", "wo", "do", "vr", "za", "zo")
_WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@cache
def templates() -> Environment:
    """Every template, read now and never again: an upgrade beside a running server changes nothing of it."""
    made = Environment(
        loader=PackageLoader("ledger.web.pages"), autoescape=select_autoescape(default=True), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False, cache_size=-1,
    )  # fmt: skip
    for name in made.list_templates():
        made.get_template(name)
    return made


class Pages:
    """Renders templates for a request."""

    def __init__(self, *, is_secure: bool, nobody_works: Callable[[], bool] = lambda: False) -> None:
        """is_secure: browsers reach it by https, so cookies never go another way. nobody_works: whether pages get older while they are looked at."""
        self.is_secure, self._nobody_works = is_secure, nobody_works
        self._environment = templates()
        words()
        anywhere("", "nl")  # reads the code lists
        names()

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page, or the part of it that the browser asked for."""
        language = language_of(request)
        principal: Principal | None = getattr(request.state, "principal", None)
        shown = {
            "t": Words(language), "language": language, "principal": principal, "path": request.url.path, "query": dict(request.query_params),
            "other_language": other_language(request, language), "of_same": of_same,
            "menu": menu_of(principal), "csrf": csrf_token(request.cookies.get(COOKIE, "")), "term": lambda found: term_in(found, language),
            "day": lambda text: day_in(text, language), "moment": lambda text: moment_in(text, language), "number": lambda n: number_in(n, language),
            "spelt": spelt, "date": lambda text: date_in(text, language), "month": lambda text: month_of_year(text, language), "urlencode": urlencode,
            "reason": lambda holding: reason(holding, language), "term_of_rule": lambda text: term_of_rule(text, language),
            "nobody_works": self._nobody_works, "is_begun": is_begun,
            "refusal": lambda problem: refusal(problem, cast(Language, language)),
            "country": lambda code: country_name(code, language),
            "not_covered_in": lambda text: not_covered(text, language),
        } | values  # fmt: skip
        asked = values.get("query", request.query_params)
        shown["files"] = beside(principal.role, request.url.path, asked, language) if principal and "freshness" in values else ()
        written = without_personal(stacked(self._environment.get_template(template).render(shown)))
        response = HTMLResponse(written, status, {"Vary": "Cookie, Accept-Language"})
        wished = request.query_params.get("lang")
        if wished in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, wished, max_age=365 * 86_400, samesite="strict", secure=self.is_secure, httponly=True)
        return response

    def problem(self, request: Request, problem: Problem) -> Response:
        """A problem for a browser: who is not signed in goes to sign in, others read what it is."""
        if problem.status == 401:
            return RedirectResponse("/sign-in", 303)
        principal: Principal | None = getattr(request.state, "principal", None)
        if problem.status == 403 and request.url.path == "/" and principal is not None and home_of(principal) != "/":
            return RedirectResponse(home_of(principal), 303)  # whoever signs in comes here, and not everybody has it
        if isinstance(problem, BeingWorkedOut):  # to a person nothing is wrong: accepted, not done yet (RFC 9110 section 15.3.3)
            about = {"on": problem.on, "is_place": problem.is_place, "percent": problem.percent}
            return self.page(request, "working_out.html", 202, about=about, problem=problem.members())
        response = self.page(request, "problem.html", problem.status, problem=problem.members())
        response.headers.update(problem.headers)
        return response


class Words:
    """The words of one language: `t.sharing_title`, `t("people", n=3)`."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __getattr__(self, key: str) -> str:
        if key not in words():  # jinja asks for attributes of its own too
            raise AttributeError(key)
        return self(key)

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key. Raises: KeyError, there is none."""
        text = words()[key][self._language]
        return text.format(**values) if values else text

    def enum(self, kind: str, value: str | None) -> str:
        """The name of a term, as `label` says it: `enum("right", "ERASURE")`, `enum("purposes", "dpv:CustomerCare")`."""
        return label(kind, value, cast(Language, self._language))

    def count(self, key: str, number: int) -> str:
        """A number of things: `1 persoon`, `2 personen`; of one thing by the key `..._one`."""
        return f"{number_in(number, self._language)} {self(f'{key}_one' if number == 1 else key)}"

    def note(self, found: Mapping[str, str | None]) -> str:
        """What a policy notes of a promise, in Dutch where it has that."""
        return (found["note_nl"] if self._language == "nl" else None) or found["note"] or ""

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in words()


def language_of(request: Request) -> str:
    """Asked for, chosen before, or what the browser likes best; Dutch otherwise."""
    for wished in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wished in LANGUAGES:
            return str(wished)
    liked = [part.split(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")]
    return next((each for each in liked if each in LANGUAGES), "nl")


def other_language(request: Request, language: str) -> str | None:
    """The address of the same page in the other language, relative; None: it came by a form, and would be lost or asked twice.

    What looks like a personal value is not repeated: whoever sent it was refused.
    """
    if request.method not in ("GET", "HEAD"):
        return None
    is_signing_in = request.url.path.startswith("/sign-in")  # what stands there is a provider's, and used once
    kept = [] if is_signing_in else [each for each in request.query_params.multi_items() if each[0] != "lang" and not is_personal(*each)]
    return "?" + urlencode([*kept, ("lang", "en" if language == "nl" else "nl")])


def of_same(query: Mapping[str, Any]) -> dict[str, Any]:
    """Of what was asked, the part that holds on other pages too: the organisation and the day."""
    return {name: query[name] for name in ("controller", "on") if query.get(name)}


def menu_of(principal: Principal | None) -> list[str]:
    """The pages that this person may open."""
    if principal is None:
        return []
    return [way for way in WAYS if (rule := rule_of("GET", way)) is not None and principal.role in rule.roles]


def term_in(found: Mapping[str, str] | str | None, language: str) -> str:
    """A term as people say it."""
    if found is None:
        return "-"
    value, english = (found, None) if isinstance(found, str) else (found["term"], found["label"])
    if language == "en" and english is not None:
        return english
    return anywhere(value, cast(Language, language)) or english or spelt(value)


def is_begun(time_reached: str) -> bool:
    """Whether the ledger has a time yet: one on which nothing was folded has the first of all instants."""
    return not time_reached.startswith("1970-01-01T00:00:00")


def home_of(principal: Principal) -> str:
    """The page to begin with: the first that this person may open."""
    return next(iter(menu_of(principal)), "/")


def _wall(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(DUTCH_TIME)


def day_in(text: str | None, language: str) -> str | Markup:
    """The day in Dutch legal time, as `1 mrt 2024`."""
    if text is None:
        return "-"
    wall = _wall(text)
    month = (_MONTHS if language == "nl" else _MONTHS_EN)[wall.month - 1]
    return Markup('<time datetime="{}">{}&nbsp;{}&nbsp;{}</time>').format(wall.isoformat(), wall.day, month, wall.year)


def moment_in(text: str | None, language: str) -> str | Markup:
    """The day and time, as `1 mrt 2024 13:05`."""
    if text is None:
        return "-"
    wall = _wall(text)
    month = (_MONTHS if language == "nl" else _MONTHS_EN)[wall.month - 1]
    return Markup('<time datetime="{}">{}&nbsp;{}&nbsp;{} {:02}:{:02}</time>').format(
        wall.isoformat(), wall.day, month, wall.year, wall.hour, wall.minute
    )


def legal_day(text: str) -> date:
    """The day of an instant in Dutch legal time."""
    return _wall(text).date()


def month_in(month: int, language: str) -> str:
    """The short name of a month, 1 to 12."""
    return (_MONTHS if language == "nl" else _MONTHS_EN)[month - 1]


def weekday_in(day: int, language: str) -> str:
    """The short name of a day of the week, from Monday (0) on."""
    return (_WEEKDAYS if language == "nl" else _WEEKDAYS_EN)[day]


def month_of_year(text: str, language: str) -> str:
    """`2026-03` as `mrt 2026`."""
    year, month = text.split("-")[:2]
    return f"{month_in(int(month), language)} {year}"


def date_in(text: str, language: str) -> str | Markup:
    """A day in ISO form, as `1 mrt 2024`."""
    found = date.fromisoformat(text)
    return Markup('<time datetime="{}">{}&nbsp;{}&nbsp;{}</time>').format(text, found.day, month_in(found.month, language), found.year)


def number_in(number: int, language: str) -> str:
    """`12.345` in Dutch, `12,345` in English."""
    text = f"{number:,}"
    return text.replace(",", ".") if language == "nl" else text


def since(text: str, until: str) -> timedelta:
    """How long from one instant to another."""
    return datetime.fromisoformat(until).astimezone(UTC) - datetime.fromisoformat(text).astimezone(UTC)
