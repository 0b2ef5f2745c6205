"""Rows as NDJSON: one JSON object a line, UTF-8, the columns in order, what is unknown `null`. Pure; constant memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ledger.contract.json_form import instant_to_text
from ledger.exporting.columns import Column, Row

MEDIA_TYPE: Final = "application/x-ndjson"
_CHUNK: Final = 64 * 1024


def ndjson_chunks(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file, some 64 KB at a time."""
    names = [column.name for column in columns]
    instants = [place for place, column in enumerate(columns) if column.kind == "instant"]
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    lines, size = [], 0
    for row in rows:
        values = list(row)
        for place in instants:
            if values[place] is not None:
                values[place] = instant_to_text(values[place])
        line = encode(dict(zip(names, values, strict=True))) + "\n"
        lines.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield "".join(lines).encode()
            lines, size = [], 0
    yield "".join(lines).encode()
