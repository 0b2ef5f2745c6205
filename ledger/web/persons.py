"""Questions about one person: POST, with the reference in the body, so that no log of addresses ever has it.

A look by somebody else is an event (DataConsulted: who, what for, because of what), acknowledged by Kafka before anything of the answer is given;
without that there is no answer. Dying between the two: a look-up stands on the log of which nobody saw the answer. The person's own look is no
look-up. Unknown and out of reach get the same answer by the same reads, and no event. Sources: GDPR Art. 5(2), 15, 32; C-579/21; SO-12; WH-09;
docs/access.md.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, Literal, Protocol

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ledger import failpoints
from ledger.answers.as_of import AsOfAnswer
from ledger.answers.look_ups import Opening
from ledger.answers.query import Query
from ledger.answers.shapes_access import AccessAnswer, PortableAnswer
from ledger.answers.shapes_rights import LookUpsAnswer
from ledger.answers.shapes_subject import SubjectAnswer
from ledger.answers.wide_query import WideQuery
from ledger.metrics.web import LOOK_UPS, TURN_SECONDS
from ledger.moments import read_known_at, read_moment
from ledger.sdk.to_seal import ROLE
from ledger.web import json_schemas
from ledger.web.gate import principal_of
from ledger.web.pool import WAIT_SECONDS
from ledger.web.problems import Problem, not_known, unavailable
from ledger.web.replying import Replying, sent
from ledger.web.roles import Principal, Role

SOURCE = "ledger-web"
TURNS: Final = 6
"""Answers on persons that are made at the same time: measured, docs/performance.md."""


class TellsLookUps(Protocol):
    """Puts a DataConsulted on the log, and returns when it is there. Raises: LedgerError, and then there is no answer."""

    def __call__(
        self, controller: str, subject_ref: str, actor: str, *, purpose: str, categories: tuple[str, ...], ticket_ref: str | None,
        incident_ref: str | None, permission_ref: str | None,
    ) -> None: ...  # fmt: skip


Ask = Callable[[WideQuery, str, str], Any]
"""(query, controller, subject_ref) -> answer."""

Text = Annotated[str, Field(min_length=1, max_length=128)]


class Person(BaseModel):
    """Whom the question is about, and why it is asked. A person who asks about themselves leaves all of it out."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    controller: Text | None = Field(None, examples=["hostinghuis"])
    subject_ref: Text | None = Field(None, examples=["subj-7f3a9c21d4e8"])
    purpose: Text | None = Field(None, description="What for: a term of the purposes.", examples=["dpv:CustomerCare"])
    ticket_ref: Text | None = Field(None, examples=["ticket-4711"])
    incident_ref: Text | None = None
    permission_ref: Text | None = None
    on: Text | None = Field(None, description="What was so at the end of that day.", examples=["2020-01-31"])
    known_at: Text | None = Field(None, description="As known then: a day, a time, OFFSET or PARTITION:OFFSET.")


class ForWhom(Person):
    """And for whom the answer is made."""

    audience: Literal["subject", "officer"] = Field("subject", alias="for")


def routes(replying: Replying, looking: Looking, opening: Callable[[], Opening | None]) -> APIRouter:
    """The routes of this file. opening: what opens who looked, for an officer; None where there is no vault."""
    router = APIRouter(prefix="/v1/subjects", tags=["persons"])

    router.post("/show", **json_schemas.answers(SubjectAnswer, "All that is known of one person"))(showing(looking))

    @router.post("/as-of", **json_schemas.answers(AsOfAnswer, "What is known of a day now that was not known then"))
    def as_of(request: Request, person: Person) -> Response:
        if person.known_at is None:
            raise Problem(422, "expected a place or a time, got none", field="known_at", hint="since when what has been learnt?")
        on, known_at = read_moment(person.on, field="on"), read_known_at(person.known_at)
        return looking.answer(request, person, lambda query, *who: query.as_of(*who, on=on, known_at=known_at))

    @router.post("/access", **json_schemas.answers(AccessAnswer, "All that a person may ask (GDPR Art. 15)"))
    def access(request: Request, person: ForWhom) -> Response:
        audience = looking.audience(principal_of(request), person.audience)
        return looking.answer_then(request, person, lambda query, *who: query.access(*who, audience))

    @router.post("/portable", **json_schemas.answers(PortableAnswer, "What the person may take along (GDPR Art. 20)"))
    def portable(request: Request, person: Person) -> Response:
        return looking.answer_then(request, person, lambda query, *who: query.portable(*who))

    @router.post("/look-ups", **json_schemas.answers(LookUpsAnswer, "Who looked at the data, when and what for"))
    def look_ups(request: Request, person: ForWhom) -> Response:
        audience = looking.audience_of_look_ups(principal_of(request), person.audience)
        opens = opening() if audience == "officer" else None
        return looking.answer_then(request, person, lambda query, *who: query.look_ups(*who, audience, opens))

    return router


