"""The page on promises: each that was made, how it stands, and how often it was broken, with the facts. Source: docs/promises.md.

Of a controller whose statement is not in this ledger, or out of reach, it must say nothing: "never broken" would be false.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from ledger.answers.query import Query
from ledger.core.policy import Policy
from ledger.policies.coverage import Row, coverage, rows_of
from ledger.web.gate import principal_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import After, Name, going_on
from ledger.web.pages.rendering import language_of, month_of_year
from ledger.web.problems import not_known

Json = dict[str, Any]
LIMIT: Final = 100
MONTHS: Final = 24
ARTICLE: Final = "GDPR-"


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/violations")
    def promises(request: Request, controller: Name = "", on: Name = "", promise: Name = "", after: After = "") -> Response:
        language, principal = language_of(request), principal_of(request)
        made: list[Row] = []

        def ask(query: Query, who: str | None) -> Json:
            counts = query.violations(controller=who)
            reach = [each for each in query.controllers() if principal.may_see(each) and who in (None, each)]
            published = [version.policy for each in reach for version in query.policy_versions(each)]
            made.extend(promises_of(reach, published, {each.promise: each.controller for each in counts.counts}))
            if not promise:
                return {"all": counts}
            if promise not in {row.id for row in made}:
                raise not_known()
            found = query.violations(controller=who, promise=promise, limit=LIMIT, after=after or None)
            return {"all": counts, "found": found, "overview": query.promises_overview(who)}

        def show(found: Json) -> Json:
            lines = told(made, found["all"]["counts"], language)
            shown = {"query": {"controller": controller, "on": on, "promise": promise}, "one": None}
            if promise:
                one = next(line for line in lines if line["id"] == promise)
                return shown | {"one": one, **single(found["found"], found["overview"]["broken"], promise, after, language)}
            return shown | {"promises": lines, "totals": totals(lines)}

        return asking.page(request, "promises.html", ask, show, controller=controller, on=on)

    return router


def promises_of(controllers: Collection[str], published: Iterable[Policy], broken: Mapping[str, str]) -> list[Row]:
    """The promises of these controllers and the law's: the shipped ones in words, those of what they published beside them by id, each once.

    broken: promise -> controller of what was broken; an article of the GDPR is there only once it was, since no statement promises it.
    """
    found = {(row.controller, row.id): row for row in _rows() if row.controller is None or row.controller in controllers}
    for row in (row for policy in published for row in rows_of(policy)):
        if (None, row.id) not in found:
            found.setdefault((row.controller, row.id), row)
    known = {name for _, name in found}
    for name, controller in sorted(broken.items()):
        if name.startswith(ARTICLE):
            number, *parts = name.removeprefix(ARTICLE).split("-")
            article = number + "".join(f"({part})" for part in parts)
            found[None, name] = Row(name, None, f"GDPR Art. {article}", "", (), (), {}, f"Artikel {article} AVG")
        elif name not in known:
            found[controller, name] = Row(name, controller, "", "", (), (), {})
    return list(found.values())


def told(rows: Collection[Row], counts: Collection[Json], language: str) -> list[Json]:
    """Each promise with how often it was broken: the most often first. counts: of the answer `violations`; the law's are those of everybody."""
    lines = []
    for row in rows:
        of = [each for each in counts if each["promise"] == row.id and row.controller in (None, each["controller"])]
        lines.append({
            "id": row.id, "controller": row.controller, "text": row.said_in(language), "quote": row.quote if language == "nl" else "",
            "status": row.status, "broken": sum(each["violations"] for each in of),
            "latest": max((each["latest_found_at"] for each in of), default=None),
        })  # fmt: skip
    return sorted(lines, key=lambda line: (-line["broken"], line["id"], line["controller"] or ""))


def totals(lines: Collection[Json]) -> Json:
    """All promises in numbers."""
    return {
        "made": len(lines), "kept": sum(not line["broken"] for line in lines), "broken": sum(bool(line["broken"]) for line in lines),
        "times": sum(line["broken"] for line in lines), "silent": sum("silent" in line["status"] for line in lines),
        "outdated": sum("outdated" in line["status"] for line in lines),
    }  # fmt: skip


def single(found: Json, broken: Collection[Json], promise: str, after: str, language: str) -> Json:
    """One promise: a page of the times that it was broken, and all of them by month. broken: of the answer `promises`."""
    months: Counter[str] = Counter()
    for each in broken:
        if each["promise"] == promise:
            months[each["month"][:7]] += each["number"]
    return {
        "violations": found["violations"], **going_on(found, after),
        "months": [(month_of_year(month, language), number, None) for month, number in sorted(months.items())[-MONTHS:]],
    }  # fmt: skip


@cache
def _rows() -> tuple[Row, ...]:
    return tuple(row for row in coverage() if row.promise)
