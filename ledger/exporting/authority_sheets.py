"""The registers of GDPR Art. 30 for sheets of A4: what is a row of thirteen columns in a table is a block of lines here, column by column.

Nothing is left out and nothing is said otherwise than in the table. Pure: a paper in, a paper out. Source: docs/exports.md, section 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from textwrap import wrap
from typing import Final

from ledger.exporting.authority_paper import PROCESSORS, REGISTER, STATEMENT
from ledger.exporting.paper import Paper, Part, Table

TITLES: Final = (REGISTER[1].name, STATEMENT[2].name, PROCESSORS[0].name)
"""The columns that a block is called after."""
LETTERS: Final = 70
LINES: Final = 30
"""Of a cell, on one row of a block: a row that is higher than a sheet cannot be drawn."""


def sheets(paper: Paper) -> Paper:
    """The same, upright."""
    return replace(paper, parts=tuple(each for part in paper.parts for each in _blocks(part)), is_wide=False)


def _blocks(part: Part) -> Iterator[Part]:
    if part.table is None:
        yield part
        return
    yield replace(part, table=None)
    names = part.table.columns
    title = next(place for place, name in enumerate(names) if name in TITLES)
    for row in part.table.rows:
        cells = [(name, cell) for place, (name, cell) in enumerate(zip(names, row, strict=True)) if place != title]
        lines = tuple((name if not number else "", text) for name, cell in cells for number, text in enumerate(_rows(cell)))
        yield Part(row[title], (), Table((names[title], row[title]), lines))


def _rows(cell: str) -> list[str]:
    """A cell in pieces that each fit on a sheet."""
    lines = [text for line in cell.split("\n") for text in wrap(line, LETTERS) or [""]]
    return ["\n".join(lines[start : start + LINES]) for start in range(0, len(lines), LINES)]
