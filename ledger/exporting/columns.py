"""What a register consists of: columns of five kinds, and rows of plain values in their order. Data only.

| kind | value | text | Parquet |
|---|---|---|---|
| text | str or None | as it is | string |
| number | int or None | decimal | int64 |
| flag | bool or None | true, false | bool |
| instant | microseconds since 1970 UTC, or None | RFC 3339 UTC | timestamp[us, UTC] |
| list | tuple of str | joined with "; " (CSV), array (NDJSON) | list<string> |

Terms of code lists are their CURIE (`pd:Name`); an event is its place, `partition@offset`. Source: docs/exports.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, cast

from ledger.answers.shapes import Event, Term

Kind = Literal["text", "number", "flag", "instant", "list"]
Row = tuple[Any, ...]


class Column(NamedTuple):
    """One column. about: what stands in docs/exports.md."""

    name: str
    kind: Kind
    about: str


def columns(text: str) -> tuple[Column, ...]:
    """From lines of `name kind what it says`."""
    words = [line.strip().split(None, 2) for line in text.strip().splitlines()]
    return tuple(Column(name, cast(Kind, kind), about) for name, kind, about in words)  # a test holds the kinds


def code(term: Term | None) -> str | None:
    """A term as it stands on the log."""
    return None if term is None else term.term


def codes(terms: Iterable[Term]) -> tuple[str, ...]:
    """Terms as they stand on the log."""
    return tuple(each.term for each in terms)


def place(event: Event | None) -> str | None:
    """`partition@offset` of `facts`; of an event of another partition the id stands for the offset."""
    return None if event is None else f"{event.partition}@{event.event_id.hex() if event.offset is None else event.offset}"


def places(events: Iterable[Event]) -> tuple[str, ...]:
    """Each of them."""
    return tuple(text for each in events if (text := place(each)))
