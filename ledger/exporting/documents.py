"""Every document: what is one page, one statement or one graph, and the question behind it. Source: docs/exports.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from ledger.answers.query import Query
from ledger.answers.shapes import as_json, without
from ledger.exporting import authority_paper as authority
from ledger.exporting import csv_form, dpv_graph, events, html_form, parquet_form, pdf_form
from ledger.exporting.access_paper import access_paper
from ledger.exporting.asked import Document, Made, Parameters
from ledger.exporting.authority_sheets import sheets
from ledger.exporting.columns import Column
from ledger.exporting.paper import Paper

JSON: Final = "application/json"
_CHOICES: Final = ("ConsentChanged", "TimeReached")
_ASKED: Final = (*events.SHARING, "StatementRequested", "StatementGiven")
_ART_30_1: Final = "Register of processing activities, GDPR Art. 30(1), in the shape of the Dutch authority"
_ART_30_2: Final = "Register of a processor, GDPR Art. 30(2), in the shape of the Dutch authority"
_ACCESS: Final = "All that GDPR Art. 15 asks about one person"
PERSON: Final = ("controller", "subject_ref")


def _json(answer: Any, withheld: Iterable[str] = ()) -> Iterator[bytes]:
    """As the commands print it with `--json`, without fields of these names."""
    yield json.dumps(without(as_json(answer), withheld), indent=2, ensure_ascii=False).encode() + b"\n"


def _access_json(query: Query, of: Parameters) -> Made:
    answer = query.access(of.controller or "", of.subject_ref or "", of.audience)
    return Made(answer.freshness, _json(answer), {"held": len(answer.held), "receivers": len(answer.receivers)}, answer.known)


def _access_html(query: Query, of: Parameters) -> Made:
    return _access_paper(query, of, html_form.html_chunks)


def _access_pdf(query: Query, of: Parameters) -> Made:
    return _access_paper(query, of, pdf_form.pdf_chunks)


def _access_paper(query: Query, of: Parameters, form: Callable[[Paper], Iterator[bytes]]) -> Made:
    answer = query.access(of.controller or "", of.subject_ref or "", of.audience)
    counts = {"held": len(answer.held), "receivers": len(answer.receivers)}
    return Made(answer.freshness, form(access_paper(answer, of.language)), counts, answer.known)


def _portable(query: Query, of: Parameters) -> Made:
    answer = query.portable(of.controller or "", of.subject_ref or "")
    return Made(answer.freshness, _json(answer), {"items": len(answer.items), "left_out": len(answer.left_out)}, answer.known)


def _register_json(query: Query, of: Parameters) -> Made:
    return _register(query, of, lambda answer: _json(answer, of.withheld))


def _register_jsonld(query: Query, of: Parameters) -> Made:
    return _register(query, of, lambda answer: _graph(dpv_graph.register_graph(answer)))


def _recipients_jsonld(query: Query, of: Parameters) -> Made:
    answer = query.recipients(of.controller)
    return Made(answer.freshness, _graph(dpv_graph.recipients_graph(answer)), {"recipients": len(answer.recipients)})


def _consents_jsonld(query: Query, of: Parameters) -> Made:
    answer = query.access(of.controller or "", of.subject_ref or "", of.audience)
    return Made(answer.freshness, _graph(dpv_graph.consents_graph(answer)), {"consents": len(answer.consents)}, answer.known)


def _graph(graph: dict[str, Any]) -> Iterator[bytes]:
    yield json.dumps(graph, indent=2, ensure_ascii=False).encode() + b"\n"


def _register_csv(query: Query, of: Parameters) -> Made:
    return _register(query, of, lambda answer: _authority_csv(authority.REGISTER, authority.register_rows(answer, of.language)))


def _authority_csv(columns: tuple[Column, ...], rows: list[tuple[str, ...]]) -> Iterator[bytes]:
    """Cells of several lines as lists are in all CSV; nothing is nothing."""
    return csv_form.csv_chunks(columns, (tuple("" if cell == "-" else cell.replace("\n", "; ") for cell in row) for row in rows))


def _authority_parquet(columns: tuple[Column, ...], rows: list[tuple[str, ...]]) -> Iterator[bytes]:
    """The same cells; nothing is null."""
    return parquet_form.parquet_chunks(columns, (tuple(None if cell == "-" else cell.replace("\n", "; ") for cell in row) for row in rows))


def _register_parquet(query: Query, of: Parameters) -> Made:
    return _register(query, of, lambda answer: _authority_parquet(authority.REGISTER, authority.register_rows(answer, of.language)))


def _register_pdf(query: Query, of: Parameters) -> Made:
    return _register(query, of, lambda answer: pdf_form.pdf_chunks(sheets(authority.register_paper(answer, of.language))))


def _register_html(query: Query, of: Parameters) -> Made:
    return _register(query, of, lambda answer: html_form.html_chunks(authority.register_paper(answer, of.language)))


def _register(query: Query, of: Parameters, form: Callable[[Any], Iterator[bytes]]) -> Made:
    answer = query.processing_register(of.controller or "")
    return Made(answer.freshness, form(answer), {"activities": len(answer.activities), "recipients": len(answer.recipients)})


def _statement_json(query: Query, of: Parameters) -> Made:
    return _statement(query, of, lambda answer: _json(answer, of.withheld))


def _statement_csv(query: Query, of: Parameters) -> Made:
    return _statement(query, of, lambda answer: _authority_csv(authority.STATEMENT, authority.statement_rows(answer, of.language)))


def _statement_parquet(query: Query, of: Parameters) -> Made:
    return _statement(query, of, lambda answer: _authority_parquet(authority.STATEMENT, authority.statement_rows(answer, of.language)))


def _statement_pdf(query: Query, of: Parameters) -> Made:
    return _statement(query, of, lambda answer: pdf_form.pdf_chunks(sheets(authority.statement_paper(answer, of.language))))


def _statement_html(query: Query, of: Parameters) -> Made:
    return _statement(query, of, lambda answer: html_form.html_chunks(authority.statement_paper(answer, of.language)))


def _statement(query: Query, of: Parameters, form: Callable[[Any], Iterator[bytes]]) -> Made:
    answer = query.processor_statement(of.controller or "")
    return Made(answer.freshness, form(answer), {"processing": len(answer.processing), "processors": len(answer.processors)})


DOCUMENTS: Final[tuple[Document, ...]] = (
    Document("access", "json", _ACCESS, JSON, "json", events.PERSON, _access_json, PERSON),
    Document("access", "html", _ACCESS, html_form.MEDIA_TYPE, "html", events.PERSON, _access_html, PERSON, has_language=True),
    Document("access", "pdf", _ACCESS, pdf_form.MEDIA_TYPE, "pdf", events.PERSON, _access_pdf, PERSON, has_language=True),
    Document("portable", "json", "What one person may take along, GDPR Art. 20", JSON, "json", events.PERSON, _portable, PERSON),
    Document("processing", "csv", _ART_30_1, csv_form.MEDIA_TYPE, "csv", events.SHARING, _register_csv, has_language=True),
    Document("processing", "html", _ART_30_1, html_form.MEDIA_TYPE, "html", events.SHARING, _register_html, has_language=True),
    Document("processing", "json", _ART_30_1, JSON, "json", events.SHARING, _register_json),
    Document("processing", "parquet", _ART_30_1, parquet_form.MEDIA_TYPE, "parquet", events.SHARING, _register_parquet, has_language=True),
    Document("processing", "pdf", _ART_30_1, pdf_form.MEDIA_TYPE, "pdf", events.SHARING, _register_pdf, has_language=True),
    Document("processing", "jsonld", _ART_30_1, dpv_graph.MEDIA_TYPE, "jsonld", events.SHARING, _register_jsonld),
    Document("recipients", "jsonld", "Who gets what, in the terms of DPV", dpv_graph.MEDIA_TYPE, "jsonld", events.SHARING, _recipients_jsonld, ()),
    Document("consents", "jsonld", "One person's consents, as records of DPV", dpv_graph.MEDIA_TYPE, "jsonld", _CHOICES, _consents_jsonld, PERSON),
    Document("processor-statement", "csv", _ART_30_2, csv_form.MEDIA_TYPE, "csv", _ASKED, _statement_csv, has_language=True),
    Document("processor-statement", "html", _ART_30_2, html_form.MEDIA_TYPE, "html", _ASKED, _statement_html, has_language=True),
    Document("processor-statement", "json", _ART_30_2, JSON, "json", _ASKED, _statement_json),
    Document("processor-statement", "parquet", _ART_30_2, parquet_form.MEDIA_TYPE, "parquet", _ASKED, _statement_parquet, has_language=True),
    Document("processor-statement", "pdf", _ART_30_2, pdf_form.MEDIA_TYPE, "pdf", _ASKED, _statement_pdf, has_language=True),
)
