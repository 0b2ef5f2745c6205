"""The picture of who holds a person's data: stores on the left, the controller in the middle, recipients to the right, each behind who gave it. Pure.

Places are in units of the drawing. The list beside the picture says the same in words.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

BOX_WIDE: Final = 164
BOX_HIGH: Final = 44
COLUMN: Final = 252
ROW: Final = 60
MARGIN: Final = 12
CHARS_MAX: Final = 21
STROKES: Final = (1.5, 3.0, 5.0, 7.0)
"""Of a flow of 1, 2 to 4, 5 to 9, and more sets of data."""

Json = dict[str, Any]


def picture(controller: str, holdings: list[Json]) -> Json:
    """Boxes and flows. holdings: of the answer on a subject in JSON form; what is gone is drawn as gone."""
    columns: list[dict[str, int]] = [{}, {controller: 0}]
    flows: dict[tuple[int, str, str], int] = {}
    for each in sorted(holdings, key=lambda each: (len(each["chain"]), not each["categories"], each["holder"])):
        number = int(bool(each["categories"]))
        if each["role"] is None:
            store = each["store"] or "-"
            columns[0][store] = columns[0].get(store, 0) + number
            flows[0, store, controller] = flows.get((0, store, controller), 0) + number
        chain = each["chain"] if each["role"] is not None else []
        for depth, (giver, taker) in enumerate(pairwise(chain), start=1):
            if len(columns) <= depth + 1:
                columns.append({})
            columns[depth + 1].setdefault(taker, 0)
            columns[depth + 1][taker] += number if taker == each["holder"] else 0
            flows[depth, giver, taker] = flows.get((depth, giver, taker), 0) + number
    return _drawn([column for column in columns if column], flows, has_stores=bool(columns[0]))


def _drawn(columns: list[dict[str, int]], flows: dict[tuple[int, str, str], int], *, has_stores: bool) -> Json:
    high = max(map(len, columns)) * ROW
    shift = 0 if has_stores else 1
    boxes, at = [], {}
    for number, column in enumerate(columns):
        top = MARGIN + (high - len(column) * ROW) / 2
        for row, (name, held) in enumerate(column.items()):
            x, y = MARGIN + number * COLUMN, top + row * ROW + (ROW - BOX_HIGH) / 2
            at[number + shift, name] = x, y + BOX_HIGH / 2
            kind = ("store", "controller", "recipient")[min(number + shift, 2)]
            shown = name if len(name) <= CHARS_MAX else name[: CHARS_MAX - 1] + "…"
            boxes.append({"x": x, "y": y, "name": shown, "whole": name, "held": held, "kind": kind, "is_gone": held == 0 and kind != "controller"})
    lines = [
        _line(at[column, giver], at[column + 1, taker], number)
        for (column, giver, taker), number in flows.items()
        if (column, giver) in at and (column + 1, taker) in at
    ]
    width = 2 * MARGIN + (len(columns) - 1) * COLUMN + BOX_WIDE
    return {"boxes": boxes, "lines": lines, "width": width, "height": high + 2 * MARGIN, "box_wide": BOX_WIDE, "box_high": BOX_HIGH}


def _line(giver: tuple[float, float], taker: tuple[float, float], number: int) -> Json:
    x, end, bend = giver[0] + BOX_WIDE, taker[0], (COLUMN - BOX_WIDE) / 2
    path = f"M{x:g} {giver[1]:g}C{x + bend:g} {giver[1]:g} {end - bend:g} {taker[1]:g} {end:g} {taker[1]:g}"
    return {"path": path, "stroke": STROKES[(number > 1) + (number > 4) + (number > 9)], "is_gone": number == 0}
