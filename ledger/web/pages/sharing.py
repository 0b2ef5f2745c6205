"""The page on sharing: recipients by role and country, what each has, agreements and safeguards with their ends."""

from __future__ import annotations

from collections import Counter
from typing import Any

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
    def sharing(request: Request, controller: str = "", on: str = "") -> Response:
        language = language_of(request)
        return asking.page(request, "sharing.html", _ask, lambda found: shown(found, language), controller=controller, on=on)

    return router


def _ask(query: Query, controller: str | None) -> dict[str, Any]:
    return {"recipients": query.recipients(controller), "transfers": query.transfers(controller)}


def shown(found: Json, language: str) -> Json:
    """What the template needs. found: the answers `recipients` and `transfers` in JSON form."""
    recipients, transfers = found["recipients"]["recipients"], found["transfers"]["transfers"] + found["transfers"]["unplaced"]
    roles: Counter[str] = Counter()
    countries: Counter[str] = Counter()
    for each in recipients:
        roles[term_in(each["role"], language)] += each["subjects"]
        countries[", ".join(each["countries"]) or each["country"] or UNKNOWN_COUNTRY] += each["holdings"]
    return {
        "recipients": recipients,
        "transfers": transfers,
        "by_role": roles.most_common(),
        "by_country": countries.most_common(),
        "matrix": matrix(recipients),
        "totals": {
            "recipients": len({each["recipient"] for each in recipients}),
            "holdings": sum(each["holdings"] for each in recipients),
            "outside": sum(each["holdings"] for each in found["transfers"]["transfers"]),
            "uncovered": sum(each["agreement"]["state"] not in COVERED for each in recipients),
            "lapsed": sum(not each["safeguard"]["is_lawful"] for each in found["transfers"]["transfers"]),
        },
    }


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
