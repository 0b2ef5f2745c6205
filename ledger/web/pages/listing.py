"""What lists on pages have in common: bounds of what may be asked, and how one turns from page to page. Pure. Source: docs/pages.md."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final, cast

from fastapi import Query as Asked

from ledger.answers.cursors import LENGTH_MAX
from ledger.contract import vocabulary
from ledger.contract.term_names import Language, term_name
from ledger.web.reads import NAME

PAGE: Final = 100

Name = Annotated[str, Asked(max_length=NAME["max_length"], pattern=NAME["pattern"])]
"""A name as `/v1` takes it; empty, as a form sends it: any."""
After = Annotated[str, Asked(max_length=LENGTH_MAX, pattern="^[A-Za-z0-9_-]*$")]
"""The `next` of an answer; empty: from the beginning."""


@cache
def terms_offered(kind: str, language: str) -> tuple[tuple[str, str], ...]:
    """(term, name) of a code list (`purposes`), in the order of the names."""
    found = [(value, term_name(kind, value, cast(Language, language))) for value in vocabulary.terms(kind)]
    return tuple(sorted(found, key=lambda each: each[1].casefold()))


def going_on(answer: dict[str, Any], after: str) -> dict[str, Any]:
    """How a list goes on that has cursors. is_later: this is not its first page."""
    return {"next": answer["next"], "is_later": bool(after)}
