"""Rows as Parquet, row group by row group: what is written of one is handed on before the next is made. The only door to pyarrow."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ledger.exporting.columns import Column, Row

MEDIA_TYPE: Final = "application/vnd.apache.parquet"
GROUP_ROWS: Final = 16_384
_TYPES: Final[dict[str, Any]] = {
    "text": pa.string(), "number": pa.int64(), "flag": pa.bool_(), "instant": pa.timestamp("us", tz="UTC"), "list": pa.list_(pa.string()),
}  # fmt: skip


class _Drain(io.RawIOBase):
    """A file that forgets what was taken from it; its place goes on counting, as the footer names places."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._place += len(part)
        return len(part)

    def taken(self) -> bytes:
        """What was written since."""
        data, self._parts = b"".join(self._parts), []
        return data


def parquet_chunks(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file, a row group at a time."""
    schema = pa.schema([pa.field(column.name, _TYPES[column.kind]) for column in columns])
    drain, left = _Drain(), iter(rows)
    writer = pq.ParquetWriter(drain, schema, compression="zstd")
    try:
        while part := list(islice(left, GROUP_ROWS)):
            arrays = [pa.array(values, type=field.type) for values, field in zip(zip(*part, strict=True), schema, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            yield drain.taken()
    finally:
        writer.close()
    yield drain.taken()
