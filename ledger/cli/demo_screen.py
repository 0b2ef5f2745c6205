"""What `ledger demo` looks like: numbered chapters, a bar while the months pass, tables of answers. The same as plain text without a terminal.

Prints only; must never ask the ledger anything. Colour is decoration: nothing is said by colour alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from ledger.demo.story import Month

PLAIN_WIDTH = 118
"""Without a terminal nobody says how wide it is."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Screen:
    """Where the demo is told. console: another one for tests and pictures."""

    def __init__(self, console: Console | None = None) -> None:
        plain = Console(highlight=False)
        self.console = console or (plain if plain.is_terminal else Console(highlight=False, width=PLAIN_WIDTH, no_color=True))
        self._chapter = 0

    def _put(self, what: RenderableType) -> None:
        """Print; without a terminal no line ends in blanks."""
        if self.console.is_terminal:
            self.console.print(what)
            return
        with self.console.capture() as found:
            self.console.print(what)
        self.console.file.write("\n".join(line.rstrip(" ") for line in found.get().split("\n")))
        self.console.file.flush()

    def title(self, text: str, below: str) -> None:
        """Open the story."""
        self._put(Text(text, style="bold"))
        self._put(below)

    def chapter(self, title: str) -> None:
        """Begin the next chapter."""
        self._chapter += 1
        self._put("")
        self._put(Text(f"{self._chapter}  {title}", style="bold cyan"))

    @property
    def is_watched(self) -> bool:
        """Whether somebody sits at a terminal."""
        return self.console.is_terminal

    def address(self, text: str) -> None:
        """An address on one line, however narrow the terminal is: wrapped, it could not be opened."""
        self.console.print(f"   {text}", soft_wrap=True, markup=False, style="underline" if self.is_watched else "")

    def say(self, text: str, style: str = "") -> None:
        """Say something; longer lines are wrapped."""
        self._put(Padding(Text(text, style=style), (0, 0, 0, 3), expand=False))

    def working(self, text: str) -> AbstractContextManager[object]:
        """Show that something is going on, on a terminal; say nothing elsewhere."""
        return self.console.status(f"  {text}") if self.console.is_terminal else nullcontext()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> None:
        """Show a table. right: numbers of the columns that hold figures."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for number, name in enumerate(columns):
            table.add_column(name, justify="right" if number in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else Text(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row))
        self._put(Padding(table, (0, 0, 0, 3), expand=False))

    def passing(self, months: int) -> Passing:
        """Follow the months in a bar, and sum up each year when it is over."""
        return Passing(self, months)


class Passing:
    """The bar of the months. As a context manager it clears itself away; what is said meanwhile stays."""

    def __init__(self, screen: Screen, months: int) -> None:
        self._screen, self._began, self._events = screen, time.monotonic(), 0
        self._bar = Progress(
            TextColumn("   {task.description}"),
            BarColumn(bar_width=40),
            TextColumn("{task.completed} of {task.total} months  {task.fields[rate]}"),
            TimeElapsedColumn(),
            console=screen.console,
            transient=True,
            disable=not screen.console.is_terminal,
        )
        self._task = self._bar.add_task("2018-06", total=months, rate="")
        self._year: Counter[str] = Counter()

    def __enter__(self) -> Passing:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def month(self, it: Month, told: Sequence[str]) -> None:
        """One month is over. told: what happened in it to the person of the story, one line each."""
        last = _EPOCH + timedelta(microseconds=it.at - 1)
        self._events += it.events
        rate = self._events / max(time.monotonic() - self._began, 0.001)
        self._bar.update(self._task, advance=1, description=f"{last:%Y-%m}", rate=f"{self._events:,} events, {rate:,.0f}/s")
        for line in told:
            self._screen.say(line)
        self._year.update(it.outcomes | {"events": it.events, "violations": it.violations})
        if last.month == 12 or it.at >= self._end:
            self._sum_up(last.year)

    def until(self, end: int) -> None:
        """Say when the last month ends: that year is summed up too. end: microseconds since 1970."""
        self._end = end

    _end = 1 << 62

    def _sum_up(self, year: int) -> None:
        it = self._year
        came, done, late = (it[f"Obligation{name}"] for name in ("Raised", "Met", "Overdue"))
        line = f"{year}  {it['events']:,} events, {came:,} obligations, {done:,} met, {late:,} overdue"
        self._screen.say(f"{line}, {it['violations']:,} promises broken", style="green")
        self._year.clear()
