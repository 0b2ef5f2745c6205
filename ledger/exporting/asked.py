"""What an export is asked for, and what every way to make one gives back. Data only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from ledger.answers.query import Query
from ledger.answers.shapes import Freshness
from ledger.exporting.columns import Column, Row

Language = Literal["nl", "en"]
PAGE_ROWS: Final = 10_000
"""Lines of a list that are in memory at once (requests, disclosures, what is due)."""
DAYS_MAX: Final = 36_600
"""A hundred years: the longest term of a policy ends before."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Whom it is about. controller None: all (where that may be). subject_ref: of what is about one person.

    audience: `subject` or `officer`, of look-ups also `auditor`, as in docs/answers.md. language: of pages and of labels.
    labels: whether a register has the names of its codes beside them; in CSV alone.
    days: of what is due: how many days ahead, 0 to DAYS_MAX; None: 30. Of nothing else.
    withheld: fields, at any depth, that a document in JSON leaves out: who asks may not have them.
    """

    controller: str | None = None
    subject_ref: str | None = None
    audience: str = "subject"
    language: Language = "nl"
    labels: bool = False
    days: int | None = None
    withheld: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """Rows, to be read once while the snapshot is open."""

    freshness: Freshness
    rows: Iterator[Row]


@dataclass(slots=True)
class Made:
    """A document in pieces. counts: how many of what it holds; known: whether anything was known of whom it is about."""

    freshness: Freshness
    chunks: Iterator[bytes]
    counts: dict[str, int] = field(default_factory=dict)
    known: bool = True


class Register(NamedTuple):
    """Something that is rows. rests_on: the events that its lines rest on, by name. needs: `controller`, `subject_ref` where it must have them.

    takes: names of further parameters that it takes.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    rests_on: tuple[str, ...]
    found: Callable[[Query, Parameters], AbstractContextManager[Found]]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


class Document(NamedTuple):
    """Something that is a document, in one format. extension: of the file; has_language: whether it is made in one of two."""

    name: str
    format: str
    about: str
    media_type: str
    extension: str
    rests_on: tuple[str, ...]
    made: Callable[[Query, Parameters], Made]
    needs: tuple[str, ...] = ("controller",)
    has_language: bool = False
