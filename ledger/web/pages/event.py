"""The page on one event: what it says and the proof that it is sealed. It may be about a person, so it says nothing before it is told what for.

Sources: docs/evidence.md sections 5 and 9 (rounds, bundles); SO-12; docs/pages.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Form, Request, Response
from fastapi import Path as InPath

from ledger.contract.json_form import to_json
from ledger.web.evidence import fact_looked_at, proof_at
from ledger.web.gate import principal_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.person import Short, WhyForm, is_purpose, purposes
from ledger.web.pages.rendering import language_of, term_in
from ledger.web.persons import Looking
from ledger.web.replying import seen_by

Json = dict[str, Any]
Partition = Annotated[int, InPath(ge=0, le=2**31 - 1)]
Offset = Annotated[int, InPath(ge=0, le=2**63 - 1)]
VOCABULARIES: Final = ("dpv", "pd", "ledger", "eu-gdpr")
TEXT_MAX: Final = 2_000
"""Of one field; the text of a policy is longer, and has its own page."""


def routes(asking: PageAsking, looking: Looking, archive: Path) -> APIRouter:
    """The routes of this file. archive: the folder of the sealed files."""
    router = APIRouter()

    @router.get("/events/{partition}/{offset}")
    def ask_why(request: Request, partition: Partition, offset: Offset) -> Response:
        place = {"partition": partition, "offset": offset}
        return asking.pages.page(request, "event_form.html", place=place, purposes=purposes(language_of(request)))

    @router.post("/events/{partition}/{offset}")
    def show(
        request: Request, partition: Partition, offset: Offset, purpose: Short = "", ticket_ref: Short = "",
        form: Annotated[str, Form(pattern="^(page|proof)$")] = "page",
    ) -> Response:  # fmt: skip
        if not is_purpose(purpose):
            return ask_why(request, partition, offset)
        principal, why = principal_of(request), WhyForm(purpose, ticket_ref).person(None, None)
        type_name, fields = fact_looked_at(asking.replying, looking, principal, partition, offset, why)
        with asking.replying.query(principal, None, None) as query:
            freshness = query.freshness()
        proof = proof_at(archive, partition, offset)
        if form == "proof" and proof.bundle is not None:
            headers = {"Content-Disposition": f'attachment; filename="facts-{partition}-{offset}.json"'}
            return Response(orjson.dumps(proof.bundle, option=orjson.OPT_INDENT_2), headers=headers, media_type="application/json")
        place = {"partition": partition, "offset": offset}
        told = {"purpose": purpose, "ticket_ref": ticket_ref}
        return asking.pages.page(
            request, "event.html", place=place, type_name=type_name, fields=fields_of(to_json(type_name, fields), language_of(request)), told=told,
            person=(fields["controller"], fields["subject_ref"]) if "subject_ref" in fields else None, proof=sealed_words(proof.bundle),
            seal=proof.seal, freshness=seen_by(request, freshness),
        )  # fmt: skip

    return router


def sealed_words(proof: Json | None) -> Json | None:
    """What a bundle says in short: its round (a place in the seals log), how long the log was, how many hashes lead to the log's root."""
    if proof is None:
        return None
    log, record = proof["logs"][0], proof["records"][0]
    return {"round": log["round"]["index"], "size": log["size"], "root": log["root"], "hashes": len(record["proof"]), "ledger": proof["ledger"]}


def fields_of(event: Json, language: str) -> list[Json]:
    """Each field that says something: its name, lines of text, whether it is sealed. event: in JSON form."""
    found = []
    for name, value in event.items():
        if name not in ("type", "salt") and value not in (None, [], {}, ""):
            found.append({"name": name, "lines": [] if name == "sealed" else lines_of(value, language), "is_sealed": name == "sealed"})
    return found


def lines_of(value: Any, language: str) -> list[str]:
    """A value as lines of text; a term by its name with the term itself behind it."""
    if isinstance(value, list):
        return [line for each in value for line in lines_of(each, language)]
    if isinstance(value, dict):
        parts = ((name, each) for name, each in value.items() if each not in (None, [], ""))
        return [", ".join(f"{name}: {' '.join(lines_of(each, language))}" for name, each in parts)]
    text = str(value)
    text = text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + " …"
    return [f"{term_in(text, language)} ({text})" if text.split(":")[0] in VOCABULARIES and " " not in text else text]
