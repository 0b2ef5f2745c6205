"""The page on sharing: recipients by role and country, what each has, agreements and safeguards with their ends."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.rendering import language_of, term_in

Json = dict[str, Any]
COVERED = ("IN_FORCE", "NOT_NEEDED")
UNKNOWN_COUNTRY = "-"


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/sharing")
    def sharing(request: Request, controller: str = "", on: str = "", role: str = "", country: str = "") -> Response:
        language, wanted = language_of(request), {"role": role, "country": country}
        return asking.page(request, "sharing.html", _ask, lambda found: shown(found, language, wanted, controller, on), controller=controller, on=on)

    return router


def _ask(query: Query, controller: str | None) -> dict[str, Any]:
    return {"recipients": query.recipients(controller), "transfers": query.transfers(controller)}


def shown(found: Json, language: str, wanted: Json, controller: str = "", on: str = "") -> Json:
    """What the template needs. found: the answers `recipients` and `transfers` in JSON form. wanted: role (a term) and country, empty for any."""

    def address(**more: str) -> str:
        chosen = {"controller": controller, "on": on} | wanted | more
        return "/sharing?" + urlencode({name: value for name, value in chosen.items() if value}) + "#recipients"

    everybody = found["recipients"]["recipients"]
    recipients = [each for each in everybody if wanted["role"] in ("", each["role"]["term"]) and wanted["country"] in ("", *countries_of(each))]
    outside, unplaced = ([each for each in found["transfers"][kind] if is_wanted(each, wanted)] for kind in ("transfers", "unplaced"))
    roles: Counter[str] = Counter()
    countries: Counter[str] = Counter()
    for each in recipients:
        roles[each["role"]["term"]] += each["subjects"]
        countries[countries_of(each)[0]] += each["holdings"]
    names = {each["role"]["term"]: term_in(each["role"], language) for each in everybody}
    return {
        "is_empty": not everybody,
        "recipients": recipients,
        "groups": groups(recipients),
        "transfers": outside + unplaced,
        "wanted": wanted,
        "roles": sorted(names.items(), key=lambda item: item[1]),
        "countries": sorted({country for each in everybody for country in countries_of(each)}),
        "by_role": [(names[role], number, address(role=role)) for role, number in roles.most_common()],
        "by_country": [(country, number, address(country=country)) for country, number in countries.most_common()],
        "matrix": matrix(recipients),
        "ends": ends(recipients, found["recipients"]["freshness"]["time_reached"]),
        "totals": {
            "recipients": len({each["recipient"] for each in recipients}),
            "holdings": sum(each["holdings"] for each in recipients),
            "outside": sum(each["holdings"] for each in outside),
            "uncovered": sum(each["agreement"]["state"] not in COVERED for each in recipients),
            "lapsed": sum(not each["safeguard"]["is_lawful"] for each in outside),
        },
    }


def is_wanted(transfer: Json, wanted: Json) -> bool:
    """Whether a transfer is of the role and in the country that are asked for."""
    role = transfer["role"]["term"] if transfer["role"] else ""
    return wanted["role"] in ("", role) and wanted["country"] in ("", transfer["country"] or UNKNOWN_COUNTRY)


def countries_of(recipient: Json) -> list[str]:
    """Where it has data: as the shares say, else as the register says."""
    return recipient["countries"] or [recipient["country"] or UNKNOWN_COUNTRY]


def groups(recipients: list[Json]) -> list[Json]:
    """Recipients by name and role, with what each organisation gives to them; those with most people first."""
    found: dict[tuple[str, str], Json] = {}
    for each in recipients:
        key = (each["recipient"], each["role"]["term"])
        group = found.setdefault(key, {"recipient": each["recipient"], "role": each["role"], "of": [], "people": 0, "holdings": 0, "countries": []})
        group["of"].append(each)
        group["people"] += each["subjects"]
        group["holdings"] += each["holdings"]
        group["countries"] += [country for country in countries_of(each) if country not in group["countries"]]
    for group in found.values():
        group["uncovered"] = sum(each["agreement"]["state"] not in COVERED for each in group["of"])
        group["unlawful"] = any(each["safeguard"] and not each["safeguard"]["is_lawful"] for each in group["of"])
    return sorted(found.values(), key=lambda group: (-group["people"], group["recipient"]))


def ends(recipients: list[Json], now: str) -> list[Json]:
    """Agreements and safeguards with the moment they end: what has lapsed first, then the soonest, those without an end last."""
    lines = []
    for each in recipients:
        about = {"recipient": each["recipient"], "controller": each["controller"]}
        for one in each["agreement"]["agreements"]:
            event = {"event": one["event"], "is_lapsed": one["state"] == "ENDED"}
            lines.append(about | event | {"kind": "agreement", "name": one["agreement"], "from": one["in_force_from"], "until": one["until"]})
        safeguard = each["safeguard"]
        if safeguard and safeguard["safeguard"]:
            until = safeguard["since"] or safeguard["valid_until"]
            line = {"kind": "safeguard", "name": safeguard["safeguard"], "from": safeguard["valid_from"], "until": until}
            lines.append(about | line | {"event": None, "is_lapsed": not safeguard["is_lawful"] or (until is not None and until <= now)})
    return sorted(lines, key=lambda line: (not line["is_lapsed"], line["until"] is None, line["until"] or "", line["recipient"], line["controller"]))


def matrix(recipients: list[Json]) -> Json:
    """Categories by recipients: `held`, `gone` (all of it erased there) or nothing. Rows: the category most have first."""
    columns = list(dict.fromkeys(each["recipient"] for each in recipients))
    cells: dict[str, dict[str, str]] = {}
    terms: dict[str, Json] = {}
    for each in recipients:
        for gets in each["gets"]:
            for state, listed in (("gone", gets["erased"]), ("held", gets["categories"])):
                for category in listed:
                    terms[category["term"]] = category
                    row = cells.setdefault(category["term"], {})
                    if row.get(each["recipient"]) != "held":
                        row[each["recipient"]] = state
    order = sorted(cells, key=lambda term: (-sum(state == "held" for state in cells[term].values()), term))
    return {
        "columns": columns,
        "rows": [{"category": terms[term], "cells": [cells[term].get(column, "") for column in columns]} for term in order],
    }
