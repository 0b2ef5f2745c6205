"""The registers in a pack: the answers of the ledger, one file each, as the commands print them with `--json`. One at a time in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.packing.statements import safe

ROWS_MAX: Final = 100_000
"""Of one list; what is left out is said (`more`)."""

Counted = tuple[str, int]


class Register(NamedTuple):
    """One file. counts: what the index page says of it."""

    path: str
    title: str
    said: Any
    counts: list[Counted]


_Ask = Callable[[Query, str], Any]
_ALL: Final[tuple[tuple[str, str, _Ask, tuple[str, ...]], ...]] = (
    ("register", "Register of processing (Art. 30)", lambda q, c: q.processing_register(c), ("activities", "recipients")),
    ("recipients", "Recipients and agreements", lambda q, c: q.recipients(c), ("recipients",)),
    ("transfers", "Transfers out of the EU", lambda q, c: q.transfers(c), ("transfers", "unplaced")),
    ("processor-statement", "Processors (Art. 28)", lambda q, c: q.processor_statement(c), ("processing", "processors")),
    ("retention", "Retention schedule and gaps", lambda q, c: q.retention(c, ROWS_MAX), ("schedule", "gaps", "overruns")),
    ("due", "What is due", lambda q, c: q.due(None, c, ROWS_MAX), ("lines",)),
    ("obligations", "Obligations not settled", lambda q, c: q.obligations(controller=c, limit=ROWS_MAX), ("obligations",)),
    ("requests", "Requests of people", lambda q, c: q.requests(c, limit=ROWS_MAX), ("requests",)),
    ("breaches", "Breaches (Art. 33(5))", lambda q, c: q.breaches(c), ("breaches",)),
    ("disclosures", "Disclosures", lambda q, c: q.disclosures(c, limit=ROWS_MAX), ("disclosures", "without_request")),
    ("violations", "Violations per promise", lambda q, c: q.violations(controller=c), ("counts",)),
    ("erasures", "Erasures acknowledged", lambda q, c: q.erasures_met(c, limit=ROWS_MAX), ("obligations",)),
)  # fmt: skip


def registers(query: Query, controller: str) -> Iterator[Register]:
    """All registers of one controller, as of what the query is asked of; each says how fresh it is."""
    for name, title, ask, lists in _ALL:
        said = as_json(ask(query, controller))
        counts = [(each.replace("_", " "), len(said.get(each) or ())) for each in lists]
        yield Register(f"registers/{safe(controller)}/{name}.json", title, said, counts)
