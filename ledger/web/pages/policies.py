"""The page on policies: each version that was published, its text beside what it does in plain words, how each promise is watched, what it changed.

The words are those of `ledger policy explain`, the differences those of `ledger policy diff`. Source: docs/policies.md.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.published_policies import PoliciesAnswer
from ledger.contract.term_names import Language
from ledger.core.rules import PolicyInForce
from ledger.explaining.explaining import explain
from ledger.explaining.json_form import explanation_json
from ledger.explaining.shapes import Asked
from ledger.policies.comparing import compare
from ledger.policies.coverage import coverage, rows_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.rendering import language_of

Versions = list[PolicyInForce]


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/policies")
    def policies(request: Request, controller: str = "", version: str = "") -> Response:
        language: Language = "nl" if language_of(request) == "nl" else "en"
        kept: list[Versions] = []

        def ask(query: Any, who: str | None) -> dict[str, PoliciesAnswer]:
            found = query.policies(who)
            kept.append(query.policy_versions(who) if who and version else [])
            return {"found": found}

        def show(found: dict[str, Any]) -> dict[str, Any]:
            published = found["found"]["policies"]
            one = next((each for each in published if version and (each["controller"], each["version"]) == (controller, version)), None)
            return {
                "policies": [{name: value for name, value in each.items() if name != "text"} for each in published], "one": one,
                "about": shown(kept[0], version, language) if one else None, "query": {"controller": controller, "on": ""},
            }  # fmt: skip

        return asking.page(request, "policies.html", ask, show, controller=controller)

    return router


def shown(versions: Versions, version: str, language: Language) -> dict[str, Any]:
    """What one version says and does, and what it says otherwise than the one before it."""
    place = next(number for number, each in enumerate(versions) if each.policy.version == version)
    of = versions[place]
    texts = {row.id: row.promise for row in coverage()}
    earlier = versions[place - 1].policy if place else None
    return {
        "explained": explanation_json(explain(of.policy, Asked(), language, of.zone), of.zone),
        "promises": [
            {"id": row.id, "text": texts.get(row.id, ""), "said": row.today, "status": row.status, "rules": [rule._asdict() for rule in row.rules]}
            for row in rows_of(of.policy)
        ],
        "earlier": earlier.version if earlier else None,
        "changes": [
            {"how": each.how, "part": each.part, "name": each.name, "fields": [field._asdict() for field in each.fields]}
            for each in (compare(earlier, of.policy) if earlier else ())
        ],
    }  # fmt: skip
