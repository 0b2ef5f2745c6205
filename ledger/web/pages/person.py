"""The pages on one person: what an officer sees once it is told what for, and what the person sees of themselves.

A look goes through `Looking`: its event is on the log before anything is answered. The reference comes in the body of a form and leaves in no
address. Unknown and out of reach are one page. Sources: GDPR Art. 5(2), 15; SO-12; docs/pages.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi import Query as Parameter

from ledger.answers.look_ups import Opening
from ledger.contract import vocabulary
from ledger.exporting.asked import Parameters
from ledger.exporting.exporting import formats
from ledger.moments import read_moment
from ledger.web.access import may_export
from ledger.web.exports import Plain, streamed
from ledger.web.gate import principal_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.files import of_a_person
from ledger.web.pages.holders_picture import picture
from ledger.web.pages.rendering import language_of
from ledger.web.pages.timeline import timeline
from ledger.web.persons import Looking, Person
from ledger.web.problems import Problem, not_known
from ledger.web.replying import seen_by
from ledger.web.roles import Principal

Json = dict[str, Any]
USUAL: Final = ("dpv:CustomerCare", "dpv:RightsFulfilment", "dpv:LegalCompliance")
"""Purposes that stand first in the list."""
Short = Annotated[str, Form(max_length=128)]
FileName = Literal["access", "portable", "consents", "look-ups"]


@dataclass(frozen=True, slots=True)
class WhyForm:
    """Why somebody looks, as the form has it: a term of the purposes and a ticket; empty: not said yet."""

    purpose: Short = ""
    ticket_ref: Short = ""

    def person(self, controller: str | None, subject_ref: str | None, on: str | None = None) -> Person:
        """As `Looking` takes it. on: the day that is asked about."""
        purpose, ticket_ref = self.purpose or None, self.ticket_ref or None
        return Person(controller=controller, subject_ref=subject_ref, purpose=purpose, ticket_ref=ticket_ref, on=on, known_at=None)


def routes(asking: PageAsking, looking: Looking, opening: Callable[[], Opening | None]) -> APIRouter:
    """The routes of this file. opening: what opens who looked, for an officer; None where there is no vault."""
    router = APIRouter()

    @router.get("/subject")
    def ask_whom(request: Request) -> Response:
        return _form(asking, request)

    @router.post("/subject")
    def show(
        request: Request, controller: Annotated[str, Form(min_length=1, max_length=128)],
        subject_ref: Annotated[str, Form(min_length=1, max_length=128)], purpose: Short = "", ticket_ref: Short = "", on: Short = "",
    ) -> Response:  # fmt: skip
        subject_ref = subject_ref.strip()
        given = {"controller": controller, "subject_ref": subject_ref, "ticket_ref": ticket_ref, "on": on}
        if not is_purpose(purpose):
            return _form(asking, request, **given)
        moment = read_moment(on or None, field="on")
        who = looking.at(principal_of(request), WhyForm(purpose, ticket_ref).person(controller, subject_ref, on or None))
        audience = looking.audience_of_look_ups(principal_of(request), "officer")
        with asking.replying.query(principal_of(request), None, None) as query:
            found = query.subject(*who, on=moment)
            looks = query.look_ups(*who, audience, opening() if audience == "officer" else None)
        shown = shown_of(seen_by(request, found), seen_by(request, looks))
        files = of_a_person(principal_of(request).role)
        return asking.pages.page(request, "person.html", is_own=False, given=given | {"purpose": purpose}, own_files=files, **shown)

    @router.post("/subject/file")
    def file(
        request: Request, controller: Annotated[str, Form(min_length=1, max_length=128)],
        subject_ref: Annotated[str, Form(min_length=1, max_length=128)], name: Annotated[FileName, Form()], purpose: Short = "",
        ticket_ref: Short = "", form: Annotated[str, Form(alias="format", max_length=20)] = "",
    ) -> Response:  # fmt: skip
        principal = principal_of(request)
        if not may_export(principal.role, name):
            raise Problem(403, "this role may not have that file")
        if not is_purpose(purpose):
            raise Problem(422, "expected a purpose, got none", field="purpose")
        chosen = _form_of(name, form)
        audience = looking.audience_of_look_ups(principal, "subject") if name == "look-ups" else "subject"
        who = looking.at(principal, WhyForm(purpose, ticket_ref).person(controller, subject_ref.strip()))
        return streamed(asking.replying, request, name, _about(request, who, audience), chosen, False, None, None, who)

    @router.get("/my-data")
    def own(request: Request) -> Response:
        who = own_of(principal_of(request))
        with asking.replying.query(principal_of(request), None, None) as query:
            found, looks = query.subject(*who, audience="subject"), query.look_ups(*who, "subject", None)
        if not found.known:
            raise not_known()
        shown = shown_of(seen_by(request, found), seen_by(request, looks))
        return asking.pages.page(request, "person.html", is_own=True, given={}, own_files=of_a_person(principal_of(request).role), **shown)

    @router.get("/my-data/report")
    def own_report(
        request: Request, name: FileName = "access",
        form: Annotated[str, Parameter(alias="format", max_length=20, description="To read, or for programs.")] = "", plain: Plain = False,
    ) -> Response:  # fmt: skip
        principal = principal_of(request)
        who = own_of(principal)
        if not may_export(principal.role, name):
            raise Problem(403, "this role may not have that file")
        return streamed(asking.replying, request, name, _about(request, who, "subject"), _form_of(name, form), plain, None, None, who)

    return router


def is_purpose(purpose: str) -> bool:
    """Whether it is a reason to look: a term of the list."""
    return vocabulary.is_term("purposes", purpose)


def purposes(language: str) -> list[tuple[str, str]]:
    """(term, name) of every purpose: the usual ones of a look first, the others by name."""
    names = {term: each.label_nl if language == "nl" else each.label for term, each in vocabulary.terms("purposes").items()}
    usual = [term for term in USUAL if term in names]
    return [(term, names[term]) for term in (*usual, *sorted(names.keys() - set(usual), key=names.__getitem__))]


def own_of(principal: Principal) -> tuple[str, str]:
    """Whose view it is. Raises: Problem 404, the credential is bound to nobody."""
    if principal.only_controller is None or principal.subject_ref is None:
        raise not_known()
    return principal.only_controller, principal.subject_ref


def shown_of(found: Json, looks: Json) -> Json:
    """What the template needs. found, looks: the answers on a subject and on look-ups, in JSON form."""
    held = [each for each in found["holdings"] if each["categories"]]
    return {
        "found": found,
        "held": held,
        "gone": [each for each in found["holdings"] if not each["categories"]],
        "by_holder": by_holder(held),
        "picture": picture(found["controller"], found["holdings"]),
        "timeline": timeline(found),
        "open_duties": [each for each in found["obligations"] if each["state"] in ("OPEN", "OVERDUE")],
        "settled_duties": [each for each in found["obligations"] if each["state"] not in ("OPEN", "OVERDUE")],
        "looks": looks,
        "freshness": found["freshness"] | ({"on": found["on"]} if found["on"] else {}),
    }


def by_holder(held: list[Json]) -> list[Json]:
    """What is held now, by holder and store; the controller's own first, then in the order in which it was passed on."""
    groups: dict[tuple[Any, ...], Json] = {}
    for each in sorted(held, key=lambda each: (len(each["chain"]), each["holder"], each["store"] or "", each["since"])):
        key = (each["holder"], each["store"])
        about = {name: each[name] for name in ("holder", "role", "store", "chain")}
        groups.setdefault(key, about | {"holdings": []})["holdings"].append(each)
    return list(groups.values())


def _form(asking: PageAsking, request: Request, **given: str) -> Response:
    principal = principal_of(request)
    with asking.replying.query(principal, None, None) as query:
        controllers = [each for each in query.controllers() if principal.may_see(each)]
    blank = {"controller": "", "subject_ref": "", "ticket_ref": "", "on": ""}
    return asking.pages.page(request, "person_form.html", controllers=controllers, purposes=purposes(language_of(request)), given=blank | given)



def _about(request: Request, who: tuple[str, str], audience: str) -> Parameters:
    return Parameters(controller=who[0], subject_ref=who[1], audience=audience, language="en" if language_of(request) == "en" else "nl")


def _form_of(name: str, form: str) -> str:
    """The format asked for, or the first there is; before anything is told. Raises: Problem 422."""
    if form and form not in formats()[name]:
        raise Problem(422, f"expected a format of {', '.join(formats()[name])}, got another", field="format")
    return form or formats()[name][0]
