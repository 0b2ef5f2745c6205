"""The page on sharing: recipients by role and country, what each has, who passed it on, agreements and safeguards with their ends.

Numbers come from tallies (`query.sharing_overview`), so the page is as quick with many holdings as with few. Source: docs/pages.md.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.answers.shapes_behind import NONE
from ledger.answers.shares_of_month import month_named
from ledger.answers.sharing_overview import MONTHS, first_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.calendars import level_of
from ledger.web.pages.countries import country_name
from ledger.web.pages.listing import Name
from ledger.web.pages.month_chart import month_chart
from ledger.web.pages.rendering import language_of, legal_day, term_in

Json = dict[str, Any]
COVERED: Final = ("IN_FORCE", "NOT_NEEDED")
INSIDE: Final = "inside"
WITHOUT: Final = ("agreement", "safeguard")
"""What somebody can be asked for that has no valid one."""


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/sharing")
    def sharing(
        request: Request, controller: str = "", on: str = "", role: str = "", country: str = "", without: str = "", until: Name = ""
    ) -> Response:
        language, last = language_of(request), month_named(until)
        wanted = {"role": role, "country": country, "without": without if without in WITHOUT else "", "until": until if last else ""}

        def ask(query: Query, who: str | None) -> Json:
            return {"sharing": query.sharing_overview(who, last)}

        return asking.page(request, "sharing.html", ask, lambda found: shown(found, language, wanted, controller, on), controller=controller, on=on)

    return router


def shown(found: Json, language: str, wanted: Json, controller: str = "", on: str = "") -> Json:
    """What the template needs. found: the answer `sharing` in JSON form. wanted: role (a term), country, without (of WITHOUT), until (a month: the
    last of the shares by month), empty for any.

    A country chooses recipients that have data there; their numbers are of all that they have, but for the places themselves and for the shares by
    month, which are those that name it.
    `without` leaves those alone that have no valid agreement, or of whom a transfer has no valid safeguard; shares by month are not shown then.
    """

    def address(place: str = "recipients", **more: str) -> str:
        chosen = {"controller": controller, "on": on} | wanted | more
        return "/sharing?" + urlencode({name: value for name, value in chosen.items() if value}) + f"#{place}"

    sharing = found["sharing"]
    time = sharing["freshness"]["time_reached"]
    wanted = wanted | {"until": until_shown(sharing) if wanted["until"] else ""}
    everybody, places = sharing["recipients"], [each for each in sharing["places"] if each["role"]]
    countries = countries_by_recipient(places)
    for each in everybody:
        each["countries"] = countries.get(whom(each, "recipient"), [NONE])
    is_part = bool(wanted["country"] or wanted["without"])
    outside = [each for each in transfers(sharing["places"]) if is_wanted(each["role"], [each["country"] or NONE], wanted)]
    if wanted["without"] == "safeguard":
        outside = [each for each in outside if not each["safeguard"]["is_lawful"]]
    recipients = narrowed([each for each in everybody if is_wanted(each["role"], each["countries"], wanted)], outside, wanted["without"])
    known = {whom(each, "recipient") for each in recipients}
    if wanted["without"] == "agreement":
        outside = [each for each in outside if each["role"] and whom(each, "holder") in known]
    here = [each for each in places if whom(each, "holder") in known and is_wanted(each["role"], [each["country"] or NONE], wanted)]
    by_month = [each for each in sharing["by_month"] if is_wanted(each["role"], [each["country"] or NONE], wanted)]
    roles: Counter[str] = Counter()
    for each in recipients:
        roles[each["role"]["term"]] += each["holdings"]
    by_country: Counter[str] = Counter()
    for each in here:
        by_country[each["country"] or NONE] += each["holdings"]
    names = {each["role"]["term"]: term_in(each["role"], language) for each in everybody}
    return {
        "is_empty": not everybody,
        "chosen": chosen,
        "groups": groups(recipients),
        "transfers": outside,
        "flows": [each for each in sharing["flows"] if whom(each, "recipient") in known],
        "chains": [each for each in sharing["chains"] if any(whom(link, "recipient") in known for link in each["links"])],
        "more_chains": sharing["more_chains"],
        "months": None if wanted["without"] else month_chart(by_month, language, sharing["last_month"] or ""),
        "months_on": {} if wanted["without"] else {name: address("months", until=until) for name, until in months_on(sharing).items()},
        "wanted": wanted,
        "roles": sorted(names.items(), key=lambda item: item[1]),
        "countries": sorted({country for each in everybody for country in each["countries"]}, key=lambda code: country_name(code, language)),
        "by_role": [(names[role], number, address(role=role)) for role, number in roles.most_common()],
        "by_country": [(country_name(country, language), number, address("places", country=country)) for country, number in by_country.most_common()],
        "places": here if wanted["country"] else [],
        "every": address(without=""),
        "without": {"agreement": address(without="agreement"), "safeguard": address("transfers", without="safeguard")},
        "matrix": matrix([each for each in sharing["matrix"] if whom(each, "recipient") in known], is_apart=is_part),
        "ends": ends(recipients, sharing["agreements"], time),
        "totals": {
            "recipients": len({each["recipient"] for each in recipients}),
            "holdings": sum(each["holdings"] for each in recipients),
            "outside": sum(each["holdings"] for each in outside if each["country"]),
            "unplaced": sum(each["holdings"] for each in outside if not each["country"]),
            "uncovered": sum(each["agreement"] not in COVERED for each in recipients),
            "lapsed": sum(not each["safeguard"]["is_lawful"] for each in outside),
        },
    }


def chosen(query: Json, **more: str | list[str]) -> Json:
    """What an address to the single ones says: the page's own choice, and what the number is of."""
    known = ("controller", "on", "holder", "role", "country", "category", "giver", "month", "recipient", "onward", "not_recipient")
    return {name: value for name, value in (query | more).items() if value and name in known}


