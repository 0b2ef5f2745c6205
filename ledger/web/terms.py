"""The code lists: what events and policies may name, as `ledger schema terms` says it. Open, like the schemas. Source: schemas/vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Response
from fastapi import Path as InPath

from ledger.answers.shapes import as_json
from ledger.contract import vocabulary
from ledger.web.json_schemas import answers
from ledger.web.problems import not_known
from ledger.web.replying import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """The name of one list, and how many terms it has."""

    list: str
    terms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeListsAnswer:
    """Each is a line of `ledger schema terms --json`."""

    lists: tuple[CodeList, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsAnswer:
    """The terms of one list: each is a line of `ledger schema terms LIST --json`. since: the version of the list in which it came, a number."""

    list: str
    terms: tuple[dict[str, Any], ...]


def routes() -> APIRouter:
    """The routes of this file."""
    router = APIRouter(prefix="/v1", tags=["schemas"])

    @router.get("/terms", **answers(CodeListsAnswer, "The code lists that there are", problems=(429,)))
    def lists() -> Response:
        found = tuple(CodeList(list=kind, terms=len(vocabulary.terms(kind))) for kind in vocabulary.KINDS)
        return Response(orjson.dumps(as_json(CodeListsAnswer(lists=found))), media_type=JSON)

    @router.get("/terms/{code_list}", **answers(TermsAnswer, "The terms of a code list and what they mean", problems=(404, 422, 429)))
    def terms(code_list: Annotated[str, InPath(max_length=64, examples=["recipient_roles"])]) -> Response:
        if code_list not in vocabulary.KINDS:
            raise not_known()
        found = tuple(each._asdict() for each in vocabulary.terms(code_list).values())
        return Response(orjson.dumps(as_json(TermsAnswer(list=code_list, terms=found))), media_type=JSON)

    return router
