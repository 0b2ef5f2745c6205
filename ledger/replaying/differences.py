"""Where two foldings of one log part: a digest of each side, and the first row that differs with the events it rests on. Pure.

Both come from one reading of the two tables. Rows come as COPY writes them, in the order of their key. They hold references, terms and times, never a
personal value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from ledger.replaying.digest import Digesting, TableDigest

UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EVENT_COLUMNS: Final = ("event_id", "evidence_event", "latest_event", "anchor_event", "rests_on", "settled_event")


class Shape(NamedTuple):
    """A table: its columns in order, their types, its key."""

    name: str
    columns: Sequence[str]
    types: Sequence[str]
    key: Sequence[str]


class Difference(NamedTuple):
    """The first difference of a table. key: column and value of the row. live, replayed: the columns that differ; empty: there is no such row."""

    table: str
    key: dict[str, str]
    live: dict[str, str]
    replayed: dict[str, str]
    events: tuple[str, ...]


class Compared(NamedTuple):
    """One table on both sides. live None: it was not compared, since the live one is further by now."""

    live: TableDigest | None
    replayed: TableDigest
    difference: Difference | None


def compared(table: Shape, live: Iterable[bytes] | None, replayed: Iterable[bytes]) -> Compared:
    """Read both sides once, row beside row. live None: the digest of the replayed one alone."""
    ours, theirs = Digesting(table.name, table.columns), Digesting(table.name, table.columns)
    if live is None:
        for line in replayed:
            theirs.add(line)
        return Compared(None, theirs.digest(), None)
    found: Difference | None = None
    for one, other in zip_longest(live, replayed):
        if one is not None:
            ours.add(one)
        if other is not None:
            theirs.add(other)
        if found is None and one != other:
            found = _difference(table, one, other)
    return Compared(ours.digest(), theirs.digest(), found)


def _difference(table: Shape, one: bytes | None, other: bytes | None) -> Difference:
    left, right = _row(table, one), _row(table, other)
    if left is not None and right is not None and _key(table, left) != _key(table, right):
        if _key(table, left) < _key(table, right):
            right = None
        else:
            left = None
    row = left or right or {}
    differing = [name for name in table.columns if (left or {}).get(name) != (right or {}).get(name)]
    events = {found for side in (left, right) for name in EVENT_COLUMNS for found in UUID.findall((side or {}).get(name, ""))}
    return Difference(
        table.name,
        {name: row[name] for name in table.key},
        {name: left[name] for name in differing} if left else {},
        {name: right[name] for name in differing} if right else {},
        tuple(sorted(events)),
    )


def _row(table: Shape, line: bytes | None) -> dict[str, str] | None:
    if line is None:
        return None
    return dict(zip(table.columns, line.decode().rstrip("\n").split("\t"), strict=True))


def _key(table: Shape, row: dict[str, str]) -> list[int | str]:
    types = dict(zip(table.columns, table.types, strict=True))
    return [int(row[name]) if types[name] in ("int", "bigint") else row[name] for name in table.key]
