"""The page on one event: what it says, what rests on it, and the proof that it is sealed. It may be about a person, so it says nothing before it is
told what for.

Sources: docs/evidence.md sections 5 and 9 (rounds, bundles); SO-12; docs/pages.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Form, Request, Response
from fastapi import Path as InPath

from ledger.web.evidence import fact_looked_at, proof_at, shown_event
from ledger.web.gate import principal_of
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.event_fields import fields_of
from ledger.web.pages.person import Short, WhyForm, is_purpose, purposes
from ledger.web.pages.rendering import language_of
from ledger.web.pages.resting import ABOUT_MANY, resting_on
from ledger.web.persons import Looking
from ledger.web.replying import seen_by

Json = dict[str, Any]
Partition = Annotated[int, InPath(ge=0, le=2**31 - 1)]
Offset = Annotated[int, InPath(ge=0, le=2**63 - 1)]
RAW_MAX: Final = 20_000
"""Characters of the raw values that the page shows; the proof has them all."""


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
        person = (fields["controller"], fields["subject_ref"]) if "subject_ref" in fields else None
        with asking.replying.query(principal, None, None) as query:
            freshness = query.freshness()
            found = None if person is None or form == "proof" else query.subject(*person)
            standing = query.policy_standing(fields["controller"]) if "activity" in fields else None
        proof = proof_at(archive, partition, offset)
        if form == "proof" and proof.bundle is not None:
            headers = {"Content-Disposition": f'attachment; filename="facts-{partition}-{offset}.json"'}
            return Response(orjson.dumps(proof.bundle, option=orjson.OPT_INDENT_2), headers=headers, media_type="application/json")
        place = {"partition": partition, "offset": offset}
        told = {"purpose": purpose, "ticket_ref": ticket_ref}
        (event, withheld), is_dutch = shown_event(principal.role, type_name, fields), language_of(request) == "nl"
        activities = {} if standing is None else standing.policy.activities
        titles = {name: (each.title_nl if is_dutch else "") or each.title for name, each in activities.items()}
        return asking.pages.page(
            request, "event.html", place=place, type_name=type_name, event=event, fields=fields_of(event, language_of(request), titles), told=told,
            withheld=withheld, person=person, elsewhere=ABOUT_MANY.get(type_name),
            resting=None if found is None else resting_on(event["event_id"], seen_by(request, found)),
            raw=orjson.dumps(event, option=orjson.OPT_INDENT_2).decode()[:RAW_MAX], proof=sealed_words(proof.bundle), seal=proof.seal,
            freshness=seen_by(request, freshness),
        )  # fmt: skip

    return router


def sealed_words(proof: Json | None) -> Json | None:
    """What a bundle says in short: its round (a place in the seals log), how long the log was, how many hashes lead to the log's root."""
    if proof is None:
        return None
    log, record = proof["logs"][0], proof["records"][0]
    return {"round": log["round"]["index"], "size": log["size"], "root": log["root"], "hashes": len(record["proof"]), "ledger": proof["ledger"]}
