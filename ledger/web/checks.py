"""Whether the installation is sound: `ledger doctor`, and what `ledger reconcile` found last, over HTTP. Changes nothing.

The checks of the doctor go side by side, since one that waits for a service that is away waits for seconds; what they found is told again
for a while. Must never tell an address, a path or a secret: an error is told by its kind. Sources: docs/runbook.md; docs/answers.md section 12.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Request, Response
from fastapi import Query as Parameter

from ledger.doctoring.all_checks import CHECKS
from ledger.doctoring.checks import Check, Finding, run, waiting
from ledger.reconciling.noted import NotedAnswer
from ledger.settings import Settings
from ledger.web.json_schemas import answers
from ledger.web.problems import Problem
from ledger.web.replying import JSON, seen_by

AT_ONCE: Final = 8
SHOWN_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many checks ended how."""

    ok: int
    warning: int
    wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorAnswer:
    """Each check that was asked for, in their order, and how many ended how."""

    checks: tuple[Finding, ...]
    counts: Counts


class Checked:
    """The latest findings, made anew when they are older than SHOWN_SECONDS; who comes meanwhile waits for the same."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, Finding]] = {}

    def findings(self, only: Collection[str] = ()) -> tuple[Finding, ...]:
        """One for each check, in their order. only: of these alone; none: of all."""
        wanted = [check for name, check in CHECKS.items() if not only or name in only]
        with self._lock:
            old = [each for each in wanted if each.name not in self._found or time.monotonic() - self._found[each.name][0] >= SHOWN_SECONDS]
            for needing in (False, True):  # what others need, first
                self._run([each for each in old if bool(each.needs) is needing])
            return tuple(self._found[each.name][1] for each in wanted)

    def _run(self, checks: Sequence[Check]) -> None:
        known = {name: each for name, (at, each) in self._found.items() if time.monotonic() - at < SHOWN_SECONDS}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda check: waiting(check, known) or run(check, self._settings, is_told_abroad=True), checks))
        self._found |= {each.name: (time.monotonic(), each) for each in found}


def routes(checked: Checked, noted: Callable[[], NotedAnswer]) -> APIRouter:
    """The routes of this file. noted: what stands noted of the last reconcile; raises DependencyError."""
    router = APIRouter(prefix="/v1", tags=["answers"])

    @router.get("/doctor", **answers(DoctorAnswer, "What is wrong with this installation, and what to do"))
    def doctor(
        request: Request,
        only: Annotated[list[str] | None, Parameter(description="These checks alone, by name. [all]", max_length=len(CHECKS))] = None,
    ) -> Response:
        if not set(only or ()) <= set(CHECKS):
            raise Problem(422, "expected the name of a check, got another", field="only", hint=", ".join(CHECKS))
        found = checked.findings(frozenset(only or ()))
        ended = Counter(each.verdict for each in found)
        counts = Counts(ok=ended["ok"], warning=ended["warning"], wrong=ended["wrong"])
        return Response(orjson.dumps(seen_by(request, DoctorAnswer(checks=found, counts=counts))), media_type=JSON)

    @router.get("/reconcile", **answers(NotedAnswer, "What log against database found last, how far it is, and how old that is"))
    def reconcile(request: Request) -> Response:
        return Response(orjson.dumps(seen_by(request, noted())), media_type=JSON)

    return router
