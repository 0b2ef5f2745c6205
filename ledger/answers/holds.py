"""Legal holds (bewaarplicht in een zaak) and restrictions (beperking) of all people: which stand, since when, until when, about what. Read-only.

Finds the steps of each in the states of all subjects; whether one stands is what the core says of them (core/state.py, Hold), so no query says it a
second time. For officers: a legal hold points at a case, and the person may not know of it (visible.py). Source: docs/answers.md, "Holds"; GDPR
Art. 17(3)(e), 18.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from typing import Final

from ledger.answers.asking import Asking, Snapshot, event_at
from ledger.answers.cursors import Place, page
from ledger.answers.presentation import terms
from ledger.answers.requests import START
from ledger.answers.shapes_holds import HoldLine, HoldsAnswer, HoldsCounted
from ledger.core.delta import Row
from ledger.core.entries import read_entries
from ledger.core.state import Hold
from ledger.core.subject import Subject

SECTION: Final = "holds"


def holds(asking: Asking, controller: str | None, is_standing: bool, limit: int, after: str | None = None) -> HoldsAnswer:
    """List holds, the newest placed first; is_standing: only those that stand. Raises: CursorError."""
    with asking.snapshot() as seen:
        cursors = seen.cursors("holds", ("ni",), controller, is_standing)
        (place,) = cursors.read(after)
        found: list[tuple[Place, tuple[Row, Hold]]] = []
        if place is not None:
            with closing(seen.store.holds(controller, place or START)) as rows:
                read = ((row, hold_of(row[1], row[-1])) for row in rows)
                wanted = (each for each in read if not is_standing or _stands(seen, *each))
                found = [((-row[5], row[6]), (row, hold)) for row, hold in islice(wanted, limit + 1)]
        shown, goes_on = page(found, limit)
        lines = tuple(_line(seen, row, hold) for row, hold in shown)
    return HoldsAnswer(
        controller=controller, is_standing=is_standing, holds=lines, more=goes_on is not None, next=cursors.write(goes_on),
        freshness=seen.freshness(),
    )  # fmt: skip


def holds_counted(asking: Asking, controller: str | None) -> HoldsCounted:
    """Count the holds that stand."""
    kinds: Counter[str] = Counter()
    with asking.snapshot() as seen:
        for partition, steps, number in seen.store.holds_alike(controller):
            hold = hold_of(partition, steps)
            kinds[hold.kind] += number * hold.stands_at(seen.time_of(partition))
    return HoldsCounted(
        controller=controller, stand=kinds.total(), legal_holds=kinds["LEGAL_HOLD"], restrictions=kinds["RESTRICTION"],
        freshness=seen.freshness(),
    )  # fmt: skip


def hold_of(partition: int, steps: Iterable[str]) -> Hold:
    """A hold with its steps in order. steps: as AnswerStore.holds gives them."""
    subject = Subject("", "", b"", b"")  # whose it is, is not asked
    read_entries(subject, [(b"", b"", partition, SECTION, step) for step in steps])
    (hold,) = subject.holds.values()
    return hold


def _stands(seen: Snapshot, row: Row, hold: Hold) -> bool:
    return hold.stands_at(seen.time_of(row[1]))


def _line(seen: Snapshot, row: Row, hold: Hold) -> HoldLine:
    _, partition, controller, subject_ref, hold_ref, *_ = row
    placing = next((step for step in reversed(hold.steps) if not step.is_release), None)
    last = hold.steps[-1]
    return HoldLine(
        controller=controller,
        subject_ref=subject_ref,
        hold_ref=hold_ref,
        kind=hold.kind,
        stands=_stands(seen, row, hold),
        placed_at=placing and placing.at,
        until=placing and placing.until,
        store=placing and placing.store,
        categories=terms("categories", sorted(placing.categories)) if placing else (),
        released_at=last.at if last.is_release else None,
        rests_on=tuple(event_at(partition, step.offset, step.event_id) for step in hold.steps),
    )
