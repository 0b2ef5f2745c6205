"""Why something is still there, what was erased, and one event with its proof: look-ups, told before the answer like those of persons.py.

Source: docs/http.md, "Persons"; docs/evidence.md (bundles); docs/policies.md (explanations).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from ledger import diagnostics
from ledger.answers.erasures import Asked as AskedErasures
from ledger.answers.shapes import Freshness
from ledger.answers.shapes_erasure import CertificateAnswer
from ledger.answers.shapes_subject import HoldingAnswer
from ledger.answers.wide_query import WideQuery
from ledger.auditing.bundles import Place
from ledger.auditing.proofs import Proof, Seal, has_seals, proof_of
from ledger.auditing.sealed_archive import SealedArchive
from ledger.contract import codec
from ledger.contract.json_form import to_json
from ledger.contract.term_names import Language
from ledger.core.rules import PolicyInForce
from ledger.errors import CallerError, DataError
from ledger.explaining.explaining import explain
from ledger.explaining.json_form import explanation_json
from ledger.explaining.shapes import Asked
from ledger.packing.certificates import bundle_of, certified
from ledger.sealing.archive import Archive
from ledger.topics import FACTS
from ledger.web import json_schemas
from ledger.web.access import OF_EVENTS
from ledger.web.gate import principal_of
from ledger.web.persons import Looking, Person, Text, require_now
from ledger.web.problems import Problem, not_known
from ledger.web.replying import Replying
from ledger.web.roles import Principal, Role

OF_NOW: Final = "it is of what is known now; /v1/subjects/show takes a moment"


class Which(Person):
    """Which holdings of the person are asked about; without any, all that is held."""

    holder: Text | None = None
    store: Text | None = None
    purpose_held: Text | None = Field(None, description="The purpose for which it is held.", examples=["dpv:CustomerOrderManagement"])
    ref: Text | None = None
    lang: Literal["en", "nl"] = "en"


class AtPlace(Person):
    """One event by its place on `facts`."""

    partition: Annotated[int, Field(ge=0, le=2**31 - 1)]
    offset: Annotated[int, Field(ge=0, le=2**63 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedHolding:
    """What is held, and what the policy says of it as `ledger policy explain --json`; None where no policy declares it."""

    holding: HoldingAnswer
    explanation: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedAnswer:
    """Why the data of one person is still there."""

    controller: str
    subject_ref: str
    holdings: tuple[ExplainedHolding, ...]
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedAnswer:
    """What was erased. bundle: the proofs, as `ledger audit certificate`; None while an event of it is not sealed."""

    certificate: CertificateAnswer
    bundle: dict[str, Any] | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class FactAnswer:
    """One event in its form for people. seal: SEALED, NOT_YET, or DAMAGED, when the archive cannot tell. bundle: the proof, where it is SEALED.

    withheld: names of fields that this role is not told; they are not in the event.
    """

    topic: str
    partition: int
    offset: int
    event: dict[str, Any]
    withheld: tuple[str, ...]
    seal: str
    bundle: dict[str, Any] | None
    freshness: Freshness


def routes(replying: Replying, looking: Looking, archive: Path) -> APIRouter:
    """The routes of this file. archive: the folder of the sealed files."""
    router = APIRouter(prefix="/v1", tags=["persons"])

    @router.post("/subjects/explain", **json_schemas.answers(ExplainedAnswer, "Why something is still there: the policy, in words"))
    def explained(request: Request, which: Which) -> Response:
        require_now(which, OF_NOW)
        who = looking.at(principal_of(request), which)
        return replying.reply(request, lambda query: _explained(query, who, which))

    @router.post("/subjects/certificate", **json_schemas.answers(CertifiedAnswer, "What was erased of one person, who says so, and the proofs"))
    def certificate(request: Request, person: Person) -> Response:
        require_now(person, OF_NOW)
        who = looking.at(principal_of(request), person)
        if not has_seals(Archive(archive)):
            raise Problem(409, "nothing is sealed yet, and a certificate rests on what is", hint="ledger seal --once")

        def ask(query: WideQuery) -> CertifiedAnswer:
            sealed = SealedArchive(Archive(archive))
            found = certified(query, sealed, AskedErasures(None, *who, None))
            try:
                proofs = bundle_of(sealed, found)
            except DataError:
                proofs = None
            return CertifiedAnswer(certificate=found, bundle=proofs, freshness=found.freshness)

        return replying.reply(request, ask)

    @router.post("/facts/show", **json_schemas.answers(FactAnswer, "One event by its place, with the proof that it is sealed"))
    def fact(request: Request, at: AtPlace) -> Response:
        require_now(at, "an event on the log stays what it is")
        principal = principal_of(request)
        event, withheld = shown_event(principal.role, *fact_looked_at(replying, looking, principal, at.partition, at.offset, at))

        def ask(query: WideQuery) -> FactAnswer:
            proof = proof_at(archive, at.partition, at.offset)
            return FactAnswer(
                topic=FACTS, partition=at.partition, offset=at.offset, event=event, withheld=withheld, seal=proof.seal,
                bundle=proof.bundle, freshness=query.freshness(),
            )  # fmt: skip

        return replying.reply(request, ask)

    return router


def proof_at(archive: Path, partition: int, offset: int) -> Proof:
    """How an event on `facts` is sealed. Of a damaged archive the caller learns that, the operator what."""
    found = proof_of(Archive(archive), Place(FACTS, partition, offset))
    if found.seal is Seal.DAMAGED:
        diagnostics.logger("web").error("archive_damaged", error=found.why)
    return found


def shown_event(role: Role, type_name: str, fields: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """An event in JSON form without what a role is not told, and the names of that. Pure."""
    event = to_json(type_name, fields)
    withheld = tuple(name for name in OF_EVENTS.get((role, type_name), ()) if event.get(name) is not None)
    return {name: value for name, value in event.items() if name not in withheld}, withheld


def fact_looked_at(
    replying: Replying, looking: Looking, principal: Principal, partition: int, offset: int, why: Person
) -> tuple[str, dict[str, Any]]:
    """(type, fields) of one event, once the look is told where it is about a person. why: whom it must be about, if anybody is named.

    Raises: Problem 404, it is not there, not in reach, or about another; as `Looking.at`.
    """
    with replying.query(principal, None, None) as query:
        value = query.event(partition, offset)
    if value is None:
        raise not_known()
    type_name, fields = codec.decode(value)
    if "subject_ref" in fields:
        named = why.controller or fields["controller"], why.subject_ref or fields["subject_ref"]
        if named != (fields["controller"], fields["subject_ref"]):
            raise not_known()
        looking.at(principal, why.model_copy(update={"controller": named[0], "subject_ref": named[1]}))
    elif "controller" in fields and not principal.may_see(fields["controller"]):
        raise not_known()
    return type_name, fields


def _explained(query: WideQuery, who: tuple[str, str], which: Which) -> ExplainedAnswer:
    found, standing = query.subject(*who), query.policy_standing(who[0])
    held = [each for each in found.holdings if each.categories and _is_asked(each, which)]
    lines = tuple(ExplainedHolding(holding=each, explanation=_explanation(standing, each, which.lang)) for each in held)
    return ExplainedAnswer(controller=who[0], subject_ref=who[1], holdings=lines, freshness=found.freshness)


def _is_asked(holding: HoldingAnswer, which: Which) -> bool:
    asked = (which.holder, holding.holder), (which.store, holding.store), (which.purpose_held, holding.purpose.term), (which.ref, holding.ref)
    return all(wanted is None or wanted == there for wanted, there in asked)


def _explanation(standing: PolicyInForce | None, holding: HoldingAnswer, language: Language) -> dict[str, Any] | None:
    if standing is None:
        return None
    whose = {"role": holding.role.term} if holding.role is not None else {"activity": holding.activity}
    asked = Asked(**whose, purpose=holding.purpose.term, categories=frozenset(each.category.term for each in holding.categories))
    try:
        return explanation_json(explain(standing.policy, asked, language, standing.zone), standing.zone)
    except CallerError:
        return None  # the policy does not declare it
