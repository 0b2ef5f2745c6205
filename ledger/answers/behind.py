"""The single ones behind the numbers of the overviews: which holdings, which erasures. Read-only.

Each list goes on after the key of its last line; where only a person would tell lines apart the key has the id of the line (cursors.py), so no
address names anybody. Source: docs/answers.md sections 9 and 11; docs/decisions/0030.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from ledger.answers.asking import Asking
from ledger.answers.cursors import TIME_MAX, Place, line_id, page
from ledger.answers.due import obligation_answers
from ledger.answers.one_by_one import holding_line
from ledger.answers.shapes_behind import DatedWanted, ErasuresAnswer, ErasuresWanted, HeldWanted, HoldingsAnswer
from ledger.core.delta import Row

_FIRST_HELD: Final[Place] = (0, b"")
_FIRST_DATED: Final[Place] = (-TIME_MAX, b"")
_FIRST_ERASURE: Final[Place] = (-TIME_MAX, bytes(16))
_DUE, _OBLIGATION_DUE = 28, 12


def held(asking: Asking, wanted: HeldWanted, limit: int, after: str | None = None) -> HoldingsAnswer:
    """Holdings: by the first byte of the person's row key, then by the id of the line. Raises: CursorError."""
    asked = asdict(wanted)
    with asking.snapshot() as seen:
        cursors = seen.cursors("held behind", ("ni",), asked)
        (place,) = cursors.read(after)
        found = [] if place is None else seen.store.holdings_behind(asked, limit + 1, place or _FIRST_HELD)
        shown, goes_on = page([((row[0][0], _line(row)), row) for row in found], limit)
    return HoldingsAnswer(
        holdings=tuple(map(holding_line, shown)), more=goes_on is not None, next=cursors.write(goes_on), freshness=seen.freshness()
    )


def dated(asking: Asking, wanted: DatedWanted, limit: int, after: str | None = None) -> HoldingsAnswer:
    """Holdings with a date: the earliest first, then by the id of the line. Raises: CursorError."""
    asked = asdict(wanted)
    with asking.snapshot() as seen:
        cursors = seen.cursors("dated behind", ("ti",), asked)
        (place,) = cursors.read(after)
        rows: Sequence[Row] = [] if place is None else [
            row
            for partition in range(seen.partitions)
            for row in seen.store.holdings_dated(partition, asked, limit + 1, place or _FIRST_DATED)
        ]  # fmt: skip
        found = [((row[_DUE], _line(row)), row) for row in rows]
        shown, goes_on = page(sorted(found, key=lambda each: each[0]), limit)
    return HoldingsAnswer(
        holdings=tuple(map(holding_line, shown)), more=goes_on is not None, next=cursors.write(goes_on), freshness=seen.freshness()
    )


def erasures(asking: Asking, wanted: ErasuresWanted, limit: int, after: str | None = None) -> ErasuresAnswer:
    """Obligations to erase: the earliest due first, then by id. Raises: CursorError."""
    asked = asdict(wanted)
    with asking.snapshot() as seen:
        cursors = seen.cursors("erasures behind", ("ti",), asked)
        (place,) = cursors.read(after)
        found = [] if place is None else seen.store.erasures_behind(asked, limit + 1, place or _FIRST_ERASURE)
        shown, goes_on = page([((row[_OBLIGATION_DUE], row[0]), row) for row in found], limit)
        answers = obligation_answers(seen, shown)
    return ErasuresAnswer(erasures=answers, more=goes_on is not None, next=cursors.write(goes_on), freshness=seen.freshness())


def _line(holding: Row) -> bytes:
    return line_id(holding[0], holding[1])
