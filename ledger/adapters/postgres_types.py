"""Cheap conversions between PostgreSQL's binary values and the fold's: uuids as 16 bytes, instants as microseconds since 1970.

psycopg's own loaders make UUID and datetime objects, which the fold would only take apart again.
"""

from __future__ import annotations

import struct
from typing import Any

from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types.numeric import Int8BinaryLoader
from psycopg.types.string import ByteaBinaryLoader

from ledger.adapters.pg_copy import EPOCH_SHIFT_MICROS
from ledger.adapters.postgres_connection import Connection
from ledger.adapters.postgres_tables import Table
from ledger.core.delta import Row

_BIG = struct.Struct("!q").pack


class Instant(int):
    """A timestamptz parameter: microseconds since 1970."""


class PackedUuids(bytes):
    """A uuid[] parameter, already in binary form."""


class Uuid(bytes):
    """A uuid parameter: 16 bytes."""


class _InstantDumper(Dumper):
    format = Format.BINARY
    oid = 1184

    def dump(self, obj: Instant) -> bytes:
        return _BIG(obj - EPOCH_SHIFT_MICROS)


class _UuidDumper(Dumper):
    format = Format.BINARY
    oid = 2950

    def dump(self, obj: Uuid) -> bytes:
        return obj


class _PackedUuidsDumper(Dumper):
    format = Format.BINARY
    oid = 2951

    def dump(self, obj: PackedUuids) -> bytes:
        return obj


def use_cheap_types(connection: Connection) -> None:
    """Let binary cursors of this connection return uuids as bytes and instants as raw microseconds since 2000."""
    adapters: AdaptContext = connection
    adapters.adapters.register_loader("uuid", ByteaBinaryLoader)
    adapters.adapters.register_loader("timestamptz", Int8BinaryLoader)
    adapters.adapters.register_dumper(Uuid, _UuidDumper)
    adapters.adapters.register_dumper(Instant, _InstantDumper)
    adapters.adapters.register_dumper(PackedUuids, _PackedUuidsDumper)


class RowMaker:
    """Turns fetched rows of one table into the fold's row tuples: instants moved to 1970, arrays to tuples."""

    def __init__(self, table: Table) -> None:
        instants = {i for i, name in enumerate(table.types) if name == "timestamptz"}
        instant_arrays = {i for i, name in enumerate(table.types) if name == "timestamptz[]"}
        arrays = {i for i, name in enumerate(table.types) if name.endswith("[]")} - instant_arrays
        self._places = sorted(instants | instant_arrays | arrays)
        self._instants = tuple(instants)
        self._instant_arrays = tuple(instant_arrays)
        self._arrays = tuple(arrays)

    def make(self, fetched: Row) -> Row:
        """Return the row tuple of one fetched row."""
        row: list[Any] = list(fetched)
        for i in self._arrays:
            row[i] = tuple(row[i])
        for i in self._instants:
            if row[i] is not None:
                row[i] += EPOCH_SHIFT_MICROS
        for i in self._instant_arrays:
            row[i] = tuple([value + EPOCH_SHIFT_MICROS for value in row[i]])
        return tuple(row)
