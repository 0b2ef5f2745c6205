"""What lists on pages have in common: bounds of what may be asked, and how one turns from page to page. Pure. Source: docs/pages.md."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query as Asked

from ledger.answers.cursors import LENGTH_MAX
from ledger.web.access import may_export
from ledger.web.reads import NAME
from ledger.web.roles import Role

PAGE: Final = 100
PAGES_MAX: Final = 200
"""Of a list in numbered pages: pages far on read all that stands before them."""

Name = Annotated[str, Asked(max_length=NAME["max_length"], pattern=NAME["pattern"])]
"""A name as `/v1` takes it; empty, as a form sends it: any."""
After = Annotated[str, Asked(max_length=LENGTH_MAX, pattern="^[A-Za-z0-9_-]*$")]
"""The `next` of an answer; empty: from the beginning."""
Page = Annotated[int, Asked(ge=1, le=PAGES_MAX)]


def first_of(page: int) -> int:
    """The number of the first line of a page."""
    return (page - 1) * PAGE


def turning(page: int, *, more: bool, role: Role, export: str) -> dict[str, Any]:
    """How a list in numbered pages goes on. is_cut: it ends here and there is more. export: the file that has all of it, None: not for this role."""
    has_next = more and page < PAGES_MAX
    return {
        "page": page, "first": first_of(page), "has_next": has_next, "is_cut": more and not has_next,
        "export": export if may_export(role, export) else None,
    }  # fmt: skip


def going_on(answer: dict[str, Any], after: str) -> dict[str, Any]:
    """How a list goes on that has cursors. is_later: this is not its first page."""
    return {"next": answer["next"], "is_later": bool(after)}
