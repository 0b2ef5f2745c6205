"""The page on policies: each version that was published, its text beside what it does in plain words, how each promise is watched, what it changed.

The words are those of `ledger policy explain`, the differences those of `ledger policy diff`. Source: docs/policies.md.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ledger.answers.published_policies import PoliciesAnswer
from ledger.contract.term_names import Language
from ledger.core.rules import PolicyInForce
from ledger.web.pages import policy_shown
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.listing import Name
from ledger.web.pages.rendering import language_of

Versions = list[PolicyInForce]


def routes(asking: PageAsking) -> APIRouter:
    """The route of this file."""
    router = APIRouter()

    @router.get("/policies")
    def policies(request: Request, controller: Name = "", version: Name = "") -> Response:
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
    policy, earlier = versions[place].policy, versions[place - 1].policy if place else None
    return {
        "explained": policy_shown.explained(policy, language), "promises": policy_shown.promises(policy, language),
        "earlier": earlier.version if earlier else None, "changes": policy_shown.changes(earlier, policy, language),
    }  # fmt: skip
