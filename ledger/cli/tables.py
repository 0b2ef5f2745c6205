"""The pieces of all tables in a terminal: 100 columns, no colour needed, the same text in a file. Moments are in Dutch legal time."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich.box import ASCII2, SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from ledger.answers.shapes import Event, Freshness, Term
from ledger.cli.freshness import freshness_line

COLUMNS: Final = 100
_WORD: Final = re.compile(r"\S+")
_WORD_OR_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d|\S+")
_NUMBERS: Final = frozenset({"people", "holdings", "open", "late", "offset", "partition", "times", "told"})


class _Console(Console):
    """A console that leaves no blanks at the ends of lines, and breaks no word of a table that has room for it."""

    def print(self, *objects: Any, **wishes: Any) -> None:
        for each in objects:
            if isinstance(each, Table):
                _set_widths(each, self.width)
        with self.capture() as found:
            super().print(*objects, **wishes)
        self.file.write("\n".join(line.rstrip(" ") for line in found.get().split("\n")))


def console() -> Console:
    """Where tables go: as wide as the terminal, 100 columns elsewhere."""
    return _Console(file=sys.stdout, width=None if sys.stdout.isatty() else COLUMNS, highlight=False, markup=False, emoji=False)


def table_of(*columns: str) -> Table:
    """A table with these columns; what is counted stands to the right."""
    table = Table(box=SIMPLE_HEAD if sys.stdout.isatty() else ASCII2, pad_edge=False, show_edge=False, padding=(0, 1), leading=0)
    for column in columns:
        table.add_column(column, justify="right" if column in _NUMBERS else "left", overflow="fold")
    return table


def _set_widths(table: Table, width: int) -> None:
    """No column narrower than its longest word, a moment counting as one if there is room; beyond that the widest give way first.

    In a terminal too narrow for the words it is left to rich, which folds them and loses nothing.
    """
    cells = [[str(column.header), *map(str, column.cells)] for column in table.columns]
    lines = [max(cell_len(line) for cell in column for line in cell.split("\n")) for column in cells]
    room = width - 3 * (len(cells) - 1)  # between two columns: blank, divider, blank
    for pattern in (_WORD_OR_MOMENT, _WORD):
        words = [max([cell_len(word) for cell in column for word in pattern.findall(cell)], default=0) for column in cells]
        for cap in range(max(lines), 0, -1):
            widths = [min(line, max(word, cap)) for word, line in zip(words, lines, strict=True)]
            if sum(widths) <= room:
                for column, chosen, line in zip(table.columns, widths, lines, strict=True):
                    more = int(chosen < line and sum(widths) < room)  # what the next cap would not have had room for
                    room, column.width = room - more, chosen + more
                return


def label_of(value: Term) -> str:
    """A term in words."""
    return value.label


def labels(values: Iterable[Term]) -> str:
    """Terms in words."""
    return ", ".join(value.label for value in values)


def with_detail(first: str, second: str | None) -> str:
    """A word with its detail in brackets, if it has any."""
    return first if second is None else f"{first} ({second})"


def word(value: str) -> str:
    """A code of ours in words: `NOT_DONE` is "not done"."""
    return value.replace("_", " ").lower()


def place(events: Sequence[Event], more: int = 0) -> str:
    """Where a line's events stand, short: the first one as partition@offset, and how many more it rests on: `3@252 +5`."""
    known = [event for event in events if event.offset is not None]
    if not known:
        return "-" if not more and not events else f"+{more + len(events)}"
    others = len(events) - 1 + more
    return f"{known[0].partition}@{known[0].offset}" + (f" +{others:,}" if others else "")


def show_more(out: Console, more: bool, how: str = "raise --limit", after: str | None = None) -> None:
    """Say that something was left out, and how to see it: by default it was the limit. after: with which cursor the next page comes."""
    if more:
        out.print(f"there is more: {how}" + ("" if after is None else ", or go on with"))
    if after is not None:
        out.print(f"--after {after}", soft_wrap=True)  # whole, to be copied


def show_not_covered(out: Console, what: Iterable[str]) -> None:
    """What the law asks of such a report and no event tells: it must come from elsewhere."""
    for each in what:
        out.print(f"not on the ledger: {each}")


def show_freshness(out: Console, freshness: Freshness) -> None:
    """How fresh it is, on every answer."""
    out.print(f"\n{freshness_line(freshness)}")
