"""The acts of the data protection officer: fill in, look again, and then it stands on the log, with a receipt.

The id of the event is made with the form, so a second press, or a form sent again, finds the first one's receipt. What was typed comes back with
every error. Order of things: 1. checked; whether a person is known is a look at that person, told first (ledger/web/persons.py)  2. looked at again,
under a seal  3. with that seal claimed and emitted (ledger/web/taking.py)  4. acknowledged, and only then shown as done. Without the seal one is
at 1. Sources: docs/acts.md; GDPR Art. 5(2), 32; OWASP ASVS 5.0 2.3.
"""

from __future__ import annotations

import time
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from ledger.contract import vocabulary
from ledger.contract.broken_rules import NO_VALUE
from ledger.contract.json_form import FieldError, from_json
from ledger.errors import LedgerError
from ledger.sdk.emit import Emitter
from ledger.sdk.event_ids import IdMaker, id_text
from ledger.web.event_bodies import Item, digest_of, require_fit
from ledger.web.gate import principal_of
from ledger.web.ingest import ClaimsPool
from ledger.web.pages.act_forms import ACTS, NOT_KNOWN, REASONS_MAX, Act, event_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.looked_again import FIELD, is_sealed, seal_of
from ledger.web.persons import SOURCE, Looking, Person
from ledger.web.problems import Problem, not_known, problem_of
from ledger.web.roles import Principal
from ledger.web.taking import Accepted, Taking

Typed = dict[str, list[str]]
VALUES_MAX: Final = 300
_MADE: Final = ("salt", "occurred_at")
_NOT_TYPED: Final = ("csrf", "step", FIELD)


def routes(asking: PageAsking, looking: Looking, emitter: Emitter, claims: ClaimsPool) -> APIRouter:
    """The routes of this file."""
    router, acting = APIRouter(), Acting(asking, looking, emitter, claims)

    @router.get("/acts/{kind}")
    def form(request: Request, kind: str) -> Response:
        return acting.show(request, kind, {})

    @router.post("/acts/{kind}")
    async def act(request: Request, kind: str) -> Response:
        given = (await request.form()).multi_items()
        if len(given) > VALUES_MAX:
            raise Problem(413, "expected fewer values in a form, got more")
        typed: Typed = {}
        for name, value in given:
            if isinstance(value, str):
                typed.setdefault(name, []).append(value)
        return await run_in_threadpool(acting.step, request, kind, typed)

    return router


class Acting:
    """Takes a form through its steps."""

    def __init__(self, asking: PageAsking, looking: Looking, emitter: Emitter, claims: ClaimsPool) -> None:
        self._asking, self._looking, self._emitter, self._claims, self._ids = asking, looking, emitter, claims, IdMaker()

    def step(self, request: Request, kind: str, typed: Typed) -> Response:
        """What the form asks next: `check` it, `do` it, or just show it."""
        step, principal = (typed.get("step") or [""])[0], principal_of(request)
        if step not in ("check", "do"):
            return self.show(request, kind, typed)
        try:
            item = _item(_act(kind), principal, typed)
            if step == "check" or not is_sealed(request, (typed.get(FIELD) or [""])[0], *_shown(kind, typed)):
                require_fit(item)  # first: a look that could not be told would name a field of its own
                self._look(_act(kind), principal, item)
                return self.show(request, kind, typed, is_checked=True)
            with self._claims() as lent:
                answer = Taking(self._emitter, lent).take([item])[0]
        except LedgerError as error:
            answer = problem_of(error)
        except Problem as problem:
            answer = problem
        if isinstance(answer, Accepted):
            return self._asking.pages.page(request, "act_done.html", kind=kind, act=_act(kind), receipt=answer)
        return self.show(request, kind, typed, problem=answer)

    def show(self, request: Request, kind: str, typed: Typed, *, is_checked: bool = False, problem: Problem | None = None) -> Response:
        """The form with what was typed; checked: to look at once more before it counts."""
        principal, act = principal_of(request), _act(kind)
        if principal.only_controller:
            controllers = [principal.only_controller]
        else:
            with self._asking.replying.query(principal, None, None) as query:
                controllers = [each for each in query.controllers() if principal.may_see(each)]
        shown = None if problem is None else {"hint": None, "field": None, "rule": None} | problem.members()
        typed = {"event_id": [id_text(self._ids.event_id(time.time_ns()))]} | {name: v for name, v in typed.items() if name not in _NOT_TYPED}
        status = 503 if problem and problem.status == 503 else 200
        return self._asking.pages.page(
            request, "act.html", status, kind=kind, act=act, typed=typed, controllers=controllers, is_checked=is_checked,
            problem=shown, lists=_lists(), reasons_max=REASONS_MAX,
            seal=seal_of(request, *_shown(kind, typed)) if is_checked else "",
        )  # fmt: skip

    def _look(self, act: Act, principal: Principal, item: Item) -> None:
        """Whether there is such a person: a look, told before the answer. Raises: FieldError, unknown or out of reach; LedgerError: not told."""
        if "subject_ref" not in item.fields:
            return
        about = Person(
            controller=item.fields["controller"], subject_ref=item.fields["subject_ref"], purpose=act.purpose,
            ticket_ref=item.fields[act.ticket] if act.ticket else None, on=None, known_at=None,
        )  # fmt: skip
        try:
            self._looking.at(principal, about)
        except Problem as problem:
            if problem.status != 404:
                raise
            raise FieldError("record", act.type_name, "subject_ref", NOT_KNOWN) from None


def _shown(kind: str, typed: Typed) -> list[str]:
    """All that counts of a form, in one order."""
    return [kind, *(part for name in sorted(typed) if name not in _NOT_TYPED for part in (name, *typed[name]))]


def _item(act: Act, principal: Principal, typed: Typed) -> Item:
    """The event, checked as far as its fields go. Raises: FieldError; Problem, of no person and out of reach."""
    controller = (typed.get("controller") or [""])[0].strip() or principal.only_controller
    if not controller:
        raise FieldError("record", act.type_name, "controller", NO_VALUE)
    event = event_of(act, typed) | {
        "event_id": (typed.get("event_id") or [""])[0], "controller": controller, "source": SOURCE, "actor": principal.actor,
    }  # fmt: skip
    type_name, fields = from_json(event, may_lack=_MADE)
    if "subject_ref" not in fields and not principal.may_see(controller):
        raise not_known()  # of a person it is the look that says so, as of one who is not known
    return Item(type_name, fields, digest_of(type_name, fields))


def _act(kind: str) -> Act:
    found = ACTS.get(kind)
    if found is None:
        raise not_known()
    return found


def _lists() -> dict[str, Any]:
    lists = {name: name for name in ("categories", "purposes", "refusal_reasons")} | {each: f"breach_{each}" for each in ("consequences", "measures")}
    return {field: list(vocabulary.terms(name)) for field, name in lists.items()}
