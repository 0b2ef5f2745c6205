"""The picture of who holds a person's data: stores on the left, the controller in the middle, recipients to the right, each behind who gave it. Pure.

Places are in units of the drawing. The table beside it has each number that it draws.
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

KINDS: Final = ("store", "controller", "recipient")
"""Of a box by its column; all after the second are recipients."""

Json = dict[str, Any]


def picture(controller: str, holdings: list[Json]) -> Json:
    """Boxes, flows, and the numbers of both as lines of a table. holdings: of the answer on a subject in JSON form; what is gone is drawn as gone.

    A box: `held`, how many sets of data are there now; `state` HELD, GONE (there were), PASSED (known only as who passed something on).
    A flow: `number`, how many of the sets that came by it are still somewhere. Who gave something, but is not known to have got it, stands right of
    the controller without a flow to it. A store without a name is called "".
    """
    columns: list[dict[str, list[int]]] = [{}, {controller: []}]
    flows: dict[tuple[int, str, str], int] = {}
    for each in sorted(holdings, key=lambda each: (len(each["chain"]), not each["categories"], each["holder"], each["store"] or "")):
        number = int(bool(each["categories"]))
        if each["role"] is None:
            way, first = [each["store"] or "", controller], 0
            columns[0].setdefault(way[0], []).append(number)
        else:
            way, first = each["chain"], 1 if each["chain"][0] == controller else 2
            columns += [{} for _ in range(first + len(way) - len(columns))]
            for depth, name in enumerate(way, start=first):
                columns[depth].setdefault(name, [])
            columns[first + len(way) - 1][way[-1]].append(number)
        for depth, (giver, taker) in enumerate(pairwise(way), start=first):
            flows[depth, giver, taker] = flows.get((depth, giver, taker), 0) + number
    return _drawn(columns, flows)


def _drawn(columns: list[dict[str, list[int]]], flows: dict[tuple[int, str, str], int]) -> Json:
    high = max(map(len, columns)) * ROW
    left = next(number for number, column in enumerate(columns) if column)
    boxes: dict[tuple[int, str], Json] = {}
    for number, column in enumerate(columns):
        top = MARGIN + (high - len(column) * ROW) / 2
        for row, (name, sets) in enumerate(column.items()):
            place = {"x": MARGIN + (number - left) * COLUMN, "y": top + row * ROW + (ROW - BOX_HIGH) / 2}
            shown = name if len(name) <= CHARS_MAX else name[: CHARS_MAX - 1] + "…"
            state = "PASSED" if not sets else "HELD" if sum(sets) else "GONE"
            about = {"name": shown, "whole": name, "held": sum(sets), "kind": KINDS[min(number, 2)], "state": state}
            boxes[number, name] = place | about
    lines = [_line(boxes[column, giver], boxes[column + 1, taker], number) for (column, giver, taker), number in flows.items()]
    width = 2 * MARGIN + (len(columns) - 1 - left) * COLUMN + BOX_WIDE
    table = _table(boxes, lines)
    return {
        "boxes": list(boxes.values()), "lines": lines, "table": table, "width": width, "height": high + 2 * MARGIN, "box_wide": BOX_WIDE,
        "box_high": BOX_HIGH,
    }  # fmt: skip


def _table(boxes: dict[tuple[int, str], Json], lines: list[Json]) -> list[Json]:
    """A line of each flow, as {holder, kind, giver, held, number}, and of each box but the controller's that no flow comes to; from left to right."""
    found = []
    for (column, name), box in boxes.items():
        ways = [line for line in lines if (line["giver"] if column == 0 else line["taker"]) is box]
        about = {"holder": name, "kind": box["kind"], "held": box["held"]}
        found += [about | {"giver": None if column == 0 else line["giver"]["whole"], "number": line["number"]} for line in ways if column != 1]
        if not ways and column != 1:
            found.append(about | {"giver": None, "number": 0})
    return found


def _line(giver: Json, taker: Json, number: int) -> Json:
    x, end, bend = giver["x"] + BOX_WIDE, taker["x"], (COLUMN - BOX_WIDE) / 2
    y, last = giver["y"] + BOX_HIGH / 2, taker["y"] + BOX_HIGH / 2
    path = f"M{x:g} {y:g}C{x + bend:g} {y:g} {end - bend:g} {last:g} {end:g} {last:g}"
    stroke = STROKES[(number > 1) + (number > 4) + (number > 9)]
    return {"path": path, "stroke": stroke, "giver": giver, "taker": taker, "number": number, "is_gone": number == 0}
