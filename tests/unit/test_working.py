"""Whether pages say that nobody folds: asked of PostgreSQL now and then, and of no guess."""

from __future__ import annotations

import pytest

from ledger.adapters.postgres_workers import WorkSeen
from ledger.errors import DependencyError, LedgerError
from ledger.web import working
from ledger.web.working import Working


def seen(workers: int, leading: tuple[str, ...] = ()) -> WorkSeen:
    return WorkSeen(workers, leading, {}, 0, 0, 0, None)


@pytest.mark.parametrize(
    ("found", "is_nobody"),
    [(seen(0), True), (seen(1), False), (seen(0, ("relay",)), False), (DependencyError("away"), False)],
    ids=["nobody", "a worker", "a worker whose sessions are hidden", "PostgreSQL is away"],
)
def test_nobody_works_only_where_that_is_seen(monkeypatch: pytest.MonkeyPatch, found: WorkSeen | LedgerError, is_nobody: bool) -> None:
    asked: list[str] = []

    def look(dsn: str) -> WorkSeen:
        asked.append(dsn)
        if isinstance(found, LedgerError):
            raise found
        return found

    monkeypatch.setattr(working, "look_at_work", look)
    work = Working("postgresql://x")

    assert [work.is_nobody() for _ in range(3)] == [is_nobody] * 3
    assert len(asked) == 1, "not asked again within seconds"
