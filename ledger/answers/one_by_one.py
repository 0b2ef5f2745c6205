"""Everything of everybody, one by one: holdings, obligations and broken promises as the store sends them, in constant memory.

Must never hold more than some lines: the stream is read within its snapshot, and ends when that does. Source: docs/answers.md section 9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final, Generic, NamedTuple, TypeVar

from ledger.answers.asking import EVER, Asking, Snapshot, event_at
from ledger.answers.due import obligation_answers
from ledger.answers.presentation import term, terms
from ledger.answers.shapes import Freshness
from ledger.answers.shapes_lists import FoundViolation, HoldingLine
from ledger.answers.shapes_subject import ObligationAnswer
from ledger.answers.violations import listed
from ledger.core.delta import Row

LINES_AT_ONCE: Final = 1_000
Line = TypeVar("Line")
Each = TypeVar("Each")


class Stream(NamedTuple, Generic[Line]):
    """Lines to read once, while the snapshot is open; and how fresh they are."""

    lines: Iterator[Line]
    freshness: Freshness


@contextmanager
def holdings(asking: Asking, controller: str | None) -> Iterator[Stream[HoldingLine]]:
    """Every holding, gone ones too, by subject and holding id: what stays in one order as the ledger grows."""
    with asking.snapshot() as seen:
        yield Stream(map(holding_line, seen.store.every_holding(controller)), seen.freshness())


@contextmanager
def obligations(asking: Asking, controller: str | None) -> Iterator[Stream[ObligationAnswer]]:
    """Every obligation in any state, by subject and obligation id."""
    with asking.snapshot() as seen:
        lines = _by_parts(seen.store.every_obligation(controller), lambda part: obligation_answers(seen, part))
        yield Stream(lines, seen.freshness())


@contextmanager
def violations(asking: Asking, controller: str | None) -> Iterator[Stream[FoundViolation]]:
    """Every broken promise, by partition; within one, newest first."""
    with asking.snapshot() as seen:
        yield Stream((each for partition in range(seen.partitions) for each in _violations(seen, partition, controller)), seen.freshness())


def _violations(seen: Snapshot, partition: int, controller: str | None) -> Iterator[FoundViolation]:
    def told(part: list[tuple[Row, bytes | None, int, bytes]]) -> Iterator[FoundViolation]:
        offsets = seen.store.offsets(partition, {each for row, *_ in part for each in row[13]})
        return (listed(row, fact, found_at, offsets) for row, fact, found_at, _ in part)

    return _by_parts(seen.store.every_violation(partition, EVER, controller), told)


def _by_parts(rows: Iterator[Each], answered: Callable[[list[Each]], Iterable[Line]]) -> Iterator[Line]:
    """What needs look-ups of its own asks for some lines at once."""
    while part := list(islice(rows, LINES_AT_ONCE)):
        yield from answered(part)


def holding_line(row: Row) -> HoldingLine:
    """A row as an answer."""
    (
        _subject, _id, partition, controller, subject_ref, holder, store, purpose, ref, received_from,
        categories, _index, ats, events, offsets, gone, gone_at, _latest_at, latest_event, latest_offset,
        activity, role, legal_basis, statute, country, safeguard, agreement, product, due_at, rule, _anchors, _anchor_offsets, held_back,
    ) = row  # fmt: skip
    places = dict(zip(offsets, events, strict=True)) or {latest_offset: latest_event}
    return HoldingLine(
        controller=controller, subject_ref=subject_ref, holder=holder, role=None if role is None else term("recipient_roles", role), store=store,
        purpose=term("purposes", purpose), ref=ref, received_from=received_from, categories=terms("categories", categories),
        since=min(ats, default=None), erased=terms("categories", gone), erased_at=max(gone_at, default=None), activity=activity,
        legal_basis=term("legal_bases", legal_basis), statute=statute, country=country,
        safeguard=None if safeguard is None else term("safeguards", safeguard), agreement=agreement, product=product,
        due_at=due_at, rule=rule, held_back=held_back,
        rests_on=tuple(event_at(partition, offset, event) for offset, event in sorted(places.items())),
    )  # fmt: skip