def whom(line: Json, name: str) -> tuple[str, str, str]:
    """(controller, who, role) of a line."""
    return line["controller"], line[name], line["role"]["term"]


def countries_by_recipient(places: list[Json]) -> dict[tuple[str, str, str], list[str]]:
    """Where each has data, the most first: as the shares say, else as the register says."""
    found: dict[tuple[str, str, str], Counter[str]] = {}
    for each in places:
        found.setdefault(whom(each, "holder"), Counter())[each["country"] or NONE] += each["holdings"]
    return {key: [country for country, _ in numbers.most_common()] for key, numbers in found.items()}


def transfers(places: list[Json]) -> list[Json]:
    """What is outside the EU, and with recipients of whom no country is known; what is not lawful first."""
    return [each for each in places if each["safeguard"]["state"] != INSIDE and (each["country"] or each["role"])]


def narrowed(recipients: list[Json], outside: list[Json], without: str) -> list[Json]:
    """Those of whom something is missing: a valid agreement, or the valid safeguard of what they have outside the EU; all if nothing is asked for."""
    if without == "agreement":
        return [each for each in recipients if each["agreement"] not in COVERED]
    if without == "safeguard":
        unlawful = {whom(each, "holder") for each in outside if each["role"]}
        return [each for each in recipients if whom(each, "recipient") in unlawful]
    return recipients


def months_on(sharing: Json) -> dict[str, str]:
    """Where shares by month go on: `earlier`, up to the month before those told, and `later`, up to so many months on; of which there are any.

    `later` up to the ledger's own month is empty: no month is asked for.
    """
    if sharing["last_month"] is None or sharing["first_month"] is None:
        return {}
    last, now = date.fromisoformat(sharing["last_month"]), legal_day(sharing["freshness"]["time_reached"]).replace(day=1)
    found, first = {}, first_of(last)
    if date.fromisoformat(sharing["first_month"]) < first:
        found["earlier"] = f"{first - timedelta(days=1):%Y-%m}"
    if last < now:
        on = first_of(last, -MONTHS + 1)
        found["later"] = "" if on >= now else f"{on:%Y-%m}"
    return found


def until_shown(sharing: Json) -> str:
    """The last month of those shown, whatever was asked for; empty: it is the ledger's own."""
    last = sharing["last_month"]
    return "" if last is None or date.fromisoformat(last) >= legal_day(sharing["freshness"]["time_reached"]).replace(day=1) else str(last)[:7]


