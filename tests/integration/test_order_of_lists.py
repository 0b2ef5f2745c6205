"""Of many at one moment a limit shows the first ones of one order, the same in PostgreSQL and in memory."""

from __future__ import annotations

from contextlib import closing

import pytest

from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Query
from tests.folded import fold_into
from tests.histories import Event, collected, fact, milestone, project, records, tick
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import moment
from tests.small_ledger import POLICY

PEOPLE = ("s1", "S2", "s3", "a-1", "s10", "Z", "s2")  # not in the order of their ids, nor in that of a language
UNTIL = moment("2060-01-01")


def log() -> list[Event]:
    """All of them at one moment: something that comes due, and something to do."""
    told, number = [POLICY, tick(2001, 0)], 0
    for name in PEOPLE:
        for ref in ("inv-2", "inv-1"):
            told += [
                collected(number + 1, 1, subject=name, purposes=["dpv:PaymentManagement"], store="billing", ref=ref),
                milestone(number + 2, 2, "INVOICE_ISSUED", ref, subject=name),
                fact("RequestReceived", number + 3, 3, name, right="ACCESS", request_ref=f"{name}-{ref}"),
            ]
            number += 3
    return [*told, tick(2002, 90)]


@pytest.mark.parametrize("kind", ["due", "obligations"])
def test_every_limit_shows_the_beginning_of_the_whole_list(database: str, kind: str) -> None:
    told = log()
    fold_into(database, records(told))

    def listed(query: Query, limit: int) -> list[object]:
        return list(query.due(UNTIL, limit=limit).lines if kind == "due" else query.obligations(limit=limit).obligations)

    memory = Query(MemoryAnswers(project(told)))
    with closing(PostgresReader(database)) as reader:
        real = Query(reader)
        whole = listed(real, 1_000)
        moments = [each.due_at for each in whole]  # type: ignore[attr-defined]
        assert len(whole) > len(set(moments)) + 10, "several at one moment, or there is nothing to see"
        assert listed(memory, 1_000) == whole
        for limit in range(1, len(whole)):
            assert listed(real, limit) == whole[:limit], limit
            assert listed(memory, limit) == whole[:limit], limit
