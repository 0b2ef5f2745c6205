"""The code lists: which categories, purposes, grounds, roles, ... an event may name.

A term is a CURIE (`pd:Name`, `dpv:DirectMarketing`, `ledger:DomainName`) or, where no vocabulary has one, a plain
code (`registry`). Lists only grow: a term is never removed and never changes its meaning, so that old events stay
readable. Must never be consulted when a decoded event is judged: an event with a term that is not listed is still an
event. Source of the terms: DPV 2.3 (https://w3id.org/dpv), `schemas/vocabulary/*.json`.
"""

from __future__ import annotations

import difflib
import json
from functools import cache
from typing import Any, Final, NamedTuple

from ledger.contract import schema_store
from ledger.errors import CallerError

#: The code lists, each a file of `schemas/vocabulary/`. The attribute `terms` of a schema's field names one of them.
KINDS: Final[tuple[str, ...]] = (
    "categories",
    "purposes",
    "legal_bases",
    "recipient_roles",
    "safeguards",
    "channels",
    "disclosure_grounds",
    "requester_kinds",
    "notice_subjects",
    "refusal_reasons",
    "occasions",
    "data_subjects",
    "security_measures",
    "breach_consequences",
    "breach_measures",
)


class Term(NamedTuple):
    """One entry. label_nl: its name in Dutch. iri: where DPV defines it, None for our own terms. since: the version of the list that added it."""

    term: str
    label: str
    label_nl: str
    iri: str | None
    since: int


@cache
def terms(kind: str) -> dict[str, Term]:
    """Return a code list by term, in the order of its file. Shared: do not change it.

    Raises:
        CallerError: `kind` is not one of KINDS.
    """
    if kind not in KINDS:
        raise CallerError(f"cannot load a code list: expected one of {', '.join(KINDS)}, got another")
    text = schema_store.schema_root().joinpath("vocabulary", f"{kind}.json").read_text("utf-8")
    entries: dict[str, dict[str, Any]] = json.loads(text)["terms"]
    return {term: Term(term, entry["label"], entry["label_nl"], entry.get("iri"), entry["since"]) for term, entry in entries.items()}


def is_term(kind: str, value: object) -> bool:
    """Tell whether a code list has this term. Raises: CallerError, unknown kind."""
    return isinstance(value, str) and value in terms(kind)


def suggest(kind: str, value: str, limit: int = 3) -> list[str]:
    """Find the terms that look most like a value, best first, at most `limit`; letter case and prefix count for little.

    The result holds terms only, never the value, so it may stand in an error. Raises: CallerError, unknown kind.
    """
    folded = {_fold(term): term for term in terms(kind)}
    wanted = _fold(value[:100])
    close = difflib.get_close_matches(wanted, folded, n=limit, cutoff=0.6)
    holding = [name for name in folded if len(wanted) >= 4 and wanted in name]
    return [folded[name] for name in dict.fromkeys(close + sorted(holding, key=len))][:limit]


def _fold(term: str) -> str:
    return term.rpartition(":")[2].replace("_", "").replace("-", "").replace(" ", "").lower()


@cache
def coded_fields(type_name: str) -> dict[str, str]:
    """Map the fields of an event type that take terms to their code list: `purpose` to `purposes`.

    Fields of a nested record are written `reasons.purpose`. Raises: UnknownSchemaError.
    """
    return dict(_coded(schema_store.schema(type_name), ""))


def _coded(record: schema_store.Schema, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for field in record["fields"]:
        if "terms" in field:
            found.append((prefix + field["name"], field["terms"]))
        inner = field["type"]
        inner = inner[1] if isinstance(inner, list) else inner
        inner = inner["items"] if isinstance(inner, dict) and inner["type"] == "array" else inner
        if isinstance(inner, dict) and inner["type"] == "record":
            found += _coded(inner, prefix + field["name"] + ".")
    return found
