"""What one batch of one partition's records means for the projections: data only, written by a host in one transaction.

Row tuples have the column order of docs/architecture.md section 5. Uuids are 16 bytes, instants are microseconds since 1970 UTC, arrays are tuples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Row = tuple[Any, ...]


@dataclass(slots=True)
class Delta:
    """All changes of the records `first_offset <= offset < next_offset` of one partition of `facts`.

    new_*: rows that did not exist before (plain COPY). changed_*: rows that replace an existing one with the same key.
    register_next: the register offset expected next in this partition. time_reached: the last tick. duplicates: count so far, all since offset 0.
    """

    topic: str
    partition: int
    first_offset: int
    next_offset: int
    register_next: int
    time_reached: int
    duplicates: int
    facts: list[Row] = field(default_factory=list)
    ticks: list[Row] = field(default_factory=list)
    new_holdings: list[Row] = field(default_factory=list)
    changed_holdings: list[Row] = field(default_factory=list)
    new_subjects: list[Row] = field(default_factory=list)
    changed_subjects: list[Row] = field(default_factory=list)
    new_obligations: list[Row] = field(default_factory=list)
    changed_obligations: list[Row] = field(default_factory=list)
    violations: list[Row] = field(default_factory=list)
    outcomes: list[Row] = field(default_factory=list)
    dead_letters: list[Row] = field(default_factory=list)