def showing(looking: Looking) -> Callable[[Request, Person], Response]:
    """The question that is asked most often; it also has a way of its own (short_way.py)."""

    def show(request: Request, person: Person) -> Response:
        on, known_at = read_moment(person.on, field="on"), None if person.known_at is None else read_known_at(person.known_at)
        return looking.answer(request, person, lambda query, *who: query.subject(*who, on=on, known_at=known_at))

    return show


class Looking:
    """Who is looked at, allowed and told."""

    def __init__(self, replying: Replying, tell: TellsLookUps, *, is_sealed: bool = True) -> None:
        """is_sealed: a vault seals who looked. Where there is none, the role alone is told: no person stands on the log for ever."""
        self._is_sealed = is_sealed
        self._replying, self._tell, self._turns = replying, tell, threading.BoundedSemaphore(TURNS)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A few at a time: more threads that wait for Kafka and PostgreSQL at once only take the interpreter from each other. Raises: Problem 503."""
        with TURN_SECONDS.labels("person").time():
            has_turn = self._turns.acquire(timeout=WAIT_SECONDS)
        if not has_turn:
            raise unavailable("too many people are being looked at")
        try:
            yield
        finally:
            self._turns.release()

    def audience(self, principal: Principal, wished: str) -> str:
        """For an officer only when the officer asks: an auditor learns as much as the person (docs/access.md)."""
        return wished if principal.role is Role.DPO else "subject"

    def audience_of_look_ups(self, principal: Principal, wished: str) -> str:
        """An auditor sees every look-up, also what the person may not know of, and never who it was."""
        return "auditor" if principal.role is Role.AUDITOR else self.audience(principal, wished)

    def answer(self, request: Request, person: Person, ask: Ask) -> Response:
        """The answer to a question about a person as of now, once the look-up is on the log: of one moment with what the look-up is told to show.

        Raises: as at.
        """
        principal = principal_of(request)
        with self.turn():
            if principal.role is Role.SUBJECT:
                who = self._own(principal, person)
                return self._replying.reply(request, lambda query: ask(query, *who))
            answer = self.looked(principal, person, ask)
            return sent(request, answer, answer.freshness)

    def looked(self, principal: Principal, person: Person, ask: Ask) -> Any:
        """What was read of a person, given only once the look-up is on the log: without the look-up itself, whatever is folded meanwhile.

        Of somebody else than who asks. Raises: as at.
        """
        controller, subject_ref = _asked(principal, person)
        looked = _looked_at(principal, controller, subject_ref)
        with self._replying.query(principal, None, None) as query, query.one_moment(controller, looked):
            categories = _seen(query, principal, controller, looked)
            answer = ask(query, controller, subject_ref)
        self._told(principal, person, controller, subject_ref, categories)
        return answer

    def answer_then(self, request: Request, person: Person, ask: Ask) -> Response:
        """As answer, where the question may be about another moment of the ledger, which is then worked out after the look-up is on the log."""
        if person.on is None and person.known_at is None:
            return self.answer(request, person, ask)
        with self.turn():
            who = self.at(principal_of(request), person)
            known_at = None if person.known_at is None else [person.known_at]
            return self._replying.reply(request, lambda query: ask(query, *who), on=person.on, known_at=known_at, person=who)

    def at(self, principal: Principal, person: Person) -> tuple[str, str]:
        """(controller, subject_ref), once the look-up is on the log. Not about a moment that cannot be read or has not come: nothing is shown then,
        so nobody has looked. Raises: Problem 404, 422; CallerError; LedgerError when it could not be told."""
        on = read_moment(person.on, field="on")
        if person.known_at is not None:
            read_known_at(person.known_at)
        if principal.role is Role.SUBJECT:
            return self._own(principal, person)
        controller, subject_ref = _asked(principal, person)
        with self._replying.query(principal, None, None) as query:
            categories = _seen(query, principal, controller, _looked_at(principal, controller, subject_ref))
            query.require_so_by_now(on)
        self._told(principal, person, controller, subject_ref, categories)
        return controller, subject_ref

    def _told(self, principal: Principal, person: Person, controller: str, subject_ref: str, categories: tuple[str, ...]) -> None:
        actor = principal.actor if self._is_sealed else f"{ROLE}{principal.role}"
        self._tell(
            controller, subject_ref, actor, purpose=person.purpose or "", categories=categories, ticket_ref=person.ticket_ref,
            incident_ref=person.incident_ref, permission_ref=person.permission_ref,
        )  # fmt: skip
        LOOK_UPS.labels(str(principal.role)).inc()

    def _own(self, principal: Principal, person: Person) -> tuple[str, str]:
        own = principal.only_controller, principal.subject_ref
        asked = person.controller or own[0], person.subject_ref or own[1]
        if own[0] is None or own[1] is None or asked != own:
            raise not_known()
        return own[0], own[1]


def require_now(person: Person, hint: str) -> None:
    """Of a question that is answered of now alone: another moment is not left out in silence. hint: what takes one. Raises: Problem 422."""
    for name, given in (("on", person.on), ("known_at", person.known_at)):
        if given is not None:
            raise Problem(422, "expected no moment, got one", field=name, hint=hint)


def _asked(principal: Principal, person: Person) -> tuple[str, str]:
    """(controller, subject_ref) of a question that says enough. Raises: Problem 422."""
    if person.subject_ref is None:
        raise Problem(422, "expected a subject, got none", field="subject_ref")
    if person.purpose is None:
        raise Problem(422, "expected a purpose, got none", field="purpose", hint="what for is the data looked at? for example dpv:CustomerCare")
    controller = person.controller or principal.only_controller
    if controller is None:
        raise Problem(422, "expected a controller, got none", field="controller")
    return controller, person.subject_ref


def _looked_at(principal: Principal, controller: str, subject_ref: str) -> str:
    """Whose rows are read: out of reach those of a person who is not there, so that nobody can tell the two apart by their time."""
    return subject_ref if principal.may_see(controller) else secrets.token_hex(16)


def _seen(query: Query, principal: Principal, controller: str, subject_ref: str) -> tuple[str, ...]:
    """The categories that the look shows. Raises: Problem 404, unknown or out of reach."""
    categories = seen_by(query, controller, subject_ref)
    if categories is None or not principal.may_see(controller):
        raise not_known()
    return categories


def seen_by(query: Query, controller: str, subject_ref: str) -> tuple[str, ...] | None:
    """The categories that a look shows; None: nothing is known. A text that is no reference is known of nobody."""
    if "\x00" in controller + subject_ref:
        return None
    return query.seen_by_looking(controller, subject_ref)


def teller(emitter: Any) -> TellsLookUps:
    """Tells look-ups with an emitter. One without a vault takes no actor but a role (docs/vault.md section 9)."""

    def tell(controller: str, subject_ref: str, actor: str, **about: Any) -> None:
        emitter.consulted(subject_ref, controller=controller, source=SOURCE, actor=actor, **{k: v for k, v in about.items() if v is not None})
        failpoints.pass_by("look_up_before_answer")

    return tell
