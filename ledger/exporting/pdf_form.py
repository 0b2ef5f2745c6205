"""A paper as PDF: A4, headings, tables whose heads come back on each page, page numbers, title and language. The only door to fpdf2.

The core fonts know Latin-1 alone, which is Dutch and English: any other letter is written without its accent, or as `?`; the HTML has it as it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from fpdf import FPDF
from fpdf.fonts import FontFace

from ledger.exporting.paper import Paper, Table
from ledger.exporting.words import Saying

MEDIA_TYPE: Final = "application/pdf"
_FONT: Final = "helvetica"
_DASHES: Final = str.maketrans(
    {"\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2026": "...", "\u2192": ">"}
)
_NO_CLOCK: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When the file says that it was made: the same answer is the same file; the moment that counts stands on the paper."""


class _Sheets(FPDF):
    """Pages with the title's foot and their number."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(orientation="landscape" if paper.is_wide else "portrait", format="A4")
        self._paper, self._saying = paper, Saying(paper.language)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(_FONT, size=8)
        page = self._saying.say("page", page=self.page_no())
        self.cell(0, 8, f"{latin(self._paper.title)}  -  {page}", align="C")


def pdf_chunks(paper: Paper) -> Iterator[bytes]:
    """The file, in one piece: a PDF names the places of all its parts at its end."""
    sheets = _Sheets(paper)
    sheets.set_title(latin(paper.title))
    sheets.set_lang(paper.language)
    sheets.set_creator("privacy-ledger")
    sheets.set_creation_date(_NO_CLOCK)
    sheets.set_auto_page_break(True, margin=18)
    sheets.add_page()
    _heading(sheets, paper.title, 18, level=None)
    if paper.warning:
        _text(sheets, paper.warning, style="B")
    for name, value in paper.about:
        _text(sheets, f"{name}: {value}")
    for part in paper.parts:
        _heading(sheets, part.heading, 13, level=0)
        for text in part.paragraphs:
            _text(sheets, text)
        if part.table:
            _table(sheets, part.table)
    sheets.ln(6)
    _text(sheets, paper.foot, size=8)
    yield bytes(sheets.output())


def latin(text: str) -> str:
    """As the core fonts can write it."""
    text = text.translate(_DASHES)
    return "".join(
        each if each.encode("latin-1", "ignore") else unicodedata.normalize("NFKD", each).encode("latin-1", "ignore").decode("latin-1") or "?"
        for each in text
    )


def _heading(sheets: FPDF, text: str, size: int, *, level: int | None) -> None:
    sheets.ln(3)
    sheets.set_font(_FONT, style="B", size=size)
    if level is not None:
        sheets.start_section(latin(text), level)
    sheets.multi_cell(0, size * 0.5, latin(text), new_x="LMARGIN", new_y="NEXT")
    sheets.ln(1)


def _text(sheets: FPDF, text: str, *, size: int = 10, style: str = "") -> None:
    sheets.set_font(_FONT, style=style, size=size)
    sheets.multi_cell(0, size * 0.5, latin(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _table(sheets: FPDF, table: Table) -> None:
    sheets.set_font(_FONT, size=8)
    longest = [max(len(line) for row in (table.columns, *table.rows) for line in row[place].split("\n")) for place in range(len(table.columns))]
    widths = tuple(min(max(each, 9), 40) for each in longest)
    with sheets.table(
        col_widths=widths, line_height=4, text_align="LEFT", v_align="TOP", borders_layout="HORIZONTAL_LINES",
        headings_style=FontFace(emphasis="BOLD"), padding=1,
    ) as drawn:  # fmt: skip
        drawn.row([latin(each) for each in table.columns])
        for row in table.rows:
            drawn.row([latin(each) for each in row])
    sheets.ln(2)
