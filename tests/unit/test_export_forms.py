"""Rows as CSV, NDJSON and Parquet: what strangers read back, and that memory does not grow with the rows."""

from __future__ import annotations

import csv
import io
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ledger.answers.query import Query
from ledger.answers.store import Ahead
from ledger.core.delta import Row
from ledger.exporting.asked import Parameters
from ledger.exporting.columns import columns
from ledger.exporting.csv_form import csv_chunks
from ledger.exporting.exporting import FORMS, make
from ledger.exporting.ndjson_form import ndjson_chunks
from ledger.exporting.parquet_form import GROUP_ROWS, parquet_chunks
from tests.histories import CONTROLLER, at, project
from tests.memory_answers import MemoryAnswers
from tests.small_ledger import history

COLUMNS = columns("""
    name text a text
    count number a number
    is_so flag yes or no
    when instant a moment
    what list several
""")
ROWS: list[tuple[Any, ...]] = [
    ("plain", 7, True, 0, ("pd:Name", "pd:City")),
    ('with "quotes", commas\r\nand lines, é', -7, False, 1_577_836_799_999_999, ()),
    (None, None, None, None, ("one",)),
]


def test_csv_is_rfc_4180_without_a_mark_and_reads_back() -> None:
    data = b"".join(csv_chunks(COLUMNS, ROWS))

    assert data.splitlines(keepends=True)[0] == b"name,count,is_so,when,what\r\n", "no byte order mark, CRLF"
    assert data.endswith(b"\r\n")
    assert list(csv.reader(io.StringIO(data.decode(), newline=""))) == [
        ["name", "count", "is_so", "when", "what"],
        ["plain", "7", "true", "1970-01-01T00:00:00.000000Z", "pd:Name; pd:City"],
        ['with "quotes", commas\r\nand lines, é', "-7", "false", "2019-12-31T23:59:59.999999Z", ""],
        ["", "", "", "", "one"],
    ]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_of_csv_begins_as_a_formula(begin: str) -> None:
    data = b"".join(csv_chunks(COLUMNS, [(f"{begin}1+1", None, None, None, (f"{begin}cmd", "b")), ("a=1", -1, None, None, ("a", "=b"))]))

    _, first, second = csv.reader(io.StringIO(data.decode(), newline=""))
    assert (first[0], first[4]) == (f"'{begin}1+1", f"'{begin}cmd; b")
    assert (second[0], second[1], second[4]) == ("a=1", "-1", "a; =b"), "only where a cell begins; a number is a number"


def test_ndjson_has_a_whole_object_on_each_line() -> None:
    lines = b"".join(ndjson_chunks(COLUMNS, ROWS)).decode().split("\n")

    assert lines[-1] == ""
    assert [json.loads(line) for line in lines[:-1]] == [
        {"name": "plain", "count": 7, "is_so": True, "when": "1970-01-01T00:00:00.000000Z", "what": ["pd:Name", "pd:City"]},
        {"name": ROWS[1][0], "count": -7, "is_so": False, "when": "2019-12-31T23:59:59.999999Z", "what": []},
        {"name": None, "count": None, "is_so": None, "when": None, "what": ["one"]},
    ]
    assert list(json.loads(lines[0])) == [column.name for column in COLUMNS]


def test_parquet_has_types_and_a_group_for_so_many_rows() -> None:
    rows = [ROWS[number % 3] for number in range(GROUP_ROWS + 5)]
    chunks = list(parquet_chunks(COLUMNS, rows))
    file = pq.ParquetFile(pa.BufferReader(b"".join(chunks)))

    types = {"name": "string", "count": "int64", "is_so": "bool", "when": "timestamp[us, tz=UTC]", "what": "list<element: string>"}
    assert {field.name: str(field.type) for field in file.schema_arrow} == types
    assert (file.metadata.num_rows, file.metadata.num_row_groups) == (GROUP_ROWS + 5, 2)
    assert len(chunks) == 3, "a group is handed on before the next is made"
    read = file.read().slice(0, 3).to_pylist()
    assert [row["name"] for row in read] == ["plain", ROWS[1][0], None]
    assert [row["what"] for row in read] == [["pd:Name", "pd:City"], [], ["one"]]
    assert read[1]["when"].isoformat() == "2019-12-31T23:59:59.999999+00:00"


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_register_without_rows_is_a_file_all_the_same(form: str) -> None:
    data = b"".join(FORMS[form].chunks(COLUMNS, []))

    assert {"csv": data == b"name,count,is_so,when,what\r\n", "ndjson": data == b"", "parquet": data[:4] == data[-4:] == b"PAR1"}[form]


class _Many(MemoryAnswers):
    """A ledger with as many holdings as is said, none of them in memory."""

    def __init__(self, count: int) -> None:
        super().__init__(project(history()))
        self.count = count
        self.is_open = 0
        (self.row,) = list(super().every_holding(None))[:1]

    @contextmanager
    def snapshot(self, _: Ahead | None = None) -> Iterator[None]:
        self.is_open += 1
        yield
        self.is_open -= 1

    def every_holding(self, controller: str | None) -> Iterator[Row]:
        for number in range(self.count):
            assert self.is_open, "read within the snapshot"
            yield (*self.row[:4], f"subject-{number:09d}", *self.row[5:17], at(number % 1000), *self.row[18:])


def _resident() -> int:
    """Bytes of this process in memory now, Arrow's too."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _peak(form: str, count: int) -> int:
    """The most that this process had in memory while so many holdings were exported."""
    export = make(Query(_Many(count)), "holdings", Parameters(CONTROLLER), form)
    peak = max(_resident() for _ in export.chunks())
    assert export.rows == count
    return peak


@pytest.mark.parametrize("form", sorted(FORMS))
def test_memory_does_not_grow_with_the_rows(form: str) -> None:
    """What 40,000 rows need, more than two row groups, is enough for 200,000: these, kept, are 200 MB and more."""
    few, many = _peak(form, 40_000), _peak(form, 200_000)

    assert many - few < 25_000_000, (few, many)
