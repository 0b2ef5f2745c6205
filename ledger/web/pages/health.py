"""The page on the ledger itself: what `ledger doctor` finds, how far it is folded, and what to do. Source: docs/runbook.md.

The checks go side by side, since one that waits for a service that is away waits for seconds; what they found is shown again for a while.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from ledger.answers.shapes import as_json
from ledger.doctoring.all_checks import CHECKS
from ledger.doctoring.checks import run
from ledger.errors import DependencyError
from ledger.settings import Settings
from ledger.web.pages.asking import PageAsking
from ledger.web.roles import EVERY_CONTROLLER, Principal, Role

AT_ONCE: Final = 8
SHOWN_SECONDS: Final = 10.0


def routes(asking: PageAsking, settings: Settings) -> APIRouter:
    """The route of this file."""
    router, anybody, checked = APIRouter(), Principal(Role.OPERATOR, "", (EVERY_CONTROLLER,), ""), Checked(settings)

    @router.get("/health-of-ledger")
    def health(request: Request) -> Response:
        known = {}
        try:
            with asking.replying.query(anybody, None, None) as query:
                known["freshness"] = as_json(query.freshness())
        except DependencyError:
            pass  # that is what the checks are about to say
        checks = checked.findings()
        return asking.pages.page(request, "health.html", checks=checks, counts=Counter(each["verdict"] for each in checks), **known)

    return router


class Checked:
    """The latest findings, made anew when they are older than SHOWN_SECONDS; who comes meanwhile waits for the same."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._found: tuple[float, list[dict[str, Any]]] = (-SHOWN_SECONDS, [])

    def findings(self) -> list[dict[str, Any]]:
        """One for each check, in their order."""
        with self._lock:
            at, found = self._found
            if time.monotonic() - at >= SHOWN_SECONDS:
                with ThreadPoolExecutor(AT_ONCE) as pool:
                    found = [asdict(each) for each in pool.map(lambda check: run(check, self._settings), CHECKS.values())]
                self._found = time.monotonic(), found
            return found
