"""Open and parked obligations as a table: what `ledger act --dry-run` and `--parked` print."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.box import ASCII2, SIMPLE_HEAD
from rich.table import Table

from ledger.answers.presentation import moment, terms
from ledger.cli.tables import console
from ledger.legal_time import DUTCH_TIME
from ledger.sdk.duty import EPOCH

if TYPE_CHECKING:
    from ledger.sdk.duty import Duty


def show_duties(found: Sequence[tuple[Duty, str | None]], *, parked: bool, group: str, read_up_to: Mapping[int, int]) -> None:
    """found: (obligation, name of the last exception's type). read_up_to: partition of `obligations` -> next offset."""
    out = console()
    table = Table(box=SIMPLE_HEAD if sys.stdout.isatty() else ASCII2, pad_edge=False, show_edge=False, padding=(0, 1), leading=0)
    for column in ("obligation", "kind", "subject", "what", "due", *(["last error"] if parked else [])):
        table.add_column(column, overflow="fold")
    for duty, error in found:
        what = ", ".join(term.label for term in terms("categories", duty.categories)) or "-"
        where = "" if duty.store is None else f" ({duty.store})"
        due = moment((duty.due_at - EPOCH) // timedelta(microseconds=1), DUTCH_TIME)
        table.add_row(duty.obligation_id, duty.kind, duty.subject_ref, what + where, due, *([error or "-"] if parked else []))
    out.print(table if found else f"nothing is {'parked' if parked else 'open'}")
    places = ", ".join(f"obligations-{partition} up to {end}" for partition, end in sorted(read_up_to.items()))
    out.print(f"\ngroup {group}; {places}; times in {DUTCH_TIME.key}")
