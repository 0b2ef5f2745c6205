"""A report or register on paper, whatever shows it: a title, what it is about, and parts with text and tables. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.exporting.asked import Language


class Table(NamedTuple):
    """Columns and rows of text; a line break within a cell stays."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One heading. paragraphs: before the table."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole. about: (name, value) above all parts; warning: said in large; wide: for a sheet on its side; foot: the last line."""

    title: str
    language: Language
    about: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    foot: str
    warning: str = ""
    is_wide: bool = field(default=False)
