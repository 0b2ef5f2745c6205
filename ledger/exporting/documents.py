"""Every document: what is one page, one statement or one graph, and the question behind it. Source: docs/exports.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.exporting import events
from ledger.exporting.asked import Document, Made, Parameters

JSON: Final = "application/json"
PERSON: Final = ("controller", "subject_ref")


def _json(answer: Any) -> Iterator[bytes]:
    """As the commands print it with `--json`."""
    yield json.dumps(as_json(answer), indent=2, ensure_ascii=False).encode() + b"\n"


def _access_json(query: Query, of: Parameters) -> Made:
    answer = query.access(of.controller or "", of.subject_ref or "", of.audience)
    return Made(answer.freshness, _json(answer), {"held": len(answer.held), "receivers": len(answer.receivers)}, answer.known)


def _portable(query: Query, of: Parameters) -> Made:
    answer = query.portable(of.controller or "", of.subject_ref or "")
    return Made(answer.freshness, _json(answer), {"items": len(answer.items), "left_out": len(answer.left_out)}, answer.known)


DOCUMENTS: Final[tuple[Document, ...]] = (
    Document("access", "json", "All that GDPR Art. 15 asks about one person", JSON, "json", events.PERSON, _access_json, PERSON),
    Document("portable", "json", "What one person may take along, GDPR Art. 20", JSON, "json", events.PERSON, _portable, PERSON),
)
