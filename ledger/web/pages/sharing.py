"""The page on sharing: recipients by role and country, what each has, who passed it on, agreements and safeguards with their ends.

Numbers come from tallies (`query.sharing_overview`), so the page is as quick with many holdings as with few. Source: docs/pages.md.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.answers.shapes_behind import NONE
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.calendars import level_of
from ledger.web.pages.countries import country_name
from ledger.web.pages.month_chart import month_chart
from ledger.web.pages.rendering import language_of, term_in

Json = dict[str, Any]
COVERED: Final = ("IN_FORCE", "NOT_NEEDED")
INSIDE: Final = "inside"


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/sharing")
    def sharing(request: Request, controller: str = "", on: str = "", role: str = "", country: str = "") -> Response:
        language, wanted = language_of(request), {"role": role, "country": country}
        return asking.page(request, "sharing.html", _ask, lambda found: shown(found, language, wanted, controller, on), controller=controller, on=on)

    return router


def _ask(query: Query, controller: str | None) -> dict[str, Any]:
    return {"sharing": query.sharing_overview(controller)}


def shown(found: Json, language: str, wanted: Json, controller: str = "", on: str = "") -> Json:
    """What the template needs. found: the answer `sharing` in JSON form. wanted: role (a term) and country, empty for any.

    A country chooses recipients that have data there; their numbers are of all that they have, but for the places themselves and for the shares by
    month, which are those that name it.
    """

    def address(**more: str) -> str:
        chosen = {"controller": controller, "on": on} | wanted | more
        return "/sharing?" + urlencode({name: value for name, value in chosen.items() if value}) + "#recipients"

    sharing = found["sharing"]
    time = sharing["freshness"]["time_reached"]
    everybody, places = sharing["recipients"], [each for each in sharing["places"] if each["role"]]
    countries = countries_by_recipient(places)
    for each in everybody:
        each["countries"] = countries.get(whom(each, "recipient"), [NONE])
    recipients = [each for each in everybody if is_wanted(each["role"], each["countries"], wanted)]
    here = [each for each in places if is_wanted(each["role"], [each["country"] or NONE], wanted)]
    outside = [each for each in transfers(sharing["places"]) if is_wanted(each["role"], [each["country"] or NONE], wanted)]
    roles: Counter[str] = Counter()
    for each in recipients:
        roles[each["role"]["term"]] += each["holdings"]
    by_country: Counter[str] = Counter()
    for each in here:
        by_country[each["country"] or NONE] += each["holdings"]
    names = {each["role"]["term"]: term_in(each["role"], language) for each in everybody}
    known = {whom(each, "recipient") for each in recipients}
    return {
        "is_empty": not everybody,
        "chosen": chosen,
        "groups": groups(recipients),
        "transfers": outside,
        "flows": [each for each in sharing["flows"] if whom(each, "recipient") in known],
        "chains": [each for each in sharing["chains"] if any(whom(link, "recipient") in known for link in each["links"])],
        "more_chains": sharing["more_chains"],
        "months": month_chart([each for each in sharing["by_month"] if is_wanted(each["role"], [each["country"] or NONE], wanted)], language, time),
        "wanted": wanted,
        "roles": sorted(names.items(), key=lambda item: item[1]),
        "countries": sorted({country for each in everybody for country in each["countries"]}, key=lambda code: country_name(code, language)),
        "by_role": [(names[role], number, address(role=role)) for role, number in roles.most_common()],
        "by_country": [(country_name(country, language), number, address(country=country)) for country, number in by_country.most_common()],
        "matrix": matrix([each for each in sharing["matrix"] if whom(each, "recipient") in known]),
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


def matrix(cells: list[Json]) -> Json:
    """Categories by recipients: in how many holdings, and how dark that is. Rows and columns: the one with most first."""
    numbers: dict[str, Counter[str]] = {}
    terms: dict[str, Json] = {}
    columns: Counter[str] = Counter()
    for each in cells:
        category = each["category"]["term"]
        terms[category] = each["category"]
        numbers.setdefault(category, Counter())[each["recipient"]] += each["holdings"]
        columns[each["recipient"]] += each["holdings"]
    most = max((number for row in numbers.values() for number in row.values()), default=0)
    names = [name for name, _ in columns.most_common()]
    order = sorted(numbers, key=lambda term: (-numbers[term].total(), term))
    return {
        "columns": names,
        "rows": [
            {
                "category": terms[term],
                "cells": [{"recipient": name, "number": numbers[term][name], "level": level_of(numbers[term][name], most)} for name in names],
            }
            for term in order
        ],
    }
