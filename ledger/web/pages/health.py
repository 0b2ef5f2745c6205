"""The page on the ledger itself: how far it is folded, sealed and verified, what could not be read, and what to do. Source: docs/runbook.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from ledger.answers.shapes import as_json
from ledger.doctoring.all_checks import CHECKS
from ledger.doctoring.checks import run_all
from ledger.errors import DependencyError
from ledger.settings import Settings
from ledger.web.pages.asking import PageAsking
from ledger.web.roles import EVERY_CONTROLLER, Principal, Role


def routes(asking: PageAsking, settings: Settings) -> APIRouter:
    """The route of this file."""
    router = APIRouter()
    anybody = Principal(Role.OPERATOR, "", (EVERY_CONTROLLER,), "")

    @router.get("/health-of-ledger")
    def health(request: Request) -> Response:
        known = {}
        try:
            with asking.replying.query(anybody, None, None) as query:
                known["freshness"] = as_json(query.freshness())
        except DependencyError:
            pass  # that is what the checks are about to say
        checks = [asdict(each) for each in run_all(CHECKS, settings)]
        counts = Counter(each["verdict"] for each in checks)
        return asking.pages.page(request, "health.html", checks=checks, counts=counts, **known)

    return router
