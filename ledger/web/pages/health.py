"""The page on the ledger itself: what `ledger doctor` finds, how far it is folded, and what to do. Source: docs/runbook.md."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request, Response

from ledger.answers.shapes import as_json
from ledger.errors import DependencyError, OperatorError
from ledger.web.checks import Checked
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.findings import said_of
from ledger.web.pages.rendering import language_of
from ledger.web.roles import EVERY_CONTROLLER, Principal, Role


def routes(asking: PageAsking, checked: Checked) -> APIRouter:
    """The route of this file."""
    router, anybody = APIRouter(), Principal(Role.OPERATOR, "", (EVERY_CONTROLLER,), "")

    @router.get("/health-of-ledger")
    def health(request: Request) -> Response:
        known = {}
        try:
            with asking.replying.query(anybody, None, None) as query:
                known["freshness"] = as_json(query.freshness())
        except (DependencyError, OperatorError):
            pass  # that is what the checks are about to say
        checks = [said_of(each, language_of(request)) for each in checked.findings()]
        return asking.pages.page(request, "health.html", checks=checks, counts=Counter(each.verdict for each in checks), **known)

    return router

