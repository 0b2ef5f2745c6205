"""Everybody whom a breach concerns, one by one, as the store sends them: in constant memory, however many.

The same people as the register of breaches counts and lists (breaches.py). Must never hold more than some of them: the stream is read within its
snapshot, and ends when that does. Source: docs/answers.md, "Breaches"; GDPR Art. 34.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

from ledger.answers.asking import Asking, Register, Snapshot
from ledger.answers.breaches import AT_ONCE, concerned, recorded_of, subjects_of, where_of, who_must_be_told
from ledger.answers.one_by_one import Stream
from ledger.answers.shapes_register import BreachedLine


@contextmanager
def breach_people(asking: Asking, controller: str | None) -> Iterator[Stream[BreachedLine]]:
    """By breach, in the order of the register; within one first those of whom what is held now tells, then those of whom only their facts do."""
    with asking.snapshot() as seen:
        register = seen.register()
        lines = (line for fields in recorded_of(register, controller) for line in _of_breach(seen, register, fields))
        yield Stream(lines, seen.freshness())


def _of_breach(seen: Snapshot, register: Register, fields: dict[str, Any]) -> Iterator[BreachedLine]:
    where, notice = where_of(fields), who_must_be_told(register, fields)
    rows = chain(seen.store.every_affected(where), concerned(seen, where, seen.store.every_unsure(where)))
    while some := tuple(islice(rows, AT_ONCE)):
        for each in subjects_of(seen, where, some):
            yield BreachedLine(
                controller=where["controller"], breach_ref=where["breach_ref"], subject=each, notice=notice,
                still_due=notice != "NOT_ASKED" and not each.told,
            )  # fmt: skip
