"""What lists on pages have in common: bounds of what may be asked, and how one turns from page to page. Pure. Source: docs/pages.md."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query as Asked

from ledger.answers.cursors import LENGTH_MAX
from ledger.web.reads import NAME

PAGE: Final = 100

Name = Annotated[str, Asked(max_length=NAME["max_length"], pattern=NAME["pattern"])]
"""A name as `/v1` takes it; empty, as a form sends it: any."""
After = Annotated[str, Asked(max_length=LENGTH_MAX, pattern="^[A-Za-z0-9_-]*$")]
"""The `next` of an answer; empty: from the beginning."""


def going_on(answer: dict[str, Any], after: str) -> dict[str, Any]:
    """How a list goes on that has cursors. is_later: this is not its first page."""
    return {"next": answer["next"], "is_later": bool(after)}
