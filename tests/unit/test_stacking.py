"""Cells of a list get the name of their column."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.web.pages.calendars import heat_map
from ledger.web.pages.stacking import stacked

HEAD = '<thead><tr><th scope="col">Who</th><th scope="col" class="num">How <b>many</b></th><th scope="col">a &#34;b&#34;</th></tr></thead>'


def table(row: str, kind: str = "list") -> str:
    return f'<p>before</p><table class="{kind}">{HEAD}<tbody>{row}</tbody></table><table class="bars"><tr><td>1</td></tr></table>'


def test_each_cell_is_named_by_its_column_and_the_first_of_a_row_is_not() -> None:
    row = '<tr><th scope="row">x</th><td class="num">1</td><td>2</td></tr>'

    found = stacked(table(row * 2, "list held"))

    named = '<tr><th scope="row">x</th><td data-label="How many" class="num">1</td><td data-label="a &#34;b&#34;">2</td></tr>'
    assert found == table(named * 2, "list held")


def test_a_cell_over_all_columns_one_past_the_last_and_other_tables_stay() -> None:
    for same in (table('<tr><td colspan="3">nothing</td></tr>'), table("<tr><th>1</th></tr>", "matrix"), "no table"):
        assert stacked(same) == same
    assert "<td>4</td>" in stacked(table("<tr><th>1</th><td>2</td><td>3</td><td>4</td></tr>"))


def test_the_name_of_the_last_month_of_a_calendar_fits_in_it() -> None:

    for place in range(366):
        calendar = heat_map({}, date(2026, 2, 1) + timedelta(days=place), "en")
        assert calendar is not None
        assert calendar["width"] - calendar["months"][-1]["x"] >= 30, "three letters of 9, and what a wide letter needs more"
