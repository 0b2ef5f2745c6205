"""Names each cell of a list by its column, so that a narrow screen can show the row as a block, name before value. Pure.

Works on the markup that the templates here write (`<table class="list">`, one row of `<th scope="col">`), so a new list needs nothing of its own.
"""

from __future__ import annotations

import re
from typing import Final

_LIST: Final = re.compile(r'<table class="list\b.*?</table>', re.DOTALL)
_COLUMN: Final = re.compile(r'<th scope="col"[^>]*>(.*?)</th>', re.DOTALL)
_OPENING: Final = re.compile(r"<(tr|th|td)\b(?! colspan)")
_TAG: Final = re.compile(r"<[^>]*>")


def stacked(page: str) -> str:
    """The same page, with `data-label` on each cell of each list: the text of its column's head. Cells that span several columns get none."""
    return _LIST.sub(lambda found: _labelled(found[0]), page)


def _labelled(table: str) -> str:
    head, end, body = table.partition("</thead>")
    names = [_TAG.sub("", name).strip() for name in _COLUMN.findall(head)]  # escaped as they came from the template, quotes too
    place = -1

    def label(found: re.Match[str]) -> str:
        nonlocal place
        if found[1] == "tr":
            place = -1
            return found[0]
        place += 1
        return f'{found[0]} data-label="{names[place]}"' if found[1] == "td" and place < len(names) else found[0]

    return head + end + _OPENING.sub(label, body)