def is_wanted(role: Json | None, countries: list[str], wanted: Json) -> bool:
    """Whether a line is of the role and in the country that are asked for."""
    return wanted["role"] in ("", role["term"] if role else "") and wanted["country"] in ("", *countries)


def groups(recipients: list[Json]) -> list[Json]:
    """Recipients by name and role, with what each organisation gives to them; those with most people first."""
    found: dict[tuple[str, str], Json] = {}
    for each in recipients:
        key = (each["recipient"], each["role"]["term"])
        group = found.setdefault(key, {"recipient": each["recipient"], "role": each["role"], "of": [], "people": 0, "holdings": 0, "countries": []})
        group["of"].append(each)
        group["people"] += each["subjects"]
        group["holdings"] += each["holdings"]
        group["countries"] += [country for country in each["countries"] if country not in group["countries"]]
    for group in found.values():
        group["uncovered"] = sum(each["agreement"] not in COVERED for each in group["of"])
        group["unlawful"] = any(each["safeguard"] and not each["safeguard"]["is_lawful"] for each in group["of"])
    return sorted(found.values(), key=lambda group: (-group["people"], group["recipient"]))


def ends(recipients: list[Json], agreements: list[Json], now: str) -> list[Json]:
    """Agreements and safeguards with the moment they end: what has lapsed first, then the soonest, those without an end last."""
    known = {(each["controller"], each["recipient"]) for each in recipients}
    lines = [
        {
            "recipient": each["recipient"], "controller": each["controller"], "kind": "agreement", "name": each["agreement"]["agreement"],
            "from": each["agreement"]["in_force_from"], "until": each["agreement"]["until"], "event": each["agreement"]["event"],
            "is_lapsed": each["agreement"]["state"] == "ENDED",
        }
        for each in agreements
        if (each["controller"], each["recipient"]) in known
    ]  # fmt: skip
    for each in recipients:
        safeguard = each["safeguard"]
        if safeguard and safeguard["safeguard"]:
            until = safeguard["since"] or safeguard["valid_until"]
            line = {"recipient": each["recipient"], "controller": each["controller"], "kind": "safeguard", "name": safeguard["safeguard"]}
            is_lapsed = not safeguard["is_lawful"] or (until is not None and until <= now)
            lines.append(line | {"from": safeguard["valid_from"], "until": until, "event": each["entry"], "is_lapsed": is_lapsed})
    return sorted(lines, key=lambda line: (not line["is_lapsed"], line["until"] is None, line["until"] or "", line["recipient"], line["controller"]))


def matrix(cells: list[Json], *, is_apart: bool = False) -> Json:
    """Categories by recipients: in how many holdings, and how dark that is. Rows and columns: the one with most first.

    is_apart: a column for each organisation that a recipient has it of, since not everything that it has is shown.
    """
    numbers: dict[str, Counter[tuple[str, ...]]] = {}
    terms: dict[str, Json] = {}
    columns: Counter[tuple[str, ...]] = Counter()
    for each in cells:
        category, column = each["category"]["term"], (each["recipient"], *((each["controller"], each["role"]["term"]) if is_apart else ()))
        terms[category] = each["category"]
        numbers.setdefault(category, Counter())[column] += each["holdings"]
        columns[column] += each["holdings"]
    most = max((number for row in numbers.values() for number in row.values()), default=0)
    names = [name for name, _ in columns.most_common()]
    order = sorted(numbers, key=lambda term: (-numbers[term].total(), term))
    return {
        "columns": [_column(name) for name in names],
        "rows": [
            {
                "category": terms[term],
                "cells": [_column(name) | {"number": numbers[term][name], "level": level_of(numbers[term][name], most)} for name in names],
            }
            for term in order
        ],
    }


def _column(name: tuple[str, ...]) -> Json:
    """recipient; asked: what a list is asked for, to have what stands in the column."""
    return {"recipient": name[0], "of": name[1] if name[1:] else "", "asked": dict(zip(("holder", "controller", "role"), name, strict=False))}
