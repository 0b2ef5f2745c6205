"""Where two foldings of one log part: the first row that differs, with both sides and the events it rests on. Pure.

Rows come as COPY writes them, in the order of their key. They hold references, terms and times, never a personal value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

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


def first_difference(table: Shape, live: Iterable[bytes], replayed: Iterable[bytes]) -> Difference | None:
    """The first row by the key that is not the same on both sides, or None."""
    ones, others = iter(live), iter(replayed)
    for one, other in _pairs(ones, others):
        if one != other:
            return _difference(table, one, other)
    return None


def _pairs(ones: Iterator[bytes], others: Iterator[bytes]) -> Iterator[tuple[bytes | None, bytes | None]]:
    while True:
        pair = next(ones, None), next(others, None)
        if pair == (None, None):
            return
        yield pair


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
