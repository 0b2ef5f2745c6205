"""Registers and reports as files over HTTP: streamed, in a ZIP with their manifest, or plain. Who may have which: access.EXPORTS.

The lease of the query is held while the file is read; who goes away half way gives it back. Source: docs/exports.md.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from typing import Annotated, Any, Final, Literal

import anyio
from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from fastapi import Query as Parameter
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ledger.exporting.asked import DAYS_MAX, Parameters
from ledger.exporting.documents import DOCUMENTS
from ledger.exporting.exporting import FORMS, Export, formats, make
from ledger.web.access import EXPORTS, may_export
from ledger.web.gate import principal_of, rule_of_request
from ledger.web.json_schemas import problem_responses
from ledger.web.persons import ForWhom, Looking
from ledger.web.problems import Problem, not_known
from ledger.web.reads import Controller, KnownAt, On
from ledger.web.replying import Replying, freshness_headers

ZIP: Final = "application/zip"
OF_A_PERSON: Final = ("access", "portable", "consents", "look-ups")
_PLAIN: Final = sorted({kind.partition(";")[0] for kind in (*(form.media_type for form in FORMS.values()), *(each.media_type for each in DOCUMENTS))})
_FILE: Final = {
    "description": "A ZIP of the file and its manifest; the file itself where it was asked plain",
    "content": {
        ZIP: {"schema": {"type": "string", "format": "binary"}},
        **{kind: {"schema": {"type": "object" if kind.endswith("json") else "string"}} for kind in _PLAIN},
    },
}
_PROBLEMS: Final = problem_responses((401, 403, 404, 409, 422, 429, 503))
Language = Annotated[Literal["nl", "en"], Parameter(description="Of pages, paper and labels.")]
Labels = Annotated[bool, Parameter(description="In a register as CSV: the names of codes beside the codes.")]
Days = Annotated[int | None, Parameter(ge=0, le=DAYS_MAX, description="Of `due` alone: how many days ahead. [30]")]
Plain = Annotated[bool, Parameter(description="The file alone, without its manifest.")]


class PersonExport(ForWhom):
    """Which file about whom."""

    name: Literal["access", "portable", "consents", "look-ups"] = Field(examples=["access"])
    format: str | None = Field(None, max_length=20, examples=["pdf"])
    language: Literal["nl", "en"] = "nl"
    labels: bool = False
    plain: bool = False


def routes(replying: Replying, looking: Looking) -> APIRouter:
    """The routes of this file."""
    router = APIRouter(prefix="/v1", tags=["exports"])

    @router.get("/exports", summary="Which files there are for this role, and in which formats", responses=problem_responses((401, 403, 429)))
    def listed(request: Request) -> dict[str, list[str]]:
        role = principal_of(request).role
        return {name: list(forms) for name, forms in formats().items() if may_export(role, name)}

    @router.get("/exports/{name}", summary="A register as a file", responses={200: _FILE, **_PROBLEMS}, response_class=Response)
    def register(
        request: Request, name: Annotated[str, InPath(max_length=60, examples=["recipients"])], controller: Controller = None,
        form: Annotated[str | None, Parameter(alias="format", max_length=20, examples=["csv"])] = None, language: Language = "nl",
        labels: Labels = False, days: Days = None, plain: Plain = False, on: On = None, known_at: KnownAt = None,
    ) -> Response:  # fmt: skip
        principal = principal_of(request)
        if name in OF_A_PERSON or name not in EXPORTS:
            raise not_known()
        if not may_export(principal.role, name):
            raise Problem(403, "this role may not have that file")
        who = replying.controller_of(principal, controller)
        withheld = tuple(sorted(rule_of_request(request).withheld.get(principal.role, ())))
        asked = Parameters(controller=who, language=language, labels=labels, days=days, withheld=withheld)
        return streamed(replying, request, name, asked, form, plain, on, known_at)

    @router.post("/subjects/export", summary="A report of one person as a file", responses={200: _FILE, **_PROBLEMS}, response_class=Response)
    def of_person(request: Request, person: PersonExport) -> Response:
        principal = principal_of(request)
        if not may_export(principal.role, person.name):
            raise Problem(403, "this role may not have that file")
        audience = (looking.audience_of_look_ups if person.name == "look-ups" else looking.audience)(principal, person.audience)
        who = looking.at(principal, person)
        parameters = Parameters(controller=who[0], subject_ref=who[1], audience=audience, language=person.language, labels=person.labels)
        known_at = None if person.known_at is None else [person.known_at]
        return streamed(replying, request, person.name, parameters, person.format, person.plain, person.on, known_at, who)

    return router


def streamed(
    replying: Replying, request: Request, name: str, parameters: Parameters, form: str | None, plain: bool, on: str | None,
    known_at: list[str] | None, person: tuple[str, str] | None = None,
) -> Response:  # fmt: skip
    """The file as it is made. What can go wrong with the question does so before the first byte. Raises: Problem, LedgerError."""
    with ExitStack() as held:
        query = held.enter_context(replying.query(principal_of(request), on, known_at, person))
        export = make(query, name, parameters, form or formats()[name][0])
        chunks = export.chunks()
        first = next(chunks, b"")
        if person is not None and not export.is_known:
            raise not_known()
        leaving = held.pop_all()
    leaving.callback(chunks.close)  # before the query goes back: it may be in the middle of a row
    whole = chain((first,), chunks)
    file, kind = (export.name, export.media_type) if plain else (f"{export.name}.zip", ZIP)
    body = whole if plain else _zipped(export, whole)
    headers = {"Content-Disposition": f'attachment; filename="{file}"'} | freshness_headers(export.freshness)
    return _Leased(leaving, body, headers, kind)


class _Leased(StreamingResponse):
    """Gives back what it holds when it has ended, also when who asked has gone away."""

    def __init__(self, held: ExitStack, body: Iterator[bytes], headers: dict[str, str], kind: str) -> None:
        super().__init__(body, headers=headers, media_type=kind)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._held.close)


def _zipped(export: Export, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Compressed as it goes; the manifest is known, and written, last."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_entry(export.name), "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)
                yield sink.taken()
        archive.writestr(_entry(f"{export.name}.manifest.json"), json.dumps(export.manifest(), indent=2, ensure_ascii=False) + "\n")
    yield sink.taken()


def _entry(name: str) -> zipfile.ZipInfo:
    """Without a clock: the same export is the same ZIP."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


class _Sink(io.RawIOBase):
    """A file that cannot be sought in, and gives what was written away."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It is for nothing else."""
        return True

    def write(self, data: Any) -> int:
        """Keep it until it is taken."""
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found
