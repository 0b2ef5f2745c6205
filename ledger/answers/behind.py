"""The single ones behind the numbers of the overviews: which holdings, which erasures. Read-only.

Numbered from the first on, not continued after a key: a key would name a person in an address. So pages far on cost more; who wants all of them
exports them. Source: docs/answers.md section 9.
"""

from __future__ import annotations

from dataclasses import asdict

from ledger.answers.asking import Asking
from ledger.answers.due import obligation_answers
from ledger.answers.one_by_one import holding_line
from ledger.answers.shapes_behind import DatedWanted, ErasuresAnswer, ErasuresWanted, HeldWanted, HoldingsAnswer


def held(asking: Asking, wanted: HeldWanted, limit: int, first: int) -> HoldingsAnswer:
    """Holdings, in an order that stays."""
    with asking.snapshot() as seen:
        found = seen.store.holdings_behind(asdict(wanted), limit + 1, first)
    return HoldingsAnswer(first=first, holdings=tuple(map(holding_line, found[:limit])), more=len(found) > limit, freshness=seen.freshness())


def dated(asking: Asking, wanted: DatedWanted, limit: int, first: int) -> HoldingsAnswer:
    """Holdings with a date, the earliest first."""
    asked = asdict(wanted)
    with asking.snapshot() as seen:
        found = [
            row
            for partition in range(seen.partitions)
            for row in seen.store.holdings_dated(partition, asked, first + limit + 1)
        ]  # fmt: skip
    found.sort(key=lambda row: (row[28], row[0], row[1]))
    shown = found[first : first + limit]
    return HoldingsAnswer(first=first, holdings=tuple(map(holding_line, shown)), more=len(found) > first + limit, freshness=seen.freshness())


def erasures(asking: Asking, wanted: ErasuresWanted, limit: int, first: int) -> ErasuresAnswer:
    """Obligations to erase, the earliest due first."""
    with asking.snapshot() as seen:
        found = seen.store.erasures_behind(asdict(wanted), limit + 1, first)
        answers = obligation_answers(seen, found[:limit])
    return ErasuresAnswer(first=first, erasures=answers, more=len(found) > limit, freshness=seen.freshness())
