"""Rows as CSV: RFC 4180, UTF-8 without a byte order mark, CRLF, one header. Pure but for its buffer; constant memory.

What is unknown is empty. A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from ledger.contract.json_form import instant_to_text
from ledger.exporting.columns import Column, Row

MEDIA_TYPE: Final = "text/csv; charset=utf-8; header=present"
_CHUNK: Final = 64 * 1024
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_chunks(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file, some 64 KB at a time."""
    texts = [_TEXTS[column.kind] for column in columns]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([None if value is None else text(value) for text, value in zip(texts, row, strict=True)])
        if buffer.tell() >= _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


_TEXTS: Final[dict[str, Callable[[Any], str]]] = {
    "text": guarded,
    "number": str,
    "flag": lambda value: "true" if value else "false",
    "instant": instant_to_text,
    "list": lambda value: guarded("; ".join(value)),
}
